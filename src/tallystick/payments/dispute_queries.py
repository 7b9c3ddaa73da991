"""Reading disputes: one, those of a payment, the list, and how many need an answer."""

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.payments.dispute_models import Dispute
from tallystick.payments.dispute_states import OPEN
from tallystick.payments.models import Attempt

# The methods of money that the payer's bank can send back.
RETURNED_BY_BANKS: Final = frozenset({"bank_transfer", "direct_debit", "cheque"})

_FIELDS = (
    "id",
    "payment_id",
    "kind",
    "state",
    "account_id",
    "external_id",
    "amount_minor",
    "currency",
    "fee_minor",
    "fee_currency",
    "fee_returned",
    "reason_code",
    "evidence_due_date",
    "sort_date",
    "opened_at",
    "closed_at",
    "taken_minor",
    "loss_minor",
    "payment__customer_id",
)


@dataclass(frozen=True)
class DisputeFilter:
    """Which disputes a list shows. Empty fields do not narrow; of several states any one fits."""

    customer_id: UUID | None = None
    payment_id: UUID | None = None
    states: tuple[str, ...] = ()


def dispute(dispute_id: UUID) -> dict[str, Any]:
    """This function will return a dispute, with the customer of its payment.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = Dispute.objects.filter(id=dispute_id).values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="dispute")
    return row


def disputes_of(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return the disputes of a payment, oldest first."""
    return list(Dispute.objects.filter(payment_id=payment_id).order_by("id").values(*_FIELDS))


def disputes_page(wanted: DisputeFilter, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of disputes: open ones first, by the day on which evidence is due."""
    rows = Dispute.objects.values(*_FIELDS)
    if wanted.customer_id is not None:
        rows = rows.filter(payment__customer_id=wanted.customer_id)
    if wanted.payment_id is not None:
        rows = rows.filter(payment_id=wanted.payment_id)
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    return page(rows, order=("sort_date", "-id"), cursor=cursor, limit=limit)


def open_count() -> int:
    """This function will return how many disputes need an answer."""
    return Dispute.objects.filter(state__in=OPEN).count()


def known_as(account_id: UUID, external_id: str) -> UUID | None:
    """This function will return the dispute that a gateway account calls by an id, or None."""
    rows = Dispute.objects.filter(account_id=account_id, external_id=external_id)
    return rows.values_list("id", flat=True).first()


def recorded_by_hand(payment_id: UUID, amount_minor: int) -> UUID | None:
    """This function will return a dispute about so much of a payment of which no gateway is known to know, or None."""
    rows = Dispute.objects.filter(
        payment_id=payment_id, amount_minor=amount_minor, kind="chargeback", external_id=""
    ).order_by("id")
    return rows.values_list("id", flat=True).first()


def paid_by(account_id: UUID, gateway_reference: str) -> UUID | None:
    """This function will return the attempt that a gateway account calls by a reference, or None."""
    rows = Attempt.objects.filter(account_id=account_id, gateway_reference=gateway_reference).exclude(
        gateway_reference=""
    )
    return rows.values_list("id", flat=True).first()
