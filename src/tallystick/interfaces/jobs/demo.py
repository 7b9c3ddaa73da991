"""What a demonstration's days bring when its clock was moved."""

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases import collect


@job("demo.catch_up")
def catch_up() -> None:
    """This function will ask about whatever became overdue between the two moments."""
    collect.sweep(at=clock.now())
