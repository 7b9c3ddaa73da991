"""Writing down what becomes of an order to a gateway: it is sent once, and what the gateway says of it is kept."""

from datetime import datetime
from typing import Final

from tallystick.foundation.transactions import needs_transaction
from tallystick.gateways.port import Answer, Outcome
from tallystick.payments.try_models import Try

# The states of a try that is over: nothing more will come of it, but a late success (`docs/model.md`, 3).
ENDED: Final = frozenset({Try.State.SUCCEEDED, Try.State.DECLINED, Try.State.NOT_PERFORMED})


@needs_transaction
def mark_sent(row: Try, *, at: datetime) -> bool:
    """This function will note that a locked order is about to leave; False when somebody else has begun to send it."""
    if row.state != Try.State.CREATED:
        return False
    row.state = Try.State.SENT
    row.sent_at = at
    row.save(update_fields=["state", "sent_at"])
    return True


@needs_transaction
def record(row: Try, answer: Answer, *, at: datetime) -> None:
    """This function will write down what the gateway said of a locked order, with all else that was set on it."""
    row.state = answer.outcome.value
    row.asked_at = at
    row.gateway_reference = answer.gateway_reference or row.gateway_reference
    row.action_url = answer.action_url if answer.outcome is Outcome.ACTION_REQUIRED else ""
    row.decline_code = answer.decline_code
    row.message = answer.message[:300]
    if row.state in ENDED:
        row.ended_at = at
    row.save()
