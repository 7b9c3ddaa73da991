"""`/audit`: who did what, when, from what to what."""

from datetime import datetime, time, timedelta
from typing import Annotated, Literal

from ninja import Query
from pydantic import AfterValidator, Field
from typing_extensions import TypedDict

from tallystick.foundation import trail
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import business_zone
from tallystick.foundation.trail import TrailFilter
from tallystick.interfaces.api.door import Request, Room
from tallystick.interfaces.api.inputs import Day, Line60, Search
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.reports import audit_search
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire.audit import (
    ACTOR_KINDS,
    OBJECT_KINDS,
    AuditEntryShape,
    actor_of,
    entry_id_of,
    entry_shape,
    object_id_of,
)
from tallystick.wire.shapes import one_of

router = Room(tags=["audit"])

ActorKind = Annotated[
    Literal["staff", "contact", "api_key", "gateway", "system", "link"], one_of(ACTOR_KINDS, example="staff")
]


def _known_kind(kind: str) -> str:
    if kind not in OBJECT_KINDS:
        raise ValueError("Choose one of the kinds of things that entries are about.")
    return kind


ObjectKind = Annotated[
    str,
    AfterValidator(_known_kind),
    one_of({kind: about for kind, (_, about) in OBJECT_KINDS.items()}, example="payment"),
]


class AuditQuery(PageQuery):
    """Which entries the list shows; what is left out does not narrow."""

    actor: Annotated[
        str,
        Field(
            max_length=80,
            description="The id of a member of staff, of a contact, or of an API key.",
            examples=["usr_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"],
        ),
    ] = ""
    actor_kind: ActorKind | None = None
    action: Annotated[Line60, Field(description="The name of an act.", examples=["mark_paid"])] = ""
    object: Annotated[
        str,
        Field(
            max_length=80,
            description="The id of the one thing that entries are about.",
            examples=["pay_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"],
        ),
    ] = ""
    object_kind: ObjectKind | None = None
    day_from: Annotated[Day | None, Field(description="The first day, in the business's time zone.")] = None
    day_until: Annotated[Day | None, Field(description="The last day, in the business's time zone.")] = None
    search: Annotated[
        Search,
        Field(
            description="Words of reasons, names, addresses, numbers, titles, descriptions and references that entries "
            "tell of (of the last word the beginning is enough); a number or a customer's name stands for all that was "
            "done to it. Words that very many entries have find nothing.",
            examples=["INV-2026-00012"],
        ),
    ] = ""


class AuditPage(TypedDict):
    """A page of the audit."""

    data: list[AuditEntryShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=AuditPage, summary="List what was done", operation_id="list_audit_entries")
def list_audit_entries(request: Request, query: Query[AuditQuery]) -> Listed:
    """Answers with what people and programs did, the newest first. Needs `audit.view`, and a key that is not narrowed
    to one customer.
    """
    _auditor(request)
    refuse_card_numbers(search=query.search)
    zone = business_zone()
    wanted = TrailFilter(
        actors=(actor_of(query.actor),) if query.actor else None,
        actor_kinds=(query.actor_kind,) if query.actor_kind else None,
        actions=(query.action,) if query.action else None,
        object_ids=(object_id_of(query.object),) if query.object else None,
        object_kinds=(query.object_kind,) if query.object_kind else None,
        first=datetime.combine(query.day_from, time(), zone) if query.day_from else None,
        until=datetime.combine(query.day_until + timedelta(days=1), time(), zone) if query.day_until else None,
        search=query.search,
        about=audit_search.named(query.search),
    )
    page = trail.entries_page(wanted, cursor=query.cursor, limit=query.limit)
    return listed([entry_shape(row) for row in page.rows], page)


@router.get(
    "/{audit_entry_id}", response=AuditEntryShape, summary="Get what was done once", operation_id="get_audit_entry"
)
def get_audit_entry(request: Request, audit_entry_id: str) -> AuditEntryShape:
    """Answers with one entry. Needs `audit.view`, and a key that is not narrowed to one customer."""
    _auditor(request)
    return entry_shape(trail.entry(entry_id_of(audit_entry_id)))


def _auditor(request: Request) -> None:
    request.auth.require(Permission.VIEW_AUDIT)
    require_unscoped(request.auth, Permission.VIEW_AUDIT)
