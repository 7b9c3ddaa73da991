"""The ways in which a page of a list is read, quick among ten million payments.

They are chosen here and not by the database's planner, whose guess at how rare something is can be wrong by any factor:

- Something in the filter fits few payments (looked up in its own index before): those are collected, narrowed by the
  rest and sorted.
- A hundred thousand payments of some customers, or paid in some way, are sorted by what an index says of them, which is
  quick as long as nothing else of them is read.
- Else every condition by itself fits many, and the list is walked along an index in its order until the page is full.
  The indexes begin with status, kind and way of paying, so that a walk never passes what these leave out: one short
  walk for each combination of them, merged.
- Customers are walked by name, and the payments of each.
- Dates of receiving, of making and of being due go together, so that a walk by one could pass years of the other: there
  each day of the filter is a short walk of its own (`payments.days`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from tallystick.payments.conditions import EVERYTHING, Condition, every
from tallystick.payments.days import Days, dates_of
from tallystick.payments.filters import PaymentFilter, conditions
from tallystick.payments.orders import Part, Sort, ordering
from tallystick.payments.reading import Row, read, selected
from tallystick.payments.states import KINDS, STATUSES


@dataclass(frozen=True)
class _Lanes:
    """Columns that an index begins with, and their values together: a walk goes along each, and they are merged."""

    columns: tuple[str, ...]
    values: list[tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class Walk:
    """A list that is read: its filter, whether its customer reads it, what is collected or sorted if any, and columns.

    Each way takes a part of the list's order, the values of the row that it goes on behind, and how many rows.
    """

    filter: PaymentFilter
    sort: Sort
    public: bool
    few: Condition | None
    many: Condition | None
    fields: Sequence[str]

    @property
    def condition(self) -> Condition:
        """What every payment of the list fulfils."""
        return conditions(self.filter, public=self.public)

    def rows(self, part: Part, after: Sequence[Any] | None, limit: int) -> list[Row]:
        """This function will return the next rows of a part."""
        if self.few is not None:
            return self._collected(self.few, part, after, limit)
        if self.many is not None:
            return self._sorted(self.many, part, after, limit)
        if part.by_customer:
            return self._by_customer(part, after, limit)
        if dates := dates_of(self.filter, self.sort, part):
            condition = conditions(self.filter, public=self.public, besides=("status",))
            return Days(dates, condition, part, self.fields).rows(after, limit)
        lanes = self._lanes(part)
        if lanes is not None:
            return self._by_lanes(lanes, part, after, limit)
        is_own = self.filter.customer_id is not None and self.sort is Sort.CREATED
        return self._own(part, after, limit) if is_own else self._plain(part, after, limit)

    def _own(self, part: Part, after: Sequence[Any] | None, limit: int) -> list[Row]:
        """Of one customer's payments an index has what most lists are narrowed by: nothing that is passed is read."""
        narrowed = every([self.condition, part.condition, part.beyond(after)])
        sql = [
            f"SELECT {selected(self.fields, part.keys)} FROM (SELECT p.id FROM payments_payment AS p WHERE",
            narrowed.sql,
            f"ORDER BY {part.ordering} LIMIT %s) AS best JOIN payments_payment AS p ON p.id = best.id",
            f"ORDER BY {part.ordering}",
        ]
        return read(sql, [*narrowed.values, limit])

    def _plain(self, part: Part, after: Sequence[Any] | None, limit: int) -> list[Row]:
        narrowed = every([self.condition, part.condition, part.beyond(after)])
        sql = [
            f"SELECT {selected(self.fields, part.keys)} FROM payments_payment AS p WHERE",
            narrowed.sql,
            f"ORDER BY {part.ordering} LIMIT %s",
        ]
        return read(sql, [*narrowed.values, limit])

    def _collected(self, few: Condition, part: Part, after: Sequence[Any] | None, limit: int) -> list[Row]:
        source = collected_from(few)
        narrowed = every([self.condition, part.condition, part.beyond(after)])
        sql = [
            source.sql,
            f"SELECT {selected(self.fields, part.keys)} FROM p",
            "JOIN customers_customer AS c ON c.id = p.customer_id WHERE" if part.by_customer else "WHERE",
            narrowed.sql,
            f"ORDER BY {part.ordering} LIMIT %s",
        ]
        return read(sql, [*source.values, *narrowed.values, limit])

    def _sorted(self, many: Condition, part: Part, after: Sequence[Any] | None, limit: int) -> list[Row]:
        """All that fit are found and sorted before any is read."""
        narrowed = every([many, self.condition, part.condition, part.beyond(after)])
        keys = ", ".join(f"{key.sql} AS key_{place}" for place, key in enumerate(part.keys))
        merged = ordering([f"key_{place}" for place in range(len(part.keys))], part.keys)
        sql = [
            f"WITH fitting AS MATERIALIZED (SELECT {keys} FROM payments_payment AS p WHERE",
            narrowed.sql,
            f") SELECT {selected(self.fields, part.keys)} FROM",
            f"(SELECT * FROM fitting ORDER BY {merged} LIMIT %s) AS best",
            # The last key of every order is the id.
            f"JOIN payments_payment AS p ON p.id = best.key_{len(part.keys) - 1}",
            f"ORDER BY {part.ordering}",
        ]
        return read(sql, [*narrowed.values, limit])

    def _lanes(self, part: Part) -> _Lanes | None:
        """The values that a walk goes along; None where one index has all that are wanted in order."""
        wanted = self.filter
        if wanted.customer_id is not None:
            # A customer's own payments have indexes of their own.
            return None
        if self.sort is Sort.CREATED and wanted.unallocated:
            # So has what is not allocated, in this order.
            return None
        statuses = [status for status in part.statuses if status in wanted.statuses]
        kinds = [kind for kind in part.kinds if kind in wanted.kinds]
        if part.keys[0].name == "due_date":
            return _Lanes(("status", "kind"), list(product(statuses, kinds)))
        if (len(statuses), len(kinds)) != (len(STATUSES), len(KINDS)) or self.sort is Sort.AMOUNT:
            return _Lanes(("status", "kind", "method"), list(product(statuses, kinds, wanted.methods)))
        if self.sort is Sort.CREATED and (wanted.currency or wanted.method):
            return _Lanes(("currency", "method"), list(product(wanted.currencies, wanted.methods)))
        return None

    def _by_lanes(self, lanes: _Lanes, part: Part, after: Sequence[Any] | None, limit: int) -> list[Row]:
        if not lanes.values:
            return []
        places = f"({', '.join('%s' for _ in lanes.columns)})"
        same = " AND ".join(f"p.{column} = lane.{column}" for column in lanes.columns)
        condition = conditions(self.filter, public=self.public, besides=lanes.columns)
        # Lanes of another kind are of parts that have every status and kind.
        own = replace(part, statuses=STATUSES, kinds=KINDS)
        narrowed = every([condition, own.condition, part.beyond(after)])
        keys = ", ".join(f"{key.sql} AS key_{place}" for place, key in enumerate(part.keys))
        merged = ordering([f"key_{place}" for place in range(len(part.keys))], part.keys)
        sql = [
            f"SELECT {selected(self.fields, part.keys)} FROM (SELECT walk.* FROM",
            f"(VALUES {', '.join(places for _ in lanes.values)}) AS lane ({', '.join(lanes.columns)})",
            f"CROSS JOIN LATERAL (SELECT {keys} FROM payments_payment AS p WHERE {same} AND",
            narrowed.sql,
            f"ORDER BY {part.ordering} LIMIT %s) AS walk ORDER BY {merged} LIMIT %s) AS best",
            # The last key of every order is the id.
            f"JOIN payments_payment AS p ON p.id = best.key_{len(part.keys) - 1}",
            f"ORDER BY {part.ordering}",
        ]
        named = [word for each in lanes.values for word in each]
        return read(sql, [*named, *narrowed.values, limit, limit])

    def _by_customer(self, part: Part, after: Sequence[Any] | None, limit: int) -> list[Row]:
        """First what is left of the customer where the cursor stands, then the customers behind."""
        if after is None:
            return self._customers(part, EVERYTHING, EVERYTHING, limit)
        names, own = Part(keys=part.keys[:2]), Part(keys=part.keys[2:])
        name, customer_id = after[:2]
        here = self._customers(part, Condition("c.id = %s", [customer_id]), own.beyond(after[2:]), limit)
        rows = [{**row, "sort_name": name} for row in here]
        if len(rows) < limit:
            # Whoever was renamed since stands where the cursor says, and nowhere else.
            behind = every([names.beyond(after[:2]), Condition("c.id <> %s", [customer_id])])
            rows += self._customers(part, behind, EVERYTHING, limit - len(rows))
        return rows

    def _customers(self, part: Part, whose: Condition, which: Condition, limit: int) -> list[Row]:
        narrowed, own = every([self.condition, which]), Part(keys=part.keys[2:])
        if self.filter.customer_id is not None:
            whose = every([whose, Condition("c.id = %s", [self.filter.customer_id])])
        sql = [
            f"SELECT {selected(self.fields, part.keys)} FROM (SELECT c.id AS customer_id, p.id, p.created_at",
            "FROM customers_customer AS c CROSS JOIN LATERAL",
            # No more columns than the index of a customer's payments has.
            "(SELECT p.id, p.created_at FROM payments_payment AS p WHERE p.customer_id = c.id AND",
            narrowed.sql,
            f"ORDER BY {own.ordering} LIMIT %s) AS p WHERE",
            whose.sql,
            f"ORDER BY {part.ordering} LIMIT %s) AS best",
            "JOIN payments_payment AS p ON p.id = best.id JOIN customers_customer AS c ON c.id = best.customer_id",
            f"ORDER BY {part.ordering}",
        ]
        return read(sql, [*narrowed.values, limit, *whose.values, limit])


def collected_from(few: Condition) -> Condition:
    """This function will return what stands before SELECT, so that `p` is the payments that fulfil a condition."""
    return Condition(f"WITH p AS MATERIALIZED (SELECT p.* FROM payments_payment AS p WHERE {few.sql}) ", few.values)
