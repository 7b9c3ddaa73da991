"""What becomes of a message, and the one table of what staff may do about it (S19)."""

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict

# Nothing has acted on it yet; it fits nothing of ours and waits for staff; staff are done with it.
STORED: Final = "stored"
UNMATCHED: Final = "unmatched"
CLOSED: Final = "closed"
# It was acted upon; it is nothing to us.
HANDLED: Final = "handled"
IGNORED: Final = "ignored"
STATES: Final = (STORED, HANDLED, IGNORED, UNMATCHED, CLOSED)
# What a list of open messages shows.
OPEN: Final = (STORED, UNMATCHED)

CLOSE: Final = "close"
REOPEN: Final = "reopen"
EVENTS: Final = (CLOSE, REOPEN)

# (state, event) -> state. What nothing has acted on yet cannot be closed: it may still be money of ours.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (UNMATCHED, CLOSE): CLOSED,
    (CLOSED, REOPEN): UNMATCHED,
}


@dataclass(kw_only=True, eq=False)
class MessageTransitionRefused(Conflict):
    """The message is not in a state that allows this."""

    code: ClassVar[str] = "message_transition_refused"
    sentence: ClassVar[str] = "This message is {state}; “{event}” is not possible from there."

    message_id: UUID
    state: str
    event: str


def next_state(*, message_id: UUID, state: str, event: str) -> str:
    """This function will return the state that an event leads to.

    Raises:
        MessageTransitionRefused: when the table has no such step.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise MessageTransitionRefused(message_id=message_id, state=state, event=event)
    return found
