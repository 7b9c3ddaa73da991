"""`/subscriptions`: what customers get and pay for, period by period."""

from itertools import islice
from typing import Any
from uuid import UUID

from ninja import Query
from typing_extensions import TypedDict

from tallystick.catalog.queries import variant
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.interfaces.api.door import OptionalKey, Request, RequiredKey, Room, asked, call, viewer
from tallystick.interfaces.api.inputs import Nothing
from tallystick.interfaces.api.lists import Cursor, Listed, listed, own_subscription, seen_customer
from tallystick.interfaces.api.subscription_inputs import (
    CancelInput,
    CancelQuery,
    ChangeFields,
    ChangeInput,
    ChangeQuery,
    PauseInput,
    ResumeInput,
    SubscriptionChanges,
    SubscriptionInput,
    SubscriptionQuery,
    SuspendInput,
    UpcomingQuery,
)
from tallystick.subscriptions import queries
from tallystick.usecases import change_plan, subscribe, unsubscribe
from tallystick.wire import subscriptions as wire
from tallystick.wire.ids import (
    customer_id_of,
    price_id_of,
    product_id_of,
    subscription_id_of,
    variant_id_of,
)
from tallystick.wire.subscriptions import (
    BilledPeriodShape,
    CancelPreviewShape,
    IncomeShape,
    PlanChangePreviewShape,
    SubscriptionShape,
    UpcomingShape,
)

router = Room(tags=["subscriptions"])


class SubscriptionPage(TypedDict):
    """A page of subscriptions."""

    data: list[SubscriptionShape]
    next_cursor: Cursor
    previous_cursor: Cursor


class PeriodList(TypedDict):
    """The billed periods of a subscription."""

    data: list[BilledPeriodShape]


@router.get("", response=SubscriptionPage, summary="List subscriptions", operation_id="list_subscriptions")
def list_subscriptions(request: Request, query: Query[SubscriptionQuery]) -> Listed:
    """Answers with subscriptions, the newest first. Needs `view`."""
    actor = viewer(request)
    refuse_card_numbers(search=query.search)
    wanted = queries.SubscriptionFilter(
        customer_id=seen_customer(actor, query.customer),
        state=query.state or "",
        variant_id=variant_id_of(query.variant) if query.variant else None,
        product_id=product_id_of(query.product) if query.product else None,
        price_id=price_id_of(query.price) if query.price else None,
        search=query.search,
    )
    page = queries.subscriptions_page(wanted, cursor=query.cursor, limit=query.limit)
    return listed(wire.subscription_shapes(page.rows), page)


@router.post("", response={201: SubscriptionShape}, summary="Draft a subscription", operation_id="create_subscription")
def create_subscription(request: Request, key: RequiredKey, body: SubscriptionInput) -> SubscriptionShape:
    """Drafts a subscription at a price, which is frozen with it. It bills nothing until it is activated. Needs
    `subscriptions.draft`.
    """
    return subscribe.create_subscription(
        customer_id=customer_id_of(body.customer),
        price_id=price_id_of(body.price),
        **body.model_dump(exclude={"customer", "price"}),
        **call(request, key),
    )


@router.get(
    "/{subscription_id}", response=SubscriptionShape, summary="Get a subscription", operation_id="get_subscription"
)
def get_subscription(request: Request, subscription_id: str) -> SubscriptionShape:
    """Answers with the subscription, and the change of plan that waits for its renewal. Needs `view`."""
    return wire.one_subscription(own_subscription(viewer(request), subscription_id)["id"])


@router.patch(
    "/{subscription_id}",
    response=SubscriptionShape,
    summary="Edit a subscription",
    operation_id="edit_subscription",
)
def edit_subscription(
    request: Request, subscription_id: str, body: SubscriptionChanges, key: OptionalKey = None
) -> SubscriptionShape:
    """Changes the terms of a draft. Of a subscription that lives `collection` and `remark` can change; that needs
    `subscriptions.change`. Needs `subscriptions.draft`.
    """
    changes = body.model_dump(exclude_unset=True)
    if "price" in changes:
        changes["price_id"] = price_id_of(changes.pop("price"))
    return subscribe.edit_subscription(
        subscription_id=subscription_id_of(subscription_id), changes=changes, **call(request, key)
    )


@router.post(
    "/{subscription_id}/activate",
    response=SubscriptionShape,
    summary="Activate a subscription",
    operation_id="activate_subscription",
)
def activate_subscription(
    request: Request, subscription_id: str, key: RequiredKey, body: Nothing | None = None
) -> SubscriptionShape:
    """Activates a draft: on trial until billing starts, else active. When billing has started the first period is
    billed at once; a billing group takes it onto its next invoice. Needs `subscriptions.change`.
    """
    del body
    return subscribe.activate_subscription(subscription_id=subscription_id_of(subscription_id), **call(request, key))


@router.get(
    "/{subscription_id}/upcoming",
    response=UpcomingShape,
    summary="What is to come",
    operation_id="list_upcoming_periods",
)
def list_upcoming(request: Request, subscription_id: str, query: Query[UpcomingQuery]) -> UpcomingShape:
    """Answers with the next periods as they will be billed, computed and not stored, and what the whole contract comes
    to. Needs `view`.
    """
    row = own_subscription(viewer(request), subscription_id)
    return {
        "data": [wire.upcoming_shape(each) for each in islice(queries.periods_to_come(row), query.limit)],
        "currency": row["currency"],
        "contract_total_minor": queries.contract_minor(row),
    }


@router.get(
    "/{subscription_id}/periods", response=PeriodList, summary="What is billed", operation_id="list_billed_periods"
)
def list_periods(request: Request, subscription_id: str) -> PeriodList:
    """Answers with the periods that are on an invoice, the newest first. Needs `view`."""
    row = own_subscription(viewer(request), subscription_id)
    return {"data": [wire.period_shape(each) for each in queries.periods(row["id"])]}


@router.get(
    "/{subscription_id}/income", response=IncomeShape, summary="Income and cost recovery", operation_id="get_income"
)
def get_income(request: Request, subscription_id: str) -> IncomeShape:
    """Answers with what was paid for the subscription until now, without tax, and what of its cost is recovered; a key
    that is narrowed to a customer is not told the cost. Needs `view`.
    """
    actor = viewer(request)
    row = own_subscription(actor, subscription_id)
    sold = variant(row["variant_id"])
    cost = (sold["cost_minor"], sold["cost_currency"]) if actor.scope is None else (None, "")
    return wire.income_shape(queries.income(row, cost=cost))


@router.get(
    "/{subscription_id}/preview_change",
    response=PlanChangePreviewShape,
    summary="Preview a change of plan",
    operation_id="preview_plan_change",
)
def preview_change(request: Request, subscription_id: str, query: Query[ChangeQuery]) -> PlanChangePreviewShape:
    """Answers with the lines and amounts of a change of plan, exactly as confirming would issue them. Needs
    `subscriptions.change`.
    """
    return change_plan.preview_change(
        subscription_id=subscription_id_of(subscription_id), **_plan(query), **asked(request)
    )


@router.post(
    "/{subscription_id}/change",
    response=SubscriptionShape,
    summary="Change the plan",
    operation_id="change_plan",
)
def confirm_change(request: Request, subscription_id: str, key: RequiredKey, body: ChangeInput) -> SubscriptionShape:
    """Gives the subscription another price or quantity, as the preview told: now, with the unused days taken back and
    the rest charged, or at the next renewal. A preview that is out of date is refused (409). Needs
    `subscriptions.change`.
    """
    return change_plan.change_plan(
        subscription_id=subscription_id_of(subscription_id),
        preview=body.preview,
        **_plan(body),
        **call(request, key),
    )


@router.post(
    "/{subscription_id}/withdraw_change",
    response=SubscriptionShape,
    summary="Withdraw a change of plan",
    operation_id="withdraw_plan_change",
)
def withdraw_change(
    request: Request, subscription_id: str, key: RequiredKey, body: Nothing | None = None
) -> SubscriptionShape:
    """Withdraws the change of plan that waits for the renewal. Needs `subscriptions.change`."""
    del body
    return change_plan.withdraw_change(subscription_id=subscription_id_of(subscription_id), **call(request, key))


@router.get(
    "/{subscription_id}/preview_cancel",
    response=CancelPreviewShape,
    summary="Preview a cancellation",
    operation_id="preview_cancellation",
)
def preview_cancel(request: Request, subscription_id: str, query: Query[CancelQuery]) -> CancelPreviewShape:
    """Answers with the end, the early-return fee and the unused days, exactly as confirming would bill and credit them.
    Needs `subscriptions.change`.
    """
    return unsubscribe.preview_cancel(
        subscription_id=subscription_id_of(subscription_id), **query.model_dump(), **asked(request)
    )


@router.post(
    "/{subscription_id}/cancel",
    response=SubscriptionShape,
    summary="Cancel a subscription",
    operation_id="cancel_subscription",
)
def cancel_subscription(
    request: Request, subscription_id: str, key: RequiredKey, body: CancelInput
) -> SubscriptionShape:
    """Ends the subscription as the preview told; within the contract the early-return fee is billed. A preview that is
    out of date is refused (409). Needs `subscriptions.change`.
    """
    return unsubscribe.cancel_subscription(
        subscription_id=subscription_id_of(subscription_id), **body.model_dump(), **call(request, key)
    )


@router.post(
    "/{subscription_id}/pause",
    response=SubscriptionShape,
    summary="Pause a subscription",
    operation_id="pause_subscription",
)
def pause_subscription(request: Request, subscription_id: str, key: RequiredKey, body: PauseInput) -> SubscriptionShape:
    """Lets no period begin until it resumes; what is billed runs on. Needs `subscriptions.change`."""
    return subscribe.pause_subscription(
        subscription_id=subscription_id_of(subscription_id), **body.model_dump(), **call(request, key)
    )


@router.post(
    "/{subscription_id}/resume",
    response=SubscriptionShape,
    summary="Resume a subscription",
    operation_id="resume_subscription",
)
def resume_subscription(
    request: Request, subscription_id: str, key: RequiredKey, body: ResumeInput
) -> SubscriptionShape:
    """Resumes a paused subscription, or withdraws a pause that is still to come. When the billed days are over the next
    period begins on that day. Needs `subscriptions.change`.
    """
    return subscribe.resume_subscription(
        subscription_id=subscription_id_of(subscription_id), **body.model_dump(), **call(request, key)
    )


@router.post(
    "/{subscription_id}/suspend",
    response=SubscriptionShape,
    summary="Suspend a subscription",
    operation_id="suspend_subscription",
)
def suspend_subscription(
    request: Request, subscription_id: str, key: RequiredKey, body: SuspendInput
) -> SubscriptionShape:
    """Withholds the service; it goes on to be billed. Needs `subscriptions.change`."""
    return subscribe.suspend_subscription(
        subscription_id=subscription_id_of(subscription_id), **body.model_dump(), **call(request, key)
    )


@router.post(
    "/{subscription_id}/lift",
    response=SubscriptionShape,
    summary="Lift a suspension",
    operation_id="lift_suspension",
)
def lift_suspension(
    request: Request, subscription_id: str, key: RequiredKey, body: Nothing | None = None
) -> SubscriptionShape:
    """Lets a suspended service go on. Needs `subscriptions.change`."""
    del body
    return subscribe.lift_suspension(subscription_id=subscription_id_of(subscription_id), **call(request, key))


def _plan(fields: ChangeFields) -> dict[str, Any]:
    price_id: UUID | None = price_id_of(fields.price) if fields.price else None
    return {"price_id": price_id, "quantity": fields.quantity, "when": fields.when}
