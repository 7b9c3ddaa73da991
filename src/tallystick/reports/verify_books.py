"""Whether all books agree: everything is recomputed from the postings and compared with what the rooms say.

The list is "Always true" at the end of `docs/chart-of-accounts.md`, with the running balances and counters beside it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Final, TypeAlias

from django.db import connection
from django.db.backends.utils import CursorWrapper

from tallystick.foundation.months import months_after
from tallystick.foundation.rows import fetch_one
from tallystick.foundation.transactions import snapshot

# Who wants to know how far it is: the statement that is checked, how many parts are done, and of how many.
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
# everything that it checks, and a row whose two values differ is a failure. Those in the folder inside are asked month
# by month, from the day `first` up to the day before `next`.
_BOOKS: Final = Path(__file__).parent / "books"
_SHOWN: Final = 20
_MONTHS: Final = """
SELECT date_trunc('month', least((SELECT min(effective_date) FROM ledger_journalentry),
                                 (SELECT min(day) FROM ledger_accountday),
                                 (SELECT min(month) FROM ledger_customermonth)))::date AS first,
       greatest((SELECT max(effective_date) FROM ledger_journalentry), (SELECT max(day) FROM ledger_accountday),
                (SELECT max(month) FROM ledger_customermonth)) AS last
"""


def verify_books(told: Told = lambda _statement, _done, _parts: None) -> BooksReport:
    """This function will recompute everything from the postings, in one snapshot, and say what it checked.

    It tells how far it is before each part: a check, or one month of a check.
    """
    # All checks must see the same moment, while payments go on.
    with snapshot(), connection.cursor() as cursor:
        months = list(_months())
        parts: list[tuple[Path, dict[str, Any] | None]] = [(path, None) for path in sorted(_BOOKS.glob("*.sql"))]
        by_month = sorted((_BOOKS / "by_month").glob("*.sql"))
        parts += [(path, {"first": first, "next": after}) for path in by_month for first, after in months]
        found: dict[Path, Check] = {}
        for done, (path, values) in enumerate(parts):
            statement, query = path.read_text().split("\n", 1)
            statement = statement.removeprefix("-- ")
            told(statement, done, len(parts))
            before = found.get(path, Check(statement, 0, ()))
            counted, failures = _differences(cursor, query, values)
            found[path] = Check(statement, before.counted + counted, (before.failures + failures)[:_SHOWN])
        return BooksReport(tuple(found.values()))


def _months() -> Iterator[tuple[date, date]]:
    """The first day of each month in which anything was posted, or says so, with that of the next one."""
    row = fetch_one(_MONTHS, [])
    first = row["first"] if row else None
    while row and first and first <= row["last"]:
        after = months_after(first, 1, day=1)
        yield first, after
        first = after


def _differences(cursor: CursorWrapper, query: str, values: dict[str, Any] | None) -> tuple[int, tuple[str, ...]]:
    """On how many things a statement was checked, and those for which it does not hold."""
    cursor.execute(_DIFFERENCES.format(query=query, shown=_SHOWN), values)
    rows = cursor.fetchall()
    return rows[0][3], tuple(f"{name}: expected {expected}, found {found}" for name, expected, found, _ in rows if name)


# One row at least, so that the count comes also when nothing differs.
_DIFFERENCES: Final = """
WITH checked (name, expected, found) AS ({query})
SELECT name, expected, found, (SELECT count(*) FROM checked)
FROM (SELECT NULL) AS always LEFT JOIN checked ON expected IS DISTINCT FROM found
LIMIT {shown}
"""
