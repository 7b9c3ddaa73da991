"""What a hosted page is about, a payment or a setup, and what its customer may do with it."""

import sqlite3
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit, urlunsplit

from tallystick_sandbox import currencies, merchants, outcomes, setups
from tallystick_sandbox.cards import Card
from tallystick_sandbox.merchants import Merchant
from tallystick_sandbox.validation import origin_of


@dataclass(frozen=True)
class Visit:
    """A payment or setup that a customer looks at."""

    kind: str
    row: sqlite3.Row
    merchant: Merchant

    @property
    def waiting(self) -> bool:
        """This function will tell whether the customer may still do something."""
        return bool(self.row["status"] == "requires_action")

    @property
    def asked_by_bank(self) -> bool:
        """This function will tell whether the bank's question stands open."""
        return self.waiting and bool(self.row["challenge"])

    @property
    def amount_text(self) -> str | None:
        """This function will return the amount for people, or None where nothing is to be paid."""
        if self.kind == "setup":
            return None
        return currencies.amount_text(self.row["amount"], self.row["currency"])

    @property
    def return_origin(self) -> str | None:
        """This function will return the origin to which the customer goes back."""
        return origin_of(self.row["return_url"]) if self.row["return_url"] else None

    @property
    def return_url(self) -> str | None:
        """This function will return where the customer goes back to, with the id of what it was about."""
        if not self.row["return_url"]:
            return None
        parts = urlsplit(self.row["return_url"])
        query = "&".join(part for part in (parts.query, urlencode({self.kind: self.row["id"]})) if part)
        address: str = urlunsplit(parts._replace(query=query))
        return address


def by_checkout(db: sqlite3.Connection, checkout: str) -> Visit | None:
    """This function will return what a hosted page is about, by the id in its address."""
    return _visit(
        db,
        db.execute("SELECT * FROM payments WHERE checkout = ?", (checkout,)).fetchone(),
        db.execute("SELECT * FROM setups WHERE checkout = ?", (checkout,)).fetchone(),
    )


def by_id(db: sqlite3.Connection, object_id: str) -> Visit | None:
    """This function will return what embedded fields are about, by the id of the payment or setup."""
    return _visit(
        db,
        db.execute("SELECT * FROM payments WHERE id = ?", (object_id,)).fetchone(),
        db.execute("SELECT * FROM setups WHERE id = ?", (object_id,)).fetchone(),
    )


def _visit(db: sqlite3.Connection, payment: sqlite3.Row | None, setup: sqlite3.Row | None) -> Visit | None:
    row = payment or setup
    if row is None:
        return None
    return Visit("payment" if payment else "setup", row, merchants.by_id(db, row["merchant"]))


def pay(db: sqlite3.Connection, visit: Visit, card: Card) -> bool:
    """This function will charge or store the card that the customer typed and tell whether the answer must get lost.

    Raises:
        ConnectionCutError: the card stands for a connection that breaks before anything is done.
    """
    if visit.kind == "setup":
        setups.take_card(db, visit.row, card)
        return False
    return outcomes.charge(db, visit.row, card, stored=False)


def answer_bank(db: sqlite3.Connection, visit: Visit, *, approved: bool) -> None:
    """This function will take the customer's answer to the bank's question."""
    if visit.kind == "setup":
        (setups.approve if approved else setups.reject)(db, visit.row)
    elif approved:
        outcomes.complete(db, visit.row["id"])
    else:
        outcomes.reject(db, visit.row)


def give_up(db: sqlite3.Connection, visit: Visit) -> None:
    """This function will cancel what the customer does not want to go on with."""
    (setups.cancel if visit.kind == "setup" else outcomes.cancel)(db, visit.row)
