"""As which contacts somebody signs in: a person may look after several customers."""

from dataclasses import dataclass
from typing import Final
from uuid import UUID

from tallystick.customers.queries import ContactFacts
from tallystick.foundation.rows import fetch

# The facts of a contact that are columns as they stand.
_COPIED: Final = (
    *("id", "customer_id", "name", "email", "phone", "language", "is_billing", "notice_days", "user_id"),
    "created_at",
)
_SIGNED_IN: Final = f"""
SELECT {", ".join(f"contact.{name}" for name in _COPIED)}, contact.rights, contact.mails,
       customer.name AS customer, customer.number, customer.language AS customer_language
FROM customers_contact AS contact JOIN customers_customer AS customer ON customer.id = contact.customer_id
WHERE contact.user_id = %s ORDER BY contact.created_at, contact.id
"""  # noqa: S608 - our own columns


@dataclass(frozen=True, kw_only=True)
class SignedInContact:
    """A contact as which somebody signs in, and the customer's name, account number and language."""

    facts: ContactFacts
    customer: str
    number: str
    language: str


def contacts_of_user(user_id: UUID) -> list[SignedInContact]:
    """This function will return all contacts as which a user signs in, oldest first, each with its customer."""
    return [
        SignedInContact(
            facts=ContactFacts(
                **{name: row[name] for name in _COPIED},
                rights=tuple(row["rights"]),
                chosen_mails=None if row["mails"] is None else tuple(row["mails"]),
            ),
            customer=row["customer"],
            number=row["number"],
            language=row["customer_language"],
        )
        for row in fetch(_SIGNED_IN, [user_id])
    ]
