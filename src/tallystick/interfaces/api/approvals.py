"""`/approvals`: acts above a limit that wait for a second person, and what was decided about them."""

from typing import Annotated, Literal

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import CustomerRef, Input, Line500, Nothing, an_id
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed, seen_customer
from tallystick.payments import approval_queries
from tallystick.payments import queries as payments
from tallystick.payments.approval_queries import ApprovalFilter
from tallystick.usecases import approve
from tallystick.usecases.frame import require_own
from tallystick.wire.approvals import ACTS, STATES, ApprovalShape, approval_shape, approval_shapes
from tallystick.wire.ids import approval_id_of, payment_id_of
from tallystick.wire.shapes import one_of

router = Room(tags=["approvals"])


State = Annotated[Literal["waiting", "approved", "declined"], one_of(STATES, example="waiting")]
Asked = Annotated[Literal["record", "mark_paid", "refund"], one_of(ACTS, example="refund")]


class ApprovalQuery(PageQuery):
    """Which requests the list shows."""

    state: State | None = None
    act: Asked | None = None
    customer: CustomerRef | None = None
    payment: Annotated[str, an_id("pay", "a payment")] | None = None


class DeclineInput(Input):
    """Why a request is declined."""

    reason: Annotated[Line500, Field(min_length=1, examples=["The customer was never charged this."])]


class ApprovalPage(TypedDict):
    """A page of requests."""

    data: list[ApprovalShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=ApprovalPage, summary="List approvals", operation_id="list_approvals")
def list_approvals(request: Request, query: Query[ApprovalQuery]) -> Listed:
    """Answers with what waits for a second person and what was decided, the newest first. Needs `view`."""
    actor = viewer(request)
    payment_id = None if query.payment is None else payment_id_of(query.payment)
    if payment_id is not None:
        require_own(actor, payments.payment(payment_id)["customer_id"], kind="payment")
    wanted = ApprovalFilter(
        state=(query.state,) if query.state else (),
        act=(query.act,) if query.act else (),
        customer_id=seen_customer(actor, query.customer or ""),
        payment_id=payment_id,
    )
    page = approval_queries.approvals_page(wanted, cursor=query.cursor, limit=query.limit)
    return listed(approval_shapes(page.rows), page)


@router.get("/{approval_id}", response=ApprovalShape, summary="Get an approval", operation_id="get_approval")
def get_approval(request: Request, approval_id: str) -> ApprovalShape:
    """Answers with what was asked for, by whom, and what became of it. Needs `view`."""
    actor = viewer(request)
    row = approval_queries.approval(approval_id_of(approval_id))
    require_own(actor, row["customer_id"], kind="approval request")
    return approval_shape(row)


@router.post("/{approval_id}/approve", response=ApprovalShape, summary="Approve", operation_id="approve")
def approve_request(request: Request, approval_id: str, key: RequiredKey, body: Nothing | None = None) -> ApprovalShape:
    """Approves what somebody else asked for, and does it. A key counts as the person who made it, so nobody approves
    their own request by a key. Refused when the payment has changed since. Needs `view`, and `payments.complete` or
    `payments.refund` as the act does.
    """
    del body
    return approve.approve(approval_id=approval_id_of(approval_id), **call(request, key))


@router.post("/{approval_id}/decline", response=ApprovalShape, summary="Decline", operation_id="decline")
def decline_request(request: Request, approval_id: str, key: RequiredKey, body: DeclineInput) -> ApprovalShape:
    """Declines what somebody asked for, with a reason; whoever asked takes it back like this. Needs `view`, and
    `payments.complete` or `payments.refund` as the act does.
    """
    return approve.decline(approval_id=approval_id_of(approval_id), reason=body.reason, **call(request, key))
