"""The service's own clock: real time plus an offset that tests move, so that nobody waits.

Moments are milliseconds since 1970 in the store, and RFC 3339 in UTC outside.
"""

import sqlite3
import time
from datetime import UTC, datetime

SECOND = 1_000


def real_now() -> int:
    """This function will return the real time in milliseconds; signatures and leases go by it."""
    return time.time_ns() // 1_000_000


def now(db: sqlite3.Connection) -> int:
    """This function will return the service's time in milliseconds: real time plus the offset in the store."""
    offset: int = db.execute("SELECT offset_ms FROM clock").fetchone()[0]
    return real_now() + offset


def advance(db: sqlite3.Connection, *, seconds: int) -> None:
    """This function will move the service's clock forward by whole seconds."""
    db.execute("UPDATE clock SET offset_ms = offset_ms + ?", (seconds * SECOND,))


def moment_text(moment: int) -> str:
    """This function will return a moment as RFC 3339 in UTC with milliseconds, so that texts sort like times."""
    at = datetime.fromtimestamp(moment // 1_000, tz=UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{moment % 1_000:03d}Z"


def day_of(moment: int) -> datetime:
    """This function will return a moment as a datetime in UTC, to compare it with the expiry of cards."""
    return datetime.fromtimestamp(moment / 1_000, tz=UTC)
