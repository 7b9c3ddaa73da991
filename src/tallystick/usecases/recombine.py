"""Roles, recombined by those who manage staff (`docs/model.md`, 32; `docs/decisions/0016-roles.md`)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final
from uuid import UUID

from tallystick.foundation import audit, roles
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import InvalidField, NotAllowed
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire.staff import RoleShape, role_shape

LONGEST_NAME: Final = 60


@dataclass(kw_only=True, eq=False)
class MoreThanHeld(NotAllowed):
    """It gives somebody, or takes from somebody, a permission that the actor does not have."""

    code: ClassVar[str] = "more_than_held"
    sentence: ClassVar[str] = "This gives or takes the permission “{permission}”, which you do not have yourself."


@use_case(Permission.MANAGE_STAFF)
def create_role(
    *, actor: Actor, at: datetime, name: str, permissions: Collection[str], idempotency_key: str | None = None
) -> RoleShape:
    """This function will add a role that nobody has yet.

    Raises:
        MoreThanHeld: when the actor lacks one of the permissions.
        InvalidField: when the name is empty or too long, or a permission does not exist.
        RoleNameTaken: when there is a role of this name.
    """
    del idempotency_key
    require_unscoped(actor, Permission.MANAGE_STAFF)
    name = _checked(name, permissions)
    require_held(actor, permissions)
    role_id = roles.create(name=name, permissions=permissions)
    told = role_shape(roles.role(role_id))
    audit.record(actor=actor, at=at, action="create_role", kind="role", object_id=role_id, after=_facts(told))
    return told


@use_case(Permission.MANAGE_STAFF)
def change_role(
    *,
    actor: Actor,
    at: datetime,
    role_id: UUID,
    name: str | None = None,
    permissions: Collection[str] | None = None,
    idempotency_key: str | None = None,
) -> RoleShape:
    """This function will rename a role, or change what it may; None leaves that as it is.

    Whoever has the role may so much from the next request on.

    Raises:
        NotFound: when there is no such role.
        MoreThanHeld: when the role has, or would have, a permission that the actor lacks.
        InvalidField: when the name is empty or too long, or a permission does not exist.
        RoleNameTaken: when another role has the name.
        NobodyWouldManageStaff: when nobody could manage staff any more.
    """
    del idempotency_key
    require_unscoped(actor, Permission.MANAGE_STAFF)
    row = roles.locked_facts(role_id)
    before = role_shape(row)
    wanted = row.permissions if permissions is None else frozenset(permissions)
    name = _checked(row.name if name is None else name, wanted)
    require_held(actor, row.permissions | wanted)
    roles.change(role_id, name=name, permissions=wanted)
    told = role_shape(roles.role(role_id))
    if told != before:
        audit.record(
            actor=actor,
            at=at,
            action="change_role",
            kind="role",
            object_id=role_id,
            before=_facts(before),
            after=_facts(told),
        )
    return told


def require_held(actor: Actor, permissions: Collection[str]) -> None:
    """This function will let the actor give or take these permissions, or refuse.

    What nobody who works here has may be given by anybody who manages staff: a permission that came with a new version
    would else be out of reach for ever.

    Raises:
        MoreThanHeld: when the actor lacks one that somebody has.
    """
    lacking = sorted(each for each in permissions if not actor.may(each))
    if lacking and (beyond := sorted(roles.held_by_somebody() & set(lacking))):
        raise MoreThanHeld(permission=beyond[0])


def may_give(actor: Actor) -> frozenset[str]:
    """This function will return every permission that the actor may give to others or take from them."""
    held = roles.held_by_somebody()
    return frozenset(each for each in Permission if actor.may(each) or each not in held)


def _checked(name: str, permissions: Collection[str]) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidField(name="name", reason=f"Name the role, with at most {LONGEST_NAME} characters.")
    refuse_card_numbers(name=name)
    if unknown := sorted(set(permissions) - set(Permission)):
        raise InvalidField(name="permissions", reason=f"“{unknown[0]}” is not a permission.")
    if not permissions:
        raise InvalidField(name="permissions", reason="Choose at least one permission.")
    return name


def _facts(role: RoleShape) -> dict[str, object]:
    """Who has a role stands in the trail of each person."""
    return {"name": role["name"], "permissions": role["permissions"]}
