"""Messages from gateways: verified, stored with their job in one transaction, answered at once, handled by the job."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from tallystick.foundation import jobs
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.transactions import transaction
from tallystick.gateways import operations as gateways
from tallystick.gateways import queries
from tallystick.gateways.port import About, MessageRefused
from tallystick.gateways.registry import open_gateway
from tallystick.payments import queries as payment_queries
from tallystick.usecases import collect, settle
from tallystick.wire import builders


def receive_messages(*, account_id: UUID, headers: Mapping[str, str], body: bytes, at: datetime) -> int:
    """This function will verify raw bytes and store each message in them, once, with the job that handles it.

    Returns how many of them are new. A repeat is no error: it changes nothing.

    Raises:
        NotFound: when there is no such account.
        MessageRefused: when it is not proven to come from the service, or is of the other mode (S18).
        MessageChanged: when an id came before with another body.
    """
    row = queries.account_row(account_id)
    messages = open_gateway(account_id).read_messages(headers=headers, body=body, at=at)
    if any(message.is_live is not row.is_live for message in messages):
        raise MessageRefused(reason="it is of the other mode (live or test)")
    new = 0
    with transaction():
        for message in messages:
            message_id = gateways.store(account_id, message, headers=headers, at=at)
            if message_id is not None:
                jobs.defer("gateways.handle_message", message_id=str(message_id))
                new += 1
    return new


def handle_message(*, message_id: UUID, at: datetime) -> str:
    """This function will act on a stored message, and return what became of it: handled, ignored, or unmatched.

    A message is a hint: what it is about is asked for at the gateway. It is safe to run twice. One that fits no
    payment of ours waits in a queue that staff see.

    Raises:
        NotFound: when there is no such message.
    """
    message = queries.message(message_id)
    state, remark = "handled", ""
    try:
        if message["about"] == About.PAYMENT:
            attempt_id = parse_public_id(builders.ATTEMPT, message["reference"], kind="attempt")
            _require_account(payment_queries.attempt(attempt_id)["account_id"], message["account_id"])
            collect.ask(attempt_id=attempt_id, at=at)
        elif message["about"] == About.REFUND:
            refund_id = parse_public_id(builders.REFUND_REFERENCE, message["reference"], kind="refund")
            _require_account(payment_queries.payment(refund_id)["account_id"], message["account_id"])
            settle.ask_refund(refund_id=refund_id, at=at)
        elif message["about"] == About.DISPUTE:
            state, remark = "unmatched", "A dispute: decide what to do with it."
        else:
            state = "ignored"
    except NotFound:
        state, remark = "unmatched", "It fits no payment of ours."
    with transaction():
        gateways.mark(message_id, state=state, remark=remark, at=at)
    return state


def _require_account(ours: UUID | None, theirs: UUID) -> None:
    if ours != theirs:
        raise NotFound(kind="payment")
