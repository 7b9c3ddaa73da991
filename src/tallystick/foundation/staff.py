"""Members of staff: users who sign in to the back office, by the roles they have."""

import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar
from uuid import UUID

from allauth.account.models import EmailAddress
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from tallystick.foundation import second_factors
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.models import Role, User
from tallystick.foundation.roles import somebody_manages_staff
from tallystick.foundation.transactions import needs_transaction


@dataclass(kw_only=True, eq=False)
class UserExists(Conflict):
    """The address is taken: by a member of staff, or by a contact of a customer, who stays at the other door."""

    code: ClassVar[str] = "user_exists"
    sentence: ClassVar[str] = "{email} can sign in already. Choose another address for this member of staff."

    email: str


@needs_transaction
def ensure_roles(roles: Mapping[str, Iterable[str]]) -> None:
    """This function will add these roles when there are none yet; afterwards they are the business's own."""
    if not Role.objects.exists():
        for name, permissions in roles.items():
            given = sorted(permissions)
            Role.objects.get_or_create(name=name, defaults={"permissions": given, "built_in": name, "offered": given})


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


@needs_transaction
def set_active(user_id: UUID, *, is_active: bool) -> None:
    """This function will let a member of staff in no more, or again. Who is out is out at the next request.

    Raises:
        NobodyWouldManageStaff: when nobody could manage staff any more.
    """
    with somebody_manages_staff():
        User.objects.filter(id=user_id).update(is_active=is_active)


@dataclass(frozen=True, kw_only=True)
class Member:
    """A member of staff: who that is, what roles that person has, and what they may together."""

    id: UUID
    name: str
    email: str
    is_active: bool
    # The names of the roles, in order, and their ids in the same.
    roles: tuple[str, ...]
    role_ids: tuple[UUID, ...]
    permissions: frozenset[str]
    # `totp` for an app, `webauthn` for passkeys.
    second_factors: frozenset[str]
    last_login: datetime | None

    @property
    def called(self) -> str:
        """What the person is called: the name, or the address when none is known."""
        return self.name or self.email


def members() -> list[Member]:
    """This function will return all members of staff with their roles, by name."""
    return _members(User.objects.filter(is_staff=True).prefetch_related("roles").order_by("name", "email"))


def member(user_id: UUID) -> Member:
    """This function will return a member of staff.

    Raises:
        NotFound: when there is none.
    """
    found = _members(User.objects.filter(id=user_id, is_staff=True))
    if not found:
        raise NotFound(kind="member of staff")
    return found[0]


def addresses_among(emails: Iterable[str]) -> frozenset[str]:
    """This function will return which of some addresses are those of members of staff."""
    return frozenset(User.objects.filter(email__in=list(emails), is_staff=True).values_list("email", flat=True))


@needs_transaction
def locked_member(user_id: UUID) -> Member:
    """This function will return a member of staff whose roles and state change no more before the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    rows = list(User.objects.select_for_update().filter(id=user_id, is_staff=True))
    list(Role.objects.filter(users__in=rows).order_by("id").select_for_update(of=("self",)))
    return member(user_id)


def _members(rows: Iterable[User]) -> list[Member]:
    people = list(rows)
    factors = second_factors.held_by(row.id for row in people)
    return [_member(row, list(row.roles.all()), factors.get(row.id, frozenset())) for row in people]


def _member(row: User, held: Sequence[Role], factors: frozenset[str]) -> Member:
    roles = sorted(held, key=lambda role: role.name)
    return Member(
        id=row.id,
        name=row.name,
        email=row.email,
        is_active=row.is_active,
        roles=tuple(role.name for role in roles),
        role_ids=tuple(role.public_uuid for role in roles),
        permissions=frozenset().union(*(role.permissions for role in roles)),
        second_factors=factors,
        last_login=row.last_login,
    )
