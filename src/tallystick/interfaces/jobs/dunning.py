"""Reminders are decided on here, once a day, and written; services are suspended, and come back."""

from datetime import date, datetime
from uuid import UUID

import structlog
from django.conf import settings

from tallystick.foundation import clock
from tallystick.foundation.clock import business_zone
from tallystick.foundation.jobs import job, periodic_job
from tallystick.usecases import demo_days, dun, notify_agreed, notify_reminder, suspend

log = structlog.get_logger()

# By then what was charged in the night has been answered, and nobody is woken.
_FIRST_HOUR = 8


@periodic_job("dunning.run", cron="37 * * * *")
def run() -> None:
    """This function will have the reminders written that are due today, from eight o'clock on where the business is.

    In a demonstration they belong to their days, as bill runs do.
    """
    at = clock.now()
    if settings.DEMO:
        demo_days.catch_up_later()
    elif at.astimezone(business_zone()).hour >= _FIRST_HOUR and (count := dun.run(at=at)):
        log.info("dunning.found", reminders=count)


@job("mail.reminders")
def reminders(reminder_ids: list[str]) -> None:
    """This function will write reminders that were decided on."""
    notify_reminder.write(reminder_ids=[UUID(each) for each in reminder_ids], at=clock.now())


@job("mail.promise_noted")
def promise_noted(pause_id: str) -> None:
    """This function will write that a promise to pay was noted."""
    notify_agreed.write_promise(pause_id=UUID(pause_id), at=clock.now())


@job("mail.due_date_agreed")
def due_date_agreed(invoice_id: str, before_date: str, due_date: str, agreed_at: str) -> None:
    """This function will write that another due date was agreed."""
    notify_agreed.write_due_date(
        invoice_id=UUID(invoice_id),
        before_date=date.fromisoformat(before_date),
        due_date=date.fromisoformat(due_date),
        agreed_at=datetime.fromisoformat(agreed_at),
        at=clock.now(),
    )


@job("dunning.suspend")
def suspend_services(invoice_ids: list[str]) -> None:
    """This function will suspend the services that invoices bill which stayed unpaid."""
    suspend.suspend_for(invoice_ids=[UUID(each) for each in invoice_ids], at=clock.now())


# Whoever paid shall not wait, through whichever door the money came.
@periodic_job("dunning.lift", cron="* * * * *")
def lift() -> None:
    """This function will bring back the services whose invoices were settled."""
    if count := suspend.lift(at=clock.now()):
        log.info("dunning.lifted", subscriptions=count)
