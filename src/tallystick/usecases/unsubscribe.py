"""The end of a subscription: now, with what is billed, or on a day; the early-return fee, unused days (J26, J60)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from tallystick.foundation import audit
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.invoices import queries as invoices
from tallystick.invoices.totals import LineInput, Totals
from tallystick.money.amounts import Money
from tallystick.money.currencies import Currency
from tallystick.payments import private_text
from tallystick.subscriptions import adjustments, plans, queries
from tallystick.subscriptions import operations as subscriptions
from tallystick.subscriptions.proration import CreditableDays, Plan, arithmetic, spread_credit, unused
from tallystick.subscriptions.schedule import Period
from tallystick.subscriptions.states import CANCEL, DRAFT, PAUSED, TRANSITIONS, next_state
from tallystick.usecases import prorate
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.subscribe import check_reason, own
from tallystick.wire import builders
from tallystick.wire import subscriptions as wire
from tallystick.wire.references import SUBSCRIPTION, arithmetic_shape
from tallystick.wire.subscriptions import CancelPreviewShape, SubscriptionShape, UnusedDaysShape

NOW: Final = "now"
PERIOD_END: Final = "period_end"
DATE: Final = "date"


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def preview_cancel(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    when: str = NOW,
    end_date: date | None = None,
    credits_unused: bool = False,
) -> CancelPreviewShape:
    """This function will tell what `cancel_subscription` would do, to the last amount; it writes nothing.

    Raises:
        NotFound, SubscriptionTransitionRefused, SubscriptionIsCancelled, InvalidField: as in `cancel_subscription`.
    """
    row = queries.subscription(subscription_id)
    require_own(actor, row["customer_id"], kind="subscription")
    ending = _ending(row, when=when, end_date=end_date, credits_unused=credits_unused, today=local_date(at))
    return _told(row, ending)


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def cancel_subscription(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    reason: str,
    preview: str,
    when: str = NOW,
    end_date: date | None = None,
    credits_unused: bool = False,
    idempotency_key: str | None = None,
) -> SubscriptionShape:
    """This function will cancel a subscription as `preview_cancel` told, and return it.

    It ends now, at the end of the period that runs (`period_end`), or on a `date`, today or later; the end is the first
    day that is not covered any more. Within the contract the early-return fee is billed at once (J60, E22). Days that
    are billed and lie after the end are credited when that is asked for (J26); the billed period is shortened.

    Raises:
        NotFound: when there is no such subscription.
        PreviewOutOfDate: when `preview` is not the token of what would happen.
        SubscriptionTransitionRefused, SubscriptionIsCancelled: when it is over, or was cancelled before.
        InvalidField: when the day cannot be the end, or no reason is given.
    """
    del idempotency_key
    check_reason(reason)
    said = private_text.split(reason)
    if not said.public:
        raise InvalidField(
            name="reason",
            reason="Say why this subscription is cancelled. What stands behind # the customer does not read.",
        )
    row = own(actor, subscription_id)
    today = local_date(at)
    before = wire.one_subscription(subscription_id)
    ending = _ending(vars(row), when=when, end_date=end_date, credits_unused=credits_unused, today=today)
    told = _told(vars(row), ending)
    prorate.require_same(told, preview)
    adjustments.shorten(subscription_id, day=ending.end_date)
    plans.withdraw_from(row, day=ending.end_date, at=at)
    notes = prorate.issue_credit(
        ending.credited, reason=said, says=_arithmetic(ending), actor=actor, at=at, ended_date=ending.end_date
    )
    # After the credit, which pays the fee as far as it goes.
    invoice_id = _bill_fee(row, ending, actor=actor, day=today, at=at)
    subscriptions.cancel(
        row,
        end_date=ending.end_date,
        reason=said.public,
        today=today,
        by=actor.label,
        at=at,
        **prorate.documents(invoice_id, notes),
    )
    after = wire.one_subscription(subscription_id)
    audit.record(
        actor=actor,
        at=at,
        action="cancel_subscription",
        kind="subscription",
        object_id=subscription_id,
        before=before,
        after={**after, "cancellation": told, **({"private_text": said.private} if said.private else {})},
    )
    return after


def end_now(row: Mapping[str, Any], *, today: date) -> CancelPreviewShape | None:
    """This function will tell what it would come to if a subscription ended on a local date and its unused days were
    credited; None when it is over, or its end is set. It is for whoever may see the subscription, and writes nothing.
    """
    if row["cancelled_at"] is not None or row["state"] == DRAFT or (row["state"], CANCEL) not in TRANSITIONS:
        return None
    return _told(row, _ending(row, when=NOW, end_date=None, credits_unused=True, today=today))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ending:
    """What a cancellation comes to."""

    end_date: date
    contract_end: date | None
    plan: Plan
    payer: prorate.Payer
    currency: str
    # With tax or without, as the price is; 0 when the contract is not broken, or breaking it is free.
    fee_minor: int
    # The days that are billed and lie after the end, and what they are worth.
    unused: tuple[tuple[Period, int], ...]
    credited: tuple[tuple[CreditableDays, int], ...]

    @property
    def fee(self) -> tuple[LineInput, Totals] | None:
        """The line of the fee with its amounts."""
        if not self.fee_minor:
            return None
        line = LineInput(
            description=f"{self.plan.description}, early return",
            quantity=Decimal(1),
            unit_price_minor=self.fee_minor,
            tax_rate_id=self.plan.tax_rate_id,
            is_fee=True,
        )
        return line, self.plan.amounts(self.fee_minor)


def _ending(row: Mapping[str, Any], *, when: str, end_date: date | None, credits_unused: bool, today: date) -> _Ending:
    next_state(subscription_id=row["id"], state=row["state"], event=CANCEL)
    if row["cancelled_at"] is not None:
        raise subscriptions.SubscriptionIsCancelled(end_date=row["end_date"])
    day = _end(row, when=when, end_date=end_date, today=today)
    plan = queries.plan_of(row)
    # Only a cancellation moves the end, and this is the first.
    contract_end = row["end_date"] if row["contract_months"] is not None else None
    broken = row["state"] != DRAFT and contract_end is not None and day < contract_end
    billed = queries.billed_days(row["id"])
    left = tuple(part for days in billed if days.end > day and (part := unused(plan, days, day=day))[1])
    worth = sum(plan.amounts(minor).total_minor for _, minor in left)
    return _Ending(
        end_date=day,
        contract_end=contract_end,
        plan=plan,
        payer=prorate.payer_of(row["customer_id"], on=today),
        currency=row["currency"],
        fee_minor=(row["early_return_fee_minor"] or 0) if broken else 0,
        unused=left,
        credited=tuple(spread_credit(worth, billed)) if credits_unused and worth else (),
    )


def _end(row: Mapping[str, Any], *, when: str, end_date: date | None, today: date) -> date:
    """The first day that is not covered any more."""
    last: date | None = row["end_date"]
    if (when == DATE) is not (end_date is not None):
        raise InvalidField(name="end_date", reason="Name the day when it ends on a day, and only then.")
    if end_date is not None:
        if end_date < today or end_date < row["start_date"]:
            raise InvalidField(name="end_date", reason="A subscription ends today or later, and not before it begins.")
        if last is not None and end_date > last:
            raise InvalidField(name="end_date", reason=f"It ends on {last} already.")
        return end_date
    if when not in {NOW, PERIOD_END}:
        raise InvalidField(name="when", reason="A subscription ends now, at period_end, or on a date.")
    day: date = _period_end(row, today) if when == PERIOD_END else max(today, row["start_date"])
    return day if last is None else min(day, last)


def _period_end(row: Mapping[str, Any], today: date) -> date:
    """The end of what is billed; of the period that runs, when its bill is still to come."""
    start: date | None = row["next_period_start"]
    if start is None:
        # A draft, or everything is billed until the end.
        last: date | None = row["end_date"]
        return last or max(today, row["start_date"])
    if start > today:
        return start
    return today if row["state"] == PAUSED else queries.plan_of(row).schedule.whole_period(today).end


def _told(row: Mapping[str, Any], ending: _Ending) -> CancelPreviewShape:
    fee = ending.fee
    given = {invoice_id: sum(parts.values()) for invoice_id, parts in prorate.by_invoice(ending.credited).items()}
    contract_end = ending.contract_end
    told: CancelPreviewShape = {
        "subscription": public_id(SUBSCRIPTION, row["id"]),
        "end_date": ending.end_date.isoformat(),
        "contract_end_date": contract_end.isoformat() if contract_end else None,
        "currency": row["currency"],
        "payer": public_id(builders.CUSTOMER, ending.payer.customer_id),
        "fee": wire.preview_lines([fee[0]], fee[1])[0] if fee else None,
        "fee_total_minor": fee[1].total_minor if fee else 0,
        "unused": [_unused_shape(ending.plan, period, minor) for period, minor in ending.unused],
        "credits": wire.preview_credits(given, invoices.numbers(given)),
        "credit_total_minor": sum(given.values()),
        "preview": "",
    }
    told["preview"] = prorate.token_of(told)
    return told


def _unused_shape(plan: Plan, period: Period, minor: int) -> UnusedDaysShape:
    amounts = plan.amounts(minor)
    computed = arithmetic_shape(arithmetic(plan, period))
    assert computed is not None  # noqa: S101 - a part always has one
    return {
        "period_start": period.start.isoformat(),
        "period_end": period.end.isoformat(),
        "arithmetic": computed,
        "net_minor": amounts.net_minor,
        "tax_minor": amounts.tax_minor,
        "total_minor": amounts.total_minor,
    }


def _bill_fee(
    row: subscriptions.SubscriptionRow, ending: _Ending, *, actor: Actor, day: date, at: datetime
) -> UUID | None:
    fee = ending.fee
    if fee is None:
        return None
    invoice_id, line_ids = prorate.issue_lines(
        [fee[0]],
        ending.payer,
        currency=row.currency,
        prices_include_tax=row.prices_include_tax,
        actor=actor,
        day=day,
        at=at,
    )
    adjustments.note_lines(row.id, invoice_id=invoice_id, line_ids=line_ids)
    return invoice_id


def _arithmetic(ending: _Ending) -> str:
    """How the credit was computed."""
    return ", ".join(
        f"{period.days} of {period.of_days} days from {period.start} not used "
        f"{Money(ending.plan.amounts(minor).total_minor, Currency(ending.currency))}"
        for period, minor in ending.unused
    )
