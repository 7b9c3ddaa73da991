"""Who may get an invoice in the next days: where to look, not what it says, which is the bill run's to tell.

It errs to one side: who is found and is not billed costs a look. What the runs until today have left to bill is found
once they have billed it.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from tallystick.foundation import settings_store
from tallystick.foundation.settings_store import Setting
from tallystick.subscriptions.schedule import schedule_of

MOST_DAYS: Final = 60
# `docs/model.md`, 29; E39.
NOTICE_DAYS: Final = Setting(
    "coming_invoice_days",
    7,
    "How many days before its due date a coming invoice is announced, where the invoice itself goes out later than "
    f"that: 0 to {MOST_DAYS}, 0 for never.",
    lambda value: type(value) is int and 0 <= value <= MOST_DAYS,
)
MOST_OWN_DAYS: Final = Setting(
    "coming_invoice_own_days",
    30,
    f"How many days before a coming invoice is due a contact may choose to hear of it, at most: 1 to {MOST_DAYS}.",
    lambda value: type(value) is int and 1 <= value <= MOST_DAYS,
)

# Somebody to write to who hears so many days before, and something to pay; the price may change with the period.
_TOLD: Final = """
    EXISTS (
        SELECT FROM customers_contact AS contact
        WHERE contact.customer_id = payer.id AND contact.notice_days IS NOT DISTINCT FROM %(own_days)s
        AND (contact.mails IS NULL OR 'coming_invoices' = ANY(contact.mails))
    )
    AND (due.unit_price_minor > 0 OR EXISTS (
        SELECT FROM subscriptions_planchange AS planned
        WHERE planned.subscription_id = due.id AND planned.applied_at IS NULL AND planned.withdrawn_at IS NULL
    ))
"""
# What is billed alone, from its next period on, or from the day on which it resumes. The invoice is due so many days
# after it, so that many days less lie ahead of it.
_ALONE: Final = f"""
    SELECT due.next_period_start, due.id, due.customer_id, due.currency, due.frequency, due.anchor_date, due.anchor_day,
        due.end_date, begins.day, %(last)s::date - payer.terms_days
    FROM subscriptions_subscription AS due
    JOIN customers_customer AS payer ON payer.id = due.customer_id
    CROSS JOIN LATERAL (
        SELECT CASE
            WHEN due.paused_date <= due.next_period_start AND due.resume_date IS NULL THEN NULL
            WHEN due.paused_date <= due.next_period_start THEN greatest(due.next_period_start, due.resume_date)
            ELSE due.next_period_start
        END AS day
    ) AS begins
    WHERE {{states}}
    AND begins.day > %(today)s AND begins.day <= %(last)s::date - payer.terms_days
    AND (due.end_date IS NULL OR begins.day < due.end_date)
    AND {_TOLD}
    AND NOT EXISTS (
        SELECT FROM customers_membership AS membership
        JOIN customers_billinggroup AS grp ON grp.id = membership.group_id AND grp.archived_at IS NULL
        WHERE membership.customer_id = due.customer_id AND membership.joined_date <= begins.day
        AND (membership.left_date IS NULL OR begins.day < membership.left_date)
    )
    AND (due.next_period_start, due.id) > (%(after_day)s::date, %(after_id)s::uuid)
    ORDER BY due.next_period_start, due.id LIMIT %(limit)s
"""  # noqa: S608 - our own words
_STATES: Final = (
    # In the order of the index.
    "due.state IN ('active', 'suspended') AND due.next_period_start > %(today)s AND due.next_period_start <= %(last)s",
    "due.state IN ('trial', 'paused') AND due.next_period_start IS NOT NULL",
)
_GROUPED: Final = f"""
    SELECT DISTINCT grp.payer_id, grp.next_billing_date, due.currency
    FROM customers_billinggroup AS grp
    JOIN customers_customer AS payer ON payer.id = grp.payer_id
    JOIN customers_membership AS membership ON membership.group_id = grp.id
    JOIN subscriptions_subscription AS due ON due.customer_id = membership.customer_id
        AND due.next_period_start < grp.next_billing_date
        AND (membership.left_date IS NULL OR due.next_period_start < membership.left_date)
    WHERE grp.archived_at IS NULL AND membership.joined_date < grp.next_billing_date
    AND grp.next_billing_date > %(today)s AND grp.next_billing_date <= %(last)s::date - payer.terms_days
    AND {_TOLD}
"""  # noqa: S608


class _Begins(NamedTuple):
    next_period_start: date
    id: UUID
    payer_id: UUID
    currency: str
    frequency: str
    anchor_date: date
    anchor_day: int
    end_date: date | None
    day: date
    # Whatever begins later is announced later.
    last_day: date


def heard(own_days: int | None) -> int:
    """This function will return how many days before a coming invoice is due somebody hears of it, by what they chose
    and what the business allows at this moment; 0 where it announces none.
    """
    usual = settings_store.get(NOTICE_DAYS)
    return usual if not usual or own_days is None else min(own_days, settings_store.get(MOST_OWN_DAYS))


class Coming(NamedTuple):
    """What a payer may get: an invoice of a day, in a currency."""

    payer_id: UUID
    day: date
    currency: str


def pages(*, today: date, notice_days: int, own_days: int | None = None, limit: int = 5000) -> Iterator[set[Coming]]:
    """This function will yield what may come after today, and is due in at most so many days, part by part.

    Looked at are the payers of whom somebody chose to hear `own_days` before; those who chose nothing, where it is
    None. Each subscription is looked at once, about `limit` of them at a time.
    """
    dates = {"today": today, "last": today + timedelta(days=notice_days), "own_days": own_days}
    yield {Coming(*row) for row in _read(_GROUPED, dates)}
    for states in _STATES:
        after = (date.min, UUID(int=0))
        while rows := _alone(states, {**dates, "after_day": after[0], "after_id": after[1], "limit": limit}):
            yield {each for row in rows for each in _days_of(row)}
            after = (rows[-1].next_period_start, rows[-1].id)


def _alone(states: str, parameters: dict[str, Any]) -> list[_Begins]:
    return [_Begins(*row) for row in _read(_ALONE.format(states=states), parameters)]


def _days_of(row: _Begins) -> Iterator[Coming]:
    """The days on which periods begin: more than one, where a short part or many days of notice are in it."""
    schedule = schedule_of(anchor=row.anchor_date, anchor_day=row.anchor_day, frequency=row.frequency)
    for period in schedule.periods(row.day, until=row.end_date):
        if period.start > row.last_day:
            return
        yield Coming(row.payer_id, period.start, row.currency)


def _read(sql: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    # Planned anew each time: the best plan depends on how much is coming.
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall())
