"""`/payments/bulk`: one act on many payments, and what became of each."""

from typing import Annotated, Literal
from uuid import UUID

from ninja import Query
from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import CustomerRef, Day, Flag, Input, PaymentRef, Whole
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.interfaces.api.payment_inputs import MethodByHand, Reference
from tallystick.interfaces.api.payment_query import PaymentNarrowing, Sort, wanted_by
from tallystick.payments import bulk as rows
from tallystick.usecases import bulk
from tallystick.usecases.frame import scope_of
from tallystick.wire import bulk_acts as wire
from tallystick.wire.bulk_acts import BulkActShape, BulkRowShape
from tallystick.wire.ids import bulk_act_id_of, customer_id_of, payment_id_of
from tallystick.wire.shapes import one_of

router = Room(tags=["payments"])

_ACTIONS = {
    "mark_paid": "completes each, as for money that came outside of any gateway. Needs `payments.complete`.",
    "cancel": "cancels each promised payment. Needs `payments.cancel`.",
    "assign": "gives each, which is in suspense, to one customer. Needs `payments.assign`.",
}


class BulkInput(Input):
    """What is done, and to which payments: those named, or all that a list shows."""

    action: Annotated[Literal["mark_paid", "cancel", "assign"], one_of(_ACTIONS, example="mark_paid")]
    payments: Annotated[
        list[PaymentRef], Field(max_length=bulk.MOST, description="These payments; leave it empty for `matching`.")
    ] = []
    matching: Annotated[
        PaymentNarrowing | None,
        Field(description=f"All payments that `GET /payments` lists with this query, {bulk.MOST:,} at most."),
    ] = None
    sort: Sort = "-created"
    expected_count: Annotated[
        Whole | None,
        Field(ge=0, description="How many payments `matching` is thought to fit: with another number nothing is done."),
    ] = None
    received_date: Annotated[Day | None, Field(description="For `mark_paid`: when the money came.")] = None
    method: Annotated[MethodByHand | None, Field(description="For `mark_paid`: how the money came.")] = None
    reference: Reference = ""
    sends_mail: Annotated[Flag, Field(description="For `mark_paid`: whether receipts go out by mail.")] = True
    customer: Annotated[CustomerRef | None, Field(description="For `assign`: to whom the money belongs.")] = None


class BulkRowPage(TypedDict):
    """A page of the rows of an act."""

    data: list[BulkRowShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.post("/bulk", response={201: BulkActShape}, summary="Act on many payments", operation_id="begin_bulk_act")
def begin_bulk_act(request: Request, key: RequiredKey, body: BulkInput) -> BulkActShape:
    """Does one act to many payments, each by the rules of the single act, whole or not at all. Up to 200 are done when
    the answer comes; of more a job does the rest: ask `GET /payments/bulk/{bulk_act_id}` how far it is. Needs `view`
    and the permission of the act.
    """
    if bool(body.payments) is (body.matching is not None):
        raise InvalidField(name="payments", reason="Name the payments, or say which ones match: one of the two.")
    asked = call(request, key)
    wanted = None if body.matching is None else wanted_by(asked["actor"], body.matching)
    return bulk.begin_bulk_act(
        action=body.action,
        payment_ids=[payment_id_of(each) for each in body.payments],
        wanted=wanted,
        method=body.method or "",
        customer_id=None if body.customer is None else customer_id_of(body.customer),
        **body.model_dump(include={"sort", "expected_count", "received_date", "reference", "sends_mail"}),
        **asked,
    )


@router.get(
    "/bulk/{bulk_act_id}", response=BulkActShape, summary="Get an act on many payments", operation_id="get_bulk_act"
)
def get_bulk_act(request: Request, bulk_act_id: str) -> BulkActShape:
    """Answers with an act, how far it is, and the first rows that were refused. Needs `view`."""
    actor, act_id = viewer(request), bulk_act_id_of(bulk_act_id)
    _require_seen(actor, act_id)
    return wire.one_act(act_id)


@router.get(
    "/bulk/{bulk_act_id}/rows",
    response=BulkRowPage,
    summary="List the payments of an act",
    operation_id="list_bulk_rows",
)
def list_bulk_rows(request: Request, bulk_act_id: str, query: Query[PageQuery]) -> Listed:
    """Answers with the payments of an act and what became of each, in the order of their list. Needs `view`."""
    actor, act_id = viewer(request), bulk_act_id_of(bulk_act_id)
    _require_seen(actor, act_id)
    page = rows.rows_page(act_id, cursor=query.cursor, limit=query.limit)
    return listed(wire.row_shapes(page.rows), page)


def _require_seen(actor: Actor, act_id: UUID) -> None:
    rows.act(act_id, of_customer=scope_of(actor))
