"""What a demonstration's days bring when its clock was moved."""

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases import bill_run, collect


@job("demo.catch_up")
def catch_up() -> None:
    """This function will bill what became due between the two moments, and ask about whatever became overdue."""
    bill_run.bill_daily(at=clock.now())
    collect.sweep(at=clock.now())
