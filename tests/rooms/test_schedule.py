"""When periods begin and end, and what parts of them cost: what holds for every day and every price."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import islice, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.foundation.months import on_day
from tallystick.subscriptions.schedule import MONTHS, Period, Schedule, first_anchor, part_price

DAYS = st.dates(date(1999, 12, 1), date(2060, 12, 31))


@st.composite
def schedules(draw: st.DrawFn) -> Schedule:
    day = draw(st.integers(1, 31))
    near = draw(DAYS)
    return Schedule(on_day(near.year, near.month, day), day, draw(st.sampled_from(sorted(MONTHS.values()))))


@given(schedule=schedules(), number=st.integers(-200, 200))
def test_the_anchor_day_is_kept(schedule: Schedule, number: int) -> None:
    boundary = schedule.boundary(number)
    # The agreed day, or the last of a month that is shorter.
    assert boundary.day == schedule.anchor_day or (boundary + timedelta(days=1)).day == 1 <= schedule.anchor_day
    assert boundary.day <= schedule.anchor_day


@given(schedule=schedules(), day=DAYS)
def test_every_day_lies_in_one_whole_period(schedule: Schedule, day: date) -> None:
    whole = schedule.whole_period(day)
    assert whole.start <= day < whole.end
    assert whole.is_whole
    assert schedule.whole_period(whole.start) == whole
    assert schedule.whole_period(whole.end).start == whole.end
    assert schedule.whole_period(whole.start - timedelta(days=1)).end == whole.start


@given(schedule=schedules(), start=DAYS, length=st.one_of(st.none(), st.integers(-40, 4000)))
def test_periods_are_contiguous_and_never_overlap(schedule: Schedule, start: date, length: int | None) -> None:
    until = None if length is None else start + timedelta(days=length)
    periods = list(islice(schedule.periods(start, until=until), 150))
    if until is not None and until <= start:
        assert periods == []
        return
    assert periods[0].start == start
    for before, after in pairwise(periods):
        assert before.end == after.start
        # Only the first and the last can be parts.
        assert after.is_whole or after is periods[-1]
    for period in periods:
        assert period.whole_start <= period.start < period.end <= period.whole_end
    if until is not None and len(periods) < 150:
        assert periods[-1].end == until


@given(start=DAYS, day=st.integers(1, 31), months=st.sampled_from(sorted(MONTHS.values())))
def test_the_first_boundary_is_the_first_such_day(start: date, day: int, months: int) -> None:
    anchor = first_anchor(start, day=day, months=months)
    assert anchor >= start
    assert Schedule(anchor, day, months).boundary(0) == anchor
    # Counted in months, no boundary lies between the start and the anchor but that of the anchor's own month.
    assert anchor <= Schedule(anchor, day, months).whole_period(start).end


@given(
    schedule=schedules(),
    day=DAYS,
    cuts=st.sets(st.integers(1, 366), max_size=6),
    unit_price_minor=st.integers(0, 10**9),
    quantity=st.decimals("0.0001", "9999", places=4),
)
def test_the_parts_of_a_split_period_lose_no_more_than_rounding(
    schedule: Schedule, day: date, cuts: set[int], unit_price_minor: int, quantity: Decimal
) -> None:
    whole = schedule.whole_period(day)
    inner = sorted(at for cut in cuts if whole.start < (at := whole.start + timedelta(days=cut)) < whole.end)
    edges = [whole.start, *inner, whole.end]
    parts = [Period(start, end, whole.start, whole.end) for start, end in pairwise(edges)]
    priced = [part_price(part, unit_price_minor=unit_price_minor, quantity=quantity) for part in parts]
    all_of_it = part_price(whole, unit_price_minor=unit_price_minor, quantity=quantity)
    assert 2 * abs(sum(priced) - all_of_it) <= len(parts) + 1
    assert all(0 <= price <= all_of_it for price in priced)
    if len(parts) == 1:
        assert priced == [all_of_it]


@pytest.mark.parametrize(
    ("start", "ends"),
    [
        (date(2026, 1, 31), ["2026-02-28", "2026-03-31", "2026-04-30"]),
        (date(2024, 1, 30), ["2024-02-29", "2024-03-30", "2024-04-30"]),
        (date(2026, 12, 15), ["2027-01-15", "2027-02-15", "2027-03-15"]),
    ],
)
def test_months_that_are_too_short_have_their_last_day(start: date, ends: list[str]) -> None:
    schedule = Schedule(start, start.day, 1)
    assert [each.end.isoformat() for each in islice(schedule.periods(start, until=None), 3)] == ends
