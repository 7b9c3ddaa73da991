"""What a gateway says of its disputes becomes what we hold.

Duplicates, replays and news out of order change nothing: what a message is about is asked for, and what is missing
between our dispute and the gateway's is done.
"""

from dataclasses import replace
from datetime import datetime
from typing import Final
from uuid import UUID

from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import NotFound
from tallystick.foundation.transactions import require_outside, savepoint, transaction
from tallystick.gateways.port import DisputeFacts, DisputeState, GatewayUnavailable
from tallystick.gateways.registry import open_gateway
from tallystick.payments import dispute_queries, disputes
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.dispute_states import BANK_RETURN, INQUIRY, LOST, OPENED, WON, DisputeTransitionRefused
from tallystick.payments.states import COMPLETED
from tallystick.usecases import collect, dispute
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.settle import Settled

# What our rules say against what a gateway reports: staff have to see to it.
_NOT_FOLLOWED: Final = (
    disputes.DisputeExceedsPayment,
    disputes.DisputeNotAccepted,
    payments.PaymentNotCompleted,
    DisputeTransitionRefused,
)


def ask_disputes(*, account_id: UUID, gateway_reference: str, at: datetime) -> Settled:
    """This function will ask a gateway about the disputes of a payment that it calls by a reference, and record them.

    A payment of which we do not know yet that it was paid is asked about first: news may come in any order.

    Raises:
        NotFound: when no payment of ours is called so there.
    """
    require_outside("Calling a gateway")
    attempt_id = dispute_queries.paid_by(account_id, gateway_reference)
    if attempt_id is None:
        raise NotFound(kind="payment")
    if payment_queries.payment(payment_queries.attempt(attempt_id)["payment_id"])["status"] != COMPLETED:
        collect.ask(attempt_id=attempt_id, at=at)
    payment_id = payment_queries.attempt(attempt_id)["payment_id"]
    try:
        found = open_gateway(account_id).disputes(gateway_reference)
    except GatewayUnavailable:
        return Settled(answered=False)
    doubts = [settle_dispute(payment_id=payment_id, account_id=account_id, facts=facts, at=at) for facts in found]
    if not found:
        doubts = ["The gateway reports no dispute about this payment."]
    return Settled(answered=True, doubt=" ".join(doubt for doubt in doubts if doubt))


def settle_dispute(*, payment_id: UUID, account_id: UUID, facts: DisputeFacts, at: datetime) -> str:
    """This function will let a dispute of ours follow what its gateway says of it, in one transaction (J40 to J42).

    Returns why our books do not follow; empty when they do. One that differs from our payment is not booked, nor is
    one that ends otherwise than it did here.

    Raises:
        NotFound: when there is no such payment.
    """
    with transaction():
        dispute.lock_with_invoices(payment_id)
        payment = payments.locked(payment_id)
        paid_in = payment.came_currency or payment.currency
        if facts.currency != paid_in:
            return f"The gateway reports a dispute in {facts.currency}, the payment is in {paid_in}."
        if payment.came_minor is not None:
            # What came in another currency is disputed as a whole: that is all that it was credited as.
            if facts.amount_minor != payment.came_minor:
                return f"The gateway reports a dispute about a part of what came in {paid_in}."
            facts = replace(facts, amount_minor=payment.total_minor, currency=payment.currency)
        known = dispute_queries.known_as(account_id, facts.external_id)
        if known is None:
            known = _adopted(payment_id, facts, at=at)
        before = "" if known is None else dispute_queries.dispute(known)["state"]
        try:
            with savepoint():
                row_id = _opened(payment, facts, at=at) if known is None else known
                doubt = _followed(row_id, facts, at=at)
        except _NOT_FOLLOWED as refusal:
            return str(refusal)
        if dispute_queries.dispute(row_id)["state"] != before:
            dispute.told(row_id, action="settle_dispute", actor=SYSTEM, at=at, before=before)
    return doubt


def _adopted(payment_id: UUID, facts: DisputeFacts, *, at: datetime) -> UUID | None:
    """One that staff recorded before the gateway told of it is the same."""
    found = dispute_queries.recorded_by_hand(payment_id, facts.amount_minor)
    if found is not None:
        row = disputes.locked(found)
        due = facts.evidence_due_at
        disputes.adopt(
            row,
            external_id=facts.external_id,
            reason_code=facts.reason_code,
            evidence_due_date=None if due is None else local_date(due),
        )
        dispute.told(found, action="adopt_dispute", actor=SYSTEM, at=at)
    return found


def _opened(payment: payments.PaymentRow, facts: DisputeFacts, *, at: datetime) -> UUID:
    due = facts.evidence_due_at
    row = disputes.open_dispute(
        payment,
        amount_minor=facts.amount_minor,
        took_funds=facts.took_funds,
        reason_code=facts.reason_code,
        evidence_due_date=None if due is None else local_date(due),
        external_id=facts.external_id,
        day=local_date(at),
        by=SYSTEM.label,
        at=at,
    )
    return row.id


def _followed(dispute_id: UUID, facts: DisputeFacts, *, at: datetime) -> str:
    """Take the steps that are missing between our dispute and the gateway's. Returns why not, if not."""
    row, day, by = disputes.locked(dispute_id), local_date(at), SYSTEM.label
    payment = payments.locked(row.payment_id)
    if row.kind == BANK_RETURN or row.amount_minor != facts.amount_minor:
        return "The gateway reports this dispute with another amount."
    if row.state in {WON, LOST}:
        same = facts.state in {DisputeState.OPEN, row.state}
        return "" if same else f"The gateway reports this dispute as {facts.state}; here it is {row.state}."
    if row.state == OPENED and not facts.took_funds:
        return "The gateway says that it took no money for this dispute; here it did."
    if row.state == INQUIRY and facts.took_funds:
        disputes.take_funds(row, payment, day=day, by=by, at=at)
    if facts.fee_minor:
        disputes.charge_fee(row, fee_minor=facts.fee_minor, fee_currency=facts.fee_currency, day=day, at=at)
    if facts.state == DisputeState.WON:
        disputes.win(row, payments.locked(row.payment_id), returns_fee=facts.fee_returned, day=day, by=by, at=at)
    elif facts.state == DisputeState.LOST:
        dispute.lose(dispute_id, by=by, at=at)
    return ""
