"""The clock of a demonstration: moved forward by whoever shows it, never back, and nowhere else."""

from datetime import datetime, timedelta
from typing import ClassVar, Final

from django.conf import settings

from tallystick.foundation import audit, jobs, settings_store
from tallystick.foundation.clock import DEMO_OFFSET, business_zone
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.usecases import demo_days
from tallystick.usecases.frame import use_case
from tallystick.usecases.roles import Permission

DAY: Final = "day"
MONTH: Final = "month"


class ClockNotMovable(Conflict):
    """Only a demonstration has a clock that can be moved."""

    code: ClassVar[str] = "clock_not_movable"
    sentence: ClassVar[str] = "This is not a demonstration: its clock cannot be moved."


@use_case(Permission.CHANGE_SETTINGS)
def move_demo_clock(*, actor: Actor, at: datetime, step: str, idempotency_key: str | None = None) -> int:
    """This function will move the clock to the next day or the first day of the next month, and return its offset.

    The time of day stays what it is on the business's clock. What those days bring, each on its own, is done by a job.

    Raises:
        ClockNotMovable: when this is no demonstration.
        InvalidField: when the step is neither of the two.
    """
    del idempotency_key
    if not settings.DEMO:
        raise ClockNotMovable
    if step not in {DAY, MONTH}:
        raise InvalidField(name="step", reason="The clock goes to the next day, or to the next month.")
    here = at.astimezone(business_zone())
    # 32 days after the first of a month lie in the next one, whatever day it is.
    next_month = (here.replace(day=1) + timedelta(days=32)).replace(day=1)
    there = next_month if step == MONTH else here + timedelta(days=1)
    before = settings_store.get(DEMO_OFFSET)
    # In the business's zone a day may have 23 or 25 hours: the difference is taken between the two moments.
    offset = before + round(there.timestamp() - here.timestamp())
    settings_store.put(DEMO_OFFSET, offset)
    audit.record(
        actor=actor,
        at=at,
        action="move_demo_clock",
        kind="setting",
        object_id=settings_store.audit_id(DEMO_OFFSET.name),
        before={DEMO_OFFSET.name: before},
        after={DEMO_OFFSET.name: offset},
    )
    # What was due between the two moments is due now.
    jobs.bring_forward(timedelta(seconds=offset - before))
    demo_days.catch_up_later()
    return offset
