"""The states of a dispute and the one table of their changes (`docs/model.md`, 17)."""

from dataclasses import dataclass
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict

# Decided by others, and may be won; sent back by the payer's bank, and final at once.
CHARGEBACK: Final = "chargeback"
BANK_RETURN: Final = "bank_return"
KINDS: Final = (CHARGEBACK, BANK_RETURN)

# During an inquiry no money has moved; in an opened dispute it was taken from us.
INQUIRY: Final = "inquiry"
OPENED: Final = "opened"
WON: Final = "won"
LOST: Final = "lost"
STATES: Final = (INQUIRY, OPENED, WON, LOST)
# Somebody has to answer.
OPEN: Final = (INQUIRY, OPENED)

TAKE_FUNDS: Final = "take_funds"
WIN: Final = "win"
LOSE: Final = "lose"
EVENTS: Final = (TAKE_FUNDS, WIN, LOSE)

# (state, event) -> state. Everything else is refused: what is decided stays decided.
TRANSITIONS: Final[dict[tuple[str, str], str]] = {
    (INQUIRY, TAKE_FUNDS): OPENED,
    # The inquiry ended without a dispute.
    (INQUIRY, WIN): WON,
    (OPENED, WIN): WON,
    (OPENED, LOSE): LOST,
}

# In which state each kind may be born.
BORN: Final[dict[str, frozenset[str]]] = {
    CHARGEBACK: frozenset({INQUIRY, OPENED}),
    BANK_RETURN: frozenset({LOST}),
}


@dataclass(kw_only=True, eq=False)
class DisputeTransitionRefused(Conflict):
    """The dispute is not in a state that allows this."""

    code: ClassVar[str] = "dispute_transition_refused"
    sentence: ClassVar[str] = "This dispute is {state}; “{event}” is not possible from there."

    dispute_id: UUID
    state: str
    event: str


def next_state(*, dispute_id: UUID, state: str, event: str) -> str:
    """This function will return the state that an event leads to.

    Raises:
        DisputeTransitionRefused: when the table has no such step.
    """
    found = TRANSITIONS.get((state, event))
    if found is None:
        raise DisputeTransitionRefused(dispute_id=dispute_id, state=state, event=event)
    return found
