"""Refunds: never above what was received; some are pending for a while, some fail later."""

import sqlite3

from tallystick_sandbox import book, clock, events, outcomes, owned, store, timers
from tallystick_sandbox.cards import REFUND_SECONDS, Refunds
from tallystick_sandbox.errors import ApiError
from tallystick_sandbox.store import next_version


def create(
    db: sqlite3.Connection,
    *,
    merchant: str,
    payment_id: str,
    amount: int,
    reference: str,
    reason: str | None,
    body_hash: str,
) -> tuple[sqlite3.Row, bool]:
    """This function will refund an amount of a payment and tell whether that is new.

    The same reference with the same body returns the refund that exists. Pending refunds count as given back.
    """
    known = owned.find_same(db, "refunds", merchant, reference=reference, body_hash=body_hash)
    if known:
        return known, False
    payment = owned.find(db, "payments", merchant, payment_id)
    if payment["status"] != "succeeded":
        raise ApiError(409, "wrong_state", f"Payment {payment_id} is {payment['status']}; nothing was received.")
    if payment["disputed"]:
        raise ApiError(409, "payment_disputed", f"Payment {payment_id} is disputed; it cannot be refunded.")
    left = payment["amount"] - payment["amount_refunded"]
    if amount > left:
        raise ApiError(422, "amount_too_large", f"{left} of payment {payment_id} are left to refund.", "amount")
    refund_id, now = store.new_id("sref"), clock.now(db)
    db.execute(
        "INSERT INTO refunds (id, merchant, payment, reference, body_hash, status, amount, currency, reason, created,"
        " updated, version) VALUES (?, ?, ?, ?, ?, 'pending', ?, ?, ?, ?, ?, ?)",
        (
            refund_id,
            merchant,
            payment_id,
            reference,
            body_hash,
            amount,
            payment["currency"],
            reason,
            now,
            now,
            next_version(db),
        ),
    )
    _give_back(db, refund_row(db, refund_id), amount)
    behaviour = outcomes.behaviour_of(payment)
    due = now + REFUND_SECONDS * clock.SECOND
    if behaviour.refunds is Refunds.PENDING:
        timers.start(db, action=timers.REFUND_SUCCEEDS, subject=refund_id, due=due)
    else:
        succeed(db, refund_id, now)
    if behaviour.refunds is Refunds.FAIL_LATER:
        timers.start(db, action=timers.REFUND_FAILS, subject=refund_id, due=due)
    return refund_row(db, refund_id), True


def _give_back(db: sqlite3.Connection, refund: sqlite3.Row, amount: int) -> None:
    db.execute("UPDATE payments SET amount_refunded = amount_refunded + ? WHERE id = ?", (amount, refund["payment"]))
    outcomes.touch(db, refund["payment"])
    book.enter(
        db,
        merchant=refund["merchant"],
        currency=refund["currency"],
        amount=-amount,
        kind="refund",
        source=refund["id"],
    )


def succeed(db: sqlite3.Connection, refund_id: str, _due: int) -> None:
    """This function will note that the money arrived."""
    _end(db, refund_id, "succeeded", None)


def fail(db: sqlite3.Connection, refund_id: str, _due: int) -> None:
    """This function will note that the bank sent the money back: it is the merchant's again."""
    refund = refund_row(db, refund_id)
    _give_back(db, refund, -refund["amount"])
    _end(db, refund_id, "failed", "refund_failed")


def _end(db: sqlite3.Connection, refund_id: str, status: str, failure_code: str | None) -> None:
    message = "The bank could not credit the card and sent the money back." if failure_code else None
    db.execute(
        "UPDATE refunds SET status = ?, failure_code = ?, failure_message = ?, updated = ?, version = ? WHERE id = ?",
        (status, failure_code, message, clock.now(db), next_version(db), refund_id),
    )
    refund = refund_row(db, refund_id)
    webhooks = outcomes.behaviour_of(outcomes.payment_row(db, refund["payment"])).webhooks
    events.emit(
        db, merchant=refund["merchant"], type_=f"refund.{status}", subject=refund_json(refund), webhooks=webhooks
    )


def refund_row(db: sqlite3.Connection, refund_id: str) -> sqlite3.Row:
    """This function will return a refund that is known to exist."""
    row: sqlite3.Row = db.execute("SELECT * FROM refunds WHERE id = ?", (refund_id,)).fetchone()
    return row


def refund_json(row: sqlite3.Row) -> dict[str, object]:
    """This function will return a refund as the API and the webhooks show it."""
    return {
        "id": row["id"],
        "object": "refund",
        "status": row["status"],
        "payment": row["payment"],
        "amount": row["amount"],
        "currency": row["currency"],
        "reference": row["reference"],
        "reason": row["reason"],
        "failure_code": row["failure_code"],
        "failure_message": row["failure_message"],
        "created": clock.moment_text(row["created"]),
        "updated": clock.moment_text(row["updated"]),
        "livemode": False,
    }
