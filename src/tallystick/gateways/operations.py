"""Writing gateway accounts and the inbox."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import needs_transaction
from tallystick.gateways.message_states import CLOSE, CLOSED, REOPEN, next_state
from tallystick.gateways.models import GatewayAccount, InboxMessage
from tallystick.gateways.port import Change, Hint, Message

# A list gives no id to a change: it is kept under its fact, apart from the ids of messages.
_LISTED = "listed:"
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
    kept = {name: value for name, value in headers.items() if name.lower() in _KEPT_HEADERS}
    row = _row(account_id, message, external_id=message.external_id, headers=kept, at=at)
    # A conflict is no error here: the database decides which of two copies was first.
    InboxMessage.objects.bulk_create([row], ignore_conflicts=True)
    stored = InboxMessage.objects.get(account_id=account_id, external_id=message.external_id)
    if stored.id == row.id:
        return row.id
    if bytes(stored.body_sha256) != row.body_sha256:
        raise MessageChanged(external_id=message.external_id)
    return None


@needs_transaction
def keep_changes(account_id: UUID, changes: Sequence[Change], *, at: datetime) -> list[UUID]:
    """This function will keep the next changes that were found by asking, and return the ids of those that are news.

    No news is a fact that a message or an earlier asking told, and whatever still waits for its customer. The account's
    mark moves on to the last of the changes: never back, and never beyond `at`, for a service whose clock ran ahead
    once would hide from us what it does until then.
    """
    # Whoever else asks keeps its finds before or after these. Payments through the account need not wait.
    account = GatewayAccount.objects.select_for_update(no_key=True).get(id=account_id)
    fresh = {change.fact: change for change in changes if not change.waits}
    told = InboxMessage.objects.filter(account_id=account_id, fact__in=list(fresh)).values_list("fact", flat=True)
    for fact in set(told):
        del fresh[fact]
    rows = [_row(account_id, each, external_id=f"{_LISTED}{fact}", headers={}, at=at) for fact, each in fresh.items()]
    InboxMessage.objects.bulk_create(rows)
    until = min(at, max(change.changed_at for change in changes))
    if account.changes_found_until is None or account.changes_found_until < until:
        account.changes_found_until = until
        account.save(update_fields=["changes_found_until"])
    return [row.id for row in rows]


def _row(account_id: UUID, hint: Hint, *, external_id: str, headers: Mapping[str, str], at: datetime) -> InboxMessage:
    return InboxMessage(
        id=new_id(),
        account_id=account_id,
        external_id=external_id,
        kind=hint.kind,
        about=hint.about.value,
        reference=hint.reference,
        fact=hint.fact,
        headers=dict(headers),
        body=hint.body,
        body_sha256=hashlib.sha256(hint.body).digest(),
        received_at=at,
    )


@needs_transaction
def mark(message_id: UUID, *, state: str, remark: str = "", at: datetime) -> None:
    """This function will say what became of a message: handled, ignored, or unmatched. What staff closed stays so."""
    rows = InboxMessage.objects.filter(id=message_id).exclude(state=CLOSED)
    rows.update(state=state, remark=remark[:300], handled_at=at)


@needs_transaction
def close(message_id: UUID, *, reason: str) -> None:
    """This function will close a message that fits nothing, for a reason.

    Raises:
        NotFound: when there is no such message.
        MessageTransitionRefused: when it does not wait for staff.
    """
    _move(message_id, CLOSE, reason=reason)


@needs_transaction
def reopen(message_id: UUID) -> None:
    """This function will let a closed message wait for staff again.

    Raises:
        NotFound: when there is no such message.
        MessageTransitionRefused: when it is not closed.
    """
    _move(message_id, REOPEN, reason="")


def _move(message_id: UUID, event: str, *, reason: str) -> None:
    row = InboxMessage.objects.select_for_update().filter(id=message_id).first()
    if row is None:
        raise NotFound(kind="gateway message")
    row.state = next_state(message_id=message_id, state=row.state, event=event)
    row.closed_reason = reason
    row.save(update_fields=["state", "closed_reason"])
