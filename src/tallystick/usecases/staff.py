"""People of the back office."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from tallystick.customers import queries
from tallystick.foundation import audit, jobs, staff
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import use_case
from tallystick.usecases.roles import ROLES, Permission


@use_case(Permission.MANAGE_STAFF)
def add_administrator(*, actor: Actor, at: datetime, email: str, name: str, password: str) -> UUID:
    """This function will create a member of staff who may do everything, and the roles that come with the product.

    Raises:
        InvalidField: when the address is none, or the password is too easy.
        UserExists: when the address is taken.
    """
    roles = ["Administrator"]
    return _add("add_administrator", actor, at, email=email, name=name, password=password, roles=roles)


@use_case(Permission.MANAGE_STAFF)
def add_member(*, actor: Actor, at: datetime, email: str, name: str, password: str, roles: Sequence[str]) -> UUID:
    """This function will create a member of staff with roles by their names.

    Raises:
        InvalidField: when the address is none, the password is too easy, or a role does not exist.
        UserExists: when the address is taken.
    """
    return _add("add_member", actor, at, email=email, name=name, password=password, roles=roles)


@use_case(Permission.MANAGE_STAFF)
def invite_member(
    *, actor: Actor, at: datetime, email: str, name: str, roles: Sequence[str], idempotency_key: str | None = None
) -> bool:
    """This function will add a member of staff with roles, who gets a link by mail to choose a password.

    Raises:
        InvalidField: when the address is none, no role is named, or one does not exist.
        UserExists: when the address is taken.
    """
    del idempotency_key
    staff.ensure_roles(ROLES)
    if not roles or not set(roles) <= staff.role_permissions().keys():
        raise InvalidField(name="roles", reason="Choose at least one of the roles that there are.")
    user_id = staff.invite_member(email=email, name=name, roles=roles)
    jobs.defer("mail.password_link", email=email)
    told = {"email": email, "name": name, "roles": list(roles)}
    audit.record(actor=actor, at=at, action="invite_member", kind="user", object_id=user_id, after=told)
    return True


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
    staff.ensure_roles(ROLES)
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
