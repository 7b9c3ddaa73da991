"""Which mails go to which of a customer's people (B3). Somebody always gets what must be received.

As long as nobody of a customer has chosen, billing contacts get everything, and all others what happened to payments;
where nobody is for billing, everybody gets everything (`docs/model.md`, 13).
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Final

from tallystick.customers.queries import ContactFacts


class Mail(StrEnum):
    """One kind of mail that a contact may choose or not. What a person asked for, such as a sign-in link, is none."""

    # And credit notes, top-up requests, and where to transfer to.
    INVOICES = "invoices"
    COMING_INVOICES = "coming_invoices"
    # And refunds.
    RECEIPTS = "receipts"
    # And reminders, and all that becomes of automatic payment.
    FAILED_PAYMENTS = "failed_payments"
    STATEMENTS = "statements"


ALL_MAILS: Final = tuple(Mail)
# A claim must reach somebody, and so must the word that it was not paid.
NEEDED: Final = (Mail.INVOICES, Mail.FAILED_PAYMENTS)
_TO_ALL: Final = frozenset({Mail.RECEIPTS, Mail.FAILED_PAYMENTS})


def recipients(mail: Mail, people: Sequence[ContactFacts]) -> list[ContactFacts]:
    """This function will choose who of a customer's people gets a kind of mail: perhaps nobody, where none is needed.

    What is needed goes to everybody where nobody would get it.
    """
    found = [each for each in people if mail in _own(each)]
    nobody_chose = all(each.chosen_mails is None for each in people)
    return found if found or not (nobody_chose or mail in NEEDED) else list(people)


def mails_of(contact: ContactFacts, people: Sequence[ContactFacts]) -> tuple[Mail, ...]:
    """This function will return the kinds of mail that go to one of a customer's people."""
    return tuple(mail for mail in ALL_MAILS if contact.id in {each.id for each in recipients(mail, people)})


def nobody_gets(people: Sequence[ContactFacts]) -> Mail | None:
    """This function will return a kind of mail that somebody has to get, and that no one of these people wants."""
    chosen = any(each.chosen_mails is not None for each in people)
    for mail in NEEDED:
        if not people or (chosen and not any(mail in _own(each) for each in people)):
            return mail
    return None


def _own(contact: ContactFacts) -> Sequence[str]:
    if contact.chosen_mails is not None:
        return contact.chosen_mails
    return ALL_MAILS if contact.is_billing else tuple(_TO_ALL)
