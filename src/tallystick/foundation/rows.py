"""Rows of hot reads, by hand-written SQL: the ORM would spend ten times the query's own time on composing it anew."""

import json
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection
from psycopg import postgres

# Django leaves JSON columns as text, for its own fields to read.
_JSON: Final = postgres.types["jsonb"].oid


def fetch(sql: str, parameters: Sequence[Any]) -> list[dict[str, Any]]:
    """This function will run a query with placeholders and return its rows as columns by name."""
    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        columns = cursor.description
        rows = [dict(zip((column.name for column in columns), row, strict=True)) for row in cursor.fetchall()]
    for name in (column.name for column in columns if column.type_code == _JSON):
        for row in rows:
            row[name] = None if row[name] is None else json.loads(row[name])
    return rows


def fetch_one(sql: str, parameters: Sequence[Any]) -> dict[str, Any] | None:
    """This function will run a query with placeholders and return its first row, or None."""
    found = fetch(sql, parameters)
    return found[0] if found else None
