"""Views of lists, saved under a name: by everybody who may look, and for everybody by those who may share."""

from datetime import datetime
from typing import Final
from urllib.parse import parse_qsl
from uuid import UUID

from tallystick.foundation import audit, saved_views
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.foundation.saved_views import Parameters
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire.saved_views import LISTS, PARAMETERS, ViewShape, view_shape

LONGEST_NAME: Final = 60
LONGEST_QUERY: Final = 2000
# What a view of a list tells is no more than the list itself: it needs the same.
_NEEDED: Final = {"audit": Permission.VIEW_AUDIT, "gateway_messages": Permission.HANDLE_INBOX}


def needed_for(list_name: str) -> Permission:
    """This function will return the permission without which nobody looks at a list, nor at a view of it."""
    return _NEEDED.get(list_name, Permission.VIEW)


@use_case(Permission.VIEW)
def save_view(
    *,
    actor: Actor,
    at: datetime,
    list_name: str,
    name: str,
    query: str,
    is_shared: bool = False,
    idempotency_key: str | None = None,
) -> ViewShape:
    """This function will keep what a list shows under a name: for the actor alone, or shared with everybody.

    `query` is the query of the list's address, without its place.

    Raises:
        NotAllowed: when the actor may not look at the list, or it is shared and the actor may not share.
        InvalidField: when there is no such list, the name is empty or too long, or the list cannot be narrowed so.
        ViewNameTaken: when the actor, or everybody, has a view of this name of the list.
    """
    del idempotency_key
    if list_name not in LISTS:
        raise InvalidField(name="list", reason=f"“{list_name}” is no list that has views.")
    _require(actor, list_name, is_shared=is_shared)
    view_id = saved_views.add(
        list_name=list_name,
        name=_checked_name(name),
        owner=actor.principal,
        owner_label=actor.label,
        is_shared=is_shared,
        parameters=_parameters(list_name, query),
        at=at,
    )
    told = view_shape(saved_views.view(view_id, principal=actor.principal))
    audit.record(actor=actor, at=at, action="save_view", kind="view", object_id=view_id, after=_facts(told))
    return told


@use_case(Permission.VIEW)
def change_view(
    *,
    actor: Actor,
    at: datetime,
    view_id: UUID,
    name: str | None = None,
    query: str | None = None,
    is_shared: bool | None = None,
    idempotency_key: str | None = None,
) -> ViewShape:
    """This function will rename a view, let it show something else, or change who sees it; None leaves that as it is.

    A view that is shared no more becomes the actor's own.

    Raises:
        NotFound: when there is no such view, or it is somebody else's alone.
        NotAllowed: when the actor may not look at the list, or it is shared, before or afterwards, and the actor may
            not share.
        InvalidField: when the name is empty or too long, or the list cannot be narrowed so.
        ViewNameTaken: when the actor, or everybody, has another view of this name of the list.
    """
    del idempotency_key
    require_unscoped(actor, Permission.VIEW)
    row = saved_views.locked(view_id, principal=actor.principal)
    before, shared = view_shape(row), row.is_shared if is_shared is None else is_shared
    _require(actor, row.list_name, is_shared=row.is_shared or shared)
    becomes_own = row.is_shared and not shared
    saved_views.change(
        view_id,
        name=row.name if name is None else _checked_name(name),
        owner=actor.principal if becomes_own else row.owner,
        owner_label=actor.label if becomes_own else row.owner_label,
        is_shared=shared,
        parameters=row.parameters if query is None else _parameters(row.list_name, query),
        at=at,
    )
    told = view_shape(saved_views.view(view_id, principal=actor.principal))
    if _facts(told) != _facts(before):
        audit.record(
            actor=actor,
            at=at,
            action="change_view",
            kind="view",
            object_id=view_id,
            before=_facts(before),
            after=_facts(told),
        )
    return told


@use_case(Permission.VIEW)
def delete_view(*, actor: Actor, at: datetime, view_id: UUID, idempotency_key: str | None = None) -> ViewShape:
    """This function will forget a view and return it as it was.

    Raises:
        NotFound: when there is no such view, or it is somebody else's alone.
        NotAllowed: when the actor may not look at the list, or it is shared and the actor may not share.
    """
    del idempotency_key
    require_unscoped(actor, Permission.VIEW)
    row = saved_views.locked(view_id, principal=actor.principal)
    _require(actor, row.list_name, is_shared=row.is_shared)
    saved_views.delete(view_id)
    told = view_shape(row)
    audit.record(actor=actor, at=at, action="delete_view", kind="view", object_id=view_id, before=_facts(told))
    return told


def _require(actor: Actor, list_name: str, *, is_shared: bool) -> None:
    require_unscoped(actor, Permission.VIEW)
    actor.require(needed_for(list_name))
    if is_shared:
        actor.require(Permission.SHARE_VIEWS)


def _checked_name(name: str) -> str:
    name = name.strip()
    if not 0 < len(name) <= LONGEST_NAME:
        raise InvalidField(name="name", reason=f"Name the view, with at most {LONGEST_NAME} characters.")
    refuse_card_numbers(name=name)
    return name


def _parameters(list_name: str, query: str) -> Parameters:
    if len(query) > LONGEST_QUERY:
        raise InvalidField(name="query", reason=f"A view has at most {LONGEST_QUERY} characters of filters.")
    refuse_card_numbers(query=query)
    found = tuple(parse_qsl(query))
    if any("\0" in value for _name, value in found):
        raise InvalidField(name="query", reason="A filter holds no control characters.")
    refuse_card_numbers(query=" ".join(value for _name, value in found))
    if unknown := sorted({name for name, _value in found} - PARAMETERS[list_name]):
        known = ", ".join(sorted(PARAMETERS[list_name]))
        raise InvalidField(name="query", reason=f"“{unknown[0]}” is none of what this list takes: {known}.")
    return found


def _facts(view: ViewShape) -> dict[str, object]:
    return {name: value for name, value in view.items() if name in {"list", "name", "query", "is_shared"}}
