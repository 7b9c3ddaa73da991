"""What a change of plan comes to today: the days taken back, the days charged, and where billing goes on (J61)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from tallystick.catalog.queries import PriceFacts
from tallystick.foundation.errors import InvalidField
from tallystick.invoices.totals import LineInput, Totals
from tallystick.subscriptions import plans, queries
from tallystick.subscriptions.proration import (
    CreditableDays,
    Plan,
    charge,
    document_totals,
    spread_credit,
    take_back,
    unused,
)
from tallystick.subscriptions.schedule import Period
from tallystick.subscriptions.states import PAUSED


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeToday:
    """What a change of plan comes to. A line that charges days stands beside its period."""

    old: Plan
    new: Plan
    price: PriceFacts
    quantity: Decimal
    day: date
    next_period_start: date | None
    taken_back: tuple[LineInput, ...] = ()
    charged: tuple[tuple[LineInput, Period], ...] = ()
    # Of all lines together; None when nothing is billed yet, so that nothing is taken back or charged.
    amounts: Totals | None = None
    # Whether what is taken back is credited and what is charged invoiced, because one document cannot hold both.
    is_apart: bool = False
    # What is credited of which line: the difference when the sum is negative, all that is taken back when apart.
    credited: tuple[tuple[CreditableDays, int], ...] = ()
    # When the sum is not positive: the days whose line pays for the new ones, in the place of an invoice.
    pays: CreditableDays | None = None

    @property
    def lines(self) -> list[LineInput]:
        """What is taken back, then what is charged."""
        return [*self.taken_back, *self.charged_lines]

    @property
    def charged_lines(self) -> list[LineInput]:
        """What is charged."""
        return [line for line, _ in self.charged]

    @property
    def percents(self) -> dict[UUID, Decimal]:
        """The percentages of the two plans' tax rates."""
        return {plan.tax_rate_id: plan.tax_percent for plan in (self.old, self.new)}


def plan_after(row: Mapping[str, Any], price: PriceFacts, quantity: Decimal, day: date) -> Plan:
    """This function will return the plan of a subscription once it has another price and quantity from a day on."""
    return queries.plan_of({**row, **plans.plan_columns(row, price=price, quantity=quantity, day=day)})


def change_today(row: Mapping[str, Any], *, price: PriceFacts, quantity: Decimal, today: date) -> ChangeToday:
    """This function will compute what another price and quantity from today on come to.

    Days that began under the old plan and are not billed yet are charged by it; the unused days of what is billed are
    taken back; the days from today to the next boundary of the new plan are charged by that. All of it stands on one
    invoice when the sum is positive; else the difference is credited, and the line that is credited pays for the new
    days; where that cannot be, the unused days are credited and the new ones invoiced.

    Raises:
        InvalidField: when the plan cannot change today, or not to this price.
    """
    if row["state"] == PAUSED:
        raise InvalidField(name="when", reason="While it is paused a plan changes at the renewal only.")
    old, new = queries.plan_of(row), plan_after(row, price, quantity, today)
    common: dict[str, Any] = {"old": old, "new": new, "price": price, "quantity": quantity, "day": today}
    if today < row["billing_start_date"]:
        # Nothing is billed: the first bill is by the new plan.
        return ChangeToday(**common, next_period_start=row["next_period_start"])
    now = new.schedule.period_from(today, until=row["end_date"])
    if now is None:
        raise InvalidField(name="when", reason="This subscription is over.")
    billed = queries.billed_days(row["id"])
    running = [days for days in billed if days.end > today]
    parts = [unused(old, days, day=today) for days in running]
    taken_back = tuple(take_back(old, period, minor) for period, minor in parts if minor)
    charged: tuple[tuple[LineInput, Period], ...] = ((charge(new, now), now),)
    if row["next_period_start"] is not None:
        before = old.schedule.periods(row["next_period_start"], until=today)
        charged = (*((charge(old, period), period) for period in before), *charged)
    if len(charged) > 1 and old.prices_include_tax != new.prices_include_tax:
        raise InvalidField(
            name="price", reason="One of the two prices has its tax in it, the other has not: change at the renewal."
        )
    change = ChangeToday(
        **common,
        next_period_start=now.end if row["end_date"] is None or now.end < row["end_date"] else None,
        taken_back=taken_back,
        charged=charged,
    )
    return _with_amounts(change, billed, running)


def _with_amounts(
    change: ChangeToday, billed: Sequence[CreditableDays], running: Sequence[CreditableDays]
) -> ChangeToday:
    """What it comes to, and in which documents."""
    old, new, percents = change.old, change.new, change.percents
    lines = change.charged_lines
    if not change.taken_back:
        amounts = document_totals(lines, percents, prices_include_tax=new.prices_include_tax)
        return replace(change, amounts=amounts)
    together = None
    if old.prices_include_tax == new.prices_include_tax:
        together = document_totals(change.lines, percents, prices_include_tax=new.prices_include_tax)
    if together is not None and together.total_minor > 0:
        return replace(change, amounts=together)
    # The line that is credited pays for the new days when they lie within its own, at its own tax.
    _, now = change.charged[-1]
    if together is not None and old.tax_rate_id == new.tax_rate_id and now.end <= running[0].end:
        credited = tuple(spread_credit(-together.total_minor, billed))
        return replace(change, amounts=together, credited=credited, pays=running[0])
    back = document_totals(change.taken_back, percents, prices_include_tax=old.prices_include_tax)
    charged = document_totals(lines, percents, prices_include_tax=new.prices_include_tax)
    both = Totals(
        lines=(*back.lines, *charged.lines),
        net_minor=back.net_minor + charged.net_minor,
        tax_minor=back.tax_minor + charged.tax_minor,
    )
    return replace(change, amounts=both, is_apart=True, credited=tuple(spread_credit(-back.total_minor, billed)))
