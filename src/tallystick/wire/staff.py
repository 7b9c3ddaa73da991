"""The public shapes of people who work here, and of their roles."""

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.foundation.roles import RoleFacts
from tallystick.foundation.staff import Member
from tallystick.wire.builders import moment
from tallystick.wire.permissions import MEANINGS
from tallystick.wire.shapes import Moment, one_of

ROLE: Final = "rol"
MEMBER: Final = "usr"
_WAYS: Final = {"totp": "app", "webauthn": "passkey"}

SECOND_FACTORS: Final = {"app": "codes of an app on the telephone.", "passkey": "a passkey or a security key."}

RoleId = Annotated[str, Field(examples=["rol_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
MemberId = Annotated[str, Field(examples=["usr_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
PermissionWord = Annotated[str, one_of(MEANINGS, example="view")]


class RoleHolderShape(TypedDict):
    """Somebody who has a role."""

    id: MemberId
    name: str


class RoleShape(TypedDict):
    """A named set of permissions."""

    id: RoleId
    name: Annotated[str, Field(examples=["Finance"])]
    permissions: list[PermissionWord]
    new_permissions: Annotated[
        list[PermissionWord],
        Field(
            description="What newer versions give a role of this kind, and this one has not, because its permissions "
            "were changed here before. Empty from the next change of its permissions on.",
            examples=[[]],
        ),
    ]
    members: Annotated[list[RoleHolderShape], Field(description="Who has it, whether they may sign in or not.")]


class RoleNameShape(TypedDict):
    """A role that somebody has."""

    id: RoleId
    name: Annotated[str, Field(examples=["Finance"])]


class MemberShape(TypedDict):
    """A member of staff."""

    id: MemberId
    name: str
    email: str
    is_active: Annotated[bool, Field(description="Whether this person may sign in.")]
    roles: list[RoleNameShape]
    permissions: Annotated[list[PermissionWord], Field(description="What the roles allow together.")]
    second_factors: Annotated[
        list[Annotated[str, one_of(SECOND_FACTORS, example="passkey")]],
        Field(description="What is asked for at sign-in beside the password, or in its place.", examples=[["app"]]),
    ]
    last_sign_in_at: Moment | None


def role_shape(row: RoleFacts, *, new_permissions: Iterable[str]) -> RoleShape:
    """This function will return what anybody who manages staff is told of a role, and of what came with the product."""
    return {
        "id": public_id(ROLE, row.id),
        "name": row.name,
        "permissions": sorted(row.permissions),
        "new_permissions": sorted(new_permissions),
        "members": [{"id": public_id(MEMBER, each.id), "name": each.name} for each in row.holders],
    }


def member_shape(row: Member) -> MemberShape:
    """This function will return what anybody who manages staff is told of a member."""
    return {
        "id": public_id(MEMBER, row.id),
        "name": row.name,
        "email": row.email,
        "is_active": row.is_active,
        "roles": [
            {"id": public_id(ROLE, role_id), "name": name}
            for role_id, name in zip(row.role_ids, row.roles, strict=True)
        ],
        "permissions": sorted(row.permissions),
        "second_factors": factor_words(row.second_factors),
        "last_sign_in_at": None if row.last_login is None else moment(row.last_login),
    }


def factor_words(kinds: Iterable[str]) -> list[str]:
    """This function will return the public words for kinds of second factors, in order."""
    return sorted(_WAYS[kind] for kind in kinds)
