"""People of the back office."""

from datetime import datetime
from uuid import UUID

from tallystick.foundation import audit, staff
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
    staff.ensure_roles(ROLES)
    user_id = staff.add_member(email=email, name=name, password=password, roles=["Administrator"])
    audit.record(
        actor=actor,
        at=at,
        action="add_administrator",
        kind="user",
        object_id=user_id,
        after={"email": email, "name": name, "roles": ["Administrator"]},
    )
    return user_id
