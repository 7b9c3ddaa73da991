"""Subscriptions from the draft on: agreed, activated, paused, resumed, suspended (E2, `docs/model.md`, 25 and 26).

Changes of plan are in `change_plan.py`, the end is in `unsubscribe.py`, the bills are in `bill_run.py`.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tallystick.catalog.operations import Archived
from tallystick.catalog.queries import PriceFacts, price
from tallystick.customers.queries import customer_row, group_of
from tallystick.dunning import operations as dunning
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.subscriptions import operations as subscriptions
from tallystick.subscriptions import queries
from tallystick.subscriptions.operations import SubscriptionRow, Terms
from tallystick.subscriptions.states import DRAFT
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.prorate import bill_next
from tallystick.usecases.roles import Permission
from tallystick.wire import subscriptions as wire
from tallystick.wire.subscriptions import SubscriptionShape

LONGEST_REMARK = 5000
LONGEST_REASON = 200
LONGEST_TRIAL_DAYS = 3650
QUANTITY_PLACES = Decimal("0.0001")

# What may be changed of a draft, and what may still be changed of a subscription that lives.
_OF_DRAFTS: Final = frozenset(
    {
        "price_id",
        "quantity",
        "start_date",
        "trial_days",
        "trial_until",
        "billing_day",
        "contract_months",
        "collection",
        "early_return_fee_minor",
        "remark",
    }
)
_OF_LIVE: Final = frozenset({"collection", "remark"})


@use_case(Permission.DRAFT_SUBSCRIPTIONS)
def create_subscription(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    price_id: UUID,
    start_date: date,
    quantity: Decimal = Decimal(1),
    trial_days: int | None = None,
    trial_until: date | None = None,
    billing_day: int | None = None,
    contract_months: int | None = None,
    collection: str = "autopay",
    early_return_fee_minor: int | None = None,
    remark: str = "",
    idempotency_key: str | None = None,
) -> SubscriptionShape:
    """This function will draft a subscription (E2, E19) and return it; it bills nothing before it is activated.

    A trial is so many days, or ends on a day, which is the first that is billed. With a billing day of the month other
    than that on which billing starts the first period is a part of one, priced by its days. The fee is in minor units,
    with or without tax as the price is.

    Raises:
        NotFound: when the customer or the price does not exist.
        Archived: when the price, its variant, product or tax rate is archived.
        InvalidField: when a term cannot be used.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    customer_row(customer_id)
    _check_remark(remark)
    subscriptions.require_start(start_date, today=local_date(at))
    chosen = choosable(price_id)
    subscription_id = subscriptions.create_draft(
        customer_id=customer_id,
        price=chosen,
        terms=Terms(
            quantity=exact(quantity),
            start_date=start_date,
            billing_start_date=billing_start(start_date, trial_days=trial_days, trial_until=trial_until),
            billing_day=billing_day,
            contract_months=contract_months,
            collection=collection,
            early_return_fee_minor=early_return_fee_minor,
            remark=remark,
        ),
        by=actor.label,
        at=at,
    )
    shape = wire.one_subscription(subscription_id)
    audit.record(
        actor=actor,
        at=at,
        action="create_subscription",
        kind="subscription",
        object_id=subscription_id,
        after=shape,
    )
    return shape


@use_case(Permission.DRAFT_SUBSCRIPTIONS)
def edit_subscription(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    changes: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> SubscriptionShape:
    """This function will change the terms of a draft, by the names that `create_subscription` has for them.

    Of a subscription that lives `collection` and `remark` can be changed, by who may change subscriptions.

    Raises:
        NotFound: when there is no such subscription or price.
        NotAllowed: when it lives, and the actor may change drafts only.
        Archived: when another price is chosen that cannot be.
        InvalidField: when a value cannot be used, or cannot be changed any more.
    """
    del idempotency_key
    row = own(actor, subscription_id)
    before = wire.one_subscription(subscription_id)
    _check_remark(changes.get("remark", ""))
    if row.state != DRAFT:
        actor.require(Permission.CHANGE_SUBSCRIPTIONS)
    known = _OF_DRAFTS if row.state == DRAFT else _OF_LIVE
    for name in changes:
        if name not in known:
            raise InvalidField(name=name, reason="This cannot be changed.")
    if row.state == DRAFT:
        _edit_draft(row, changes, actor=actor, at=at)
    else:
        subscriptions.describe(row, **changes)
    return _told("edit_subscription", before, row, actor=actor, at=at)


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def activate_subscription(
    *, actor: Actor, at: datetime, subscription_id: UUID, idempotency_key: str | None = None
) -> SubscriptionShape:
    """This function will activate a draft (E2): on trial until billing starts, else active.

    When billing has started the first period is billed at once; in a billing group its next invoice takes it. What
    else is due by then is the next run's.

    Raises:
        NotFound, SubscriptionTransitionRefused: when there is no such draft.
        InvoiceLinesNotAccepted, NoExchangeRate: when the first period cannot be billed.
    """
    del idempotency_key
    today = local_date(at)

    def activate(row: SubscriptionRow) -> None:
        subscriptions.activate(row, today=today, by=actor.label, at=at)
        if row.billing_start_date <= today and group_of(row.customer_id, on=row.billing_start_date) is None:
            bill_next(row, actor=actor, day=today, at=at)

    return _act("activate_subscription", subscription_id, activate, actor=actor, at=at)


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def pause_subscription(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    from_date: date | None = None,
    resume_date: date | None = None,
    idempotency_key: str | None = None,
) -> SubscriptionShape:
    """This function will pause a subscription from today or a later day on; no period begins while it is paused.

    What is billed runs on, and a contract ends on the day on which it would have.

    Raises:
        NotFound, SubscriptionTransitionRefused: when there is no such active subscription.
        InvalidField: when a day lies before the one that it must follow.
    """
    del idempotency_key
    today = local_date(at)
    return _act(
        "pause_subscription",
        subscription_id,
        lambda row: subscriptions.pause(
            row, from_date=from_date or today, resume_date=resume_date, today=today, by=actor.label, at=at
        ),
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def resume_subscription(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    on_date: date | None = None,
    idempotency_key: str | None = None,
) -> SubscriptionShape:
    """This function will resume a paused subscription today or on a later day; a pause still to come is withdrawn.

    When the billed days are over by then the next period begins on that day: a part period to the next boundary.

    Raises:
        NotFound, SubscriptionTransitionRefused: when there is no such subscription, or it is not paused.
        InvalidField: when the day is past.
    """
    del idempotency_key
    today = local_date(at)
    return _act(
        "resume_subscription",
        subscription_id,
        lambda row: subscriptions.resume(row, on_date=on_date or today, today=today, by=actor.label, at=at),
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def suspend_subscription(
    *, actor: Actor, at: datetime, subscription_id: UUID, reason: str = "", idempotency_key: str | None = None
) -> SubscriptionShape:
    """This function will suspend the service of an active subscription; it goes on to be billed.

    Raises:
        NotFound, SubscriptionTransitionRefused: when there is no such active subscription.
    """
    del idempotency_key
    check_reason(reason)
    return _act(
        "suspend_subscription",
        subscription_id,
        lambda row: subscriptions.suspend(row, reason=reason.strip(), by=actor.label, at=at),
        actor=actor,
        at=at,
    )


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def lift_suspension(
    *, actor: Actor, at: datetime, subscription_id: UUID, idempotency_key: str | None = None
) -> SubscriptionShape:
    """This function will lift the suspension of a subscription, also where an invoice is unpaid because of which it was
    suspended: that invoice does not suspend it again.

    Raises:
        NotFound, SubscriptionTransitionRefused: when there is no such suspended subscription.
    """
    del idempotency_key

    def lift(row: SubscriptionRow) -> None:
        subscriptions.lift(row, by=actor.label, at=at)
        dunning.end_suspensions(subscription_id, at=at)

    return _act("lift_suspension", subscription_id, lift, actor=actor, at=at)


def own(actor: Actor, subscription_id: UUID) -> SubscriptionRow:
    """This function will lock a subscription that the actor may reach.

    Raises:
        NotFound: when there is none, or not for the actor.
    """
    require_own(actor, queries.subscription(subscription_id)["customer_id"], kind="subscription")
    return subscriptions.locked(subscription_id)


def choosable(price_id: UUID) -> PriceFacts:
    """This function will return a price that can be chosen.

    Raises:
        NotFound, Archived: when there is none, or something of it is archived.
    """
    found = price(price_id)
    if not found.is_current:
        raise Archived(kind="price")
    return found


def exact(quantity: Decimal) -> Decimal:
    """This function will return a quantity with the places that it is kept with.

    Raises:
        InvalidField: when it has more.
    """
    if not quantity.is_finite() or abs(quantity) >= 10**10 or quantity != round(quantity, 4):
        raise InvalidField(name="quantity", reason="A quantity is above 0, with at most four decimal places.")
    return quantity.quantize(QUANTITY_PLACES)


def check_reason(reason: str) -> None:
    """This function will refuse a reason that cannot be kept.

    Raises:
        InvalidField, CardNumberNotAccepted: when it is too long, or holds a card number.
    """
    refuse_card_numbers(reason=reason)
    if len(reason.strip()) > LONGEST_REASON:
        raise InvalidField(name="reason", reason=f"A reason has at most {LONGEST_REASON} characters.")


def _act(
    action: str, subscription_id: UUID, act: Callable[[SubscriptionRow], None], *, actor: Actor, at: datetime
) -> SubscriptionShape:
    row = own(actor, subscription_id)
    before = wire.one_subscription(subscription_id)
    act(row)
    return _told(action, before, row, actor=actor, at=at)


def _told(
    action: str, before: SubscriptionShape, row: SubscriptionRow, *, actor: Actor, at: datetime
) -> SubscriptionShape:
    """The shape after an act, and in the audit trail what it changed."""
    after = wire.one_subscription(row.id)
    told, was = dict[str, Any](after), dict[str, Any](before)
    changed = [name for name, value in told.items() if was[name] != value]
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="subscription",
        object_id=row.id,
        before={name: was[name] for name in changed},
        after={name: told[name] for name in changed},
    )
    return after


def _edit_draft(row: SubscriptionRow, changes: Mapping[str, Any], *, actor: Actor, at: datetime) -> None:
    price_id = changes.get("price_id", row.price_id)
    chosen = price(price_id) if price_id == row.price_id else choosable(price_id)
    start = changes.get("start_date", row.start_date)
    subscriptions.require_start(start, today=local_date(at))
    kept = row.billing_start_date
    if changes.keys() & {"trial_days", "trial_until"}:
        kept = billing_start(start, trial_days=changes.get("trial_days"), trial_until=changes.get("trial_until"))
    elif start != row.start_date:
        # A trial moves with the start.
        kept = start + (row.billing_start_date - row.start_date)
    day = row.anchor_day if row.anchor_date != row.billing_start_date else None
    terms = Terms(
        quantity=exact(changes.get("quantity", row.quantity)),
        start_date=start,
        billing_start_date=kept,
        billing_day=changes.get("billing_day", day),
        contract_months=changes.get("contract_months", row.contract_months),
        collection=changes.get("collection", row.collection),
        early_return_fee_minor=changes.get("early_return_fee_minor", row.early_return_fee_minor),
        remark=changes.get("remark", row.remark),
    )
    subscriptions.change_draft(row, price=chosen, terms=terms, by=actor.label, at=at)


def billing_start(start: date, *, trial_days: int | None, trial_until: date | None) -> date:
    """This function will return the first day that is billed: the start, or the day on which a trial is over.

    Raises:
        InvalidField: when the trial is told twice, or is too long.
    """
    if trial_days is not None and trial_until is not None:
        raise InvalidField(name="trial_until", reason="A trial has a number of days, or a day on which it is over.")
    if trial_days is not None:
        if not 0 <= trial_days <= LONGEST_TRIAL_DAYS:
            raise InvalidField(name="trial_days", reason=f"A trial has at most {LONGEST_TRIAL_DAYS} days.")
        return start + timedelta(days=trial_days)
    return trial_until or start


def _check_remark(remark: str) -> None:
    refuse_card_numbers(remark=remark)
    if len(remark) > LONGEST_REMARK:
        raise InvalidField(name="remark", reason=f"A remark has at most {LONGEST_REMARK} characters.")
