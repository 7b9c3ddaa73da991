"""Customers and their people: create, change, add a contact, open the portal to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID
from zoneinfo import available_timezones

from tallystick.customers import operations as customers
from tallystick.customers import queries
from tallystick.customers.rights import ALL_RIGHTS, Right
from tallystick.foundation import audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.usecases.frame import require_own, require_unscoped, use_case
from tallystick.usecases.own_rights import require_own_rights
from tallystick.usecases.roles import OF_RIGHT, Permission
from tallystick.wire import builders
from tallystick.wire.shapes import ContactShape, CustomerShape

# What may be changed by hand, with the longest text that each takes.
_TEXTS = {
    "name": 200,
    "tax_id": 40,
    "address_lines": 500,
    "postal_code": 20,
    "city": 100,
    "region": 100,
    "note": 5000,
    "language": 12,
}
_CHOICES = frozenset(
    {
        "currency",
        "time_zone",
        "country",
        "terms_days",
        "kind",
        "applies_credit",
        "completes_own_transfers",
        "is_prepaid",
    }
)
_LONGEST = 60


@use_case(Permission.EDIT_CUSTOMERS)
def create_customer(
    *,
    actor: Actor,
    at: datetime,
    kind: str,
    name: str,
    currency: str,
    terms_days: int = 0,
    details: Mapping[str, Any] | None = None,
    contacts: Sequence[Mapping[str, Any]] = (),
    idempotency_key: str | None = None,
) -> CustomerShape:
    """This function will add a customer with its contacts (E23, E24) and return it.

    `details` may hold time_zone, language, tax_id, address_lines, postal_code, city, region, country, note and
    is_prepaid; each contact has name, email and perhaps phone, is_billing and rights.

    Raises:
        InvalidField: when a value cannot be used.
        CustomerNameMissing, TermsNotAccepted, EmailNotAccepted, ContactExists, UnknownRight: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.EDIT_CUSTOMERS)
    refuse_card_numbers(contacts=contacts)
    if kind not in {"business", "individual"}:
        raise InvalidField(name="kind", reason="A customer is a business or an individual.")
    checked = _checked({**(details or {}), "currency": currency, "name": name})
    checked.pop("name")
    customer_id = customers.create_customer(
        kind=kind, name=name, currency=checked.pop("currency"), terms_days=terms_days, at=at, **checked
    )
    for contact in contacts:
        customers.add_contact(customer_id=customer_id, at=at, **_contact(contact))
    shape = builders.customer_shape(queries.customer(customer_id))
    audit.record(actor=actor, at=at, action="create_customer", kind="customer", object_id=customer_id, after=shape)
    return shape


@use_case(Permission.EDIT_CUSTOMERS)
def change_customer(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    changes: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> CustomerShape:
    """This function will change a customer's details. New terms count for invoices issued later only (E23).

    Raises:
        NotFound: when there is no such customer.
        InvalidField, CustomerNameMissing, TermsNotAccepted: when a value cannot be used.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    before = queries.customer(customer_id)
    checked = {name: value for name, value in _checked(changes).items() if value != before[name]}
    customers.change_customer(customer_id, checked)
    audit.record(
        actor=actor,
        at=at,
        action="change_customer",
        kind="customer",
        object_id=customer_id,
        before={name: before[name] for name in checked},
        after=checked,
    )
    return builders.customer_shape(queries.customer(customer_id))


@use_case(Permission.MANAGE_CONTACTS)
def add_contact(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    name: str,
    email: str,
    phone: str = "",
    is_billing: bool = False,
    rights: Sequence[str] = ALL_RIGHTS,
    invites: bool = False,
    idempotency_key: str | None = None,
) -> ContactShape:
    """This function will add a contact to a customer, and open the portal to it at once if it `invites` (B2).

    Raises:
        NotFound: when there is no such customer.
        RightsAboveOwn: when a contact adds one who may more than itself.
        EmailNotAccepted, ContactExists, UnknownRight: as the names say.
        UserBelongsToStaff: when the address of whom it invites is one of staff.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    contact = {"name": name, "email": email, "phone": phone, "is_billing": is_billing, "rights": rights}
    refuse_card_numbers(**contact)
    require_own_rights(actor, customer_id, rights)
    contact_id = customers.add_contact(customer_id=customer_id, at=at, **_contact(contact))
    audit.record(actor=actor, at=at, action="add_contact", kind="customer", object_id=customer_id, after=contact)
    found = queries.contact(contact_id, of_customer=customer_id)
    if invites:
        _open(found, actor=actor, at=at)
    return builders.contact_shape(contact_id, queries.contacts(customer_id))


@dataclass(kw_only=True, eq=False)
class UserBelongsToStaff(InvalidField):
    """Staff do not sign in to the portal with their own address: the two doors stay apart."""

    code: ClassVar[str] = "user_belongs_to_staff"


@use_case(Permission.MANAGE_CONTACTS)
def open_portal(
    *, actor: Actor, at: datetime, customer_id: UUID, contact_id: UUID, idempotency_key: str | None = None
) -> bool:
    """This function will let a contact sign in to the portal by an e-mailed link, and write the welcome mail.

    Returns False when it could sign in already.

    Raises:
        NotFound: when there is no such contact.
        UserBelongsToStaff: when the address is one of staff.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    contact = queries.contact(contact_id, of_customer=customer_id)
    if contact.user_id is not None:
        return False
    _open(contact, actor=actor, at=at)
    return True


def _open(contact: queries.ContactFacts, *, actor: Actor, at: datetime) -> None:
    user_id = customers.portal_user(email=contact.email, name=contact.name)
    if user_id is None:
        raise UserBelongsToStaff(name="email", reason="This address belongs to a member of staff.")
    customers.link_user(contact_id=contact.id, user_id=user_id)
    jobs.defer("mail.welcome", contact_id=str(contact.id), customer_id=str(contact.customer_id))
    audit.record(
        actor=actor,
        at=at,
        action="open_portal",
        kind="customer",
        object_id=contact.customer_id,
        after={"contact": contact.email},
    )


def contact_actor(user_id: UUID) -> Actor | None:
    """This function will return the actor behind a portal user, narrowed to its customer; None for no contact."""
    contact = queries.contact_of_user(user_id)
    return None if contact is None else actor_of(contact)


def actor_of(contact: queries.ContactFacts) -> Actor:
    """This function will return the actor that a contact is, narrowed to its customer."""
    return Actor(
        kind="contact",
        id=str(contact.id),
        label=contact.name or contact.email,
        permissions=rights_of(contact),
        scope=("customer", contact.customer_id),
    )


def rights_of(contact: queries.ContactFacts) -> frozenset[str]:
    """This function will return the permissions that the rights of a contact are."""
    return frozenset().union(*(OF_RIGHT[Right(right)] for right in contact.rights))


def _contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": contact.get("name", ""),
        "email": contact["email"],
        "phone": contact.get("phone", ""),
        "is_billing": contact.get("is_billing", False),
        "rights": contact.get("rights", ALL_RIGHTS),
    }


def _checked(changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values that may be stored as they are; every other name or value is refused."""
    refuse_card_numbers(**changes)
    for name, value in changes.items():
        if name not in _TEXTS.keys() | _CHOICES:
            raise InvalidField(name=name, reason="This cannot be changed.")
        if len(str(value)) > _TEXTS.get(name, _LONGEST):
            raise InvalidField(name=name, reason=f"This text has at most {_TEXTS.get(name, _LONGEST)} characters.")
    if "currency" in changes:
        require_currency(currency=changes["currency"])
    zone, country = changes.get("time_zone", ""), changes.get("country", "")
    if zone and zone not in available_timezones():
        raise InvalidField(name="time_zone", reason=f"“{zone}” is not a time zone such as Europe/Berlin.")
    if country and not (len(country) == 2 and country.isascii() and country.isupper()):
        raise InvalidField(name="country", reason="A country is an ISO 3166 code of two letters, such as DE.")
    return dict(changes)
