"""What a subscription would cost, told before it is drafted: its first bill, and those that follow (E2)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import islice
from uuid import UUID

from tallystick.catalog.queries import price
from tallystick.foundation.clock import local_date
from tallystick.foundation.permissions import Actor
from tallystick.subscriptions import operations as subscriptions
from tallystick.subscriptions.operations import Terms
from tallystick.subscriptions.proration import Upcoming, upcoming
from tallystick.subscriptions.queries import plan_of
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.prorate import Payer, payer_of
from tallystick.usecases.roles import Permission
from tallystick.usecases.subscribe import billing_start, exact

# How many bills of an open-ended subscription are told.
SHOWN = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What activating a subscription would begin. Dates are local dates of the business, amounts minor units."""

    currency: str
    frequency: str
    start_date: date
    billing_start_date: date
    # The first day that is not covered any more; None is open-ended.
    end_date: date | None
    # Every bill of a contract, or the first of those without an end.
    periods: tuple[Upcoming, ...]
    # What all of them come to with tax; None is open-ended.
    contract_minor: int | None
    payer: Payer
    # How many have begun already: activation bills the first of them, the next run the others.
    due: int


@use_case(Permission.DRAFT_SUBSCRIPTIONS)
def quote_subscription(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    price_id: UUID,
    start_date: date,
    quantity: Decimal = Decimal(1),
    trial_days: int | None = None,
    billing_day: int | None = None,
    contract_months: int | None = None,
    early_return_fee_minor: int | None = None,
) -> Quote:
    """This function will tell what a subscription with these terms would bill, to the last amount; it writes nothing.

    Raises:
        NotFound: when the customer or the price does not exist.
        InvalidField: when a term cannot be used.
    """
    require_own(actor, customer_id, kind="customer")
    today = local_date(at)
    subscriptions.require_start(start_date, today=today)
    columns = subscriptions.agreed(
        price(price_id),
        Terms(
            quantity=exact(quantity),
            start_date=start_date,
            billing_start_date=billing_start(start_date, trial_days=trial_days, trial_until=None),
            billing_day=billing_day,
            contract_months=contract_months,
            collection="manual",
            early_return_fee_minor=early_return_fee_minor,
            remark="",
        ),
    )
    first_day: date = columns["billing_start_date"]
    coming = upcoming(plan_of(columns), start=first_day, until=columns["end_date"])
    ends = contract_months is not None
    periods = tuple(coming if ends else islice(coming, SHOWN))
    return Quote(
        currency=columns["currency"],
        frequency=columns["frequency"],
        start_date=start_date,
        billing_start_date=first_day,
        end_date=columns["end_date"],
        periods=periods,
        contract_minor=sum(each.total_minor for each in periods) if ends else None,
        payer=payer_of(customer_id, on=first_day),
        due=sum(each.period.start <= today for each in periods),
    )
