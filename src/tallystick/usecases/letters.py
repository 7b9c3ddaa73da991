"""What every mail about money needs: the language of its customer, amounts, and its place in the queue, once."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.correspondence import operations
from tallystick.correspondence.contents import BankLine, Letter
from tallystick.correspondence.mime import Attached
from tallystick.correspondence.operations import Recipient
from tallystick.correspondence.rendering import render
from tallystick.customers.queries import ContactFacts
from tallystick.foundation.business import bank_account
from tallystick.foundation.transactions import transaction
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency


def queue_letter(
    letter: Letter,
    customer_id: UUID,
    people: Sequence[ContactFacts],
    *,
    about: tuple[str, UUID],
    unique_key: str,
    at: datetime,
    attached: Sequence[Attached] = (),
) -> int:
    """This function will write a letter and queue it for some of a customer's people, and return how many are new.

    Under one key each address gets one, ever.
    """
    with transaction():
        fresh = operations.queue(
            kind=letter.kind,
            recipients=[Recipient(name=contact.name, email=contact.email) for contact in people],
            customer_id=customer_id,
            about=about,
            unique_key=unique_key,
            content=render(letter.kind, letter),
            at=at,
            attached=attached,
        )
    return len(fresh)


@contextmanager
def in_language_of(customer: dict[str, Any]) -> Iterator[None]:
    """This function will have words, such as those of methods, written in the language of the customer's mails."""
    with translation.override(customer["language"] or settings.LANGUAGE_CODE):
        yield


def money(minor: int, currency: str) -> Money:
    """This function will return an amount of minor units as a letter takes it."""
    return Money(minor, parse_currency(currency))


def bank_lines() -> tuple[BankLine, ...]:
    """This function will say where to transfer to, in the language of the moment; nothing when that is not offered."""
    account = bank_account()
    if account is None:
        return ()
    lines = [
        (_("Account holder"), account.holder),
        (_("IBAN"), account.iban),
        (_("BIC"), account.bic),
        (_("Bank"), account.bank),
    ]
    return tuple(BankLine(label=label, value=value) for label, value in lines if value)
