"""Another price or quantity: now, with the unused days taken back and the rest charged, or at the renewal (J61)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.catalog.queries import PriceFacts, price
from tallystick.customers.queries import customer_row
from tallystick.foundation import audit
from tallystick.foundation.business import locale_read
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.wording import known_locale, spoken_language, written_date
from tallystick.invoices import queries as invoices
from tallystick.invoices.totals import LineInput
from tallystick.money.amounts import Money
from tallystick.money.currencies import Currency
from tallystick.payments.private_text import Description
from tallystick.subscriptions import adjustments, plans, queries
from tallystick.subscriptions.billing import BilledDays
from tallystick.subscriptions.operations import SubscriptionRow
from tallystick.subscriptions.plan_change import ChangeToday, change_today, plan_after
from tallystick.subscriptions.proration import Plan, document_totals, upcoming
from tallystick.usecases import prorate
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.subscribe import choosable, exact, own
from tallystick.wire import builders
from tallystick.wire import subscriptions as wire
from tallystick.wire.references import SUBSCRIPTION
from tallystick.wire.subscriptions import PlanChangePreviewShape, SubscriptionShape

NOW: Final = "now"
RENEWAL: Final = "renewal"


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def preview_change(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    price_id: UUID | None = None,
    quantity: Decimal | None = None,
    when: str = NOW,
) -> PlanChangePreviewShape:
    """This function will tell what `change_plan` would do, to the last line and amount; it writes nothing.

    Raises:
        NotFound, PlanCannotChange, ChangeIsWaiting, Archived, InvalidField: as in `change_plan`.
    """
    row = queries.subscription(subscription_id)
    require_own(actor, row["customer_id"], kind="subscription")
    wanted = _wanted(row, price_id=price_id, quantity=quantity, when=when, today=local_date(at))
    return _told(row, wanted)


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def change_plan(
    *,
    actor: Actor,
    at: datetime,
    subscription_id: UUID,
    preview: str,
    price_id: UUID | None = None,
    quantity: Decimal | None = None,
    when: str = NOW,
    idempotency_key: str | None = None,
) -> SubscriptionShape:
    """This function will give a subscription another price or quantity, as `preview_change` told, and return it.

    *Now* takes back the unused days of what is billed and charges the days until the next boundary, each by days and
    with its arithmetic: on one invoice when the sum is positive; when it is negative the difference is credited (J61;
    where one document cannot hold both, the one is credited and the other invoiced).
    With another frequency whole periods begin anew today. *At the renewal* the change waits, and can be withdrawn.

    Raises:
        NotFound: when there is no such subscription or price.
        PreviewOutOfDate: when `preview` is not the token of what would happen.
        PlanCannotChange, ChangeIsWaiting, Archived: as the names say.
        InvalidField: when the plan cannot be this subscription's, or cannot begin then.
    """
    del idempotency_key
    row = own(actor, subscription_id)
    today = local_date(at)
    before = wire.one_subscription(subscription_id)
    wanted = _wanted(vars(row), price_id=price_id, quantity=quantity, when=when, today=today)
    told = _told(vars(row), wanted)
    prorate.require_same(told, preview)
    if wanted.change is None:
        plans.plan(row, price=wanted.price, quantity=wanted.quantity, today=today, by=actor.label, at=at)
    else:
        _apply(row, wanted.change, actor=actor, at=at)
    after = wire.one_subscription(subscription_id)
    audit.record(
        actor=actor,
        at=at,
        action="change_plan",
        kind="subscription",
        object_id=subscription_id,
        before=before,
        after={**after, "change": told},
    )
    return after


@use_case(Permission.CHANGE_SUBSCRIPTIONS)
def withdraw_change(
    *, actor: Actor, at: datetime, subscription_id: UUID, idempotency_key: str | None = None
) -> SubscriptionShape:
    """This function will withdraw the change of plan that waits for the renewal.

    Raises:
        NotFound: when there is no such subscription, or no change waits.
    """
    del idempotency_key
    row = own(actor, subscription_id)
    before = wire.one_subscription(subscription_id)["waiting_change"]
    plans.withdraw(row, by=actor.label, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="withdraw_change",
        kind="subscription",
        object_id=subscription_id,
        before={"waiting_change": before},
        after={"waiting_change": None},
    )
    return wire.one_subscription(subscription_id)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wanted:
    """The plan that is asked for, and what it comes to: nothing but a wait when it begins at the renewal."""

    price: PriceFacts
    quantity: Decimal
    day: date
    plan: Plan
    # Where the first period begins that is billed by it and not by this change.
    goes_on: date | None
    change: ChangeToday | None


def _wanted(
    row: Mapping[str, Any], *, price_id: UUID | None, quantity: Decimal | None, when: str, today: date
) -> _Wanted:
    kept = price_id is None or price_id == row["price_id"]
    chosen = price(row["price_id"]) if kept or price_id is None else choosable(price_id)
    amount = row["quantity"] if quantity is None else exact(quantity)
    plans.require_plan(row, price=chosen, quantity=amount)
    if when == NOW:
        change = change_today(row, price=chosen, quantity=amount, today=today)
        return _Wanted(
            price=chosen,
            quantity=amount,
            day=today,
            plan=change.new,
            goes_on=change.next_period_start,
            change=change,
        )
    if when != RENEWAL:
        raise InvalidField(name="when", reason="A plan changes now, or at the renewal.")
    plans.require_none_waiting(row["id"])
    day = plans.require_renewal(row, today=today)
    plan = plan_after(row, chosen, amount, day)
    return _Wanted(price=chosen, quantity=amount, day=day, plan=plan, goes_on=day, change=None)


def _told(row: Mapping[str, Any], wanted: _Wanted) -> PlanChangePreviewShape:
    payer = prorate.payer_of(row["customer_id"], on=wanted.day)
    change, amounts = wanted.change, wanted.change and wanted.change.amounts
    given = {
        invoice_id: sum(parts.values())
        for invoice_id, parts in prorate.by_invoice(change.credited if change else ()).items()
    }
    document = "credit_note" if given else "none"
    if change is not None and amounts is not None and change.pays is None:
        document = "both" if change.is_apart else "invoice"
    until = row["end_date"]
    coming = next(iter(upcoming(wanted.plan, start=wanted.goes_on, until=until)), None) if wanted.goes_on else None
    told: PlanChangePreviewShape = {
        "subscription": public_id(SUBSCRIPTION, row["id"]),
        "effective_date": wanted.day.isoformat(),
        "currency": row["currency"],
        "payer": public_id(builders.CUSTOMER, payer.customer_id),
        "lines": wire.preview_lines(change.lines, amounts) if change and amounts else [],
        "net_minor": amounts.net_minor if amounts else 0,
        "tax_minor": amounts.tax_minor if amounts else 0,
        "total_minor": amounts.total_minor if amounts else 0,
        "document": document,
        "credits": wire.preview_credits(given, invoices.numbers(given)),
        "next_period": wire.upcoming_shape(coming) if coming else None,
        "preview": "",
    }
    # What is asked for belongs to it, where the lines do not tell it.
    asked = [wanted.price.id.hex, str(wanted.quantity), wanted.change is None]
    told["preview"] = prorate.token_of({**told, "asked": asked})
    return told


def _apply(row: SubscriptionRow, change: ChangeToday, *, actor: Actor, at: datetime) -> None:
    adjustments.shorten(row.id, day=change.day)
    invoice_id: UUID | None = None
    notes = prorate.issue_credit(
        change.credited,
        reason=Description(_reason(row, change.day), private=""),
        says=_arithmetic(change),
        actor=actor,
        at=at,
    )
    if change.pays is not None:
        ((_, period),) = change.charged
        paid = BilledDays(row.id, period.start, period.end, change.pays.invoice_id, change.pays.line_id)
        adjustments.bill([paid], at=at)
    elif change.amounts is not None:
        invoice_id = _invoice(row, change, actor=actor, at=at)
    plans.change_now(
        row,
        price=change.price,
        quantity=change.quantity,
        day=change.day,
        next_period_start=change.next_period_start,
        by=actor.label,
        at=at,
        **prorate.documents(invoice_id, notes),
    )


def _invoice(row: SubscriptionRow, change: ChangeToday, *, actor: Actor, at: datetime) -> UUID:
    taken_back = () if change.is_apart else change.taken_back
    invoice_id, line_ids = prorate.issue_lines(
        [*taken_back, *change.charged_lines],
        prorate.payer_of(row.customer_id, on=change.day),
        currency=row.currency,
        prices_include_tax=change.new.prices_include_tax,
        actor=actor,
        day=change.day,
        at=at,
    )
    back = len(taken_back)
    adjustments.note_lines(row.id, invoice_id=invoice_id, line_ids=line_ids[:back])
    billed = (
        BilledDays(row.id, period.start, period.end, invoice_id, line_id)
        for (_, period), line_id in zip(change.charged, line_ids[back:], strict=True)
    )
    adjustments.bill(billed, at=at)
    return invoice_id


def _reason(row: SubscriptionRow, day: date) -> str:
    """Why something is credited, in the language of whoever reads the credit note."""
    locale = locale_read("", customer_row(row.customer_id).language)
    with translation.override(spoken_language(locale)):
        return _("Change of plan on %(day)s") % {"day": written_date(day, known_locale(locale))}


def _arithmetic(change: ChangeToday) -> str:
    """How the difference that is credited was computed."""
    parts = [f"{_days(line)} not used {_money(line, change.old, change)}" for line in change.taken_back]
    if not change.is_apart:
        lines = change.charged_lines
        parts += [f"{_days(line)} of {line.description} {_money(line, change.new, change)}" for line in lines]
    return ", ".join(parts)


def _days(line: LineInput) -> str:
    if line.arithmetic is None:
        return f"from {line.period_start} to {line.period_end}"
    return f"{line.arithmetic['days']} of {line.arithmetic['of_days']} days from {line.period_start}"


def _money(line: LineInput, plan: Plan, change: ChangeToday) -> str:
    amounts = document_totals([line], change.percents, prices_include_tax=plan.prices_include_tax)
    return str(Money(amounts.total_minor, Currency(change.price.currency)))
