"""When autopay tries a declined charge again, if ever. Pure; the days are a setting (`docs/model.md`, 27)."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final

from tallystick.foundation import settings_store

# No later try of the same card can succeed, or it would harm: the cardholder's bank said so for good, or the
# cardholder has to act. Codes are those of the gateway port; adapters translate their vendor's into them.
FINAL_DECLINES: Final = frozenset(
    {
        "stolen_card",
        "lost_card",
        "pickup_card",
        "fraudulent",
        "expired_card",
        "invalid_account",
        "method_unusable",
        "revocation_of_authorization",
        "authentication_required",
    }
)


def _is_plan(value: object) -> bool:
    if not isinstance(value, list) or len(value) > 10:
        return False
    return all(type(days) is int and 1 <= days <= 60 for days in value) and value == sorted(set(value))


RETRY_DAYS: Final = settings_store.Setting[list[int]](
    "autopay_retry_days",
    [1, 3, 7],
    "After how many days a charge that failed by itself is tried again, counted from the first try, such as 1, 3, 7.",
    _is_plan,
)


def next_try(decline_code: str, *, first_try: date, today: date, days: Sequence[int]) -> date | None:
    """This function will return the day of the next try, or None when there is none left or none would help.

    `first_try` is the local date of the first try of this charge; a day of the plan that has passed is left out.
    """
    if decline_code in FINAL_DECLINES:
        return None
    to_come = (first_try + timedelta(days=after) for after in days)
    return next((day for day in to_come if day > today), None)
