"""Writing subscriptions: drafted, activated, paused, resumed, suspended, cancelled; each step with its event.

What changes because a date was reached is in `turning.py`, changes of plan are in `plans.py`.
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, TypeAlias
from uuid import UUID

from tallystick.catalog.queries import PriceFacts
from tallystick.foundation import numbering
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import needs_transaction
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.subscriptions.models import Subscription, SubscriptionEvent
from tallystick.subscriptions.schedule import LONGEST_CONTRACT_MONTHS, MONTHS, first_anchor
from tallystick.subscriptions.states import (
    ACTIVATE,
    CANCEL,
    DRAFT,
    LIFT,
    PAUSE,
    PAUSED,
    RESUME,
    START_TRIAL,
    SUSPEND,
    SubscriptionTransitionRefused,
    next_state,
)

# The row as use cases hold it: locked, never saved by them.
SubscriptionRow: TypeAlias = Subscription
# How far from today a subscription may begin, in years: beyond it a date is mistyped.
FARTHEST_YEARS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a subscription is agreed on, beside customer and price. Dates are local dates of the business."""

    quantity: Decimal
    start_date: date
    # The first day that is billed; later than the start when a trial lies before it.
    billing_start_date: date
    # The day of the month on which whole periods begin; None is the day on which billing starts.
    billing_day: int | None
    contract_months: int | None
    collection: str
    # In minor units of the price's currency, with or without tax as the price is.
    early_return_fee_minor: int | None
    remark: str


@dataclass(kw_only=True, eq=False)
class SubscriptionIsCancelled(Conflict):
    """A cancellation is final: the day on which the subscription ends stands."""

    code: ClassVar[str] = "subscription_is_cancelled"
    sentence: ClassVar[str] = "This subscription was cancelled and ends on {end_date}."

    end_date: date


@needs_transaction
def create_draft(*, customer_id: UUID, price: PriceFacts, terms: Terms, by: str, at: datetime) -> UUID:
    """This function will draft a subscription, with the next number, and return its id. It bills nothing.

    The price is frozen: a catalogue that changes later changes nothing here.

    Raises:
        InvalidField: when a term cannot be used.
    """
    row = Subscription(
        number=f"S-{numbering.take('subscription'):05}",
        state=DRAFT,
        customer_id=customer_id,
        created_at=at,
        **agreed(price, terms),
    )
    row.save(force_insert=True)
    tell(row, "create", from_state="", by=by, at=at)
    return row.id


@needs_transaction
def change_draft(row: Subscription, *, price: PriceFacts, terms: Terms, by: str, at: datetime) -> None:
    """This function will put other terms in the place of a draft's.

    Raises:
        SubscriptionTransitionRefused: when it is no draft any more.
        InvalidField: when a term cannot be used.
    """
    if row.state != DRAFT:
        raise SubscriptionTransitionRefused(subscription_id=row.id, state=row.state, event="edit")
    columns = agreed(price, terms)
    if price.id == row.price_id:
        # What was offered stays offered, whatever the catalogue calls it by now.
        columns["description"] = row.description
    for column, value in columns.items():
        setattr(row, column, value)
    row.save(update_fields=list(columns))
    tell(row, "edit", from_state=DRAFT, by=by, at=at)


@needs_transaction
def describe(row: Subscription, **changes: str) -> None:
    """This function will change the `collection` or the `remark` of a locked row, which may live.

    Raises:
        InvalidField: when the collection is none.
    """
    for column, value in changes.items():
        setattr(row, column, value)
    _check_collection(row.collection)
    row.save(update_fields=list(changes))


@needs_transaction
def activate(row: Subscription, *, today: date, by: str, at: datetime) -> None:
    """This function will activate a draft (E2): on trial until billing starts, else active. It bills nothing itself.

    Raises:
        SubscriptionTransitionRefused: when it is no draft.
    """
    on_trial = row.start_date < row.billing_start_date and today < row.billing_start_date
    move(
        row,
        START_TRIAL if on_trial else ACTIVATE,
        by=by,
        at=at,
        activated_at=at,
        next_period_start=row.billing_start_date,
    )


@needs_transaction
def pause(row: Subscription, *, from_date: date, resume_date: date | None, today: date, by: str, at: datetime) -> None:
    """This function will pause a subscription from a day on: no period that begins on it or later is billed.

    What is billed runs on. While a day is still to come, or a period that began before it is not billed yet, only the
    day is noted, and `turning.turn` does the rest.

    Raises:
        SubscriptionTransitionRefused: when it is not active.
        SubscriptionIsCancelled: when it ends on that day or before.
        InvalidField: when a date lies before the one that it must follow.
    """
    next_state(subscription_id=row.id, state=row.state, event=PAUSE)
    if from_date < today:
        raise InvalidField(name="from_date", reason="A pause begins today or later.")
    if resume_date is not None and resume_date <= from_date:
        raise InvalidField(name="resume_date", reason="The service resumes after the pause has begun.")
    if row.end_date is not None and from_date >= row.end_date:
        raise InvalidField(name="from_date", reason=f"This subscription ends on {row.end_date}, before the pause.")
    row.paused_date = from_date
    row.resume_date = resume_date
    row.save(update_fields=["paused_date", "resume_date"])
    facts = {"from_date": from_date.isoformat(), "resume_date": resume_date.isoformat() if resume_date else None}
    if from_date <= today and not (row.next_period_start and row.next_period_start < from_date):
        move(row, PAUSE, by=by, at=at, detail=facts)
    else:
        tell(row, "plan_pause", from_state=row.state, by=by, at=at, **facts)


@needs_transaction
def resume(row: Subscription, *, on_date: date, today: date, by: str, at: datetime) -> None:
    """This function will resume a paused subscription today, or note the later day on which it resumes.

    The next period begins on that day when the billed days are over by then: a part period to the next boundary. A
    pause that is still to come is withdrawn.

    Raises:
        SubscriptionTransitionRefused: when it is neither paused nor about to be.
        InvalidField: when the day is past.
    """
    if on_date < today:
        raise InvalidField(name="on_date", reason="The service resumes today or later.")
    if row.state != PAUSED and row.paused_date is not None:
        row.paused_date = None
        row.resume_date = None
        row.save(update_fields=["paused_date", "resume_date"])
        tell(row, "withdraw_pause", from_state=row.state, by=by, at=at)
        return
    next_state(subscription_id=row.id, state=row.state, event=RESUME)
    if on_date > today:
        row.resume_date = on_date
        row.save(update_fields=["resume_date"])
        tell(row, "plan_resume", from_state=row.state, by=by, at=at, resume_date=on_date.isoformat())
        return
    next_start = None if row.next_period_start is None else max(row.next_period_start, on_date)
    if next_start is not None and row.end_date is not None and next_start >= row.end_date:
        next_start = None
    move(row, RESUME, by=by, at=at, paused_date=None, resume_date=None, next_period_start=next_start)


@needs_transaction
def suspend(row: Subscription, *, reason: str, by: str, at: datetime) -> None:
    """This function will suspend the service; billing goes on (`states.BILLED`).

    Raises:
        SubscriptionTransitionRefused: when it is not active.
    """
    move(row, SUSPEND, by=by, at=at, detail={"reason": reason} if reason else None)


@needs_transaction
def lift(row: Subscription, *, by: str, at: datetime) -> None:
    """This function will lift a suspension.

    Raises:
        SubscriptionTransitionRefused: when it is not suspended.
    """
    move(row, LIFT, by=by, at=at)


@needs_transaction
def cancel(
    row: Subscription, *, end_date: date, reason: str, today: date, by: str, at: datetime, **detail: Any
) -> None:
    """This function will cancel a subscription: `end_date` is the first day that it does not cover any more.

    It is cancelled at once when that day is reached and nothing is left to bill; until then it goes on in its state,
    and `turning.turn` does the rest. `detail` holds JSON values for the timeline.

    Raises:
        SubscriptionTransitionRefused: when it is over already.
        SubscriptionIsCancelled: when it was cancelled before.
    """
    next_state(subscription_id=row.id, state=row.state, event=CANCEL)
    if row.cancelled_at is not None and row.end_date is not None:
        raise SubscriptionIsCancelled(end_date=row.end_date)
    row.cancelled_at = at
    row.cancel_reason = reason
    row.end_date = max(end_date, row.start_date)
    # While it is paused no period begins.
    over = row.state == PAUSED and end_date <= today
    if row.next_period_start is not None and (over or row.next_period_start >= row.end_date):
        row.next_period_start = None
    if row.state != PAUSED and row.paused_date is not None and row.paused_date >= row.end_date:
        # It ends before the pause that was planned.
        row.paused_date = None
        row.resume_date = None
    columns = ["cancelled_at", "cancel_reason", "end_date", "next_period_start", "paused_date", "resume_date"]
    row.save(update_fields=columns)
    facts = {"end_date": row.end_date.isoformat(), "reason": reason, **detail}
    if row.state == DRAFT or (row.next_period_start is None and end_date <= today):
        move(row, CANCEL, by=by, at=at, detail=facts)
    else:
        tell(row, "plan_cancel", from_state=row.state, by=by, at=at, **facts)


@needs_transaction
def move(
    row: Subscription, event: str, *, by: str, at: datetime, detail: dict[str, Any] | None = None, **changes: Any
) -> None:
    """This function will change the state of a locked row by an event of the table, and its columns with it.

    Raises:
        SubscriptionTransitionRefused: when the table has no such step.
    """
    before = row.state
    row.state = next_state(subscription_id=row.id, state=before, event=event)
    for column, value in changes.items():
        setattr(row, column, value)
    row.save(update_fields=["state", *changes])
    tell(row, event, from_state=before, by=by, at=at, **(detail or {}))


@needs_transaction
def tell(row: Subscription, event: str, *, from_state: str, by: str, at: datetime, **detail: Any) -> None:
    """This function will add an event to the subscription's timeline; `detail` holds JSON values."""
    SubscriptionEvent.objects.create(
        subscription=row,
        at=at,
        event=event,
        from_state=from_state,
        to_state=row.state,
        actor_label=by,
        detail=detail,
    )


@needs_transaction
def locked(subscription_id: UUID) -> Subscription:
    """This function will lock a subscription until the transaction ends: before any invoice.

    Raises:
        NotFound: when there is none.
    """
    row = Subscription.objects.select_for_update().filter(id=subscription_id).first()
    if row is None:
        raise NotFound(kind="subscription")
    return row


def _contract_end(billing_start: date, months: int, anchor_date: date, anchor_day: int) -> date:
    """The first day after the contract. Its months count from the first billed day: a contract of twelve months is
    twelve monthly payments (E2), and a trial lies before them.
    """
    # When whole periods begin with billing, the contract ends on a boundary: from Feb 28 on the 31st, too.
    day = anchor_day if anchor_date == billing_start else billing_start.day
    return months_after(billing_start, months, day=day)


def agreed(price: PriceFacts, terms: Terms) -> dict[str, Any]:
    """This function will return the columns of what is agreed.

    Raises:
        InvalidField: when a term cannot be used.
    """
    _check(price, terms)
    anchor_day = terms.billing_day or terms.billing_start_date.day
    anchor_date = first_anchor(terms.billing_start_date, day=anchor_day, months=MONTHS[price.frequency])
    months = terms.contract_months
    return {
        "variant_id": price.variant_id,
        "price_id": price.id,
        "description": price.description,
        "unit_price_minor": price.amount_minor,
        "currency": price.currency,
        "prices_include_tax": price.includes_tax,
        "tax_rate_id": price.tax_rate_id,
        "frequency": price.frequency,
        "quantity": terms.quantity,
        "collection": terms.collection,
        "remark": terms.remark,
        "start_date": terms.start_date,
        "billing_start_date": terms.billing_start_date,
        "anchor_date": anchor_date,
        "anchor_day": anchor_day,
        "contract_months": months,
        "end_date": months and _contract_end(terms.billing_start_date, months, anchor_date, anchor_day),
        "early_return_fee_minor": terms.early_return_fee_minor,
    }


def require_start(start_date: date, *, today: date) -> None:
    """This function will refuse a day so far from today that it must be mistyped.

    Raises:
        InvalidField: as it says.
    """
    if abs(start_date.year - today.year) > FARTHEST_YEARS:
        raise InvalidField(name="start_date", reason=f"A subscription begins within {FARTHEST_YEARS} years of today.")


def _check(price: PriceFacts, terms: Terms) -> None:
    require_quantity(terms.quantity, price)
    if terms.billing_start_date < terms.start_date:
        raise InvalidField(name="trial_until", reason="A trial ends after the subscription has begun.")
    if terms.billing_start_date.year - terms.start_date.year > FARTHEST_YEARS:
        raise InvalidField(name="trial_until", reason=f"A trial is over within {FARTHEST_YEARS} years.")
    if terms.billing_day is not None and not 1 <= terms.billing_day <= 31:
        raise InvalidField(
            name="billing_day", reason="A billing day is 1 to 31; in a shorter month 31 is its last day."
        )
    if terms.contract_months is not None and not 1 <= terms.contract_months <= LONGEST_CONTRACT_MONTHS:
        raise InvalidField(
            name="contract_months", reason=f"A contract has 1 to {LONGEST_CONTRACT_MONTHS} months, or is open-ended."
        )
    _check_collection(terms.collection)
    fee = terms.early_return_fee_minor
    if fee is not None and not 0 <= fee <= LARGEST_MINOR:
        raise InvalidField(name="early_return_fee_minor", reason="A fee is not negative, nor beyond all measure.")


def _check_collection(collection: str) -> None:
    if collection not in Subscription.Collection.values:
        raise InvalidField(name="collection", reason="Collection is autopay or manual.")


def require_quantity(quantity: Decimal, price: PriceFacts) -> None:
    """This function will refuse a quantity that no line can have, or that makes an amount beyond all measure.

    Raises:
        InvalidField: as it says.
    """
    if not 0 < quantity < 10**10 or quantity != round(quantity, 4):
        raise InvalidField(name="quantity", reason="A quantity is above 0, with at most four decimal places.")
    if quantity * price.amount_minor > LARGEST_MINOR // 2:
        raise InvalidField(name="quantity", reason="The amount of a period may not be beyond all measure.")
