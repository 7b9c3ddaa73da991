"""Disputes: the customer takes the money back through the bank, until one side wins."""

import sqlite3

from tallystick_sandbox import book, clock, events, outcomes, owned, store
from tallystick_sandbox.errors import ApiError
from tallystick_sandbox.store import next_version


def open_by_timer(db: sqlite3.Connection, payment_id: str, _due: int) -> None:
    """This function will open the dispute that a test card stands for, unless there is one already."""
    payment = outcomes.payment_row(db, payment_id)
    if not db.execute("SELECT 1 FROM disputes WHERE payment = ?", (payment_id,)).fetchone():
        _open(db, payment)


def open_by_merchant(db: sqlite3.Connection, merchant: str, payment_id: str) -> sqlite3.Row:
    """This function will open a dispute about the whole amount of a payment; there is one at most."""
    payment = owned.find(db, "payments", merchant, payment_id)
    if payment["status"] != "succeeded":
        raise ApiError(409, "wrong_state", f"Payment {payment_id} is {payment['status']}; nothing was received.")
    if db.execute("SELECT 1 FROM disputes WHERE payment = ?", (payment_id,)).fetchone():
        raise ApiError(409, "already_disputed", f"There is a dispute about payment {payment_id} already.")
    return _open(db, payment)


def _open(db: sqlite3.Connection, payment: sqlite3.Row) -> sqlite3.Row:
    dispute_id, now = store.new_id("sdsp"), clock.now(db)
    db.execute(
        "INSERT INTO disputes VALUES (?, ?, ?, 'open', ?, ?, 'fraudulent', ?, ?, ?)",
        (
            dispute_id,
            payment["merchant"],
            payment["id"],
            payment["amount"],
            payment["currency"],
            now,
            now,
            next_version(db),
        ),
    )
    _mark(db, payment["id"], disputed=True)
    _book(db, payment, -payment["amount"], dispute_id)
    return _announce(db, dispute_id, "opened")


def close(db: sqlite3.Connection, merchant: str, dispute_id: str, outcome: str) -> sqlite3.Row:
    """This function will decide an open dispute: `won` gives the merchant the money back, `lost` does not."""
    dispute = owned.find(db, "disputes", merchant, dispute_id)
    if dispute["status"] != "open":
        raise ApiError(409, "wrong_state", f"Dispute {dispute_id} is {dispute['status']} already.")
    db.execute(
        "UPDATE disputes SET status = ?, updated = ?, version = ? WHERE id = ?",
        (outcome, clock.now(db), next_version(db), dispute_id),
    )
    if outcome == "won":
        _mark(db, dispute["payment"], disputed=False)
        _book(db, outcomes.payment_row(db, dispute["payment"]), dispute["amount"], dispute_id)
    return _announce(db, dispute_id, outcome)


def _mark(db: sqlite3.Connection, payment_id: str, *, disputed: bool) -> None:
    db.execute("UPDATE payments SET disputed = ? WHERE id = ?", (disputed, payment_id))
    outcomes.touch(db, payment_id)


def _book(db: sqlite3.Connection, payment: sqlite3.Row, amount: int, dispute_id: str) -> None:
    book.enter(
        db,
        merchant=payment["merchant"],
        currency=payment["currency"],
        amount=amount,
        kind="dispute",
        source=dispute_id,
    )


def _announce(db: sqlite3.Connection, dispute_id: str, what: str) -> sqlite3.Row:
    row: sqlite3.Row = db.execute("SELECT * FROM disputes WHERE id = ?", (dispute_id,)).fetchone()
    webhooks = outcomes.behaviour_of(outcomes.payment_row(db, row["payment"])).webhooks
    events.emit(db, merchant=row["merchant"], type_=f"dispute.{what}", subject=dispute_json(row), webhooks=webhooks)
    return row


def dispute_json(row: sqlite3.Row) -> dict[str, object]:
    """This function will return a dispute as the API and the webhooks show it."""
    return {
        "id": row["id"],
        "object": "dispute",
        "status": row["status"],
        "payment": row["payment"],
        "amount": row["amount"],
        "currency": row["currency"],
        "reason": row["reason"],
        "created": clock.moment_text(row["created"]),
        "updated": clock.moment_text(row["updated"]),
        "livemode": False,
    }
