"""`docs/coverage.md`: each row is there once, and every screen, call and test that it names exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest
from django.urls import URLPattern, URLResolver, get_resolver

from tallystick.interfaces.api.urls import api
from tests.plugin import PROJECT
from tests.realdata import FOLDER

COVERAGE = PROJECT / "docs" / "coverage.md"
CHECKLIST = FOLDER.parent / "mission" / "checklist.md"
LAST = {"A": 18, "B": 17, "C": 15, "D": 11, "E": 43}
# Rows that the plan itself splits.
SPLIT = {"E32": ("E32a", "E32b"), "E38": ("E38a", "E38b", "E38c", "E38d", "E38e")}
HEADINGS = ("row", "what", "screen", "call", "shown by")


def expected_rows() -> list[str]:
    plain = [f"{letter}{number}" for letter, last in LAST.items() for number in range(1, last + 1)]
    return [row for name in plain for row in SPLIT.get(name, (name,))]


def rows() -> Iterator[list[str]]:
    for line in COVERAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("|") and re.fullmatch(r"[A-E]\d+[a-z]?", cells[0]):
            yield cells


ROWS = list(rows())


# What a customer does, on a phone.
ON_A_PHONE = [
    *("A9", "A15", "A16"),
    *(f"B{number}" for number in range(2, 18)),
    *(f"C{number}" for number in range(1, 16)),
    *("E12", "E13", "E14", "E20", "E21", "E22", "E32a", "E32b", "E38b", "E38e", "E40"),
]


def quoted(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_row_stands_there_once_and_in_order() -> None:
    assert [cells[0] for cells in ROWS] == expected_rows()


def test_the_rows_are_those_of_the_plan() -> None:
    if not CHECKLIST.exists():
        pytest.skip("the plan is not beside the project")
    planned = re.findall(r"^\| ([A-E]\d+[a-z]?) \|", CHECKLIST.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert planned == expected_rows()


@pytest.mark.parametrize("cells", ROWS, ids=[cells[0] for cells in ROWS])
def test_a_row_is_shown_by_a_test_or_says_why_not(cells: list[str]) -> None:
    assert len(cells) == len(HEADINGS)
    shown = cells[4]
    tests = [name for name in quoted(shown) if "::" in name]
    assert tests or re.match(r"(Context|Not yet): .+\.$", shown)
    missing = [name for name in tests if name not in known_tests()]
    assert not missing


@pytest.mark.parametrize("row", ON_A_PHONE)
def test_what_a_customer_does_is_shown_on_a_phone(row: str) -> None:
    [shown] = [cells[4] for cells in ROWS if cells[0] == row]
    assert set(quoted(shown)) & phone_tests() or re.match("Context|Not yet", shown)


@pytest.mark.parametrize("cells", ROWS, ids=[cells[0] for cells in ROWS])
def test_screens_and_calls_exist(cells: list[str]) -> None:
    assert [screen for screen in quoted(cells[2]) if screen not in screens()] == []
    assert [call for call in quoted(cells[3]) if call not in calls()] == []


@cache
def known_tests() -> dict[str, set[str]]:
    """This function will return every test with the fixtures that it asks for."""
    found = {}
    for path in (PROJECT / "tests").rglob("test_*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        file = path.relative_to(PROJECT / "tests").as_posix()
        found |= {f"{file}::{name}": fixtures for name, fixtures in _tests_in(tree.body)}
    return found


@cache
def phone_tests() -> set[str]:
    """This function will return the tests of the portal that drive a browser as wide as a phone, by their fixtures."""
    return {
        name
        for name, arguments in known_tests().items()
        if name.startswith("portal/") and arguments & {"hand", "phone"}
    }


def _tests_in(body: list[ast.stmt]) -> Iterator[tuple[str, set[str]]]:
    for node in body:
        if isinstance(node, ast.ClassDef):
            yield from ((f"{node.name}::{name}", fixtures) for name, fixtures in _tests_in(node.body))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
            yield node.name, {each.arg for each in [*node.args.args, *node.args.kwonlyargs]}


@cache
def screens() -> set[str]:
    return {f"/{path}" for path in _paths(get_resolver().url_patterns)}


def _paths(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[str]:
    for pattern in patterns:
        path = before + re.sub(r"<[^>]+>", "{id}", str(pattern.pattern))
        if isinstance(pattern, URLResolver):
            yield from _paths(pattern.url_patterns, path)
        else:
            yield path


@cache
def calls() -> set[str]:
    found = set()
    for path, acts in api.get_openapi_schema()["paths"].items():
        found |= {f"{method.upper()} {re.sub(r'{[^}]+}', '{id}', path)}" for method in acts}
    return found
