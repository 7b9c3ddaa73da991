"""Reading payments, attempts and payment methods."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import islice
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, Sum

from tallystick.foundation import settings_store
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_for, fetch_one
from tallystick.payments.models import Attempt, Payment, PaymentMethod

ASSIGNMENT_EDITS = settings_store.whole_number(
    "assignment_edits", default=5, describes="How often a payment may be assigned and un-assigned, the first included."
)

# What a customer may read. The private text, the remark and the typed fee are not among it, so that no outward
# query can select them by mistake.
PUBLIC_FIELDS = (
    "id",
    "kind",
    "status",
    "customer_id",
    "total_minor",
    "currency",
    "description",
    "customer_note",
    "method",
    "account_id",
    "reference",
    "invoice_id",
    "due_date",
    "next_try_date",
    "received_date",
    "created_at",
    "completed_at",
    "receipt_number",
    "cancel_reason",
    "failure_code",
    "reversed_at",
    "refund_of_id",
    "replaces_id",
    "allocated_minor",
    "difference_minor",
    "refunded_minor",
    "refund_reserved_minor",
    "lost_minor",
    "disputed_minor",
    "unallocated_minor",
)
STAFF_FIELDS = (
    *PUBLIC_FIELDS,
    "private_text",
    "remark",
    "fee_minor",
    "invoice_text",
    "mails_confirmation",
    "assignment_edits",
)
_ATTEMPT_FIELDS = (
    "id",
    "payment_id",
    "account_id",
    "method_id",
    "agreement_id",
    "amount_minor",
    "currency",
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
# Kinds whose total is money that left: nothing of it can be allocated.
_MONEY_OUT = ("refund", "charge")
_METHOD_FIELDS = (
    *("id", "customer_id", "account_id", "brand", "last_four", "expiry_month", "expiry_year"),
    *("is_default", "refused_code", "created_at"),
)


# Why an expected payment ended without anybody's doing.
_OVERTAKEN = ("superseded", "credited", "written_off", "withdrawn")
# How many rows of an export are read at once.
_CHUNK = 2000


@dataclass(frozen=True)
class CurrencyTotal:
    """A sum in one currency, in minor units, and over how many rows it goes."""

    currency: str
    minor: int
    count: int


_ONE_FOR_STAFF = f"SELECT {', '.join(STAFF_FIELDS)} FROM payments_payment WHERE id = %s AND deleted_at IS NULL"  # noqa: S608
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
_ATTEMPTS_OF_SEVERAL = _ATTEMPTS.replace("= %s", "= ANY(%s)")


@dataclass(frozen=True)
class PaymentFilter:
    """Which payments a list shows. Empty fields do not narrow; of several values any one fits."""

    customer_id: UUID | None = None
    status: str | tuple[str, ...] = ""
    kind: str | tuple[str, ...] = ""
    currency: str | tuple[str, ...] = ""
    method: str | tuple[str, ...] = ""
    search: str = ""
    due_from: date | None = None
    due_until: date | None = None
    received_from: date | None = None
    received_until: date | None = None
    in_suspense: bool = False
    unallocated: bool = False
    # Only what somebody did or chose: not what is merely expected, nor expectations that were overtaken.
    made: bool = False
    # The expected payments of this invoice.
    invoice_id: UUID | None = None
    # Only payments of these customers, or expected for invoices of these billing groups; None does not narrow.
    customer_ids: tuple[UUID, ...] | None = None
    group_ids: tuple[UUID, ...] | None = None


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
    row: dict[str, Any] | None = Payment.objects.filter(id=payment_id, deleted_at=None).values(*PUBLIC_FIELDS).first()
    if row is None:
        raise NotFound(kind="payment")
    return row


def payments_page(
    wanted: PaymentFilter, *, cursor: str = "", limit: int = 50, public: bool = False, oldest_first: bool = False
) -> Page:
    """This function will return a page of payments, newest first unless `oldest_first`."""
    rows = _narrowed(_selected(public=public), wanted, public=public)
    order = ("created_at", "id") if oldest_first else ("-created_at", "-id")
    return page(rows, order=order, cursor=cursor, limit=limit)


def all_payments(wanted: PaymentFilter, *, oldest_first: bool = False) -> Iterator[list[dict[str, Any]]]:
    """This function will return every payment that a list for staff shows, in chunks, from one snapshot.

    The private text and the remark are not among the columns: this is read to leave the house as a file.
    """
    order = ("created_at", "id") if oldest_first else ("-created_at", "-id")
    rows = _narrowed(_live(), wanted, public=False).order_by(*order).values(*PUBLIC_FIELDS).iterator(chunk_size=_CHUNK)
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def totals(wanted: PaymentFilter, column: str = "total_minor") -> list[CurrencyTotal]:
    """This function will return how many payments of money that came in fit, and their sum, for each currency."""
    rows = _narrowed(_live(), wanted, public=False).exclude(kind__in=["refund", "charge"]).filter(reversed_at=None)
    sums = rows.values("currency").annotate(minor=Sum(column), count=Count("id")).order_by("currency")
    return [CurrencyTotal(row["currency"], row["minor"], row["count"]) for row in sums]


def by_ids(payment_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """This function will return the columns of several payments for staff."""
    return list(Payment.objects.filter(id__in=payment_ids, deleted_at=None).values(*STAFF_FIELDS))


def live_scheduled(invoice_id: UUID) -> dict[str, Any] | None:
    """This function will return the live expected payment of an invoice, or None."""
    rows = Payment.objects.filter(
        invoice_id=invoice_id, kind="scheduled", status__in=["pending", "processing", "failed"]
    )
    row: dict[str, Any] | None = rows.values(*STAFF_FIELDS).first()
    return row


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
    ).exclude(kind__in=_MONEY_OUT)
    rows = rows.filter(disputed_minor=0)
    return list(rows.order_by("received_date", "id").values(*STAFF_FIELDS))


def timeline(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return what happened to a payment, oldest first."""
    return fetch(_TIMELINE, [payment_id])


def attempts(payment_id: UUID) -> list[dict[str, Any]]:
    """This function will return the tries of a payment, oldest first."""
    return fetch(_ATTEMPTS, [payment_id])


def attempts_of(payment_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """This function will return the tries of several payments, oldest first."""
    return fetch_for(_ATTEMPTS_OF_SEVERAL, payment_ids)


def attempt(attempt_id: UUID) -> dict[str, Any]:
    """This function will return one try.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = Attempt.objects.filter(id=attempt_id).values(*_ATTEMPT_FIELDS).first()
    if row is None:
        raise NotFound(kind="attempt")
    return row


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
    rows = PaymentMethod.objects.filter(customer_id=customer_id, removed_at=None)
    return list(rows.order_by("-is_default", "created_at").values(*_METHOD_FIELDS))


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


def _live() -> Any:
    return Payment.objects.filter(deleted_at=None)


@cache
def _selected(*, public: bool) -> Any:
    # Django takes a quarter of a list's statement to look up thirty columns: once is enough.
    return _live().values(*(PUBLIC_FIELDS if public else STAFF_FIELDS))


def _narrowed(rows: Any, wanted: PaymentFilter, *, public: bool) -> Any:
    exact = {
        "customer_id": wanted.customer_id,
        "invoice_id": wanted.invoice_id,
        "status__in": ["completed" if status == "paid" else status for status in _each(wanted.status)],
        "kind__in": _each(wanted.kind),
        "currency__in": _each(wanted.currency),
        "method__in": _each(wanted.method),
        "due_date__gte": wanted.due_from,
        "due_date__lte": wanted.due_until,
        "received_date__gte": wanted.received_from,
        "received_date__lte": wanted.received_until,
    }
    rows = rows.filter(**{column: value for column, value in exact.items() if value})
    if wanted.customer_ids is not None:
        rows = rows.filter(customer_id__in=wanted.customer_ids)
    if wanted.group_ids is not None:
        rows = rows.filter(invoice__group_id__in=wanted.group_ids)
    if wanted.made:
        rows = rows.exclude(kind="scheduled", status="pending", method="")
        rows = rows.exclude(kind="scheduled", status="cancelled", cancel_reason__in=_OVERTAKEN)
    if wanted.in_suspense:
        rows = rows.filter(customer__isnull=True, status="completed", reversed_at=None).exclude(kind__in=_MONEY_OUT)
    if wanted.unallocated:
        rows = rows.filter(status="completed", reversed_at=None, unallocated_minor__gt=0)
        rows = rows.exclude(kind__in=_MONEY_OUT)
    if wanted.search:
        found = (
            Q(reference__icontains=wanted.search)
            | Q(description__icontains=wanted.search)
            | Q(receipt_number__iexact=wanted.search)
        )
        if not public:
            found |= Q(private_text__icontains=wanted.search) | Q(customer__name__icontains=wanted.search)
            found |= Q(invoice__number__iexact=wanted.search)
        rows = rows.filter(found)
    return rows


def _each(value: str | tuple[str, ...]) -> list[str]:
    return [each for each in ((value,) if isinstance(value, str) else value) if each]
