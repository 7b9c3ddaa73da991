"""Other prices and quantities: at once, or from a renewal on (J61)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db.models import F, Q
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.catalog.queries import PriceFacts, prices_by_id
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.months import on_day
from tallystick.foundation.transactions import needs_transaction
from tallystick.subscriptions.models import PlanChange, Subscription, SubscriptionEvent
from tallystick.subscriptions.operations import require_quantity, tell
from tallystick.subscriptions.schedule import MONTHS, first_anchor, schedule_of
from tallystick.subscriptions.states import ACTIVE, BILLED, PAUSED, SUSPENDED, TRIAL

# The states in which another plan can be agreed on; a draft is edited instead.
CHANGEABLE: Final = (TRIAL, ACTIVE, PAUSED, SUSPENDED)
_CHUNK: Final = 1000
_PLAN_COLUMNS: Final = (
    "variant_id",
    "price_id",
    "description",
    "unit_price_minor",
    "prices_include_tax",
    "tax_rate_id",
    "frequency",
    "quantity",
    "anchor_date",
    "anchor_day",
)


@dataclass(kw_only=True, eq=False)
class PlanCannotChange(Conflict):
    """A draft is edited, and what is over does not change."""

    code: ClassVar[str] = "plan_cannot_change"
    sentence: ClassVar[str] = "This subscription is {state}; its plan does not change any more."

    state: str


@dataclass(kw_only=True, eq=False)
class ChangeIsWaiting(Conflict):
    """One change of plan waits at a time."""

    code: ClassVar[str] = "change_is_waiting"
    sentence: ClassVar[str] = "Another change of plan waits for the renewal on {effective_date}. Withdraw it first."

    effective_date: date


@needs_transaction
def plan(row: Subscription, *, price: PriceFacts, quantity: Decimal, today: date, by: str, at: datetime) -> PlanChange:
    """This function will note another price or quantity for the periods that begin at the next renewal or later.

    Raises:
        PlanCannotChange, ChangeIsWaiting: as the names say.
        InvalidField: when the plan cannot be this subscription's, or nothing is renewed any more.
    """
    require_plan(vars(row), price=price, quantity=quantity)
    require_none_waiting(row.id)
    effective_date = require_renewal(vars(row), today=today)
    change = PlanChange(
        subscription=row, effective_date=effective_date, price_id=price.id, quantity=quantity, created_at=at
    )
    with refine_integrity_error([(Named("one_change_to_come"), ChangeIsWaiting(effective_date=effective_date))]):
        change.save(force_insert=True)
    facts = {"effective_date": effective_date.isoformat(), "to": _told_of(price, quantity)}
    tell(row, "plan_change", from_state=row.state, by=by, at=at, **facts)
    return change


@needs_transaction
def withdraw(row: Subscription, *, by: str, at: datetime) -> None:
    """This function will withdraw the change of plan that waits for the renewal.

    Raises:
        NotFound: when none waits.
    """
    waiting = PlanChange.objects.filter(subscription=row, applied_at=None, withdrawn_at=None).first()
    if waiting is None:
        raise NotFound(kind="change of plan to come")
    waiting.withdrawn_at = at
    waiting.save(update_fields=["withdrawn_at"])
    tell(row, "withdraw_change", from_state=row.state, by=by, at=at, effective_date=waiting.effective_date.isoformat())


@needs_transaction
def withdraw_from(row: Subscription, *, day: date, at: datetime) -> None:
    """This function will withdraw a change that waits for a renewal on `day` or later: there will be none."""
    PlanChange.objects.filter(subscription=row, applied_at=None, withdrawn_at=None, effective_date__gte=day).update(
        withdrawn_at=at
    )


@needs_transaction
def change_now(
    row: Subscription,
    *,
    price: PriceFacts,
    quantity: Decimal,
    day: date,
    next_period_start: date | None,
    by: str,
    at: datetime,
    **detail: Any,
) -> None:
    """This function will give a locked subscription another price or quantity from a day on; what waited is withdrawn.

    `next_period_start` is where billing goes on; `detail` holds JSON values for the timeline.
    """
    PlanChange.objects.filter(subscription=row, applied_at=None, withdrawn_at=None).update(withdrawn_at=at)
    before = _told(row)
    PlanChange.objects.create(
        subscription=row,
        effective_date=day,
        price_id=price.id,
        quantity=quantity,
        before=before,
        created_at=at,
        applied_at=at,
    )
    columns = {
        **plan_columns(vars(row), price=price, quantity=quantity, day=day),
        "next_period_start": next_period_start,
    }
    for column, value in columns.items():
        setattr(row, column, value)
    row.save(update_fields=[*columns])
    facts = {"effective_date": day.isoformat(), "from": before, "to": _told(row), **detail}
    tell(row, "change_plan", from_state=row.state, by=by, at=at, **facts)


@needs_transaction
def apply_due(as_of: date, *, at: datetime, by: str, of: Sequence[UUID] | None = None, most: int) -> int:
    """This function will apply the changes whose renewal has come by `as_of`, and return how many.

    A renewal has come when the period that begins there is the next to be billed. `of` are the customers, where only
    theirs shall be.
    """
    narrowed = Q() if of is None else Q(subscription__customer_id__in=of)
    changes = list(
        PlanChange.objects.select_for_update(of=("subscription", "self"))
        .select_related("subscription")
        .filter(
            narrowed,
            applied_at=None,
            withdrawn_at=None,
            effective_date__lte=as_of,
            subscription__state__in=BILLED,
            subscription__next_period_start__lte=as_of,
            subscription__next_period_start__gte=F("effective_date"),
        )
        .order_by("subscription_id")[:most]
    )
    prices = prices_by_id(change.price_id for change in changes)
    events = []
    for change in changes:
        row, price = change.subscription, prices[change.price_id]
        change.before, change.applied_at = _told(row), at
        assert row.next_period_start is not None  # noqa: S101 - the query says so
        columns = plan_columns(vars(row), price=price, quantity=change.quantity, day=row.next_period_start)
        for column, value in columns.items():
            setattr(row, column, value)
        events.append(_event(row, "change_plan", by=by, at=at, **{"from": change.before, "to": _told(row)}))
    Subscription.objects.bulk_update([change.subscription for change in changes], _PLAN_COLUMNS)
    PlanChange.objects.bulk_update(changes, ["before", "applied_at"])
    SubscriptionEvent.objects.bulk_create(events)
    return len(changes)


@needs_transaction
def plan_for_all(price_id: UUID, *, to: PriceFacts, today: date, by: str, at: datetime) -> int:
    """This function will note a price in the place of another for every live subscription, from its renewal on.

    A change of quantity that waits keeps its day and takes the new price; a change to another price stays as it is.
    Returns for how many it was noted.
    """
    noted: int = _waiting_at(price_id).update(price_id=to.id)
    for rows in _without_change(price_id, locks=True):
        dated = [(row, day) for row in rows if (day := renewal_date(vars(row), today=today)) is not None]
        PlanChange.objects.bulk_create(
            PlanChange(subscription=row, effective_date=day, price_id=to.id, quantity=row.quantity, created_at=at)
            for row, day in dated
        )
        SubscriptionEvent.objects.bulk_create(
            _event(row, "plan_change", by=by, at=at, effective_date=day.isoformat(), to=_told_of(to, row.quantity))
            for row, day in dated
        )
        noted += len(dated)
    return noted


def count_for_all(price_id: UUID, *, today: date) -> int:
    """This function will return for how many subscriptions `plan_for_all` would note another price."""
    counted: int = _waiting_at(price_id).count()
    for rows in _without_change(price_id):
        counted += sum(renewal_date(vars(row), today=today) is not None for row in rows)
    return counted


def count_live(price_id: UUID) -> int:
    """This function will return how many live subscriptions have a price."""
    return Subscription.objects.filter(price_id=price_id, state__in=CHANGEABLE).count()


def _waiting_at(price_id: UUID) -> Any:
    """The changes of quantity alone that wait: they keep the price."""
    return PlanChange.objects.filter(
        applied_at=None, withdrawn_at=None, price_id=price_id, subscription__price_id=price_id
    )


def _without_change(price_id: UUID, *, locks: bool = False) -> Iterator[list[Subscription]]:
    rows = (
        Subscription.objects.filter(price_id=price_id, state__in=CHANGEABLE, next_period_start__isnull=False)
        .exclude(id__in=PlanChange.objects.filter(applied_at=None, withdrawn_at=None).values("subscription_id"))
        .order_by("id")
    )
    if locks:
        rows = rows.select_for_update(of=("self",))
    last: UUID | None = None
    while chunk := list(rows[:_CHUNK] if last is None else rows.filter(id__gt=last)[:_CHUNK]):
        last = chunk[-1].id
        yield chunk


def require_plan(row: Mapping[str, Any], *, price: PriceFacts, quantity: Decimal) -> None:
    """This function will refuse a plan that cannot be the next one of a subscription with these columns.

    Raises:
        PlanCannotChange: when it is a draft, or over.
        InvalidField: when the price is archived or of another currency, or nothing would change.
    """
    if row["state"] not in CHANGEABLE:
        raise PlanCannotChange(state=row["state"])
    if price.id != row["price_id"] and not price.is_current:
        raise InvalidField(name="price", reason="This price is archived and cannot be chosen.")
    if price.currency != row["currency"]:
        raise InvalidField(name="price", reason=f"This subscription is in {row['currency']}; so must its price be.")
    require_quantity(quantity, price)
    if price.id == row["price_id"] and quantity == row["quantity"]:
        raise InvalidField(name="price", reason="This is the plan as it is already.")


def require_none_waiting(subscription_id: UUID) -> None:
    """This function will refuse another change while one waits for the renewal.

    Raises:
        ChangeIsWaiting: when one does.
    """
    waiting = PlanChange.objects.filter(subscription_id=subscription_id, applied_at=None, withdrawn_at=None).first()
    if waiting is not None:
        raise ChangeIsWaiting(effective_date=waiting.effective_date)


def require_renewal(row: Mapping[str, Any], *, today: date) -> date:
    """This function will return the day of the next renewal.

    Raises:
        InvalidField: when there is none any more.
    """
    day = renewal_date(row, today=today)
    if day is None:
        raise InvalidField(name="when", reason="This subscription is not renewed any more.")
    return day


def renewal_date(row: Mapping[str, Any], *, today: date) -> date | None:
    """This function will return the first day on which a period can begin that has not begun yet; None when none will.

    A period that has begun and is not billed yet keeps the plan under which it began.
    """
    day: date | None = row["next_period_start"]
    if day is None:
        return None
    if row["state"] == PAUSED:
        day = max(day, today)
    elif day <= today:
        schedule = schedule_of(anchor=row["anchor_date"], anchor_day=row["anchor_day"], frequency=row["frequency"])
        day = schedule.whole_period(today).end
    return None if row["end_date"] is not None and day >= row["end_date"] else day


def plan_columns(row: Mapping[str, Any], *, price: PriceFacts, quantity: Decimal, day: date) -> dict[str, Any]:
    """This function will return a subscription's columns under another plan that holds from `day` on.

    With another frequency whole periods begin anew on that day; the day of the month is kept where it falls on it.
    Before billing starts they begin as they would have, had it been agreed so.
    """
    anchor_date, anchor_day = row["anchor_date"], row["anchor_day"]
    if price.frequency != row["frequency"] and day <= row["billing_start_date"]:
        anchor_date = first_anchor(row["billing_start_date"], day=anchor_day, months=MONTHS[price.frequency])
    elif price.frequency != row["frequency"]:
        anchor_date = day
        anchor_day = anchor_day if on_day(day.year, day.month, anchor_day) == day else day.day
    kept = price.id == row["price_id"]
    return {
        "variant_id": price.variant_id,
        "price_id": price.id,
        # The words under which it was agreed stay, as long as the price does.
        "description": row["description"] if kept else price.description,
        "unit_price_minor": price.amount_minor,
        "prices_include_tax": price.includes_tax,
        "tax_rate_id": price.tax_rate_id,
        "frequency": price.frequency,
        "quantity": quantity,
        "anchor_date": anchor_date,
        "anchor_day": anchor_day,
    }


def _event(row: Subscription, event: str, *, by: str, at: datetime, **detail: Any) -> SubscriptionEvent:
    return SubscriptionEvent(
        subscription=row,
        at=at,
        event=event,
        from_state=row.state,
        to_state=row.state,
        actor_label=by,
        detail=detail,
    )


def _told(row: Subscription) -> dict[str, Any]:
    return {
        "price": row.price_id.hex,
        "description": row.description,
        "quantity": str(row.quantity),
        "unit_price_minor": row.unit_price_minor,
        "frequency": row.frequency,
    }


def _told_of(price: PriceFacts, quantity: Decimal) -> dict[str, Any]:
    return {
        "price": price.id.hex,
        "description": price.description,
        "quantity": str(quantity),
        "unit_price_minor": price.amount_minor,
        "frequency": price.frequency,
    }
