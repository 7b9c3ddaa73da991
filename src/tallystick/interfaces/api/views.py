"""`/views`: what staff show of lists, under names."""

from typing import Annotated, Literal

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation import saved_views
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.api.door import OptionalKey, Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Flag, Input, Line60, Nothing, line
from tallystick.usecases import saved_views as usecases
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import view_id_of
from tallystick.wire.saved_views import LISTS, ViewShape, view_shape
from tallystick.wire.shapes import one_of

router = Room(tags=["views"])

ListName = Annotated[
    Literal[
        "payments",
        "invoices",
        "customers",
        "subscriptions",
        "billing_groups",
        "disputes",
        "approvals",
        "vouchers",
        "catalog",
        "mails",
        "gateway_messages",
        "audit",
    ],
    one_of(LISTS, example="payments"),
]
ListQuery = Annotated[
    str,
    line(usecases.LONGEST_QUERY),
    Field(
        description="The search (`q`), the filters and the order (`sort`), as the query of the list's address in the "
        "back office.",
        examples=["status=failed&method=card&sort=-due"],
    ),
]


class ViewQuery(Input):
    """Which views are listed."""

    list: ListName | None = None


class ViewInput(Input):
    """A new view."""

    list: ListName
    name: Annotated[Line60, Field(min_length=1, examples=["Failed cards"])]
    query: ListQuery = ""
    is_shared: Annotated[Flag, Field(description="Whether everybody in the back office gets it.")] = False


class ViewChange(Input):
    """What changes of a view; what is left out stays."""

    name: Annotated[Line60, Field(min_length=1, examples=["Failed cards"])] | None = None
    query: ListQuery | None = None
    is_shared: Flag | None = None


class ViewList(TypedDict):
    """Views."""

    data: list[ViewShape]


@router.get("", response=ViewList, summary="List views", operation_id="list_views")
def list_views(request: Request, query: Query[ViewQuery]) -> ViewList:
    """Answers with the shared views and this key's own, list by list and by name. There is one page. Needs `view`;
    those of the audit are left out without `audit.view`, and those of messages without `inbox.handle`.
    """
    actor = _reader(request)
    found = saved_views.seen_by(actor.principal, list_name=query.list or "")
    return {"data": [view_shape(each) for each in found if actor.may(usecases.needed_for(each.list_name))]}


@router.post("", response={201: ViewShape}, summary="Save a view", operation_id="save_view")
def save_view(request: Request, key: RequiredKey, body: ViewInput) -> ViewShape:
    """Keeps what a list shows under a name: for this key alone, or shared with everybody in the back office. Needs
    `view`, what the list itself needs, and `views.share` for a shared one.
    """
    fields = body.model_dump()
    return usecases.save_view(list_name=fields.pop("list"), **fields, **call(request, key))


@router.get("/{view_id}", response=ViewShape, summary="Get a view", operation_id="get_view")
def get_view(request: Request, view_id: str) -> ViewShape:
    """Answers with a view that is shared, or this key's own. Needs `view`, and what the list itself needs."""
    actor = _reader(request)
    row = saved_views.view(view_id_of(view_id), principal=actor.principal)
    actor.require(usecases.needed_for(row.list_name))
    return view_shape(row)


@router.patch("/{view_id}", response=ViewShape, summary="Change a view", operation_id="change_view")
def change_view(request: Request, view_id: str, body: ViewChange, key: OptionalKey = None) -> ViewShape:
    """Renames a view, lets it show something else, or changes who sees it; one that is shared no more becomes this
    key's own. Needs `view`, and `views.share` for a shared one.
    """
    return usecases.change_view(view_id=view_id_of(view_id), **body.model_dump(), **call(request, key))


@router.post("/{view_id}/delete", response=ViewShape, summary="Delete a view", operation_id="delete_view")
def delete_view(request: Request, view_id: str, key: RequiredKey, body: Nothing | None = None) -> ViewShape:
    """Deletes a view and answers with it as it was; the list itself stays as it is. Needs `view`, and `views.share` for
    a shared one.
    """
    del body
    return usecases.delete_view(view_id=view_id_of(view_id), **call(request, key))


def _reader(request: Request) -> Actor:
    require_unscoped(viewer(request), Permission.VIEW)
    return request.auth
