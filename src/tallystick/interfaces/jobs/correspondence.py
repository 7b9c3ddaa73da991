"""Mail leaves here: one job hands over one message."""

from uuid import UUID

import structlog

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases.deliver import Happened, deliver_message

log = structlog.get_logger()


@job("correspondence.deliver")
def deliver(message_id: str) -> None:
    """This function will try once to hand the message over; the next try, if one is needed, is a job of its own."""
    delivered = deliver_message(message_id=UUID(message_id), at=clock.now())
    if delivered.happened in (Happened.GIVEN_UP, Happened.BOUNCED):
        log.warning("message.not_delivered", message_id=message_id, happened=delivered.happened)
