"""Payments written by hand past every act, and what lists show of them."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.transactions import undone
from tallystick.money.currencies import exponent
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.models import Payment
from tallystick.payments.orders import Sort
from tallystick.payments.states import STATUSES
from tallystick.reports import payment_search
from tests.backoffice.business import Business

ORDERS = [f"{sign}{sort}" for sort in Sort for sign in ("", "-")]
# Everything is walked; what an index can sort is sorted; or everything is collected first.
WALKED = lists.Limits(0, 0)
WAYS = [WALKED, lists.Limits(0, 1000), lists.LIMITS]
BEGAN = datetime(2026, 1, 1, tzinfo=UTC)


def received_on(number: int) -> date | None:
    """A day of receiving; what was not received has none."""
    return BEGAN.date() + timedelta(days=number) if number else None


# Filters, and what each says of a row.
NARROWED: dict[str, tuple[PaymentFilter, Callable[[dict[str, Any]], bool]]] = {
    "everything": (PaymentFilter(), lambda _: True),
    "method": (PaymentFilter(method="cash"), lambda row: row["method"] == "cash"),
    "received": (
        PaymentFilter(received_from=received_on(1), received_until=received_on(2)),
        lambda row: row["received_date"] in {received_on(1), received_on(2)},
    ),
    "received, status, method": (
        PaymentFilter(received_from=received_on(2), status=("failed", "pending"), method="cheque"),
        lambda row: (
            row["received_date"] in {received_on(2), received_on(3)}
            and row["status"] in {"failed", "pending"}
            and row["method"] == "cheque"
        ),
    ),
    "due": (PaymentFilter(due_from=date(2020, 1, 1)), lambda row: row["kind"] == "scheduled"),
}


@pytest.fixture(autouse=True)
def without_books(db: None) -> Iterator[None]:
    """Rows that are written by hand are in no books: they are gone before those are looked at."""
    with undone():
        yield


@pytest.fixture
def business(without_books: None) -> Business:
    """A business with customers who have names in many scripts."""
    return Business()


def insert(rows: list[dict[str, Any]]) -> list[UUID]:
    """Payments that never posted, as they are."""
    made = [
        Payment(
            **{
                "kind": "receipt",
                "status": "pending",
                "currency": "EUR",
                "total_minor": 100,
                "created_at": BEGAN + timedelta(seconds=number),
                **row,
            }
        )
        for number, row in enumerate(rows)
    ]
    Payment.objects.bulk_create(made)
    return [each.id for each in made]


def found(
    wanted: PaymentFilter, *, sort: str = "-created", limits: lists.Limits = lists.LIMITS, limit: int = 200
) -> list[UUID]:
    """All rows of a list, page after page."""
    ids, cursor = list[UUID](), ""
    while True:
        page = lists.payments_page(wanted, sort=sort, cursor=cursor, limit=limit, limits=limits)
        ids += [row["id"] for row in page.rows]
        if not page.next_cursor:
            return ids
        cursor = page.next_cursor


def searched(text: str, *, limits: lists.Limits = lists.LIMITS) -> set[UUID]:
    """What staff find by a text."""
    return set(found(PaymentFilter(search=text, named=payment_search.named(text)), limits=limits))


def expected_order(sort: str) -> Callable[[dict[str, Any]], Any]:
    """The order of a list in Python's words."""
    falling = sort.startswith("-")
    sign = -1 if falling else 1

    def made(row: dict[str, Any], way: int) -> tuple[float, int]:
        return way * row["created_at"].timestamp(), way * row["id"].int

    def key(row: dict[str, Any]) -> Any:
        name = sort.removeprefix("-")
        if name == "created":
            return made(row, sign)
        if name == "status":
            return sign * STATUSES.index(row["status"]), made(row, -1)
        if name == "due":
            day = row["due_date"]
            return day is None, sign * day.toordinal() if day else 0, made(row, sign)
        if name == "amount":
            size = row["total_minor"] * 10 ** (3 - exponent(row["currency"]))
            size = -size if row["kind"] in {"refund", "charge"} else size
            return sign * size, sign * row["id"].int
        whose = row["customer_id"]
        called = row["name"].lower() if whose else ""
        letters = tuple(sign * ord(letter) for letter in called)
        return (
            whose is None,
            (*letters, sign * -1 if not falling else 1),
            sign * whose.int if whose else 0,
            made(row, -1),
        )

    return key
