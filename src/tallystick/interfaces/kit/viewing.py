"""What the two doors know of a view of the portal by staff: where the session keeps it, and what pages say of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.http import HttpRequest

_KEY: Final = "portal_view"


@dataclass(frozen=True, kw_only=True)
class Viewing:
    """A member of staff sees the page as somebody else does."""

    customer: str
    contact: str
    email: str
    ends_at: datetime


def view_in(request: HttpRequest) -> UUID | None:
    """This function will return the view that this browser began, or None."""
    kept = request.session.get(_KEY)
    return UUID(kept) if kept else None


def keep_view(request: HttpRequest, view_id: UUID) -> None:
    """This function will make this browser see the portal by a view."""
    request.session[_KEY] = str(view_id)


def forget_view(request: HttpRequest) -> None:
    """This function will make this browser see the portal as whoever is signed in again."""
    request.session.pop(_KEY, None)
