"""The statuses of a payment and the one table of their changes (`docs/model.md`, 3). Where a failed payment may still
complete (Mark as Paid, or a late success at the gateway) is said here and nowhere else.
"""

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict

SCHEDULED: Final = "scheduled"
RECEIPT: Final = "receipt"
VOUCHER: Final = "voucher"
CHARGE: Final = "charge"
REFUND: Final = "refund"
KINDS: Final = (SCHEDULED, RECEIPT, VOUCHER, CHARGE, REFUND)

PENDING: Final = "pending"
PROCESSING: Final = "processing"
COMPLETED: Final = "completed"
FAILED: Final = "failed"
CANCELLED: Final = "cancelled"
STATUSES: Final = (PENDING, PROCESSING, COMPLETED, FAILED, CANCELLED)
# What is not decided yet; anything else is settled.
UNSETTLED: Final = (PENDING, PROCESSING)

START: Final = "start"
COMPLETE: Final = "complete"
FAIL: Final = "fail"
CANCEL: Final = "cancel"
EVENTS: Final = (START, COMPLETE, FAIL, CANCEL)

# (status, event) -> status. Everything else is refused.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (PENDING, START): PROCESSING,
    (PENDING, COMPLETE): COMPLETED,
    (PENDING, FAIL): FAILED,
    (PENDING, CANCEL): CANCELLED,
    # From processing a payment moves only when the gateway confirms.
    (PROCESSING, COMPLETE): COMPLETED,
    (PROCESSING, FAIL): FAILED,
    (PROCESSING, CANCEL): CANCELLED,
    # Retry; Mark as Paid or a late success; given up.
    (FAILED, START): PROCESSING,
    (FAILED, COMPLETE): COMPLETED,
    (FAILED, CANCEL): CANCELLED,
}

# In which status each kind may be born.
BORN: Final[dict[str, frozenset[str]]] = {
    SCHEDULED: frozenset({PENDING}),
    RECEIPT: frozenset({PENDING, COMPLETED, CANCELLED}),
    VOUCHER: frozenset({COMPLETED}),
    CHARGE: frozenset({COMPLETED}),
    REFUND: frozenset({PENDING}),
}

LIVE: Final = (PENDING, PROCESSING, FAILED)


@dataclass(kw_only=True, eq=False)
class PaymentTransitionRefused(Conflict):
    """The payment is not in a status that allows this."""

    code: ClassVar[str] = "payment_transition_refused"
    sentence: ClassVar[str] = "This payment is {status}; “{event}” is not possible from there."

    payment_id: UUID
    status: str
    event: str


@dataclass(kw_only=True, eq=False)
class PaymentBirthRefused(Conflict):
    """A payment of this kind cannot begin in this status."""

    code: ClassVar[str] = "payment_birth_refused"
    sentence: ClassVar[str] = "A {kind} cannot begin as {status}."
    field: ClassVar[str | None] = "status"

    kind: str
    status: str


def next_status(*, payment_id: UUID, status: str, event: str) -> str:
    """This function will return the status after an event.

    Raises:
        PaymentTransitionRefused: when the table has no such transition.
    """
    try:
        return TRANSITIONS[(status, event)]
    except KeyError:
        raise PaymentTransitionRefused(payment_id=payment_id, status=status, event=event) from None


def require_birth(*, kind: str, status: str) -> None:
    """This function will refuse a status in which payments of this kind are not born.

    Raises:
        PaymentBirthRefused: when it is not one of them.
    """
    if status not in BORN[kind]:
        raise PaymentBirthRefused(kind=kind, status=status)
