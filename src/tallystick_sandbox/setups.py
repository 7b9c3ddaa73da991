"""Setups: storing a card without paying."""

import json
import sqlite3

from tallystick_sandbox import clock, events, owned, store, tokens
from tallystick_sandbox.cards import BEHAVIOURS, FAILURES, REFUSED_UNCHARGED, Card, Challenge
from tallystick_sandbox.errors import ApiError
from tallystick_sandbox.store import next_version


def create(
    db: sqlite3.Connection,
    *,
    merchant: str,
    reference: str,
    description: str | None,
    customer_reference: str | None,
    return_url: str,
    metadata: dict[str, str],
    body_hash: str,
    base_url: str,
) -> tuple[sqlite3.Row, bool]:
    """This function will prepare the storing of a card and tell whether that is new."""
    known = owned.find_same(db, "setups", merchant, reference=reference, body_hash=body_hash)
    if known:
        return known, False
    setup_id, now = store.new_id("sset"), clock.now(db)
    db.execute(
        "INSERT INTO setups (id, merchant, reference, body_hash, status, description, customer_reference, return_url,"
        " metadata, checkout, base_url, created, updated, version)"
        " VALUES (?, ?, ?, ?, 'requires_action', ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            setup_id,
            merchant,
            reference,
            body_hash,
            description,
            customer_reference,
            return_url,
            json.dumps(metadata),
            store.new_id("chk"),
            base_url,
            now,
            now,
            next_version(db),
        ),
    )
    return setup_row(db, setup_id), True


def take_card(db: sqlite3.Connection, setup: sqlite3.Row, card: Card) -> None:
    """This function will take the card of a setup.

    The bank may refuse it, or have to ask its customer before it is stored.
    """
    behaviour = BEHAVIOURS[card.behaviour]
    asks = behaviour.challenge is Challenge.ON_SESSION
    db.execute(
        "UPDATE setups SET brand = ?, last4 = ?, exp_month = ?, exp_year = ?, behaviour = ?, challenge = ?,"
        " updated = ?, version = ? WHERE id = ?",
        (*tokens.card_columns(card), asks, clock.now(db), next_version(db), setup["id"]),
    )
    row = setup_row(db, setup["id"])
    if behaviour.failure in REFUSED_UNCHARGED:
        _end(db, row, "failed", failure_code=behaviour.failure)
    elif not asks:
        approve(db, row)


def approve(db: sqlite3.Connection, setup: sqlite3.Row) -> None:
    """This function will store the card of a setup."""
    token = tokens.keep(
        db,
        merchant=setup["merchant"],
        customer_reference=setup["customer_reference"],
        card=tokens.card_of(setup),
    )
    _end(db, setup, "succeeded", token=token)


def reject(db: sqlite3.Connection, setup: sqlite3.Row) -> None:
    """This function will take the customer's no to the bank's question: nothing is stored."""
    _end(db, setup, "failed", failure_code="authentication_failed")


def cancel(db: sqlite3.Connection, setup: sqlite3.Row) -> None:
    """This function will end a setup that its customer gave up."""
    _end(db, setup, "cancelled")


def withdraw(db: sqlite3.Connection, merchant: str, setup_id: str) -> sqlite3.Row:
    """This function will withdraw a setup; one that is cancelled already stays as it is."""
    setup = owned.find(db, "setups", merchant, setup_id)
    if setup["status"] != "cancelled":
        cancel(db, setup)
    return setup_row(db, setup_id)


def _end(
    db: sqlite3.Connection,
    setup: sqlite3.Row,
    status: str,
    *,
    token: str | None = None,
    failure_code: str | None = None,
) -> None:
    if setup["status"] != "requires_action":
        raise ApiError(409, "wrong_state", f"Setup {setup['id']} is {setup['status']}, not to become {status}.")
    db.execute(
        "UPDATE setups SET status = ?, token = ?, failure_code = ?, failure_message = ?, challenge = 0, updated = ?,"
        " version = ? WHERE id = ?",
        (
            status,
            token,
            failure_code,
            FAILURES[failure_code] if failure_code else None,
            clock.now(db),
            next_version(db),
            setup["id"],
        ),
    )
    row = setup_row(db, setup["id"])
    events.emit(db, merchant=row["merchant"], type_=f"setup.{status}", subject=setup_json(row))


def setup_row(db: sqlite3.Connection, setup_id: str) -> sqlite3.Row:
    """This function will return a setup that is known to exist."""
    row: sqlite3.Row = db.execute("SELECT * FROM setups WHERE id = ?", (setup_id,)).fetchone()
    return row


def setup_json(row: sqlite3.Row) -> dict[str, object]:
    """This function will return a setup as the API and the webhooks show it."""
    waiting = row["status"] == "requires_action"
    return {
        "id": row["id"],
        "object": "setup",
        "status": row["status"],
        "reference": row["reference"],
        "description": row["description"],
        "customer_reference": row["customer_reference"],
        "return_url": row["return_url"],
        "checkout_url": f"{row['base_url']}/pay/{row['checkout']}" if waiting else None,
        "fields_url": f"{row['base_url']}/fields/{row['id']}" if waiting else None,
        "failure_code": row["failure_code"],
        "failure_message": row["failure_message"],
        "card": tokens.card_json(row),
        "token": row["token"],
        "metadata": json.loads(row["metadata"]),
        "created": clock.moment_text(row["created"]),
        "updated": clock.moment_text(row["updated"]),
        "livemode": False,
    }
