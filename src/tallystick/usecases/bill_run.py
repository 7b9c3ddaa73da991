"""The bill run (E1, E2, E26 to E30): everything that is due becomes invoices, in steps of a transaction each.

A run may be killed anywhere and gone on with by anybody; two workers share it; whoever cannot be billed is reported and
stops nobody else. Order within a run: subscriptions that are billed alone, then what a reached date turns
(`subscriptions.turning`), then groups, those of the earliest billing date first.

Locks are taken in this order: subscriptions or groups and their subscriptions, balances of customers, the series of
invoice numbers. A payment takes them in the same one.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from django.db import DataError, IntegrityError

from tallystick.customers import group_billing
from tallystick.customers.group_billing import Circle, DueGroup
from tallystick.customers.queries import CustomerRow, customer_rows
from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, ExpectedError, InvalidField, NotFound
from tallystick.foundation.garbage import search_put_off
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import check_constraints, needs_transaction, savepoint, transaction, undone
from tallystick.invoices import bulk
from tallystick.invoices.bulk import IssuedInvoice, Pricing
from tallystick.ledger.queries import with_credit
from tallystick.payments import expected
from tallystick.subscriptions import bill_runs, billing, run_queries
from tallystick.subscriptions.bill_plan import Failure, Planner, RefusedByDatabase, Unit
from tallystick.subscriptions.bill_runs import Billed, RunFacts
from tallystick.subscriptions.turning import turn
from tallystick.usecases.bill import apply_credit
from tallystick.usecases.frame import SYSTEM, require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import bill_runs as wire
from tallystick.wire.bill_runs import BillPreviewShape, BillRunShape

# How many subscriptions one step bills.
CHUNK: Final = 5000
# How many invoices one job writes mails for: a worker can stop between two.
MAILS_PER_JOB: Final = 500
# How many jobs share a run that was begun over the API or by the clock.
WORKERS: Final = 2
# A job does so many and queues the next: a worker that shall stop is not kept waiting.
STEPS_PER_JOB: Final = 3
# When the rest is in other hands, a worker looks again after this.
PAUSE: Final = timedelta(seconds=2)
FURTHEST_PREVIEW_DAYS: Final = 366


class Outcome(StrEnum):
    """What a step came to: something was billed or changed; the rest is in other hands; everything is done."""

    WENT_ON = "went_on"
    WAITING = "waiting"
    FINISHED = "finished"


@dataclass(kw_only=True, eq=False)
class InOtherHands(Conflict):
    """What is to be foreseen is held by somebody, such as a run that goes on."""

    code: ClassVar[str] = "in_other_hands"
    sentence: ClassVar[str] = "Something of this is being billed or changed at this moment. Try again in a moment."


@dataclass(slots=True, kw_only=True)
class Plan:
    """What the next step of a run bills, and whom it cannot."""

    units: list[Unit]
    failures: list[Failure]


@dataclass(slots=True)
class _Sums:
    by_currency: dict[str, Billed] = field(default_factory=dict)

    def add(self, units: Sequence[Unit]) -> None:
        for unit in units:
            for bill in unit.bills:
                billed = self.by_currency.setdefault(bill.currency, Billed())
                billed.invoices += 1
                billed.periods += len(bill.lines)
                billed.total_minor += bill.shape.amounts.total_minor


@use_case(Permission.RUN_BILLING)
def begin_bill_run(
    *, actor: Actor, at: datetime, as_of_date: date | None = None, workers: int = 0, idempotency_key: str | None = None
) -> BillRunShape:
    """This function will begin a run over everything that is due on a day, today if none is named, and return it.

    `workers` jobs then go through its steps; with 0 the caller does, by `step`.

    Raises:
        InvalidField: when the day is still to come.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RUN_BILLING)
    today = local_date(at)
    as_of = as_of_date or today
    if as_of > today:
        raise InvalidField(
            name="as_of_date", reason="A bill run ends today at the latest. For later, ask for a preview."
        )
    run_id = bill_runs.begin(as_of_date=as_of, by=actor.label, at=at)
    shape = wire.one_run(run_id)
    audit.record(actor=actor, at=at, action="begin_bill_run", kind="bill_run", object_id=run_id, after=shape)
    _set_to_work(run_id, workers)
    return shape


def bill_daily(*, at: datetime, workers: int = WORKERS) -> None:
    """This function will begin the run of the business's day unless there was one, and let go on what was left.

    However often it is called, it begins one run a day.
    """
    with transaction():
        for run in run_queries.unfinished_runs():
            _set_to_work(run["id"], workers)
        if not run_queries.was_run_for(local_date(at)):
            begin_bill_run(actor=SYSTEM, at=at, workers=workers)


@use_case(Permission.RUN_BILLING)
def rerun_failed(
    *, actor: Actor, at: datetime, run_id: UUID, workers: int = 0, idempotency_key: str | None = None
) -> BillRunShape:
    """This function will let a finished run try again what failed in it; what fails again is reported anew.

    Raises:
        NotFound: when there is no such run.
        RunGoesOn, NothingFailed: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RUN_BILLING)
    failed = bill_runs.reopen(run_id)
    audit.record(
        actor=actor,
        at=at,
        action="rerun_failed",
        kind="bill_run",
        object_id=run_id,
        before={"failed": len(failed), "failures": [wire.failure_told(each) for each in failed[:100]]},
    )
    _set_to_work(run_id, workers)
    return wire.one_run(run_id)


def work(*, run_id: UUID, number: int, at: datetime) -> None:
    """This function will do some steps of a run for whoever began it, and see to the next ones unless it is finished.

    Raises:
        NotFound: when there is no such run.
    """
    actor = whoever_began(run_id)
    outcome = Outcome.WENT_ON
    for _ in range(STEPS_PER_JOB):
        outcome = step(actor=actor, at=at, run_id=run_id)
        if outcome is not Outcome.WENT_ON:
            break
    if outcome is not Outcome.FINISHED:
        with transaction():
            _set_to_work_one(run_id, number, at=at + PAUSE if outcome is Outcome.WAITING else None)


def whoever_began(run_id: UUID) -> Actor:
    """This function will return the actor whose run this is, by the trail, with the permission that it took.

    Raises:
        NotFound: when there is no such run.
    """
    found = audit.last_actor(run_id)
    if found is None:
        raise NotFound(kind="bill run")
    return replace(found, permissions=frozenset({Permission.RUN_BILLING}))


def _set_to_work(run_id: UUID, workers: int) -> None:
    for number in range(workers):
        _set_to_work_one(run_id, number)


def _set_to_work_one(run_id: UUID, number: int, *, at: datetime | None = None) -> None:
    # However often it is asked for, each worker of a run waits in the queue once.
    lock = f"billing.work:{run_id}:{number}"
    jobs.defer("billing.work", queueing_lock=lock, schedule_at=at, run_id=str(run_id), number=number)


@use_case(Permission.RUN_BILLING)
def step(*, actor: Actor, at: datetime, run_id: UUID, limit: int = CHUNK) -> Outcome:
    """This function will do the next step of a run, at most about `limit` subscriptions, and say how it went.

    Ask again until it has finished. `actor` is whoever began the run: the audit trail names them on every invoice.

    Raises:
        NotFound: when there is no such run.
    """
    require_unscoped(actor, Permission.RUN_BILLING)
    run = bill_runs.run_facts(run_id)
    if run.is_finished:
        return Outcome.FINISHED
    with search_put_off():
        plan = _next(run, limit=limit, by=actor.label, at=at)
        if isinstance(plan, Plan):
            sums = _Sums()
            refused = _bill(plan.units, sums, run_id=run_id, actor=actor, at=at)
            bill_runs.add(run_id, sums.by_currency, [*plan.failures, *refused], at=at)
            return Outcome.WENT_ON
    if plan is Outcome.FINISHED:
        bill_runs.finish(run_id, at=at)
    return plan


@use_case(Permission.RUN_BILLING)
def preview_bill_run(
    *, actor: Actor, at: datetime, as_of_date: date, limit: int = CHUNK, idempotency_key: str | None = None
) -> BillPreviewShape:
    """This function will tell what a run up to a day, which may be still to come, would bill, and bill nothing.

    It is the run itself, without its writing, and everything is undone. What somebody else holds at the moment, such as
    a run that goes on, is not in it.

    Raises:
        InvalidField: when the day is more than a year away: each of the periods until then would be computed.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RUN_BILLING)
    furthest = local_date(at) + timedelta(days=FURTHEST_PREVIEW_DAYS)
    if as_of_date > furthest:
        raise InvalidField(name="as_of_date", reason=f"A preview looks a year ahead at most, to {furthest}.")
    sums, groups, failures = _Sums(), dict[UUID, _Sums](), list[Failure]()
    with undone(), suppress(InOtherHands):
        for plan in foreseen(as_of=as_of_date, limit=limit, by=actor.label, at=at):
            sums.add(plan.units)
            for unit in plan.units:
                if unit.group_id is not None:
                    groups.setdefault(unit.group_id, _Sums()).add([unit])
            failures += plan.failures
    return wire.preview_shape(
        as_of_date,
        sums.by_currency,
        {group_id: each.by_currency for group_id, each in groups.items()},
        failures,
    )


@needs_transaction
def foreseen(*, as_of: date, by: str, at: datetime, limit: int = CHUNK, of: Circle | None = None) -> Iterator[Plan]:
    """This function will yield what each step of a run up to a day, which may be still to come, would bill.

    `of` narrows it to some payers. Dates take effect and subscriptions move on, so the caller undoes it all.

    Raises:
        InOtherHands: when what is left is held by somebody else.
    """
    run = bill_runs.run_facts(bill_runs.begin(as_of_date=as_of, by=by, at=at))
    while (plan := _next(run, limit=limit, by=by, at=at, of=of)) is not Outcome.FINISHED:
        if plan is Outcome.WENT_ON:
            continue
        if not isinstance(plan, Plan):
            raise InOtherHands
        yield plan
        _move_on(plan.units)
        bill_runs.add(run.id, {}, plan.failures, at=at)


def _next(run: RunFacts, *, limit: int, by: str, at: datetime, of: Circle | None = None) -> Plan | Outcome:
    """Claim and plan what comes next; or say that a date turned something, that others are at it, or all is done."""
    customers = None if of is None else of.customer_ids
    dues = billing.claim_alone(run_id=run.id, as_of=run.as_of_date, limit=limit, of=customers)
    if dues:
        planner = _planner(dues, at)
        return Plan(units=planner.alone(dues), failures=planner.failures)
    if billing.count_alone(run_id=run.id, as_of=run.as_of_date, limit=1, of=customers):
        return Outcome.WAITING
    if turn(run.as_of_date, at=at, by=by, of=customers):
        return Outcome.WENT_ON
    barred = bill_runs.barred_groups(run.id)
    groups = group_billing.claim_due(
        as_of=run.as_of_date, barred=barred, limit=limit, of=None if of is None else of.group_ids
    )
    if groups:
        units, failures = plan_groups(groups, run_id=run.id, at=at)
        return Plan(units=units, failures=failures)
    # Others may be at the last groups, or may have turned something while this one looked.
    if billing.is_anything_due(run_id=run.id, as_of=run.as_of_date, barred_groups=barred, of=of):
        return Outcome.WAITING
    return Outcome.FINISHED


def plan_groups(groups: Sequence[DueGroup], *, run_id: UUID, at: datetime) -> tuple[list[Unit], list[Failure]]:
    """This function will claim and plan a billing date of groups that are locked, the same for all of them.

    It returns what is to be written, and whom it cannot bill. What failed before in the run is left out.
    """
    dues = billing.claim_members(groups, run_id=run_id, before=groups[0].next_billing_date)
    customers = {due.customer_id for due in dues}
    names = {customer_id: row.name for customer_id, row in customer_rows(customers).items()}
    planner = _planner(dues, at)
    units = planner.together(groups, dues, group_billing.memberships_of(customers), names)
    return units, planner.failures


def _planner(dues: Sequence[billing.Due], at: datetime) -> Planner:
    return Planner(Pricing(day=local_date(at), tax_rate_ids={due.tax_rate_id for due in dues}))


def _bill(units: Sequence[Unit], sums: _Sums, *, run_id: UUID, actor: Actor, at: datetime) -> list[Failure]:
    """Bill all of them, or find out by halves which one the database refuses, and bill the others."""
    if not units:
        return []
    try:
        with savepoint():
            write(units, because={"bill_run": public_id(wire.BILL_RUN, run_id)}, actor=actor, at=at)
    except (IntegrityError, DataError, ExpectedError) as error:
        if len(units) == 1:
            reason = error if isinstance(error, ExpectedError) else RefusedByDatabase.of(error)
            return [units[0].failure(reason)]
        half = len(units) // 2
        return [
            *_bill(units[:half], sums, run_id=run_id, actor=actor, at=at),
            *_bill(units[half:], sums, run_id=run_id, actor=actor, at=at),
        ]
    sums.add(units)
    return []


@needs_transaction
def write(units: Sequence[Unit], *, because: Mapping[str, str], actor: Actor, at: datetime) -> None:
    """This function will issue what is planned, expect its payments, and set where each goes on.

    `because` is what the audit trail says of where the invoices come from.

    Raises:
        IntegrityError, DataError: when a bill breaks a rule of the database.
    """
    bills = [bill for unit in units for bill in unit.bills]
    if not bills:
        _move_on(units)
        return
    day = local_date(at)
    payers = customer_rows(bill.customer_id for bill in bills)
    bulk.post(bills, day=day, at=at)
    bulk.write_lines(bills)
    billing.record((period for unit in units for period in unit.periods), at=at)
    _move_on(units)
    issued = bulk.issue(bills, payers, day=day, at=at)
    expected.expect_many(issued, by=actor.label, at=at)
    told = (
        (each.id, {"state": "open" if each.total_minor else "paid", "number": each.number, **because})
        for each in issued
    )
    audit.record_many(actor=actor, at=at, action="issue_invoice", kind="invoice", after=told)
    _pay_from_credit(issued, payers, day=day, by=actor.label, at=at)
    for first in range(0, len(issued), MAILS_PER_JOB):
        jobs.defer("mail.invoices", invoice_ids=[str(each.id) for each in issued[first : first + MAILS_PER_JOB]])
    # Here, where it is known whose bills these are.
    check_constraints()


def _move_on(units: Sequence[Unit]) -> None:
    billing.move_on([start for unit in units for start in unit.starts])
    group_billing.move_on(
        [(unit.group_id, unit.next_billing_date) for unit in units if unit.group_id and unit.next_billing_date]
    )


def _pay_from_credit(
    issued: Sequence[IssuedInvoice], payers: dict[UUID, CustomerRow], *, day: date, by: str, at: datetime
) -> None:
    with_some = with_credit({each.customer_id for each in issued if payers[each.customer_id].applies_credit})
    for each in issued:
        if (each.customer_id, each.currency) in with_some and each.total_minor:
            apply_credit(each.id, each.customer_id, each.currency, day=day, by=by, at=at)
