"""What a demonstration's days bring when its clock was moved."""

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases import demo_days


@job("demo.catch_up")
def catch_up() -> None:
    """This function will let every day that was passed bring its bills, its charges, and news from the gateways."""
    demo_days.catch_up(at=clock.now())
