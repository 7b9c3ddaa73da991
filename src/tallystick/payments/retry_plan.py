"""When autopay tries a declined charge again, if ever. Pure; the days are a setting (`docs/model.md`, 27)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from tallystick.foundation import settings_store
from tallystick.gateways.port import AUTHENTICATION_FAILED, AUTHENTICATION_REQUIRED, METHOD_REFUSED

LONGEST_PLAN: Final = 10
LATEST_DAY: Final = 60


def _is_plan(value: object) -> bool:
    if not isinstance(value, list) or len(value) > LONGEST_PLAN:
        return False
    return all(type(days) is int and 1 <= days <= LATEST_DAY for days in value) and value == sorted(set(value))


RETRY_DAYS: Final = settings_store.Setting[list[int]](
    "autopay_retry_days",
    [1, 3, 7],
    "After how many days a charge that failed by itself is tried again, counted from the first try: up to 10 rising "
    "numbers from 1 to 60, such as 1, 3, 7; none for never.",
    _is_plan,
)


def is_final(decline_code: str) -> bool:
    """This function will say whether no later try by itself can succeed: the method is refused, or its holder asked."""
    return decline_code in METHOD_REFUSED | {AUTHENTICATION_REQUIRED, AUTHENTICATION_FAILED}


def next_try(decline_code: str, *, first_try: date, today: date, days: Sequence[int]) -> date | None:
    """This function will return the day of the next try, or None when there is none left or none would help.

    `first_try` is the local date of the first try of this charge; a day of the plan that has passed is left out.
    """
    if is_final(decline_code):
        return None
    to_come = (first_try + timedelta(days=after) for after in days)
    return next((day for day in to_come if day > today), None)
