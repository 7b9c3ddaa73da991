"""Customers and their people: create, change, add a contact, open the portal to it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final
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
from tallystick.money.amounts import LARGEST_MINOR
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
        "own_transfer_cap_minor",
        "own_transfer_cap_currency",
        "is_prepaid",
    }
)
_NOT_TRUSTED: Final = {
    "completes_own_transfers": False,
    "own_transfer_cap_minor": None,
    "own_transfer_cap_currency": "",
}
_LONGEST = 60
# What a customer's own people may say of it.
_BILLING_DETAILS: Final = frozenset({"address_lines", "postal_code", "city", "region", "country", "tax_id", "language"})


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

    `details` may hold time_zone, language, tax_id, address_lines, postal_code, city, region, country, note, is_prepaid
    and what says whether it completes its own transfers, as in `change_customer`; each contact has name, email and
    perhaps phone, is_billing and rights.

    Raises:
        NotAllowed: when the customer shall complete its own transfers, and the actor may complete none.
        InvalidField: when a value cannot be used.
        CustomerNameMissing, TermsNotAccepted, EmailNotAccepted, ContactExists, UnknownRight: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.EDIT_CUSTOMERS)
    refuse_card_numbers(contacts=contacts)
    if kind not in {"business", "individual"}:
        raise InvalidField(name="kind", reason="A customer is a business or an individual.")
    checked = _checked({**(details or {}), "currency": currency, "name": name})
    checked |= _trusted(actor, _NOT_TRUSTED, checked)
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

    Who `completes_own_transfers` has a cap for each, in minor units and a currency (`docs/model.md`, 7). To switch it
    on, or to change the cap while it is on, the actor must be allowed to complete payments.

    Raises:
        NotFound: when there is no such customer.
        NotAllowed: when the customer shall complete its own transfers, and the actor may complete none.
        InvalidField, CustomerNameMissing, TermsNotAccepted: when a value cannot be used.
    """
    del idempotency_key
    return _change(customer_id, changes, "change_customer", actor=actor, at=at)


@use_case(Permission.MANAGE_CONTACTS)
def change_billing_details(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    changes: Mapping[str, Any],
    idempotency_key: str | None = None,
) -> CustomerShape:
    """This function will change what stands of a customer on documents to come, and the language of its mails: what a
    customer's own people may say. What is issued stays as it was.

    Raises:
        NotFound: when there is no such customer.
        InvalidField: when a value cannot be used, or is not theirs to say.
    """
    del idempotency_key
    for name in changes:
        if name not in _BILLING_DETAILS:
            raise InvalidField(name=name, reason="This cannot be changed.")
    return _change(customer_id, changes, "change_billing_details", actor=actor, at=at)


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
        UserBelongsToStaff: when the address of whom it invites is one of staff, as in `open_portal`.
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

    Returns False when it could sign in already. Whether an address is one of staff is nobody's business outside: who is
    narrowed to a customer gets the same answer as for any other, and only the audit says that nothing was opened.

    Raises:
        NotFound: when there is no such contact.
        UserBelongsToStaff: when the address is one of staff, and the actor sees more than one customer.
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
        if actor.scope is None:
            raise UserBelongsToStaff(name="email", reason="This address belongs to a member of staff.")
        _note(contact, "withhold_portal", actor=actor, at=at)
        return
    customers.link_user(contact_id=contact.id, user_id=user_id)
    jobs.defer("mail.welcome", contact_id=str(contact.id), customer_id=str(contact.customer_id))
    _note(contact, "open_portal", actor=actor, at=at)


def _note(contact: queries.ContactFacts, action: str, *, actor: Actor, at: datetime) -> None:
    told = {"contact": contact.email}
    audit.record(actor=actor, at=at, action=action, kind="customer", object_id=contact.customer_id, after=told)


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


def _change(customer_id: UUID, changes: Mapping[str, Any], action: str, *, actor: Actor, at: datetime) -> CustomerShape:
    require_own(actor, customer_id, kind="customer")
    # Whoever is trusted by somebody else at this moment is not trusted with more.
    customers.lock(customer_id)
    before = queries.customer(customer_id)
    wanted = _checked(changes)
    wanted |= _trusted(actor, before, wanted)
    checked = {name: value for name, value in wanted.items() if value != before[name]}
    customers.change_customer(customer_id, checked)
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="customer",
        object_id=customer_id,
        before={name: before[name] for name in checked},
        after=checked,
    )
    return builders.customer_shape(queries.customer(customer_id))


def _contact(contact: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "name": contact.get("name", ""),
        "email": contact["email"],
        "phone": contact.get("phone", ""),
        "is_billing": contact.get("is_billing", False),
        "rights": contact.get("rights", ALL_RIGHTS),
    }


def _trusted(actor: Actor, before: Mapping[str, Any], wanted: Mapping[str, Any]) -> dict[str, Any]:
    """What becomes of the trust to complete own transfers, refused where it has no cap or is not the actor's to give.

    A cap that is taken away takes its currency along.
    """
    after = {name: wanted.get(name, before[name]) for name in _NOT_TRUSTED}
    minor, currency = after["own_transfer_cap_minor"], after["own_transfer_cap_currency"]
    if minor is None and "own_transfer_cap_minor" in wanted and "own_transfer_cap_currency" not in wanted:
        after["own_transfer_cap_currency"] = currency = ""
    if (minor is None) != (currency == ""):
        raise InvalidField(name="own_transfer_cap_minor", reason="An amount and its currency belong together.")
    if minor is not None:
        require_currency(own_transfer_cap_currency=currency)
        if not 0 < minor <= LARGEST_MINOR:
            raise InvalidField(name="own_transfer_cap_minor", reason="Enter an amount above 0.")
    is_changed = any(after[name] != before[name] for name in _NOT_TRUSTED)
    if is_changed and after["completes_own_transfers"]:
        actor.require(Permission.COMPLETE_PAYMENTS)
        if minor is None:
            raise InvalidField(
                name="own_transfer_cap_minor", reason="Say up to which amount the customer completes a transfer itself."
            )
    return after


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
