"""What a merchant may ask about payments: create, read, cancel."""

import json
import sqlite3
from dataclasses import dataclass

from tallystick_sandbox import clock, outcomes, owned, store, tokens
from tallystick_sandbox.errors import ApiError
from tallystick_sandbox.store import next_version
from tallystick_sandbox.validation import Fields


@dataclass(frozen=True)
class Order:
    """What a merchant asks to be paid."""

    amount: int
    currency: str
    reference: str
    description: str | None
    customer_reference: str | None
    return_url: str | None
    token: str | None
    off_session: bool
    save_card: bool
    metadata: dict[str, str]


def read_order(fields: Fields) -> Order:
    """This function will read the body of a new payment, or refuse it."""
    order = Order(
        amount=fields.amount(),
        currency=fields.currency(),
        reference=fields.text("reference"),
        description=fields.optional_text("description", longest=500),
        customer_reference=fields.optional_text("customer_reference"),
        return_url=fields.optional_url("return_url"),
        token=fields.optional_text("token"),
        off_session=fields.flag("off_session"),
        save_card=fields.flag("save_card"),
        metadata=fields.metadata(),
    )
    fields.finish()
    if order.off_session and not order.token:
        raise ApiError(422, "missing_field", "off_session charges need the token of a stored card.", "token")
    if not order.token and not order.return_url:
        raise ApiError(422, "missing_field", "return_url is missing: where shall the customer return to?", "return_url")
    return order


def create(
    db: sqlite3.Connection, *, merchant: str, order: Order, body_hash: str, base_url: str
) -> tuple[sqlite3.Row, bool, bool]:
    """This function will create a payment and, with a token, charge the stored card.

    It returns the payment, whether it is new, and whether the answer must get lost. The same reference with the same
    body returns the payment that exists.
    """
    known = owned.find_same(db, "payments", merchant, reference=order.reference, body_hash=body_hash)
    if known:
        return known, False, False
    stored = _stored_card(db, merchant, order.token) if order.token else None
    payment_id, now = store.new_id("spay"), clock.now(db)
    db.execute(
        "INSERT INTO payments (id, merchant, reference, body_hash, status, amount, currency, description,"
        " customer_reference, return_url, off_session, save_card, metadata, token, checkout, base_url, created,"
        " updated, version) VALUES (?, ?, ?, ?, 'requires_action', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            payment_id,
            merchant,
            order.reference,
            body_hash,
            order.amount,
            order.currency,
            order.description,
            order.customer_reference,
            order.return_url,
            order.off_session,
            order.save_card,
            json.dumps(order.metadata),
            order.token,
            store.new_id("chk"),
            base_url,
            now,
            now,
            next_version(db),
        ),
    )
    lost = False
    if stored:
        payment = outcomes.payment_row(db, payment_id)
        if stored["revoked"]:
            outcomes.fail(db, payment, "token_revoked")
        else:
            lost = outcomes.charge(db, payment, tokens.card_of(stored), stored=True)
    return outcomes.payment_row(db, payment_id), True, lost


def _stored_card(db: sqlite3.Connection, merchant: str, token: str) -> sqlite3.Row:
    try:
        return owned.find(db, "tokens", merchant, token)
    except ApiError as error:
        raise ApiError(422, "unknown_token", error.message, "token") from None


def cancel(db: sqlite3.Connection, merchant: str, payment_id: str) -> sqlite3.Row:
    """This function will withdraw a payment; one that is cancelled already stays as it is."""
    payment = owned.find(db, "payments", merchant, payment_id)
    if payment["status"] != "cancelled":
        outcomes.cancel(db, payment)
    return outcomes.payment_row(db, payment_id)


def succeed_late(db: sqlite3.Connection, merchant: str, payment_id: str) -> sqlite3.Row:
    """This function will let a failed or cancelled payment succeed after all, as banks may report late."""
    payment = owned.find(db, "payments", merchant, payment_id)
    if payment["status"] not in {"failed", "cancelled"}:
        raise ApiError(409, "wrong_state", f"Payment {payment_id} is {payment['status']}; it cannot succeed late.")
    outcomes.succeed(db, payment, clock.now(db))
    return outcomes.payment_row(db, payment_id)
