"""Writing billing groups and their dated members (`docs/model.md`, 28)."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar
from uuid import UUID

from django.db.models import Q
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.customers.models import BillingGroup, Customer, Membership
from tallystick.customers.queries import customer_row
from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.transactions import needs_transaction


@dataclass(kw_only=True, eq=False)
class GroupNameNotAccepted(Invalid):
    """A group has a name of its own."""

    code: ClassVar[str] = "group_name_not_accepted"
    sentence: ClassVar[str] = "Enter a name that no other billing group has."
    field: ClassVar[str | None] = "name"


@dataclass(kw_only=True, eq=False)
class PayerNotAccepted(Invalid):
    """The payer of a group is a business customer."""

    code: ClassVar[str] = "payer_not_accepted"
    sentence: ClassVar[str] = "A billing group is paid by a business; “{payer}” is an individual."
    field: ClassVar[str | None] = "payer"

    payer: str


@dataclass(kw_only=True, eq=False)
class BillingDayNotAccepted(Invalid):
    """A billing day is a day of the month."""

    code: ClassVar[str] = "billing_day_not_accepted"
    sentence: ClassVar[str] = "A billing day is 1 to 31; in a shorter month, 31 is its last day."
    field: ClassVar[str | None] = "billing_day"


@dataclass(kw_only=True, eq=False)
class MemberOfAGroup(Conflict):
    """A customer is billed with one group at a time."""

    code: ClassVar[str] = "member_of_a_group"
    sentence: ClassVar[str] = "This customer is billed with the group “{group}” already. Let it leave that group first."
    field: ClassVar[str | None] = "customer"

    group: str


@dataclass(kw_only=True, eq=False)
class GroupIsArchived(Conflict):
    """An archived group takes no members, and is not billed."""

    code: ClassVar[str] = "group_is_archived"
    sentence: ClassVar[str] = "This billing group is archived."

    group_id: UUID


@needs_transaction
def create_group(*, name: str, payer_id: UUID, billing_day: int, next_billing_date: date, at: datetime) -> UUID:
    """This function will add a billing group and return its id.

    Raises:
        NotFound: when the payer does not exist.
        GroupNameNotAccepted, PayerNotAccepted, BillingDayNotAccepted: as the names say.
    """
    payer = customer_row(payer_id)
    if payer.kind != Customer.Kind.BUSINESS:
        raise PayerNotAccepted(payer=payer.name)
    check(name, billing_day)
    with refine_integrity_error([(Named("one_group_of_a_name"), GroupNameNotAccepted)]):
        row = BillingGroup.objects.create(
            name=name.strip(),
            payer_id=payer_id,
            billing_day=billing_day,
            next_billing_date=next_billing_date,
            created_at=at,
        )
    return row.id


@needs_transaction
def change_group(group_id: UUID, changes: dict[str, Any]) -> None:
    """This function will change a group's name, billing day and next billing date.

    Raises:
        NotFound, GroupNameNotAccepted, BillingDayNotAccepted: as the names say.
    """
    row = locked_group(group_id)
    for column, value in changes.items():
        setattr(row, column, value)
    check(row.name, row.billing_day)
    with refine_integrity_error([(Named("one_group_of_a_name"), GroupNameNotAccepted)]):
        row.save(update_fields=list(changes))


@needs_transaction
def archive_group(group_id: UUID, *, day: date, at: datetime) -> list[UUID]:
    """This function will archive a group; its members are billed alone from `day` on. Returns who they were.

    Raises:
        NotFound: when there is none.
        GroupIsArchived: when it is archived already.
    """
    row = locked_group(group_id)
    if row.archived_at is not None:
        raise GroupIsArchived(group_id=group_id)
    members = list(Membership.objects.select_for_update().filter(group_id=group_id, left_date=None).order_by("id"))
    for membership in members:
        _end(membership, day)
    row.archived_at = at
    row.save(update_fields=["archived_at"])
    return [membership.customer_id for membership in members]


@needs_transaction
def join(group_id: UUID, customer_id: UUID, *, day: date, at: datetime) -> UUID:
    """This function will make a customer a member: its periods that begin on `day` or later are billed to the group.

    Raises:
        NotFound: when the group or the customer does not exist.
        GroupIsArchived, MemberOfAGroup: as the names say.
    """
    group = locked_group(group_id)
    if group.archived_at is not None:
        raise GroupIsArchived(group_id=group_id)
    customer_row(customer_id)
    # A membership of an earlier group may still run to a later day.
    held = (
        Membership.objects.filter(customer_id=customer_id)
        .filter(Q(left_date=None) | Q(left_date__gt=day))
        .select_related("group")
        .first()
    )
    if held is not None:
        raise MemberOfAGroup(group=held.group.name)
    with refine_integrity_error([(Named("one_open_membership_per_customer"), MemberOfAGroup(group=group.name))]):
        row = Membership.objects.create(group_id=group_id, customer_id=customer_id, joined_date=day, created_at=at)
    return row.id


@needs_transaction
def leave(group_id: UUID, customer_id: UUID, *, day: date) -> None:
    """This function will end a membership: periods that begin on `day` or later are billed to the customer alone.

    Raises:
        NotFound: when the customer is no member.
    """
    locked_group(group_id)
    row = Membership.objects.select_for_update().filter(group_id=group_id, customer_id=customer_id, left_date=None)
    membership = row.first()
    if membership is None:
        raise NotFound(kind="member of this group")
    _end(membership, day)


@needs_transaction
def locked_group(group_id: UUID) -> BillingGroup:
    """This function will lock the group until the transaction ends.

    Raises:
        NotFound: when there is none.
    """
    row = BillingGroup.objects.select_for_update().filter(id=group_id).first()
    if row is None:
        raise NotFound(kind="billing group")
    return row


def _end(membership: Membership, day: date) -> None:
    # Who leaves before joining took effect was never a member: no day is covered.
    membership.left_date = max(day, membership.joined_date)
    membership.save(update_fields=["left_date"])


def check(name: str, billing_day: int) -> None:
    """This function will refuse what no group can have.

    Raises:
        GroupNameNotAccepted, BillingDayNotAccepted: as the names say.
    """
    if not name.strip():
        raise GroupNameNotAccepted
    if not 1 <= billing_day <= 31:
        raise BillingDayNotAccepted
