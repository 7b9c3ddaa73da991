"""The book of what the sandbox holds for each merchant: entries are only ever added."""

import sqlite3

from tallystick_sandbox import clock

PAYOUT_DELAY_SECONDS = 2 * 24 * 60 * 60  # received money becomes available after two days


def enter(db: sqlite3.Connection, *, merchant: str, currency: str, amount: int, kind: str, source: str) -> None:
    """This function will add an entry in minor units: received net of the fee, or taken out again below zero."""
    now = clock.now(db)
    available_at = now + PAYOUT_DELAY_SECONDS * clock.SECOND if kind == "payment" else now
    db.execute(
        "INSERT INTO balance_entries (merchant, currency, amount, kind, source, available_at)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (merchant, currency, amount, kind, source, available_at),
    )


def balance_json(db: sqlite3.Connection, merchant: str) -> dict[str, object]:
    """This function will return what is available and what is pending, per currency in minor units."""
    rows = db.execute(
        "SELECT currency, sum(CASE WHEN available_at <= ?1 THEN amount ELSE 0 END) AS available,"
        " sum(CASE WHEN available_at > ?1 THEN amount ELSE 0 END) AS pending"
        " FROM balance_entries WHERE merchant = ?2 GROUP BY currency ORDER BY currency",
        (clock.now(db), merchant),
    ).fetchall()
    return {
        kind: [{"currency": row["currency"], "amount": row[kind]} for row in rows] for kind in ("available", "pending")
    } | {"livemode": False}
