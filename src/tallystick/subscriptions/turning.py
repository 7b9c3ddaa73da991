"""What changes because a date was reached, for all subscriptions in a few statements."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from uuid import UUID

from tallystick.foundation.rows import execute
from tallystick.foundation.transactions import needs_transaction
from tallystick.subscriptions import plans
from tallystick.subscriptions.states import ACTIVATE, CANCEL, DRAFT, END, PAUSE, RESUME, TRANSITIONS

# The statements lock the rows in the order of their ids, which is the order for everybody.
_TURN: Final = """
WITH due AS (
    SELECT id, state FROM subscriptions_subscription AS subscription
    WHERE state = ANY(%(from_states)s) AND {condition}
    AND (%(customers)s::uuid[] IS NULL OR customer_id = ANY(%(customers)s))
    ORDER BY id LIMIT %(most)s FOR NO KEY UPDATE
), turned AS (
    UPDATE subscriptions_subscription AS subscription SET {changes} FROM due WHERE subscription.id = due.id
    RETURNING subscription.id, due.state AS from_state, subscription.state AS to_state
)
INSERT INTO subscriptions_subscriptionevent (subscription_id, at, event, from_state, to_state, actor_label, detail)
SELECT id, %(at)s, %(event)s, from_state, to_state, %(by)s, '{{}}'::jsonb FROM turned ORDER BY id
"""

_STEPS: Final = (
    # A pause begins when nothing that began before it is left to bill.
    (
        PAUSE,
        _TURN.format(
            condition="paused_date <= %(as_of)s AND (next_period_start IS NULL OR next_period_start >= paused_date)",
            changes="state = 'paused'",
        ),
    ),
    (
        RESUME,
        _TURN.format(
            condition="paused_date IS NOT NULL AND resume_date <= %(as_of)s "
            "AND (end_date IS NULL OR resume_date < end_date)",
            changes="state = 'active', paused_date = NULL, resume_date = NULL, "
            "next_period_start = CASE WHEN GREATEST(next_period_start, resume_date) < COALESCE(end_date, 'infinity') "
            "AND next_period_start IS NOT NULL THEN GREATEST(next_period_start, resume_date) END",
        ),
    ),
    (
        ACTIVATE,
        _TURN.format(
            condition="billing_start_date <= %(as_of)s AND next_period_start IS NOT NULL", changes="state = 'active'"
        ),
    ),
    *(
        (
            event,
            _TURN.format(
                condition=f"end_date <= %(as_of)s AND cancelled_at {cancelled} "
                "AND (next_period_start IS NULL OR state = 'paused')",
                changes=f"state = '{state}', next_period_start = NULL",
            ),
        )
        for event, state, cancelled in ((END, "ended", "IS NULL"), (CANCEL, "cancelled", "IS NOT NULL"))
    ),
)


@needs_transaction
def turn(as_of: date, *, at: datetime, by: str, of: Iterable[UUID] | None = None, most: int = 1000) -> int:
    """This function will let every subscription follow the dates that were reached by `as_of`, each with its event.

    Pauses begin and end, trials are over, plans change at their renewal, and what has reached its end and is billed
    is ended, or cancelled when it was cancelled (`docs/model.md`, 26). At most `most` subscriptions take each step;
    returns how many were turned, so that the caller asks again until it is 0. `of` are the customers, where only theirs
    shall be.

    Whoever bills asks first. A period that begins on or after `paused_date`, or on or after the day of a change of plan
    that waits, is not billed before it was asked again: what came before must be billed for these to happen.
    """
    turned = 0
    customers = None if of is None else list(of)
    for event, statement in _STEPS:
        # A draft is cancelled by hand only: no date ends what has not begun.
        from_states = [state for state, each in TRANSITIONS if each == event and state != DRAFT]
        parameters = {"from_states": from_states, "as_of": as_of, "most": most, "at": at, "event": event, "by": by}
        turned += execute(statement, {**parameters, "customers": customers})
    return turned + plans.apply_due(as_of, at=at, by=by, of=customers, most=most)
