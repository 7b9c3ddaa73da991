"""Views of the portal by staff: begun, read and ended; each ends once."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tallystick.customers.models import PortalView
from tallystick.customers.queries import ContactFacts, contact_facts
from tallystick.foundation.transactions import needs_transaction


@dataclass(frozen=True)
class ViewFacts:
    """A view of the portal: whose eyes, as whom, until when, and when it ended."""

    id: UUID
    user_id: UUID
    contact: ContactFacts
    ends_at: datetime
    ended_at: datetime | None


@needs_transaction
def begin(*, user_id: UUID, contact_id: UUID, at: datetime, ends_at: datetime) -> UUID:
    """This function will begin a view; the caller holds the lock of the user, who has no other one open."""
    return PortalView.objects.create(user_id=user_id, contact_id=contact_id, begun_at=at, ends_at=ends_at).id


@needs_transaction
def end(view_id: UUID, *, at: datetime) -> ViewFacts | None:
    """This function will end a view and return it as it was; None when there is none that is open."""
    row = PortalView.objects.select_for_update().filter(id=view_id, ended_at=None).first()
    if row is None:
        return None
    facts = _facts(row)
    row.ended_at = at
    row.save(update_fields=["ended_at"])
    return facts


def open_view_of(user_id: UUID) -> UUID | None:
    """This function will return the view that a user has open, or None."""
    return PortalView.objects.filter(user_id=user_id, ended_at=None).values_list("id", flat=True).first()


def open_views_as(contact_id: UUID) -> list[ViewFacts]:
    """This function will return the views that staff have open as a contact."""
    rows = PortalView.objects.select_related("contact").filter(contact_id=contact_id, ended_at=None)
    return [_facts(row) for row in rows]


def view(view_id: UUID) -> ViewFacts | None:
    """This function will return a view, open or ended; None when there is none."""
    row = PortalView.objects.select_related("contact").filter(id=view_id).first()
    return None if row is None else _facts(row)


def _facts(row: PortalView) -> ViewFacts:
    return ViewFacts(
        id=row.id,
        user_id=row.user_id,
        contact=contact_facts(row.contact),
        ends_at=row.ends_at,
        ended_at=row.ended_at,
    )
