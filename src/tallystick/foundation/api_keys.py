"""API keys: who acts by one, making and revoking them, and what may be shown. Only the hash of a key is kept."""

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.foundation.errors import NotFound
from tallystick.foundation.models import ApiKey
from tallystick.foundation.permissions import Actor
from tallystick.foundation.rows import fetch_one
from tallystick.foundation.transactions import needs_transaction

# A key whose maker was switched off works no more than its maker does.
_KEY = (
    "SELECT key.id, key.name, key.secret_sha256, key.permissions, key.scope_kind, key.scope_id "
    "FROM foundation_apikey AS key LEFT JOIN foundation_user AS maker ON maker.id = key.created_by_id "
    "WHERE key.prefix = %s AND key.revoked_at IS NULL AND maker.is_active IS NOT FALSE"
)
_SHOWN = ("id", "name", "prefix", "permissions", "scope_kind", "scope_id", "created_at", "revoked_at")


def actor_of(text: str) -> Actor | None:
    """This function will return the actor behind an API key (`tsk_<prefix>_<secret>`), or None for no valid key."""
    start, _, rest = text.partition("_")
    prefix, _, secret = rest.partition("_")
    if start != "tsk" or not prefix.isalnum() or not secret:
        return None
    row = fetch_one(_KEY, [prefix])
    # The hash of a missing key is compared too, so that time tells nothing about which prefixes exist.
    stored = bytes(row["secret_sha256"]) if row else bytes(32)
    if not hmac.compare_digest(_hash(secret), stored) or row is None:
        return None
    scope = (row["scope_kind"], row["scope_id"]) if row["scope_id"] is not None else None
    permissions = frozenset(row["permissions"])
    return Actor(kind="api_key", id=str(row["id"]), label=row["name"], permissions=permissions, scope=scope)


@needs_transaction
def make(
    *,
    name: str,
    permissions: frozenset[str],
    created_by: UUID | None,
    at: datetime,
    scope: tuple[str, UUID] | None = None,
) -> tuple[ApiKey, str]:
    """This function will create a key and return it with its full text, which is shown once and never again."""
    prefix, secret = secrets.token_hex(6), secrets.token_urlsafe(32)
    row = ApiKey.objects.create(
        name=name,
        prefix=prefix,
        secret_sha256=_hash(secret),
        permissions=sorted(permissions),
        scope_kind=scope[0] if scope else "",
        scope_id=scope[1] if scope else None,
        created_by_id=created_by,
        created_at=at,
    )
    return row, f"tsk_{prefix}_{secret}"


@needs_transaction
def revoke(key_id: UUID, *, at: datetime) -> bool:
    """This function will switch a key off for good; False when it was off already.

    Raises:
        NotFound: when there is none.
    """
    row = ApiKey.objects.select_for_update().filter(id=key_id).first()
    if row is None:
        raise NotFound(kind="API key")
    if row.revoked_at is not None:
        return False
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    return True


def key(key_id: UUID) -> dict[str, Any]:
    """This function will return what may be shown of a key.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = ApiKey.objects.filter(id=key_id).values(*_SHOWN).first()
    if row is None:
        raise NotFound(kind="API key")
    return row


def maker_of(key_id: UUID) -> UUID | None:
    """This function will return who made a key; None when that was nobody who works here."""
    return ApiKey.objects.filter(id=key_id).values_list("created_by_id", flat=True).first()


def all_keys() -> list[dict[str, Any]]:
    """This function will return what may be shown of all keys, the newest first; revoked ones stay in the list."""
    return list(ApiKey.objects.order_by("-created_at", "-id").values(*_SHOWN, "created_by__name"))


def _hash(secret: str) -> bytes:
    # A key has 256 random bits, so a plain hash is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode()).digest()
