"""Disputes: the customer takes the money back through the bank, until one side wins.

An inquiry only asks; when it is escalated the money is withdrawn from the merchant, and a fee is charged.
"""

import sqlite3

from tallystick_sandbox import book, clock, events, outcomes, owned, store
from tallystick_sandbox.errors import ApiError
from tallystick_sandbox.store import next_version

FEE = 1500  # minor units of the payment's currency, for each dispute
EVIDENCE_SECONDS = 7 * 24 * 60 * 60  # how long the merchant may send evidence
OUTCOMES = ("won", "lost")


def open_by_timer(db: sqlite3.Connection, payment_id: str, _due: int) -> None:
    """This function will open the dispute that a test card stands for, unless there is one already."""
    payment = outcomes.payment_row(db, payment_id)
    if not db.execute("SELECT 1 FROM disputes WHERE payment = ?", (payment_id,)).fetchone():
        _open(db, payment, amount=payment["amount"], inquiry=False)


def open_by_merchant(
    db: sqlite3.Connection, merchant: str, payment_id: str, *, amount: int | None = None, inquiry: bool = False
) -> sqlite3.Row:
    """This function will open a dispute about a payment, the whole amount unless said; there is one at most."""
    payment = owned.find(db, "payments", merchant, payment_id)
    if payment["status"] != "succeeded":
        raise ApiError(409, "wrong_state", f"Payment {payment_id} is {payment['status']}; nothing was received.")
    if db.execute("SELECT 1 FROM disputes WHERE payment = ?", (payment_id,)).fetchone():
        raise ApiError(409, "already_disputed", f"There is a dispute about payment {payment_id} already.")
    if amount is not None and amount > payment["amount"]:
        raise ApiError(422, "amount_too_large", f"Payment {payment_id} is about {payment['amount']}.", "amount")
    return _open(db, payment, amount=amount or payment["amount"], inquiry=inquiry)


def _open(db: sqlite3.Connection, payment: sqlite3.Row, *, amount: int, inquiry: bool) -> sqlite3.Row:
    dispute_id, now = store.new_id("sdsp"), clock.now(db)
    db.execute(
        "INSERT INTO disputes (id, merchant, payment, status, amount, currency, reason, created, updated, version,"
        " funds_withdrawn, evidence_due) VALUES (?, ?, ?, 'open', ?, ?, 'fraudulent', ?, ?, ?, 0, ?)",
        (
            dispute_id,
            payment["merchant"],
            payment["id"],
            amount,
            payment["currency"],
            now,
            now,
            next_version(db),
            now + EVIDENCE_SECONDS * clock.SECOND,
        ),
    )
    if inquiry:
        return _announce(db, dispute_id, "inquiry")
    return _withdraw(db, dispute_id)


def escalate(db: sqlite3.Connection, merchant: str, dispute_id: str) -> sqlite3.Row:
    """This function will turn an inquiry into a dispute: the money is withdrawn, with the fee."""
    dispute = owned.find(db, "disputes", merchant, dispute_id)
    if dispute["status"] != "open" or dispute["funds_withdrawn"]:
        raise ApiError(409, "wrong_state", f"Dispute {dispute_id} is no open inquiry.")
    return _withdraw(db, dispute_id)


def _withdraw(db: sqlite3.Connection, dispute_id: str) -> sqlite3.Row:
    db.execute(
        "UPDATE disputes SET funds_withdrawn = 1, fee = ?, updated = ?, version = ? WHERE id = ?",
        (FEE, clock.now(db), next_version(db), dispute_id),
    )
    dispute = dispute_row(db, dispute_id)
    _mark(db, dispute["payment"], disputed=True)
    _book(db, dispute, -dispute["amount"])
    _book(db, dispute, -FEE)
    return _announce(db, dispute_id, "opened")


def close(
    db: sqlite3.Connection, merchant: str, dispute_id: str, outcome: str, *, returns_fee: bool = False
) -> sqlite3.Row:
    """This function will decide an open dispute: `won` gives the merchant the money back, `lost` does not.

    The fee comes back when a won one returns it. An inquiry cannot be lost: nothing was withdrawn.
    """
    dispute = owned.find(db, "disputes", merchant, dispute_id)
    withdrawn = bool(dispute["funds_withdrawn"])
    if dispute["status"] != "open" or (outcome == "lost" and not withdrawn):
        raise ApiError(409, "wrong_state", f"Dispute {dispute_id} is {_status(dispute)}.")
    returned = returns_fee and outcome == "won" and dispute["fee"] > 0
    db.execute(
        "UPDATE disputes SET status = ?, fee_returned = ?, updated = ?, version = ? WHERE id = ?",
        (outcome, returned, clock.now(db), next_version(db), dispute_id),
    )
    if outcome == "won" and withdrawn:
        _mark(db, dispute["payment"], disputed=False)
        _book(db, dispute, dispute["amount"])
    if returned:
        _book(db, dispute, dispute["fee"])
    return _announce(db, dispute_id, outcome)


def decide(db: sqlite3.Connection, dispute_id: str, outcome: str) -> None:
    """This function will do what was chosen on the page of disputes: `won`, `lost` or `escalate`, while it is open.

    Whoever chooses later than somebody else changes nothing.
    """
    dispute = db.execute("SELECT * FROM disputes WHERE id = ? AND status = 'open'", (dispute_id,)).fetchone()
    if dispute is None:
        return
    if outcome in OUTCOMES and (outcome == "won" or dispute["funds_withdrawn"]):
        close(db, dispute["merchant"], dispute_id, outcome)
    elif outcome == "escalate" and not dispute["funds_withdrawn"]:
        _withdraw(db, dispute_id)


def open_ones(db: sqlite3.Connection) -> list[sqlite3.Row]:
    """This function will return the disputes that wait for a decision, with their merchants' names, oldest first."""
    return db.execute(
        "SELECT disputes.*, merchants.name AS merchant_name FROM disputes JOIN merchants"
        " ON merchants.id = disputes.merchant WHERE status = 'open' ORDER BY disputes.created, disputes.id LIMIT 200"
    ).fetchall()


def dispute_row(db: sqlite3.Connection, dispute_id: str) -> sqlite3.Row:
    """This function will return a dispute that is known to exist."""
    row: sqlite3.Row = db.execute("SELECT * FROM disputes WHERE id = ?", (dispute_id,)).fetchone()
    return row


def _mark(db: sqlite3.Connection, payment_id: str, *, disputed: bool) -> None:
    db.execute("UPDATE payments SET disputed = ? WHERE id = ?", (disputed, payment_id))
    outcomes.touch(db, payment_id)


def _book(db: sqlite3.Connection, dispute: sqlite3.Row, amount: int) -> None:
    book.enter(
        db,
        merchant=dispute["merchant"],
        currency=dispute["currency"],
        amount=amount,
        kind="dispute",
        source=dispute["id"],
    )


def _announce(db: sqlite3.Connection, dispute_id: str, what: str) -> sqlite3.Row:
    row = dispute_row(db, dispute_id)
    webhooks = outcomes.behaviour_of(outcomes.payment_row(db, row["payment"])).webhooks
    events.emit(db, merchant=row["merchant"], type_=f"dispute.{what}", subject=dispute_json(row), webhooks=webhooks)
    return row


def _status(row: sqlite3.Row) -> str:
    """An open dispute for which nothing was withdrawn is an inquiry."""
    return "inquiry" if row["status"] == "open" and not row["funds_withdrawn"] else str(row["status"])


def dispute_json(row: sqlite3.Row) -> dict[str, object]:
    """This function will return a dispute as the API and the webhooks show it."""
    return {
        "id": row["id"],
        "object": "dispute",
        "status": _status(row),
        "payment": row["payment"],
        "amount": row["amount"],
        "currency": row["currency"],
        "reason": row["reason"],
        "funds_withdrawn": bool(row["funds_withdrawn"]),
        "fee": {"amount": row["fee"], "currency": row["currency"]} if row["fee"] else None,
        "fee_returned": bool(row["fee_returned"]),
        "evidence_due": clock.moment_text(row["evidence_due"]) if row["evidence_due"] else None,
        "created": clock.moment_text(row["created"]),
        "updated": clock.moment_text(row["updated"]),
        "livemode": False,
    }
