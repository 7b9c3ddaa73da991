"""The walls of the house that import-linter cannot see: sizes, writes in doors, names of jobs, foreign keys."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.apps import apps
from django.db import models
from procrastinate.contrib.django import app as queue

from tests.plugin import PROJECT

SOURCE = PROJECT / "src"
LONGEST_FILE = 400
LONGEST_FUNCTION = 70
# From the lowest room to the highest, as in .importlinter; a foreign key may point to its own room or a lower one.
ORDER = [
    "foundation",
    "customers",
    "ledger",
    "gateways",
    "catalog",
    "invoices",
    "payments",
    "allocations",
    "wallets",
    "banking",
    "subscriptions",
    "dunning",
    "correspondence",
    "reports",
]
FURNITURE = {"utils", "helpers", "managers", "signals", "exceptions"}
WRITES = {"save", "create", "bulk_create", "update", "bulk_update", "delete", "get_or_create", "update_or_create"}


def modules(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "migrations" not in path.parts)


def names(paths: Iterator[Path]) -> list[str]:
    return [str(path.relative_to(SOURCE)) for path in paths]


def test_no_file_is_too_long() -> None:
    long = (path for path in modules(SOURCE) if len(path.read_text().splitlines()) > LONGEST_FILE)
    assert names(long) == []


def test_no_function_is_too_long() -> None:
    long = [
        f"{path.relative_to(SOURCE)}: {node.name}"
        for path in modules(SOURCE)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        and (node.end_lineno or node.lineno) - node.lineno >= LONGEST_FUNCTION
    ]
    assert long == []


def test_no_room_has_a_drawer_for_everything() -> None:
    assert names(path for path in modules(SOURCE) if path.stem in FURNITURE) == []


def test_a_rooms_init_is_its_docstring_alone() -> None:
    full = (
        path
        for path in (SOURCE / "tallystick" / room / "__init__.py" for room in ORDER)
        if path.exists() and len(ast.parse(path.read_text()).body) != 1
    )
    assert names(full) == []


def test_doors_do_not_write() -> None:
    writing = [
        f"{path.relative_to(SOURCE)}:{node.lineno}"
        for path in modules(SOURCE / "tallystick" / "interfaces")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and _writes_rows(node)
    ]
    assert writing == []


def _writes_rows(call: ast.Call) -> bool:
    """This function will tell whether the call is `….objects.create(…)` and the like, or saves or deletes a thing."""
    function = call.func
    if not isinstance(function, ast.Attribute) or function.attr not in WRITES:
        return False
    if function.attr in {"save", "delete"}:
        return True
    return any(isinstance(node, ast.Attribute) and node.attr == "objects" for node in ast.walk(function.value))


def test_an_error_that_says_an_amount_names_its_currency() -> None:
    """This function will look at every sentence of an error: an amount in it can be written for people (house.md)."""
    silent = []
    for path in modules(SOURCE / "tallystick"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef):
                continue
            fields = {ast.unparse(each.target) for each in node.body if isinstance(each, ast.AnnAssign)}
            if "sentence" in fields and "_minor}" in ast.unparse(node) and "currency" not in fields:
                silent.append(f"{path.relative_to(SOURCE)}: {node.name}")
    assert silent == []


def _constants() -> Iterator[tuple[str, str]]:
    """This function will return the names and texts of all constants of all modules."""
    for path in modules(SOURCE / "tallystick"):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, (ast.Assign, ast.AnnAssign)) and isinstance(node.value, ast.Constant):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    if isinstance(target, ast.Name) and isinstance(node.value.value, str):
                        yield target.id, node.value.value


def _deferred() -> Iterator[tuple[Path, str]]:
    """This function will return where jobs are deferred, and their names; one that cannot be read counts as unknown."""
    constants = dict(_constants())
    for path in modules(SOURCE / "tallystick"):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call) or _last_name(node.func) != "defer" or not node.args:
                continue
            match node.args[0]:
                case ast.Constant(value=str(name)):
                    yield path, name
                case other:
                    yield path, constants.get(_last_name(other), ast.unparse(other))


def _last_name(node: ast.expr) -> str:
    match node:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return str(name)
        case _:
            return ""


def test_every_job_that_is_deferred_exists() -> None:
    queue.perform_import_paths()  # type: ignore[no-untyped-call]
    missing = [f"{path.relative_to(SOURCE)}: {name}" for path, name in _deferred() if name not in queue.tasks]
    assert missing == []


@pytest.mark.parametrize("room", ORDER)
def test_foreign_keys_point_down_and_protect(room: str) -> None:
    if not apps.is_installed(f"tallystick.{room}"):
        pytest.skip(f"{room} has no tables yet")
    wrong = []
    for model in apps.get_app_config(room).get_models():
        for field in model._meta.get_fields():
            if not isinstance(field, models.ForeignKey):
                continue
            target = field.related_model._meta.app_label
            if target in ORDER and ORDER.index(target) > ORDER.index(room):
                wrong.append(f"{model.__name__}.{field.name} points up to {target}")
            if field.remote_field.on_delete is not models.PROTECT and not model._meta.auto_created:
                wrong.append(f"{model.__name__}.{field.name} does not protect")
    assert wrong == []
