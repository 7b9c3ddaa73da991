"""What a search in the audit means in other rooms: the things whose name or number is typed, for all their history."""

from typing import Final
from uuid import UUID

from tallystick.customers import queries as customers
from tallystick.foundation import trail
from tallystick.invoices import searching as invoices
from tallystick.payments import queries as payments
from tallystick.subscriptions import queries as subscriptions

# How many customers, or invoices, a text may stand for.
_MOST: Final = 100
# Of these kinds there are few, so that everybody's name is looked at; of contacts there may be a great many.
_FEW: Final = ("staff", "api_key", "gateway", "system")


def named(text: str) -> tuple[UUID, ...]:
    """This function will return the things that a text names; none for no text.

    A customer is named by words of its name or by its number, an invoice by the beginning of its number, a payment by
    its receipt's number and a subscription by its own.
    """
    text = text.replace("\0", "").strip()
    if not text:
        return ()
    numbered = (payments.of_receipt(text), subscriptions.numbered(text))
    return (
        *customers.named(text, limit=_MOST),
        *invoices.numbered(text, limit=_MOST),
        *(each for each in numbered if each is not None),
    )


def actors_called(text: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """This function will return who is called so and may have done something, and whether there are more: by a part of
    the name, of a contact by the beginning of the name or address.
    """
    text = text.replace("\0", "").strip()
    contacts = customers.contacts_called(text, limit=trail.MOST_ACTORS + 1)
    found = [*trail.actors_named(text, _FEW), *(("contact", str(each)) for each in contacts)]
    return tuple(found[: trail.MOST_ACTORS]), len(found) > trail.MOST_ACTORS
