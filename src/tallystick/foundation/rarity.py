"""How many rows of a table fit a condition, as far as that can be said without looking for all of them."""

import json
from collections.abc import Sequence
from typing import Any, Final

from django.db import connection

from tallystick.foundation.words import parted

# From so many rows on a sample of about so many says which part of a table fits.
_LARGE: Final = 1_000_000
_SAMPLE: Final = 1000
# The beginning of a word that more than this part has is read row by row: the index would add up all its words.
_COMMON: Final = 0.01


def estimated(table: str, condition: str, values: Sequence[Any] = ()) -> int:
    """This function will return how many rows the planner thinks to fit. `table` may give it another name behind AS."""
    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN (FORMAT JSON) SELECT 1 FROM {table} WHERE {condition}", values)  # noqa: S608
        (plan,) = cursor.fetchone()
    found = json.loads(plan) if isinstance(plan, str) else plan
    return int(found[0]["Plan"]["Plan Rows"])


def by_words(table: str, words: str, query: str, *, most: int, among: str = "TRUE") -> tuple[str, list[Any]] | None:
    """This function will return the condition in SQL, with its values, that rows have all the words of a query
    (`words.words_query`); None when an index would read more than about `most` rows for it.

    `words` is the expression that the index is on, and `among` the condition that it is narrowed to. Of whole words the
    planner knows whether they are common, but not of how words begin: a common beginning is asked of the rows that have
    the others.
    """
    whole, growing = parted(query)
    fits = f"{among} AND {words} @@ lower(%s)::tsquery"
    if growing and _is_common(table, fits, growing, most=most):
        if not whole or estimated(table, fits, [whole]) > most:
            return None
        # So no index can serve it.
        return f"{fits} AND ({words} @@ lower(%s)::tsquery) IS TRUE", [whole, growing]
    return None if estimated(table, fits, [query]) > most else (fits, [query])


def _is_common(table: str, fits: str, growing: str, *, most: int) -> bool:
    return estimated(table, fits, [growing]) > most or _share(table, fits, [growing]) > _COMMON


def _share(table: str, condition: str, values: Sequence[Any]) -> float:
    """Which part of a sample of a large table fits; none of a smaller one, where any reading is quick."""
    rows = estimated(table, "TRUE")
    if rows < _LARGE:
        return 0.0
    sql = (
        f"SELECT count(*) FILTER (WHERE {condition}), count(*) FROM {table} "  # noqa: S608
        # The same pages each time, so that a search is not answered in one way now and in another later.
        "TABLESAMPLE SYSTEM (%s) REPEATABLE (0)"
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, [*values, 100 * _SAMPLE / rows])
        fitting, count = cursor.fetchone()
    return float(fitting / count) if count else 0.0
