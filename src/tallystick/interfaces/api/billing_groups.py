"""`/billing_groups`: customers who are billed together (E25 to E30)."""

from typing import Annotated, Any

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.customers import queries
from tallystick.foundation import clock
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.interfaces.api.customers import Terms
from tallystick.interfaces.api.door import OptionalKey, Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import (
    CurrencyInput,
    CustomerRef,
    Day,
    Input,
    Line100,
    Line200,
    Nothing,
    QueryFlag,
    Search,
    Whole,
    line,
)
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.usecases import group_bill, grouping
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.group_bills import GroupBilledShape, GroupPreviewShape
from tallystick.wire.ids import billing_group_id_of, customer_id_of
from tallystick.wire.shapes import BillingGroupShape, MembershipShape

router = Room(tags=["billing groups"])

GroupName = Annotated[Line200, Field(min_length=1, examples=["Acme Corp, laptops"])]
BillingDay = Annotated[Whole, Field(ge=1, le=31, description="The day of the month; 31 is the last day.", examples=[1])]


class GroupQuery(PageQuery):
    """Which billing groups a list shows."""

    search: Annotated[Search, Field(description="A part of the group's or its payer's name.")] = ""
    archived: Annotated[QueryFlag, Field(description="Whether archived groups are listed too.")] = False


class NewPayerInput(Input):
    """A business that is made with the group's name, and the person who gets the invoices."""

    contact_name: Annotated[Line200, Field(examples=["Ada Lovelace"])]
    email: Annotated[str, line(254), Field(examples=["ada@example.com"])]
    currency: CurrencyInput
    terms_days: Terms = 0


class GroupInput(Input):
    """A new billing group: with `payer` or with `new_payer`."""

    name: GroupName
    billing_day: BillingDay = 1
    payer: CustomerRef | None = None
    new_payer: NewPayerInput | None = None


class GroupChanges(Input):
    """What shall change; a field that is left out stays as it is."""

    name: Annotated[GroupName, Field(default_factory=str)]
    billing_day: Annotated[BillingDay, Field(default_factory=int)]


class MemberInput(Input):
    """Who joins."""

    customer: CustomerRef


class GroupPreviewQuery(Input):
    """Up to which day is billed."""

    as_of_date: Annotated[
        Day | None, Field(description="Every unbilled period that begins on this day or before; today at the latest.")
    ] = None


class GroupInvoiceInput(Input):
    """The preview that is confirmed."""

    version: Annotated[
        Line100, Field(min_length=1, description="`version` of the preview. When it would be another by now: 409.")
    ]
    as_of_date: Annotated[Day | None, Field(description="As in the preview.")] = None


class GroupPage(TypedDict):
    """A page of billing groups."""

    data: list[BillingGroupShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class MemberList(TypedDict):
    """Who belongs and belonged to a group, present members first."""

    data: list[MembershipShape]


@router.get("", response=GroupPage, summary="List billing groups", operation_id="list_billing_groups")
def list_billing_groups(request: Request, query: Query[GroupQuery]) -> Listed:
    """Answers with billing groups, the newest first. Needs `view`, and a key that is not narrowed to one customer."""
    require_unscoped(viewer(request), Permission.VIEW)
    refuse_card_numbers(search=query.search)
    page = queries.groups_page(
        search=query.search, with_archived=query.archived, cursor=query.cursor, limit=query.limit
    )
    return listed(builders.group_shapes(page.rows, today=clock.local_date(clock.now())), page)


@router.post("", response={201: BillingGroupShape}, summary="Make a billing group", operation_id="create_billing_group")
def create_billing_group(request: Request, key: RequiredKey, body: GroupInput) -> BillingGroupShape:
    """Makes a group that is billed from the next billing day on, to the payer. Needs `groups.change`."""
    payer_id = None if body.payer is None else customer_id_of(body.payer)
    new_payer: Any = None if body.new_payer is None else body.new_payer.model_dump()
    return grouping.create_group(
        name=body.name,
        billing_day=body.billing_day,
        payer_id=payer_id,
        new_payer=new_payer,
        **call(request, key),
    )


@router.get("/{group_id}", response=BillingGroupShape, summary="Get a billing group", operation_id="get_billing_group")
def get_billing_group(request: Request, group_id: str) -> BillingGroupShape:
    """Answers with the group. Needs `view`, and a key that is not narrowed to one customer."""
    require_unscoped(viewer(request), Permission.VIEW)
    return builders.one_group(billing_group_id_of(group_id), today=clock.local_date(clock.now()))


@router.patch(
    "/{group_id}", response=BillingGroupShape, summary="Change a billing group", operation_id="change_billing_group"
)
def change_billing_group(
    request: Request, group_id: str, body: GroupChanges, key: OptionalKey = None
) -> BillingGroupShape:
    """Changes the fields that are sent; a new billing day counts from the next one on. Needs `groups.change`."""
    changes = body.model_dump(exclude_unset=True)
    return grouping.change_group(group_id=billing_group_id_of(group_id), changes=changes, **call(request, key))


@router.get("/{group_id}/members", response=MemberList, summary="List members", operation_id="list_members")
def list_members(request: Request, group_id: str) -> MemberList:
    """Answers with everybody who is or was a member. Needs `view`, and a key that is not narrowed to one customer."""
    require_unscoped(viewer(request), Permission.VIEW)
    found = queries.group(billing_group_id_of(group_id))["id"]
    return {"data": builders.membership_shapes(found)}


@router.post("/{group_id}/members", response={201: MemberList}, summary="Add a member", operation_id="add_member")
def add_member(request: Request, group_id: str, key: RequiredKey, body: MemberInput) -> MemberList:
    """Lets a customer join: its periods that begin from today on come on the group's invoice. Needs `groups.change`."""
    customer_id = customer_id_of(body.customer)
    return {
        "data": grouping.add_member(
            group_id=billing_group_id_of(group_id), customer_id=customer_id, **call(request, key)
        )
    }


@router.post(
    "/{group_id}/members/{customer_id}/leave",
    response={200: MemberList},
    summary="Let a member leave",
    operation_id="remove_member",
)
def remove_member(
    request: Request, group_id: str, customer_id: str, key: RequiredKey, body: Nothing | None = None
) -> MemberList:
    """Ends a membership: periods that begin from today on are billed to the customer alone. Needs `groups.change`."""
    del body
    member = customer_id_of(customer_id)
    return {
        "data": grouping.remove_member(group_id=billing_group_id_of(group_id), customer_id=member, **call(request, key))
    }


@router.post(
    "/{group_id}/archive",
    response={200: BillingGroupShape},
    summary="Archive a billing group",
    operation_id="archive_billing_group",
)
def archive_billing_group(
    request: Request, group_id: str, key: RequiredKey, body: Nothing | None = None
) -> BillingGroupShape:
    """Ends a group: from today on its members are billed alone, for what is unbilled too. Needs `groups.change`."""
    del body
    return grouping.archive_group(group_id=billing_group_id_of(group_id), **call(request, key))


@router.get(
    "/{group_id}/preview",
    response=GroupPreviewShape,
    summary="What a group would be billed",
    operation_id="preview_group_invoice",
)
def preview_group_invoice(request: Request, group_id: str, query: Query[GroupPreviewQuery]) -> GroupPreviewShape:
    """Tells of every member what would be billed now, and what not and why. Bills nothing. Needs `billing.run`, and a
    key that is not narrowed to one customer.
    """
    return group_bill.preview_group_invoice(
        group_id=billing_group_id_of(group_id), as_of_date=query.as_of_date, **call(request, None)
    )


@router.post(
    "/{group_id}/invoices",
    response={201: GroupBilledShape},
    summary="Bill a group now",
    operation_id="generate_group_invoice",
)
def generate_group_invoice(
    request: Request, group_id: str, key: RequiredKey, body: GroupInvoiceInput
) -> GroupBilledShape:
    """Issues the invoices that the preview told, one for each currency, and mails them to the payer. Needs
    `billing.run`, and a key that is not narrowed to one customer.
    """
    return group_bill.generate_group_invoice(
        group_id=billing_group_id_of(group_id),
        version=body.version,
        as_of_date=body.as_of_date,
        **call(request, key),
    )
