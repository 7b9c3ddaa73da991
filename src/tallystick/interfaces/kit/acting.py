"""For which customer somebody acts who is a contact of several: chosen after sign-in, and kept in the session."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from django.http import HttpRequest
from django.middleware.csrf import rotate_token

from tallystick.customers.signed_in import SignedInContact, contacts_of_user
from tallystick.foundation.ids import public_id
from tallystick.wire import builders

_KEY: Final = "acts_as"


@dataclass(frozen=True, kw_only=True)
class OwnAccount:
    """A customer for whom somebody may act, by the public id of the contact as which they do."""

    public: str
    name: str
    number: str
    is_current: bool


def own_contacts(request: HttpRequest, user_id: UUID) -> Sequence[SignedInContact]:
    """This function will return the contacts as which a user signs in, oldest first; asked once for each request."""
    kept: Sequence[SignedInContact] | None = getattr(request, "own_contacts", None)
    if kept is None:
        kept = contacts_of_user(user_id)
        request.own_contacts = kept  # type: ignore[attr-defined]
    return kept


def acting_contact(request: HttpRequest, user_id: UUID) -> SignedInContact | None:
    """This function will return the contact as which a user acts in this browser: the only one, or the one that was
    chosen; None while somebody of several has not chosen, for staff, and for strangers.

    Whoever is no longer the contact that was chosen chooses again, also when only one is left: a form that was open
    meanwhile must not reach another customer than it was filled in for.
    """
    own, chosen = own_contacts(request, user_id), request.session.get(_KEY)
    if chosen is None:
        return own[0] if len(own) == 1 else None
    return next((each for each in own if str(each.facts.id) == chosen), None)


def act_as(request: HttpRequest, contact: SignedInContact) -> None:
    """This function will make this browser act as one of the user's own contacts from now on.

    Forms that are open in other windows were for the customer of before, so they are accepted no more.
    """
    request.session[_KEY] = str(contact.facts.id)
    rotate_token(request)


def shown_accounts(own: Sequence[SignedInContact], current: UUID | None = None) -> Sequence[OwnAccount]:
    """This function will return the customers between which somebody switches; none where there is nothing to choose.

    `current` is the contact as which they act.
    """
    if len(own) == 1 and own[0].facts.id == current:
        return ()
    return [
        OwnAccount(
            public=public_id(builders.CONTACT, each.facts.id),
            name=each.customer,
            number=each.number,
            is_current=each.facts.id == current,
        )
        for each in own
    ]
