"""What days of a subscription cost, and what a change or an early end does to days that are billed. Pure functions.

By days: a part of a period costs its days over the days of the whole period that it lies in, rounded half up once
(`docs/model.md`, 25; J61). Each part keeps how it was computed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tallystick.invoices.totals import LineInput, PricedLine, Totals, totals
from tallystick.money.rounding import half_up
from tallystick.subscriptions.schedule import Period, Schedule, part_price, schedule_of

ONE = Decimal(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a subscription costs per period, and when its periods begin."""

    description: str
    quantity: Decimal
    unit_price_minor: int
    prices_include_tax: bool
    tax_rate_id: UUID
    tax_percent: Decimal
    frequency: str
    anchor_date: date
    anchor_day: int

    @property
    def schedule(self) -> Schedule:
        """The boundaries of its periods."""
        return schedule_of(anchor=self.anchor_date, anchor_day=self.anchor_day, frequency=self.frequency)

    def cost_minor(self, period: Period) -> int:
        """This function will return what the days of a period cost: with or without tax, as the price is."""
        return part_price(period, unit_price_minor=self.unit_price_minor, quantity=self.quantity)

    def amounts(self, minor: int) -> Totals:
        """This function will return net and tax of an amount, which has its tax in it or not as the price has."""
        line = PricedLine(ONE, minor, self.tax_rate_id, self.tax_percent)
        return totals([line], prices_include_tax=self.prices_include_tax)


@dataclass(frozen=True, slots=True, kw_only=True)
class CreditableDays:
    """A billed period, with what is left of the line that pays for it: less what was credited, 0 when it is void."""

    id: UUID
    start: date
    end: date
    invoice_id: UUID
    line_id: UUID
    left_net_minor: int
    left_gross_minor: int
    # How much of the whole invoice can still be credited.
    invoice_left_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Upcoming:
    """A period that will be billed: its days, and its amounts in minor units."""

    period: Period
    quantity: Decimal
    unit_price_minor: int
    net_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        """What is to be paid for it."""
        return self.net_minor + self.tax_minor


def charge(plan: Plan, period: Period) -> LineInput:
    """This function will return the line that bills the days of a period."""
    if period.is_whole:
        return LineInput(
            description=plan.description,
            quantity=plan.quantity,
            unit_price_minor=plan.unit_price_minor,
            tax_rate_id=plan.tax_rate_id,
            period_start=period.start,
            period_end=period.end,
        )
    return LineInput(
        description=plan.description,
        quantity=ONE,
        unit_price_minor=plan.cost_minor(period),
        tax_rate_id=plan.tax_rate_id,
        period_start=period.start,
        period_end=period.end,
        arithmetic=arithmetic(plan, period),
    )


def unused(plan: Plan, billed: CreditableDays, *, day: date) -> tuple[Period, int]:
    """This function will return the days from `day` on that were billed and are not used, and what they are worth.

    Never worth more than what is left of the line that billed them; with or without tax, as the price is.
    """
    start = max(day, billed.start)
    whole = plan.schedule.whole_period(start)
    period = Period(start, billed.end, whole.whole_start, whole.whole_end)
    left = billed.left_gross_minor if plan.prices_include_tax else billed.left_net_minor
    return period, min(plan.cost_minor(period), max(left, 0))


def take_back(plan: Plan, period: Period, minor: int) -> LineInput:
    """This function will return the negative line for days that were billed and are not used (J61)."""
    return replace(
        charge(plan, period),
        description=f"{plan.description}, not used",
        quantity=ONE,
        unit_price_minor=-minor,
        arithmetic=arithmetic(plan, period),
    )


def arithmetic(plan: Plan, period: Period) -> dict[str, Any]:
    """This function will say how the amount of a part was computed: days, of_days, price_minor, quantity."""
    return {
        "days": period.days,
        "of_days": period.of_days,
        "price_minor": plan.unit_price_minor,
        "quantity": str(plan.quantity),
    }


def document_totals(
    lines: Sequence[LineInput], percents: Mapping[UUID, Decimal], *, prices_include_tax: bool
) -> Totals:
    """This function will return the amounts of a document of lines; their sum may be negative."""
    priced = [
        PricedLine(line.quantity, line.unit_price_minor, line.tax_rate_id, percents[line.tax_rate_id]) for line in lines
    ]
    return totals(priced, prices_include_tax=prices_include_tax)


def spread_credit(gross_minor: int, billed: Iterable[CreditableDays]) -> list[tuple[CreditableDays, int]]:
    """This function will spread what is credited over the lines that billed a subscription, the newest first.

    A line bears no more than is left of it and of its invoice: what a change of plan took back on a newer invoice is
    left on the older one.
    """
    parts: list[tuple[CreditableDays, int]] = []
    seen: set[UUID] = set()
    taken: dict[UUID, int] = {}
    for days in sorted(billed, key=lambda each: (each.start, each.end), reverse=True):
        if days.line_id in seen:
            continue
        seen.add(days.line_id)
        bears = min(days.left_gross_minor, days.invoice_left_minor - taken.get(days.invoice_id, 0), gross_minor)
        if bears > 0:
            parts.append((days, bears))
            taken[days.invoice_id] = taken.get(days.invoice_id, 0) + bears
            gross_minor -= bears
    return parts


def upcoming(
    plan: Plan,
    *,
    start: date,
    until: date | None,
    then: Plan | None = None,
    then_from: date | None = None,
) -> Iterator[Upcoming]:
    """This function will yield the periods to come from `start` on, each as it will be billed (E2).

    `then` is the plan that takes the place of this one for the periods that begin on `then_from` or later.
    """
    while True:
        if then is not None and then_from is not None and start >= then_from:
            plan, then = then, None
        period = plan.schedule.period_from(start, until=until)
        if period is None:
            return
        line = charge(plan, period)
        amounts = document_totals(
            [line], {plan.tax_rate_id: plan.tax_percent}, prices_include_tax=plan.prices_include_tax
        )
        yield Upcoming(
            period=period,
            quantity=line.quantity,
            unit_price_minor=line.unit_price_minor,
            net_minor=amounts.net_minor,
            tax_minor=amounts.tax_minor,
        )
        start = period.end


def split_income(paid_minor: int, *, total_minor: int, nets: Sequence[int]) -> list[int]:
    """This function will split what was paid of an invoice, net of tax, over its lines in proportion to their nets.

    Each line's share is the difference of two rounded running sums, so the shares add up to what was paid net of tax,
    rounded half up once, and a line's share depends only on the lines before it. All in minor units.
    """
    shares = []
    before = 0
    for net in nets:
        shares.append(income_share(paid_minor, total_minor=total_minor, net_before=before, net_minor=net))
        before += net
    return shares


def income_share(paid_minor: int, *, total_minor: int, net_before: int, net_minor: int) -> int:
    """This function will return one line's share of what was paid, net of tax; `net_before` sums the lines before it.

    With `total_minor` 0 nothing was paid.
    """
    if total_minor == 0:
        return 0
    until_here = half_up(Fraction(paid_minor * (net_before + net_minor), total_minor))
    return until_here - half_up(Fraction(paid_minor * net_before, total_minor))
