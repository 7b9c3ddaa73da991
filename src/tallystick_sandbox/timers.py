"""What happens later by the service's own clock, queued in the transaction that causes it."""

import sqlite3

SETTLE = "settle"
DISPUTE = "dispute"
REFUND_SUCCEEDS = "refund_succeeds"
REFUND_FAILS = "refund_fails"


def start(db: sqlite3.Connection, *, action: str, subject: str, due: int) -> None:
    """This function will have an action done to an object at a moment of the service's clock."""
    db.execute("INSERT INTO timers (due, action, subject) VALUES (?, ?, ?)", (due, action, subject))
