"""Doing what is due: timers go off exactly once, in the transaction that does what they stand for."""

import sqlite3

from tallystick_sandbox import clock, disputes, outcomes, refunds, timers
from tallystick_sandbox.store import Store

ACTIONS = {
    timers.SETTLE: outcomes.settle,
    timers.DISPUTE: disputes.open_by_timer,
    timers.REFUND_SUCCEEDS: refunds.succeed,
    timers.REFUND_FAILS: refunds.fail,
}


def run(store: Store) -> int:
    """This function will do whatever is due, each in a transaction of its own, and return how many that were."""
    done = 0
    while _next(store.reading()):
        with store.writing() as db:
            timer = _next(db)
            if timer:
                db.execute("DELETE FROM timers WHERE id = ?", (timer["id"],))
                ACTIONS[timer["action"]](db, timer["subject"], timer["due"])
                done += 1
    return done


def _next(db: sqlite3.Connection) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute(
        "SELECT * FROM timers WHERE due <= ? ORDER BY due, id LIMIT 1", (clock.now(db),)
    ).fetchone()
    return row
