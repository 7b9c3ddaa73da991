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
from tallystick.foundation.roles import RoleFacts
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import ROLES, Permission
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
    told = shape_of(roles.role(role_id))
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
    before = shape_of(row)
    wanted = row.permissions if permissions is None else frozenset(permissions)
    name = _checked(row.name if name is None else name, wanted)
    require_held(actor, row.permissions | wanted)
    # Whoever chooses permissions chooses among all there are: none of them is new to the role any more.
    roles.change(role_id, name=name, permissions=wanted, offered=row.offered if permissions is None else _given_to(row))
    told = shape_of(roles.role(role_id))
    _record_change(actor, at, role_id, before, told)
    return told


@use_case(Permission.MANAGE_STAFF)
def renew_roles(*, actor: Actor, at: datetime) -> list[str]:
    """This function will give the roles that came with the product what the product gives them now, and return the
    names of those that changed.

    A role whose permissions were changed here keeps them: what is new to it is shown where roles are changed.
    """
    require_unscoped(actor, Permission.MANAGE_STAFF)
    renewed = []
    for row in roles.locked_built_in():
        given = _given_to(row)
        if row.permissions != row.offered or row.permissions == given or row.built_in not in ROLES:
            continue
        roles.change(row.id, name=row.name, permissions=given, offered=given)
        _record_change(actor, at, row.id, shape_of(row), shape_of(roles.role(row.id)))
        renewed.append(row.name)
    return renewed


def new_to(role: RoleFacts) -> frozenset[str]:
    """This function will return what the product gives a role by now, and this one was never offered."""
    return _given_to(role) - role.offered - role.permissions


def shape_of(role: RoleFacts) -> RoleShape:
    """This function will return what anybody who manages staff is told of a role."""
    return role_shape(role, new_permissions=new_to(role))


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


def _given_to(role: RoleFacts) -> frozenset[str]:
    """What the product gives a role by itself; nothing to one of the business's own."""
    return frozenset(ROLES.get(role.built_in, ()))


def _record_change(actor: Actor, at: datetime, role_id: UUID, before: RoleShape, after: RoleShape) -> None:
    had, has = _facts(before), _facts(after)
    if had != has:
        audit.record(actor=actor, at=at, action="change_role", kind="role", object_id=role_id, before=had, after=has)
