"""What becomes of a payment: its states, and how the behaviour of a card moves it through them."""

import json
import sqlite3

from tallystick_sandbox import book, clock, currencies, events, timers, tokens
from tallystick_sandbox.cards import (
    BEHAVIOURS,
    DISPUTE_SECONDS,
    FAILURES,
    SETTLE_SECONDS,
    Behaviour,
    Card,
    Challenge,
    Connection,
    Webhooks,
)
from tallystick_sandbox.errors import ApiError, ConnectionCutError
from tallystick_sandbox.store import next_version

# A failed or cancelled payment may still succeed late, as banks do report days after.
TRANSITIONS = {
    "requires_action": {"processing", "succeeded", "failed", "cancelled"},
    "processing": {"succeeded", "failed"},
    "failed": {"succeeded"},
    "cancelled": {"succeeded"},
    "succeeded": set[str](),
}


def payment_row(db: sqlite3.Connection, payment_id: str) -> sqlite3.Row:
    """This function will return a payment that is known to exist."""
    row: sqlite3.Row = db.execute("SELECT * FROM payments WHERE id = ?", (payment_id,)).fetchone()
    return row


def payment_json(row: sqlite3.Row) -> dict[str, object]:
    """This function will return a payment as the API and the webhooks show it."""
    waiting = row["status"] == "requires_action"
    return {
        "id": row["id"],
        "object": "payment",
        "status": row["status"],
        "amount": row["amount"],
        "currency": row["currency"],
        "reference": row["reference"],
        "description": row["description"],
        "customer_reference": row["customer_reference"],
        "return_url": row["return_url"],
        "off_session": bool(row["off_session"]),
        "save_card": bool(row["save_card"]),
        "checkout_url": f"{row['base_url']}/pay/{row['checkout']}" if waiting else None,
        "fields_url": f"{row['base_url']}/fields/{row['id']}" if waiting else None,
        "failure_code": row["failure_code"],
        "failure_message": row["failure_message"],
        "fee": None if row["fee"] is None else {"amount": row["fee"], "currency": row["currency"]},
        "card": tokens.card_json(row),
        "token": row["token"],
        "amount_refunded": row["amount_refunded"],
        "disputed": bool(row["disputed"]),
        "metadata": json.loads(row["metadata"]),
        "created": clock.moment_text(row["created"]),
        "updated": clock.moment_text(row["updated"]),
        "livemode": False,
    }


def behaviour_of(row: sqlite3.Row) -> Behaviour:
    """This function will return how the card on a row behaves; without a card, as a plain success."""
    return BEHAVIOURS[row["behaviour"] or "success"]


def charge(db: sqlite3.Connection, payment: sqlite3.Row, card: Card, *, stored: bool) -> bool:
    """This function will charge a card for a payment that awaits it and tell whether the answer must get lost.

    The bank may have to ask its customer first; then the payment stays `requires_action`.

    Raises:
        ConnectionCutError: the card stands for a connection that breaks before anything is done.
    """
    behaviour = BEHAVIOURS[card.behaviour]
    if behaviour.connection is Connection.CUT_BEFORE:
        raise ConnectionCutError
    asking = Challenge.OFF_SESSION if stored and payment["off_session"] else Challenge.ON_SESSION
    db.execute(
        "UPDATE payments SET brand = ?, last4 = ?, exp_month = ?, exp_year = ?, behaviour = ?, challenge = ?,"
        " updated = ?, version = ? WHERE id = ?",
        (
            *tokens.card_columns(card),
            behaviour.challenge is asking,
            clock.now(db),
            next_version(db),
            payment["id"],
        ),
    )
    if behaviour.challenge is not asking:
        complete(db, payment["id"])
    return behaviour.connection is Connection.CUT_AFTER


def complete(db: sqlite3.Connection, payment_id: str) -> None:
    """This function will let the card on a payment do what it stands for, once the bank has no question left."""
    payment = payment_row(db, payment_id)
    card, behaviour = tokens.card_of(payment), behaviour_of(payment)
    now = clock.now(db)
    if card.expired_at(now):
        fail(db, payment, "expired_card")
    elif behaviour.processing:
        _move(db, payment, "processing")
        timers.start(db, action=timers.SETTLE, subject=payment_id, due=now + SETTLE_SECONDS * clock.SECOND)
    elif behaviour.failure:
        fail(db, payment, behaviour.failure)
    else:
        succeed(db, payment, now)


def settle(db: sqlite3.Connection, payment_id: str, due: int) -> None:
    """This function will end the processing of a payment."""
    payment = payment_row(db, payment_id)
    failure = behaviour_of(payment).failure
    if failure:
        fail(db, payment, failure)
    else:
        succeed(db, payment, due)


def succeed(db: sqlite3.Connection, payment: sqlite3.Row, due: int) -> None:
    """This function will complete a payment: fee, token where the card is to be saved, balance, event."""
    fee = currencies.fee_for(payment["amount"], payment["currency"])
    token = payment["token"]
    if payment["save_card"] and not token and payment["brand"]:
        token = tokens.keep(
            db,
            merchant=payment["merchant"],
            customer_reference=payment["customer_reference"],
            card=tokens.card_of(payment),
        )
    book.enter(
        db,
        merchant=payment["merchant"],
        currency=payment["currency"],
        amount=payment["amount"] - fee,
        kind="payment",
        source=payment["id"],
    )
    if behaviour_of(payment).disputed:
        timers.start(db, action=timers.DISPUTE, subject=payment["id"], due=due + DISPUTE_SECONDS * clock.SECOND)
    _move(db, payment, "succeeded", fee=fee, token=token)


def fail(db: sqlite3.Connection, payment: sqlite3.Row, code: str) -> None:
    """This function will end a payment without money, for a stated reason."""
    _move(db, payment, "failed", failure_code=code, token=payment["token"])


def cancel(db: sqlite3.Connection, payment: sqlite3.Row) -> None:
    """This function will withdraw a payment that still waits for its customer."""
    _move(db, payment, "cancelled")


def reject(db: sqlite3.Connection, payment: sqlite3.Row) -> None:
    """This function will take the customer's no to the bank's question."""
    fail(db, payment, "authentication_failed")


def _move(
    db: sqlite3.Connection,
    payment: sqlite3.Row,
    status: str,
    *,
    failure_code: str | None = None,
    fee: int | None = None,
    token: str | None = None,
) -> None:
    if status not in TRANSITIONS[payment["status"]]:
        raise ApiError(409, "wrong_state", f"Payment {payment['id']} is {payment['status']}, not to become {status}.")
    db.execute(
        "UPDATE payments SET status = ?, failure_code = ?, failure_message = ?, fee = ?, token = coalesce(?, token),"
        " challenge = 0, updated = ?, version = ? WHERE id = ?",
        (
            status,
            failure_code,
            FAILURES[failure_code] if failure_code else None,
            fee,
            token,
            clock.now(db),
            next_version(db),
            payment["id"],
        ),
    )
    announce(db, f"payment.{status}", payment["id"])


def announce(db: sqlite3.Connection, type_: str, payment_id: str) -> None:
    """This function will emit an event about a payment as it stands now."""
    payment = payment_row(db, payment_id)
    webhooks: Webhooks = behaviour_of(payment).webhooks
    events.emit(db, merchant=payment["merchant"], type_=type_, subject=payment_json(payment), webhooks=webhooks)


def touch(db: sqlite3.Connection, payment_id: str) -> None:
    """This function will note that a payment has changed, so that lists by time of update show it again."""
    db.execute(
        "UPDATE payments SET updated = ?, version = ? WHERE id = ?", (clock.now(db), next_version(db), payment_id)
    )
