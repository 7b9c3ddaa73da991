"""What a plan has happen to an open invoice on a day, and what it will have happen. Pure: no clock, no database."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

# What a level may be: its days, how many it leaves for payment, and how long the business's own words are.
FIRST_DAY: Final = -30
LAST_DAY: Final = 365
MOST_WAIT: Final = 90
LONGEST_TEXT: Final = 2000
_A_DAY: Final = timedelta(days=1)


class Stop(StrEnum):
    """Why nobody is reminded of an invoice for the time being."""

    SETTLED = "settled"
    NO_PLAN = "no_plan"
    IN_PROGRESS = "in_progress"
    DISPUTED = "disputed"
    PAUSED = "paused"
    AUTOPAY = "autopay"


@dataclass(frozen=True, kw_only=True)
class Level:
    """A reminder so many days after the day that counts; `pay_by_days` are what it leaves for payment."""

    days: int
    pay_by_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The levels of a plan, and how many days after the last one services are suspended; None is never."""

    levels: tuple[Level, ...]
    grace_days: int | None = None


@dataclass(frozen=True, kw_only=True)
class Told:
    """A reminder that was decided on: its level, its local date, and the date by which it asks for payment."""

    days: int
    reminder_date: date
    pay_by_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Debt:
    """An open invoice: its date, its due date, and the day that the levels count from.

    That is the due date, or the later day on which the invoice was open again. `told` counts from there, too.
    """

    invoice_date: date
    due_date: date
    from_date: date
    told: tuple[Told, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Coming:
    """What will happen if nothing is paid: the next reminder and the suspension, each with its local date."""

    reminder: tuple[Level, date] | None
    suspension_date: date | None


def due_level(plan: Plan, debt: Debt, *, today: date) -> Level | None:
    """This function will return the level that is to be told today, or None.

    Of several that were missed only the newest is told (S70). A level is told once, and none after a later one; none
    as long as the one before leaves time. Before the due date only those are reminded who had the invoice before.
    """
    reached = [each for each in plan.levels if debt.from_date + timedelta(days=each.days) <= today]
    newest = max(reached, key=lambda each: each.days, default=None)
    if newest is None or any(each.days >= newest.days for each in debt.told) or today <= _waits_until(debt):
        return None
    return newest if _makes_sense(newest, debt, today) else None


def coming(plan: Plan, debt: Debt, *, today: date) -> Coming:
    """This function will return what happens from today on if nothing is paid, by the same rules as `due_level`."""
    course = list(_course(plan, debt, today))
    told = (*debt.told, *(each for _level, each in course))
    suspension = _suspension(plan, replace(debt, told=told))
    return Coming(
        reminder=(course[0][0], course[0][1].reminder_date) if course else None,
        suspension_date=None if suspension is None else max(suspension, today),
    )


def without(debt: Debt, days: int) -> Debt:
    """This function will return an invoice as if a level had not been told."""
    return replace(debt, told=tuple(each for each in debt.told if each.days != days))


def is_to_suspend(plan: Plan, debt: Debt, *, today: date) -> bool:
    """This function will say whether services are to be suspended: so many days after the last reminder was told."""
    day = _suspension(plan, debt)
    return day is not None and day <= today


def _course(plan: Plan, debt: Debt, today: date) -> Iterator[tuple[Level, Told]]:
    """Every reminder from a day on, each on its own day."""
    while True:
        days = {debt.from_date + timedelta(days=each.days) for each in plan.levels} | {_waits_until(debt) + _A_DAY}
        soonest = sorted({today, *(day for day in days if day > today)})
        found = next(((level, day) for day in soonest if (level := due_level(plan, debt, today=day))), None)
        if found is None:
            return
        level, today = found
        told = Told(days=level.days, reminder_date=today, pay_by_date=pay_by(level, today))
        yield level, told
        debt = replace(debt, told=(*debt.told, told))


def pay_by(level: Level, day: date) -> date | None:
    """This function will return the date by which a reminder of a day asks for payment; None is at once."""
    return None if level.pay_by_days is None else day + timedelta(days=level.pay_by_days)


def _suspension(plan: Plan, debt: Debt) -> date | None:
    """When services are suspended, once the last level was told. A plan that only reminds before suspends nothing."""
    last = max((each.days for each in plan.levels), default=-1)
    told = max((each for each in debt.told if each.days >= last), key=lambda each: each.days, default=None)
    if plan.grace_days is None or last < 0 or told is None:
        return None
    return max(told.reminder_date + timedelta(days=plan.grace_days), (told.pay_by_date or told.reminder_date) + _A_DAY)


def _waits_until(debt: Debt) -> date:
    """The last day on which nothing is told, because a reminder left time to pay."""
    return max((each.pay_by_date for each in debt.told if each.pay_by_date is not None), default=date.min)


def _makes_sense(level: Level, debt: Debt, day: date) -> bool:
    """Whether a reminder before the due date still comes before it, and after the invoice itself."""
    if level.days >= 0:
        return True
    said_before = debt.from_date + timedelta(days=level.days) > debt.invoice_date
    return debt.from_date == debt.due_date and day <= debt.due_date and said_before
