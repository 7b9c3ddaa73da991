"""Whether all books agree: everything is recomputed from the postings and compared with what the rooms say.

The list is "Always true" at the end of `docs/chart-of-accounts.md`, with the running balances and counters beside it.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.db import connection
from django.db.backends.utils import CursorWrapper

from tallystick.foundation.transactions import snapshot


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


def verify_books() -> BooksReport:
    """This function will recompute everything from the postings, in one snapshot, and say what it checked."""
    # All checks must see the same moment, while payments go on.
    with snapshot(), connection.cursor() as cursor:
        return BooksReport(tuple(_check(cursor, path.read_text()) for path in sorted(_BOOKS.glob("*.sql"))))


def _check(cursor: CursorWrapper, text: str) -> Check:
    statement, query = text.split("\n", 1)
    cursor.execute(_DIFFERENCES.format(query=query, shown=_SHOWN))
    rows = cursor.fetchall()
    failures = tuple(f"{name}: expected {expected}, found {found}" for name, expected, found, _ in rows if name)
    return Check(statement.removeprefix("-- "), rows[0][3], failures)


# One row at least, so that the count comes also when nothing differs.
_DIFFERENCES: Final = """
WITH checked (name, expected, found) AS ({query})
SELECT name, expected, found, (SELECT count(*) FROM checked)
FROM (SELECT NULL) AS always LEFT JOIN checked ON expected IS DISTINCT FROM found
LIMIT {shown}
"""
