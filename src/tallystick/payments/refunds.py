"""Writing refunds: money back, linked to its payment; one in flight reserves its amount (`docs/model.md`, 16)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Sum

from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Invalid
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.accounts import CUSTOMER_CREDIT, SUSPENSE
from tallystick.ledger.entries import Worth
from tallystick.ledger.queries import carried_part, draft_of, entry_of, rate_on, worth_at
from tallystick.money.split import pro_rata
from tallystick.payments import disputes, operations, posting_rules, states
from tallystick.payments.models import Payment
from tallystick.payments.private_text import Description, split
from tallystick.payments.queries import timeline


@dataclass(kw_only=True, eq=False)
class RefundReasonMissing(Invalid):
    """A refund says why, in words that the customer may read: not behind `#` alone."""

    code: ClassVar[str] = "refund_reason_missing"
    sentence: ClassVar[str] = "Say why this is refunded. What stands behind # the customer does not read."
    field: ClassVar[str | None] = "reason"


def reason_of(text: str) -> Description:
    """This function will read why something is refunded: what the customer may read of it, and what only staff may.

    Raises:
        RefundReasonMissing: when no reason is given that the customer may read.
    """
    reason = split(text)
    if not reason.public:
        raise RefundReasonMissing
    return reason


@dataclass(kw_only=True, eq=False)
class RefundTooSmall(Invalid):
    """The part of what came, in another currency, is less than its smallest unit."""

    code: ClassVar[str] = "refund_too_small"
    sentence: ClassVar[str] = "This came in {came_currency}, of which so little cannot be paid back. Refund more of it."
    field: ClassVar[str | None] = "amount_minor"

    came_currency: str


@needs_transaction
def begin(payment: Payment, *, amount_minor: int, method: str, reason: Description, by: str, at: datetime) -> Payment:
    """This function will make a pending refund of unallocated money of a locked payment, and reserve its amount.

    A gateway pays back in the currency in which it took the money: of what came in another one than it is credited in,
    the part that the refund is, half up; the last one takes the rest.

    Raises:
        RefundTooSmall: when that part is nothing.
        PaymentNotCompleted: when there is no money to move.
        PaymentOverspent: when more would be refunded than is unallocated.
        PaymentDisputed: when that part of it is in dispute.
    """
    if payment.status != states.COMPLETED or payment.reversed_at is not None:
        raise operations.PaymentNotCompleted(payment_id=payment.id)
    goes: dict[str, Any] = {}
    if method == Payment.Method.GATEWAY and payment.came_minor is not None:
        goes = _part_of_what_came(payment, payment.came_minor, amount_minor)
    row = operations.create(
        kind=Payment.Kind.REFUND,
        status=states.PENDING,
        total_minor=amount_minor,
        currency=payment.currency,
        customer_id=payment.customer_id,
        method=method,
        account_id=payment.account_id if method == Payment.Method.GATEWAY else None,
        refund_of=payment,
        description=reason.public[:500],
        private_text=reason.private[:500],
        by=by,
        at=at,
        **goes,
    )
    operations.spend(payment.id, refund_reserved_minor=amount_minor)
    return row


def ordered(refund: Payment) -> tuple[int, str]:
    """This function will return what of a refund goes out: minor units, and the currency in which the money came."""
    if refund.came_minor is None:
        return refund.total_minor, refund.currency
    return refund.came_minor, refund.came_currency


@needs_transaction
def complete(refund: Payment, *, paid_date: date, by: str, at: datetime) -> None:
    """This function will complete a locked refund: what was reserved is refunded, and it posts (J27).

    Raises:
        PaymentTransitionRefused: when its status does not allow it.
        NoExchangeRate: when the currency has no rate on that day.
    """
    source = operations.locked(_source_id(refund))
    operations.move(refund, states.COMPLETE, by=by, at=at, received_date=paid_date, completed_at=at)
    holder = SUSPENSE if source.customer_id is None else CUSTOMER_CREDIT
    minor, currency = ordered(refund)
    went = worth_at(minor, currency, rate_on(currency, paid_date))
    paid_out = posting_rules.PaidOut(
        refund_id=refund.id,
        source_id=source.id,
        customer_id=source.customer_id,
        method=refund.method,
        gateway_account_id=refund.account_id,
        carried=carried_part(holder, source.id, refund.total_minor, refund.currency),
        paid=Worth(refund.total_minor, refund.currency, went.base_minor),
        went=went if currency != refund.currency else None,
    )
    ledger.post([posting_rules.refund(paid_out)], effective_date=paid_date, at=at)
    operations.spend(source.id, refund_reserved_minor=-refund.total_minor, refunded_minor=refund.total_minor)


@needs_transaction
def fail(refund: Payment, *, failure_code: str, by: str, at: datetime) -> None:
    """This function will end a locked refund that was not paid: what was reserved is free again.

    A dispute that was lost meanwhile takes of it what it could not take (J42).

    Raises:
        PaymentTransitionRefused: when its status does not allow it.
    """
    operations.move(refund, states.FAIL, by=by, at=at, failure_code=failure_code)
    operations.spend(_source_id(refund), refund_reserved_minor=-refund.total_minor)
    disputes.count(_source_id(refund))
    disputes.take_losses(_source_id(refund), day=local_date(at), by=by, at=at)


@needs_transaction
def fail_after_completion(refund: Payment, *, day: date, by: str, at: datetime, failure_code: str) -> None:
    """This function will take back a locked refund that the gateway first confirmed and then failed (J30).

    The row stays completed and is marked as reversed: a completed payment never changes its status. The money is back
    where it was taken from; if the payment was assigned or un-assigned meanwhile, it follows at once (J06, J07). A
    dispute that was lost meanwhile takes of it what it could not take (J42).

    Raises:
        PaymentNotCompleted: when it is not completed, or was taken back before.
    """
    if refund.status != states.COMPLETED or refund.reversed_at is not None:
        raise operations.PaymentNotCompleted(payment_id=refund.id)
    entry_id = entry_of(refund.id, "J27")
    if entry_id is not None:
        ledger.reverse(entry_id, rule="J30", effective_date=day, at=at)
        _follow(entry_id, operations.locked(_source_id(refund)), day=day, at=at)
    refund.reversed_at = at
    refund.failure_code = failure_code
    refund.save(update_fields=["reversed_at", "failure_code"])
    operations.note(refund, event="reverse", before=refund.status, by=by, at=at, detail={"failure_code": failure_code})
    operations.spend(_source_id(refund), refunded_minor=-refund.total_minor)
    disputes.count(_source_id(refund))
    disputes.take_losses(_source_id(refund), day=day, by=by, at=at)


@needs_transaction
def doubt(refund: Payment, *, reason: str, by: str, at: datetime) -> bool:
    """This function will tell on the timeline of a locked refund why the gateway's answer is not booked, once.

    Returns False when that was told before: whoever asks the gateway again and again gets the same answer.
    """
    told = timeline(refund.id)
    if any((each["event"], each["detail"].get("reason")) == ("doubt", reason) for each in told):
        return False
    operations.note(refund, event="doubt", before=refund.status, by=by, at=at, detail={"reason": reason})
    return True


def _part_of_what_came(payment: Payment, came_minor: int, amount_minor: int) -> dict[str, Any]:
    """What goes back of what came in another currency, as the refund keeps it, at the rate at which it came."""
    before = Payment.objects.filter(refund_of=payment, came_minor__isnull=False, reversed_at=None).exclude(
        status__in=[states.FAILED, states.CANCELLED]
    )
    gone = before.aggregate(total=Sum("total_minor"), came=Sum("came_minor"))
    came_left = came_minor - (gone["came"] or 0)
    part = pro_rata(came_left, amount_minor, payment.total_minor - (gone["total"] or 0))
    if not part:
        raise RefundTooSmall(came_currency=payment.came_currency)
    return {
        "came_minor": part,
        "came_currency": payment.came_currency,
        "came_rate": payment.came_rate,
        "came_rate_source": payment.came_rate_source,
    }


def _follow(entry_id: UUID, source: Payment, *, day: date, at: datetime) -> None:
    """Move what a refund had taken on to who has the payment now."""
    (taken,) = [line for line in draft_of(entry_id).lines if line.per == source.id]
    if taken.customer_id == source.customer_id:
        return
    moves = []
    if taken.customer_id is not None:
        moves.append(posting_rules.unassign(source.id, taken.customer_id, taken.worth))
    if source.customer_id is not None:
        moves.append(posting_rules.assign(source.id, source.customer_id, taken.worth))
    ledger.post(moves, effective_date=day, at=at)


def _source_id(refund: Payment) -> UUID:
    if refund.refund_of_id is None:
        raise AssertionError(refund.id)  # the database refuses a refund without its payment
    return refund.refund_of_id
