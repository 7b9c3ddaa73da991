"""What nobody used in time leaves the wallets, day by day (J25). The system alone does it."""

from datetime import datetime
from typing import Final

from tallystick.foundation.clock import local_date
from tallystick.foundation.transactions import transaction
from tallystick.wallets import expiry

# So many lots are looked up for a step; each step commits, so that what a killed run has done stays done.
STEP: Final = 500


def expire_lots(*, at: datetime, step: int = STEP) -> int:
    """This function will expire what is left of every lot whose last day is over, and return how many lots that were.

    A lot can be used on its last day. What is expired is not found again, so that it may run as often as anybody likes.
    """
    expired = 0
    while True:
        with transaction():
            part = expiry.expire_some(day=local_date(at), at=at, limit=step)
        expired += part
        if not part:
            return expired
