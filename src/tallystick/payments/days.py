"""Payments of a range of days, in an order that an index has within each day.

A payment is mostly made near the day on which it is received or due, so a walk by its making would pass everything
outside of the range, and a sort would read everything inside. Here each day is asked for its best row; days are opened
in the order of those, a few at a time, until no day that is left can have a better row than the page has.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final

from tallystick.payments.conditions import EVERYTHING, Condition, every
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.orders import Part, Sort, ordering
from tallystick.payments.reading import Row, read, selected
from tallystick.payments.states import SCHEDULED, STATUSES

# How many days are opened at once: of the first ones all that a page could take is read, of others very little.
_AT_FIRST: Final = 16
_AT_ONCE: Final = 64


@dataclass(frozen=True)
class Dates:
    """A range of days in a column, and the lanes of the index that has each day's payments in order: statuses."""

    column: str
    first: date | None
    last: date | None
    statuses: tuple[str, ...]
    # Whether the index has expected payments alone.
    is_of_expected: bool

    @property
    def lane(self) -> str:
        """What makes a payment one of a bucket's lane."""
        of_kind = f"p.kind = '{SCHEDULED}' AND" if self.is_of_expected else ""
        return f"p.status = bucket.lane AND {of_kind}"


def dates_of(wanted: PaymentFilter, sort: Sort, part: Part) -> Dates | None:
    """This function will return the range of days that a filter names, of received days before due ones, or None.

    None too where an index has the order anyway: one customer's payments, due days by due date, and customers by name.
    """
    if wanted.customer_id is not None or sort is Sort.CUSTOMER:
        return None
    statuses = tuple(status for status in part.statuses if status in wanted.statuses)
    is_by_making = part.keys[0].name == "created_at"
    if wanted.received_from or wanted.received_until:
        is_by_due_date = part.keys[0].name == "due_date"
        return Dates("p.received_date", wanted.received_from, wanted.received_until, statuses, is_by_due_date)
    if is_by_making and SCHEDULED in part.kinds and (wanted.due_from or wanted.due_until):
        return Dates("p.due_date", wanted.due_from, wanted.due_until, statuses, is_of_expected=True)
    return None


@dataclass(frozen=True)
class Days:
    """A part of a list that has payments of a range of days alone; a bucket is a day of a lane.

    All keys of the part run the same way.
    """

    dates: Dates
    condition: Condition
    part: Part
    fields: Sequence[str]

    def rows(self, after: Sequence[Any] | None, limit: int) -> list[Row]:
        """This function will return the next rows behind these values of the keys."""
        beyond = self.part.beyond(after)
        left, rows = self._buckets(beyond), list[Row]()
        names = [key.name for key in self.part.keys]
        falling = self.part.keys[0].falling
        own = replace(self.part, statuses=STATUSES).condition
        while left:
            is_full = len(rows) == limit
            at_once = _AT_ONCE if is_full else _AT_FIRST
            opened, left = left[:at_once], left[at_once:]
            # Of further days only what is better than the last row of a full page.
            better = self._not_beyond([rows[-1][name] for name in names]) if is_full else EVERYTHING
            rows += self._opened(opened, every([self.condition, own, beyond, better]), limit)
            rows.sort(key=lambda row: tuple(row[name] for name in names), reverse=falling)
            rows = rows[:limit]
            if len(rows) == limit and left:
                best, worst = left[0]["place"], tuple(rows[-1][name] for name in names)
                if (best < worst) is falling:
                    break
        return rows

    def _buckets(self, beyond: Condition) -> list[Row]:
        """Each bucket that has anything behind the cursor, with the place of its best, in the order of those."""
        dates, part = self.dates, self.part
        keys = ", ".join(f"{key.sql} AS key_{place}" for place, key in enumerate(part.keys))
        names = [f"key_{place}" for place in range(len(part.keys))]
        sql = [
            "WITH lane AS (SELECT bucket.lane, found.first, found.last FROM unnest(%s::text[]) AS bucket (lane)",
            f"CROSS JOIN LATERAL (SELECT {self._edge('min')} AS first, {self._edge('max')} AS last) AS found",
            "WHERE found.first IS NOT NULL)",
            f"SELECT bucket.day, bucket.lane, {', '.join(names)} FROM",
            "(SELECT day::date AS day, lane FROM lane CROSS JOIN LATERAL generate_series(",
            "greatest(lane.first, %s)::timestamp, least(lane.last, %s)::timestamp, interval '1 day') AS day) AS bucket",
            f"CROSS JOIN LATERAL (SELECT {keys} FROM payments_payment AS p WHERE {dates.lane}",
            f"{dates.column} = bucket.day AND",
            beyond.sql,
            f"ORDER BY {part.ordering} LIMIT 1) AS best",
            f"ORDER BY {ordering(names, part.keys)}",
        ]
        found = read(sql, [list(dates.statuses), dates.first, dates.last, *beyond.values])
        return [{**row, "place": tuple(row[name] for name in names)} for row in found]

    def _edge(self, function: str) -> str:
        """The first or last day that any payment of a lane has: a range without an end stops there."""
        column = self.dates.column
        return f"(SELECT {function}({column}) FROM payments_payment AS p WHERE {self.dates.lane} {column} IS NOT NULL)"

    def _opened(self, buckets: Sequence[Row], narrowed: Condition, limit: int) -> list[Row]:
        dates, ordering_ = self.dates, self.part.ordering
        sql = [
            f"SELECT {selected(self.fields, self.part.keys)} FROM",
            "unnest(%s::date[], %s::text[]) AS bucket (day, lane) CROSS JOIN LATERAL",
            f"(SELECT p.* FROM payments_payment AS p WHERE {dates.lane} {dates.column} = bucket.day AND",
            narrowed.sql,
            f"ORDER BY {ordering_} LIMIT %s) AS p ORDER BY {ordering_} LIMIT %s",
        ]
        days, lanes = [each["day"] for each in buckets], [each["lane"] for each in buckets]
        return read(sql, [days, lanes, *narrowed.values, limit, limit])

    def _not_beyond(self, values: Sequence[Any]) -> Condition:
        keys = self.part.keys
        columns, places = ", ".join(key.sql for key in keys), ", ".join("%s" for _ in keys)
        return Condition(f"({columns}) {'>=' if keys[0].falling else '<='} ({places})", list(values))
