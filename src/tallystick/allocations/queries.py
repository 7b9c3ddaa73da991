"""Reading targets, allocations and proposals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Q, Sum

from tallystick.allocations.models import Allocation, Reservation, SmallDifference
from tallystick.foundation import settings_store
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_for
from tallystick.payments.autopay_queries import CLAIMS, EXPECTED_OF_PAYER

TOLERANCE = settings_store.whole_number(
    "small_difference_tolerance",
    default=100,
    describes="The largest difference, in minor units, that may be written off when an invoice is a little short.",
)

_FIELDS = (
    "id",
    "payment_id",
    "credit_note_id",
    "invoice_id",
    "customer_id",
    "amount_minor",
    "currency",
    "entry_id",
    "allocated_at",
    "released_at",
)

_SELECTED = f"SELECT {', '.join(_FIELDS)} FROM allocations_allocation"  # noqa: S608 - our own columns
_OF_PAYMENT = f"{_SELECTED} WHERE payment_id = %s ORDER BY allocated_at, id"
_OF_PAYMENTS = f"{_SELECTED} WHERE payment_id = ANY(%s) ORDER BY allocated_at, id"
_SETTLING = """
SELECT payment_id FROM allocations_allocation
WHERE invoice_id = ANY(%(ids)s) AND released_at IS NULL AND payment_id IS NOT NULL
UNION SELECT payment_id FROM allocations_target WHERE invoice_id = ANY(%(ids)s)
"""
_MEANT_ELSEWHERE = """
SELECT DISTINCT payment_id FROM allocations_target
WHERE payment_id = ANY(%(payments)s) AND NOT invoice_id = ANY(%(invoices)s)
"""
# They ask for nothing, too: a page has as many statements where nothing is open.
_HELD = "SELECT invoice_id, attempt_id FROM allocations_reservation WHERE invoice_id = ANY(%s)"
_OBSTACLES = """
WITH claim AS MATERIALIZED ({claims})
SELECT 'held' AS what, invoice_id FROM allocations_reservation JOIN claim USING (invoice_id)
UNION
SELECT 'promised', target.invoice_id FROM claim JOIN allocations_target target USING (invoice_id)
JOIN payments_payment payment ON payment.id = target.payment_id
WHERE payment.customer_id = ANY(%(customers)s) AND payment.kind = 'receipt'
  AND payment.status = 'pending' AND payment.method = 'bank_transfer' AND payment.deleted_at IS NULL
UNION
SELECT 'paid_back', allocation.invoice_id FROM claim JOIN allocations_allocation allocation USING (invoice_id)
JOIN payments_payment payment ON payment.id = allocation.payment_id
WHERE allocation.released_at IS NOT NULL
  AND payment.refunded_minor + payment.refund_reserved_minor + payment.lost_minor > 0
"""
_OBSTACLES_OF_CLAIMS = _OBSTACLES.format(claims=CLAIMS)
_OBSTACLES_OF_PAYER = _OBSTACLES.format(claims=EXPECTED_OF_PAYER)
_REACHED = """
SELECT count(*) AS count FROM (
    SELECT sum(invoice.open_minor) OVER (ORDER BY invoice.due_date, invoice.id) - invoice.open_minor AS before
    FROM invoices_invoice invoice
    WHERE invoice.customer_id = %(customer)s AND invoice.currency = %(currency)s AND invoice.state = 'issued'
      AND invoice.open_minor > 0
      AND NOT EXISTS (SELECT FROM allocations_reservation held WHERE held.invoice_id = invoice.id)
) AS spread WHERE before < %(minor)s
"""


@dataclass(frozen=True)
class Held:
    """What a payment under way holds of what a customer owes in one currency, in minor units; 0 of top-up requests."""

    payment_id: UUID
    currency: str
    minor: int


def targets(payment_id: UUID) -> list[tuple[UUID, int]]:
    """This function will return what a payment is meant for: invoice ids and amounts in minor units."""
    rows = fetch(
        "SELECT invoice_id, amount_minor FROM allocations_target WHERE payment_id = %s ORDER BY id", [payment_id]
    )
    return [(row["invoice_id"], row["amount_minor"]) for row in rows]


def allocations_of_payment(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return the allocations of a payment, released ones included, oldest first."""
    return fetch(_OF_PAYMENT, [payment_id])


def standing_allocations(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return the allocations of a payment that were not released, oldest first."""
    rows = Allocation.objects.filter(payment_id=payment_id, released_at=None)
    return list(rows.order_by("allocated_at", "id").values(*_FIELDS))


def standing_page(payment_id: UUID, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of a payment's allocations that were not released, oldest first."""
    rows = Allocation.objects.filter(payment_id=payment_id, released_at=None).values(*_FIELDS)
    return page(rows, order=("allocated_at", "id"), cursor=cursor, limit=limit)


def standing_count(payment_id: UUID) -> int:
    """This function will return how many allocations of a payment were not released."""
    return Allocation.objects.filter(payment_id=payment_id, released_at=None).count()


def differences_of_payment(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return what a payment had too much and was written off (J14), oldest first."""
    rows = SmallDifference.objects.filter(payment_id=payment_id).order_by("written_at", "id")
    return [dict(row) for row in rows.values("id", "amount_minor", "currency", "reason", "written_at")]


def allocations_of_payments(payment_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """This function will return the allocations of several payments, released ones included, oldest first."""
    return fetch_for(_OF_PAYMENTS, payment_ids)


def allocations_of_invoice(invoice_id: UUID) -> list[dict[str, Any]]:
    """This function will return the allocations to an invoice, released ones included, oldest first."""
    return list(Allocation.objects.filter(invoice_id=invoice_id).order_by("allocated_at", "id").values(*_FIELDS))


def settling(invoice_ids: Iterable[UUID]) -> list[UUID]:
    """This function will return the payments that settle some of these invoices, or that are meant to."""
    wanted = list(set(invoice_ids))
    return [row["payment_id"] for row in fetch(_SETTLING, {"ids": wanted})] if wanted else []


def meant_elsewhere(payment_ids: Iterable[UUID], *, than: Iterable[UUID]) -> set[UUID]:
    """This function will return those of the payments that are meant for other invoices than some."""
    rows = fetch(_MEANT_ELSEWHERE, {"payments": list(payment_ids), "invoices": list(than)})
    return {row["payment_id"] for row in rows}


def allocations_of_invoices(invoice_ids: Sequence[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """This function will return the allocations to several invoices, released ones included, oldest first."""
    by_invoice: dict[UUID, list[dict[str, Any]]] = {invoice_id: [] for invoice_id in invoice_ids}
    rows = Allocation.objects.filter(invoice_id__in=list(by_invoice)).order_by("allocated_at", "id")
    for row in rows.values(*_FIELDS):
        by_invoice[row["invoice_id"]].append(row)
    return by_invoice


def allocation(allocation_id: UUID) -> dict[str, Any] | None:
    """This function will return one allocation, or None."""
    row: dict[str, Any] | None = Allocation.objects.filter(id=allocation_id).values(*_FIELDS).first()
    return row


@dataclass(frozen=True, kw_only=True)
class Obstacles:
    """Invoices that something stands in the way of: a live attempt holds them; a promised transfer for several is meant
    for them; or they are open again because their money went back to the payer: it was refunded, is about to be, or was
    lost in a dispute.
    """

    held: set[UUID]
    promised: set[UUID]
    paid_back: set[UUID]


def holders(invoice_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """This function will return which of the invoices are held, each with the live attempt that holds it."""
    return {row["invoice_id"]: row["attempt_id"] for row in fetch(_HELD, [list(invoice_ids)])}


def held_of(customer_id: UUID) -> list[Held]:
    """This function will return what live attempts hold of what is open of a customer, by payment and currency."""
    rows = Reservation.objects.filter(invoice__customer_id=customer_id, invoice__open_minor__gt=0)
    sums = rows.values_list("attempt__payment_id", "invoice__currency").annotate(
        minor=Sum("invoice__open_minor", filter=Q(invoice__state="issued"), default=0)
    )
    return [Held(*row) for row in sums.order_by("attempt__payment_id")]


def reached(minor: int, *, customer_id: UUID, currency: str) -> int:
    """This function will return how many of a customer's open invoices an amount pays something of, oldest due date
    first; those that are held are left out.
    """
    (row,) = fetch(_REACHED, {"minor": minor, "customer": customer_id, "currency": currency})
    return int(row["count"])


def obstacles(invoice_ids: Sequence[UUID], *, of_customers: Sequence[UUID]) -> Obstacles:
    """This function will return what keeps the customers' invoices from being charged by themselves, in one query."""
    return _obstacles(_OBSTACLES_OF_CLAIMS, {"invoices": list(invoice_ids), "customers": list(of_customers)})


def obstacles_of(payer_id: UUID) -> Obstacles:
    """This function will return the same of all invoices of which a payment is expected of a payer."""
    return _obstacles(_OBSTACLES_OF_PAYER, {"payer": payer_id, "customers": [payer_id]})


def _obstacles(sql: str, values: dict[str, Any]) -> Obstacles:
    found: dict[str, set[UUID]] = {name: set() for name in Obstacles.__dataclass_fields__}
    for row in fetch(sql, values):
        found[row["what"]].add(row["invoice_id"])
    return Obstacles(**found)


def oldest_first(available_minor: int, open_amounts: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """This function will spread money over open invoices, given oldest first, until it is used up."""
    spread: list[tuple[UUID, int]] = []
    for invoice_id, open_minor in open_amounts:
        part = min(available_minor, open_minor)
        if part > 0:
            spread.append((invoice_id, part))
            available_minor -= part
    return spread
