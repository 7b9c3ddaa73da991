"""Reading customers, contacts and billing groups."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeAlias
from uuid import UUID

from django.db.models import BooleanField, Count, F, Q
from django.db.models.expressions import RawSQL
from django.db.models.functions import Lower

from tallystick.customers.models import BillingGroup, Contact, Customer, Membership
from tallystick.foundation.business import locale_read
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import columns, fetch, fetch_for, fetch_one, instances
from tallystick.foundation.words import words_of, words_query

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
    "own_transfer_cap_minor",
    "own_transfer_cap_currency",
    "is_prepaid",
    "note",
    "created_at",
    "archived_at",
)

_ONE = f"SELECT {', '.join(FIELDS)} FROM customers_customer WHERE id = %s"  # noqa: S608 - our own columns
_NAMES = "SELECT id, name FROM customers_customer WHERE id = ANY(%s)"
_NUMBERED = "SELECT id FROM customers_customer WHERE number = %s"
# That a name has words, as the index customers_by_words has them.
_HAVING = f"{words_of('customers_customer.name')} @@ lower(%s)::tsquery"
_NAMED = (
    f"SELECT id FROM customers_customer WHERE {_HAVING} "  # noqa: S608
    "ORDER BY lower(name), id LIMIT %s"
)
_MANY = f"SELECT {columns(Customer)} FROM customers_customer WHERE id = ANY(%s)"  # noqa: S608 - our own columns
_CONTACTS = (
    f"SELECT {columns(Contact)} FROM customers_contact "  # noqa: S608 - our own columns
    "WHERE customer_id = %s ORDER BY is_billing DESC, created_at, id"
)

# The row as other rooms hold it: never saved by them.
CustomerRow: TypeAlias = Customer


@dataclass(frozen=True)
class ContactFacts:
    """A contact: who gets mail, and who may do what in the portal."""

    id: UUID
    customer_id: UUID
    name: str
    email: str
    phone: str
    # One of those that the program speaks; empty for the customer's.
    language: str
    is_billing: bool
    rights: tuple[str, ...]
    # The kinds of mail that somebody chose for this person (`customers.mails`); None when nobody did.
    chosen_mails: tuple[str, ...] | None
    # How many days before a coming invoice is due this person hears of it; None for as many as the business says.
    notice_days: int | None
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


def customer_rows(ids: Iterable[UUID]) -> dict[UUID, Customer]:
    """This function will return the customers by id, in one query; whoever does not exist is left out."""
    return {row.id: row for row in instances(Customer, _MANY, [list(set(ids))])}


def customer(customer_id: UUID) -> dict[str, Any]:
    """This function will return the customer's columns.

    Raises:
        NotFound: when there is none with this id.
    """
    row = fetch_one(_ONE, [customer_id])
    if row is None:
        raise NotFound(kind="customer")
    return row


def customers_by_id(ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the columns of several customers, in one query; who does not exist is left out."""
    return {row["id"]: row for row in Customer.objects.filter(id__in=set(ids)).values(*FIELDS)}


def customers_page(
    *,
    only: UUID | None = None,
    search: str = "",
    kind: str | tuple[str, ...] = "",
    currency: str | tuple[str, ...] = "",
    cursor: str = "",
    limit: int = 50,
) -> Page:
    """This function will return a page of customers, newest first, as rows of columns.

    `search` finds in name and account number, and in the address of a contact when it is one. `only` narrows the list
    to one customer, for somebody who sees no other.
    """
    rows = Customer.objects.filter(archived_at=None)
    if only is not None:
        rows = rows.filter(id=only)
    if search:
        rows = rows.filter(_fitting(search))
    if kinds := _each(kind):
        rows = rows.filter(kind__in=kinds)
    if currencies := _each(currency):
        rows = rows.filter(currency__in=currencies)
    return page(rows.values(*FIELDS), order=("-created_at", "-id"), cursor=cursor, limit=limit)


def found(text: str, *, limit: int = 8) -> list[dict[str, Any]]:
    """This function will find customers by words of the name, the account number, or the beginning of an address."""
    rows = Customer.objects.filter(_fitting(text), archived_at=None).order_by(Lower("name"), "id")
    return list(rows.values(*FIELDS)[:limit])


def _fitting(text: str) -> Q:
    """What fits a text that somebody types: words of the name that begin like its own, number, or a contact's address.

    In scripts without blanks between words any part of the name fits.
    """
    text = text.replace("\0", "").strip()
    fits = Q(number=text.upper())
    if not text.isascii():
        fits |= Q(name__icontains=text)
    elif query := words_query(text, shortest=1):
        fits |= Q(RawSQL(_HAVING, [query], output_field=BooleanField()))  # noqa: S611 - our own words, a placeholder
    if "@" in text:
        fits |= Q(id__in=Contact.objects.filter(email__istartswith=text).values("customer_id"))
    return fits


def named(text: str, *, limit: int) -> tuple[UUID, ...]:
    """This function will return the customers whose name has words that begin like those of a text, or its number.

    Archived ones are among them. In scripts without blanks between words any part of the name fits.
    """
    found = [row["id"] for row in fetch(_NUMBERED, [text.strip().upper()])]
    if query := words_query(text):
        found += [row["id"] for row in fetch(_NAMED, [query, limit])]
    if not found and text.strip() and not text.isascii():
        rows = Customer.objects.filter(name__icontains=text.strip()).order_by("name", "id")
        found = list(rows.values_list("id", flat=True)[:limit])
    return tuple(found)


def named_exactly(texts: Iterable[str]) -> dict[str, set[UUID]]:
    """This function will find customers for many texts at once: by account number, by the whole name, or by the
    address of a contact, whatever the case; under each text, in lower case, stands whoever fits.
    """
    wanted = {text.strip().lower() for text in texts} - {""}
    fitting: dict[str, set[UUID]] = {text: set() for text in wanted}
    named = Customer.objects.annotate(plain=Lower("name")).filter(plain__in=wanted)
    numbered = Customer.objects.filter(number__in={text.upper() for text in wanted}).annotate(plain=Lower("number"))
    for rows in (named, numbered):
        for plain, customer_id in rows.filter(archived_at=None).values_list("plain", "id"):
            fitting[plain].add(customer_id)
    addressed = Contact.objects.annotate(plain=Lower("email")).filter(
        plain__in={text for text in wanted if "@" in text}
    )
    for plain, customer_id in addressed.filter(customer__archived_at=None).values_list("plain", "customer_id"):
        fitting[plain].add(customer_id)
    return fitting


def names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the customers' names by id."""
    return {row["id"]: row["name"] for row in fetch_for(_NAMES, ids)}


def names_by_number(numbers: Iterable[str]) -> dict[str, str]:
    """This function will return the customers' names by their numbers."""
    return dict(Customer.objects.filter(number__in=list(numbers)).values_list("number", "name"))


def contacts(customer_id: UUID) -> list[ContactFacts]:
    """This function will return the customer's contacts, billing contacts first."""
    return [contact_facts(row) for row in instances(Contact, _CONTACTS, [customer_id])]


def contacts_of(customer_ids: Iterable[UUID]) -> dict[UUID, list[ContactFacts]]:
    """This function will return the contacts of several customers, billing contacts first, in one query."""
    by_customer: dict[UUID, list[ContactFacts]] = {customer_id: [] for customer_id in customer_ids}
    for row in Contact.objects.filter(customer_id__in=list(by_customer)).order_by("-is_billing", "created_at", "id"):
        by_customer[row.customer_id].append(contact_facts(row))
    return by_customer


def chosen_notice_days() -> list[int]:
    """This function will return how many days before contacts chose to hear of coming invoices, each number once."""
    rows = Contact.objects.exclude(notice_days=None).order_by("notice_days").values_list("notice_days", flat=True)
    return [days for days in rows.distinct() if days is not None]


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
    """This function will return the oldest contact as which a user signs in, or None: for staff, and for strangers.

    For which customer somebody acts who is a contact of several is said by the session (`kit.acting`).
    """
    row = Contact.objects.filter(user_id=user_id).order_by("created_at").first()
    return contact_facts(row) if row else None


def contact_by_email(email: str) -> ContactFacts | None:
    """This function will return the oldest contact with an address, or None."""
    row = Contact.objects.filter(email__iexact=email).order_by("created_at").first()
    return contact_facts(row) if row else None


def contacts_called(text: str, *, limit: int) -> list[UUID]:
    """This function will return contacts whose name or address begins with a text."""
    rows = Contact.objects.filter(Q(name__istartswith=text) | Q(email__istartswith=text)).order_by("name", "id")
    return list(rows.values_list("id", flat=True)[:limit])


def customers_of_contacts(ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """This function will return the customer of each contact, by the contact's id."""
    rows = Contact.objects.filter(id__in=list(ids))
    return dict(rows.values_list("id", "customer_id"))


def numbers(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the customers' account numbers by id."""
    return dict(Customer.objects.filter(id__in=set(ids)).values_list("id", "number"))


GROUP_FIELDS = ("id", "name", "payer_id", "billing_day", "next_billing_date", "created_at", "archived_at")
_GROUPS_OF_PAYER = (
    f"SELECT {', '.join(GROUP_FIELDS)} FROM customers_billinggroup "  # noqa: S608 - our own columns
    "WHERE payer_id = %s AND archived_at IS NULL ORDER BY name"
)


def group(group_id: UUID) -> dict[str, Any]:
    """This function will return a billing group's columns.

    Raises:
        NotFound: when there is none with this id.
    """
    row: dict[str, Any] | None = BillingGroup.objects.filter(id=group_id).values(*GROUP_FIELDS).first()
    if row is None:
        raise NotFound(kind="billing group")
    return row


def groups_page(*, search: str = "", with_archived: bool = False, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of billing groups, newest first; `search` finds a part of the name."""
    rows = BillingGroup.objects.all() if with_archived else BillingGroup.objects.filter(archived_at=None)
    if search:
        rows = rows.filter(Q(name__icontains=search) | Q(payer__name__icontains=search))
    return page(rows.values(*GROUP_FIELDS), order=("-created_at", "-id"), cursor=cursor, limit=limit)


def groups_named(text: str, *, limit: int = 200) -> tuple[UUID, ...]:
    """This function will return the billing groups that a name stands for: the one with it, or all with it in theirs.

    Archived groups are among them.
    """
    rows = BillingGroup.objects.order_by("-created_at", "-id").values_list("id", flat=True)
    return tuple(rows.filter(name__iexact=text.strip())[:1]) or tuple(rows.filter(name__icontains=text.strip())[:limit])


def payers_of(group_ids: Iterable[UUID]) -> tuple[UUID, ...]:
    """This function will return the payers of billing groups."""
    return tuple(BillingGroup.objects.filter(id__in=list(group_ids)).values_list("payer_id", flat=True).distinct())


def groups_of_payer(customer_id: UUID) -> list[dict[str, Any]]:
    """This function will return the billing groups that a customer pays for, archived ones left out, by name."""
    return fetch(_GROUPS_OF_PAYER, [customer_id])


def group_names(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the billing groups' names by id."""
    return dict(BillingGroup.objects.filter(id__in=set(ids)).values_list("id", "name"))


def member_counts(group_ids: Iterable[UUID], *, on: date) -> dict[UUID, int]:
    """This function will return how many members each group has on a day; groups without any are left out."""
    rows = _memberships_on(on).filter(group_id__in=set(group_ids)).values("group_id")
    return {row["group_id"]: row["members"] for row in rows.annotate(members=Count("id"))}


def memberships(group_id: UUID) -> list[dict[str, Any]]:
    """This function will return all memberships of a group, present ones first, with the customers' names."""
    rows = Membership.objects.filter(group_id=group_id).order_by(
        F("left_date").desc(nulls_first=True), "customer__name", "id"
    )
    named = rows.values(
        "customer_id", "joined_date", "left_date", name=F("customer__name"), number=F("customer__number")
    )
    return [dict(row) for row in named]


def group_of(customer_id: UUID, *, on: date) -> dict[str, Any] | None:
    """This function will return the billing group that a customer's periods beginning on a day belong to, or None."""
    row: dict[str, Any] | None = (
        BillingGroup.objects.filter(id__in=_memberships_on(on).filter(customer_id=customer_id).values("group_id"))
        .values(*GROUP_FIELDS)
        .first()
    )
    return row


def _memberships_on(on: date) -> Any:
    return Membership.objects.filter(Q(joined_date__lte=on) & (Q(left_date=None) | Q(left_date__gt=on)))


def frozen_party(row: Customer) -> dict[str, Any]:
    """This function will return the customer's details as a document freezes them, with the language that it is in."""
    return {
        "name": row.name,
        "number": row.number,
        "tax_id": row.tax_id,
        "address_lines": row.address_lines,
        "postal_code": row.postal_code,
        "city": row.city,
        "region": row.region,
        "country": row.country,
        "language": locale_read("", row.language),
    }


def contact_facts(row: Contact) -> ContactFacts:
    """This function will return a contact's facts."""
    return ContactFacts(
        id=row.id,
        customer_id=row.customer_id,
        name=row.name,
        email=row.email,
        phone=row.phone,
        language=row.language,
        is_billing=row.is_billing,
        rights=tuple(row.rights),
        chosen_mails=None if row.mails is None else tuple(row.mails),
        notice_days=row.notice_days,
        user_id=row.user_id,
        created_at=row.created_at,
    )


def _each(value: str | tuple[str, ...]) -> list[str]:
    return [each for each in ((value,) if isinstance(value, str) else value) if each]
