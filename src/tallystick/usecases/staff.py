"""People of the back office (`docs/model.md`, 32; `docs/decisions/0016-roles.md`)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from tallystick.customers import queries
from tallystick.foundation import audit, jobs, second_factors, staff
from tallystick.foundation import roles as role_room
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.staff import Member
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.recombine import require_held
from tallystick.usecases.roles import EVERYTHING, ROLES, Permission
from tallystick.wire.staff import MemberShape, member_shape


@dataclass(kw_only=True, eq=False)
class OwnAccount(Conflict):
    """Nobody does this to the account that they are signed in with."""

    code: ClassVar[str] = "own_account"
    sentence: ClassVar[str] = "You cannot do this to your own account. Ask somebody else who manages staff."


@dataclass(kw_only=True, eq=False)
class NoSecondFactor(Conflict):
    """The member of staff has no second factor that could be reset."""

    code: ClassVar[str] = "no_second_factor"
    sentence: ClassVar[str] = "This member of staff has no second factor. There is nothing to reset."


@use_case(Permission.MANAGE_STAFF)
def add_administrator(*, actor: Actor, at: datetime, email: str, name: str, password: str) -> UUID:
    """This function will create a member of staff who may do everything, and the roles that come with the product.

    The role is one that may do everything; when there is none any more, a new one is made.

    Raises:
        InvalidField: when the address is none, or the password is too easy.
        UserExists: when the address is taken.
    """
    staff.ensure_roles(ROLES)
    role = role_room.that_may(frozenset(EVERYTHING), called="Administrator")
    return _add("add_administrator", actor, at, email=email, name=name, password=password, roles=[role])


@use_case(Permission.MANAGE_STAFF)
def add_member(*, actor: Actor, at: datetime, email: str, name: str, password: str, roles: Sequence[str]) -> UUID:
    """This function will create a member of staff with roles by their names.

    Raises:
        InvalidField: when the address is none, the password is too easy, or a role does not exist.
        UserExists: when the address is taken.
    """
    staff.ensure_roles(ROLES)
    return _add("add_member", actor, at, email=email, name=name, password=password, roles=roles)


@use_case(Permission.MANAGE_STAFF)
def invite_member(
    *,
    actor: Actor,
    at: datetime,
    email: str,
    name: str,
    role_ids: Collection[UUID],
    idempotency_key: str | None = None,
) -> MemberShape:
    """This function will add a member of staff with roles, who gets a link by mail to choose a password.

    Raises:
        InvalidField: when the address is none, or no role is named.
        NotFound: when a role does not exist.
        MoreThanHeld: when the roles may what the actor may not.
        UserExists: when the address is taken.
    """
    del idempotency_key
    require_unscoped(actor, Permission.MANAGE_STAFF)
    refuse_card_numbers(name=name)
    named = _chosen(actor, role_ids)
    user_id = staff.invite_member(email=email, name=name, roles=named)
    jobs.defer("mail.password_link", email=email)
    told = {"email": email, "name": name, "roles": named}
    audit.record(actor=actor, at=at, action="invite_member", kind="user", object_id=user_id, after=told)
    return member_shape(staff.member(user_id))


@use_case(Permission.MANAGE_STAFF)
def give_roles(
    *, actor: Actor, at: datetime, member_id: UUID, role_ids: Collection[UUID], idempotency_key: str | None = None
) -> MemberShape:
    """This function will make these the roles of a member of staff; the next request is allowed by them.

    Raises:
        NotFound: when there is no such member, or a role does not exist.
        InvalidField: when no role is named: whoever shall do nothing here is deactivated.
        MoreThanHeld: when the roles before or after may what the actor may not.
        NobodyWouldManageStaff: when nobody could manage staff any more.
    """
    del idempotency_key
    before = _reached(actor, member_id)
    named = _chosen(actor, role_ids)
    had = list(before.roles)
    if named != had:
        role_room.give(member_id, role_ids)
        changes: dict[str, Any] = {"before": {"roles": had}, "after": {"roles": named}}
        audit.record(actor=actor, at=at, action="give_roles", kind="user", object_id=member_id, **changes)
    return member_shape(staff.member(member_id))


@use_case(Permission.MANAGE_STAFF)
def deactivate_member(
    *, actor: Actor, at: datetime, member_id: UUID, idempotency_key: str | None = None
) -> MemberShape:
    """This function will keep a member of staff out from the next request on; API keys of that person's making, too.

    Raises:
        NotFound: when there is no such member.
        OwnAccount: when it is the actor.
        MoreThanHeld: when that person may what the actor may not.
        NobodyWouldManageStaff: when nobody could manage staff any more.
    """
    del idempotency_key
    return _switch(actor, at, member_id, "deactivate_member", is_active=False)


@use_case(Permission.MANAGE_STAFF)
def reactivate_member(
    *, actor: Actor, at: datetime, member_id: UUID, idempotency_key: str | None = None
) -> MemberShape:
    """This function will let a member of staff in again, with the roles and the password of before.

    Raises:
        NotFound: when there is no such member.
        MoreThanHeld: when that person will again be able to do what the actor may not.
    """
    del idempotency_key
    return _switch(actor, at, member_id, "reactivate_member", is_active=True)


@use_case(Permission.MANAGE_STAFF)
def reset_second_factor(
    *, actor: Actor, at: datetime, member_id: UUID, idempotency_key: str | None = None
) -> MemberShape:
    """This function will remove somebody's passkeys, app and recovery codes, who is told so by mail.

    The password stays: it alone signs in until a new second factor is set up.

    Raises:
        NotFound: when there is no such member.
        OwnAccount: when it is the actor: own ones are changed after showing them once more.
        MoreThanHeld: when that person may what the actor may not.
        NoSecondFactor: when there is none.
    """
    del idempotency_key
    before = _reached(actor, member_id)
    _refuse_own(actor, member_id)
    if not before.second_factors:
        raise NoSecondFactor
    kinds = second_factors.remove_all(member_id)
    audit.record(
        actor=actor,
        at=at,
        action="reset_second_factor",
        kind="user",
        object_id=member_id,
        before={"second_factors": sorted(kinds)},
        after={"second_factors": []},
    )
    jobs.defer("mail.second_factor_reset", user_id=str(member_id), unique=str(new_id()))
    return member_shape(staff.member(member_id))


@use_case(Permission.MANAGE_STAFF)
def set_portal_password(*, actor: Actor, at: datetime, customer_id: UUID, contact_id: UUID, password: str) -> bool:
    """This function will give a contact who may sign in to the portal a password, told to them by other means.

    Needs the permission to manage staff: whoever sets a password could sign in with it.

    Raises:
        NotFound: when there is no such contact, or the portal is not open to it.
        InvalidField: when the password is too easy.
    """
    user_id = queries.contact(contact_id, of_customer=customer_id).user_id
    if user_id is None:
        raise NotFound(kind="portal user")
    staff.set_password(user_id, password)
    audit.record(actor=actor, at=at, action="set_portal_password", kind="customer", object_id=customer_id)
    return True


def _add(
    action: str, actor: Actor, at: datetime, *, email: str, name: str, password: str, roles: Sequence[str]
) -> UUID:
    user_id = staff.add_member(email=email, name=name, password=password, roles=roles)
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="user",
        object_id=user_id,
        after={"email": email, "name": name, "roles": list(roles)},
    )
    return user_id


def _reached(actor: Actor, member_id: UUID) -> Member:
    """The member, who changes no more meanwhile, and who may no more than the actor."""
    require_unscoped(actor, Permission.MANAGE_STAFF)
    row = staff.locked_member(member_id)
    require_held(actor, row.permissions)
    return row


def _refuse_own(actor: Actor, member_id: UUID) -> None:
    if (actor.kind, actor.id) == ("staff", str(member_id)):
        raise OwnAccount


def _chosen(actor: Actor, role_ids: Collection[UUID]) -> list[str]:
    """The names of the roles, in order, which may no more than the actor."""
    if not role_ids:
        raise InvalidField(name="roles", reason="Choose at least one role.")
    found = [role_room.role(each) for each in set(role_ids)]
    require_held(actor, frozenset().union(*(role.permissions for role in found)))
    return sorted(role.name for role in found)


def _switch(actor: Actor, at: datetime, member_id: UUID, action: str, *, is_active: bool) -> MemberShape:
    before = _reached(actor, member_id)
    if not is_active:
        _refuse_own(actor, member_id)
    if before.is_active != is_active:
        staff.set_active(member_id, is_active=is_active)
        changes: dict[str, Any] = {"before": {"is_active": not is_active}, "after": {"is_active": is_active}}
        audit.record(actor=actor, at=at, action=action, kind="user", object_id=member_id, **changes)
    return member_shape(staff.member(member_id))
