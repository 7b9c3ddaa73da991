"""Reading gateway accounts and the inbox. Configurations hold secrets and are read by the registry alone."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch
from tallystick.gateways.models import GatewayAccount, InboxMessage

_FIELDS = ("id", "adapter", "name", "is_live", "enabled", "created_at", "changes_found_until")
_ALL = f"SELECT {', '.join(_FIELDS)} FROM gateways_gatewayaccount ORDER BY name"  # noqa: S608 - our own columns
_ENABLED = _ALL.replace("ORDER BY", "WHERE enabled ORDER BY")
_MESSAGE_FIELDS = (
    *("id", "account_id", "account__name", "external_id", "kind", "about", "reference", "received_at", "state"),
    *("handled_at", "remark", "closed_reason"),
)


def account_row(account_id: UUID) -> GatewayAccount:
    """This function will return an account with its configuration.

    Raises:
        NotFound: when there is none.
    """
    row = GatewayAccount.objects.filter(id=account_id).first()
    if row is None:
        raise NotFound(kind="gateway account")
    return row


def accounts(*, enabled_only: bool = False) -> list[dict[str, Any]]:
    """This function will return the accounts without their secrets, by name."""
    return fetch(_ENABLED if enabled_only else _ALL, [])


def enabled_rows() -> list[GatewayAccount]:
    """This function will return the enabled accounts with their configurations, by name."""
    return list(GatewayAccount.objects.filter(enabled=True).order_by("name"))


def account(account_id: UUID) -> dict[str, Any]:
    """This function will return an account without its secrets.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = GatewayAccount.objects.filter(id=account_id).values(*_FIELDS).first()
    if row is None:
        raise NotFound(kind="gateway account")
    return row


def account_named(name: str) -> dict[str, Any] | None:
    """This function will return the account that people call by a name, or None."""
    row: dict[str, Any] | None = GatewayAccount.objects.filter(name=name).values(*_FIELDS).first()
    return row


def message(message_id: UUID) -> dict[str, Any]:
    """This function will return a stored message.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = InboxMessage.objects.filter(id=message_id).values(*_MESSAGE_FIELDS).first()
    if row is None:
        raise NotFound(kind="message")
    return row


def forgotten_messages(account_id: UUID, *, received_before: datetime, limit: int) -> list[UUID]:
    """This function will return messages of an account that nothing has acted on since a moment, oldest first."""
    rows = InboxMessage.objects.filter(account_id=account_id, state="stored", received_at__lt=received_before)
    return list(rows.order_by("received_at").values_list("id", flat=True)[:limit])


def messages_page(*, states: Collection[str], cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of the messages in some states, the oldest first.

    Open and closed ones stand in an index each; of the others there are as many as there are payments.
    """
    rows = InboxMessage.objects.filter(state__in=list(states))
    return page(rows.values(*_MESSAGE_FIELDS), order=("received_at", "id"), cursor=cursor, limit=limit)
