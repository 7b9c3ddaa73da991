"""The states of a message, and which changes are allowed."""

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict

QUEUED: Final = "queued"
SENT: Final = "sent"
FAILED: Final = "failed"
BOUNCED: Final = "bounced"
# It says what is true no more, which was seen before it left.
DROPPED: Final = "dropped"

# (state, event) -> state. Everything else is refused.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (QUEUED, "send"): SENT,
    (QUEUED, "give_up"): FAILED,
    (QUEUED, "bounce"): BOUNCED,
    (QUEUED, "drop"): DROPPED,
    (SENT, "bounce"): BOUNCED,
    # The last try was cut off, yet the mail had arrived.
    (FAILED, "bounce"): BOUNCED,
    (SENT, "requeue"): QUEUED,
    (FAILED, "requeue"): QUEUED,
    (BOUNCED, "requeue"): QUEUED,
}
STATES: Final = (QUEUED, SENT, FAILED, BOUNCED, DROPPED)
EVENTS: Final = ("send", "give_up", "bounce", "requeue", "drop")


@dataclass(kw_only=True, eq=False)
class MessageTransitionRefused(Conflict):
    """The message is not in a state that allows this."""

    code: ClassVar[str] = "message_transition_refused"
    sentence: ClassVar[str] = "This message is {state}; “{event}” is not possible from there."

    message_id: UUID
    state: str
    event: str


def next_state(*, message_id: UUID, state: str, event: str) -> str:
    """This function will return the state after an event.

    Raises:
        MessageTransitionRefused: when the table has no such transition.
    """
    try:
        return TRANSITIONS[(state, event)]
    except KeyError:
        raise MessageTransitionRefused(message_id=message_id, state=state, event=event) from None
