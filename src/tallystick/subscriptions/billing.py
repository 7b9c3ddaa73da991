"""What is due to be billed, claimed so that nobody else bills it meanwhile; and the record of what was billed.

A subscription is billed alone, or with the billing group that its period belongs to (`docs/model.md`, 28). A period
belongs where its first day lies.
"""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import connection

from tallystick.customers import group_billing
from tallystick.customers.group_billing import Circle, DueGroup
from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import copy_in, execute
from tallystick.foundation.transactions import needs_transaction


class Due(NamedTuple):
    """A subscription whose next period is to be billed, as far as its bill depends on it."""

    id: UUID
    customer_id: UUID
    description: str
    quantity: Decimal
    unit_price_minor: int
    currency: str
    prices_include_tax: bool
    tax_rate_id: UUID
    frequency: str
    anchor_date: date
    anchor_day: int
    end_date: date | None
    next_period_start: date
    # Another plan or a pause begins then: periods from this day on are billed once it took effect.
    turning_date: date | None


class BilledDays(NamedTuple):
    """The days of a subscription that stand on a line of an invoice; half open."""

    subscription_id: UUID
    start: date
    end: date
    invoice_id: UUID
    line_id: UUID


_COLUMNS: Final = ", ".join(f"due.{name}" for name in Due._fields[:-1])
_TURNING: Final = """
    least(due.paused_date, (
        SELECT planned.effective_date FROM subscriptions_planchange AS planned
        WHERE planned.subscription_id = due.id AND planned.applied_at IS NULL AND planned.withdrawn_at IS NULL
    ))
"""
# What this run may bill: nothing of it failed before, and its next period does not wait for a change.
_BILLABLE: Final = f"""
    due.state IN ('active', 'suspended')
    AND (due.next_period_start < {_TURNING}) IS NOT FALSE
    AND NOT EXISTS (
        SELECT FROM subscriptions_billfailure AS failure
        WHERE failure.run_id = %(run)s AND failure.subscription_id = due.id
    )
"""
_ALONE: Final = f"""
    FROM subscriptions_subscription AS due
    WHERE due.next_period_start <= %(as_of)s AND {_BILLABLE}
    AND (%(of)s::uuid[] IS NULL OR due.customer_id = ANY(%(of)s::uuid[]))
    AND NOT EXISTS (
        SELECT FROM customers_membership AS membership
        JOIN customers_billinggroup AS grp ON grp.id = membership.group_id AND grp.archived_at IS NULL
        WHERE membership.customer_id = due.customer_id AND membership.joined_date <= due.next_period_start
        AND (membership.left_date IS NULL OR due.next_period_start < membership.left_date)
    )
"""
# The oldest first, which is the order of the index; whatever another run holds is left to it.
_CLAIM_ALONE: Final = f"""
    SELECT {_COLUMNS}, {_TURNING} {_ALONE}
    ORDER BY due.next_period_start, due.id LIMIT %(limit)s FOR UPDATE OF due SKIP LOCKED
"""
# Waits for whoever holds one of them: a member that is skipped would be missing on the invoice.
_CLAIM_MEMBERS: Final = f"""
    SELECT {_COLUMNS}, {_TURNING}
    FROM subscriptions_subscription AS due
    WHERE due.next_period_start < %(before)s AND {_BILLABLE}
    AND due.customer_id IN (
        SELECT customer_id FROM customers_membership
        WHERE group_id = ANY(%(groups)s) AND joined_date < %(before)s
    )
    ORDER BY due.id FOR UPDATE OF due
"""  # noqa: S608


@needs_transaction
def claim_alone(*, run_id: UUID, as_of: date, limit: int, of: Sequence[UUID] | None = None) -> list[Due]:
    """This function will lock subscriptions whose next period began on `as_of` or before, and that no group bills.

    They come in the order of their ids. What another run holds, or what this one could not bill, is left out. `of` are
    the customers, where only theirs shall be.
    """
    rows = _read(_CLAIM_ALONE, {"run": run_id, "as_of": as_of, "limit": limit, "of": of})
    return sorted(rows, key=_by_id)


@needs_transaction
def claim_members(groups: Sequence[DueGroup], *, run_id: UUID, before: date) -> list[Due]:
    """This function will lock the subscriptions of everybody who belongs or belonged to the groups, in order of id,
    if their next period begins before a day.
    """
    parameters = {"run": run_id, "before": before, "groups": [group.id for group in groups]}
    return sorted(_read(_CLAIM_MEMBERS, parameters), key=_by_id)


def is_anything_due(*, run_id: UUID, as_of: date, barred_groups: Sequence[UUID], of: Circle | None = None) -> bool:
    """This function will say whether anything is left to bill for a run, also what somebody else is at."""
    customers, groups = (None, None) if of is None else (of.customer_ids, of.group_ids)
    if group_billing.is_any_due(as_of=as_of, barred=barred_groups, of=groups):
        return True
    return count_alone(run_id=run_id, as_of=as_of, limit=1, of=customers) > 0


def count_alone(*, run_id: UUID, as_of: date, limit: int | None = None, of: Sequence[UUID] | None = None) -> int:
    """This function will count the subscriptions that wait to be billed alone, up to a limit."""
    sql = f"SELECT count(*) FROM (SELECT {_ALONE} LIMIT %(limit)s) AS found"  # noqa: S608
    parameters: dict[str, Any] = {"run": run_id, "as_of": as_of, "limit": limit, "of": of}
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        (counted,) = cursor.fetchone()
    return int(counted)


@needs_transaction
def record(periods: Iterable[BilledDays], *, at: datetime) -> None:
    """This function will record which days are billed, and where.

    Raises:
        IntegrityError: when one of them was billed before (`one_bill_per_period`, `no_day_is_billed_twice`).
    """
    copy_in(
        "subscriptions_billedperiod",
        ("id", "subscription_id", "period_start", "period_end", "invoice_id", "line_id", "billed_at"),
        ((new_id(), *period, at) for period in periods),
    )


@needs_transaction
def move_on(starts: Sequence[tuple[UUID, date | None]]) -> None:
    """This function will set the first day that no bill of a subscription covers yet; None when nothing is to come."""
    execute(
        "UPDATE subscriptions_subscription AS billed SET next_period_start = moved.start "
        "FROM unnest(%s::uuid[], %s::date[]) AS moved (id, start) WHERE billed.id = moved.id",
        [[subscription_id for subscription_id, _ in starts], [start for _, start in starts]],
    )


def _read(sql: str, parameters: dict[str, Any]) -> list[Due]:
    # Planned anew each time: the best plan depends on how much is due.
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return [Due(*row) for row in cursor.fetchall()]


def _by_id(due: Due) -> UUID:
    return due.id
