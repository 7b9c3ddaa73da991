"""How a statement about payments is read: its columns, and its rows as columns by name."""

from collections.abc import Sequence
from typing import Any, TypeAlias

from django.db import connection

from tallystick.payments.orders import Key

Row: TypeAlias = dict[str, Any]


def selected(fields: Sequence[str], keys: Sequence[Key]) -> str:
    """This function will return the columns of a list, and beside them what its order needs."""
    more = [f"{key.sql} AS {key.name}" for key in keys if key.name.startswith("sort_")]
    return ", ".join([*(f"p.{field}" for field in fields), *more])


def read(sql: Sequence[str], values: Sequence[Any]) -> list[Row]:
    """This function will run a statement, planned for these very values, and return its rows as columns by name."""
    with connection.cursor() as cursor:
        cursor.execute(" ".join(sql), values)
        names = [column.name for column in cursor.description or ()]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
