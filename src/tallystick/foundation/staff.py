"""Members of staff: users who sign in to the back office, by the roles they have."""

import secrets
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.models import Role, User
from tallystick.foundation.transactions import needs_transaction


@dataclass(kw_only=True, eq=False)
class UserExists(Conflict):
    """The address is taken: by a member of staff, or by a contact of a customer, who stays at the other door."""

    code: ClassVar[str] = "user_exists"
    sentence: ClassVar[str] = "{email} can sign in already. Choose another address for this member of staff."

    email: str


@needs_transaction
def ensure_roles(roles: Mapping[str, Iterable[str]]) -> None:
    """This function will add the roles that are missing; what staff changed in the others stays."""
    for name, permissions in roles.items():
        Role.objects.get_or_create(name=name, defaults={"permissions": sorted(permissions)})


@needs_transaction
def add_member(*, email: str, name: str, password: str, roles: Iterable[str]) -> UUID:
    """This function will create a user of the back office with these roles, and return its id.

    The address counts as verified: whoever may add staff vouches for it, and mail may not be set up yet.

    Raises:
        InvalidField: when the address is none, or the password is too easy.
        UserExists: when the address is taken.
    """
    email = email.strip().lower()
    user = User(email=email, name=name.strip(), is_staff=True)
    try:
        validate_email(email)
    except ValidationError:
        raise InvalidField(name="email", reason=f"{email!r} is no e-mail address.") from None
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidField(name="password", reason=" ".join(error.messages)) from None
    if User.objects.filter(email=email).exists():
        raise UserExists(email=email)
    user.set_password(password)
    user.save()
    EmailAddress.objects.create(user=user, email=email, verified=True, primary=True)
    user.roles.set(Role.objects.filter(name__in=list(roles)))
    return user.id


@needs_transaction
def set_password(user_id: UUID, password: str) -> None:
    """This function will change a user's password; sessions of the old one end.

    Raises:
        InvalidField: when the password is too easy.
    """
    user = User.objects.get(id=user_id)
    try:
        validate_password(password, user)
    except ValidationError as error:
        raise InvalidField(name="password", reason=" ".join(error.messages)) from None
    user.set_password(password)
    user.save(update_fields=["password"])


@needs_transaction
def invite_member(*, email: str, name: str, roles: Iterable[str]) -> UUID:
    """This function will create a user of the back office who chooses the password by an e-mailed link.

    Raises:
        InvalidField: when the address is none, or a role does not exist.
        UserExists: when the address is taken.
    """
    # Nobody knows this password, and it is replaced by the first one that is chosen.
    return add_member(email=email, name=name, password=secrets.token_urlsafe(32), roles=roles)


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of staff, as the list of staff shows it."""

    id: UUID
    name: str
    email: str
    is_active: bool
    roles: tuple[str, ...]
    last_login: datetime | None


def members() -> list[Member]:
    """This function will return all members of staff with their roles, by name."""
    rows = User.objects.filter(is_staff=True).prefetch_related("roles").order_by("name", "email")
    return [
        Member(
            id=row.id,
            name=row.name,
            email=row.email,
            is_active=row.is_active,
            roles=tuple(sorted(role.name for role in row.roles.all())),
            last_login=row.last_login,
        )
        for row in rows
    ]


def role_permissions() -> dict[str, frozenset[str]]:
    """This function will return the roles that there are, with what each may do."""
    return {row.name: frozenset(row.permissions) for row in Role.objects.order_by("name")}
