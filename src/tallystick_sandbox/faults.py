"""Faults that a merchant orders for its own tests. Each is used up after the stated number of times."""

import sqlite3

ANSWER_LATE = "answer_late"
ANSWER_429 = "answer_429"
ANSWER_500 = "answer_500"
CUT_BEFORE = "cut_before"
CUT_AFTER = "cut_after"
WRONG_AMOUNT = "wrong_amount"
DUPLICATE_WEBHOOKS = "duplicate_webhooks"
HOLD_WEBHOOKS = "hold_webhooks"
REORDER_WEBHOOKS = "reorder_webhooks"

ON_ANSWERS = (ANSWER_LATE, ANSWER_429, ANSWER_500, CUT_BEFORE, CUT_AFTER, WRONG_AMOUNT)
ON_WEBHOOKS = (DUPLICATE_WEBHOOKS, HOLD_WEBHOOKS, REORDER_WEBHOOKS)
KINDS = ON_ANSWERS + ON_WEBHOOKS


def add(
    db: sqlite3.Connection, merchant: str, *, kind: str, times: int | None, method: str | None, seconds: int | None
) -> None:
    """This function will order a fault: for so many times, or until cleared where `times` is None."""
    db.execute(
        "INSERT INTO faults (merchant, kind, remaining, method, seconds) VALUES (?, ?, ?, ?, ?)",
        (merchant, kind, times, method, seconds),
    )


def take(db: sqlite3.Connection, merchant: str, kind: str) -> bool:
    """This function will tell whether a fault of this kind is ordered, and use it up once."""
    return _use(db, db.execute("SELECT * FROM faults WHERE merchant = ? AND kind = ?", (merchant, kind)).fetchone())


def take_for_answer(db: sqlite3.Connection, merchant: str, method: str) -> dict[str, float]:
    """This function will use up every fault that strikes an API call with this method: kind and seconds of each."""
    rows = db.execute(
        "SELECT * FROM faults WHERE merchant = ? AND coalesce(method, ?) = ? ORDER BY id DESC",
        (merchant, method, method),
    ).fetchall()
    struck = {row["kind"]: row for row in rows if row["kind"] in ON_ANSWERS}
    return {kind: row["seconds"] or 0 for kind, row in struck.items() if _use(db, row)}


def _use(db: sqlite3.Connection, row: sqlite3.Row | None) -> bool:
    if row is None:
        return False
    if row["remaining"] is not None:
        db.execute("UPDATE faults SET remaining = remaining - 1 WHERE id = ?", (row["id"],))
        db.execute("DELETE FROM faults WHERE id = ? AND remaining = 0", (row["id"],))
    return True


def clear(db: sqlite3.Connection, merchant: str) -> None:
    """This function will end every fault of a merchant."""
    db.execute("DELETE FROM faults WHERE merchant = ?", (merchant,))


def listed(db: sqlite3.Connection, merchant: str) -> list[dict[str, object]]:
    """This function will return the faults that are ordered and not yet used up."""
    rows = db.execute("SELECT * FROM faults WHERE merchant = ? ORDER BY id", (merchant,))
    return [
        {"kind": row["kind"], "times": row["remaining"], "method": row["method"], "seconds": row["seconds"]}
        for row in rows
    ]
