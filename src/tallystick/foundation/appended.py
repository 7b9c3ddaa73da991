"""Tables that are only appended to, and read in the order of their ids by whoever adds them up."""

import psycopg.errors
from django.db import OperationalError, connection

from tallystick.foundation.rows import fetch_one
from tallystick.foundation.transactions import needs_transaction, savepoint


@needs_transaction
def settled_id(table: str) -> int | None:
    """This function will return the highest id of a table, 0 of an empty one, when no lower id can come any more.

    Ids are given out before their rows are committed. Whoever gets the lock knows that nobody is between the two. It is
    given up sooner than the server would stop its own upkeep of the table for it, and whoever writes waits no longer:
    then it is None, and to be asked for again later. Nobody writes until the transaction ends, so end it.
    """
    try:
        with savepoint(), connection.cursor() as cursor:
            cursor.execute(
                f"SET LOCAL lock_timeout = '900ms'; LOCK TABLE {table} IN SHARE MODE; SET LOCAL lock_timeout = DEFAULT"
            )
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            return None
        raise
    row = fetch_one(f"SELECT coalesce(max(id), 0) AS id FROM {table}", [])  # noqa: S608 - a table of ours
    return int(row["id"]) if row else None
