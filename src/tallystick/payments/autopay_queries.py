"""Reading autopay: agreements, the methods that they charge, and expected payments that may be charged."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import NotFound
from tallystick.foundation.rows import fetch, fetch_for
from tallystick.payments.autopay_models import AutopayAgreement
from tallystick.payments.models import Attempt, Payment

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
    "accepted_through",
    "evidence",
    "ended_at",
    "ended_by",
)
_AGREEMENTS = (
    f"SELECT {', '.join(_AGREEMENT_FIELDS)} FROM payments_autopayagreement "  # noqa: S608 - our own columns
    "WHERE customer_id = ANY(%s) AND ended_at IS NULL"
)
_STORED = (
    "SELECT customer_id, is_default, id, account_id, brand, last_four, refused_code FROM payments_paymentmethod "
    "WHERE customer_id = ANY(%s) AND removed_at IS NULL"
)
_CANDIDATE_FIELDS = (
    "id",
    "customer_id",
    "invoice_id",
    "status",
    "method",
    "total_minor",
    "currency",
    "invoice__number",
    "invoice__invoice_date",
    "due_date",
    "next_try_date",
    "failure_code",
    "was_declined",
)
# What decides when an expected payment is charged, and whether; as one text, which the server compares in half of the
# time. What is late is charged at once, whenever it was due.
_DECIDING = (
    "concat_ws('|', coalesce(told_date, 'infinity'), coalesce(next_try_date, 'infinity'), "
    "coalesce(coming_date, 'infinity'), coalesce(is_above, false), was_declined, status, method, currency)"
)
# Which invoices a statement is about: some that are named, or all of which a payment is expected of a payer and not
# under way.
CLAIMS: Final = "SELECT unnest(%(invoices)s::uuid[]) AS invoice_id"
EXPECTED_OF_PAYER: Final = (
    "SELECT invoice_id FROM payments_payment WHERE customer_id = %(payer)s AND kind = 'scheduled' "
    "AND status IN ('pending', 'failed') AND deleted_at IS NULL"
)
# An invoice whose checkout was given up expects a new payment: what was declined before still counts.
_WAS_DECLINED = """EXISTS (
               SELECT FROM payments_payment tried JOIN payments_attempt attempt ON attempt.payment_id = tried.id
               WHERE tried.invoice_id = payment.invoice_id AND attempt.agreement_id IS NOT NULL
                 AND attempt.state = 'declined'
           ) AS was_declined"""
_CANDIDATES = f"""
SELECT payment.id, payment.customer_id, payment.invoice_id, payment.status, payment.method, payment.total_minor,
       payment.currency, payment.due_date, payment.next_try_date, payment.failure_code,
       invoice.number AS invoice__number, invoice.invoice_date AS invoice__invoice_date, {_WAS_DECLINED}
FROM payments_payment payment JOIN invoices_invoice invoice ON invoice.id = payment.invoice_id
WHERE payment.kind = 'scheduled' AND payment.status IN ('pending', 'failed') AND payment.deleted_at IS NULL
"""  # noqa: S608 - our own words
_SOME = _CANDIDATES + "AND payment.id = ANY(%s)"
_OF_PAYER = _CANDIDATES + "AND payment.customer_id = %s ORDER BY payment.due_date, payment.id LIMIT %s"
_ALIKE = f"""
WITH expected AS (
    SELECT payment.id, payment.customer_id, payment.invoice_id, payment.status, payment.method, payment.total_minor,
           payment.currency, payment.due_date, payment.next_try_date, payment.failure_code,
           CASE WHEN %(by_day)s AND payment.due_date >= %(today)s
                THEN (SELECT invoice_date FROM invoices_invoice WHERE id = payment.invoice_id) END AS told_date,
           CASE WHEN payment.due_date >= %(today)s THEN payment.due_date END AS coming_date,
           payment.total_minor > %(above)s::bigint AS is_above,
           {_WAS_DECLINED}
    FROM payments_payment payment
    WHERE payment.customer_id = %(customer)s AND payment.kind = 'scheduled'
      AND payment.status IN ('pending', 'failed') AND payment.deleted_at IS NULL
      AND NOT payment.invoice_id = ANY(%(besides)s)
)
SELECT ranked.id, ranked.customer_id, ranked.invoice_id, ranked.status, ranked.method, ranked.total_minor,
       ranked.currency, ranked.due_date, ranked.next_try_date, ranked.failure_code, ranked.was_declined, ranked.count,
       ranked.minor, ranked.place, invoice.number AS invoice__number, invoice.invoice_date AS invoice__invoice_date
FROM (
    SELECT keyed.*, count(*) OVER alike AS count, (sum(total_minor) OVER alike)::bigint AS minor,
           row_number() OVER (alike ORDER BY due_date, id) AS place
    FROM (SELECT expected.*, {_DECIDING} AS deciding FROM expected) AS keyed WINDOW alike AS (PARTITION BY deciding)
) AS ranked JOIN invoices_invoice invoice ON invoice.id = ranked.invoice_id
WHERE place <= CASE WHEN coming_date > %(until)s THEN 1 ELSE %(first)s END
ORDER BY ranked.deciding, place
"""  # noqa: S608 - our own words


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """An expected payment that nobody has paid yet: amounts in minor units, dates local."""

    payment_id: UUID
    customer_id: UUID
    invoice_id: UUID
    invoice_number: str
    open_minor: int
    currency: str
    invoice_date: date
    due_date: date
    failure_code: str
    # Set when an automatic charge was declined and is tried again.
    next_try_date: date | None
    # An automatic charge of its invoice was declined before: only the plan has it charged again.
    was_declined: bool
    # The customer says to pay it by a bank transfer.
    is_promised: bool


@dataclass(frozen=True, kw_only=True)
class Alike:
    """Expected payments about which autopay does the same: the first of them, how many, and what all come to."""

    first: tuple[Candidate, ...]
    count: int
    minor: int


@dataclass(frozen=True, kw_only=True)
class ChargedMethod:
    """The stored method that an agreement charges. A refused one can be charged no more."""

    id: UUID
    account_id: UUID
    brand: str
    last_four: str
    refused_code: str


@dataclass(frozen=True, kw_only=True)
class Declined:
    """Automatic charges of an invoice that were declined: when the first was, and the code of the last."""

    first_date: date
    last_code: str


def agreement(customer_id: UUID) -> dict[str, Any] | None:
    """This function will return the payer's agreement that holds now, or None."""
    return agreements([customer_id]).get(customer_id)


def agreements(customer_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the agreements that hold now, by payer."""
    return {row["customer_id"]: row for row in fetch(_AGREEMENTS, [list(set(customer_ids))])}


def agreement_by_id(agreement_id: UUID) -> dict[str, Any]:
    """This function will return an agreement, ended or not.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = AutopayAgreement.objects.filter(id=agreement_id).values(*_AGREEMENT_FIELDS).first()
    if row is None:
        raise NotFound(kind="agreement")
    return row


def past_agreements(customer_id: UUID) -> list[dict[str, Any]]:
    """This function will return the agreements with a payer that ended, the newest first."""
    rows = AutopayAgreement.objects.filter(customer_id=customer_id, ended_at__isnull=False).order_by("-accepted_at")
    return [dict(row) for row in rows.values(*_AGREEMENT_FIELDS)]


def charged_method(customer_id: UUID, agreed_id: UUID | None) -> ChargedMethod | None:
    """This function will return which stored method of a payer is charged, given the one that was agreed."""
    return charged_methods({customer_id: agreed_id}).get(customer_id)


def charged_methods(agreed: Mapping[UUID, UUID | None]) -> dict[UUID, ChargedMethod]:
    """This function will return which stored method of each payer is charged, given the one that was agreed.

    That is the agreed one; the default one when none was, or when it was removed since. Who has none is left out.
    """
    stored: dict[UUID, dict[UUID | None, ChargedMethod]] = defaultdict(dict)
    for row in fetch_for(_STORED, agreed):
        method = ChargedMethod(**{name: row[name] for name in ChargedMethod.__dataclass_fields__})
        stored[row["customer_id"]][method.id] = method
        if row["is_default"]:
            stored[row["customer_id"]][None] = method
    charged = {payer: stored[payer].get(wanted, stored[payer].get(None)) for payer, wanted in agreed.items()}
    return {payer: method for payer, method in charged.items() if method is not None}


def due_candidates(*, today: date, due_until: date, after: tuple[date, UUID] | None, limit: int) -> list[Candidate]:
    """This function will return expected payments of payers with autopay that may have to be charged by today.

    Those that are due until `due_until` and were not declined, and those that are tried again by today; in the order of
    their due dates, from behind `after` on (the due date and id of the last one seen).
    """
    agreed = AutopayAgreement.objects.filter(customer_id=OuterRef("customer_id"), ended_at=None)
    untried = Q(next_try_date=None, was_declined=False)
    rows = _expected().filter(Exists(agreed), due_date__lte=due_until)
    rows = rows.filter(untried | Q(next_try_date__lte=today))
    if after is not None:
        # Both parts: the first is what an index can begin at.
        rows = rows.filter(due_date__gte=after[0]).filter(Q(due_date__gt=after[0]) | Q(id__gt=after[1]))
    return [_candidate(row) for row in rows.order_by("due_date", "id").values(*_CANDIDATE_FIELDS)[:limit]]


def candidate(payment_id: UUID) -> Candidate | None:
    """This function will return an expected payment as it is now, or None when there is nothing left to charge."""
    return next(iter(candidates([payment_id])), None)


def candidates(payment_ids: Iterable[UUID]) -> list[Candidate]:
    """This function will return those of some expected payments that nobody has paid and that are not under way."""
    return [_candidate(row) for row in fetch_for(_SOME, payment_ids)]


def candidates_of(customer_id: UUID, *, limit: int | None = None) -> list[Candidate]:
    """This function will return what is expected of a payer and not under way, the oldest due date first; at most so
    many, if it is said.
    """
    return [_candidate(row) for row in fetch(_OF_PAYER, [customer_id, limit])]


def alike_of(
    customer_id: UUID,
    *,
    today: date,
    until: date,
    besides: Iterable[UUID],
    above_minor: int | None,
    by_day: bool,
    first: int,
) -> list[Alike]:
    """This function will return what is expected of a payer and not under way, put together by all that decides when it
    is charged, but for the invoices `besides`; the `first` of each, or the first one alone of what is due after
    `until`; the oldest due date first.

    What is above an amount in minor units, if one is named, is kept apart from what is not. Only with a charge day,
    `by_day`, an invoice's date decides anything.
    """
    values = {
        "customer": customer_id,
        "today": today,
        "until": until,
        "besides": list(besides),
        "above": above_minor,
        "by_day": by_day,
        "first": first,
    }
    found: list[list[dict[str, Any]]] = []
    for row in fetch(_ALIKE, values):
        if row["place"] == 1:
            found.append([])
        found[-1].append(row)
    return [
        Alike(first=tuple(_candidate(row) for row in rows), count=rows[0]["count"], minor=rows[0]["minor"])
        for rows in found
    ]


def declined_charges(invoice_id: UUID) -> Declined | None:
    """This function will return what became of the automatic charges of an invoice, if any was declined."""
    rows = list(_declined().filter(payment__invoice_id=invoice_id).order_by("created_at", "id"))
    if not rows:
        return None
    return Declined(first_date=local_date(rows[0].created_at), last_code=rows[-1].decline_code)


def was_automatic(payment_id: UUID) -> bool:
    """This function will say whether it was autopay that paid a payment."""
    return Attempt.objects.filter(
        payment_id=payment_id, state=Attempt.State.SUCCEEDED, agreement__isnull=False
    ).exists()


def _expected() -> QuerySet[Payment]:
    rows = Payment.objects.filter(
        kind=Payment.Kind.SCHEDULED, status__in=[Payment.Status.PENDING, Payment.Status.FAILED], deleted_at=None
    )
    # An invoice whose checkout was given up expects a new payment: what was declined before still counts.
    return rows.annotate(was_declined=Exists(_declined().filter(payment__invoice_id=OuterRef("invoice_id"))))


def _declined() -> QuerySet[Attempt]:
    return Attempt.objects.filter(agreement__isnull=False, state=Attempt.State.DECLINED)


def _candidate(row: Any) -> Candidate:
    return Candidate(
        payment_id=row["id"],
        customer_id=row["customer_id"],
        invoice_id=row["invoice_id"],
        invoice_number=row["invoice__number"],
        open_minor=row["total_minor"],
        currency=row["currency"],
        invoice_date=row["invoice__invoice_date"],
        due_date=row["due_date"],
        failure_code=row["failure_code"],
        next_try_date=row["next_try_date"],
        was_declined=row["was_declined"],
        is_promised=row["status"] == Payment.Status.PENDING and row["method"] == Payment.Method.BANK_TRANSFER,
    )
