"""Changing and removing contacts. Those of one customer are locked together, so that what is asked of all of them holds
when two people change them at once.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django_integrity.conversion import Named, refine_integrity_error

from tallystick.customers.mails import Mail, mails_of
from tallystick.customers.models import Contact, PortalView
from tallystick.customers.operations import ContactExists, known_rights
from tallystick.customers.queries import ContactFacts, contact_facts
from tallystick.foundation.transactions import needs_transaction


@needs_transaction
def locked_contacts(customer_id: UUID) -> dict[UUID, ContactFacts]:
    """This function will lock all contacts of a customer and return them by id."""
    rows = Contact.objects.select_for_update().filter(customer_id=customer_id).order_by("id")
    return {row.id: contact_facts(row) for row in rows}


@needs_transaction
def change_contact(contact_id: UUID, changes: Mapping[str, Any]) -> None:
    """This function will change columns of a locked contact.

    Raises:
        UnknownRight: when a right is not on the list.
    """
    values = dict(changes)
    if "rights" in values:
        values["rights"] = known_rights(values["rights"])
    if "mails" in values:
        values = _with_mails(values, values["mails"])
    if values:
        Contact.objects.filter(id=contact_id).update(**values)


@needs_transaction
def write_down_mails(everybody: Collection[ContactFacts]) -> None:
    """This function will write down what goes to each of a customer's locked contacts, where nobody has chosen yet: so
    that a choice of one changes nothing for the others.
    """
    for each in everybody:
        if each.chosen_mails is None:
            Contact.objects.filter(id=each.id).update(**_with_mails({}, mails_of(each, list(everybody))))


@needs_transaction
def remove_contact(contact_id: UUID) -> None:
    """This function will remove a locked contact, and with it the views of the portal that staff had as this person.

    What the person did stays in the audit.
    """
    PortalView.objects.filter(contact_id=contact_id).delete()
    Contact.objects.filter(id=contact_id).delete()


@needs_transaction
def change_address(user_id: UUID, email: str) -> list[ContactFacts]:
    """This function will give all contacts as which a user signs in another address, and return them as they were.

    Raises:
        ContactExists: when somebody else of theirs has it.
    """
    rows = list(Contact.objects.select_for_update().filter(user_id=user_id).order_by("id"))
    with refine_integrity_error([(Named("one_contact_per_address"), ContactExists(email=email))]):
        Contact.objects.filter(id__in=[row.id for row in rows]).update(email=email)
    return [contact_facts(row) for row in rows]


def is_known(email: str, *, of_user: UUID) -> bool:
    """This function will say whether an address is that of anybody at the customers for whom a user signs in."""
    own = Contact.objects.filter(user_id=of_user).values("customer_id")
    return Contact.objects.filter(customer_id__in=own, email__iexact=email).exists()


def _with_mails(values: dict[str, Any], mails: Sequence[str]) -> dict[str, Any]:
    return {**values, "mails": [str(mail) for mail in mails], "is_billing": Mail.INVOICES in mails}


def may_sign_in(user_id: UUID) -> bool:
    """This function will say whether a user is a contact of any customer."""
    return Contact.objects.filter(user_id=user_id).exists()
