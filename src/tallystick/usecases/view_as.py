"""Staff see the portal as a contact of a customer does: for half an hour, read-only, and in the audit.

The member of staff stays signed in as such. What is seen is what the contact's rights show, and nothing can be changed:
the portal's door sees to that (`interfaces.portal.door`). There is no call of the API for it: a program that wants to
know what a customer sees asks for it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.customers import portal_views, queries
from tallystick.customers.queries import ContactFacts
from tallystick.foundation import audit, jobs, staff
from tallystick.foundation.errors import Conflict, NotAllowed
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.usecases.enrol import rights_of
from tallystick.usecases.frame import SYSTEM, require_unscoped, use_case
from tallystick.usecases.roles import Permission

LASTS: Final = timedelta(minutes=30)


@dataclass(kw_only=True, eq=False)
class ContactSeesNothing(Conflict):
    """The contact may not look at anything in the portal, so there is nothing to see."""

    code: ClassVar[str] = "contact_sees_nothing"
    sentence: ClassVar[str] = "This contact may not look at anything in the portal."


@dataclass(frozen=True)
class Viewed:
    """What a member of staff sees at the moment: as whom, until when, and as which actor."""

    id: UUID
    contact: ContactFacts
    ends_at: datetime
    actor: Actor


@use_case(Permission.VIEW_AS_CUSTOMER)
def begin_view(*, actor: Actor, at: datetime, customer_id: UUID, contact_id: UUID) -> UUID:
    """This function will let a member of staff see the portal as a contact, for half an hour, and return the view's id.

    Another view of the same person ends.

    Raises:
        NotAllowed: when the actor is no member of staff: programs have no portal to look at.
        NotFound: when there is no such contact of this customer.
        ContactSeesNothing: when the contact lacks the right to look.
    """
    require_unscoped(actor, Permission.VIEW_AS_CUSTOMER)
    if actor.kind != "staff":
        raise NotAllowed(permission=Permission.VIEW_AS_CUSTOMER)
    contact = queries.contact(contact_id, of_customer=customer_id)
    if Permission.VIEW not in rights_of(contact):
        raise ContactSeesNothing
    user_id = staff.locked_member(UUID(actor.id)).id
    if (open_id := portal_views.open_view_of(user_id)) is not None:
        _end(open_id, actor=actor, at=at, why="another")
    ends_at = at + LASTS
    view_id = portal_views.begin(user_id=user_id, contact_id=contact_id, at=at, ends_at=ends_at)
    # Whoever closes the browser leaves it open: this ends it, and says so in the audit.
    jobs.defer("portal.end_view", view_id=str(view_id), schedule_at=ends_at)
    _record("view_as_customer", contact, actor=actor, at=at, ends_at=ends_at.isoformat())
    return view_id


def end_view(*, actor: Actor, at: datetime, view_id: UUID) -> UUID | None:
    """This function will end a member of staff's own view and return the customer; None when it was over.

    It needs no permission: whoever lost the one to look may still stop.
    """
    with transaction():
        found = portal_views.view(view_id)
        if found is None or str(found.user_id) != actor.id:
            return None
        ended = _end(view_id, actor=actor, at=at, why="button")
    return None if ended is None else ended.customer_id


def end_view_by_time(*, view_id: UUID, at: datetime) -> None:
    """This function will end a view whose time is over, if nobody did."""
    with transaction():
        found = portal_views.view(view_id)
        if found is not None and found.ends_at <= at:
            _end(view_id, actor=SYSTEM, at=at, why="time", of=found.user_id)


def end_views_as(contact_id: UUID, *, at: datetime) -> None:
    """This function will end the views of staff as a contact who is about to be removed."""
    for each in portal_views.open_views_as(contact_id):
        _end(each.id, actor=SYSTEM, at=at, why="removed", of=each.user_id)


def viewed(*, actor: Actor, at: datetime, view_id: UUID) -> Viewed | None:
    """This function will return what a member of staff sees at the moment; None when the view is over, or another's.

    One whose time is over ends here, and so does one of somebody who lost the permission.
    """
    found = portal_views.view(view_id)
    if found is None or found.ended_at is not None or str(found.user_id) != actor.id:
        return None
    if found.ends_at <= at:
        end_view_by_time(view_id=view_id, at=at)
        return None
    permissions = rights_of(found.contact)
    if not actor.may(Permission.VIEW_AS_CUSTOMER) or Permission.VIEW not in permissions:
        with transaction():
            _end(view_id, actor=SYSTEM, at=at, why="permission", of=found.user_id)
        return None
    looking = Actor(
        kind="staff",
        id=actor.id,
        label=actor.label,
        permissions=permissions,
        scope=("customer", found.contact.customer_id),
    )
    return Viewed(id=view_id, contact=found.contact, ends_at=found.ends_at, actor=looking)


def _end(view_id: UUID, *, actor: Actor, at: datetime, why: str, of: UUID | None = None) -> ContactFacts | None:
    ended = portal_views.end(view_id, at=at)
    if ended is None:
        return None
    # Of one that ends by itself the audit names whose it was.
    whose = {} if of is None else {"viewer": staff.member(of).name}
    _record("end_view_as_customer", ended.contact, actor=actor, at=at, why=why, **whose)
    return ended.contact


def _record(action: str, contact: ContactFacts, *, actor: Actor, at: datetime, **facts: Any) -> None:
    told = {"contact": contact.name or contact.email, **facts}
    audit.record(actor=actor, at=at, action=action, kind="customer", object_id=contact.customer_id, after=told)
