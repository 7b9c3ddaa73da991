"""Payments as reports count them (`docs/model.md`, 30): what is expected or was received, and is not reversed.

Each counts on one day: the received date of what is completed; of anything else the due date, or where it has none the
day on which it was made.
"""

from collections.abc import Sequence
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from tallystick.foundation.clock import business_zone
from tallystick.foundation.rows import fetch

# What reports count, and the day on which it counts, in the time zone that is put in the place of `%s`.
COUNTED: Final = "p.kind IN ('scheduled', 'receipt') AND p.reversed_at IS NULL AND p.deleted_at IS NULL"
COUNTED_DAY: Final = (
    "CASE WHEN p.status = 'completed' THEN p.received_date "
    "ELSE coalesce(p.due_date, (p.created_at AT TIME ZONE %s)::date) END"
)
Fact = Literal["day", "week", "month", "status", "kind", "method", "reason"]
_FACTS: Final[dict[Fact, str]] = {
    "day": "counted.day",
    "week": "date_trunc('week', counted.day)::date",
    "month": "date_trunc('month', counted.day)::date",
    "status": "counted.status",
    "kind": "counted.kind",
    "method": "counted.method",
    "reason": "counted.reason",
}


def sums(
    *,
    by: Sequence[Fact],
    first_day: date | None = None,
    last_day: date | None = None,
    currency: str = "",
    customer_id: UUID | None = None,
) -> list[dict[str, Any]]:
    """This function will count what reports count, and add it up, for each currency and each set of facts.

    Rows have `currency`, the facts by their names, `count`, and `minor` in minor units; they are in that order. A week
    is its Monday, a month its first day. A `reason` is that of what failed, and empty of anything else.
    """
    facts = "".join(f", {_FACTS[fact]} AS {fact}" for fact in by)
    places = ", ".join(str(place) for place in range(1, len(by) + 2))
    return fetch(
        f"""
WITH counted AS (
    SELECT p.currency::text AS currency, {COUNTED_DAY.replace("%s", "%(zone)s")} AS day, p.status::text AS status,
           p.kind::text AS kind, p.method::text AS method,
           CASE WHEN p.status = 'failed' THEN p.failure_code ELSE '' END::text AS reason, p.total_minor
    FROM payments_payment p
    WHERE {COUNTED} AND (%(currency)s = '' OR p.currency = %(currency)s)
      AND (%(customer)s::uuid IS NULL OR p.customer_id = %(customer)s)
)
SELECT currency{facts}, count(*) AS count, sum(total_minor)::bigint AS minor FROM counted
WHERE (%(first_day)s::date IS NULL OR day >= %(first_day)s) AND (%(last_day)s::date IS NULL OR day <= %(last_day)s)
GROUP BY {places} ORDER BY {places}""",  # noqa: S608 - our own text
        {
            "zone": business_zone().key,
            "currency": currency,
            "customer": customer_id,
            "first_day": first_day,
            "last_day": last_day,
        },
    )
