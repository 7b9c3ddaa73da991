"""The second person above a limit (`docs/model.md`, 32; `docs/decisions/0021-second-person.md`).

Doors record, mark as paid and refund through here. What one person may do alone is done; what is above the limit, and
would be possible, becomes a request. The payment stays as it is until another person approves, and then the act is done
with both names in the trail.
"""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from typing import Any, Final, TypeGuard, cast
from uuid import UUID

from tallystick.foundation import api_keys, audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import require_outside, savepoint
from tallystick.invoices import queries as invoices
from tallystick.money.amounts import Money
from tallystick.payments import approval_queries, approvals, states
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.approvals import ApprovalRow
from tallystick.payments.exchange import Came
from tallystick.payments.posting_rules import GATEWAY
from tallystick.usecases import record, refund
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.limits import Approval, NeedsSecondPerson
from tallystick.usecases.record import Part
from tallystick.usecases.roles import Permission
from tallystick.wire.approvals import ApprovalShape, approval_shape, one_approval
from tallystick.wire.ids import payment_id_of
from tallystick.wire.shapes import PaymentShape

RECORD: Final = "record"
MARK_PAID: Final = "mark_paid"
REFUND: Final = "refund"
# What whoever decides about an act must be able to do alone.
NEEDS: Final = {
    RECORD: Permission.COMPLETE_PAYMENTS,
    MARK_PAID: Permission.COMPLETE_PAYMENTS,
    REFUND: Permission.REFUND_PAYMENTS,
}

Answer = PaymentShape | ApprovalShape


def waits(answer: Mapping[str, object]) -> TypeGuard[ApprovalShape]:
    """This function will say whether an act waits for a second person."""
    return "asked_at" in answer


@use_case(Permission.RECORD_PAYMENTS)
def record_payment(*, actor: Actor, at: datetime, idempotency_key: str | None = None, **told: Any) -> Answer:
    """This function will record a payment as `record.record_payment` says, or ask a second person.

    Raises:
        ExpectedError: as it says there.
    """
    del idempotency_key
    try:
        with savepoint():
            return record.record_payment(actor=actor, at=at, **told)
    except NeedsSecondPerson as needed:
        # It came when it was asked for, not when somebody gets round to approving it.
        told["received_date"] = told.get("received_date") or local_date(at)
        told["total_minor"] = needed.amount.minor
        return _ask(actor, at, RECORD, told, amount=needed.amount, payment=None, customer_id=_payer_of(told))


@use_case(Permission.COMPLETE_PAYMENTS)
def mark_paid(
    *, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None, **told: Any
) -> Answer:
    """This function will complete a payment as `record.mark_paid` says, or ask a second person.

    Raises:
        ApprovalWaits: when a second person was asked already.
        ExpectedError: as it says there.
    """
    del idempotency_key
    try:
        with savepoint():
            return record.mark_paid(actor=actor, at=at, payment_id=payment_id, **told)
    except NeedsSecondPerson as needed:
        payment = payments.locked(payment_id)
        # What came in another currency is credited as it was worth when somebody asked.
        told["total_minor"] = needed.amount.minor
        return _ask(actor, at, MARK_PAID, told, amount=needed.amount, payment=payment, customer_id=payment.customer_id)


def refund_payment(*, actor: Actor, at: datetime, idempotency_key: str | None = None, **told: Any) -> Answer:
    """This function will refund a payment as `refund.refund_payment` says, or ask a second person.

    What waits reserves nothing: when it is approved, the money must still be there.

    Raises:
        ApprovalWaits: when a second person was asked already.
        ExpectedError: as it says there.
    """
    require_outside("Calling a gateway")
    answer = start(actor=actor, at=at, idempotency_key=idempotency_key, **told)
    if waits(answer):
        return answer
    return refund.finish(answer, actor=actor, at=at, idempotency_key=idempotency_key)


@use_case(Permission.REFUND_PAYMENTS)
def start(
    *, actor: Actor, at: datetime, payment_id: UUID, idempotency_key: str | None = None, **told: Any
) -> Mapping[str, object]:
    """This function will begin a refund, or ask a second person."""
    del idempotency_key
    try:
        with savepoint():
            return cast("Mapping[str, object]", refund.start(actor=actor, at=at, payment_id=payment_id, **told))
    except NeedsSecondPerson as needed:
        payment = payments.locked(payment_id)
        asked = _ask(actor, at, REFUND, told, amount=needed.amount, payment=payment, customer_id=payment.customer_id)
        return cast("Mapping[str, object]", asked)


def approve(*, actor: Actor, at: datetime, approval_id: UUID, idempotency_key: str | None = None) -> ApprovalShape:
    """This function will approve what somebody else asked for, and do it.

    Needs `view` and the permission for the act itself: the actor does it, at the word of whoever asked.

    Raises:
        NotAllowed, NotFound: when the actor may not, or there is no such request.
        ApprovalDecided: when somebody decided before.
        OwnApproval: when the actor, or whoever made the actor's key, asked for it.
        PaymentChangedSince: when the payment is not what it was.
        ExpectedError: as the act says, when it is not possible any more; then it still waits, and can be declined.
    """
    require_outside("Calling a gateway")
    shape = _approve(actor=actor, at=at, approval_id=approval_id, idempotency_key=idempotency_key)
    if shape["act"] == REFUND and shape["result"] is not None:
        row = payment_queries.payment(payment_id_of(shape["result"]))
        if (row["status"], row["method"]) == (states.PENDING, GATEWAY):
            refund.send(refund_id=row["id"], at=at)
    return shape


@use_case(Permission.VIEW)
def _approve(*, actor: Actor, at: datetime, approval_id: UUID, idempotency_key: str | None) -> ApprovalShape:
    del idempotency_key
    row = _reached(actor, approval_id)
    approvals.require_waiting(row)
    person = person_of(actor)
    if person == row.asked_by:
        raise approvals.OwnApproval
    result_id = _DOES[row.act](row, actor, at)
    approvals.approve(row, result_id=result_id, by=person, label=actor.label, at=at)
    return _told(row, actor, at, "approve")


@use_case(Permission.VIEW)
def decline(
    *, actor: Actor, at: datetime, approval_id: UUID, reason: str, idempotency_key: str | None = None
) -> ApprovalShape:
    """This function will decline what somebody asked for, with a reason; whoever asked takes it back like that.

    Raises:
        NotAllowed, NotFound: when the actor may not, or there is no such request.
        ApprovalDecided: when somebody decided before.
        InvalidField: when no reason is given.
    """
    del idempotency_key
    refuse_card_numbers(reason=reason)
    row = _reached(actor, approval_id)
    approvals.decline(row, reason=reason, by=person_of(actor), label=actor.label, at=at)
    return _told(row, actor, at, "decline")


def person_of(actor: Actor) -> str:
    """This function will return the person behind an actor: a key counts as whoever made it.

    So nobody approves with a key what they asked for themselves, or the other way round.
    """
    maker = api_keys.maker_of(UUID(actor.id)) if actor.kind == "api_key" else None
    return actor.principal if maker is None else f"staff:{maker}"


def _reached(actor: Actor, approval_id: UUID) -> ApprovalRow:
    row = approvals.locked(approval_id)
    require_own(actor, row.customer_id, kind="approval request")
    actor.require(NEEDS[row.act])
    return row


def _ask(actor: Actor, at: datetime, act: str, told: dict[str, Any], /, amount: Money, **about: Any) -> ApprovalShape:
    request_id = approvals.ask(
        act=act,
        arguments=_written(told),
        amount_minor=amount.minor,
        currency=amount.currency,
        by=person_of(actor),
        label=actor.label,
        at=at,
        **about,
    )
    shape = one_approval(request_id)
    audit.record(actor=actor, at=at, action="ask_approval", kind="approval", object_id=request_id, after=shape)
    jobs.defer("mail.approval_waits", approval_id=str(request_id))
    return shape


def _told(row: ApprovalRow, actor: Actor, at: datetime, action: str) -> ApprovalShape:
    shape = approval_shape(approval_queries.approval(row.id))
    before = {"state": "waiting"}
    after = {**shape, "asked_by": row.asked_label}
    audit.record(actor=actor, at=at, action=action, kind="approval", object_id=row.id, before=before, after=after)
    return shape


def _payer_of(told: Mapping[str, Any]) -> UUID | None:
    """Whose money it is: the customer who was named, or the one of the invoice that was named."""
    payer: UUID | None = told.get("customer_id")
    if payer is None and told.get("parts"):
        payer = invoices.invoice(told["parts"][0].invoice_id)["customer_id"]
    if payer is None and (number := told.get("invoice_number", "").strip()):
        found = invoices.by_number(number)
        payer = found["customer_id"] if found else None
    return payer


def _written(told: Mapping[str, Any]) -> dict[str, Any]:
    """What was asked with, as JSON keeps it."""
    return {name: _plain(value) for name, value in told.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, (Part, Came)):
        return {name: _plain(each) for name, each in asdict(value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, date):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value


def _read(row: ApprovalRow) -> dict[str, Any]:
    """What was asked with, as the acts take it."""
    told = dict(row.arguments)
    if told.get("received_date"):
        told["received_date"] = date.fromisoformat(told["received_date"])
    if told.get("customer_id"):
        told["customer_id"] = UUID(hex=told["customer_id"])
    if told.get("came"):
        told["came"] = Came(**told["came"])
    if "parts" in told:
        told["parts"] = [
            Part(invoice_id=UUID(hex=part["invoice_id"]), amount_minor=part["amount_minor"]) for part in told["parts"]
        ]
    return told


def _approval(row: ApprovalRow) -> Approval:
    return Approval(asked_by=row.asked_label, seen=row.seen)


def _record(row: ApprovalRow, actor: Actor, at: datetime) -> UUID:
    return payment_id_of(record.record_payment(actor=actor, at=at, approval=_approval(row), **_read(row))["id"])


def _mark_paid(row: ApprovalRow, actor: Actor, at: datetime) -> UUID:
    told = record.mark_paid(
        actor=actor, at=at, payment_id=cast("UUID", row.payment_id), approval=_approval(row), **_read(row)
    )
    return payment_id_of(told["id"])


def _refund(row: ApprovalRow, actor: Actor, at: datetime) -> UUID:
    started = refund.start(
        actor=actor, at=at, payment_id=cast("UUID", row.payment_id), approval=_approval(row), **_read(row)
    )
    return UUID(hex=started["refund_id"])


_DOES: Final[dict[str, Callable[[ApprovalRow, Actor, datetime], UUID]]] = {
    RECORD: _record,
    MARK_PAID: _mark_paid,
    REFUND: _refund,
}
