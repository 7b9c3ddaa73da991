"""Money back to the payer (E42, `docs/model.md`, 16). Which permission a refund needs is said at `refund_payment`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, TypedDict, cast
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.allocations.queries import standing_allocations
from tallystick.foundation import audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import require_outside
from tallystick.gateways.port import RefundOrder
from tallystick.gateways.registry import open_gateway
from tallystick.invoices import credit_notes
from tallystick.invoices import operations as invoices
from tallystick.invoices.states import TOPUP
from tallystick.payments import approvals, refunds, states
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.posting_rules import GATEWAY, MONEY_IN
from tallystick.usecases import placing, settle
from tallystick.usecases.frame import final_answer, require_own, use_case
from tallystick.usecases.limits import REFUNDING_ABOVE, Approval, is_above, refund_limit, require_second_person
from tallystick.usecases.roles import Permission
from tallystick.usecases.tries import ASK_EVERY
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape


@dataclass(kw_only=True, eq=False)
class NothingToRefundFrom(Conflict):
    """The allocated part cannot be freed as far as the refund needs, or is in dispute."""

    code: ClassVar[str] = "nothing_to_refund_from"
    sentence: ClassVar[str] = "Only {left_minor} of this payment can still be refunded."
    field: ClassVar[str | None] = "amount_minor"

    payment_id: UUID
    left_minor: int
    currency: str


class Started(TypedDict):
    """What the first transaction leaves behind: the refund, reserved and not yet sent."""

    refund_id: str
    through_gateway: bool


def refund_payment(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    amount_minor: int,
    reason: str,
    still_owed: bool = False,
    method: str = GATEWAY,
    idempotency_key: str | None = None,
) -> PaymentShape:
    """This function will refund a payment, in full or in part, with a reason, and return the refund.

    What stands behind `#` in the reason is private text of the refund: the customer, the credit note and the gateway
    are told the rest (`docs/model.md`, 11).

    Unallocated money goes first. For allocated money `still_owed` decides: yes (paid twice, wrong payer), and the
    allocation is released and the invoice opens (J29); no (charged wrongly, cancelled, early return, service failure),
    and a credit note for that part, with its tax, is issued and the credit paid out (J28). A top-up is taken back
    either way, while nothing of it is spent (J17): its request is open again, and owed by nobody. Money that came
    through a gateway goes back through it, in the currency in which it came, unless it is paid by hand (`method`).

    Needs the permission `payments.refund`; above the limit of the business also `payments.refund_above_limit`.

    Raises:
        NotAllowed, NotFound: when the actor may not, or there is no such payment.
        NothingToRefundFrom, PaymentNotCompleted, TopupSpent, RefundReasonMissing, InvalidField: as the names say.
        RefundTooSmall: when it came in another currency, of which this would be nothing.
        NeedsSecondPerson: when it would be possible, and is above what one person refunds (`usecases.approve`).
    """
    require_outside("Calling a gateway")
    answer: Mapping[str, object] = start(
        actor=actor,
        at=at,
        payment_id=payment_id,
        amount_minor=amount_minor,
        reason=reason,
        still_owed=still_owed,
        method=method,
        idempotency_key=idempotency_key,
    )
    return finish(answer, actor=actor, at=at, idempotency_key=idempotency_key)


def finish(answer: Mapping[str, object], *, actor: Actor, at: datetime, idempotency_key: str | None) -> PaymentShape:
    """This function will send a refund that was started, if a gateway pays it, and return it.

    What is no start of one was an answer of before, and is returned as it is.
    """
    if "refund_id" not in answer:
        return cast("PaymentShape", answer)
    refund_id = UUID(hex=str(answer["refund_id"]))
    if answer["through_gateway"]:
        send(refund_id=refund_id, at=at)
    shape = builders.one_payment(refund_id)
    return final_answer(answer, shape, actor=actor, idempotency_key=idempotency_key)


def send(*, refund_id: UUID, at: datetime) -> None:
    """This function will order a refund at its gateway and record the outcome.

    A repeat is safe: the gateway knows the order by our reference.
    """
    require_outside("Calling a gateway")
    refund = payment_queries.payment(refund_id)
    source = payment_queries.payment(refund["refund_of_id"])
    paid = [each for each in payment_queries.attempts(source["id"]) if each["state"] == "succeeded"]
    order = RefundOrder(
        reference=public_id(builders.REFUND_REFERENCE, refund_id),
        gateway_reference=paid[-1]["gateway_reference"],
        amount_minor=refund["total_minor"] if refund["came_minor"] is None else refund["came_minor"],
        currency=refund["came_currency"] or refund["currency"],
        reason=refund["description"],
    )
    settle.settle_refund(refund_id=refund_id, answer=open_gateway(refund["account_id"]).refund(order), at=at)


@use_case(Permission.REFUND_PAYMENTS)
def start(
    *,
    actor: Actor,
    at: datetime,
    payment_id: UUID,
    amount_minor: int,
    reason: str,
    still_owed: bool = False,
    method: str = GATEWAY,
    approval: Approval | None = None,
    idempotency_key: str | None = None,
) -> Started:
    """This function will make a refund that reserves its amount, as `refund_payment` says; nothing is sent yet.

    Raises:
        PaymentChangedSince: when it was approved, and the payment is not what it was when somebody asked.
    """
    del idempotency_key
    row = _checked(actor, at, payment_id, amount_minor=amount_minor, reason=reason, method=method)
    said = refunds.reason_of(reason)
    invoices.locked_many(sorted({each["invoice_id"] for each in standing_allocations(payment_id)}))
    payment = payments.locked(payment_id)
    approvals.require_unchanged(payment, None if approval is None else approval.seen)
    # Read under the locks: another refund or a release may have been faster.
    parts = standing_allocations(payment_id)
    if method == GATEWAY and payment.method != GATEWAY:
        raise InvalidField(name="method", reason="This money did not come through a gateway. Say how it is paid back.")
    if amount_minor <= 0:
        raise payments.AmountNotAccepted
    missing = amount_minor - payment.unallocated_minor
    left = payment.unallocated_minor + sum(part["amount_minor"] for part in parts) - payment.disputed_minor
    if amount_minor > left:
        raise NothingToRefundFrom(payment_id=payment_id, left_minor=left, currency=payment.currency)
    # The newest allocation is undone first.
    for part in reversed(parts):
        taken = min(missing, part["amount_minor"])
        if taken > 0:
            _free(part, taken, still_owed=still_owed, reason=said.public, actor=actor, at=at)
            missing -= taken
    refund = refunds.begin(
        payments.locked(payment_id), amount_minor=amount_minor, method=method, reason=said, by=actor.label, at=at
    )
    if method == GATEWAY:
        # Should we die before the gateway is called, this sends it, or finds out what happened.
        jobs.defer("payments.ask_refund", refund_id=str(refund.id), schedule_at=at + ASK_EVERY)
    else:
        refunds.complete(refund, paid_date=local_date(at), by=actor.label, at=at)
        jobs.defer("mail.refund", payment_id=str(refund.id))
    told = {"refund": public_id(builders.PAYMENT, refund.id), "amount_minor": amount_minor, "reason": said.public}
    if said.private:
        told["private_text"] = said.private
    require_second_person(actor, REFUNDING_ABOVE, amount_minor, row["currency"], local_date(at), approval=approval)
    if approval is not None:
        told["asked_by"] = approval.asked_by
    audit.record(actor=actor, at=at, action="refund_payment", kind="payment", object_id=payment_id, after=told)
    return {"refund_id": refund.id.hex, "through_gateway": method == GATEWAY}


def _checked(
    actor: Actor, at: datetime, payment_id: UUID, *, amount_minor: int, reason: str, method: str
) -> dict[str, Any]:
    """The payment as it was before the locks, if the actor may refund so much of it, and it is of a kind for that."""
    refuse_card_numbers(reason=reason)
    row = payment_queries.payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    if is_above(refund_limit(), amount_minor, row["currency"], local_date(at)):
        actor.require(Permission.REFUND_ABOVE_LIMIT)
    if row["kind"] in {states.REFUND, states.CHARGE, states.VOUCHER}:
        raise InvalidField(name="payment", reason="Only money that was received can be refunded.")
    if method not in MONEY_IN:
        raise InvalidField(name="method", reason=f"A refund is paid by one of: {', '.join(sorted(MONEY_IN))}.")
    return row


def _free(
    part: dict[str, Any], amount_minor: int, *, still_owed: bool, reason: str, actor: Actor, at: datetime
) -> None:
    """Take an amount out of an allocation; unless it is still owed, a credit note takes its place (J28, J29).

    A top-up was never owed: nothing takes its place.
    """
    day, by, invoice_id = local_date(at), actor.label, part["invoice_id"]
    placing.release(part["id"], day=day, by=by, at=at)
    rest = part["amount_minor"] - amount_minor
    if rest:
        placing.allocate(invoice_id=invoice_id, amount_minor=rest, payment_id=part["payment_id"], day=day, by=by, at=at)
    if not still_owed and invoices.locked(invoice_id).kind != TOPUP:
        note_id = credit_notes.issue(
            invoice_id, gross_by_line=None, gross_minor=amount_minor, reason=reason, day=day, at=at
        )
        allocations.allocate(
            invoice_id=invoice_id, amount_minor=amount_minor, credit_note_id=note_id, day=day, by=by, at=at
        )
        jobs.defer("mail.credit_note", credit_note_id=str(note_id))
