"""What a plan has happen to an open invoice on a day, and what it will have happen. Pure: no clock, no database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

# What a level may be: its days, how many it leaves for payment, and how long the business's own words are.
FIRST_DAY: Final = -30
LAST_DAY: Final = 365
MOST_WAIT: Final = 90
LONGEST_TEXT: Final = 2000
MOST_FEES: Final = 50
_A_DAY: Final = timedelta(days=1)


class Channel(StrEnum):
    """How a level is told."""

    MAIL = "mail"
    LETTER = "letter"
    BOTH = "both"


class Stop(StrEnum):
    """Why nobody is reminded of an invoice for the time being."""

    SETTLED = "settled"
    NO_PLAN = "no_plan"
    IN_PROGRESS = "in_progress"
    DISPUTED = "disputed"
    PAUSED = "paused"
    WITH_LATE = "with_late"
    AUTOPAY = "autopay"


@dataclass(frozen=True, kw_only=True)
class Level:
    """A reminder so many days after the day that counts; `pay_by_days` are what it leaves for payment.

    `fees` is what telling it adds to what is owed, in minor units by currency.
    """

    days: int
    pay_by_days: int | None = None
    fees: Mapping[str, int] = field(default_factory=dict)


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

    That is the due date, or the later day on which the invoice was open again, or on which the one that it is the late
    fee of was paid. `told` counts from there, too. `open_minor` is left to pay, and `fees_minor` was billed because it
    is late. Some invoices bear no late fee: those of late fees, and those of prepaid customers. On `failed_date` the
    last try to pay it failed, of which the payer knows.
    """

    invoice_date: date
    due_date: date
    from_date: date
    told: tuple[Told, ...] = ()
    currency: str = ""
    open_minor: int = 0
    fees_minor: int = 0
    bears_fees: bool = False
    failed_date: date | None = None


@dataclass(frozen=True, kw_only=True)
class Step:
    """A reminder that will be: its level, its local date, and the late fee that it adds, in minor units."""

    level: Level
    date: date
    fee_minor: int


@dataclass(frozen=True, kw_only=True)
class Coming:
    """What will happen if nothing is paid: the reminders in their order, and when services are suspended."""

    steps: tuple[Step, ...]
    suspension_date: date | None

    @property
    def reminder(self) -> Step | None:
        """The next reminder."""
        return next(iter(self.steps), None)


def due_level(plan: Plan, debt: Debt, *, today: date) -> Level | None:
    """This function will return the level that is to be told today, or None.

    Of several that were missed only the newest is told (S70). A level is told once, and none after a later one; none
    as long as the one before leaves time. Before the due date only those are reminded who had the invoice before, and
    nobody on the day on which a payment failed.
    """
    if debt.failed_date == today:
        return None
    reached = [each for each in plan.levels if debt.from_date + timedelta(days=each.days) <= today]
    newest = max(reached, key=lambda each: each.days, default=None)
    if newest is None or any(each.days >= newest.days for each in debt.told) or today <= _waits_until(debt):
        return None
    return newest if _makes_sense(newest, debt, today) else None


def coming(plan: Plan, debt: Debt, *, today: date) -> Coming:
    """This function will return what happens from today on if nothing is paid, by the same rules as `due_level`."""
    steps = []
    for level, told in _course(plan, debt, today):
        added = fee(level, debt)
        steps.append(Step(level=level, date=told.reminder_date, fee_minor=added))
        debt = replace(debt, told=(*debt.told, told), fees_minor=debt.fees_minor + added)
    suspension = _suspension(plan, debt)
    return Coming(steps=tuple(steps), suspension_date=None if suspension is None else max(suspension, today))


def fee(level: Level, debt: Debt) -> int:
    """This function will return the late fee that telling a level adds now, in minor units of the invoice's currency; 0
    for none.

    The first reminder adds none: it is what says that one comes. All fees of an invoice together are never more than
    what is left to pay of it.
    """
    if not debt.bears_fees or not debt.told or level.days < 0:
        return 0
    return max(0, min(level.fees.get(debt.currency, 0), debt.open_minor - debt.fees_minor))


def without(debt: Debt, days: int, *, fee_minor: int = 0) -> Debt:
    """This function will return an invoice as if a level had not been told, and its fee not been billed."""
    told = tuple(each for each in debt.told if each.days != days)
    return replace(debt, told=told, fees_minor=debt.fees_minor - fee_minor)


def is_to_suspend(plan: Plan, debt: Debt, *, today: date) -> bool:
    """This function will say whether services are to be suspended: so many days after the last reminder was told."""
    day = _suspension(plan, debt)
    return day is not None and day <= today


def _course(plan: Plan, debt: Debt, today: date) -> Iterator[tuple[Level, Told]]:
    """Every reminder from a day on, each on its own day."""
    while True:
        days = {debt.from_date + timedelta(days=each.days) for each in plan.levels} | {_waits_until(debt) + _A_DAY}
        soonest = sorted({today, today + _A_DAY, *(day for day in days if day > today)})
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
