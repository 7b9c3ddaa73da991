"""Deferred revenue is earned here, month by month: begun in the office or over the API; each job does a few steps."""

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases import earn_revenue


@job("books.earn")
def earn() -> None:
    """This function will do some steps of the runs that go on, and see to the next ones."""
    earn_revenue.work(at=clock.now())
