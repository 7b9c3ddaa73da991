"""Whether all books agree: everything is recomputed from the postings and compared with what the rooms say.

The list is "Always true" at the end of `docs/chart-of-accounts.md`, with the running balances and counters beside it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from django.db import connection
from django.db.backends.utils import CursorWrapper

from tallystick.foundation.transactions import snapshot

# Who wants to know how far it is: the statement that is checked, how many checks are done, and of how many.
Told: TypeAlias = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Check:
    """One statement about the books, how many things it was checked on, and those for which it does not hold."""

    statement: str
    counted: int
    failures: tuple[str, ...]


@dataclass(frozen=True)
class BooksReport:
    """All checks of one moment."""

    checks: tuple[Check, ...]

    @property
    def failures(self) -> list[str]:
        """Every failure as a sentence."""
        return [f"{check.statement}: {failure}" for check in self.checks for failure in check.failures]


# Each file of this folder is one check. Its first line is the statement; its query returns (name, expected, found) for
# everything that it checks, and a row whose two values differ is a failure.
_BOOKS: Final = Path(__file__).parent / "books"
_SHOWN: Final = 20
# Sums over everything are hashed and sorted: with the little memory of a page they would be written to disk and back.
_MEMORY: Final = "SET LOCAL work_mem = '64MB'"


def verify_books(told: Told = lambda _statement, _done, _parts: None) -> BooksReport:
    """This function will recompute everything from the postings, in one snapshot, and say what it checked.

    It tells how far it is before each check.
    """
    paths = sorted(_BOOKS.glob("*.sql"))
    # All checks must see the same moment, while payments go on.
    with snapshot(), connection.cursor() as cursor:
        cursor.execute(_MEMORY)
        checks = []
        for done, path in enumerate(paths):
            statement, query = path.read_text().split("\n", 1)
            statement = statement.removeprefix("-- ")
            told(statement, done, len(paths))
            checks.append(Check(statement, *_differences(cursor, query)))
        return BooksReport(tuple(checks))


def _differences(cursor: CursorWrapper, query: str) -> tuple[int, tuple[str, ...]]:
    """On how many things a statement was checked, and those for which it does not hold."""
    cursor.execute(_COUNTED.format(query=query))
    counted, differ = cursor.fetchone()
    if not differ:
        return counted, ()
    cursor.execute(_DIFFERENCES.format(query=query, shown=_SHOWN))
    return counted, tuple(f"{name}: expected {expected}, found {found}" for name, expected, found in cursor.fetchall())


# Counted as they come: ten million of them are not kept to be asked again, where all is well.
_COUNTED: Final = """
SELECT count(*), count(*) FILTER (WHERE expected IS DISTINCT FROM found)
FROM ({query}) AS checked (name, expected, found)
"""
_DIFFERENCES: Final = """
SELECT name, expected, found FROM ({query}) AS checked (name, expected, found)
WHERE expected IS DISTINCT FROM found LIMIT {shown}
"""
