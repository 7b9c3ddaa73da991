"""The states of an invoice and of a top-up request (`docs/model.md`, 20 and 23): what is stored, which changes are
allowed, and what people read.
"""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict

INVOICE: Final = "invoice"
TOPUP: Final = "topup"

DRAFT: Final = "draft"
ISSUED: Final = "issued"
SENT: Final = "sent"
VOID: Final = "void"

# For each kind (state, event) -> state. Everything else is refused.
TRANSITIONS: Final[dict[str, dict[tuple[str, str], str]]] = {
    INVOICE: {(DRAFT, "issue"): ISSUED, (ISSUED, "void"): VOID},
    TOPUP: {(DRAFT, "send"): SENT, (SENT, "void"): VOID},
}
STATES: Final = (DRAFT, ISSUED, SENT, VOID)
EVENTS: Final = ("issue", "send", "void")
# What can be paid, each kind in its own state.
PAYABLE: Final = frozenset({ISSUED, SENT})


@dataclass(kw_only=True, eq=False)
class InvoiceTransitionRefused(Conflict):
    """The invoice is not in a state that allows this."""

    code: ClassVar[str] = "invoice_transition_refused"
    sentence: ClassVar[str] = "{named} is {state}; “{event}” is not possible from there."

    invoice_id: UUID
    state: str
    event: str
    named: str = "This invoice"


def next_state(*, invoice_id: UUID, state: str, event: str, kind: str = INVOICE) -> str:
    """This function will return the state after an event.

    Raises:
        InvoiceTransitionRefused: when the table has no such transition.
    """
    try:
        return TRANSITIONS[kind][(state, event)]
    except KeyError:
        named = "This top-up request" if kind == TOPUP else "This invoice"
        raise InvoiceTransitionRefused(invoice_id=invoice_id, state=state, event=event, named=named) from None


def display_state(
    *,
    state: str,
    total_minor: int,
    open_minor: int,
    credited_minor: int,
    written_off_minor: int,
    due_date: date | None,
    today: date,
) -> str:
    """This function will return what people read: a state, or open, part_paid, overdue, paid, credited, written_off.

    Of a top-up request that is sent: part_provisioned, provisioned.
    """
    if state == SENT and open_minor < total_minor:
        return "part_provisioned" if open_minor else "provisioned"
    if state != ISSUED:
        return state
    if open_minor == 0:
        if written_off_minor:
            return "written_off"
        return "credited" if total_minor and credited_minor == total_minor else "paid"
    if due_date is not None and due_date < today:
        return "overdue"
    return "part_paid" if open_minor < total_minor else "open"
