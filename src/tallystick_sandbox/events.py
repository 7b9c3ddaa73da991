"""Events and their deliveries: the outbox, written in the transaction of the fact."""

import json
import sqlite3
from typing import Any

from tallystick_sandbox import clock, faults, store
from tallystick_sandbox.cards import LATE_WEBHOOK_SECONDS, Webhooks

HELD_BY_FAULT = "fault"


def emit(
    db: sqlite3.Connection,
    *,
    merchant: str,
    type_: str,
    subject: dict[str, Any],
    webhooks: Webhooks = Webhooks.PROMPT,
) -> None:
    """This function will record an event about an object and queue its webhook, as the card and the faults want."""
    now = clock.now(db)
    event_id = store.new_id("evt")
    body = {
        "id": event_id,
        "type": type_,
        "created": clock.moment_text(now),
        "livemode": False,
        "merchant": merchant,
        "data": {"object": subject},
    }
    db.execute(
        "INSERT INTO events (id, merchant, type, body) VALUES (?, ?, ?, ?)",
        (event_id, merchant, type_, json.dumps(body, ensure_ascii=False)),
    )
    if not db.execute("SELECT webhook_url FROM merchants WHERE id = ?", (merchant,)).fetchone()[0]:
        return
    due = now + (LATE_WEBHOOK_SECONDS * clock.SECOND if webhooks is Webhooks.LATE else 0)
    # One millisecond after the event that releases it: the sender goes by what is due first.
    db.execute(
        "UPDATE deliveries SET state = 'pending', held_for = NULL, due = ? WHERE state = 'held' AND held_for IN (?, ?)",
        (due + 1, subject["id"], merchant),
    )
    held_for = None
    if faults.take(db, merchant, faults.HOLD_WEBHOOKS):
        held_for = HELD_BY_FAULT
    elif faults.take(db, merchant, faults.REORDER_WEBHOOKS):
        held_for = merchant
    elif webhooks is Webhooks.OUT_OF_ORDER and type_ == "payment.processing":
        held_for = subject["id"]
    twice = faults.take(db, merchant, faults.DUPLICATE_WEBHOOKS) or webhooks is Webhooks.TWICE
    for _ in range(2 if twice else 1):
        queue(db, merchant=merchant, event_id=event_id, due=due, held_for=held_for)


def queue(db: sqlite3.Connection, *, merchant: str, event_id: str, due: int, held_for: str | None = None) -> None:
    """This function will queue one delivery of an event."""
    state = "held" if held_for else "pending"
    db.execute(
        "INSERT INTO deliveries (event, merchant, state, held_for, due) VALUES (?, ?, ?, ?, ?)",
        (event_id, merchant, state, held_for, due),
    )


def release_held(db: sqlite3.Connection, merchant: str) -> None:
    """This function will let go the webhooks that a fault of this merchant holds."""
    db.execute(
        "UPDATE deliveries SET state = 'pending', held_for = NULL, due = ?"
        " WHERE state = 'held' AND merchant = ? AND held_for IN (?, ?)",
        (clock.now(db), merchant, HELD_BY_FAULT, merchant),
    )


def deliveries_json(db: sqlite3.Connection, event_id: str) -> list[dict[str, object]]:
    """This function will return how the deliveries of an event stand."""
    rows = db.execute("SELECT * FROM deliveries WHERE event = ? ORDER BY id", (event_id,))
    return [
        {
            "state": row["state"],
            "attempts": row["attempts"],
            "due": clock.moment_text(row["due"]),
            "last_answer": row["last_answer"],
        }
        for row in rows
    ]
