"""The store: one SQLite file in WAL mode, written by one transaction at a time.

Every write begins with `BEGIN IMMEDIATE`, so writers queue up and a check made inside a transaction still holds when
the transaction writes. What must never be wrong is a constraint all the same.
"""

import secrets
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path

BUSY_SECONDS = 20
# Columns that stores of earlier versions lack: table, column, and how it is declared.
LATER_COLUMNS = (
    ("disputes", "funds_withdrawn", "INTEGER NOT NULL DEFAULT 1"),
    ("disputes", "fee", "INTEGER NOT NULL DEFAULT 0"),
    ("disputes", "fee_returned", "INTEGER NOT NULL DEFAULT 0"),
    ("disputes", "evidence_due", "INTEGER"),
)


class Store:
    """The file of a sandbox. Each thread has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        connection = self._connect()
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(files(__package__).joinpath("schema.sql").read_text())
        _add_later_columns(connection)
        connection.close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=BUSY_SECONDS, isolation_level=None)
        connection.row_factory = sqlite3.Row
        connection.execute("PRAGMA foreign_keys = ON")
        # In WAL mode this keeps every commit through a killed process; only a power cut may lose the last ones.
        connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def reading(self) -> sqlite3.Connection:
        """This function will return this thread's connection, for single reads outside a transaction."""
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._local.connection = self._connect()
        return connection

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """This function will give a transaction that commits at the end and rolls back on any exception."""
        connection = self.reading()
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
        except BaseException:
            connection.execute("ROLLBACK")
            raise
        connection.execute("COMMIT")

    def recover(self) -> None:
        """This function will let go what a killed service held: its sender's lease and requests in flight."""
        with self.writing() as db:
            db.execute("DELETE FROM leases")
            db.execute("DELETE FROM idempotency WHERE status IS NULL")
        self.reading().close()
        del self._local.connection


def _add_later_columns(connection: sqlite3.Connection) -> None:
    for table, column, declared in LATER_COLUMNS:
        known = connection.execute("SELECT 1 FROM pragma_table_info(?) WHERE name = ?", (table, column)).fetchone()
        if not known:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column} {declared}")


def new_id(prefix: str) -> str:
    """This function will return a new random id such as `spay_1f…`, impossible to guess."""
    return f"{prefix}_{secrets.token_hex(12)}"


def next_version(db: sqlite3.Connection) -> int:
    """This function will return the next number of change; lists by time of update page by it and miss nothing."""
    version: int = db.execute("UPDATE versions SET value = value + 1 RETURNING value").fetchone()[0]
    return version
