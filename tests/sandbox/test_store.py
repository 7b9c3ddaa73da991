"""A store that an earlier version made goes on with what it lacks."""

import sqlite3
from pathlib import Path

from tallystick_sandbox import disputes
from tallystick_sandbox.store import LATER_COLUMNS, Store


def test_columns_that_came_later_are_added_once(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.sqlite3"
    Store(path)
    before = sqlite3.connect(path)
    for table, column, _ in LATER_COLUMNS:
        before.execute(f"ALTER TABLE {table} DROP COLUMN {column}")
    before.execute("PRAGMA foreign_keys = OFF")
    before.execute("INSERT INTO disputes VALUES ('sdsp_1', 'm', 'p', 'open', 1000, 'EUR', 'fraudulent', 1, 1, 1)")
    before.commit()
    before.close()

    for _ in range(2):
        store = Store(path)
    kept = disputes.dispute_json(disputes.dispute_row(store.reading(), "sdsp_1"))
    assert (kept["status"], kept["funds_withdrawn"], kept["fee"], kept["evidence_due"]) == ("open", True, None, None)
