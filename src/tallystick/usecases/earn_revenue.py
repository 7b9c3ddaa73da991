"""The month-end run that earns deferred revenue (J03), in steps of a transaction each.

A run may be killed anywhere and gone on with by anybody: its steps follow one another under a lock of the run, and each
line is earned once in it. A second run of a month earns what came since, which mostly is nothing.
"""

from datetime import date, datetime
from typing import Final

from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.ids import public_id
from tallystick.foundation.months import is_month
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction, transaction
from tallystick.invoices import earning
from tallystick.ledger import periods
from tallystick.subscriptions.references import products_of_lines
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import month_end as wire
from tallystick.wire.month_end import RevenueRunShape

# How many lines one step looks at.
CHUNK: Final = 10_000
# A job does so many and queues the next: a worker that shall stop is not kept waiting.
STEPS_PER_JOB: Final = 5


@use_case(Permission.CLOSE_MONTHS)
def begin_revenue_run(
    *, actor: Actor, at: datetime, month: date, idempotency_key: str | None = None
) -> RevenueRunShape:
    """This function will begin to earn the deferred revenue of a month, given by its first day, and return the run.

    Months before it that had no run have theirs first. Jobs go through the steps.

    Raises:
        InvalidField: when `month` is not the first day of one.
        MonthNotOver, MonthIsClosed: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CLOSE_MONTHS)
    if not is_month(month):
        raise InvalidField(name="month", reason="Name a month by its first day.")
    periods.require_over(month, today=local_date(at))
    *_, run_id = earning.begin(month, at=at, by=actor.label)
    after = {"month": f"{month:%Y-%m}", "revenue_run": public_id(wire.REVENUE_RUN, run_id)}
    audit.record(
        actor=actor, at=at, action="begin_revenue_run", kind="month", object_id=wire.period_id(month), after=after
    )
    _go_on()
    shape = wire.revenue_run_shape(month)
    assert shape is not None  # noqa: S101 - it was begun just now
    return shape


def work(*, at: datetime) -> None:
    """This function will do some steps of the earliest run that goes on, and see to the next ones."""
    for _ in range(STEPS_PER_JOB):
        if not step(at=at):
            return
    with transaction():
        _go_on()


def step(*, at: datetime, limit: int = CHUNK) -> bool:
    """This function will earn what the next lines of the earliest run have, or post it when there are none left.

    Returns whether any run went on.
    """
    with transaction():
        run_id = earning.unfinished()
        if run_id is None:
            return False
        run = earning.locked_run(run_id)
        if run.finished_at is not None:
            return True
        lines = earning.due(run, limit=limit)
        if lines:
            earning.earn(run, lines, products_of_lines(line.id for line in lines))
        else:
            earning.finish(run, at=at)
        return True


@needs_transaction
def _go_on() -> None:
    jobs.defer("books.earn", queueing_lock="books.earn")
