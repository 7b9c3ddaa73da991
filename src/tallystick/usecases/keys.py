"""API keys: made and switched off by people; what a key may do never exceeds what its maker may.

A key is checked at the door of the API (`interfaces.api.door`), by `foundation.api_keys.actor_of`.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.customers.queries import customer_row
from tallystick.foundation import api_keys, audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import require_own, require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import CustomerId

LONGEST_NAME = 100


class ApiKeyShape(TypedDict):
    """An API key, without its secret."""

    id: Annotated[str, Field(examples=["key_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    name: str
    prefix: Annotated[str, Field(description="How the key begins, after `tsk_`.", examples=["4f1c22a09be3"])]
    permissions: Annotated[list[str], Field(examples=[["payments.record", "view"]])]
    customer: Annotated[CustomerId | None, Field(description="The one customer that the key sees; null is everybody.")]


class MadeKey(ApiKeyShape):
    """A fresh key. Its full text (`secret`) is told here and never again: no row, audit entry or log holds it."""

    secret: str


@use_case(Permission.MANAGE_API_KEYS)
def create_api_key(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    permissions: Collection[str],
    customer_id: UUID | None = None,
) -> MadeKey:
    """This function will make an API key with some of the maker's permissions, perhaps narrowed to one customer.

    There is no idempotency key: the answer holds a secret, which must not be kept.

    Raises:
        NotAllowed: when a permission is among them that the maker lacks, or the maker sees less than the key would.
        NotFound: when there is no such customer.
        InvalidField: when the name is empty or too long, or a permission does not exist.
    """
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidField(name="name", reason=f"Name the key, with at most {LONGEST_NAME} characters.")
    refuse_card_numbers(name=name)
    if unknown := sorted(set(permissions) - set(Permission)):
        raise InvalidField(name="permissions", reason=f"“{unknown[0]}” is not a permission.")
    if not permissions:
        raise InvalidField(name="permissions", reason="Choose at least one permission.")
    for permission in sorted(permissions):
        actor.require(permission)
    if customer_id is None:
        require_unscoped(actor, Permission.MANAGE_API_KEYS)
    else:
        require_own(actor, customer_id, kind="customer")
        customer_row(customer_id)
    row, text = api_keys.make(
        name=name,
        permissions=frozenset(permissions),
        created_by=UUID(actor.id) if actor.kind == "staff" else None,
        scope=None if customer_id is None else ("customer", customer_id),
        at=at,
    )
    told = api_key_shape(api_keys.key(row.id))
    audit.record(actor=actor, at=at, action="create_api_key", kind="api_key", object_id=row.id, after=told)
    return {**told, "secret": text}


@use_case(Permission.MANAGE_API_KEYS)
def revoke_api_key(*, actor: Actor, at: datetime, key_id: UUID) -> bool:
    """This function will switch an API key off for good; False when it was off already.

    Raises:
        NotFound: when there is none, or it sees more than the actor.
    """
    require_own(actor, api_keys.key(key_id)["scope_id"], kind="API key")
    revoked = api_keys.revoke(key_id, at=at)
    if revoked:
        audit.record(actor=actor, at=at, action="revoke_api_key", kind="api_key", object_id=key_id)
    return revoked


def api_key_shape(row: dict[str, Any]) -> ApiKeyShape:
    """This function will return what anybody who may see a key is told of it."""
    return {
        "id": public_id(builders.API_KEY, row["id"]),
        "name": row["name"],
        "prefix": row["prefix"],
        "permissions": sorted(row["permissions"]),
        "customer": public_id(builders.CUSTOMER, row["scope_id"]) if row["scope_kind"] == "customer" else None,
    }
