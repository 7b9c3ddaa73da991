"""Reading targets, allocations and proposals."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import F, Sum

from tallystick.allocations.models import Allocation, Reservation, SmallDifference, Target
from tallystick.foundation import settings_store
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_for

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
    """What of a customer's open invoices in one currency a payment under way holds, in minor units."""

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


def holders(invoice_ids: Sequence[UUID]) -> dict[UUID, UUID]:
    """This function will return which of the invoices are held, each with the live attempt that holds it."""
    return dict(Reservation.objects.filter(invoice_id__in=invoice_ids).values_list("invoice_id", "attempt_id"))


def held_of(customer_id: UUID) -> list[Held]:
    """This function will return what live attempts hold of a customer's open invoices, by payment and currency."""
    rows = Reservation.objects.filter(invoice__customer_id=customer_id, invoice__open_minor__gt=0)
    sums = rows.values_list("attempt__payment_id", "invoice__currency").annotate(minor=Sum("invoice__open_minor"))
    return [Held(*row) for row in sums.order_by("attempt__payment_id")]


def reached(minor: int, *, customer_id: UUID, currency: str) -> int:
    """This function will return how many of a customer's open invoices an amount pays something of, oldest due date
    first; those that are held are left out.
    """
    (row,) = fetch(_REACHED, {"minor": minor, "customer": customer_id, "currency": currency})
    return int(row["count"])


def promised_transfers(invoice_ids: Sequence[UUID], *, of_customers: Sequence[UUID]) -> set[UUID]:
    """This function will return those of the customers' invoices that a promised transfer for several is meant for."""
    # By the customers: what payments are meant for is found from the payments on.
    rows = Target.objects.filter(
        payment__customer_id__in=of_customers,
        payment__kind="receipt",
        payment__status="pending",
        payment__method="bank_transfer",
        payment__deleted_at=None,
        invoice_id__in=invoice_ids,
    )
    return set(rows.values_list("invoice_id", flat=True))


def paid_back(invoice_ids: Sequence[UUID]) -> set[UUID]:
    """This function will return those of the invoices that are open again because their money went back to the payer.

    It was refunded, is about to be, or was lost in a dispute.
    """
    went_back = F("payment__refunded_minor") + F("payment__refund_reserved_minor") + F("payment__lost_minor")
    rows = Allocation.objects.filter(invoice_id__in=invoice_ids, released_at__isnull=False)
    rows = rows.annotate(went_back_minor=went_back).filter(went_back_minor__gt=0)
    return set(rows.values_list("invoice_id", flat=True))


def oldest_first(available_minor: int, open_amounts: Sequence[tuple[UUID, int]]) -> list[tuple[UUID, int]]:
    """This function will spread money over open invoices, given oldest first, until it is used up."""
    spread: list[tuple[UUID, int]] = []
    for invoice_id, open_minor in open_amounts:
        part = min(available_minor, open_minor)
        if part > 0:
            spread.append((invoice_id, part))
            available_minor -= part
    return spread
