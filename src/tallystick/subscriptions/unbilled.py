"""Why a subscription is not on an invoice of its group (E30): told before the invoice is issued."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID

from tallystick.customers.group_billing import MemberFrom
from tallystick.foundation.rows import fetch
from tallystick.subscriptions.models import Subscription
from tallystick.subscriptions.states import CANCELLED, DRAFT, ENDED, PAUSED, TRIAL

_FIELDS: Final = (
    "id",
    "number",
    "state",
    "customer_id",
    "description",
    "quantity",
    "billing_start_date",
    "end_date",
    "next_period_start",
    "paused_date",
    "resume_date",
)
# The invoice of the last days that are billed of each.
_LAST_BILLED: Final = """
SELECT DISTINCT ON (period.subscription_id)
    period.subscription_id, period.period_end, period.invoice_id, invoice.number
FROM subscriptions_billedperiod AS period JOIN invoices_invoice AS invoice ON invoice.id = period.invoice_id
WHERE period.subscription_id = ANY(%s)
ORDER BY period.subscription_id, period.period_end DESC, period.period_start DESC
"""

# Words for programs. `cannot_be_billed` comes with the sentence of whoever refused.
NO_SUBSCRIPTION: Final = "no_subscription"
CANNOT_BE_BILLED: Final = "cannot_be_billed"
BILLED_ALREADY: Final = "billed_already"
BILLED_ALONE: Final = "billed_alone"
BEGINS_LATER: Final = "begins_later"
# What somebody should look at before the invoice goes out; the others are as they should be.
TO_BE_LOOKED_AT: Final = frozenset({NO_SUBSCRIPTION, DRAFT, CANNOT_BE_BILLED, BILLED_ALONE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Unbilled:
    """Why nothing of a subscription is billed now: a word, the day that it turns on, and the invoice it stands on."""

    code: str
    day: date | None = None
    invoice_id: UUID | None = None
    invoice_number: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LastBilled:
    """Until when a subscription is billed, and the invoice of the last days."""

    until: date
    invoice_id: UUID
    invoice_number: str | None


def of_customers(customer_ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """This function will return the subscriptions of customers, the oldest first, as far as a reason depends on it."""
    rows = Subscription.objects.filter(customer_id__in=set(customer_ids)).order_by("created_at", "id")
    return list(rows.values(*_FIELDS))


def last_billed(subscription_ids: Iterable[UUID]) -> dict[UUID, LastBilled]:
    """This function will return until when subscriptions are billed; those without a bill are left out."""
    return {
        row["subscription_id"]: LastBilled(
            until=row["period_end"], invoice_id=row["invoice_id"], invoice_number=row["number"]
        )
        for row in fetch(_LAST_BILLED, [list(subscription_ids)])
    }


def why_unbilled(
    row: dict[str, Any], *, before: date, last: LastBilled | None, held: Sequence[MemberFrom], group_id: UUID
) -> Unbilled:
    """This function will say why a subscription has no period that begins before a day and that the group is to pay.

    `held` are the memberships of its customer.
    """
    state, start = row["state"], row["next_period_start"]
    by_state = {
        DRAFT: None,
        TRIAL: row["billing_start_date"],
        PAUSED: row["resume_date"],
        CANCELLED: row["end_date"],
        ENDED: row["end_date"],
    }
    if state in by_state:
        return Unbilled(code=state, day=by_state[state])
    if start is not None and start < before and not _is_covered(start, held, group_id):
        return Unbilled(code=BILLED_ALONE, day=start)
    if last is not None:
        return Unbilled(
            code=BILLED_ALREADY, day=last.until, invoice_id=last.invoice_id, invoice_number=last.invoice_number
        )
    return Unbilled(code=BEGINS_LATER, day=start)


def _is_covered(start: date, held: Sequence[MemberFrom], group_id: UUID) -> bool:
    return any(each.group_id == group_id and each.covers(start) for each in held)
