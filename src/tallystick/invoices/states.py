"""The states of an invoice (`docs/model.md`, 23): what is stored, which changes are allowed, and what people read."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict

DRAFT: Final = "draft"
ISSUED: Final = "issued"
VOID: Final = "void"

# (state, event) -> state. Everything else is refused.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (DRAFT, "issue"): ISSUED,
    (ISSUED, "void"): VOID,
}
STATES: Final = (DRAFT, ISSUED, VOID)
EVENTS: Final = ("issue", "void")


@dataclass(kw_only=True, eq=False)
class InvoiceTransitionRefused(Conflict):
    """The invoice is not in a state that allows this."""

    code: ClassVar[str] = "invoice_transition_refused"
    sentence: ClassVar[str] = "This invoice is {state}; “{event}” is not possible from there."

    invoice_id: UUID
    state: str
    event: str


def next_state(*, invoice_id: UUID, state: str, event: str) -> str:
    """This function will return the state after an event.

    Raises:
        InvoiceTransitionRefused: when the table has no such transition.
    """
    try:
        return TRANSITIONS[(state, event)]
    except KeyError:
        raise InvoiceTransitionRefused(invoice_id=invoice_id, state=state, event=event) from None


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
    """This function will return what people read: a state, or open, part_paid, overdue, paid, credited, written_off."""
    if state != ISSUED:
        return state
    if open_minor == 0:
        if written_off_minor:
            return "written_off"
        return "credited" if total_minor and credited_minor == total_minor else "paid"
    if due_date is not None and due_date < today:
        return "overdue"
    return "part_paid" if open_minor < total_minor else "open"
