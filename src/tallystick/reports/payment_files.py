"""Payments as rows of a file for staff: exactly what a list shows, in its order, whatever its length.

The database writes the cells of CSV, so that a row costs Python next to nothing; it streams them, so that memory does
not grow with the list. A spreadsheet takes numbers and dates from it as what they are. What is private is in no column
of either (`docs/model.md`, 11).
"""

import json
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any, Final, Literal

from django.db import connection

from tallystick.foundation.transactions import snapshot
from tallystick.money.currencies import all_currencies, exponent
from tallystick.payments import lists
from tallystick.payments.conditions import Condition
from tallystick.payments.filters import PaymentFilter, conditions
from tallystick.payments.orders import Order
from tallystick.payments.states import KINDS, STATUSES

# A spreadsheet runs what begins with one of these (OWASP ASVS 5.0, 1.2.10); the mark in front makes it text.
_FORMULAS: Final = r"E'=', '+', '-', '@', E'\t', E'\r', E'\n'"
# So many bytes are handed on at once.
_BLOCK: Final = 65_536
# So many rows of a spreadsheet are read at once.
_CHUNK: Final = 2000


@dataclass(frozen=True)
class Cell:
    """A column of the file: a name for its heading, its SQL, and what it is.

    Text of `people` may look like a formula. An `amount` is in minor units of the payment's currency.
    """

    name: str
    sql: str
    kind: Literal["text", "people", "amount", "day", "moment"] = "text"

    @property
    def as_csv(self) -> str:
        """What stands in a file of text."""
        if self.kind == "people":
            return f"CASE WHEN left({self.sql}, 1) IN ({_FORMULAS}) THEN '''' || {self.sql} ELSE {self.sql} END"
        if self.kind == "moment":
            return f"""to_char({self.sql} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""
        return self.as_value

    @property
    def as_value(self) -> str:
        """What stands in a spreadsheet; a moment is a local one of the time zone that is put in the place of `%s`."""
        if self.kind == "moment":
            return f"{self.sql} AT TIME ZONE %s"
        return _major(self.sql) if self.kind == "amount" else self.sql


def _places(count: int) -> str:
    return ", ".join(f"'{code}'" for code in all_currencies() if exponent(code) == count)


def _public(prefix: str, column: str) -> str:
    return f"'{prefix}_' || replace({column}::text, '-', '')"


def _major(minor: str) -> str:
    return (
        f"CASE WHEN p.currency IN ({_places(0)}) THEN ({minor})::numeric "
        f"WHEN p.currency IN ({_places(3)}) THEN ({minor}) * 0.001 ELSE ({minor}) * 0.01 END"
    )


CELLS: Final = (
    Cell("payment", _public("pay", "p.id")),
    Cell("receipt", "p.receipt_number", "people"),
    Cell("kind", "p.kind"),
    Cell("status", "%s::jsonb ->> (p.kind || ' ' || p.status)"),
    Cell("reversed", "CASE WHEN p.reversed_at IS NOT NULL THEN %s ELSE '' END"),
    Cell("customer_number", "c.number", "people"),
    Cell("customer", "c.name", "people"),
    Cell("invoice", "i.number", "people"),
    Cell("total", "CASE WHEN p.kind IN ('refund', 'charge') THEN -p.total_minor ELSE p.total_minor END", "amount"),
    Cell("currency", "p.currency"),
    Cell("allocated", "p.allocated_minor", "amount"),
    Cell("refunded", "p.refunded_minor", "amount"),
    Cell("disputed", "p.disputed_minor", "amount"),
    Cell("lost", "p.lost_minor", "amount"),
    Cell(
        "unallocated",
        "CASE WHEN p.status = 'completed' AND p.kind IN ('receipt', 'scheduled') THEN p.unallocated_minor ELSE 0 END",
        "amount",
    ),
    Cell("method", "p.method"),
    Cell("reference", "p.reference", "people"),
    Cell("description", "p.description", "people"),
    Cell("note", "p.customer_note", "people"),
    Cell("due", "p.due_date", "day"),
    Cell("received", "p.received_date", "day"),
    Cell("made", "p.created_at", "moment"),
    Cell("completed", "p.completed_at", "moment"),
    Cell("refund_of", _public("pay", "p.refund_of_id")),
)


def csv_blocks(
    wanted: PaymentFilter, *, sort: str, headings: str, status_word: Callable[[str, str], str], yes: str
) -> Iterator[bytes]:
    """This function will return a list as CSV in UTF-8, block by block: the heading line as it is given, then rows.

    `status_word` says a status of a kind in the reader's words, and `yes` that a payment was reversed.
    """
    cells = [Condition(cell.as_csv) for cell in CELLS]
    return _blocks(_selected(cells, wanted, sort=sort, status_word=status_word, yes=yes), headings)


def rows(
    wanted: PaymentFilter, *, sort: str, zone: str, status_word: Callable[[str, str], str], yes: str
) -> Generator[tuple[Any, ...], None, None]:
    """This function will return a list's rows for a spreadsheet, from one snapshot, which lasts until it is closed.

    Amounts have as many places as their currencies have; moments are local ones of a time zone, such as Europe/Vienna.
    """
    cells = [Condition(cell.as_value, [zone] if cell.kind == "moment" else []) for cell in CELLS]
    with snapshot():
        for found in _selected(cells, wanted, sort=sort, status_word=status_word, yes=yes):
            _plan(found)
            with connection.chunked_cursor() as cursor:
                cursor.execute(found.condition.sql, found.condition.values)
                while chunk := cursor.fetchmany(_CHUNK):
                    yield from chunk


def _blocks(parts: Sequence[lists.Whole], headings: str) -> Iterator[bytes]:
    waiting = bytearray(headings.encode())
    with snapshot():
        for found in parts:
            _plan(found)
            with connection.cursor() as cursor:
                driver: Any = cursor.cursor
                copying = f"COPY ({found.condition.sql}) TO STDOUT (FORMAT CSV)"
                with driver.copy(copying, found.condition.values) as lines:
                    for line in lines:
                        waiting += line
                        if len(waiting) >= _BLOCK:
                            yield bytes(waiting)
                            waiting.clear()
    yield bytes(waiting)


def _selected(
    cells: Sequence[Condition],
    wanted: PaymentFilter,
    *,
    sort: str,
    status_word: Callable[[str, str], str],
    yes: str,
) -> list[lists.Whole]:
    """What is read of a list, for each part of its order."""
    told = json.dumps({f"{kind} {status}": status_word(kind, status) for kind, status in product(KINDS, STATUSES)})
    named = ", ".join(f"{cell.sql} AS {column.name}" for cell, column in zip(cells, CELLS, strict=True))
    # The words stand in the cells themselves, so that several processes can write those side by side.
    worded = {"status": [told], "reversed": [yes]}
    values = [
        value
        for cell, column in zip(cells, CELLS, strict=True)
        for value in [*worded.get(column.name, []), *cell.values]
    ]
    joined = "LEFT JOIN invoices_invoice AS i ON i.id = p.invoice_id"
    return [
        replace(
            found,
            condition=Condition(f"SELECT {named} {found.condition.sql}", [*values, *found.condition.values]),
        )
        for found in lists.in_order(Order.of(sort), conditions(wanted, public=False), joined=joined)
    ]


def _plan(found: lists.Whole) -> None:
    """For the rest of the transaction: the planner does not mind how late the first row comes."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL enable_sort = {'off' if found.is_walked else 'on'}")
