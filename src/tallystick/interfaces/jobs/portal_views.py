"""Views of the portal by staff end when their time is over."""

from uuid import UUID

from tallystick.foundation import clock
from tallystick.foundation.jobs import job
from tallystick.usecases import view_as


@job("portal.end_view")
def end_view(view_id: str) -> None:
    """This function will end a view that nobody ended."""
    view_as.end_view_by_time(view_id=UUID(view_id), at=clock.now())
