"""What if: the next months as they stand, and with a change, without anything happening.

The change is made by the use case that would make it, and the months are billed by the bill run itself, without its
writing. All of it is undone (decision 0039): no number is taken, no job, mail or trail is left.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import ClassVar, Final
from uuid import UUID

from tallystick.customers import group_billing
from tallystick.customers import queries as customers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.months import months_after
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import undone
from tallystick.invoices.open_queries import open_by_due_date
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import bill_run, unsubscribe
from tallystick.usecases.frame import require_own, require_unscoped, use_case
from tallystick.usecases.move_price import move_price
from tallystick.usecases.prorate import payer_of
from tallystick.usecases.roles import Permission
from tallystick.wire.what_if import ForeseenCurrencyShape, ForeseenMonthShape, ForeseenShape, WhatIfShape

MOST_MONTHS: Final = 24
# Each is planned in this one transaction; more is asked of a customer or a group at a time.
MOST_INVOICES: Final = 50_000


@dataclass(kw_only=True, eq=False)
class TooMuchToForesee(Conflict):
    """More invoices would be issued than one answer can wait for."""

    code: ClassVar[str] = "too_much_to_foresee"
    sentence: ClassVar[str] = (
        "More than {most} invoices would be issued in these months. Ask for fewer months, a customer or a group."
    )

    most: int


@dataclass(frozen=True, kw_only=True)
class PriceMoves:
    """Every subscription of a price takes another one at its next renewal."""

    price_id: UUID
    to_price_id: UUID


@dataclass(frozen=True, kw_only=True)
class SubscriptionEnds:
    """A subscription ends on a day, today or later: the first that is not covered any more."""

    subscription_id: UUID
    end_date: date


Change = PriceMoves | SubscriptionEnds


@dataclass(slots=True)
class _Month:
    invoices: int = 0
    invoiced_minor: int = 0
    cash_minor: int = 0

    def told(self, less: "_Month | None" = None) -> ForeseenShape:
        before = less or _Month()
        return {
            "invoices": self.invoices - before.invoices,
            "invoiced_minor": self.invoiced_minor - before.invoiced_minor,
            "cash_minor": self.cash_minor - before.cash_minor,
        }

    def add(self, other: "_Month") -> None:
        self.invoices += other.invoices
        self.invoiced_minor += other.invoiced_minor
        self.cash_minor += other.cash_minor


@dataclass(slots=True)
class _Foreseen:
    """The months of each currency, by their first day."""

    months: dict[tuple[str, date], _Month] = field(default_factory=dict)
    failed: int = 0

    def at(self, currency: str, day: date) -> _Month:
        return self.months.setdefault((currency, day.replace(day=1)), _Month())


@use_case(Permission.RUN_BILLING)
def what_if(
    *,
    actor: Actor,
    at: datetime,
    months: int,
    customer_id: UUID | None = None,
    group_id: UUID | None = None,
    change: Change | None = None,
    idempotency_key: str | None = None,
) -> WhatIfShape:
    """This function will tell what the next months bring, as it stands and with a change; the first is the one that
    runs. It looks at the invoices of a payer, of a billing group, or of everybody.

    Cash is what is due in a month, whatever is late now in the first one; what is due later, credit and prepaid money
    are not in it. The change is made as of now, so whoever may not make it may not ask for it either.

    Raises:
        InvalidField: when the months are not 1 to 24, or both a customer and a group are named.
        NotFound, NotAllowed and whatever the use case of the change raises.
        TooMuchToForesee, InOtherHands: as the names say.
    """
    del idempotency_key
    if not 1 <= months <= MOST_MONTHS:
        raise InvalidField(name="months", reason=f"Look 1 to {MOST_MONTHS} months ahead.")
    if customer_id is not None and group_id is not None:
        raise InvalidField(name="billing_group", reason="Name a customer or a group, not both.")
    if customer_id is None:
        require_unscoped(actor, Permission.RUN_BILLING)
    else:
        require_own(actor, customer_id, kind="customer")
    scope = _Scope(customer_id=customer_id, group_id=group_id)
    first = local_date(at).replace(day=1)
    until = months_after(first, months, day=1) - timedelta(days=1)
    with undone():
        before = _foresee(scope, until=until, actor=actor, at=at)
    after = before
    if change is not None:
        with undone():
            currency, fee_minor = _make(change, scope, actor=actor, at=at)
            after = _foresee(scope, until=until, actor=actor, at=at)
        if fee_minor:
            # Billed at once, and so among what is open already.
            month = after.at(currency, local_date(at))
            month.invoices += 1
            month.invoiced_minor += fee_minor
    days = [months_after(first, number, day=1) for number in range(months)]
    currencies = sorted({currency for currency, _ in [*before.months, *after.months]})
    return {
        "until": until.isoformat(),
        "currencies": [_told(currency, days, before.months, after.months) for currency in currencies],
        "failed": after.failed,
    }


@dataclass(frozen=True, kw_only=True)
class _Scope:
    customer_id: UUID | None
    group_id: UUID | None

    def circle(self) -> group_billing.Circle | None:
        if self.customer_id is not None:
            customers.customer_row(self.customer_id)
            return group_billing.circle_of([self.customer_id])
        if self.group_id is not None:
            return group_billing.circle_of([customers.group(self.group_id)["payer_id"]])
        return None


def _make(change: Change, scope: _Scope, *, actor: Actor, at: datetime) -> tuple[str, int]:
    """Make the change, and return what it bills at once to whom is looked at: the fee of an early end."""
    if isinstance(change, PriceMoves):
        move_price(actor=actor, at=at, price_id=change.price_id, to_price_id=change.to_price_id)
        return "", 0
    row = subscriptions.subscription(change.subscription_id)
    require_own(actor, row["customer_id"], kind="subscription")
    told = unsubscribe.preview_cancel(
        actor=actor,
        at=at,
        subscription_id=change.subscription_id,
        when=unsubscribe.DATE,
        end_date=change.end_date,
        credits_unused=True,
    )
    unsubscribe.cancel_subscription(
        actor=actor,
        at=at,
        subscription_id=change.subscription_id,
        reason="What if",
        preview=told["preview"],
        when=unsubscribe.DATE,
        end_date=change.end_date,
        credits_unused=True,
    )
    payer = payer_of(row["customer_id"], on=local_date(at))
    is_seen = scope.customer_id in {None, payer.customer_id} and scope.group_id in {None, payer.group_id}
    return row["currency"], told["fee_total_minor"] if is_seen else 0


def _foresee(scope: _Scope, *, until: date, actor: Actor, at: datetime) -> _Foreseen:
    """What the bill runs until a day come to, and what is due in each month. The caller undoes it."""
    today, found, count = local_date(at), _Foreseen(), 0
    for row in open_by_due_date(customer_id=scope.customer_id, group_id=scope.group_id):
        due = max(row["due_date"], today)
        if due <= until:
            found.at(row["currency"], due).cash_minor += row["open_minor"]
    for plan in bill_run.foreseen(as_of=until, by=actor.label, at=at, of=scope.circle()):
        found.failed += len(plan.failures)
        bills = [(unit, bill) for unit in plan.units for bill in unit.bills]
        count += len(bills)
        if count > MOST_INVOICES:
            raise TooMuchToForesee(most=MOST_INVOICES)
        payers = customers.customer_rows(bill.customer_id for _, bill in bills)
        for unit, bill in bills:
            if scope.customer_id not in {None, bill.customer_id} or scope.group_id not in {None, unit.group_id}:
                continue
            day, total = max(unit.bill_date or today, today), bill.shape.amounts.total_minor
            month = found.at(bill.currency, day)
            month.invoices += 1
            month.invoiced_minor += total
            due = day + timedelta(days=payers[bill.customer_id].terms_days)
            if due <= until:
                found.at(bill.currency, due).cash_minor += total
    return found


def _told(
    currency: str,
    days: list[date],
    before: Mapping[tuple[str, date], _Month],
    after: Mapping[tuple[str, date], _Month],
) -> ForeseenCurrencyShape:
    months: list[ForeseenMonthShape] = []
    whole, whole_before = _Month(), _Month()
    for day in days:
        stands, changed = before.get((currency, day), _Month()), after.get((currency, day), _Month())
        whole_before.add(stands)
        whole.add(changed)
        months.append(
            {
                "month": day.isoformat(),
                "as_it_stands": stands.told(),
                "with_change": changed.told(),
                "difference": changed.told(stands),
            }
        )
    return {"currency": currency, "months": months, "difference": whole.told(whole_before)}
