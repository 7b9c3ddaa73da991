"""The documents of a customer beside its invoices: receipts, refund receipts, credit notes and tax documents (C3)."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.paging import LARGEST_PAGE, CursorNotAccepted, read_position, write_position
from tallystick.foundation.rows import fetch


class DocumentKind(StrEnum):
    """What a document is."""

    RECEIPT = "receipt"
    REFUND_RECEIPT = "refund_receipt"
    CREDIT_NOTE = "credit_note"
    TAX_DOCUMENT = "tax_document"
    PURCHASE_TAX_DOCUMENT = "purchase_tax_document"


@dataclass(frozen=True, kw_only=True)
class Document:
    """A document: `id` is that of what it is about, by which its PDF is asked for; the amount is in minor units.

    `at` is the moment of a receipt's payment, and of the issue of anything else. A refund's receipt that nobody asked
    for so far has no number yet.
    """

    kind: DocumentKind
    id: UUID
    number: str
    at: datetime
    minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class DocumentsPage:
    """Documents in order, and the cursors of the pages around them; an empty cursor means that there is none."""

    documents: list[Document]
    next_cursor: str
    previous_cursor: str


# Each by an index of the customer, in the order of the list, and no further than the page goes.
_PAYMENTS: Final = """
SELECT payment.id, coalesce(receipt.number, payment.receipt_number, '') AS number,
       coalesce(payment.completed_at, payment.created_at) AS at, payment.total_minor AS minor, payment.currency
FROM payments_payment payment
LEFT JOIN payments_receipt receipt ON receipt.payment_id = payment.id AND receipt.customer_id = payment.customer_id
WHERE payment.customer_id = %(customer)s AND payment.deleted_at IS NULL AND payment.status = 'completed'
  AND payment.kind IN ({kinds}) AND {beyond}
ORDER BY coalesce(payment.completed_at, payment.created_at) {way}, payment.id {way} LIMIT %(limit)s
"""
_CREDIT_NOTES: Final = """
SELECT note.id, note.number, note.issued_at AS at, note.total_minor AS minor, note.currency
FROM invoices_creditnote note WHERE note.customer_id = %(customer)s AND {beyond}
ORDER BY note.issued_at {way}, note.id {way} LIMIT %(limit)s
"""
_TAX_DOCUMENTS: Final = """
SELECT document.id, document.number, document.issued_at AS at,
       document.net_minor + document.tax_minor AS minor, wallet.currency
FROM wallets_wallet wallet
JOIN wallets_lot lot ON lot.wallet_id = wallet.id
JOIN wallets_taxdocument document ON document.lot_id = lot.id
WHERE wallet.customer_id = %(customer)s AND {beyond}
ORDER BY document.issued_at {way}, document.id {way} LIMIT %(limit)s
"""
_PURCHASE_TAX_DOCUMENTS: Final = """
SELECT document.id, document.number, document.issued_at AS at,
       document.net_minor + document.tax_minor AS minor, wallet.currency
FROM wallets_wallet wallet JOIN wallets_purchasetaxdocument document ON document.wallet_id = wallet.id
WHERE wallet.customer_id = %(customer)s AND {beyond}
ORDER BY document.issued_at {way}, document.id {way} LIMIT %(limit)s
"""
# The statement, and what it sorts by.
_LANES: Final = {
    DocumentKind.RECEIPT: (
        _PAYMENTS.replace("{kinds}", "'receipt', 'scheduled'"),
        "coalesce(payment.completed_at, payment.created_at), payment.id",
    ),
    DocumentKind.REFUND_RECEIPT: (
        _PAYMENTS.replace("{kinds}", "'refund'"),
        "coalesce(payment.completed_at, payment.created_at), payment.id",
    ),
    DocumentKind.CREDIT_NOTE: (_CREDIT_NOTES, "note.issued_at, note.id"),
    DocumentKind.TAX_DOCUMENT: (_TAX_DOCUMENTS, "document.issued_at, document.id"),
    DocumentKind.PURCHASE_TAX_DOCUMENT: (_PURCHASE_TAX_DOCUMENTS, "document.issued_at, document.id"),
}


def documents_page(
    customer_id: UUID, *, kinds: tuple[DocumentKind, ...] = (), cursor: str = "", limit: int = 50
) -> DocumentsPage:
    """This function will return a page of a customer's documents, newest first.

    `kinds` are those that are wanted; none is all of them. It takes one statement for each.

    Raises:
        CursorNotAccepted: when the cursor is none of this list.
    """
    backwards, position = _position(cursor)
    limit = max(1, min(limit, LARGEST_PAGE))
    values = {"customer": customer_id, "limit": limit + 1, **position}
    rows = [each for kind in kinds or DocumentKind for each in _lane(kind, values, backwards=backwards)]
    rows.sort(key=lambda each: (each.at, each.id), reverse=not backwards)
    more, found = len(rows) > limit, rows[:limit]
    if backwards:
        found.reverse()
    if not found:
        return DocumentsPage(documents=[], next_cursor="", previous_cursor="")
    has_previous = more if backwards else bool(cursor)
    return DocumentsPage(
        documents=found,
        next_cursor=write_position([found[-1].at, found[-1].id]) if more or backwards else "",
        previous_cursor=write_position([found[0].at, found[0].id], backwards=True) if has_previous else "",
    )


def _lane(kind: DocumentKind, values: dict[str, Any], *, backwards: bool) -> list[Document]:
    sql, order = _LANES[kind]
    mark = ">" if backwards else "<"
    beyond = f"({order}) {mark} (%(at)s::timestamptz, %(id)s::uuid)" if "at" in values else "true"
    rows = fetch(sql.format(beyond=beyond, way="ASC" if backwards else "DESC"), values)
    return [Document(kind=kind, **row) for row in rows]


def _position(cursor: str) -> tuple[bool, dict[str, Any]]:
    backwards, position = read_position(cursor, 2)
    if position is None:
        return backwards, {}
    try:
        return backwards, {"at": datetime.fromisoformat(str(position[0])), "id": UUID(str(position[1]))}
    except ValueError as error:
        raise CursorNotAccepted from error
