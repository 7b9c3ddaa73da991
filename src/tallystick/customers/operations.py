"""Writing customers and contacts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from allauth.account.models import EmailAddress
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django_integrity.conversion import Named, refine_integrity_error

from tallystick.customers.models import Contact, Customer
from tallystick.customers.queries import customer_row
from tallystick.customers.rights import ALL_RIGHTS
from tallystick.foundation import numbering
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.models import User
from tallystick.foundation.transactions import needs_transaction

LONGEST_TERMS = 365
# Of an address that can be written to (RFC 5321, 4.5.3.1.3).
LONGEST_ADDRESS = 254


@dataclass(kw_only=True, eq=False)
class CustomerNameMissing(Invalid):
    """A customer needs a name."""

    code: ClassVar[str] = "customer_name_missing"
    sentence: ClassVar[str] = "Enter the customer's name."
    field: ClassVar[str | None] = "name"


@dataclass(kw_only=True, eq=False)
class TermsNotAccepted(Invalid):
    """Terms are a number of days, and individuals pay at once (`docs/model.md`, 24)."""

    code: ClassVar[str] = "terms_not_accepted"
    sentence: ClassVar[str] = (
        "Payment terms are 0 to 365 days after the invoice date; an individual is due on the invoice date (0 days)."
    )
    field: ClassVar[str | None] = "terms_days"


@dataclass(kw_only=True, eq=False)
class ContactExists(Conflict):
    """The customer already has a contact with this address."""

    code: ClassVar[str] = "contact_exists"
    sentence: ClassVar[str] = "This customer already has a contact with the address {email}."
    field: ClassVar[str | None] = "email"

    email: str


@dataclass(kw_only=True, eq=False)
class EmailNotAccepted(Invalid):
    """The text is no e-mail address."""

    code: ClassVar[str] = "email_not_accepted"
    sentence: ClassVar[str] = "“{email}” is not an e-mail address. Enter one such as name@example.com."
    field: ClassVar[str | None] = "email"

    email: str


@dataclass(kw_only=True, eq=False)
class UnknownRight(Invalid):
    """Portal rights are a closed list."""

    code: ClassVar[str] = "unknown_right"
    sentence: ClassVar[str] = "“{right}” is not a portal right."
    field: ClassVar[str | None] = "rights"

    right: str


@needs_transaction
def create_customer(
    *,
    kind: str,
    name: str,
    currency: str,
    terms_days: int,
    at: datetime,
    **details: Any,
) -> UUID:
    """This function will add a customer, with the next account number, and return its id.

    `details` are the optional columns: time zone, language, tax id, address, note.

    Raises:
        CustomerNameMissing: when the name is empty.
        TermsNotAccepted: when the terms are out of range, or an individual has any.
    """
    _check(kind=kind, name=name, terms_days=terms_days)
    number = f"C-{numbering.take('customer'):05}"
    row = Customer.objects.create(
        kind=kind,
        name=name.strip(),
        number=number,
        currency=currency,
        terms_days=terms_days,
        created_at=at,
        **details,
    )
    return row.id


@needs_transaction
def lock(customer_id: UUID) -> None:
    """This function will let nobody else change a customer until the transaction ends."""
    Customer.objects.select_for_update().filter(id=customer_id).first()


@needs_transaction
def change_customer(customer_id: UUID, changes: Mapping[str, Any]) -> None:
    """This function will change columns of a customer.

    Terms count for invoices issued later only: an issued invoice carries its own due date.

    Raises:
        NotFound: when there is no such customer.
        CustomerNameMissing, TermsNotAccepted: as in `create_customer`.
    """
    row = Customer.objects.select_for_update().get(id=customer_row(customer_id).id)
    for column, value in changes.items():
        setattr(row, column, value)
    _check(kind=row.kind, name=row.name, terms_days=row.terms_days)
    row.save(update_fields=list(changes))


@needs_transaction
def add_contact(
    *,
    customer_id: UUID,
    name: str,
    email: str,
    is_billing: bool,
    rights: Sequence[str],
    at: datetime,
    phone: str = "",
) -> UUID:
    """This function will add a contact and return its id.

    Raises:
        NotFound: when there is no such customer.
        EmailNotAccepted: when the address cannot be one.
        UnknownRight: when a right is not on the list.
        ContactExists: when the customer has a contact with this address.
    """
    address = usable_address(email)
    known = known_rights(rights)
    customer_row(customer_id)
    with refine_integrity_error([(Named("one_contact_per_address"), ContactExists(email=email))]):
        row = Contact.objects.create(
            customer_id=customer_id,
            name=name,
            email=address,
            phone=phone,
            is_billing=is_billing,
            rights=known,
            created_at=at,
        )
    return row.id


def usable_address(email: str) -> str:
    """This function will return an e-mail address as it is stored.

    Raises:
        EmailNotAccepted: when it cannot be one.
    """
    try:
        validate_email(email)
    except ValidationError:
        raise EmailNotAccepted(email=email) from None
    if len(email) > LONGEST_ADDRESS:
        raise EmailNotAccepted(email=email)
    return email.lower()


def known_rights(rights: Sequence[str]) -> list[str]:
    """This function will return rights as they are stored: each once, in order.

    Raises:
        UnknownRight: when one is not on the list.
    """
    for right in rights:
        if right not in ALL_RIGHTS:
            raise UnknownRight(right=right)
    return sorted(set(rights))


@needs_transaction
def link_user(*, contact_id: UUID, user_id: UUID) -> None:
    """This function will let a user sign in to the portal as this contact."""
    Contact.objects.filter(id=contact_id).update(user_id=user_id)


@needs_transaction
def portal_user(*, email: str, name: str) -> UUID | None:
    """This function will return the user with an address, made if there is none; None when it belongs to staff.

    The address counts as verified: whoever opens the portal to it vouches for it.
    """
    user = User.objects.filter(email=email.lower()).first()
    if user is None:
        user = User.objects.create_user(email, name=name)
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return None if user.is_staff else user.id


def _check(*, kind: str, name: str, terms_days: int) -> None:
    if not name.strip():
        raise CustomerNameMissing
    if not 0 <= terms_days <= LONGEST_TERMS or (kind == Customer.Kind.INDIVIDUAL and terms_days):
        raise TermsNotAccepted
