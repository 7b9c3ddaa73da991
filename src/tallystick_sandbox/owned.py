"""Finding what belongs to a merchant. What belongs to another is as unknown as what does not exist."""

import sqlite3

from tallystick_sandbox.errors import ApiError

# The tables are named by this package alone, never by a request.
BY_ID = "SELECT * FROM {table} WHERE merchant = ? AND id = ?"
BY_REFERENCE = "SELECT * FROM {table} WHERE merchant = ? AND reference = ?"


def find(db: sqlite3.Connection, table: str, merchant: str, object_id: str) -> sqlite3.Row:
    """This function will return an object of a merchant; 404 where there is none."""
    row: sqlite3.Row | None = db.execute(BY_ID.format(table=table), (merchant, object_id)).fetchone()
    if row is None:
        raise ApiError(404, "not_found", f"There is no {table.removesuffix('s')} {object_id!r}.")
    return row


def find_same(
    db: sqlite3.Connection, table: str, merchant: str, *, reference: str, body_hash: str
) -> sqlite3.Row | None:
    """This function will return what was created under a reference with the same body; 409 with another body."""
    row: sqlite3.Row | None = db.execute(BY_REFERENCE.format(table=table), (merchant, reference)).fetchone()
    if row and row["body_hash"] != body_hash:
        raise ApiError(
            409,
            "reference_taken",
            f"{table.removesuffix('s').capitalize()} {row['id']} has this reference and other values.",
            "reference",
        )
    return row
