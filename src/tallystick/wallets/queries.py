"""Reading wallets, their lots, and what was bought with them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.db.models import QuerySet

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_for, fetch_one
from tallystick.money.split import pro_rata
from tallystick.wallets.drawing import Part, draw, tax_within, taxed
from tallystick.wallets.models import Charge, Lot, TaxDocument, Wallet, WalletDraw

PROMOTIONAL: Final = "promotional"

_WALLETS: Final = (
    "SELECT id, customer_id, currency, debit_limit_minor, beyond_minor, blocked_at FROM wallets_wallet "
    "WHERE customer_id = %s ORDER BY currency"
)
_WALLET: Final = _WALLETS.replace("ORDER BY currency", "AND currency = %s")
_TO_DRAW_FROM: Final = """
SELECT id, kind = 'promotional' AS is_promotional, is_taxed, left_minor FROM wallets_lot
WHERE wallet_id = %s AND left_minor > 0 AND (expires_date IS NULL OR expires_date >= %s)
ORDER BY expires_date NULLS LAST, kind = 'promotional' DESC, opened_at, id
"""
_LOT_FIELDS: Final = (
    *("id", "wallet_id", "wallet__currency", "kind", "amount_minor", "left_minor", "allocation_id", "source"),
    *("is_taxed", "opened_at", "expires_date", "taken_back_at", "allocation__invoice_id", "allocation__payment_id"),
    "allocation__invoice__number",
)
_LOT_OF_ALLOCATION: Final = ("id", "allocation_id", "amount_minor", "left_minor")
_CHARGE_FIELDS: Final = (
    *("payment_id", "external_id", "tax_rate_id", "tax_percent", "net_minor", "tax_minor"),
    *("credited_minor", "credited_tax_minor", "wallet_id", "payment__customer_id", "payment__currency"),
    *("payment__total_minor", "payment__description", "payment__received_date", "payment__created_at"),
)
_TAX_DOCUMENT_FIELDS: Final = (
    *("id", "number", "document_date", "tax_rate_id", "tax_percent", "net_minor", "tax_minor", "lot__taken_back_at"),
    *("lot__wallet__customer_id", "lot__wallet__currency"),
    *("lot__allocation_id", "lot__allocation__invoice_id", "lot__allocation__invoice__number"),
)
_DRAW_FIELDS: Final = (
    *("id", "invoice_id", "amount_minor", "drawn_at", "taken_back_at"),
    *("invoice__customer_id", "invoice__currency"),
)
_DRAW_PARTS: Final = (
    "SELECT wallet_draw_id, lot_id, minor FROM wallets_walletdrawpart WHERE wallet_draw_id = ANY(%s) ORDER BY id"
)
_DRAWS_FROM_LOT: Final = """
SELECT drawn.invoice_id, drawn.id FROM wallets_walletdrawpart part
JOIN wallets_walletdraw drawn ON drawn.id = part.wallet_draw_id
WHERE part.lot_id = %s AND drawn.taken_back_at IS NULL ORDER BY drawn.id DESC
"""
_OF_CHARGES: Final = """
SELECT draw.charge_id, draw.lot_id, lot.kind, lot.source, invoice.number, draw.drawn_minor, draw.returned_minor
FROM wallets_draw draw
LEFT JOIN wallets_lot lot ON lot.id = draw.lot_id
LEFT JOIN allocations_allocation allocation ON allocation.id = lot.allocation_id
LEFT JOIN invoices_invoice invoice ON invoice.id = allocation.invoice_id
WHERE draw.charge_id = ANY(%s) AND draw.drawn_minor > 0 ORDER BY draw.id
"""
# Of top-ups that were taxed when they were paid, and taken back with their tax though a part was spent (J42).
_UNTAXED_NOW: Final = """
SELECT document.number, document.net_minor, document.tax_minor, lot.amount_minor - (
    SELECT coalesce(sum(posting.amount_minor), 0)::bigint
    FROM ledger_journalentry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
    WHERE entry.subject_id = lot.allocation_id AND entry.rule = 'J17' AND posting.object_id = lot.id
) AS spent_minor
FROM wallets_lot lot
JOIN allocations_allocation allocation ON allocation.id = lot.allocation_id
JOIN wallets_taxdocument document ON document.lot_id = lot.id
WHERE allocation.payment_id = %s AND lot.taken_back_at = %s ORDER BY document.number
"""


@dataclass(frozen=True, kw_only=True)
class ChargeFilter:
    """Which charges a list shows. Empty fields do not narrow."""

    customer_id: UUID | None = None
    currency: str = ""
    external_id: str = ""
    charged_from: date | None = None
    charged_until: date | None = None


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """What a charge would draw now: its parts in order, and the tax within it, in minor units."""

    parts: tuple[Part, ...]
    tax_minor: int


def wallets_of(customer_id: UUID) -> list[dict[str, Any]]:
    """This function will return a customer's wallets, one for each currency that it ever had one in."""
    return fetch(_WALLETS, [customer_id])


def wallet(customer_id: UUID, currency: str) -> dict[str, Any] | None:
    """This function will return a customer's wallet in a currency, or None while nothing ever moved in it."""
    return fetch_one(_WALLET, [customer_id, currency])


def lots_to_draw_from(wallet_id: UUID, *, day: date) -> list[Part]:
    """This function will return what is left of a wallet's lots on a day, in the order in which charges draw (J18)."""
    return [
        Part(
            lot_id=row["id"],
            is_promotional=row["is_promotional"],
            minor=row["left_minor"],
            is_taxed=row["is_taxed"],
        )
        for row in fetch(_TO_DRAW_FROM, [wallet_id, day])
    ]


def available(customer_id: UUID, currency: str, *, day: date) -> int:
    """This function will return how much an authorisation may still take: what is prepaid, and the debit limit.

    Nothing of a wallet that is blocked.
    """
    row = wallet(customer_id, currency)
    if row is None or row["blocked_at"]:
        return 0
    prepaid = sum(part.minor for part in lots_to_draw_from(row["id"], day=day))
    left: int = prepaid - row["beyond_minor"] + row["debit_limit_minor"]
    return left


def would_draw(customer_id: UUID, currency: str, total_minor: int, *, percent: Any, day: date) -> Drawing:
    """This function will tell what a charge would draw, to the last amount; it writes nothing."""
    row = wallet(customer_id, currency)
    parts = draw(total_minor, [] if row is None else lots_to_draw_from(row["id"], day=day))
    return Drawing(parts=tuple(parts), tax_minor=tax_within(taxed(parts), percent))


def lots_of(wallet_ids: Iterable[UUID], *, with_empty: bool = True) -> dict[UUID, list[dict[str, Any]]]:
    """This function will return the lots of wallets, in the order in which charges draw; those with nothing left last.

    Lots that were taken back are left out.
    """
    by_wallet: dict[UUID, list[dict[str, Any]]] = {wallet_id: [] for wallet_id in wallet_ids}
    rows = Lot.objects.filter(wallet_id__in=list(by_wallet), taken_back_at=None)
    if not with_empty:
        rows = rows.filter(left_minor__gt=0)
    for row in sorted(rows.values(*_LOT_FIELDS), key=_draw_order):
        by_wallet[row["wallet_id"]].append(row)
    return by_wallet


def lots_by_id(ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the columns of several lots, in one query."""
    return {row["id"]: row for row in Lot.objects.filter(id__in=set(ids)).values(*_LOT_FIELDS)}


def lot_of_allocation(allocation_id: UUID) -> dict[str, Any] | None:
    """This function will return the lot that an allocation opened, or None when it is one to an invoice."""
    return fetch_one(
        "SELECT id, amount_minor, left_minor, taken_back_at FROM wallets_lot WHERE allocation_id = %s", [allocation_id]
    )


def lots_of_allocations(allocation_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the lots that allocations opened, by allocation; those to invoices are left out."""
    rows = Lot.objects.filter(allocation_id__in=set(allocation_ids))
    return {row["allocation_id"]: dict(row) for row in rows.values(*_LOT_OF_ALLOCATION)}


def wallet_draw(draw_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return what a wallet paid of an invoice, with its parts; for a customer only of their own.

    Raises:
        NotFound: when there is none.
    """
    draws = WalletDraw.objects.filter(id=draw_id)
    if of_customer is not None:
        draws = draws.filter(invoice__customer_id=of_customer)
    found = _with_parts(draws)
    if not found:
        raise NotFound(kind="wallet draw")
    return found[0]


def wallet_draws(invoice_id: UUID) -> list[dict[str, Any]]:
    """This function will return what wallets paid of an invoice, oldest first, each with its parts."""
    return _with_parts(WalletDraw.objects.filter(invoice_id=invoice_id))


def _with_parts(found: "QuerySet[WalletDraw]") -> list[dict[str, Any]]:
    rows = list(found.order_by("id").values(*_DRAW_FIELDS))
    parts: dict[UUID, list[dict[str, Any]]] = {row["id"]: [] for row in rows}
    for part in fetch_for(_DRAW_PARTS, parts):
        parts[part["wallet_draw_id"]].append(part)
    return [{**row, "parts": parts[row["id"]]} for row in rows]


def draws_from_lot(lot_id: UUID) -> list[tuple[UUID, UUID]]:
    """This function will return which invoices a lot paid a part of, and by which draw, the newest first."""
    return [(row["invoice_id"], row["id"]) for row in fetch(_DRAWS_FROM_LOT, [lot_id])]


def paid_available(customer_id: UUID, currency: str, *, day: date) -> int:
    """This function will return how much paid money a wallet holds on a day, in minor units: what may pay invoices.

    Lots that were taxed when they were paid in may not (J21).
    """
    row = wallet(customer_id, currency)
    lots = [] if row is None else lots_to_draw_from(row["id"], day=day)
    return sum(lot.minor for lot in lots if pays_invoices(lot))


def pays_invoices(lot: Part) -> bool:
    """This function will say whether a lot may pay invoices: paid money whose tax is due on use (J21)."""
    return not lot.is_promotional and not lot.is_taxed


def tax_documents(request_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """This function will return the tax documents of top-up requests, oldest first, by request, in one query."""
    by_request: dict[UUID, list[dict[str, Any]]] = {request_id: [] for request_id in request_ids}
    rows = TaxDocument.objects.filter(lot__allocation__invoice_id__in=list(by_request)).order_by("id")
    for row in rows.values(*_TAX_DOCUMENT_FIELDS):
        total_minor = row["net_minor"] + row["tax_minor"]
        by_request[row["lot__allocation__invoice_id"]].append({**row, "total_minor": total_minor})
    return by_request


def tax_document_of(allocation_id: UUID) -> UUID | None:
    """This function will return the tax document of an allocation to a top-up request, or None when it has none."""
    return TaxDocument.objects.filter(lot__allocation_id=allocation_id).values_list("id", flat=True).first()


def tax_document(document_id: UUID) -> dict[str, Any]:
    """This function will return a tax document of a top-up, with both parties as they were.

    Raises:
        NotFound: when there is none.
    """
    found = tax_documents_by_id([document_id])
    if not found:
        raise NotFound(kind="tax document")
    return found[document_id]


def tax_documents_by_id(document_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return tax documents of top-ups with both parties as they were, in one query."""
    rows = TaxDocument.objects.filter(id__in=list(document_ids)).values(*_TAX_DOCUMENT_FIELDS, "seller", "buyer")
    return {row["id"]: row for row in rows}


def untaxed_by_loss(payment_id: UUID, *, at: datetime) -> list[dict[str, Any]]:
    """This function will return which tax documents of a payment's top-ups became void, at a moment, after a part of
    the top-up was spent: its number, what was spent, and the share of the tax in that, for which nothing stands now.
    """
    rows = fetch(_UNTAXED_NOW, [payment_id, at])
    return [
        {**row, "tax_minor": pro_rata(row["tax_minor"], row["spent_minor"], row["net_minor"])}
        for row in rows
        if row["spent_minor"]
    ]


def charge(payment_id: UUID) -> dict[str, Any]:
    """This function will return the facts of a charge, with the columns of its payment that a customer may read.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = Charge.objects.filter(payment_id=payment_id).values(*_CHARGE_FIELDS).first()
    if row is None:
        raise NotFound(kind="charge")
    return row


def charges_page(wanted: ChargeFilter, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of charges, newest first."""
    exact = {
        "wallet__customer_id": wanted.customer_id,
        "wallet__currency": wanted.currency,
        "external_id": wanted.external_id,
        "payment__received_date__gte": wanted.charged_from,
        "payment__received_date__lte": wanted.charged_until,
    }
    rows = Charge.objects.filter(**{column: value for column, value in exact.items() if value})
    # Ids grow with time (decision 0005).
    return page(rows.values(*_CHARGE_FIELDS), order=("-payment_id",), cursor=cursor, limit=limit)


def draws_of(payment_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """This function will return what charges took of which lots, in the order in which it was drawn, in one query."""
    ids = set(payment_ids)
    by_charge: dict[UUID, list[dict[str, Any]]] = {charge_id: [] for charge_id in ids}
    for row in fetch_for(_OF_CHARGES, ids):
        by_charge[row["charge_id"]].append(row)
    return by_charge


def credited(payment_ids: Iterable[UUID]) -> dict[UUID, int]:
    """This function will return what was credited back of charges, in minor units, by the ids of their payments."""
    rows = Charge.objects.filter(payment_id__in=set(payment_ids), credited_minor__gt=0)
    return dict(rows.values_list("payment_id", "credited_minor"))


def has_wallet(customer_id: UUID) -> bool:
    """This function will say whether anything prepaid ever moved for a customer."""
    return Wallet.objects.filter(customer_id=customer_id).exists()


def _draw_order(row: Mapping[str, Any]) -> tuple[Any, ...]:
    expires = row["expires_date"] or date.max
    return row["left_minor"] == 0, expires, row["kind"] != Lot.Kind.PROMOTIONAL, row["opened_at"], row["id"]
