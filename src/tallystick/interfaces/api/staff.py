"""`/roles` and `/staff`: who works here, and what each role may do."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation import roles, staff
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.api.door import OptionalKey, Request, RequiredKey, Room, call
from tallystick.interfaces.api.inputs import Input, Line60, Line200, Nothing, an_id
from tallystick.usecases import recombine
from tallystick.usecases import staff as usecases
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import member_id_of, role_id_of
from tallystick.wire.staff import ROLE, MemberShape, RoleShape, member_shape

roles_router = Room(tags=["staff"])
router = Room(tags=["staff"])

RoleRef = Annotated[str, an_id(ROLE, "a role")]
RoleRefs = Annotated[
    list[RoleRef],
    Field(min_length=1, max_length=50, description="All roles of the person: they may what these allow together."),
]
Permissions = Annotated[
    list[Line60],
    Field(
        min_length=1,
        max_length=100,
        description="All permissions of the role, in the words that roles are answered with.",
        examples=[["view", "download"]],
    ),
]


class RoleInput(Input):
    """A new role."""

    name: Annotated[Line60, Field(min_length=1, examples=["Collections"])]
    permissions: Permissions


class RoleChange(Input):
    """What changes of a role; what is left out stays."""

    name: Annotated[Line60, Field(min_length=1, examples=["Collections"])] | None = None
    permissions: Permissions | None = None


class StaffInput(Input):
    """Somebody who shall work here."""

    name: Annotated[Line200, Field(min_length=1, examples=["Ada Lovelace"])]
    email: Annotated[str, Field(max_length=254, examples=["ada@example.com"])]
    roles: RoleRefs


class StaffChange(Input):
    """What changes of a member of staff."""

    roles: RoleRefs


class RoleList(TypedDict):
    """Roles."""

    data: list[RoleShape]


class StaffList(TypedDict):
    """Members of staff."""

    data: list[MemberShape]


@roles_router.get("", response=RoleList, summary="List roles", operation_id="list_roles")
def list_roles(request: Request) -> RoleList:
    """Answers with all roles by name, what they may, and who has them. There are few: the list has one page.
    Needs `staff.manage`.
    """
    _manager(request)
    return {"data": [recombine.shape_of(each) for each in roles.all_roles()]}


@roles_router.post("", response={201: RoleShape}, summary="Create a role", operation_id="create_role")
def create_role(request: Request, key: RequiredKey, body: RoleInput) -> RoleShape:
    """Adds a role that nobody has yet. A key gives no permission that it lacks, unless nobody who works here has it.
    Needs `staff.manage`.
    """
    return recombine.create_role(**body.model_dump(), **call(request, key))


@roles_router.get("/{role_id}", response=RoleShape, summary="Get a role", operation_id="get_role")
def get_role(request: Request, role_id: str) -> RoleShape:
    """Answers with a role, what it may, and who has it. Needs `staff.manage`."""
    _manager(request)
    return recombine.shape_of(roles.role(role_id_of(role_id)))


@roles_router.patch("/{role_id}", response=RoleShape, summary="Change a role", operation_id="change_role")
def change_role(request: Request, role_id: str, body: RoleChange, key: OptionalKey = None) -> RoleShape:
    """Renames a role, or changes what it may; whoever has it may so much from the next request on. Refused when nobody
    could manage staff any more. Needs `staff.manage`.
    """
    return recombine.change_role(role_id=role_id_of(role_id), **body.model_dump(), **call(request, key))


@router.get("", response=StaffList, summary="List members of staff", operation_id="list_staff")
def list_staff(request: Request) -> StaffList:
    """Answers with everybody who works here or did, by name. The list has one page. Needs `staff.manage`."""
    _manager(request)
    return {"data": [member_shape(each) for each in staff.members()]}


@router.post("", response={201: MemberShape}, summary="Invite a member of staff", operation_id="invite_member")
def invite_member(request: Request, key: RequiredKey, body: StaffInput) -> MemberShape:
    """Adds a member of staff, who gets a link by mail to choose a password. Needs `staff.manage`."""
    role_ids = [role_id_of(each) for each in body.roles]
    return usecases.invite_member(email=body.email, name=body.name, role_ids=role_ids, **call(request, key))


@router.get("/{member_id}", response=MemberShape, summary="Get a member of staff", operation_id="get_member")
def get_member(request: Request, member_id: str) -> MemberShape:
    """Answers with a member of staff. Needs `staff.manage`."""
    _manager(request)
    return member_shape(staff.member(member_id_of(member_id)))


@router.patch("/{member_id}", response=MemberShape, summary="Change somebody's roles", operation_id="give_roles")
def give_roles(request: Request, member_id: str, body: StaffChange, key: OptionalKey = None) -> MemberShape:
    """Makes these the roles of a member of staff; the next request is allowed by them. Needs `staff.manage`."""
    role_ids = [role_id_of(each) for each in body.roles]
    return usecases.give_roles(member_id=member_id_of(member_id), role_ids=role_ids, **call(request, key))


@router.post(
    "/{member_id}/deactivate", response=MemberShape, summary="Keep somebody out", operation_id="deactivate_member"
)
def deactivate_member(request: Request, member_id: str, key: RequiredKey, body: Nothing | None = None) -> MemberShape:
    """Keeps a member of staff out from the next request on, and API keys of that person's making, too. Refused when
    nobody could manage staff any more. Needs `staff.manage`.
    """
    del body
    return usecases.deactivate_member(member_id=member_id_of(member_id), **call(request, key))


@router.post(
    "/{member_id}/reactivate", response=MemberShape, summary="Let somebody in again", operation_id="reactivate_member"
)
def reactivate_member(request: Request, member_id: str, key: RequiredKey, body: Nothing | None = None) -> MemberShape:
    """Lets a member of staff in again, with the roles and the password of before. Needs `staff.manage`."""
    del body
    return usecases.reactivate_member(member_id=member_id_of(member_id), **call(request, key))


@router.post(
    "/{member_id}/reset_second_factor",
    response=MemberShape,
    summary="Reset somebody's second factor",
    operation_id="reset_second_factor",
)
def reset_second_factor(request: Request, member_id: str, key: RequiredKey, body: Nothing | None = None) -> MemberShape:
    """Removes somebody's passkeys, app and recovery codes, and tells that person so by mail. Needs `staff.manage`."""
    del body
    return usecases.reset_second_factor(member_id=member_id_of(member_id), **call(request, key))


def _manager(request: Request) -> Actor:
    request.auth.require(Permission.MANAGE_STAFF)
    require_unscoped(request.auth, Permission.MANAGE_STAFF)
    return request.auth
