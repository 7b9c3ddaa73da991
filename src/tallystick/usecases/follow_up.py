"""Refunds whose outcome is not known yet: asked for, and ordered again where the gateway knows nothing of them."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import require_outside
from tallystick.gateways.port import Outcome
from tallystick.gateways.registry import open_gateway
from tallystick.payments import queries as payments
from tallystick.payments import states
from tallystick.usecases import refund, settle
from tallystick.usecases.frame import look_at_each
from tallystick.usecases.tries import ASK_EVERY
from tallystick.wire import builders


def find_out_refund(*, refund_id: UUID, at: datetime) -> None:
    """This function will ask what became of a refund and record it; one that never left is ordered now.

    Raises:
        NotFound: when there is no such refund.
    """
    require_outside("Calling a gateway")
    row = payments.payment(refund_id)
    answer = open_gateway(row["account_id"]).ask_refund(public_id(builders.REFUND_REFERENCE, refund_id))
    if answer.outcome is Outcome.NOT_PERFORMED and row["status"] == states.PENDING:
        refund.send(refund_id=refund_id, at=at)
    else:
        settle.settle_refund(refund_id=refund_id, answer=answer, at=at)


def sweep_refunds(*, at: datetime, limit: int = 100) -> int:
    """This function will find out about every refund that is not over, and return how many it looked at.

    Raises:
        ExceptionGroup: when some of them failed; all the others were looked at.
    """
    due = payments.unsettled_refunds(created_before=at - ASK_EVERY, limit=limit)
    return look_at_each(
        due, lambda each: find_out_refund(refund_id=each, at=at), trouble="Some refunds could not be settled."
    )
