"""Billing one group now, by hand, after a look at what would be on its invoice and what would not (E30, E38c).

It plans and writes with the bill run's own functions: both ways give the same invoice, and nothing is billed twice,
because both set where each subscription goes on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar
from uuid import UUID

from django.db import DataError, IntegrityError

from tallystick.customers import group_billing, queries
from tallystick.customers.group_billing import DueGroup
from tallystick.foundation import audit
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import savepoint, undone
from tallystick.subscriptions import unbilled
from tallystick.subscriptions.bill_plan import Failure, RefusedByDatabase, Unit
from tallystick.subscriptions.turning import turn
from tallystick.subscriptions.unbilled import Unbilled
from tallystick.usecases.bill_run import plan_groups, write
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.grouping import next_billing_day
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.group_bills import Dates, GroupBilledShape, GroupPreviewShape, Member, preview_shape


@dataclass(kw_only=True, eq=False)
class PreviewOutOfDate(Conflict):
    """Something changed since the preview that is confirmed."""

    code: ClassVar[str] = "preview_out_of_date"
    sentence: ClassVar[str] = (
        "What would be billed has changed since you looked, so nothing was billed. Look at it again."
    )


@dataclass(kw_only=True, eq=False)
class NothingToBill(Conflict):
    """Everything that the group is to pay is billed already."""

    code: ClassVar[str] = "nothing_to_bill"
    sentence: ClassVar[str] = "Nothing that begins on {as_of_date} or before is left to bill to this group."

    as_of_date: date


@dataclass(kw_only=True, eq=False)
class GroupCannotBeBilled(Conflict):
    """The invoice of the group as a whole is refused."""

    code: ClassVar[str] = "group_cannot_be_billed"
    sentence: ClassVar[str] = "This group cannot be billed now: {reason}"

    reason: str


@use_case(Permission.RUN_BILLING)
def preview_group_invoice(
    *, actor: Actor, at: datetime, group_id: UUID, as_of_date: date | None = None, idempotency_key: str | None = None
) -> GroupPreviewShape:
    """This function will tell what the group would be billed now, and of each member what would not be, and why.

    It is everything unbilled that begins on `as_of_date`, today if none is named, or before. Nothing is written.

    Raises:
        NotFound, GroupIsArchived: when there is no such group.
        InvalidField: when the day is still to come.
        GroupCannotBeBilled: when its invoice is refused as a whole.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RUN_BILLING)
    with undone():
        group = group_billing.claim(group_id)
        preview, _unit = _plan(group, _as_of(as_of_date, at), by=actor.label, at=at)
    return preview


@use_case(Permission.RUN_BILLING)
def generate_group_invoice(
    *,
    actor: Actor,
    at: datetime,
    group_id: UUID,
    version: str,
    as_of_date: date | None = None,
    idempotency_key: str | None = None,
) -> GroupBilledShape:
    """This function will bill a group now, as the preview with this version told, and return its invoices.

    There is one for each currency and kind of price, dated today, due by the payer's terms. They go to the payer's
    billing contacts with their PDF. A billing date that lies on the next day or before moves on; when something could
    not be billed it stays, and a bill run bills the rest.

    Raises:
        NotFound, GroupIsArchived: when there is no such group.
        InvalidField: when the day is still to come.
        PreviewOutOfDate, NothingToBill, GroupCannotBeBilled: as the names say. Nothing is billed then.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RUN_BILLING)
    group = group_billing.claim(group_id)
    as_of = _as_of(as_of_date, at)
    preview, unit = _plan(group, as_of, by=actor.label, at=at)
    if preview["version"] != version:
        raise PreviewOutOfDate
    if not unit.bills:
        raise NothingToBill(as_of_date=as_of)
    try:
        with savepoint():
            write([unit], because={"billing_group": public_id(builders.BILLING_GROUP, group_id)}, actor=actor, at=at)
    except (IntegrityError, DataError) as error:
        raise GroupCannotBeBilled(reason=str(RefusedByDatabase.of(error))) from error
    today = local_date(at)
    invoices = [builders.one_invoice(bill.invoice_id, today=today) for bill in unit.bills]
    after = builders.one_group(group_id, today=today)
    audit.record(
        actor=actor,
        at=at,
        action="generate_group_invoice",
        kind="billing_group",
        object_id=group_id,
        before={"next_billing_date": group.next_billing_date.isoformat()},
        after={
            "next_billing_date": after["next_billing_date"],
            "as_of_date": as_of.isoformat(),
            "invoices": [each["number"] for each in invoices],
        },
    )
    return {"billing_group": after, "invoices": invoices}


def _as_of(day: date | None, at: datetime) -> date:
    today = local_date(at)
    if day is not None and day > today:
        raise InvalidField(
            name="as_of_date", reason="A group is billed for what has begun: choose today at the latest."
        )
    return day or today


def _plan(group: DueGroup, as_of: date, *, by: str, at: datetime) -> tuple[GroupPreviewShape, Unit]:
    """Let the dates that were reached take effect for the members, and plan what a run would on the day after."""
    rows = queries.memberships(group.id)
    members = {row["customer_id"] for row in rows}
    while members and turn(as_of, at=at, by=by, of=members):
        pass
    before = as_of + timedelta(days=1)
    # No run: nothing of this failed before.
    units, failures = plan_groups([replace(group, next_billing_date=before)], run_id=new_id(), at=at)
    if not units:
        raise GroupCannotBeBilled(reason=next(each.sentence for each in failures if each.group_id == group.id))
    (unit,) = units
    unit.next_billing_date = unit.next_billing_date and _moved(group, before)
    present = {row["customer_id"] for row in rows if _is_member(row, as_of)}
    told, reasons = _completeness(group.id, rows, present, unit, failures, before=before)
    payer, today = queries.customer_row(group.payer_id), local_date(at)
    dates = Dates(
        as_of=as_of,
        invoice=today,
        due=today + timedelta(days=payer.terms_days),
        next_billing=unit.next_billing_date or group.next_billing_date,
    )
    shape = builders.one_group(group.id, today=today)
    return preview_shape(shape, dates, unit=unit, members=told, reasons=reasons), unit


def _moved(group: DueGroup, before: date) -> date:
    """The group's next billing date after everything that begins before a day was billed."""
    if before < group.next_billing_date:
        return group.next_billing_date
    return next_billing_day(before, group.billing_day)


def _is_member(row: dict[str, Any], day: date) -> bool:
    return row["joined_date"] <= day and (row["left_date"] is None or day < row["left_date"])


def _completeness(
    group_id: UUID,
    rows: Sequence[dict[str, Any]],
    present: set[UUID],
    unit: Unit,
    failures: Sequence[Failure],
    *,
    before: date,
) -> tuple[list[Member], dict[UUID, Unbilled | Failure]]:
    """The members with their subscriptions, and why some are not billed. Of a former member, only what is or fails."""
    billed = {period.subscription_id for period in unit.periods}
    failed = {each.subscription_id: each for each in failures if each.subscription_id is not None}
    by_id = {
        row["customer_id"]: Member(customer_id=row["customer_id"], name=row["name"], number=row["number"])
        for row in sorted(rows, key=lambda row: (row["name"], row["customer_id"]))
    }
    held, reasons = group_billing.memberships_of(by_id), dict[UUID, Unbilled | Failure]()
    found = unbilled.of_customers(by_id)
    last = unbilled.last_billed(row["id"] for row in found)
    for row in found:
        identifier, member = row["id"], by_id[row["customer_id"]]
        if identifier not in billed | failed.keys() and member.customer_id not in present:
            continue
        member.subscriptions.append(row)
        if identifier in failed:
            reasons[identifier] = failed[identifier]
        elif identifier not in billed:
            reasons[identifier] = unbilled.why_unbilled(
                row,
                before=before,
                last=last.get(identifier),
                held=held.get(member.customer_id, ()),
                group_id=group_id,
            )
    shown = [each for each in by_id.values() if each.customer_id in present or each.subscriptions]
    return shown, reasons
