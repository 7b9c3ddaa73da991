"""Stored cards: a token stands for brand, last digits, expiry and behaviour, never for a number."""

import sqlite3
from typing import Any

from tallystick_sandbox import clock, owned, store
from tallystick_sandbox.cards import Card


def keep(db: sqlite3.Connection, *, merchant: str, customer_reference: str | None, card: Card) -> str:
    """This function will store a card for a merchant and return its token."""
    token = store.new_id("tok")
    db.execute(
        "INSERT INTO tokens (id, merchant, customer_reference, brand, last4, exp_month, exp_year, behaviour, created)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (token, merchant, customer_reference, *card_columns(card), clock.now(db)),
    )
    return token


def revoke(db: sqlite3.Connection, merchant: str, token: str) -> dict[str, object]:
    """This function will make a stored card unusable; a second time changes nothing."""
    owned.find(db, "tokens", merchant, token)
    db.execute("UPDATE tokens SET revoked = 1 WHERE id = ?", (token,))
    return token_json(owned.find(db, "tokens", merchant, token))


def behave(db: sqlite3.Connection, merchant: str, token: str, behaviour: str) -> dict[str, object]:
    """This function will give a stored card the behaviour of another test card."""
    owned.find(db, "tokens", merchant, token)
    db.execute("UPDATE tokens SET behaviour = ? WHERE id = ?", (behaviour, token))
    return token_json(owned.find(db, "tokens", merchant, token))


def card_columns(card: Card) -> tuple[str, str, int, int, str]:
    """This function will return what is kept of a card, in the order of the columns."""
    return card.brand, card.last4, card.exp_month, card.exp_year, card.behaviour


def card_of(row: sqlite3.Row) -> Card:
    """This function will return the card that a row keeps."""
    return Card(row["brand"], row["last4"], row["exp_month"], row["exp_year"], row["behaviour"])


def card_json(row: sqlite3.Row) -> dict[str, Any] | None:
    """This function will return brand, last4 and expiry of the card on a row, or None before there is one."""
    if row["brand"] is None:
        return None
    return {name: row[name] for name in ("brand", "last4", "exp_month", "exp_year")}


def token_json(row: sqlite3.Row) -> dict[str, object]:
    """This function will return a stored card as the API shows it."""
    return {
        "id": row["id"],
        "object": "token",
        "card": card_json(row),
        "customer_reference": row["customer_reference"],
        "revoked": bool(row["revoked"]),
        "created": clock.moment_text(row["created"]),
        "livemode": False,
    }
