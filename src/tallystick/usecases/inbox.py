"""Messages of payment services that fit nothing: closed by staff with a reason, and opened again (S19)."""

from datetime import datetime
from typing import Final
from uuid import UUID

from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.gateways import operations, queries
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire.gateway_messages import GatewayMessageShape, message_shape

LONGEST_REASON: Final = 200


@use_case(Permission.HANDLE_INBOX)
def close_message(
    *, actor: Actor, at: datetime, message_id: UUID, reason: str, idempotency_key: str | None = None
) -> GatewayMessageShape:
    """This function will put a message that fits nothing aside, with a reason: nothing else comes of it.

    Raises:
        NotFound: when there is no such message.
        InvalidField: when the reason is empty or too long.
        MessageTransitionRefused: when the message does not wait for staff.
    """
    del idempotency_key
    require_unscoped(actor, Permission.HANDLE_INBOX)
    reason = reason.strip()
    if not 0 < len(reason) <= LONGEST_REASON:
        raise InvalidField(name="reason", reason=f"Say why, with at most {LONGEST_REASON} characters.")
    refuse_card_numbers(reason=reason)
    operations.close(message_id, reason=reason)
    return _record(actor, at, message_id, action="close_message", reason=reason)


@use_case(Permission.HANDLE_INBOX)
def reopen_message(
    *, actor: Actor, at: datetime, message_id: UUID, idempotency_key: str | None = None
) -> GatewayMessageShape:
    """This function will let a message that was closed wait for staff again.

    Raises:
        NotFound: when there is no such message.
        MessageTransitionRefused: when it is not closed.
    """
    del idempotency_key
    require_unscoped(actor, Permission.HANDLE_INBOX)
    operations.reopen(message_id)
    return _record(actor, at, message_id, action="reopen_message")


def _record(actor: Actor, at: datetime, message_id: UUID, *, action: str, **why: str) -> GatewayMessageShape:
    row = queries.message(message_id)
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="gateway_message",
        object_id=message_id,
        after={"name": row["kind"], "number": row["external_id"], "state": row["state"], **why},
    )
    return message_shape(row)
