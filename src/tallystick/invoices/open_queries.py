"""Reading what a customer owes: sums and pages, which cost the same for one open invoice as for thousands."""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_one
from tallystick.invoices.models import Invoice
from tallystick.invoices.queries import FIELDS
from tallystick.invoices.states import ISSUED

# The order in which money pays them.
_OLDEST: Final = ("due_date", "id")
_OPEN: Final = "FROM invoices_invoice WHERE customer_id = %(customer)s AND state = 'issued' AND open_minor > 0"
_SUMS: Final = f"""
SELECT total.*, coalesce((
    SELECT sum(open_minor) {_OPEN} AND currency = total.currency AND due_date = total.next_due_date
), 0)::bigint AS next_due_minor
FROM (
    SELECT currency, count(*) AS count, sum(open_minor)::bigint AS open_minor,
           count(*) FILTER (WHERE due_date < %(today)s) AS overdue,
           min(due_date) FILTER (WHERE due_date >= %(today)s) AS next_due_date
    {_OPEN} GROUP BY currency
) AS total ORDER BY currency
"""  # noqa: S608 - our own words
_AMOUNTS: Final = f"SELECT id, open_minor {_OPEN} AND currency = %(currency)s ORDER BY due_date, id"
_BY_DUE_DATE: Final = """
SELECT currency, due_date, sum(open_minor)::bigint AS open_minor FROM invoices_invoice
WHERE state = 'issued' AND open_minor > 0 AND (%(customer)s::uuid IS NULL OR customer_id = %(customer)s)
    AND (%(group)s::uuid IS NULL OR group_id = %(group)s)
GROUP BY 1, 2 ORDER BY 1, 2
"""
_LATEST: Final = (
    f"SELECT {', '.join(FIELDS)} FROM invoices_invoice "  # noqa: S608
    "WHERE customer_id = %s AND currency = %s AND state = 'issued' ORDER BY issued_at DESC, id DESC LIMIT 1"
)


@dataclass(frozen=True, kw_only=True)
class OpenSum:
    """What a customer owes in one currency, in minor units: how many invoices, how many of them overdue, and what is
    due next, on which local date; None when all of it is overdue.
    """

    currency: str
    count: int
    open_minor: int
    overdue: int
    next_due_date: date | None
    next_due_minor: int


def open_sums(customer_id: UUID, *, today: date) -> dict[str, OpenSum]:
    """This function will return what a customer owes, by currency."""
    rows = fetch(_SUMS, {"customer": customer_id, "today": today})
    return {row["currency"]: OpenSum(**row) for row in rows}


def open_page(customer_id: UUID, currency: str, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of a customer's open invoices in a currency, in the order in which money pays
    them: oldest due date first.
    """
    rows = Invoice.objects.filter(customer_id=customer_id, state=ISSUED, open_minor__gt=0, currency=currency)
    return page(rows.values(*FIELDS), order=_OLDEST, cursor=cursor, limit=limit)


def open_amounts(customer_id: UUID, currency: str) -> list[tuple[UUID, int]]:
    """This function will return what is open of each invoice of a customer in a currency, oldest due date first."""
    rows = fetch(_AMOUNTS, {"customer": customer_id, "currency": currency})
    return [(row["id"], row["open_minor"]) for row in rows]


def latest_issued(customer_id: UUID, currency: str) -> dict[str, Any] | None:
    """This function will return the invoice that a customer was issued last in a currency, or None (C7)."""
    return fetch_one(_LATEST, [customer_id, currency])


def open_by_due_date(*, customer_id: UUID | None = None, group_id: UUID | None = None) -> list[dict[str, Any]]:
    """This function will return what is open of issued invoices by currency and due date: of a payer, of the invoices
    of a billing group, or of everybody.
    """
    return fetch(_BY_DUE_DATE, {"customer": customer_id, "group": group_id})
