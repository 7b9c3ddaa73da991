"""As which contacts somebody signs in: a person may look after several customers."""

from dataclasses import dataclass
from uuid import UUID

from tallystick.customers.models import Contact
from tallystick.customers.queries import ContactFacts, contact_facts


@dataclass(frozen=True, kw_only=True)
class SignedInContact:
    """A contact as which somebody signs in, and the customer's name, account number and language."""

    facts: ContactFacts
    customer: str
    number: str
    language: str


def contacts_of_user(user_id: UUID) -> list[SignedInContact]:
    """This function will return all contacts as which a user signs in, oldest first, each with its customer."""
    rows = Contact.objects.filter(user_id=user_id).select_related("customer").order_by("created_at", "id")
    return [
        SignedInContact(
            facts=contact_facts(row),
            customer=row.customer.name,
            number=row.customer.number,
            language=row.customer.language,
        )
        for row in rows
    ]
