"""Payments as rows of a file for staff: exactly what a list shows, in its order, whatever its length.

The database writes the cells, so that a row of CSV costs Python next to nothing; it streams them, so that memory does
not grow with the list. What is private is in none of its columns (`docs/model.md`, 11).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

from django.db import connection

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


@dataclass(frozen=True)
class Cell:
    """A column of the file: a name for its heading, and its SQL."""

    name: str
    sql: str


def _places(count: int) -> str:
    return ", ".join(f"'{code}'" for code in all_currencies() if exponent(code) == count)


def _harmless(text: str) -> str:
    return f"CASE WHEN left({text}, 1) IN ({_FORMULAS}) THEN '''' || {text} ELSE {text} END"


def _public(prefix: str, column: str) -> str:
    return f"'{prefix}_' || replace({column}::text, '-', '')"


def _amount(minor: str) -> str:
    return (
        f"CASE WHEN p.currency IN ({_places(0)}) THEN ({minor})::numeric "
        f"WHEN p.currency IN ({_places(3)}) THEN ({minor}) * 0.001 ELSE ({minor}) * 0.01 END"
    )


def _moment(column: str) -> str:
    return f"""to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')"""


CELLS: Final = (
    Cell("payment", _public("pay", "p.id")),
    Cell("receipt", _harmless("p.receipt_number")),
    Cell("kind", "p.kind"),
    Cell("status", "word.word"),
    Cell("reversed", "CASE WHEN p.reversed_at IS NOT NULL THEN %(yes)s ELSE '' END"),
    Cell("customer_number", _harmless("c.number")),
    Cell("customer", _harmless("c.name")),
    Cell("invoice", _harmless("i.number")),
    Cell(
        "total",
        _amount("CASE WHEN p.kind IN ('refund', 'charge') THEN -p.total_minor ELSE p.total_minor END"),
    ),
    Cell("currency", "p.currency"),
    Cell("allocated", _amount("p.allocated_minor")),
    Cell("refunded", _amount("p.refunded_minor")),
    Cell("disputed", _amount("p.disputed_minor")),
    Cell("lost", _amount("p.lost_minor")),
    Cell(
        "unallocated",
        _amount("CASE WHEN p.status = 'completed' AND p.kind <> 'refund' THEN p.unallocated_minor ELSE 0 END"),
    ),
    Cell("method", "p.method"),
    Cell("reference", _harmless("p.reference")),
    Cell("description", _harmless("p.description")),
    Cell("note", _harmless("p.customer_note")),
    Cell("due", "p.due_date"),
    Cell("received", "p.received_date"),
    Cell("made", _moment("p.created_at")),
    Cell("completed", _moment("p.completed_at")),
    Cell("refund_of", _public("pay", "p.refund_of_id")),
)


def csv_blocks(
    wanted: PaymentFilter, *, sort: str, headings: str, status_word: Callable[[str, str], str], yes: str
) -> Iterator[bytes]:
    """This function will return a list as CSV in UTF-8, block by block: the heading line as it is given, then rows.

    `status_word` says a status of a kind in the reader's words, and `yes` that a payment was reversed.
    """
    found = _selected(wanted, sort=sort, status_word=status_word, yes=yes)
    return _blocks(found, headings)


def _blocks(found: Condition, headings: str) -> Iterator[bytes]:
    waiting = bytearray(headings.encode())
    with connection.cursor() as cursor:
        driver: Any = cursor.cursor
        with driver.copy(f"COPY ({found.sql}) TO STDOUT (FORMAT CSV)", found.values) as lines:
            for line in lines:
                waiting += line
                if len(waiting) >= _BLOCK:
                    yield bytes(waiting)
                    waiting.clear()
    yield bytes(waiting)


def _selected(wanted: PaymentFilter, *, sort: str, status_word: Callable[[str, str], str], yes: str) -> Condition:
    words = [(kind, status, status_word(kind, status)) for kind, status in product(KINDS, STATUSES)]
    cells = ", ".join(f"{cell.sql} AS {cell.name}".replace("%(yes)s", "%s") for cell in CELLS)
    joined = (
        "LEFT JOIN invoices_invoice AS i ON i.id = p.invoice_id "
        f"JOIN (VALUES {_rows(words)}) AS word (kind, status, word) ON word.kind = p.kind AND word.status = p.status"
    )
    # The list's own order, with the words joined in between: their values come before those of its conditions.
    found = lists.in_order(Order.of(sort), conditions(wanted, public=False), joined=joined)
    return Condition(f"SELECT {cells} {found.sql}", [yes, *(each for word in words for each in word), *found.values])


def _rows(found: Iterable[Sequence[Any]]) -> str:
    return ", ".join("(%s, %s, %s)" for _ in found)
