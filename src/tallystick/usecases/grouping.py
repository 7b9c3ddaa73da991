"""Billing groups: made, changed, joined, left, archived (E25 to E30, `docs/model.md`, 28). Billed by `bill_run`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, TypedDict
from uuid import UUID

from tallystick.customers import groups, queries
from tallystick.customers import operations as customers
from tallystick.customers.rights import ALL_RIGHTS
from tallystick.foundation import audit
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.months import months_after, on_day
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import require_own, require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import BillingGroupShape, MembershipShape


class NewPayer(TypedDict):
    """The fields of the form from which a payer is made when none is chosen (E27)."""

    contact_name: str
    email: str
    currency: str
    terms_days: int


@use_case(Permission.CHANGE_GROUPS)
def create_group(
    *,
    actor: Actor,
    at: datetime,
    name: str,
    billing_day: int,
    payer_id: UUID | None = None,
    new_payer: NewPayer | None = None,
    idempotency_key: str | None = None,
) -> BillingGroupShape:
    """This function will make a billing group (E27) and return it.

    Its payer is a business customer: the one chosen, or one made with the group's name from the form's fields, whose
    contact gets the invoices. The first billing date is the next billing day after today.

    Raises:
        NotFound: when the payer does not exist.
        InvalidField: when neither or both of payer and new payer are given.
        GroupNameNotAccepted, PayerNotAccepted, BillingDayNotAccepted, EmailNotAccepted, TermsNotAccepted: as they say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_GROUPS)
    refuse_card_numbers(name=name, new_payer=new_payer)
    if (payer_id is None) is (new_payer is None):
        raise InvalidField(name="payer", reason="Choose a customer who pays, or enter a contact for a new one.")
    # Before a payer is made with the group's name.
    groups.check(name, billing_day)
    if payer_id is None and new_payer is not None:
        payer_id = _make_payer(name, new_payer, at=at)
    assert payer_id is not None  # noqa: S101 - one of the two was given
    group_id = groups.create_group(
        name=name,
        payer_id=payer_id,
        billing_day=billing_day,
        next_billing_date=next_billing_day(local_date(at), billing_day),
        at=at,
    )
    shape = builders.one_group(group_id, today=local_date(at))
    audit.record(actor=actor, at=at, action="create_group", kind="billing_group", object_id=group_id, after=shape)
    return shape


@use_case(Permission.CHANGE_GROUPS)
def change_group(
    *, actor: Actor, at: datetime, group_id: UUID, changes: Mapping[str, Any], idempotency_key: str | None = None
) -> BillingGroupShape:
    """This function will change a group's `name` or `billing_day`; a new day counts from the next one after today.

    Raises:
        NotFound, GroupNameNotAccepted, BillingDayNotAccepted: as the names say.
        InvalidField: for any other name of a field.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_GROUPS)
    refuse_card_numbers(**changes)
    for field in changes:
        if field not in {"name", "billing_day"}:
            raise InvalidField(name=field, reason="This cannot be changed.")
    today = local_date(at)
    before = builders.one_group(group_id, today=today)
    wanted = dict(changes)
    if wanted.get("billing_day", before["billing_day"]) != before["billing_day"]:
        wanted["next_billing_date"] = next_billing_day(today, wanted["billing_day"])
    groups.change_group(group_id, wanted)
    after = builders.one_group(group_id, today=today)
    audit.record(
        actor=actor,
        at=at,
        action="change_group",
        kind="billing_group",
        object_id=group_id,
        before=before,
        after=after,
    )
    return after


@use_case(Permission.CHANGE_GROUPS)
def archive_group(
    *, actor: Actor, at: datetime, group_id: UUID, idempotency_key: str | None = None
) -> BillingGroupShape:
    """This function will archive a group: from today on its members are billed alone, for what is unbilled too.

    Issued invoices stay where they are, and the payer owes them.

    Raises:
        NotFound: when there is none.
        GroupIsArchived: when it is archived already.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CHANGE_GROUPS)
    today = local_date(at)
    before = builders.one_group(group_id, today=today)
    left = groups.archive_group(group_id, day=today, at=at)
    after = builders.one_group(group_id, today=today)
    told = {"group": after["name"], "date": today.isoformat()}
    audit.record_many(
        actor=actor, at=at, action="leave_group", kind="customer", after=((member, told) for member in left)
    )
    audit.record(
        actor=actor,
        at=at,
        action="archive_group",
        kind="billing_group",
        object_id=group_id,
        before=before,
        after=after,
    )
    return after


@use_case(Permission.CHANGE_GROUPS)
def add_member(
    *, actor: Actor, at: datetime, group_id: UUID, customer_id: UUID, idempotency_key: str | None = None
) -> list[MembershipShape]:
    """This function will let a customer join (E28): its periods that begin from today on are billed to the group.

    What began before and is not billed yet is still billed to the customer. Returns all members.

    Raises:
        NotFound: when the group or the customer does not exist.
        GroupIsArchived, MemberOfAGroup: as the names say.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    require_unscoped(actor, Permission.CHANGE_GROUPS)
    groups.join(group_id, customer_id, day=local_date(at), at=at)
    _record_both("join_group", group_id, customer_id, actor=actor, at=at)
    return builders.membership_shapes(group_id)


@use_case(Permission.CHANGE_GROUPS)
def remove_member(
    *, actor: Actor, at: datetime, group_id: UUID, customer_id: UUID, idempotency_key: str | None = None
) -> list[MembershipShape]:
    """This function will let a member leave: its periods that begin from today on are billed to itself.

    What began before stays the group's to bill; issued invoices stay where they are. Returns all members.

    Raises:
        NotFound: when there is no such group, or the customer is no member.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    require_unscoped(actor, Permission.CHANGE_GROUPS)
    groups.leave(group_id, customer_id, day=local_date(at))
    _record_both("leave_group", group_id, customer_id, actor=actor, at=at)
    return builders.membership_shapes(group_id)


def next_billing_day(after: date, day: int) -> date:
    """This function will return the first billing day after a date; 31 is the last day of a shorter month."""
    here = on_day(after.year, after.month, day)
    return here if here > after else months_after(after, 1, day=day)


def _make_payer(name: str, wanted: NewPayer, *, at: datetime) -> UUID:
    require_currency(currency=wanted["currency"])
    payer_id = customers.create_customer(
        kind="business", name=name, currency=wanted["currency"], terms_days=wanted["terms_days"], at=at
    )
    customers.add_contact(
        customer_id=payer_id,
        name=wanted["contact_name"],
        email=wanted["email"],
        is_billing=True,
        rights=ALL_RIGHTS,
        at=at,
    )
    return payer_id


def _record_both(action: str, group_id: UUID, customer_id: UUID, *, actor: Actor, at: datetime) -> None:
    """In the trail of the customer and in that of the group."""
    day = local_date(at)
    facts = {"group": queries.group(group_id)["name"], "date": day.isoformat()}
    audit.record(actor=actor, at=at, action=action, kind="customer", object_id=customer_id, after=facts)
    told = {"customer": queries.customer(customer_id)["number"], "date": day.isoformat()}
    audit.record(actor=actor, at=at, action=action, kind="billing_group", object_id=group_id, after=told)
