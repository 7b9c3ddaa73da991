"""The bill run goes on here: begun by the clock just after midnight, or over the API; each job does a few steps."""

from uuid import UUID

import structlog
from django.conf import settings

from tallystick.foundation import clock
from tallystick.foundation.jobs import job, periodic_job
from tallystick.usecases import bill_run, demo_days, notify_coming

log = structlog.get_logger()


@job("billing.work")
def work(run_id: str, number: int) -> None:
    """This function will do some steps of a bill run, and see to the next ones."""
    bill_run.work(run_id=UUID(run_id), number=number, at=clock.now())


# Somewhere in the world it becomes midnight every quarter of an hour; the use case asks whether it did here.
@periodic_job("billing.begin", cron="1-59/15 * * * *")
def begin() -> None:
    """This function will begin the bill run of the business's day, once a day.

    In a demonstration the clock may have passed days that come first, each with a run of its own.
    """
    if settings.DEMO:
        demo_days.catch_up_later()
    else:
        bill_run.bill_daily(at=clock.now())


@periodic_job("billing.announce", cron="22 * * * *")
def announce() -> None:
    """This function will have the notices of coming invoices written that are to go out today, each once.

    In a demonstration they belong to their days, as bill runs do.
    """
    if settings.DEMO:
        demo_days.catch_up_later()
    elif count := notify_coming.find(at=clock.now()):
        log.info("coming_invoices.found", payers=count)
