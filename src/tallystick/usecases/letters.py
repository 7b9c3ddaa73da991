"""What every mail about money needs: the languages of its readers, amounts, and its place in the queue, once."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.correspondence import operations
from tallystick.correspondence.contents import BankLine, Letter
from tallystick.correspondence.mime import Attached
from tallystick.correspondence.operations import Recipient
from tallystick.correspondence.rendering import render
from tallystick.customers.queries import ContactFacts
from tallystick.foundation.business import bank_account, locale_read
from tallystick.foundation.transactions import transaction
from tallystick.foundation.wording import spoken_language
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency


def queue_letter(
    write: Callable[[str], Letter],
    customer: Mapping[str, Any],
    people: Sequence[ContactFacts],
    *,
    about: tuple[str, UUID],
    unique_key: str,
    at: datetime,
    attached: Sequence[Attached] = (),
) -> int:
    """This function will write a letter to some of a customer's people and queue it, and return how many are new.

    `write` makes the letter for a locale, while its language is spoken: once for each language that they read. Under
    one key each address gets one, ever.
    """
    fresh = 0
    with transaction():
        for locale, readers in _by_locale(customer, people).items():
            with translation.override(spoken_language(locale)):
                letter = write(locale)
            fresh += len(
                operations.queue(
                    kind=letter.kind,
                    recipients=[Recipient(name=contact.name, email=contact.email) for contact in readers],
                    customer_id=customer["id"],
                    about=about,
                    unique_key=unique_key,
                    content=render(letter.kind, letter),
                    at=at,
                    attached=attached,
                )
            )
    return fresh


def _by_locale(customer: Mapping[str, Any], people: Sequence[ContactFacts]) -> dict[str, list[ContactFacts]]:
    found: dict[str, list[ContactFacts]] = {}
    for each in people:
        found.setdefault(locale_read(each.language, customer["language"]), []).append(each)
    return found


def money(minor: int, currency: str) -> Money:
    """This function will return an amount of minor units as a letter takes it."""
    return Money(minor, parse_currency(currency))


def bank_lines(currency: str) -> tuple[BankLine, ...]:
    """This function will say where to transfer a currency to, in the language of the moment; nothing when that is not
    offered.
    """
    account = bank_account(currency)
    if account is None:
        return ()
    lines = [
        (_("Account holder"), account.holder),
        (_("IBAN"), account.iban),
        (_("BIC"), account.bic),
        (_("Bank"), account.bank),
        *((label or _("Details"), value) for label, value in account.more),
    ]
    return tuple(BankLine(label=label, value=value) for label, value in lines if value)
