"""What the mail to staff says when a customer is stopped from trying cards."""

from dataclasses import dataclass
from typing import ClassVar

from tallystick.correspondence.contents import Kind, Letter


@dataclass(frozen=True, kw_only=True)
class CardTriesStopped(Letter):
    """Too many new cards of a customer did not work: for some minutes none is taken. The link leads to the customer."""

    kind: ClassVar[Kind] = Kind.CARD_TRIES_STOPPED

    customer_name: str
    minutes: int
    customer_url: str
