"""Which bills subscriptions of a customer bring within some days: computed, never stored (`docs/model.md`, 25)."""

from dataclasses import dataclass
from datetime import date
from typing import Final
from uuid import UUID

from tallystick.customers.group_billing import memberships_of
from tallystick.foundation.rows import fetch
from tallystick.subscriptions import queries

_BILLED: Final = f"""
SELECT {", ".join(name for name in queries.FIELDS if name != "customer__name")} FROM subscriptions_subscription
WHERE customer_id = %(customer)s AND next_period_start <= %(last)s AND (end_date IS NULL OR end_date >= %(since)s)
ORDER BY created_at, id
"""  # noqa: S608 - our own columns


@dataclass(frozen=True, slots=True, kw_only=True)
class Renewal:
    """A period that will be billed: on which local date, and how much with tax, in minor units."""

    subscription_id: UUID
    number: str
    description: str
    bill_date: date
    total_minor: int
    currency: str
    # It goes to the payer of the customer's billing group, on the group's own billing date.
    is_grouped: bool


def renewals(customer_id: UUID, *, first: date, last: date, today: date) -> list[Renewal]:
    """This function will return what is billed of a customer's subscriptions from `first` to `last`, by date.

    What should have been billed before today, and was not, is billed today. The number of queries is the same for any
    number of subscriptions.
    """
    if last < today:
        return []
    rows = fetch(_BILLED, {"customer": customer_id, "last": last, "since": min(first, today)})
    # Nothing of what is late may be left out.
    to_come = queries.all_periods_to_come(rows, since=first if first > today else None)
    memberships = memberships_of([customer_id]).get(customer_id, [])
    found = []
    for row in rows:
        for each in to_come[row["id"]]:
            if each.period.start > last:
                break
            day = max(each.period.start, today)
            if day >= first:
                found.append(
                    Renewal(
                        subscription_id=row["id"],
                        number=row["number"],
                        description=row["description"],
                        bill_date=day,
                        total_minor=each.total_minor,
                        currency=row["currency"],
                        is_grouped=any(member.covers(each.period.start) for member in memberships),
                    )
                )
    return sorted(found, key=lambda each: each.bill_date)
