"""Reading payments, attempts and payment methods."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from tallystick.foundation import settings_store
from tallystick.foundation.errors import NotFound
from tallystick.foundation.rows import fetch, fetch_one
from tallystick.payments.fields import PUBLIC_FIELDS, STAFF_FIELDS
from tallystick.payments.filters import NEVER_ALLOCATED
from tallystick.payments.models import Attempt, Payment, PaymentMethod

ASSIGNMENT_EDITS = settings_store.whole_number(
    "assignment_edits", default=5, describes="How often a payment may be assigned and un-assigned, the first included."
)

_ATTEMPT_FIELDS = (
    "id",
    "payment_id",
    "account_id",
    "method_id",
    "agreement_id",
    "amount_minor",
    "currency",
    "owed_minor",
    "state",
    "off_session",
    "action_url",
    "gateway_reference",
    "decline_code",
    "message",
    "brand",
    "last_four",
    "created_at",
    "sent_at",
    "asked_at",
    "ended_at",
)
_METHOD_FIELDS = (
    *("id", "customer_id", "account_id", "brand", "last_four", "expiry_month", "expiry_year"),
    *("is_default", "refused_code", "created_at"),
)


_ONE_FOR_STAFF = f"SELECT {', '.join(STAFF_FIELDS)} FROM payments_payment WHERE id = %s AND deleted_at IS NULL"  # noqa: S608
_PUBLIC = f"SELECT {', '.join(PUBLIC_FIELDS)} FROM payments_payment WHERE id = %s AND deleted_at IS NULL"  # noqa: S608
_LIVE = (
    f"SELECT {', '.join(STAFF_FIELDS)} FROM payments_payment "  # noqa: S608 - our own columns
    "WHERE invoice_id = %s AND kind = 'scheduled' AND status IN ('pending', 'processing', 'failed') ORDER BY id"
)
_ONE_FOR_CUSTOMER = (
    f"SELECT {', '.join(PUBLIC_FIELDS)} FROM payments_payment "  # noqa: S608 - our own columns
    "WHERE id = %s AND customer_id = %s AND deleted_at IS NULL"
)
_REFUNDS = f"SELECT {', '.join(STAFF_FIELDS)} FROM payments_payment WHERE refund_of_id = %s ORDER BY created_at"  # noqa: S608
_TIMELINE = (
    "SELECT at, event, from_status, to_status, actor_label, detail FROM payments_paymentevent "
    "WHERE payment_id = %s ORDER BY id"
)
_ATTEMPTS = f"SELECT {', '.join(_ATTEMPT_FIELDS)} FROM payments_attempt WHERE payment_id = %s ORDER BY created_at"  # noqa: S608
_METHODS = (
    f"SELECT {', '.join(_METHOD_FIELDS)} FROM payments_paymentmethod "  # noqa: S608
    "WHERE customer_id = %s AND removed_at IS NULL ORDER BY is_default DESC, created_at"
)
_ATTEMPTS_OF_SEVERAL = _ATTEMPTS.replace("= %s", "= ANY(%s)")
# What is NULL of the two is equal to nothing.
_ATTEMPT_FOR = (
    f"SELECT {', '.join(f'attempt.{name}' for name in _ATTEMPT_FIELDS)} FROM payments_attempt AS attempt "  # noqa: S608
    "JOIN payments_payment AS payment ON payment.id = attempt.payment_id "
    "WHERE attempt.id = %(attempt)s AND (payment.id = %(payment)s OR payment.invoice_id = %(invoice)s)"
)


def payment(payment_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return a payment's columns for staff; for a customer only their own, and the public columns.

    Raises:
        NotFound: when there is none.
    """
    if of_customer is None:
        row = fetch_one(_ONE_FOR_STAFF, [payment_id])
    else:
        row = fetch_one(_ONE_FOR_CUSTOMER, [payment_id, of_customer])
    if row is None:
        raise NotFound(kind="payment")
    return row


def public_payment(payment_id: UUID) -> dict[str, Any]:
    """This function will return the columns of a payment that its customer may read: for mails and receipts.

    Raises:
        NotFound: when there is none.
    """
    row = fetch_one(_PUBLIC, [payment_id])
    if row is None:
        raise NotFound(kind="payment")
    return row


def public_part(row: Mapping[str, Any]) -> dict[str, Any]:
    """This function will return the columns of a payment that its customer may read, of those that staff may."""
    return {name: row[name] for name in PUBLIC_FIELDS}


def public_payments(payment_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """This function will return the columns of several payments that their customers may read, the oldest first."""
    rows = Payment.objects.filter(id__in=set(payment_ids), deleted_at=None)
    return list(rows.order_by("id").values(*PUBLIC_FIELDS))


def by_ids(payment_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """This function will return the columns of several payments for staff."""
    return list(Payment.objects.filter(id__in=payment_ids, deleted_at=None).values(*STAFF_FIELDS))


def of_receipt(number: str) -> UUID | None:
    """This function will return the payment whose receipt has a number, or None."""
    return Payment.objects.filter(receipt_number=number.strip().upper()).values_list("id", flat=True).first()


def live_scheduled(invoice_id: UUID) -> dict[str, Any] | None:
    """This function will return the live expected payment of an invoice, or None."""
    return fetch_one(_LIVE, [invoice_id])


def paid_scheduled(invoice_id: UUID) -> dict[str, Any] | None:
    """This function will return the last completed expected payment of an invoice, or None."""
    rows = Payment.objects.filter(invoice_id=invoice_id, kind="scheduled", status="completed", reversed_at=None)
    row: dict[str, Any] | None = rows.order_by("-completed_at").values(*STAFF_FIELDS).first()
    return row


def expected_of(invoice_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the newest expected payment of each invoice that has one."""
    rows = Payment.objects.filter(invoice_id__in=set(invoice_ids), kind="scheduled", deleted_at=None)
    return {row["invoice_id"]: row for row in rows.order_by("created_at", "id").values(*STAFF_FIELDS)}


def refunds_of(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return the refunds of a payment, oldest first."""
    return fetch(_REFUNDS, [payment_id])


def unallocated(customer_id: UUID, currency: str) -> list[dict[str, Any]]:
    """This function will return a customer's completed payments with money left, oldest first: the order of credit.

    A payment in dispute is left out: what is left of it may be taken back.
    """
    rows = Payment.objects.filter(
        customer_id=customer_id, currency=currency, status="completed", reversed_at=None, unallocated_minor__gt=0
    ).exclude(kind__in=NEVER_ALLOCATED)
    rows = rows.filter(disputed_minor=0)
    return list(rows.order_by("received_date", "id").values(*STAFF_FIELDS))


def timeline(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return what happened to a payment, oldest first."""
    return fetch(_TIMELINE, [payment_id])


def attempts(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return the tries of a payment, oldest first."""
    return fetch(_ATTEMPTS, [payment_id])


def attempts_of(payment_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """This function will return the tries of several payments, oldest first; it asks for those of none, too."""
    return fetch(_ATTEMPTS_OF_SEVERAL, [list(payment_ids)])


def attempt(attempt_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return one try; for a customer only one of their own payments.

    Raises:
        NotFound: when there is none.
    """
    rows = Attempt.objects.filter(id=attempt_id)
    if of_customer is not None:
        rows = rows.filter(payment__customer_id=of_customer, payment__deleted_at=None)
    row: dict[str, Any] | None = rows.values(*_ATTEMPT_FIELDS).first()
    if row is None:
        raise NotFound(kind="attempt")
    return row


def attempt_for(attempt_id: UUID, *, payment_id: UUID | None, invoice_id: UUID | None) -> dict[str, Any] | None:
    """This function will return one try of a payment, or of what is expected for an invoice; None for any other."""
    return fetch_one(_ATTEMPT_FOR, {"attempt": attempt_id, "payment": payment_id, "invoice": invoice_id})


def unsettled_attempts(*, asked_before: datetime, limit: int) -> list[UUID]:
    """This function will return live attempts that nobody has asked about since a moment: the sweeper's work."""
    rows = Attempt.objects.filter(state__in=Attempt.LIVE, created_at__lt=asked_before)
    rows = rows.filter(Q(asked_at=None) | Q(asked_at__lt=asked_before))
    return list(rows.order_by("created_at").values_list("id", flat=True)[:limit])


def unsettled_refunds(*, created_before: datetime, limit: int) -> list[UUID]:
    """This function will return refunds through a gateway that are not over: the sweeper's work."""
    rows = Payment.objects.filter(
        kind="refund", method="gateway", status__in=["pending", "processing"], created_at__lt=created_before
    )
    return list(rows.order_by("created_at").values_list("id", flat=True)[:limit])


def methods(customer_id: UUID) -> list[dict[str, Any]]:
    """This function will return a customer's stored payment methods, the default first."""
    return fetch(_METHODS, [customer_id])


def method(method_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return a stored payment method; for a customer only one of their own.

    Raises:
        NotFound: when there is none, or it was removed.
    """
    rows = PaymentMethod.objects.filter(id=method_id, removed_at=None)
    if of_customer is not None:
        rows = rows.filter(customer_id=of_customer)
    row: dict[str, Any] | None = rows.values(*_METHOD_FIELDS).first()
    if row is None:
        raise NotFound(kind="payment method")
    return row


def any_method(method_id: UUID) -> dict[str, Any]:
    """This function will return a payment method that is stored, or was, with the moment in which it was removed.

    Raises:
        NotFound: when there is none.
    """
    rows = PaymentMethod.objects.filter(id=method_id)
    row: dict[str, Any] | None = rows.values(*_METHOD_FIELDS, "removed_at").first()
    if row is None:
        raise NotFound(kind="payment method")
    return row


def was_removed(method_id: UUID, *, of_customer: UUID) -> bool:
    """This function will say whether a customer had stored a payment method that was removed since."""
    return PaymentMethod.objects.filter(id=method_id, customer_id=of_customer, removed_at__isnull=False).exists()


def next_default(customer_id: UUID, *, without: UUID) -> UUID | None:
    """This function will return the stored method that is the default one once `without` is removed, or None.

    That is the default one itself, else the newest; one that can be charged no more comes last.
    """
    rows = PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None).exclude(id=without)
    # The empty code, of those that can be charged, comes before all others.
    return rows.order_by("-is_default", "refused_code", "-created_at", "-id").values_list("id", flat=True).first()


def method_state(row: Mapping[str, Any], *, today: date) -> str:
    """This function will say how a stored method stands on a day: usable, expiring, expired or refused.

    A card is good until the end of its last month; it is expiring in that month and the one before.
    """
    if row["refused_code"]:
        return "refused"
    months_left = (row["expiry_year"] - today.year) * 12 + row["expiry_month"] - today.month
    if months_left < 0:
        return "expired"
    return "expiring" if months_left <= 1 else "usable"


def method_token(method_id: UUID, *, of_customer: UUID) -> tuple[str, UUID]:
    """This function will return a stored method's token and gateway account, if it is this customer's.

    Raises:
        NotFound: when there is none.
    """
    row = PaymentMethod.objects.filter(id=method_id, customer_id=of_customer, removed_at=None).first()
    if row is None:
        raise NotFound(kind="payment method")
    return row.token, row.account_id


def unknown_count() -> int:
    """This function will return how many attempts have no answer of their gateway yet: money may have moved."""
    return Attempt.objects.filter(state=Attempt.State.UNKNOWN).count()
