"""What money settles: allocate, release, assign, un-assign, write off a small difference, reverse (D6 to D10)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.allocations import queries as allocation_queries
from tallystick.allocations.queries import oldest_first
from tallystick.customers.queries import customer_row
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries as invoice_queries
from tallystick.payments import assignments, disputes, states
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.posting_rules import GATEWAY
from tallystick.usecases import placing
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.record import Part
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape


@use_case(Permission.ALLOCATE_PAYMENTS)
def allocate_payment(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    parts: Sequence[Part] = (),
    takes_oldest_first: bool = False,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will set what is left of a completed payment against invoices (D6, D7) and top-up requests (D9).

    A part without an amount takes as much as is open and left. A receipt in suspense is assigned to the payer of the
    first invoice in the same act; that counts as one edit (`docs/model.md`, 9). `takes_oldest_first` spreads it over
    the customer's open invoices by due date.

    Raises:
        NotFound, InvoiceNotOpen, InvoiceOverpaid, DifferentPayer: when an invoice cannot take it.
        PaymentNotCompleted, PaymentOverspent, PaymentInUse, AssignmentEditLimitReached: when the payment cannot.
        InvalidField: when nothing is asked for.
    """
    del idempotency_key
    before = payment_queries.payment(payment_id)
    require_own(actor, before["customer_id"], kind="payment")
    day, by = local_date(at), actor.label
    wanted = list(parts)
    if takes_oldest_first and before["customer_id"] is not None:
        open_rows = invoice_queries.open_invoices(before["customer_id"], before["currency"])
        spread = oldest_first(before["unallocated_minor"], [(row["id"], row["open_minor"]) for row in open_rows])
        wanted = [Part(invoice_id=invoice_id, amount_minor=amount) for invoice_id, amount in spread]
    if not wanted:
        raise InvalidField(name="allocations", reason="Choose at least one open invoice.")
    claims = {row.id: row for row in invoices.locked_many([part.invoice_id for part in wanted])}
    for row in claims.values():
        require_own(actor, row.customer_id, kind="invoice")
    payment = payments.locked(payment_id)
    if payment.customer_id is None:
        actor.require(Permission.ASSIGN_PAYMENTS)
        assignments.assign(payment, claims[wanted[0].invoice_id].customer_id, day=day, by=by, at=at)
    left = payment.unallocated_minor
    for part in wanted:
        amount = min(left, claims[part.invoice_id].open_minor) if part.amount_minor is None else part.amount_minor
        left -= amount
        placing.allocate(invoice_id=part.invoice_id, amount_minor=amount, payment_id=payment_id, day=day, by=by, at=at)
    return _told(payment_id, action="allocate_payment", actor=actor, at=at, before=before)


@use_case(Permission.ALLOCATE_PAYMENTS)
def release_allocation(
    *, actor: Actor, at: datetime, allocation_id: UUID, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will undo one allocation of a payment: the invoice opens, the money is credit again (J09).

    A top-up is taken back in the same way, while nothing of it is spent (D11, J17).

    Raises:
        NotFound: when there is none, it was released before, or it is one of a credit note.
        PaymentDisputed: when a dispute is about that money.
        TopupSpent: when a part of the top-up was spent.
    """
    del idempotency_key
    found = allocation_queries.allocation(allocation_id)
    if found is None or found["payment_id"] is None:
        raise NotFound(kind="allocation")
    require_own(actor, found["customer_id"], kind="allocation")
    before = payment_queries.payment(found["payment_id"])
    invoices.locked_many([found["invoice_id"]])
    disputes.require_releasable(payments.locked(found["payment_id"]), found["amount_minor"])
    placing.release(allocation_id, day=local_date(at), by=actor.label, at=at)
    return _told(found["payment_id"], action="release_allocation", actor=actor, at=at, before=before)


@use_case(Permission.ASSIGN_PAYMENTS)
def assign_payment(
    *, actor: Actor, at: datetime, payment_id: UUID, customer_id: UUID, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will give a receipt in suspense to a customer (D2, J06). It counts as one edit (D10).

    Raises:
        NotFound: when one of them does not exist.
        PaymentInUse: when the payment has a customer already, or a refund of it is under way.
        AssignmentEditLimitReached: when the edits are used up.
    """
    del idempotency_key
    before = payment_queries.payment(payment_id)
    require_own(actor, before["customer_id"], kind="payment")
    require_own(actor, customer_id, kind="customer")
    customer_row(customer_id)
    _require_receipt(before["kind"])
    payment = payments.locked(payment_id)
    assignments.assign(payment, customer_id, day=local_date(at), by=actor.label, at=at)
    return _told(payment_id, action="assign_payment", actor=actor, at=at, before=before)


@use_case(Permission.ASSIGN_PAYMENTS)
def unassign_payment(
    *, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will take a receipt from its customer, its allocations released first (D10, J07).

    Raises:
        NotFound: when there is no such payment.
        PaymentInUse: when it has no customer, a refund of it is under way, or it is in dispute.
        TopupSpent: when it topped up the wallet, and a part of that was spent.
        AssignmentEditLimitReached: when the edits are used up.
    """
    del idempotency_key
    before = payment_queries.payment(payment_id)
    require_own(actor, before["customer_id"], kind="payment")
    _require_receipt(before["kind"])
    _release_all(payment_id, by=actor.label, at=at)
    assignments.unassign(payments.locked(payment_id), day=local_date(at), by=actor.label, at=at)
    return _told(payment_id, action="unassign_payment", actor=actor, at=at, before=before)


@use_case(Permission.REVERSE_PAYMENTS)
def reverse_payment(
    *, actor: Actor, at: datetime, payment_id: UUID, reason: str, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will undo a payment that was recorded wrongly: allocations released, counter-entry, row kept (J11).

    Raises:
        NotFound: when there is no such payment.
        InvalidField: when no reason is given.
        ConfirmedMoney: when a gateway confirms the money: that is refunded, not reversed.
        PaymentNotCompleted, PaymentInUse, TopupSpent: as the names say.
    """
    del idempotency_key
    if not reason.strip():
        raise InvalidField(name="reason", reason="Say why this payment is reversed.")
    refuse_card_numbers(reason=reason)
    before = payment_queries.payment(payment_id)
    require_own(actor, before["customer_id"], kind="payment")
    if before["kind"] not in {states.RECEIPT, states.SCHEDULED}:
        raise InvalidField(name="payment", reason="Only money that was received can be reversed.")
    if before["method"] == GATEWAY and before["status"] == states.COMPLETED:
        raise ConfirmedMoney
    _release_all(payment_id, by=actor.label, at=at)
    payments.reverse(payments.locked(payment_id), day=local_date(at), by=actor.label, at=at, reason=reason)
    return _told(payment_id, action="reverse_payment", actor=actor, at=at, before=before, reason=reason)


class ConfirmedMoney(Conflict):
    """The gateway confirms this money, so our record of it is not wrong."""

    code = "confirmed_money"
    sentence = "A gateway confirms this money, so it cannot be reversed. Refund it instead."


@use_case(Permission.WRITE_SMALL_DIFFERENCES)
def write_small_difference(
    *,
    actor: Actor,
    at: datetime,
    amount_minor: int,
    reason: str,
    invoice_id: UUID | None = None,
    payment_id: UUID | None = None,
    idempotency_key: str | None = None,
) -> bool:
    """This function will write off the few minor units that an invoice lacks, or a payment has too much (J14).

    Raises:
        NotFound, InvalidField: when not exactly one of the two is named, or it does not exist.
        DifferenceNotAccepted, InvoiceNotOpen, InvoiceOverpaid, PaymentNotCompleted, PaymentOverspent: as they say.
    """
    del idempotency_key
    refuse_card_numbers(reason=reason)
    day: date = local_date(at)
    if invoice_id is not None and payment_id is None:
        require_own(actor, invoice_queries.invoice(invoice_id)["customer_id"], kind="invoice")
        allocations.write_short(
            invoice_id=invoice_id, amount_minor=amount_minor, reason=reason, day=day, by=actor.label, at=at
        )
        kind, object_id = "invoice", invoice_id
    elif payment_id is not None and invoice_id is None:
        require_own(actor, payment_queries.payment(payment_id)["customer_id"], kind="payment")
        allocations.write_over(payment_id=payment_id, amount_minor=amount_minor, reason=reason, day=day, at=at)
        kind, object_id = "payment", payment_id
    else:
        raise InvalidField(name="invoice", reason="Name an invoice that is short, or a payment that is over.")
    audit.record(
        actor=actor,
        at=at,
        action="write_small_difference",
        kind=kind,
        object_id=object_id,
        after={"amount_minor": amount_minor, "reason": reason},
    )
    return True


def _release_all(payment_id: UUID, *, by: str, at: datetime) -> None:
    held = allocation_queries.standing_allocations(payment_id)
    invoices.locked_many(sorted({each["invoice_id"] for each in held}))
    # Read under the locks: somebody else may have released one meanwhile.
    for each in reversed(allocation_queries.standing_allocations(payment_id)):
        placing.release(each["id"], day=local_date(at), by=by, at=at)


def _require_receipt(kind: str) -> None:
    if kind != states.RECEIPT:
        raise InvalidField(name="payment", reason="Only a receipt can be assigned: this one belongs to its invoice.")


def _told(
    payment_id: UUID, *, action: str, actor: Actor, at: datetime, before: dict[str, object], **more: str
) -> PaymentShape:
    shape = builders.one_payment(payment_id)
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="payment",
        object_id=payment_id,
        before={name: str(before[name]) for name in ("customer_id", "allocated_minor", "status")},
        after={**shape, **more},
    )
    return shape
