"""Payments of a range of days, listed by when they were made.

A payment is mostly made near the day on which it is received or due, so a walk by its making would pass everything
outside of the range, and a sort would read everything inside. Here each day is asked for its best row; days are opened
in the order of those, a few at a time, until no day that is left can have a better row than the page has.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from tallystick.payments.conditions import Condition, every
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.orders import Part
from tallystick.payments.states import SCHEDULED

Row = dict[str, Any]

# How many days are opened at once.
_AT_ONCE: Final = 16


@dataclass(frozen=True)
class Dates:
    """A range of days in a column, and the lanes of the index that has each day's payments by their making."""

    column: str
    first: date | None
    last: date | None
    # Statuses for due dates, whose index begins with status and kind; one lane without a word for received dates.
    lanes: tuple[str, ...]

    @property
    def lane(self) -> str:
        """What makes a payment one of a bucket's lane."""
        return f"p.status = bucket.lane AND p.kind = '{SCHEDULED}' AND" if self.lanes != ("",) else ""


def dates_of(wanted: PaymentFilter) -> Dates | None:
    """This function will return the range of days that a filter names, of received days before due ones, or None.

    One customer's payments are walked along an index of their own.
    """
    if wanted.customer_id is not None:
        return None
    if wanted.received_from or wanted.received_until:
        return Dates("p.received_date", wanted.received_from, wanted.received_until, ("",))
    if wanted.due_from or wanted.due_until:
        return Dates("p.due_date", wanted.due_from, wanted.due_until, wanted.statuses)
    return None


@dataclass(frozen=True)
class Days:
    """A list by making that has payments of a range of days alone; a bucket is a day of a lane."""

    dates: Dates
    condition: Condition
    part: Part
    fields: Sequence[str]
    read: Callable[[Sequence[str], Sequence[Any]], list[Row]]

    def rows(self, after: Sequence[Any] | None, limit: int) -> list[Row]:
        """This function will return the next rows behind these values of the keys."""
        beyond = self.part.beyond(after)
        left, rows = self._buckets(beyond), list[Row]()
        falling = self.part.keys[0].falling
        while left:
            opened, left = left[:_AT_ONCE], left[_AT_ONCE:]
            rows += self._opened(opened, every([self.condition, beyond]), limit)
            rows.sort(key=_place, reverse=falling)
            rows = rows[:limit]
            if len(rows) == limit and left and (_place(left[0]) < _place(rows[-1])) is falling:
                break
        return rows

    def _buckets(self, beyond: Condition) -> list[Row]:
        """Each bucket that has anything behind the cursor, with the best of it, in the order of those."""
        dates, ordering = self.dates, self.part.ordering
        sql = [
            "WITH lane AS (SELECT unnest(%s::text[]) AS lane),",
            f"edge AS (SELECT {self._edge('min')} AS first, {self._edge('max')} AS last)",
            "SELECT bucket.day, bucket.lane, best.created_at, best.id FROM",
            "(SELECT day::date AS day, lane FROM edge, lane, generate_series(greatest(edge.first, %s)::timestamp,",
            "least(edge.last, %s)::timestamp, interval '1 day') AS day) AS bucket CROSS JOIN LATERAL",
            f"(SELECT p.created_at, p.id FROM payments_payment AS p WHERE {dates.lane} {dates.column} = bucket.day AND",
            beyond.sql,
            f"ORDER BY {ordering} LIMIT 1) AS best",
            f"ORDER BY {ordering.replace('p.', 'best.')}",
        ]
        return self.read(sql, [list(dates.lanes), dates.first, dates.last, *beyond.values])

    def _edge(self, function: str) -> str:
        """The first or last day that any payment has: a range without an end stops there."""
        column = self.dates.column
        return (
            f"(SELECT {function}(found.day) FROM lane AS bucket CROSS JOIN LATERAL (SELECT {function}({column}) AS day "
            f"FROM payments_payment AS p WHERE {self.dates.lane} {column} IS NOT NULL) AS found)"
        )

    def _opened(self, buckets: Sequence[Row], narrowed: Condition, limit: int) -> list[Row]:
        dates, ordering = self.dates, self.part.ordering
        sql = [
            f"SELECT {', '.join(f'p.{field}' for field in self.fields)} FROM",
            "unnest(%s::date[], %s::text[]) AS bucket (day, lane) CROSS JOIN LATERAL",
            f"(SELECT p.* FROM payments_payment AS p WHERE {dates.lane} {dates.column} = bucket.day AND",
            narrowed.sql,
            f"ORDER BY {ordering} LIMIT %s) AS p ORDER BY {ordering} LIMIT %s",
        ]
        days, lanes = [each["day"] for each in buckets], [each["lane"] for each in buckets]
        return self.read(sql, [days, lanes, *narrowed.values, limit, limit])


def _place(row: Row) -> tuple[Any, Any]:
    return row["created_at"], row["id"]
