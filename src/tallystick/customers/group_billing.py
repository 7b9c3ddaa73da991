"""What a bill run asks of billing groups: which are due, who belongs to them when, and their next billing date."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from tallystick.customers.groups import GroupIsArchived, locked_group
from tallystick.foundation.rows import execute, fetch
from tallystick.foundation.transactions import needs_transaction

# A group that waits for its turn: `barred` are those that this run could not bill.
_DUE = (
    "archived_at IS NULL AND next_billing_date <= %(as_of)s AND id <> ALL(%(barred)s) "
    "AND (%(of)s::uuid[] IS NULL OR id = ANY(%(of)s::uuid[]))"
)
_CLAIM = f"""
SELECT id, name, payer_id, billing_day, next_billing_date,
       (SELECT count(*) FROM customers_membership WHERE group_id = due.id) AS size
FROM customers_billinggroup AS due
WHERE {_DUE} AND next_billing_date = (SELECT min(next_billing_date) FROM customers_billinggroup WHERE {_DUE})
ORDER BY id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
"""  # noqa: S608 - our own words
_MEMBERSHIPS = """
SELECT customer_id, group_id, joined_date, left_date
FROM customers_membership AS membership JOIN customers_billinggroup AS grp ON grp.id = membership.group_id
WHERE customer_id = ANY(%s) AND grp.archived_at IS NULL
"""
_CIRCLE = """
WITH paid AS (
    SELECT id FROM customers_billinggroup WHERE payer_id = ANY(%(payers)s) AND archived_at IS NULL
), billed AS (
    SELECT unnest(%(payers)s::uuid[]) AS customer_id
    UNION SELECT customer_id FROM customers_membership WHERE group_id IN (SELECT id FROM paid)
)
SELECT ARRAY(SELECT customer_id FROM billed) AS customer_ids,
       ARRAY(
           SELECT id FROM paid
           UNION SELECT group_id FROM customers_membership WHERE customer_id IN (SELECT customer_id FROM billed)
       ) AS group_ids
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueGroup:
    """A group whose billing date has come, and how many memberships it has or had."""

    id: UUID
    name: str
    payer_id: UUID
    billing_day: int
    next_billing_date: date
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Circle:
    """On whom the invoices of some payers depend: themselves and the members of the groups that they pay for; and all
    groups to which periods of any of these belong or belonged.
    """

    customer_ids: list[UUID]
    group_ids: list[UUID]


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFrom:
    """From which day to which (half open) a customer's periods belong to a group."""

    group_id: UUID
    joined_date: date
    left_date: date | None

    def covers(self, day: date) -> bool:
        """This function will say whether a period that begins on the day belongs to the group."""
        return self.joined_date <= day and (self.left_date is None or day < self.left_date)


@needs_transaction
def claim_due(*, as_of: date, barred: Sequence[UUID], limit: int, of: Sequence[UUID] | None = None) -> list[DueGroup]:
    """This function will lock groups whose billing date has come, those of the earliest date first.

    It takes so many that they have about `limit` members together; groups that another run holds are left to it. `of`
    are the groups to choose from, where not all are.
    """
    rows = fetch(_CLAIM, {"as_of": as_of, "barred": list(barred), "limit": limit, "of": of})
    claimed: list[DueGroup] = []
    members = 0
    for row in rows:
        if claimed and members + row["size"] > limit:
            break
        claimed.append(DueGroup(**row))
        members += row["size"]
    return claimed


@needs_transaction
def claim(group_id: UUID) -> DueGroup:
    """This function will lock one group, also one whose billing date is still to come.

    Raises:
        NotFound: when there is none.
        GroupIsArchived: when its members are billed alone.
    """
    row = locked_group(group_id)
    if row.archived_at is not None:
        raise GroupIsArchived(group_id=group_id)
    (counted,) = fetch("SELECT count(*) AS size FROM customers_membership WHERE group_id = %s", [group_id])
    return DueGroup(
        id=row.id,
        name=row.name,
        payer_id=row.payer_id,
        billing_day=row.billing_day,
        next_billing_date=row.next_billing_date,
        size=counted["size"],
    )


def is_any_due(*, as_of: date, barred: Sequence[UUID], of: Sequence[UUID] | None = None) -> bool:
    """This function will say whether the billing date of any group has come, also of one that somebody is at."""
    sql = f"SELECT FROM customers_billinggroup WHERE {_DUE} LIMIT 1"
    return bool(fetch(sql, {"as_of": as_of, "barred": list(barred), "of": of}))


def circle_of(payer_ids: Sequence[UUID]) -> Circle:
    """This function will return on whom the invoices of some payers depend."""
    (found,) = fetch(_CIRCLE, {"payers": list(payer_ids)})
    return Circle(**found)


def memberships_of(customer_ids: Iterable[UUID]) -> dict[UUID, list[MemberFrom]]:
    """This function will return to which groups the customers' periods belong, archived groups left out."""
    found: dict[UUID, list[MemberFrom]] = {}
    for row in fetch(_MEMBERSHIPS, [list(set(customer_ids))]):
        customer_id: Any = row.pop("customer_id")
        found.setdefault(customer_id, []).append(MemberFrom(**row))
    return found


@needs_transaction
def move_on(dates: Sequence[tuple[UUID, date]]) -> None:
    """This function will set the next billing dates of groups that were billed."""
    execute(
        "UPDATE customers_billinggroup AS billed SET next_billing_date = moved.day "
        "FROM unnest(%s::uuid[], %s::date[]) AS moved (id, day) WHERE billed.id = moved.id",
        [[group_id for group_id, _ in dates], [day for _, day in dates]],
    )
