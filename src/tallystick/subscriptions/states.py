"""The states of a subscription and the one table of their changes (`docs/model.md`, 26)."""

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict

DRAFT: Final = "draft"
TRIAL: Final = "trial"
ACTIVE: Final = "active"
PAUSED: Final = "paused"
SUSPENDED: Final = "suspended"
CANCELLED: Final = "cancelled"
ENDED: Final = "ended"
STATES: Final = (DRAFT, TRIAL, ACTIVE, PAUSED, SUSPENDED, CANCELLED, ENDED)

START_TRIAL: Final = "start_trial"
ACTIVATE: Final = "activate"
PAUSE: Final = "pause"
RESUME: Final = "resume"
SUSPEND: Final = "suspend"
LIFT: Final = "lift"
CANCEL: Final = "cancel"
END: Final = "end"
EVENTS: Final = (START_TRIAL, ACTIVATE, PAUSE, RESUME, SUSPEND, LIFT, CANCEL, END)

# (state, event) -> state. Everything else is refused.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (DRAFT, START_TRIAL): TRIAL,
    (DRAFT, ACTIVATE): ACTIVE,
    (DRAFT, CANCEL): CANCELLED,
    # The trial is over.
    (TRIAL, ACTIVATE): ACTIVE,
    (TRIAL, CANCEL): CANCELLED,
    (ACTIVE, PAUSE): PAUSED,
    (ACTIVE, SUSPEND): SUSPENDED,
    (ACTIVE, CANCEL): CANCELLED,
    (ACTIVE, END): ENDED,
    (PAUSED, RESUME): ACTIVE,
    (PAUSED, CANCEL): CANCELLED,
    (PAUSED, END): ENDED,
    (SUSPENDED, LIFT): ACTIVE,
    (SUSPENDED, CANCEL): CANCELLED,
    (SUSPENDED, END): ENDED,
}

# A suspended service goes on to be owed: the contract runs, and payment lifts the suspension.
BILLED: Final = (ACTIVE, SUSPENDED)


@dataclass(kw_only=True, eq=False)
class SubscriptionTransitionRefused(Conflict):
    """The subscription is not in a state that allows this."""

    code: ClassVar[str] = "subscription_transition_refused"
    sentence: ClassVar[str] = "This subscription is {state}; “{event}” is not possible from there."

    subscription_id: UUID
    state: str
    event: str


def next_state(*, subscription_id: UUID, state: str, event: str) -> str:
    """This function will return the state that an event leads to.

    Raises:
        SubscriptionTransitionRefused: when the table has no such step.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise SubscriptionTransitionRefused(subscription_id=subscription_id, state=state, event=event)
    return found
