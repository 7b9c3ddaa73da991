"""Hot statements, by hand-written SQL that the server prepares once for each connection.

The ORM would spend ten times the query's own time on composing it anew, and the server as long on planning it anew.
Only for statements whose best plan does not depend on the values, such as reads and writes of one row by its key.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cache
from typing import Any, Final, TypeVar
from uuid import UUID

import orjson
import psycopg
from django.db import DEFAULT_DB_ALIAS, connections
from django.db.backends.utils import CursorWrapper
from django.db.models import Model
from psycopg import postgres
from psycopg.adapt import Dumper
from psycopg.pq import Format

M = TypeVar("M", bound=Model)

# Django leaves JSON columns as text, for its own fields to read.
_JSON: Final = postgres.types["jsonb"].oid

# The names of each statement's columns, and where there is JSON: psycopg would describe them anew every time.
_shapes: Final[dict[str, tuple[list[str], list[int]]]] = {}


@contextmanager
def prepared() -> Iterator[CursorWrapper]:
    """This function will give a cursor of Django's connection that sends values apart from the statement.

    So the server can keep the statement's plan (Django's own cursors write the values into the text). A statement is
    prepared when it comes often (`prepare_threshold` of the settings); several statements at once are refused.
    """
    # The wrapper itself: each look through `connection` would find it anew.
    database = connections[DEFAULT_DB_ALIAS]
    database.ensure_connection()
    cursor: Any = psycopg.Cursor(database.connection)
    with (database.make_debug_cursor if database.queries_logged else database.make_cursor)(cursor) as wrapped:
        yield wrapped


def execute(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> int:
    """This function will run a statement with placeholders and return how many rows it touched."""
    with prepared() as cursor:
        cursor.execute(sql, parameters)
        touched: int = cursor.rowcount
    return touched


def copy_in(table: str, names: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """This function will write many rows of a table in one go (COPY): triggers and constraints hold as for an INSERT.

    Values have the types of their columns; that of a JSON column is its text.
    """
    columns = ", ".join(names)
    # Django would let the driver's own errors through.
    with prepared() as cursor, connections[DEFAULT_DB_ALIAS].wrap_database_errors:
        driver: psycopg.Cursor[Any] = cursor.cursor
        driver.execute(f"SELECT {columns} FROM {table} LIMIT 0")  # noqa: S608 - our own tables
        types = [column.type_code for column in driver.description or ()]
        driver.adapters.register_dumper(None, _JsonText)
        # In binary with known types a row takes the driver half of the time.
        with driver.copy(f"COPY {table} ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(types)
            for row in rows:
                copy.write_row(row)


class _JsonText(Dumper):
    """Sends JSON that is text already; before it stands the version of the binary form."""

    format = Format.BINARY
    oid = _JSON

    def dump(self, obj: str) -> bytes:
        return b"\x01" + obj.encode()


def fetch(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> list[dict[str, Any]]:
    """This function will run a query with placeholders and return its rows as columns by name."""
    names, rows = _read(sql, parameters)
    return [dict(zip(names, row, strict=True)) for row in rows]


def fetch_one(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> dict[str, Any] | None:
    """This function will run a query with placeholders and return its first row, or None."""
    found = fetch(sql, parameters)
    return found[0] if found else None


def fetch_for(sql: str, ids: Iterable[UUID]) -> list[dict[str, Any]]:
    """This function will run a query for some ids (`= ANY(%s)`, each once), and none at all for no ids."""
    wanted = list(set(ids))
    return fetch(sql, [wanted]) if wanted else []


@cache
def columns(model: type[Model]) -> str:
    """This function will return a model's columns, for a query that `instances` runs."""
    return ", ".join(str(field.column) for field in model._meta.concrete_fields)  # noqa: SLF001 - the documented API


def instances(model: type[M], sql: str, parameters: Sequence[Any]) -> list[M]:
    """This function will run a query for a model's own columns (`columns`) and return its rows as instances."""
    names, rows = _read(sql, parameters)
    return [model.from_db(DEFAULT_DB_ALIAS, names, row) for row in rows]


def _read(sql: str, parameters: Sequence[Any] | Mapping[str, Any]) -> tuple[list[str], Sequence[Sequence[Any]]]:
    with prepared() as cursor:
        cursor.execute(sql, parameters)
        # All of it is here: nothing of Django's wrapper is needed any more.
        found = cursor.cursor.fetchall()
        shape = _shapes.get(sql)
        if shape is None:
            shape = _shapes[sql] = _shape(cursor)
    names, texts = shape
    return names, [_with_json(row, texts) for row in found] if texts else found


def _shape(cursor: CursorWrapper) -> tuple[list[str], list[int]]:
    described = cursor.description
    texts = [place for place, column in enumerate(described) if column.type_code == _JSON]
    return [column.name for column in described], texts


def _with_json(row: Sequence[Any], texts: Sequence[int]) -> Sequence[Any]:
    read = list(row)
    for place in texts:
        read[place] = None if read[place] is None else orjson.loads(read[place])
    return read
