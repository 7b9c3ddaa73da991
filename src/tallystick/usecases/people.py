"""The people of a customer: what they may do in the portal, and removing them (B2; `docs/model.md`, 32).

Contacts act for their own customer, and hand out no more than they may themselves; staff and programs give any right.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.customers import people, queries
from tallystick.customers.mails import ALL_MAILS, Mail, mails_of, nobody_gets
from tallystick.customers.queries import ContactFacts
from tallystick.customers.rights import Right
from tallystick.foundation import audit, sessions
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.subscriptions.coming import MOST_DAYS, heard
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.own_rights import is_own, require_own_rights
from tallystick.usecases.roles import Permission
from tallystick.usecases.view_as import end_views_as
from tallystick.wire import builders
from tallystick.wire.shapes import ContactShape, CustomerShape

# What may be changed of a contact, with the longest text that each takes.
_TEXTS: Final = {"name": 200, "phone": 40}
_RIGHTS: Final = "rights"
_MAILS: Final = "mails"
_DAYS: Final = "notice_days"
_LANGUAGE: Final = "language"
_CALLED: Final = {
    Mail.INVOICES: gettext_lazy("invoices"),
    Mail.FAILED_PAYMENTS: gettext_lazy("failed payments, reminders and automatic payment"),
}


@dataclass(kw_only=True, eq=False)
class GivesUpManaging(Conflict):
    """A contact is about to lose the right to manage contacts by its own hand, and did not say that this is meant."""

    code: ClassVar[str] = "gives_up_managing"
    sentence: ClassVar[str] = "You would not be able to manage contacts any more. Confirm that you want this."
    field: ClassVar[str | None] = "gives_up_managing"


@dataclass(kw_only=True, eq=False)
class LastToManage(GivesUpManaging):
    """As `GivesUpManaging`, and nobody else of the customer has the right."""

    code: ClassVar[str] = "last_to_manage"
    sentence: ClassVar[str] = (
        "Nobody of yours would be able to manage contacts any more, and only we could change that. "
        "Confirm that you want this."
    )


@dataclass(kw_only=True, eq=False)
class OwnContact(Conflict):
    """Nobody removes the contact as which they are signed in."""

    code: ClassVar[str] = "own_contact"
    sentence: ClassVar[str] = "You cannot remove yourself. Ask somebody else who manages contacts."


@dataclass(kw_only=True, eq=False)
class NobodyGets(Conflict):
    """Nobody of a customer would get a kind of mail that must reach somebody."""

    code: ClassVar[str] = "nobody_gets"
    sentence: ClassVar[str] = "Somebody must get this mail: {what}. Have it sent to somebody else first."
    field: ClassVar[str | None] = "mails"

    what: str


@dataclass(frozen=True, kw_only=True)
class Notice:
    """How many days before a coming invoice is due people hear of it, and how many they may choose at most."""

    usual: int
    most: int


def notice() -> Notice | None:
    """This function will return what the business says about notices of coming invoices; None when it sends none."""
    usual = heard(None)
    return Notice(usual=usual, most=heard(MOST_DAYS)) if usual else None


@use_case(Permission.VIEW)
def change_contact(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    contact_id: UUID,
    changes: Mapping[str, Any],
    gives_up_managing: bool = False,
    idempotency_key: str | None = None,
) -> ContactShape:
    """This function will change a contact: name, phone, rights (B2), which `mails` go to it, and how many `notice_days`
    before a coming invoice is due it hears of it, None for as many as the business says (B3), and the `language` of its
    pages and mails, empty for the customer's. A contact may change all of itself but its rights; everything else needs
    the right to manage contacts. The next request of that person is allowed by the new rights.

    Raises:
        NotFound: when there is no such contact.
        NotAllowed: when the actor may not change this.
        RightsAboveOwn: when a contact gives or takes a right that it does not have.
        GivesUpManaging, LastToManage: when a contact takes the right to manage contacts from itself without
            `gives_up_managing`.
        NobodyGets: when nobody would get a mail that somebody must get.
        InvalidField, UnknownRight: when a value cannot be used.
    """
    del idempotency_key
    everybody = _reached(actor, customer_id, contact_id)
    before = everybody[contact_id]
    own = is_own(actor, contact_id)
    if not own or _RIGHTS in changes:
        actor.require(Permission.MANAGE_CONTACTS)
    had = {_MAILS: mails_of(before, list(everybody.values()))}
    had |= {name: getattr(before, name) for name in (*_TEXTS, _RIGHTS, _DAYS, _LANGUAGE)}
    checked = {name: value for name, value in _checked(changes).items() if value != had[name]}
    if _RIGHTS in checked:
        require_own_rights(actor, customer_id, set(before.rights) ^ set(checked[_RIGHTS]))
        managed = Right.MANAGE_CONTACTS in before.rights and Right.MANAGE_CONTACTS not in checked[_RIGHTS]
        if own and managed and not gives_up_managing:
            raise GivesUpManaging if _others_who_manage(before) else LastToManage
    if _MAILS in checked:
        people.write_down_mails(everybody.values())
    people.change_contact(contact_id, checked)
    _require_somebody(customer_id)
    if checked:
        audit.record(
            actor=actor,
            at=at,
            action="change_contact",
            kind="customer",
            object_id=customer_id,
            before={"contact": before.email, **{name: had[name] for name in checked}},
            after={"contact": before.email, **checked},
        )
    return builders.contact_shape(contact_id, queries.contacts(customer_id))


@use_case(Permission.MANAGE_CONTACTS)
def remove_contact(
    *, actor: Actor, at: datetime, customer_id: UUID, contact_id: UUID, idempotency_key: str | None = None
) -> CustomerShape:
    """This function will remove a contact, who gets no mail any more and is signed out everywhere at once.

    Raises:
        NotFound: when there is no such contact.
        OwnContact: when it is the actor.
        RightsAboveOwn: when that person may what a contact who removes may not.
        NobodyGets: when nobody would get a mail that somebody must get.
    """
    del idempotency_key
    before = _reached(actor, customer_id, contact_id)[contact_id]
    if is_own(actor, contact_id):
        raise OwnContact
    require_own_rights(actor, customer_id, before.rights)
    end_views_as(contact_id, at=at)
    people.remove_contact(contact_id)
    _require_somebody(customer_id)
    if before.user_id is not None and not people.may_sign_in(before.user_id):
        sessions.end_all(before.user_id)
    told = {"name": before.name, "email": before.email, "phone": before.phone, "rights": before.rights}
    audit.record(actor=actor, at=at, action="remove_contact", kind="customer", object_id=customer_id, before=told)
    return builders.customer_shape(queries.customer(customer_id))


def _reached(actor: Actor, customer_id: UUID, contact_id: UUID) -> dict[UUID, ContactFacts]:
    """All contacts of the customer, this one among them, who change no more meanwhile."""
    require_own(actor, customer_id, kind="contact")
    found = people.locked_contacts(customer_id)
    if contact_id not in found:
        raise NotFound(kind="contact")
    return found


def _require_somebody(customer_id: UUID) -> None:
    mail = nobody_gets(queries.contacts(customer_id))
    if mail is not None:
        raise NobodyGets(what=str(_CALLED[mail]))


def _others_who_manage(contact: ContactFacts) -> bool:
    others = (each for each in queries.contacts(contact.customer_id) if each.id != contact.id)
    return any(Right.MANAGE_CONTACTS in each.rights and each.user_id is not None for each in others)


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values that may be stored; every other name or value is refused."""
    refuse_card_numbers(**changes)
    for name, value in changes.items():
        if name not in {*_TEXTS, _RIGHTS, _MAILS, _DAYS, _LANGUAGE}:
            raise InvalidField(name=name, reason="This cannot be changed.")
        if name in _TEXTS and len(value) > _TEXTS[name]:
            most = {"most": _TEXTS[name]}
            raise InvalidField(name=name, reason=_("This text has at most %(most)s characters.") % most)
    checked = dict(changes)
    if _RIGHTS in changes:
        checked[_RIGHTS] = tuple(sorted(set(changes[_RIGHTS])))
    if _MAILS in changes:
        if unknown := set(changes[_MAILS]) - set(ALL_MAILS):
            raise InvalidField(name=_MAILS, reason=f"“{min(unknown)}” is no kind of mail.")
        checked[_MAILS] = tuple(mail for mail in ALL_MAILS if mail in changes[_MAILS])
    if changes.get(_LANGUAGE) and changes[_LANGUAGE] not in dict(settings.LANGUAGES):
        known = {"known": ", ".join(dict(settings.LANGUAGES))}
        raise InvalidField(name=_LANGUAGE, reason=_("Choose one of these: %(known)s.") % known)
    if changes.get(_DAYS) is not None:
        _check_days(changes[_DAYS])
    return checked


def _check_days(days: int) -> None:
    allowed = notice()
    if allowed is None:
        raise InvalidField(name=_DAYS, reason="Coming invoices are not announced.")
    if not 1 <= days <= allowed.most:
        raise InvalidField(name=_DAYS, reason=_("Choose 1 to %(most)s days.") % {"most": allowed.most})
