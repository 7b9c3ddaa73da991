"""Writing what waits for a second person: asked once, decided once (`docs/model.md`, 32)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final, TypeAlias
from uuid import UUID

from django.db import IntegrityError

from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.transactions import needs_transaction, savepoint
from tallystick.payments.approval_models import ApprovalRequest
from tallystick.payments.models import Payment

ApprovalRow: TypeAlias = ApprovalRequest

# What a payment is like, for whoever decides about it: when any of this changes, what was asked for is out of date.
_SEEN: Final = (
    "status",
    "total_minor",
    "customer_id",
    "allocated_minor",
    "difference_minor",
    "refunded_minor",
    "refund_reserved_minor",
    "lost_minor",
    "reversed_at",
)


@dataclass(kw_only=True, eq=False)
class ApprovalWaits(Conflict):
    """Something about this payment waits for a second person already."""

    code: ClassVar[str] = "approval_waits"
    sentence: ClassVar[str] = "Something about this payment waits for a second person already. Have that decided first."

    payment_id: UUID


@dataclass(kw_only=True, eq=False)
class ApprovalDecided(Conflict):
    """Somebody decided about this already."""

    code: ClassVar[str] = "approval_decided"
    sentence: ClassVar[str] = "This was {state} already."

    state: str


@dataclass(kw_only=True, eq=False)
class OwnApproval(Conflict):
    """Nobody approves what they asked for themselves."""

    code: ClassVar[str] = "own_approval"
    sentence: ClassVar[str] = "You asked for this yourself. Somebody else has to approve it."


@dataclass(kw_only=True, eq=False)
class PaymentChangedSince(Conflict):
    """The payment is not what it was when this was asked for."""

    code: ClassVar[str] = "payment_changed_since"
    sentence: ClassVar[str] = (
        "The payment has changed since this was asked for. Decline the request, and ask anew if it is still wanted."
    )

    payment_id: UUID


def seen_of(payment: Payment) -> dict[str, Any]:
    """This function will return what a payment is like, as plain values."""
    return {name: _plain(getattr(payment, name)) for name in _SEEN}


def require_unchanged(payment: Payment, seen: dict[str, Any] | None) -> None:
    """This function will let an act go on when its locked payment is what it was when the act was asked for.

    Raises:
        PaymentChangedSince: when it is not.
    """
    if seen is not None and seen != seen_of(payment):
        raise PaymentChangedSince(payment_id=payment.id)


@needs_transaction
def ask(
    *,
    act: str,
    arguments: dict[str, Any],
    payment: Payment | None,
    customer_id: UUID | None,
    amount_minor: int,
    currency: str,
    by: str,
    label: str,
    at: datetime,
) -> UUID:
    """This function will write down that somebody asks for an act, and return the request's id.

    Raises:
        ApprovalWaits: when something about the payment waits already.
    """
    try:
        with savepoint():
            return ApprovalRequest.objects.create(
                act=act,
                arguments=arguments,
                payment=payment,
                seen=None if payment is None else seen_of(payment),
                customer_id=customer_id,
                amount_minor=amount_minor,
                currency=currency,
                asked_by=by,
                asked_label=label,
                asked_at=at,
            ).id
    except IntegrityError as error:
        told = getattr(error.__cause__, "diag", None)
        if payment is None or getattr(told, "constraint_name", "") != "one_waiting_approval_per_payment":
            raise
        raise ApprovalWaits(payment_id=payment.id) from None


@needs_transaction
def locked(request_id: UUID) -> ApprovalRequest:
    """This function will lock a request until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    row = ApprovalRequest.objects.select_for_update().filter(id=request_id).first()
    if row is None:
        raise NotFound(kind="approval request")
    return row


@needs_transaction
def approve(row: ApprovalRequest, *, result_id: UUID, by: str, label: str, at: datetime) -> None:
    """This function will write down that a second person approved a locked request, and what came of it.

    Raises:
        ApprovalDecided: when it was decided before.
        OwnApproval: when it is the person who asked.
    """
    require_waiting(row)
    if by == row.asked_by:
        raise OwnApproval
    row.state, row.result_id = "approved", result_id
    _decide(row, by=by, label=label, at=at)


@needs_transaction
def decline(row: ApprovalRequest, *, reason: str, by: str, label: str, at: datetime) -> None:
    """This function will write down that somebody declined a locked request, or that its asker took it back.

    Raises:
        ApprovalDecided: when it was decided before.
        InvalidField: when no reason is given.
    """
    require_waiting(row)
    reason = reason.strip()
    if not reason:
        raise InvalidField(name="reason", reason="Say why it is declined.")
    row.state, row.reason = "declined", reason[:500]
    _decide(row, by=by, label=label, at=at)


def require_waiting(row: ApprovalRequest) -> None:
    """This function will let pass what nobody decided about yet.

    Raises:
        ApprovalDecided: when somebody did.
    """
    if row.state != "waiting":
        raise ApprovalDecided(state=row.state)


def _decide(row: ApprovalRequest, *, by: str, label: str, at: datetime) -> None:
    row.decided_by, row.decided_label, row.decided_at = by, label, at
    row.save(update_fields=["state", "result", "reason", "decided_by", "decided_label", "decided_at"])


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    return value.hex if isinstance(value, UUID) else value
