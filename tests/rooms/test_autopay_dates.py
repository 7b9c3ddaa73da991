"""On which day an invoice is charged, and on which days a declined charge is tried again: properties and examples."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.gateways.port import AUTHENTICATION_FAILED, AUTHENTICATION_REQUIRED, METHOD_REFUSED
from tallystick.payments.retry_plan import LATEST_DAY, LONGEST_PLAN, RETRY_DAYS, is_final, next_try
from tallystick.usecases.autopay_run import charge_date

DAYS = st.dates(min_value=date(2000, 1, 1), max_value=date(2099, 12, 31))
PLANS = st.lists(st.integers(1, LATEST_DAY), max_size=LONGEST_PLAN, unique=True).map(sorted)
SOFT = st.text(max_size=20).filter(lambda code: not is_final(code))
FINAL = [*METHOD_REFUSED, AUTHENTICATION_REQUIRED, AUTHENTICATION_FAILED]


@pytest.mark.parametrize(
    ("invoiced", "due", "charge_day", "charged"),
    [
        ("2026-01-10", "2026-01-24", None, "2026-01-24"),
        ("2026-01-10", "2026-01-24", 15, "2026-01-15"),
        ("2026-01-10", "2026-01-24", 24, "2026-01-24"),
        ("2026-01-10", "2026-01-24", 10, "2026-01-10"),
        ("2026-01-10", "2026-01-24", 9, "2026-01-24"),
        ("2026-01-10", "2026-01-24", 25, "2026-01-24"),
        ("2026-01-10", "2026-02-09", 1, "2026-02-01"),
        # With long terms it is the last such day, not the first: the payer keeps the terms that were agreed.
        ("2026-01-02", "2026-03-03", 5, "2026-02-05"),
        ("2026-01-02", "2026-03-03", 3, "2026-03-03"),
        # The 31st is the last day of a month that is shorter.
        ("2026-02-10", "2026-03-05", 31, "2026-02-28"),
        ("2028-02-10", "2028-03-05", 31, "2028-02-29"),
        ("2026-03-31", "2026-04-30", 31, "2026-04-30"),
        # Due at once.
        ("2026-01-10", "2026-01-10", 10, "2026-01-10"),
        ("2026-01-10", "2026-01-10", 1, "2026-01-10"),
    ],
)
def test_the_day_of_a_charge(invoiced: str, due: str, charge_day: int | None, charged: str) -> None:
    found = charge_date(date.fromisoformat(invoiced), date.fromisoformat(due), charge_day)
    assert found == date.fromisoformat(charged)


def is_charge_day(day: date, charge_day: int) -> bool:
    """This function will tell whether a date is the charge day of its month, as a calendar shows it."""
    return day.day == min(charge_day, monthrange(day.year, day.month)[1])


@given(invoiced=DAYS, terms=st.integers(0, 365), charge_day=st.integers(1, 31))
def test_a_charge_comes_on_the_last_charge_day_within_the_terms(invoiced: date, terms: int, charge_day: int) -> None:
    due = invoiced + timedelta(days=terms)
    charged = charge_date(invoiced, due, charge_day)
    assert invoiced <= charged <= due
    assert due - charged < timedelta(days=31), "or a run that looks ahead a month would not find it"
    later = [charged + timedelta(days=days) for days in range(1, (due - charged).days + 1)]
    assert not any(is_charge_day(day, charge_day) for day in later)
    if not is_charge_day(charged, charge_day):
        assert charged == due
        assert not any(is_charge_day(invoiced + timedelta(days=days), charge_day) for days in range(terms + 1))


@given(invoiced=DAYS, terms=st.integers(0, 365))
def test_without_a_charge_day_it_is_the_due_date(invoiced: date, terms: int) -> None:
    assert charge_date(invoiced, invoiced + timedelta(days=terms), None) == invoiced + timedelta(days=terms)


@pytest.mark.parametrize(
    ("today", "expected"),
    [(1, 2), (2, 4), (3, 4), (4, 8), (7, 8), (8, None), (30, None)],
)
def test_the_days_of_the_usual_plan(today: int, expected: int | None) -> None:
    first = date(2026, 3, 1)
    found = next_try("insufficient_funds", first_try=first, today=date(2026, 3, today), days=RETRY_DAYS.default)
    assert found == (None if expected is None else date(2026, 3, expected))


@given(code=SOFT, first=DAYS, waited=st.integers(0, 400), days=PLANS)
def test_the_next_try_is_the_first_day_of_the_plan_that_is_to_come(
    code: str, first: date, waited: int, days: list[int]
) -> None:
    today = first + timedelta(days=waited)
    to_come = [first + timedelta(days=after) for after in days if after > waited]
    assert next_try(code, first_try=first, today=today, days=days) == (to_come[0] if to_come else None)


@given(code=SOFT, first=DAYS, days=PLANS)
def test_tried_on_each_day_a_plan_has_as_many_tries_as_days_and_ends(code: str, first: date, days: list[int]) -> None:
    tried, today = [], first
    while (day := next_try(code, first_try=first, today=today, days=days)) is not None:
        assert day > today
        tried.append((day - first).days)
        today = day
    assert tried == days


@given(code=st.sampled_from(FINAL), first=DAYS, waited=st.integers(0, 400), days=PLANS)
def test_what_is_declined_for_good_is_never_tried_again(code: str, first: date, waited: int, days: list[int]) -> None:
    assert next_try(code, first_try=first, today=first + timedelta(days=waited), days=days) is None


@given(days=PLANS)
def test_every_plan_can_be_stored(days: list[int]) -> None:
    assert RETRY_DAYS.accepts(days)


@pytest.mark.parametrize(
    "bad", [None, "1, 3", [0], [-1], [LATEST_DAY + 1], [3, 1], [1, 1], [1.0], [True], ["1"], list(range(1, 12))]
)
def test_what_is_no_plan_cannot(bad: Any) -> None:
    assert not RETRY_DAYS.accepts(bad)
