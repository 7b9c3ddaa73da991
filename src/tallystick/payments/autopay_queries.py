"""Reading autopay: agreements, and which expected payments are to be charged today (`docs/model.md`, 27)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from tallystick.foundation.clock import business_zone
from tallystick.payments.models import Attempt, AutopayAgreement, Payment, PaymentMethod

_AGREEMENT_FIELDS = (
    "id",
    "customer_id",
    "method_id",
    "charge_day",
    "cap_minor",
    "cap_currency",
    "terms_text",
    "terms_sha256",
    "accepted_at",
    "accepted_by",
    "ended_at",
    "ended_by",
)


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An expected payment of a payer with autopay that may be charged: amounts in minor units, dates local."""

    payment_id: UUID
    customer_id: UUID
    invoice_id: UUID
    open_minor: int
    currency: str
    invoice_date: date
    due_date: date
    # Set when an earlier charge of it failed and is tried again.
    next_try_date: date | None


def agreement(customer_id: UUID) -> dict[str, Any] | None:
    """This function will return the payer's agreement that holds now, or None."""
    return agreements([customer_id]).get(customer_id)


def agreements(customer_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the agreements that hold now, by payer."""
    rows = AutopayAgreement.objects.filter(customer_id__in=set(customer_ids), ended_at=None)
    return {row["customer_id"]: row for row in rows.values(*_AGREEMENT_FIELDS)}


def past_agreements(customer_id: UUID) -> list[dict[str, Any]]:
    """This function will return every agreement there ever was with a payer, the newest first."""
    rows = AutopayAgreement.objects.filter(customer_id=customer_id).order_by("-accepted_at")
    return [dict(row) for row in rows.values(*_AGREEMENT_FIELDS)]


def method_to_charge(agreed: dict[str, Any]) -> UUID | None:
    """This function will return the stored method that an agreement charges: its own, or the default; None for none."""
    stored = PaymentMethod.objects.filter(customer_id=agreed["customer_id"], removed_at=None)
    wanted = Q(is_default=True) if agreed["method_id"] is None else Q(id=agreed["method_id"])
    return stored.filter(wanted).values_list("id", flat=True).first()


def candidates(*, today: date, due_until: date, after: UUID | None, limit: int) -> list[Candidate]:
    """This function will return expected payments of payers with autopay, in the order of their ids from `after` on.

    Those that wait and are due until `due_until`, and those that failed and are tried again by today.
    """
    agreed = AutopayAgreement.objects.filter(customer_id=OuterRef("customer_id"), ended_at=None)
    rows = Payment.objects.filter(Exists(agreed), kind=Payment.Kind.SCHEDULED, deleted_at=None).filter(
        Q(status=Payment.Status.PENDING, due_date__lte=due_until)
        | Q(status=Payment.Status.FAILED, next_try_date__lte=today)
    )
    if after is not None:
        rows = rows.filter(id__gt=after)
    return [_candidate(row) for row in rows.order_by("id").values(*_CANDIDATE_FIELDS)[:limit]]


def candidate(payment_id: UUID) -> Candidate | None:
    """This function will return an expected payment as it is now, or None when it can be charged no more."""
    # One that failed is charged again only by its plan.
    live = Payment.objects.filter(id=payment_id, kind=Payment.Kind.SCHEDULED, deleted_at=None).filter(
        Q(status=Payment.Status.PENDING) | Q(status=Payment.Status.FAILED, next_try_date__isnull=False)
    )
    row = live.values(*_CANDIDATE_FIELDS).first()
    return None if row is None else _candidate(row)


def first_charge_date(payment_id: UUID) -> date | None:
    """This function will return the local date of the first try that nobody was there for, or None."""
    rows = Attempt.objects.filter(payment_id=payment_id, off_session=True).order_by("created_at")
    first: datetime | None = rows.values_list("created_at", flat=True).first()
    return None if first is None else first.astimezone(business_zone()).date()


_CANDIDATE_FIELDS = (
    "id",
    "customer_id",
    "invoice_id",
    "total_minor",
    "currency",
    "invoice__invoice_date",
    "due_date",
    "next_try_date",
)


def _candidate(row: Any) -> Candidate:
    return Candidate(
        payment_id=row["id"],
        customer_id=row["customer_id"],
        invoice_id=row["invoice_id"],
        open_minor=row["total_minor"],
        currency=row["currency"],
        invoice_date=row["invoice__invoice_date"],
        due_date=row["due_date"],
        next_try_date=row["next_try_date"],
    )
