"""What a plan has happen on a day: pure, by tables of cases, and for any course of events."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.dunning.decisions import Debt, Level, Plan, Step, Told, coming, due_level, fee, is_to_suspend, pay_by

PLAN = Plan(
    levels=(
        Level(days=-2),
        Level(days=3, pay_by_days=7),
        Level(days=12, pay_by_days=7),
        Level(days=21, pay_by_days=7),
    ),
    grace_days=14,
)
DUE = date(2026, 3, 31)
DEBT = Debt(invoice_date=date(2026, 3, 1), due_date=DUE, from_date=DUE)


def told(day: str, days: int, *, plan: Plan = PLAN) -> Told:
    level = next(each for each in plan.levels if each.days == days)
    return Told(days=days, reminder_date=date.fromisoformat(day), pay_by_date=pay_by(level, date.fromisoformat(day)))


@pytest.mark.parametrize(
    ("today", "told_before", "days"),
    [
        # Before its day nothing, on its day the level, after it nothing more of it.
        ("2026-03-28", (), None),
        ("2026-03-29", (), -2),
        ("2026-03-29", (told("2026-03-29", -2),), None),
        # One that comes before the due date is told until then, not later.
        ("2026-03-31", (), -2),
        ("2026-04-01", (), None),
        ("2026-04-02", (told("2026-03-29", -2),), None),
        ("2026-04-03", (told("2026-03-29", -2),), 3),
        ("2026-04-11", (told("2026-04-03", 3),), None),
        ("2026-04-12", (told("2026-04-03", 3),), 12),
        # A reminder that came late leaves its days before the next one.
        ("2026-04-12", (told("2026-04-08", 3),), None),
        ("2026-04-15", (told("2026-04-08", 3),), None),
        ("2026-04-16", (told("2026-04-08", 3),), 12),
        # Days that were missed are caught up with by the newest alone.
        ("2026-04-06", (), 3),
        ("2026-05-08", (), 21),
        ("2026-05-09", (told("2026-05-08", 21),), None),
        ("2027-05-08", (told("2026-05-08", 21),), None),
        # A level that was put into the plan behind one that was told is passed over.
        ("2026-04-21", (told("2026-04-21", 21),), None),
    ],
)
def test_on_a_day_one_level_is_due_or_none(today: str, told_before: tuple[Told, ...], days: int | None) -> None:
    found = due_level(PLAN, replace(DEBT, told=told_before), today=date.fromisoformat(today))
    assert (None if found is None else found.days) == days


@pytest.mark.parametrize(
    ("debt", "today"),
    [
        # Due at once, or in so few days that the invoice itself is no older than the reminder would be.
        (Debt(invoice_date=DUE, due_date=DUE, from_date=DUE), DUE),
        (Debt(invoice_date=DUE - timedelta(days=2), due_date=DUE, from_date=DUE), DUE - timedelta(days=2)),
        # Open again after the due date: nothing is said as if it were still to come.
        (replace(DEBT, from_date=DUE + timedelta(days=30)), DUE + timedelta(days=29)),
    ],
)
def test_nobody_is_told_beforehand_who_just_heard_or_is_late(debt: Debt, today: date) -> None:
    assert due_level(PLAN, debt, today=today) is None


def test_nobody_is_told_on_the_day_on_which_a_payment_failed() -> None:
    # Charged and declined on the due date: the payer heard of it at once, and the reminder before that is too late.
    failed = replace(DEBT, failed_date=DUE)
    assert [due_level(PLAN, failed, today=DUE + timedelta(days=days)) for days in (0, 1)] == [None, None]
    assert coming(PLAN, failed, today=DUE).steps[0].date == date(2026, 4, 3)
    # The last try failed on the day of a reminder, which comes on the next one.
    again = replace(DEBT, failed_date=date(2026, 4, 3))
    assert due_level(PLAN, again, today=date(2026, 4, 3)) is None
    assert coming(PLAN, again, today=date(2026, 4, 3)).steps[0].date == date(2026, 4, 4)
    assert due_level(PLAN, again, today=date(2026, 4, 4)) == PLAN.levels[1]


def test_what_comes_is_told_before_it_comes() -> None:
    before = coming(PLAN, DEBT, today=date(2026, 3, 10))
    assert before.reminder == Step(level=PLAN.levels[0], date=date(2026, 3, 29), fee_minor=0)
    # The last one on Apr 21, and 14 days of grace.
    assert before.suspension_date == date(2026, 5, 5)
    late = replace(DEBT, told=(told("2026-04-08", 3),))
    assert coming(PLAN, late, today=date(2026, 4, 8)).steps[:1] == (
        Step(level=PLAN.levels[2], date=date(2026, 4, 16), fee_minor=0),
    )
    last = replace(DEBT, told=(told("2026-04-21", 21),))
    assert coming(PLAN, last, today=date(2026, 4, 22)).reminder is None
    assert coming(PLAN, last, today=date(2026, 4, 22)).suspension_date == date(2026, 5, 5)
    assert not is_to_suspend(PLAN, last, today=date(2026, 5, 4))
    assert is_to_suspend(PLAN, last, today=date(2026, 5, 5))
    # A run that was missed gives the grace from the reminder on.
    assert not is_to_suspend(PLAN, DEBT, today=date(2026, 9, 1))
    assert not is_to_suspend(replace(PLAN, grace_days=None), last, today=date(2027, 1, 1))


FEES = Plan(levels=(Level(days=-2), Level(days=3, fees={"EUR": 500}), Level(days=12, fees={"EUR": 700, "USD": 1})))
OWED = replace(DEBT, currency="EUR", open_minor=1000, bears_fees=True)


@pytest.mark.parametrize(
    ("debt", "expected"),
    [
        (OWED, [0, 500, 500]),
        # Who just heard of nothing yet is told of it first.
        (replace(OWED, invoice_date=DUE), [0, 700]),
        (replace(OWED, open_minor=1200), [0, 500, 700]),
        (replace(OWED, fees_minor=900), [0, 100, 0]),
        (replace(OWED, currency="USD"), [0, 0, 1]),
        (replace(OWED, currency="GBP"), [0, 0, 0]),
        (replace(OWED, bears_fees=False), [0, 0, 0]),
    ],
)
def test_what_fees_come_is_told_with_their_cap(debt: Debt, expected: list[int]) -> None:
    assert [step.fee_minor for step in coming(FEES, debt, today=debt.invoice_date).steps] == expected
    assert fee(FEES.levels[1], debt) == 0


_LEVELS = st.lists(
    st.builds(Level, days=st.integers(-10, 40), pay_by_days=st.none()), max_size=6, unique_by=lambda level: level.days
).map(tuple)


@given(
    levels=_LEVELS,
    waits=st.lists(st.none() | st.integers(1, 20), min_size=6, max_size=6),
    runs=st.sets(st.integers(-20, 90)),
    invoiced=st.integers(0, 20),
    failed=st.none() | st.integers(-20, 90),
)
def test_any_course_tells_each_level_once_in_order_and_never_before_its_day(
    levels: tuple[Level, ...], waits: list[int | None], runs: set[int], invoiced: int, failed: int | None
) -> None:
    levels = tuple(
        replace(each, pay_by_days=wait if each.days >= 0 else None) for each, wait in zip(levels, waits, strict=False)
    )
    plan = Plan(levels=levels, grace_days=5)
    failed_date = None if failed is None else DUE + timedelta(days=failed)
    debt = Debt(invoice_date=DUE - timedelta(days=invoiced), due_date=DUE, from_date=DUE, failed_date=failed_date)
    for run in sorted(runs):
        today = DUE + timedelta(days=run)
        if today < debt.invoice_date:
            continue
        foreseen = coming(plan, debt, today=today).reminder
        # A run that is repeated on its day says the same.
        level = due_level(plan, debt, today=today)
        assert level == due_level(plan, debt, today=today)
        assert (foreseen is not None and foreseen.date == today) == (level is not None)
        if level is None:
            assert foreseen is None or foreseen.date > today
            continue
        assert today >= DUE + timedelta(days=level.days)
        assert today != failed_date
        assert all(before.days < level.days for before in debt.told)
        assert all(before.pay_by_date is None or before.pay_by_date < today for before in debt.told)
        later = [each for each in plan.levels if each.days > level.days]
        assert all(DUE + timedelta(days=each.days) > today for each in later)
        new = Told(days=level.days, reminder_date=today, pay_by_date=pay_by(level, today))
        debt = replace(debt, told=(*debt.told, new))
        assert due_level(plan, debt, today=today) is None
    assert not debt.told or is_to_suspend(plan, debt, today=DUE + timedelta(days=400)) == (
        max(each.days for each in plan.levels) >= 0 and debt.told[-1].days == max(each.days for each in plan.levels)
    )
