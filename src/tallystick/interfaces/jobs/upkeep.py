"""What the job queue needs to keep going by itself."""

import structlog
from django.conf import settings

from tallystick.foundation.jobs import forget_old, periodic_job, rescue_stalled

KEPT_HOURS = 14 * 24

log = structlog.get_logger()


@periodic_job("jobs.rescue", cron=settings.JOBS_RESCUE_CRON)
def rescue() -> None:
    """This function will have the jobs of killed workers done by the living."""
    if rescued := rescue_stalled():
        log.warning("jobs.rescued", count=rescued)


@periodic_job("jobs.forget_old", cron="17 3 * * *")
def forget_old_jobs() -> None:
    """This function will keep the queue small: what succeeded two weeks ago has told its story elsewhere."""
    forget_old(hours=KEPT_HOURS)
