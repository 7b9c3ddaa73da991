"""Published tables and files that nobody of this project wrote. They are read where they lie, and never copied here."""

import csv
from pathlib import Path
from typing import Any

import pytest

from tests.plugin import PROJECT

FOLDER = PROJECT.parent / "shared" / "realdata"


def rows(name: str) -> list[dict[str, str]]:
    """This function will return the rows of a published table; none where the tables are not there."""
    path = FOLDER / "billing_tables" / name
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as opened:
        return list(csv.DictReader(opened))


def parametrised(name: str, *columns: str) -> Any:
    """This function will return a mark that runs a test for each row of a table, named by some of its columns."""
    found = rows(name)
    if not found:
        gone = pytest.mark.skip(reason=f"{Path('..') / 'shared' / 'realdata'} is not here")
        return pytest.mark.parametrize("row", [pytest.param({}, marks=gone)])
    return pytest.mark.parametrize(
        "row", [pytest.param(row, id="-".join(row[column] or "x" for column in columns)) for row in found]
    )
