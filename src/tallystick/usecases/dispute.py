"""Money that its payer takes back: disputes recorded by hand, and bank returns (E38d, `docs/model.md`, 17).

What a gateway says of its disputes becomes ours in `settle_dispute`; both end here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from tallystick.allocations.queries import standing_allocations
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import operations as invoices
from tallystick.payments import dispute_queries, disputes
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.dispute_states import LOSE, next_state
from tallystick.usecases import placing
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wallets.queries import lots_of_allocations
from tallystick.wire import disputes as wire
from tallystick.wire.disputes import DisputeShape


@dataclass(kw_only=True, eq=False)
class DecidedByGateway(Conflict):
    """The payment service reports this dispute, so it also says how it ends."""

    code: ClassVar[str] = "decided_by_gateway"
    sentence: ClassVar[str] = "The payment service decides this dispute; its answer is booked as soon as it comes."

    dispute_id: UUID


@use_case(Permission.DISPUTE_PAYMENTS)
def open_dispute(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    amount_minor: int | None = None,
    reason: str = "general",
    evidence_due_date: date | None = None,
    fee_minor: int = 0,
    idempotency_key: str | None = None,
) -> DisputeShape:
    """This function will record that a gateway took back a part of a payment, all of it unless said (J40).

    The allocations stay and the invoices stay paid; the part can be neither refunded nor released. `fee_minor` is what
    the gateway charged for it, in the payment's currency.

    Raises:
        NotFound: when there is no such payment.
        PaymentNotCompleted, DisputeNotAccepted, DisputeExceedsPayment, AmountNotAccepted: when it cannot be disputed.
        InvalidField: when the reason or the fee cannot be used.
    """
    del idempotency_key
    _check(reason, known=wire.CHARGEBACK_REASONS)
    if fee_minor < 0:
        raise InvalidField(name="fee_minor", reason="A fee is not negative.")
    payment = _locked(actor, payment_id)
    day, by = local_date(at), actor.label
    row = disputes.open_dispute(
        payment,
        amount_minor=payment.total_minor if amount_minor is None else amount_minor,
        took_funds=True,
        reason_code=reason,
        evidence_due_date=evidence_due_date,
        day=day,
        by=by,
        at=at,
    )
    disputes.charge_fee(row, fee_minor=fee_minor, fee_currency=payment.currency, day=day, at=at)
    return told(row.id, action="open_dispute", actor=actor, at=at)


@use_case(Permission.DISPUTE_PAYMENTS)
def win_dispute(
    *, actor: Actor, at: datetime, dispute_id: UUID, fee_returned: bool = False, idempotency_key: str | None = None
) -> DisputeShape:
    """This function will close a dispute that was recorded by hand as won: the money is back (J41).

    Raises:
        NotFound: when there is no such dispute.
        DecidedByGateway: when a payment service reports it.
        DisputeTransitionRefused: when it is decided.
    """
    del idempotency_key
    before = _by_hand(actor, dispute_id)
    payment = payments.locked(before["payment_id"])
    row = disputes.locked(dispute_id)
    disputes.win(row, payment, returns_fee=fee_returned, day=local_date(at), by=actor.label, at=at)
    return told(dispute_id, action="win_dispute", actor=actor, at=at, before=before["state"])


@use_case(Permission.DISPUTE_PAYMENTS)
def lose_dispute(*, actor: Actor, at: datetime, dispute_id: UUID, idempotency_key: str | None = None) -> DisputeShape:
    """This function will close a dispute that was recorded by hand as lost: the payer has the money (J42).

    Unallocated money goes first, then allocations, the newest first: their invoices open again. What was refunded
    before is a loss.

    Raises:
        NotFound: when there is no such dispute.
        DecidedByGateway: when a payment service reports it.
        DisputeTransitionRefused: when it is decided.
    """
    del idempotency_key
    before = _by_hand(actor, dispute_id)
    lose(dispute_id, by=actor.label, at=at)
    return told(dispute_id, action="lose_dispute", actor=actor, at=at, before=before["state"])


@use_case(Permission.DISPUTE_PAYMENTS)
def record_bank_return(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    amount_minor: int | None = None,
    reason: str = "returned",
    returned_date: date | None = None,
    idempotency_key: str | None = None,
) -> DisputeShape:
    """This function will record that a bank sent a payment back, all of it unless said: lost at once (J43).

    A debit that was sent back, a cheque that bounced. The date is today unless said.

    Raises:
        NotFound: when there is no such payment.
        PaymentNotCompleted, DisputeNotAccepted, DisputeExceedsPayment, AmountNotAccepted: when it cannot be sent back.
        InvalidField, ReceivedInFuture: when the reason or the date cannot be used.
    """
    del idempotency_key
    _check(reason, known=wire.RETURN_REASONS)
    require_own(actor, payment_queries.payment(payment_id)["customer_id"], kind="payment")
    lock_with_invoices(payment_id)
    payment = payments.locked(payment_id)
    amount = payment.total_minor if amount_minor is None else amount_minor
    today = local_date(at)
    free_money(payment_id, amount, by=actor.label, at=at)
    row = disputes.return_to_bank(
        payments.locked(payment_id),
        amount_minor=amount,
        reason_code=reason,
        returned_date=returned_date or today,
        today=today,
        by=actor.label,
        at=at,
    )
    return told(row.id, action="record_bank_return", actor=actor, at=at)


@needs_transaction
def lose(dispute_id: UUID, *, by: str, at: datetime) -> None:
    """This function will free what a lost dispute takes, and close it (J42).

    Raises:
        NotFound: when there is no such dispute.
        DisputeTransitionRefused: when it is decided, or no funds were taken.
    """
    payment_id = dispute_queries.dispute(dispute_id)["payment_id"]
    lock_with_invoices(payment_id)
    row = disputes.locked(dispute_id)
    # Asked before anything is freed: what is decided takes nothing.
    next_state(dispute_id=dispute_id, state=row.state, event=LOSE)
    free_money(payment_id, row.amount_minor, by=by, at=at)
    disputes.lose(row, payments.locked(payment_id), day=local_date(at), by=by, at=at)


@needs_transaction
def lock_with_invoices(payment_id: UUID) -> None:
    """This function will lock a payment, and before it the invoices that it settles: the order for everybody."""
    invoices.locked_many(sorted({each["invoice_id"] for each in standing_allocations(payment_id)}))
    payments.locked(payment_id)


@needs_transaction
def free_money(payment_id: UUID, wanted_minor: int, *, by: str, at: datetime) -> None:
    """This function will make so much of a payment unallocated, as far as it is there, for what is lost takes that.

    What is unallocated is there already. Then allocations are released, the newest first (J09), the last one only as
    far as needed: the invoices open again, and a new payment is expected for each. Top-ups are taken back after those,
    unspent ones first (J17); what was spent of one makes the wallet negative, and blocks it.
    """
    day = local_date(at)
    missing = wanted_minor - payments.locked(payment_id).unallocated_minor
    # Read under the locks: somebody else may have released one meanwhile.
    parts = list(reversed(standing_allocations(payment_id)))
    lots = lots_of_allocations([part["id"] for part in parts])
    for part in sorted(parts, key=lambda each: _last_resort(lots.get(each["id"]))):
        if missing <= 0:
            return
        placing.release(part["id"], day=day, by=by, at=at, even_spent=True)
        rest = part["amount_minor"] - missing
        if rest > 0:
            placing.allocate(
                invoice_id=part["invoice_id"], amount_minor=rest, payment_id=payment_id, day=day, by=by, at=at
            )
        missing -= part["amount_minor"]


def _last_resort(lot: dict[str, Any] | None) -> int:
    """Invoices give their money first, then top-ups that nobody used, then those that were spent."""
    if lot is None:
        return 0
    return 1 if lot["left_minor"] == lot["amount_minor"] else 2


@needs_transaction
def told(dispute_id: UUID, *, action: str, actor: Actor, at: datetime, before: str | None = None) -> DisputeShape:
    """This function will note an act in the trail of a dispute, and return the dispute as it is now."""
    shape = wire.one_dispute(dispute_id)
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="dispute",
        object_id=dispute_id,
        before=None if before is None else {"state": before},
        after=shape,
    )
    return shape


def _locked(actor: Actor, payment_id: UUID) -> payments.PaymentRow:
    require_own(actor, payment_queries.payment(payment_id)["customer_id"], kind="payment")
    return payments.locked(payment_id)


def _by_hand(actor: Actor, dispute_id: UUID) -> dict[str, Any]:
    row = dispute_queries.dispute(dispute_id)
    require_own(actor, row["payment__customer_id"], kind="dispute")
    if row["external_id"]:
        raise DecidedByGateway(dispute_id=dispute_id)
    return row


def _check(reason: str, *, known: Collection[str]) -> None:
    refuse_card_numbers(reason=reason)
    if reason not in known:
        raise InvalidField(name="reason", reason=f"The reason is one of: {', '.join(sorted(known))}.")
