"""The days of a demonstration, one after the other: what its story and its clock make due happens on its own day.

A business that runs has no use for this: there each day comes by itself, and periodic jobs see to it.
"""

import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

from tallystick.foundation import jobs
from tallystick.foundation.clock import business_zone, local_date
from tallystick.foundation.transactions import transaction
from tallystick.subscriptions import run_queries
from tallystick.usecases import autopay_run, bill_run, collect, dun, follow_up, notify_coming, notify_reminder, suspend
from tallystick.usecases.frame import SYSTEM
from tallystick.wire.ids import bill_run_id_of

_CATCH_UP: Final = "demo.catch_up"
# How long to wait for a worker that is at the last steps of a run.
_PAUSE_SECONDS: Final = 0.2


def catch_up_later() -> None:
    """This function will have a job catch up; one after the other, however many ask."""
    with transaction():
        jobs.defer(_CATCH_UP, queueing_lock=_CATCH_UP, lock=_CATCH_UP)


def catch_up(*, at: datetime) -> None:
    """This function will let each day since the last bill run bring what is due on it, up to today.

    Each has the time of day of `at`, on the business's clock. Today may be brought in as often as one likes: what
    happened on a day happens once.
    """
    last = run_queries.last_day()
    zone = business_zone()
    here = at.astimezone(zone)
    day = local_date(at) if last is None else last + timedelta(days=1)
    while day < here.date():
        live(at=datetime.combine(day, here.timetz()).astimezone(UTC))
        day += timedelta(days=1)
    live(at=at)


def live(*, at: datetime) -> None:
    """This function will let a day bring what is due on it: bills, charges, notices of bills to come, news of what
    waits at gateways, and reminders.
    """
    bill(at=at)
    charge(at=at)
    # Whoever has to do something first is told, too.
    autopay_run.run(at=at)
    for payer_ids in notify_coming.found(at=at):
        notify_coming.write(payer_ids=payer_ids, at=at)
    collect.sweep(at=at)
    follow_up.sweep_refunds(at=at)
    remind(at=at)


def bill(*, at: datetime) -> None:
    """This function will finish what runs were left, and do the run of the day unless there was one."""
    for run in run_queries.unfinished_runs():
        _finish(run["id"], at=at)
    if not run_queries.was_run_for(local_date(at)):
        begun = bill_run.begin_bill_run(actor=SYSTEM, at=at)
        _finish(bill_run_id_of(begun["id"]), at=at)


def remind(*, at: datetime) -> None:
    """This function will write the reminders of the day, suspend what stayed unpaid, and bring back what was paid."""
    for part in dun.parts(at=at):
        notify_reminder.write(reminder_ids=part.reminder_ids, at=at)
        suspend.suspend_for(invoice_ids=part.late, at=at)
    suspend.lift(at=at)


def charge(*, at: datetime) -> list[UUID]:
    """This function will charge every expected payment that autopay is to charge by the day, and return which."""
    # All of them are found before anything changes.
    found = list(_to_charge(local_date(at)))
    return [payment_id for payment_id in found if autopay_run.charge(payment_id=payment_id, at=at) is None]


def _to_charge(today: date) -> Iterator[UUID]:
    for part in autopay_run.parts(today):
        for each in part:
            if each.why_not is None and each.is_now(today):
                yield each.payment.payment_id


def _finish(run_id: UUID, *, at: datetime) -> None:
    actor = bill_run.whoever_began(run_id)
    while (outcome := bill_run.step(actor=actor, at=at, run_id=run_id)) is not bill_run.Outcome.FINISHED:
        if outcome is bill_run.Outcome.WAITING:
            time.sleep(_PAUSE_SECONDS)
