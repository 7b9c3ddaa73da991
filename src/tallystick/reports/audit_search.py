"""What a search in the audit means in other rooms: the customers whose name or number is typed, and their history."""

from typing import Final
from uuid import UUID

from tallystick.customers import queries as customers
from tallystick.foundation import trail

# How many customers a text may stand for.
_MOST: Final = 100
# Of these kinds there are few, so that everybody's name is looked at; of contacts there may be a great many.
_FEW: Final = ("staff", "api_key", "gateway", "system")


def named(text: str) -> tuple[UUID, ...]:
    """This function will return the customers that a text names; none for no text."""
    text = text.replace("\0", "").strip()
    return customers.named(text, limit=_MOST) if text else ()


def actors_called(text: str) -> tuple[tuple[tuple[str, str], ...], bool]:
    """This function will return who is called so and may have done something, and whether there are more: by a part of
    the name, of a contact by the beginning of the name or address.
    """
    text = text.replace("\0", "").strip()
    contacts = customers.contacts_called(text, limit=trail.MOST_ACTORS + 1)
    found = [*trail.actors_named(text, _FEW), *(("contact", str(each)) for each in contacts)]
    return tuple(found[: trail.MOST_ACTORS]), len(found) > trail.MOST_ACTORS
