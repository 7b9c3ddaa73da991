"""Reading the tax documents of purchases, and which months still have none."""

from collections.abc import Iterable
from datetime import date
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.months import months_after
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch
from tallystick.wallets.models import PurchaseTaxDocument, PurchaseTaxLine

_FIELDS: Final = (
    *("id", "number", "period_start", "period_end", "document_date", "net_minor", "tax_minor", "issued_at"),
    *("wallet__customer_id", "wallet__currency"),
)
_LINE_FIELDS: Final = (
    *("document_id", "tax_rate_id", "tax_percent", "purchases", "credits", "net_minor", "tax_minor"),
)
# Which wallets have something of a month, by probes of an index that has only what no document has.
_WAITING: Final = """
SELECT wallet.customer_id, wallet.currency FROM wallets_wallet wallet
WHERE EXISTS (
    SELECT FROM wallets_taxeduse used JOIN wallets_charge charge ON charge.payment_id = used.charge_id
    WHERE used.wallet_id = wallet.id AND used.document_id IS NULL AND used.used_date >= %s AND used.used_date < %s
    GROUP BY charge.tax_rate_id, charge.tax_percent HAVING sum(used.gross_minor) <> 0 OR sum(used.tax_minor) <> 0
) AND NOT EXISTS (
    SELECT FROM wallets_purchasetaxdocument document WHERE document.wallet_id = wallet.id AND document.period_start = %s
)
ORDER BY wallet.id
"""
_MONTHS: Final = """
SELECT wallet.currency, date_trunc('month', used.used_date)::date AS month
FROM wallets_wallet wallet JOIN wallets_taxeduse used ON used.wallet_id = wallet.id AND used.document_id IS NULL
WHERE wallet.customer_id = %s AND used.used_date < date_trunc('month', %s::date) AND NOT EXISTS (
    SELECT FROM wallets_purchasetaxdocument document
    WHERE document.wallet_id = wallet.id AND document.period_start = date_trunc('month', used.used_date)::date
)
GROUP BY 1, 2 HAVING sum(used.gross_minor) <> 0 OR sum(used.tax_minor) <> 0 ORDER BY 2 DESC, 1
"""


def waiting(month: date) -> list[tuple[UUID, str]]:
    """This function will return the customers, with a currency each, whose purchases of a month lack their document.

    The month is named by its first day.
    """
    rows = fetch(_WAITING, [month, months_after(month, 1, day=1), month])
    return [(row["customer_id"], row["currency"]) for row in rows]


def months_without_document(customer_id: UUID, *, day: date) -> list[tuple[str, date]]:
    """This function will return in which currency and month, over by `day`, purchases lack their document; newest
    first, each month by its first day.
    """
    return [(row["currency"], row["month"]) for row in fetch(_MONTHS, [customer_id, day])]


def documents_page(*, customer_id: UUID | None, currency: str = "", cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of tax documents of purchases with their lines, newest first."""
    exact = {"wallet__customer_id": customer_id, "wallet__currency": currency}
    rows = PurchaseTaxDocument.objects.filter(**{column: value for column, value in exact.items() if value})
    # Ids grow with time (decision 0005).
    found = page(rows.values(*_FIELDS), order=("-id",), cursor=cursor, limit=limit)
    lines = _lines(row["id"] for row in found.rows)
    return Page([_whole(row, lines[row["id"]]) for row in found.rows], found.next_cursor, found.previous_cursor)


def document(document_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return a tax document of purchases with its lines, and both parties as they were; for a
    customer only one of their own.

    Raises:
        NotFound: when there is none.
    """
    found = documents_by_id([document_id], of_customer=of_customer)
    if not found:
        raise NotFound(kind="tax document")
    return found[document_id]


def documents_by_id(document_ids: Iterable[UUID], *, of_customer: UUID | None = None) -> dict[UUID, dict[str, Any]]:
    """This function will return tax documents of purchases with their lines, and both parties as they were, in two
    queries; for a customer only their own.
    """
    rows = PurchaseTaxDocument.objects.filter(id__in=list(document_ids))
    if of_customer is not None:
        rows = rows.filter(wallet__customer_id=of_customer)
    found = {row["id"]: row for row in rows.values(*_FIELDS, "seller", "buyer")}
    lines = _lines(found)
    return {document_id: _whole(row, lines[document_id]) for document_id, row in found.items()}


def _lines(document_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    by_document: dict[UUID, list[dict[str, Any]]] = {document_id: [] for document_id in document_ids}
    for line in PurchaseTaxLine.objects.filter(document_id__in=by_document).order_by("id").values(*_LINE_FIELDS):
        by_document[line["document_id"]].append(line)
    return by_document


def _whole(row: dict[str, Any], lines: list[dict[str, Any]]) -> dict[str, Any]:
    return {**row, "total_minor": row["net_minor"] + row["tax_minor"], "lines": lines}
