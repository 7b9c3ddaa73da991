"""Writing gateway accounts and the inbox."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from tallystick.foundation.errors import Conflict
from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import needs_transaction
from tallystick.gateways.models import GatewayAccount, InboxMessage
from tallystick.gateways.port import Message

# Headers may carry secrets of their own; these are all that is kept.
_KEPT_HEADERS = ("content-type", "user-agent")


@dataclass(kw_only=True, eq=False)
class MessageChanged(Conflict):
    """The same message id came with another body (S14): it is refused and staff are told."""

    code: ClassVar[str] = "message_changed"
    sentence: ClassVar[str] = "The message {external_id} was received before with another body."

    external_id: str


@needs_transaction
def set_up_account(*, adapter: str, name: str, configuration: Mapping[str, Any], is_live: bool, at: datetime) -> UUID:
    """This function will add an account at a payment service, or change the one with this name, and return its id."""
    row, _ = GatewayAccount.objects.update_or_create(
        name=name,
        defaults={"adapter": adapter, "configuration": dict(configuration), "is_live": is_live},
        create_defaults={
            "adapter": adapter,
            "configuration": dict(configuration),
            "is_live": is_live,
            "created_at": at,
        },
    )
    return row.id


@needs_transaction
def store(account_id: UUID, message: Message, *, headers: Mapping[str, str], at: datetime) -> UUID | None:
    """This function will keep a verified message, once; None when it was kept before.

    Raises:
        MessageChanged: when its id came before with another body.
    """
    body_sha256 = hashlib.sha256(message.body).digest()
    kept = {name: value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
    message_id = new_id()
    row = InboxMessage(
        id=message_id,
        account_id=account_id,
        external_id=message.external_id,
        kind=message.kind,
        about=message.about.value,
        reference=message.reference,
        headers=kept,
        body=message.body,
        body_sha256=body_sha256,
        received_at=at,
    )
    # A conflict is no error here: the database decides which of two copies was first.
    InboxMessage.objects.bulk_create([row], ignore_conflicts=True)
    stored = InboxMessage.objects.get(account_id=account_id, external_id=message.external_id)
    if stored.id == message_id:
        return message_id
    if bytes(stored.body_sha256) != body_sha256:
        raise MessageChanged(external_id=message.external_id)
    return None


@needs_transaction
def mark(message_id: UUID, *, state: str, remark: str = "", at: datetime) -> None:
    """This function will say what became of a message: handled, ignored, or unmatched."""
    InboxMessage.objects.filter(id=message_id).update(state=state, remark=remark[:300], handled_at=at)
