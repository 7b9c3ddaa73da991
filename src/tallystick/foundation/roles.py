"""Roles: named sets of permissions, recombined by staff. Which permissions there are is said in `usecases.roles`."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import ClassVar
from uuid import UUID

from django.db import IntegrityError

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.models import Role, User
from tallystick.foundation.rows import fetch
from tallystick.foundation.transactions import check_constraints, needs_transaction, savepoint


@dataclass(kw_only=True, eq=False)
class RoleNameTaken(Conflict):
    """Another role has this name."""

    code: ClassVar[str] = "role_name_taken"
    sentence: ClassVar[str] = "There is a role “{role}” already. Choose another name."
    field: ClassVar[str | None] = "name"

    role: str


@dataclass(kw_only=True, eq=False)
class NobodyWouldManageStaff(Conflict):
    """It would leave the business without anybody who can manage staff and roles: nobody could ever undo it."""

    code: ClassVar[str] = "nobody_would_manage_staff"
    sentence: ClassVar[str] = (
        "Then nobody could manage staff and roles any more. Give somebody else a role that may, first."
    )


@dataclass(frozen=True, kw_only=True)
class Holder:
    """Somebody who has a role."""

    id: UUID
    name: str
    is_active: bool


@dataclass(frozen=True, kw_only=True)
class RoleFacts:
    """A role: what it is called, what it may, and who has it."""

    id: UUID
    name: str
    permissions: frozenset[str]
    holders: tuple[Holder, ...]
    # Which of the roles that come with the product it is, or empty; and what the product gave that one when its
    # permissions were last chosen.
    built_in: str
    offered: frozenset[str]


_HELD_BY_SOMEBODY = (
    "SELECT DISTINCT unnest(role.permissions) AS permission FROM foundation_role AS role "
    "JOIN foundation_role_users AS held ON held.role_id = role.id "
    "JOIN foundation_user AS person ON person.id = held.user_id WHERE person.is_staff AND person.is_active"
)


@contextmanager
def somebody_manages_staff() -> Iterator[None]:
    """This function will undo what happened inside, alone, when nobody could manage staff any more after it.

    The database holds it, also for two who act at once.

    Raises:
        NobodyWouldManageStaff: when it would be so.
    """
    try:
        with savepoint():
            yield
            check_constraints()
    except IntegrityError as error:
        if _rule(error) != "somebody_manages_staff":
            raise
        raise NobodyWouldManageStaff from None


@needs_transaction
def that_may(permissions: frozenset[str], *, called: str) -> str:
    """This function will return the name of a role that may all this: one that there is, or a new one.

    It is `called` so, with a number behind where that name is taken by a role that may less.
    """
    rows = Role.objects.order_by("id")
    for row in rows:
        if permissions <= set(row.permissions):
            return row.name
    taken = {row.name for row in rows}
    number = 1
    while (name := called if number == 1 else f"{called} {number}") in taken:
        number += 1
    Role.objects.create(name=name, permissions=sorted(permissions))
    return name


@needs_transaction
def create(*, name: str, permissions: Collection[str]) -> UUID:
    """This function will add a role and return its id.

    Raises:
        RoleNameTaken: when there is one of this name.
    """
    with _own_name(name):
        return Role.objects.create(name=name, permissions=sorted(permissions)).public_uuid


@needs_transaction
def change(role_id: UUID, *, name: str, permissions: Collection[str], offered: Collection[str]) -> None:
    """This function will give a role another name and other permissions; whoever has it may so much from now on.

    `offered` is what the product gives this role by itself at this time; nothing for a role of the business's own.

    Raises:
        NotFound: when there is no such role.
        RoleNameTaken: when another one has the name.
        NobodyWouldManageStaff: when nobody could manage staff any more.
    """
    row = _locked(role_id)
    row.name, row.permissions, row.offered = name, sorted(permissions), sorted(offered)
    with _own_name(name), somebody_manages_staff():
        row.save(update_fields=["name", "permissions", "offered"])


@needs_transaction
def give(user_id: UUID, role_ids: Collection[UUID]) -> None:
    """This function will make these the roles of a member of staff, in the place of those there were.

    Raises:
        NotFound: when one of them does not exist.
        NobodyWouldManageStaff: when nobody could manage staff any more.
    """
    user = User.objects.select_for_update().get(id=user_id)
    # Locked, so that what a role may do does not change while it is given.
    rows = list(Role.objects.filter(public_uuid__in=role_ids).order_by("id").select_for_update())
    if len(rows) != len(set(role_ids)):
        raise NotFound(kind="role")
    with somebody_manages_staff():
        user.roles.set(rows)


def locked_facts(role_id: UUID) -> RoleFacts:
    """This function will return a role that changes no more before the transaction ends.

    Raises:
        NotFound: when there is no such role.
    """
    return _facts(_locked(role_id))


@needs_transaction
def locked_built_in() -> list[RoleFacts]:
    """This function will return the roles that came with the product, which change no more before the transaction
    ends.
    """
    return [_facts(row) for row in Role.objects.exclude(built_in="").order_by("id").select_for_update()]


def role(role_id: UUID) -> RoleFacts:
    """This function will return a role.

    Raises:
        NotFound: when there is no such role.
    """
    row = Role.objects.filter(public_uuid=role_id).first()
    if row is None:
        raise NotFound(kind="role")
    return _facts(row)


def all_roles() -> list[RoleFacts]:
    """This function will return all roles, by name."""
    return [_facts(row) for row in Role.objects.prefetch_related("users").order_by("name")]


def held_by_somebody() -> frozenset[str]:
    """This function will return every permission that somebody who works here has."""
    return frozenset(row["permission"] for row in fetch(_HELD_BY_SOMEBODY, []))


def _locked(role_id: UUID) -> Role:
    row = Role.objects.select_for_update().filter(public_uuid=role_id).first()
    if row is None:
        raise NotFound(kind="role")
    return row


def _facts(row: Role) -> RoleFacts:
    holders = [Holder(id=user.id, name=user.get_full_name(), is_active=user.is_active) for user in row.users.all()]
    return RoleFacts(
        id=row.public_uuid,
        name=row.name,
        permissions=frozenset(row.permissions),
        holders=tuple(sorted(holders, key=lambda each: (each.name, each.id))),
        built_in=row.built_in,
        offered=frozenset(row.offered),
    )


@contextmanager
def _own_name(name: str) -> Iterator[None]:
    try:
        with savepoint():
            yield
    except IntegrityError as error:
        if _rule(error) != "foundation_role_name_key":
            raise
        raise RoleNameTaken(role=name) from None


def _rule(error: IntegrityError) -> str | None:
    told = getattr(error.__cause__, "diag", None)
    return getattr(told, "constraint_name", None)
