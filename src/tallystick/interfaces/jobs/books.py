"""What a month end has jobs for: earning deferred revenue, and writing statements; each does a part of it."""

from datetime import date
from uuid import UUID

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases import earn_revenue, send_statements


@job("books.earn")
def earn() -> None:
    """This function will do some steps of the runs that go on, and see to the next ones."""
    earn_revenue.work(at=clock.now())


@job("statements.send_month")
def send_month(month: str, after: str | None) -> None:
    """This function will write some statements of a month, and see to the others."""
    send_statements.work(at=clock.now(), month=date.fromisoformat(month), after=UUID(after) if after else None)
