"""What is to be billed, computed before anything is written: on whose invoice, in which lines, and what comes next.

Amounts come from `invoices.bulk.Pricing`. Whoever cannot be billed is set apart, with the reason.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import ClassVar, NamedTuple, Self
from uuid import UUID

import structlog
from django.db import DatabaseError

from tallystick.customers.group_billing import DueGroup, MemberFrom
from tallystick.foundation.errors import Conflict, ExpectedError
from tallystick.foundation.ids import new_id
from tallystick.foundation.months import months_after
from tallystick.invoices.bulk import Bill, Pricing, Shape
from tallystick.invoices.totals import LineInput
from tallystick.subscriptions.billing import BilledDays, Due
from tallystick.subscriptions.proration import Plan, charge
from tallystick.subscriptions.schedule import Period


@dataclass(kw_only=True, eq=False)
class GroupIsIncomplete(Conflict):
    """A group was billed without some of its subscriptions, and is billed for them when their fault is mended."""

    code: ClassVar[str] = "group_is_incomplete"
    sentence: ClassVar[str] = (
        "{count} of this group's subscriptions could not be billed. The group keeps its billing date {billing_date} "
        "until they are."
    )

    count: int
    billing_date: date


@dataclass(kw_only=True, eq=False)
class RefusedByDatabase(Conflict):
    """A bill broke a rule of the database that nothing else had found."""

    code: ClassVar[str] = "refused_by_database"
    sentence: ClassVar[str] = "The database refused this bill ({rule}): {message}."

    rule: str
    message: str

    @classmethod
    def of(cls, error: DatabaseError) -> Self:
        """This function will tell what the database said."""
        told = getattr(error.__cause__, "diag", None)
        rule = getattr(told, "constraint_name", None) or getattr(told, "sqlstate", None) or ""
        return cls(rule=rule, message=str(getattr(told, "message_primary", None) or error).rstrip("."))


@dataclass(kw_only=True, eq=False)
class NotPlanned(Conflict):
    """Planning a bill failed in a way that nobody expected: a fault of the program, or of what is stored."""

    code: ClassVar[str] = "not_planned"
    sentence: ClassVar[str] = "Planning this bill failed unexpectedly ({error}). The log says where; please report it."

    error: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """A subscription or a group that could not be billed, and why."""

    code: str
    sentence: str
    subscription_id: UUID | None = None
    group_id: UUID | None = None


@dataclass(slots=True, kw_only=True)
class Unit:
    """What is billed together or not at all: a subscription alone, or a group on one billing date."""

    subscription_id: UUID | None = None
    group_id: UUID | None = None
    # When a run that is not late bills it.
    bill_date: date | None = None
    bills: list[Bill] = field(default_factory=list)
    periods: list[BilledDays] = field(default_factory=list)
    # Where each subscription goes on.
    starts: list[tuple[UUID, date | None]] = field(default_factory=list)
    next_billing_date: date | None = None

    def failure(self, error: ExpectedError) -> Failure:
        """This function will say that this could not be billed, and why."""
        return Failure(
            code=error.code, sentence=str(error), subscription_id=self.subscription_id, group_id=self.group_id
        )


log = structlog.get_logger()


class _Step(NamedTuple):
    """One period of a subscription: what its line says and costs, and where the next one begins."""

    period: Period
    line: LineInput
    shape: Shape
    next_start: date | None


class _Member(NamedTuple):
    """A subscription on a group's billing date, by the name of its customer, and its periods that the group pays."""

    name: str
    due: Due
    steps: list[_Step]


class Planner:
    """Plans the bills of one moment. What many subscriptions share is computed once; `failures` collects who cannot be
    billed.
    """

    def __init__(self, pricing: Pricing) -> None:
        self._pricing = pricing
        self._steps: dict[tuple[object, ...], _Step | None] = {}
        self.failures: list[Failure] = []

    def alone(self, dues: Sequence[Due]) -> list[Unit]:
        """This function will plan one period of each subscription, on an invoice of its own."""
        units = []
        for due in dues:
            unit = Unit(subscription_id=due.id, bill_date=due.next_period_start)
            try:
                step = self._step(due)
            except Exception as error:  # noqa: BLE001 - one that nobody expected stops no other, either
                self.failures.append(unit.failure(_told(error, due.id)))
                continue
            if step is not None:
                _bill_alone(unit, due, step)
            unit.starts.append((due.id, step.next_start if step else None))
            units.append(unit)
        return units

    def together(
        self,
        groups: Sequence[DueGroup],
        dues: Sequence[Due],
        memberships: Mapping[UUID, Sequence[MemberFrom]],
        names: Mapping[UUID, str],
    ) -> list[Unit]:
        """This function will plan a billing date of groups, the same for all: each unbilled period that begins before.

        A group of which something cannot be billed keeps its billing date, so that the rest can be billed later.
        """
        members: dict[UUID, list[_Member]] = {group.id: [] for group in groups}
        missing = dict.fromkeys(members, 0)
        before = groups[0].next_billing_date
        for due in dues:
            held = memberships.get(due.customer_id, ())
            try:
                group_id, member = self._member(due, before, held, names[due.customer_id])
            except Exception as error:  # noqa: BLE001 - as above
                self.failures.append(Unit(subscription_id=due.id).failure(_told(error, due.id)))
                for group_id in {each.group_id for each in held} & members.keys():
                    missing[group_id] += 1
            else:
                if group_id in members:
                    members[group_id].append(member)
        units = []
        for group in groups:
            unit = Unit(group_id=group.id, bill_date=before)
            try:
                self._bill_group(unit, group, members[group.id])
            except ExpectedError as error:
                self.failures.append(unit.failure(error))
                continue
            if missing[group.id]:
                incomplete = GroupIsIncomplete(count=missing[group.id], billing_date=before)
                self.failures.append(unit.failure(incomplete))
            else:
                unit.next_billing_date = months_after(before, 1, day=group.billing_day)
            units.append(unit)
        return units

    def _member(self, due: Due, before: date, held: Sequence[MemberFrom], name: str) -> tuple[UUID | None, _Member]:
        """Follow a subscription from period to period as long as they are one group's."""
        group_id, member = None, _Member(name, due, [])
        for step in self._steps_of(due, before):
            holder = next((each.group_id for each in held if each.covers(step.period.start)), None)
            if holder is None or (member.steps and holder != group_id):
                break
            group_id = holder
            member.steps.append(step)
        return group_id, member

    def _steps_of(self, due: Due, before: date) -> Iterator[_Step]:
        until = before if due.turning_date is None else min(before, due.turning_date)
        while due.next_period_start < until and (step := self._step(due)) is not None:
            yield step
            if step.next_start is None:
                return
            due = due._replace(next_period_start=step.next_start)

    def _bill_group(self, unit: Unit, group: DueGroup, members: list[_Member]) -> None:
        documents: dict[tuple[str, bool], list[tuple[_Member, _Step]]] = {}
        for member in sorted(members, key=lambda member: (member.name, member.due.id)):
            document = documents.setdefault((member.due.currency, member.due.prices_include_tax), [])
            document.extend((member, step) for step in member.steps)
            unit.starts.append((member.due.id, member.steps[-1].next_start))
        for (currency, prices_include_tax), parts in sorted(documents.items()):
            lines = [
                replace(step.line, member_id=member.due.customer_id, member_name=member.name) for member, step in parts
            ]
            bill = Bill(
                invoice_id=new_id(),
                customer_id=group.payer_id,
                currency=currency,
                prices_include_tax=prices_include_tax,
                lines=lines,
                line_ids=[new_id() for _ in lines],
                shape=self._pricing.shape(lines, currency=currency, prices_include_tax=prices_include_tax),
                title=group.name,
                group_id=group.id,
            )
            unit.bills.append(bill)
            for (member, step), line_id in zip(parts, bill.line_ids, strict=True):
                unit.periods.append(_billed_days(member.due, step, bill.invoice_id, line_id))

    def _step(self, due: Due) -> _Step | None:
        """The next period of a subscription; None when nothing is left of it.

        Raises:
            InvoiceLinesNotAccepted, NoExchangeRate: when it cannot be billed.
        """
        kind = due[2:-1]
        if kind not in self._steps:
            self._steps[kind] = self._computed(due)
        return self._steps[kind]

    def _computed(self, due: Due) -> _Step | None:
        plan = Plan(
            description=due.description,
            quantity=due.quantity,
            unit_price_minor=due.unit_price_minor,
            prices_include_tax=due.prices_include_tax,
            tax_rate_id=due.tax_rate_id,
            tax_percent=self._pricing.percents[due.tax_rate_id],
            frequency=due.frequency,
            anchor_date=due.anchor_date,
            anchor_day=due.anchor_day,
        )
        period = plan.schedule.period_from(due.next_period_start, until=due.end_date)
        if period is None:
            return None
        line = charge(plan, period)
        shape = self._pricing.shape((line,), currency=due.currency, prices_include_tax=due.prices_include_tax)
        return _Step(period, line, shape, None if period.end == due.end_date else period.end)


def _told(error: Exception, subscription_id: UUID) -> ExpectedError:
    if isinstance(error, ExpectedError):
        return error
    log.error("billing.not_planned", subscription_id=str(subscription_id), exc_info=error)
    return NotPlanned(error=f"{type(error).__name__}: {error}")


def _bill_alone(unit: Unit, due: Due, step: _Step) -> None:
    invoice_id, line_id = new_id(), new_id()
    unit.bills.append(
        Bill(
            invoice_id=invoice_id,
            customer_id=due.customer_id,
            currency=due.currency,
            prices_include_tax=due.prices_include_tax,
            lines=(step.line,),
            line_ids=(line_id,),
            shape=step.shape,
        )
    )
    unit.periods.append(_billed_days(due, step, invoice_id, line_id))


def _billed_days(due: Due, step: _Step, invoice_id: UUID, line_id: UUID) -> BilledDays:
    return BilledDays(due.id, step.period.start, step.period.end, invoice_id, line_id)
