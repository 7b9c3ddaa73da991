"""Reading customers and contacts."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from tallystick.customers.models import Contact, Customer
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page

FIELDS = (
    "id",
    "kind",
    "name",
    "number",
    "currency",
    "time_zone",
    "language",
    "tax_id",
    "terms_days",
    "address_lines",
    "postal_code",
    "city",
    "region",
    "country",
    "applies_credit",
    "completes_own_transfers",
    "note",
    "created_at",
    "archived_at",
)


@dataclass(frozen=True)
class ContactFacts:
    """A contact: who gets mail, and who may do what in the portal."""

    id: UUID
    customer_id: UUID
    name: str
    email: str
    phone: str
    is_billing: bool
    rights: tuple[str, ...]
    user_id: UUID | None
    created_at: datetime


def customer_row(customer_id: UUID) -> Customer:
    """This function will return the customer.

    Raises:
        NotFound: when there is none with this id.
    """
    row = Customer.objects.filter(id=customer_id).first()
    if row is None:
        raise NotFound(kind="customer")
    return row


def customer(customer_id: UUID) -> dict[str, Any]:
    """This function will return the customer's columns.

    Raises:
        NotFound: when there is none with this id.
    """
    row = Customer.objects.filter(id=customer_id).values(*FIELDS).first()
    if row is None:
        raise NotFound(kind="customer")
    return row


def customers_page(*, search: str = "", kind: str = "", currency: str = "", cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of customers, newest first, as rows of columns.

    `search` finds in name and account number, and in the address of a contact when it is one.
    """
    rows = Customer.objects.filter(archived_at=None)
    if search:
        found = Q(name__icontains=search) | Q(number__iexact=search)
        if "@" in search:
            found |= Q(id__in=Contact.objects.filter(email__istartswith=search).values("customer_id"))
        rows = rows.filter(found)
    if kind:
        rows = rows.filter(kind=kind)
    if currency:
        rows = rows.filter(currency=currency)
    return page(rows.values(*FIELDS), order=("-created_at", "-id"), cursor=cursor, limit=limit)


def names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the customers' names by id."""
    return dict(Customer.objects.filter(id__in=set(ids)).values_list("id", "name"))


def contacts(customer_id: UUID) -> list[ContactFacts]:
    """This function will return the customer's contacts, billing contacts first."""
    rows = Contact.objects.filter(customer_id=customer_id).order_by("-is_billing", "created_at", "id")
    return [contact_facts(row) for row in rows]


def contact(contact_id: UUID, *, of_customer: UUID) -> ContactFacts:
    """This function will return a contact of a customer.

    Raises:
        NotFound: when there is none.
    """
    row = Contact.objects.filter(id=contact_id, customer_id=of_customer).first()
    if row is None:
        raise NotFound(kind="contact")
    return contact_facts(row)


def contact_of_user(user_id: UUID) -> ContactFacts | None:
    """This function will return the contact as which a user signs in, or None: for staff, and for strangers."""
    row = Contact.objects.filter(user_id=user_id).order_by("created_at").first()
    return contact_facts(row) if row else None


def contact_by_email(email: str) -> ContactFacts | None:
    """This function will return the oldest contact with an address, or None."""
    row = Contact.objects.filter(email__iexact=email).order_by("created_at").first()
    return contact_facts(row) if row else None


def frozen_party(row: Customer) -> dict[str, Any]:
    """This function will return the customer's details as a document freezes them."""
    return {
        "name": row.name,
        "number": row.number,
        "tax_id": row.tax_id,
        "address_lines": row.address_lines,
        "postal_code": row.postal_code,
        "city": row.city,
        "region": row.region,
        "country": row.country,
    }


def contact_facts(row: Contact) -> ContactFacts:
    """This function will return a contact's facts."""
    return ContactFacts(
        id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        is_billing=row.is_billing,
        rights=tuple(row.rights),
        user_id=row.user_id,
        created_at=row.created_at,
    )
