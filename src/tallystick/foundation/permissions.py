"""Who acts, and whether they may. Which permissions there are is said in `usecases.roles`."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.models import ApiKey, Role, User
from tallystick.foundation.rows import fetch_one
from tallystick.foundation.transactions import needs_transaction

# A key whose maker was switched off works no more than its maker does.
_KEY = (
    "SELECT key.id, key.name, key.secret_sha256, key.permissions, key.scope_kind, key.scope_id "
    "FROM foundation_apikey AS key LEFT JOIN foundation_user AS maker ON maker.id = key.created_by_id "
    "WHERE key.prefix = %s AND key.revoked_at IS NULL AND maker.is_active IS NOT FALSE"
)
_SHOWN_OF_KEYS = ("id", "name", "prefix", "permissions", "scope_kind", "scope_id", "created_at", "revoked_at")

ActorKind = Literal["staff", "contact", "api_key", "gateway", "system"]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever asks for something: a person, a program, a gateway, or the system itself.

    `scope` narrows what the actor can see to one thing, such as ("customer", its id); None is everything.
    """

    kind: ActorKind
    id: str
    label: str
    permissions: frozenset[str]
    scope: tuple[str, UUID] | None = None

    @property
    def principal(self) -> str:
        """The name under which idempotency keys are kept: two principals never share a key."""
        return f"{self.kind}:{self.id}"

    def may(self, permission: str) -> bool:
        """This function will say whether the actor holds the permission."""
        return permission in self.permissions

    def require(self, permission: str) -> None:
        """This function will let the actor pass or refuse.

        Raises:
            NotAllowed: when the actor lacks the permission.
        """
        if not self.may(permission):
            raise NotAllowed(permission=permission)


def staff_actor(user: User) -> Actor:
    """This function will return the actor behind a signed-in member of staff: the union of the roles' permissions."""
    granted: set[str] = set()
    for permissions in Role.objects.filter(users=user).values_list("permissions", flat=True):
        granted.update(permissions)
    return Actor(kind="staff", id=str(user.id), label=user.get_full_name(), permissions=frozenset(granted))


def system_actor(label: str, permissions: frozenset[str]) -> Actor:
    """This function will return the system acting by itself, as the named job or command."""
    return Actor(kind="system", id=label, label=label, permissions=permissions)


def api_key_actor(text: str) -> Actor | None:
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
def make_api_key(
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
def revoke_api_key(key_id: UUID, *, at: datetime) -> bool:
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


def api_key(key_id: UUID) -> dict[str, Any]:
    """This function will return what may be shown of a key.

    Raises:
        NotFound: when there is none.
    """
    row: dict[str, Any] | None = ApiKey.objects.filter(id=key_id).values(*_SHOWN_OF_KEYS).first()
    if row is None:
        raise NotFound(kind="API key")
    return row


def api_keys() -> list[dict[str, Any]]:
    """This function will return what may be shown of all keys, the newest first; revoked ones stay in the list."""
    return list(ApiKey.objects.order_by("-created_at", "-id").values(*_SHOWN_OF_KEYS, "created_by__name"))


def _hash(secret: str) -> bytes:
    # A key has 256 random bits, so a plain hash is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode()).digest()
