"""When periods begin and end, and what a part of one costs. Pure functions of local dates (`docs/model.md`, 25).

Periods are half open: from their first day to the day after their last. The anchor day is kept: Jan 31 → Feb 28 or 29
→ Mar 31. A part of a period is priced by its days over the days of the whole period that it lies in.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from tallystick.foundation.months import months_after, on_day
from tallystick.money.rounding import half_up

MONTHS: Final[dict[str, int]] = {"monthly": 1, "quarterly": 3, "annually": 12}
LONGEST_CONTRACT_MONTHS: Final = 600


@dataclass(frozen=True, slots=True)
class Period:
    """Some days of a subscription, and the whole period that they lie in."""

    start: date
    end: date
    whole_start: date
    whole_end: date

    @property
    def days(self) -> int:
        """How many days are covered."""
        return (self.end - self.start).days

    @property
    def of_days(self) -> int:
        """How many days the whole period has."""
        return (self.whole_end - self.whole_start).days

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the whole period is missing."""
        return self.start == self.whole_start and self.end == self.whole_end


@dataclass(frozen=True, slots=True)
class Schedule:
    """The boundaries of whole periods: `anchor` is one of them, and every `months` months there is another."""

    anchor: date
    anchor_day: int
    months: int

    def boundary(self, number: int) -> date:
        """This function will return the boundary `number` periods after the anchor (before it when negative)."""
        return months_after(self.anchor, number * self.months, day=self.anchor_day)

    def whole_period(self, day: date) -> Period:
        """This function will return the whole period that a day lies in."""
        apart = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        number = apart // self.months
        # Within a month the day decides on which side of the boundary it lies.
        if self.boundary(number) > day:
            number -= 1
        elif self.boundary(number + 1) <= day:
            number += 1
        start, end = self.boundary(number), self.boundary(number + 1)
        return Period(start, end, start, end)

    def period_from(self, start: date, *, until: date | None) -> Period | None:
        """This function will return the period to bill from `start`: to the next boundary, or to `until` before it.

        None when nothing is left before `until`.
        """
        if until is not None and start >= until:
            return None
        whole = self.whole_period(start)
        end = whole.end if until is None else min(whole.end, until)
        return Period(start, end, whole.start, whole.end)

    def periods(self, start: date, *, until: date | None) -> Iterator[Period]:
        """This function will yield one period after the other from `start`; without `until` there is no last one."""
        while (period := self.period_from(start, until=until)) is not None:
            yield period
            start = period.end


def schedule_of(*, anchor: date, anchor_day: int, frequency: str) -> Schedule:
    """This function will return the schedule of a subscription."""
    return Schedule(anchor, anchor_day, MONTHS[frequency])


def first_anchor(start: date, *, day: int, months: int) -> date:
    """This function will return the first boundary on or after `start`: the first such day of the month.

    With a period of several months the months count from there.
    """
    here = on_day(start.year, start.month, day)
    if here >= start:
        return here
    return months_after(here, months, day=day)


def part_price(period: Period, *, unit_price_minor: int, quantity: Decimal) -> int:
    """This function will return what the days of a period cost, in minor units, rounded half up once."""
    exact = Fraction(quantity) * unit_price_minor * Fraction(period.days, period.of_days)
    return half_up(exact)
