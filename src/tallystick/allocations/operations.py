"""Writing targets, reservations, allocations, releases and small differences."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import ClassVar, TypeAlias
from uuid import UUID

from django_integrity.conversion import Named, refine_integrity_error

from tallystick.allocations import posting_rules
from tallystick.allocations.models import Allocation, Reservation, SmallDifference, Target
from tallystick.allocations.queries import TOLERANCE
from tallystick.foundation import settings_store
from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import execute
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import credit_notes
from tallystick.invoices import operations as invoices
from tallystick.invoices.states import ISSUED, PAYABLE
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import CUSTOMER_CREDIT, RECEIVABLES
from tallystick.ledger.entries import EntryDraft, Worth
from tallystick.ledger.queries import carried_part
from tallystick.payments import expected, states
from tallystick.payments import operations as payments
from tallystick.payments.attempts import PaymentInProgress

_ALLOCATE = (
    "INSERT INTO allocations_allocation (id, payment_id, credit_note_id, invoice_id, customer_id, amount_minor, "
    "currency, entry_id, allocated_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)"
)


# The row as other rooms hold it: locked, never saved by them.
AllocationRow: TypeAlias = Allocation


@dataclass(frozen=True, kw_only=True)
class Standing:
    """An allocation that was not released, with both its ends, all locked. It is of a payment, or of a credit note."""

    row: AllocationRow
    claim: invoices.InvoiceRow
    payment: payments.PaymentRow | None


@dataclass(kw_only=True, eq=False)
class InvoiceNotOpen(Conflict):
    """Only an issued invoice with something open can be paid."""

    code: ClassVar[str] = "invoice_not_open"
    sentence: ClassVar[str] = "This invoice is {state} and nothing of it is open; it cannot be paid."

    invoice_id: UUID
    state: str


@dataclass(kw_only=True, eq=False)
class DifferentPayer(Conflict):
    """An allocation joins one payer in one currency (`docs/model.md`, 9)."""

    code: ClassVar[str] = "different_payer"
    sentence: ClassVar[str] = "The money and the invoice belong to different customers, or have different currencies."

    invoice_id: UUID


@dataclass(kw_only=True, eq=False)
class DifferenceNotAccepted(Invalid):
    """A small difference stays within the tolerance and has a reason."""

    code: ClassVar[str] = "difference_not_accepted"
    sentence: ClassVar[str] = "A small difference is above 0, at most {tolerance_minor}, and has a reason."

    tolerance_minor: int
    currency: str


def require_payable(claim: invoices.InvoiceRow, *, customer_id: UUID, currency: str) -> None:
    """This function will refuse an invoice, or a top-up request, that this customer cannot pay in this currency.

    Raises:
        NotFound: when it is another customer's.
        InvoiceNotOpen: when nothing of it is open.
        DifferentPayer: when it has another currency.
    """
    if claim.customer_id != customer_id:
        raise NotFound(kind="invoice")
    _require_open(claim, among=PAYABLE)
    if claim.currency != currency:
        raise DifferentPayer(invoice_id=claim.id)


@needs_transaction
def aim(payment_id: UUID, amounts: Mapping[UUID, int]) -> None:
    """This function will say what a payment is meant for: invoices, and how much of each in minor units."""
    Target.objects.filter(payment_id=payment_id).delete()
    Target.objects.bulk_create(
        Target(payment_id=payment_id, invoice_id=invoice_id, amount_minor=amount)
        for invoice_id, amount in amounts.items()
    )


@needs_transaction
def reserve(attempt_id: UUID, invoice_ids: Sequence[UUID]) -> None:
    """This function will hold invoices for a live attempt, in the order of their ids.

    Raises:
        PaymentInProgress: when one of them is held by another attempt.
    """
    with refine_integrity_error([(Named("allocations_reservation_pkey"), PaymentInProgress)]):
        Reservation.objects.bulk_create(
            Reservation(invoice_id=invoice_id, attempt_id=attempt_id) for invoice_id in sorted(invoice_ids)
        )


@needs_transaction
def free(attempt_id: UUID) -> None:
    """This function will let go of what an attempt held, because it is over."""
    Reservation.objects.filter(attempt_id=attempt_id).delete()


@needs_transaction
def allocate(
    *,
    invoice_id: UUID,
    amount_minor: int,
    day: date,
    by: str,
    at: datetime,
    payment_id: UUID | None = None,
    credit_note_id: UUID | None = None,
    claim: invoices.InvoiceRow | None = None,
    payment: payments.PaymentRow | None = None,
) -> UUID:
    """This function will set a part of a payment, or of a credit note, against an invoice (J08), and return its id.

    The invoice, then the payment or credit note, must be locked by the caller's use case in that order; they are
    locked here in the same one. When the caller holds them locked, as `claim` and `payment`, they are taken as they
    stand there, and what is left of them is kept true. The expected payment of the invoice follows.

    Raises:
        NotFound: when one of them does not exist.
        InvoiceNotOpen, InvoiceOverpaid: when the invoice cannot take it.
        PaymentNotCompleted, PaymentOverspent, CreditOverspent: when the source cannot give it.
        DifferentPayer: when they do not belong together.
    """
    invoice = invoices.locked(invoice_id) if claim is None else claim
    _require_open(invoice)
    if payment is None and payment_id is not None:
        payment = payments.locked(payment_id)
    source_id, currency = require_fitting(invoice, amount_minor, payment=payment, credit_note_id=credit_note_id)
    allocation_id = new_id()
    draft = posting_rules.allocate(
        allocation_id=allocation_id,
        customer_id=invoice.customer_id,
        source_id=source_id,
        invoice_id=invoice_id,
        credit_worth=carried_part(CUSTOMER_CREDIT, source_id, amount_minor, currency),
        claim_worth=carried_part(RECEIVABLES, invoice_id, amount_minor, currency),
    )
    entry_id = ledger.post([draft], effective_date=day, at=at)[0]
    write(
        allocation_id, invoice, amount_minor, payment=payment, credit_note_id=credit_note_id, entry_id=entry_id, at=at
    )
    reason = "superseded" if credit_note_id is None else "credited"
    expected.follow(invoice_id, reason=reason, by=by, at=at, claim=invoice)
    return allocation_id


def require_fitting(
    claim: invoices.InvoiceRow,
    amount_minor: int,
    *,
    payment: payments.PaymentRow | None,
    credit_note_id: UUID | None = None,
) -> tuple[UUID, str]:
    """This function will refuse an allocation that its ends, both locked, cannot take or give.

    Returns the id and the currency of what gives: the payment, or the credit note, which is locked here.

    Raises:
        AmountNotAccepted, InvoiceOverpaid, PaymentNotCompleted, PaymentOverspent, CreditOverspent, DifferentPayer: as
            the names say.
    """
    if amount_minor <= 0:
        raise payments.AmountNotAccepted
    if amount_minor > claim.open_minor:
        raise invoices.InvoiceOverpaid(invoice_id=claim.id)
    source_id, owner, currency = _lock_source(payment, credit_note_id, amount_minor)
    if owner != claim.customer_id or currency != claim.currency:
        raise DifferentPayer(invoice_id=claim.id)
    return source_id, currency


@needs_transaction
def write(
    allocation_id: UUID,
    claim: invoices.InvoiceRow,
    amount_minor: int,
    *,
    payment: payments.PaymentRow | None,
    entry_id: UUID,
    at: datetime,
    credit_note_id: UUID | None = None,
) -> None:
    """This function will write an allocation that was posted (J08; J16 in the room of wallets), with its counters."""
    _count(payment, credit_note_id, claim, amount_minor)
    ends = [None if payment is None else payment.id, credit_note_id, claim.id, claim.customer_id]
    execute(_ALLOCATE, [allocation_id, *ends, amount_minor, claim.currency, entry_id, at])


@needs_transaction
def locked(allocation_id: UUID) -> Standing:
    """This function will lock the ends of an allocation that stands, the invoice first, and then itself.

    Raises:
        NotFound: when there is none, or it was released before.
    """
    found = Allocation.objects.filter(id=allocation_id).values("invoice_id", "payment_id").first()
    if found is None:
        raise NotFound(kind="allocation")
    claim = invoices.locked(found["invoice_id"])
    payment = None if found["payment_id"] is None else payments.locked(found["payment_id"])
    row = Allocation.objects.select_for_update(of=("self",)).filter(id=allocation_id, released_at=None).first()
    if row is None:
        raise NotFound(kind="allocation")
    return Standing(row=row, claim=claim, payment=payment)


@needs_transaction
def strike(standing: Standing, *, at: datetime) -> None:
    """This function will mark an allocation as released, whose undoing was posted (J09; J17 in the room of wallets)."""
    row = standing.row
    row.released_at = at
    row.save(update_fields=["released_at"])
    _count(standing.payment, row.credit_note_id, standing.claim, -row.amount_minor)


@needs_transaction
def release(allocation_id: UUID, *, day: date, by: str, at: datetime) -> None:
    """This function will undo an allocation (J09): the invoice opens, the money is credit again.

    Raises:
        NotFound: when there is none, or it was released before.
    """
    standing = locked(allocation_id)
    ledger.reverse(standing.row.entry_id, rule="J09", effective_date=day, at=at)
    strike(standing, at=at)
    expected.follow(standing.row.invoice_id, reason="superseded", by=by, at=at, claim=standing.claim)


@needs_transaction
def write_short(*, invoice_id: UUID, amount_minor: int, reason: str, day: date, by: str, at: datetime) -> None:
    """This function will write off the few minor units that an invoice lacks (J14).

    Raises:
        DifferenceNotAccepted: when it is above the tolerance, not above 0, or without a reason.
        InvoiceNotOpen, InvoiceOverpaid: when that is not open.
    """
    invoice = invoices.locked(invoice_id)
    _require_small(amount_minor, invoice.currency, reason)
    _require_open(invoice)
    if amount_minor > invoice.open_minor:
        raise invoices.InvoiceOverpaid(invoice_id=invoice_id)
    worth = carried_part(RECEIVABLES, invoice_id, amount_minor, invoice.currency)
    draft = posting_rules.write_short(
        difference_id=new_id(), customer_id=invoice.customer_id, invoice_id=invoice_id, worth=worth
    )
    _post_difference(draft, worth, invoice_id=invoice_id, reason=reason, day=day, at=at)
    invoices.settle(invoice_id, difference_minor=amount_minor)
    expected.follow(invoice_id, reason="superseded", by=by, at=at)


@needs_transaction
def write_over(*, payment_id: UUID, amount_minor: int, reason: str, day: date, at: datetime) -> None:
    """This function will write off the few minor units that a payment has too much (J14).

    Raises:
        DifferenceNotAccepted: when it is above the tolerance, not above 0, or without a reason.
        PaymentNotCompleted, PaymentOverspent: when that much is not left of the payment.
    """
    payment = payments.locked(payment_id)
    _require_small(amount_minor, payment.currency, reason)
    if payment.customer_id is None:
        raise payments.PaymentNotCompleted(payment_id=payment_id)
    _lock_source(payment, None, amount_minor)
    worth = carried_part(CUSTOMER_CREDIT, payment_id, amount_minor, payment.currency)
    draft = posting_rules.write_over(
        difference_id=new_id(), customer_id=payment.customer_id, payment_id=payment_id, worth=worth
    )
    _post_difference(draft, worth, payment_id=payment_id, reason=reason, day=day, at=at)
    payments.spend(payment_id, difference_minor=amount_minor)


def _require_open(claim: invoices.InvoiceRow, *, among: Collection[str] = (ISSUED,)) -> None:
    if claim.state not in among or claim.open_minor == 0:
        raise InvoiceNotOpen(invoice_id=claim.id, state=claim.state)


def _lock_source(
    payment: payments.PaymentRow | None, credit_note_id: UUID | None, amount_minor: int
) -> tuple[UUID, UUID | None, str]:
    if payment is not None:
        if (
            payment.status != states.COMPLETED
            or payment.reversed_at is not None
            or payment.kind in {"refund", "charge", "voucher"}
        ):
            raise payments.PaymentNotCompleted(payment_id=payment.id)
        if amount_minor > payment.unallocated_minor:
            raise payments.PaymentOverspent(payment_id=payment.id)
        return payment.id, payment.customer_id, payment.currency
    if credit_note_id is None:
        raise NotFound(kind="payment")
    note = credit_notes.locked_credit_note(credit_note_id)
    if amount_minor > note.total_minor - note.allocated_minor - note.refunded_minor:
        raise credit_notes.CreditOverspent(credit_note_id=credit_note_id)
    return credit_note_id, note.customer_id, note.currency


def _count(
    payment: payments.PaymentRow | None, credit_note_id: UUID | None, claim: invoices.InvoiceRow, minor: int
) -> None:
    if payment is not None:
        payment.unallocated_minor = payments.spend(payment.id, allocated_minor=minor)
        payment.allocated_minor += minor
        claim.open_minor = invoices.settle(claim.id, allocated_minor=minor)
        claim.allocated_minor += minor
    elif credit_note_id is not None:
        credit_notes.spend(credit_note_id, allocated_minor=minor)
        claim.open_minor = invoices.settle(claim.id, credited_minor=minor)
        claim.credited_minor += minor


def _require_small(amount_minor: int, currency: str, reason: str) -> None:
    tolerance = settings_store.get(TOLERANCE)
    if not 0 < amount_minor <= tolerance or not reason.strip():
        raise DifferenceNotAccepted(tolerance_minor=tolerance, currency=currency)


def _post_difference(
    draft: EntryDraft,
    worth: Worth,
    *,
    reason: str,
    day: date,
    at: datetime,
    invoice_id: UUID | None = None,
    payment_id: UUID | None = None,
) -> None:
    SmallDifference.objects.create(
        id=draft.subject_id,
        invoice_id=invoice_id,
        payment_id=payment_id,
        amount_minor=worth.minor,
        currency=worth.currency,
        reason=reason.strip(),
        entry_id=ledger.post([draft], effective_date=day, at=at)[0],
        written_at=at,
    )
