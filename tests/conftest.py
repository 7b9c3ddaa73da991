"""Fixtures that every test may ask for, and the nets that are held under every test with a database."""

import gc
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import hypothesis
import pytest

from tests.databases import OPTIONS, Databases, disconnect, django_at, renewal
from tests.plugin import HOME, PROJECT

T = TypeVar("T")
_DATABASE_FIXTURES = {"db", "transactional_db", "live_server"}


@pytest.fixture(scope="session")
def databases(django_test_environment: None) -> Iterator[Databases]:
    """The server of the tests, started for the first test that asks."""
    if url := os.environ.get("DATABASE_URL"):
        yield Databases(url)
        return
    from tallystick.foundation.database.embedded import running

    with running(HOME, extra_options=OPTIONS) as server:
        yield Databases(server.conninfo)


@pytest.fixture(scope="session")
def django_db_setup(databases: Databases, django_db_blocker: Any) -> Iterator[None]:
    """Django's database of this process, in the place of what pytest-django would migrate at every start."""
    with django_db_blocker.unblock():
        name = databases.create()
        with django_at(databases.conninfo_of(name)), renewal(databases, name):
            yield
        databases.drop(name)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One browser for all tests of a file; what a test does in it ends with the context that it opens.

    One for the whole process kept the loop that drives it and the threads of every file's server until the end, and
    Python died of that once.
    """
    from tests.browsers import launched

    with launched() as running:
        yield running


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what drives a browser, before tests are chosen by their marks, and puts the files of it last, of those the
    largest first, so that both workers end together.
    """
    for item in items:
        if "browser" in getattr(item, "fixturenames", ()):
            item.add_marker("browser")
    driving = {item.path: -item.path.stat().st_size for item in items if item.get_closest_marker("browser")}
    items.sort(key=lambda item: (item.path in driving, driving.get(item.path, 0)))


def pytest_collection_finish() -> None:
    """Has the collector of garbage leave out what stays until the end, and look less often at what may not."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Lets go of a connection whose database was renewed meanwhile.

    While a browser is driven, an event loop runs in this thread and Django keeps other connections for it: the one from
    before sleeps, and does not notice that its database is dropped.
    """
    from django.db import connection

    if connection.connection is not None and not connection.in_atomic_block and not connection.is_usable():
        connection.close()


# A property is tested on a machine that may be busy with other tests: how long one example takes says nothing.
hypothesis.settings.register_profile("tests", deadline=None)
# `HYPOTHESIS_PROFILE=thorough` asks a hundred times as much, for an hour when nobody waits.
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=10_000)
hypothesis.settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "tests"))


@pytest.fixture(autouse=True)
def fresh_settings(django_test_environment: None) -> Iterator[None]:
    """Settings are kept for two seconds, longer than a test: none may see another's."""
    from tallystick.foundation import settings_store

    settings_store.forget()
    yield
    settings_store.forget()


@pytest.fixture(autouse=True)
def books_balance(request: pytest.FixtureRequest) -> Iterator[None]:
    """After every test with a database, the deferred constraints hold and the books balance."""
    marked = request.node.get_closest_marker("django_db") is not None
    if not marked and not _DATABASE_FIXTURES & set(request.fixturenames):
        yield
        return
    # Asked for first, so that it is torn down after the checks.
    request.getfixturevalue("_django_db_helper")
    yield
    check_books()


@contextmanager
def given_back() -> Iterator[None]:
    """This function will undo what is done inside, as the transaction around a test does.

    As that one, it is none that waiting for the outside world would keep open.
    """
    from django.db import transaction

    around = transaction.atomic()
    vars(around)["_from_testcase"] = True
    with around:
        try:
            yield
        finally:
            transaction.set_rollback(True)


@contextmanager
def standing(django_db_blocker: Any, make: Callable[[], T]) -> Iterator[T]:
    """This function will lend what `make` makes in the database to all tests of a file, and undo it afterwards.

    For fixtures of a module: each test that rolls back undoes what it did itself, and no more.
    """
    around = given_back()
    with django_db_blocker.unblock():
        around.__enter__()
    try:
        with django_db_blocker.unblock():
            made = make()
        yield made
    finally:
        with django_db_blocker.unblock():
            around.__exit__(None, None, None)


def check_books() -> None:
    """This function will fail the test when a deferred constraint or the books are broken."""
    from django.db import connection

    from tallystick.reports.verify_books import verify_books

    if connection.in_atomic_block and connection.needs_rollback:
        return
    with connection.cursor() as cursor:
        # Django rolls tests back: without this no deferred constraint would ever be looked at.
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT tests.books_differ()")
        (differ,) = cursor.fetchone()
    if differ:
        pytest.fail("The books do not balance after this test:\n" + "\n".join(verify_books().failures))


@dataclass(frozen=True, kw_only=True)
class OwnDatabase:
    """A fresh, migrated database of one test, to which Django is connected; what the test commits stays in it."""

    url: str

    @property
    def environment(self) -> dict[str, str]:
        """This property will be the environment of a process that shall work with this database."""
        return {**process_environment(), "DATABASE_URL": self.url}


def process_environment() -> dict[str, str]:
    """This function will return the environment of a process that shall find our code and the tests' settings."""
    path = os.pathsep.join([str(PROJECT), str(PROJECT / "src")])
    return {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": path}


@pytest.fixture
def own_database(databases: Databases, django_db_blocker: Any) -> Iterator[OwnDatabase]:
    """A database of the test's own, for tests that kill processes, use many threads, or start the command."""
    with fresh_database(databases, django_db_blocker) as fresh:
        yield fresh
        check_books()


@contextmanager
def fresh_database(databases: Databases, django_db_blocker: Any) -> Iterator[OwnDatabase]:
    """This function will lend a fresh database, and drop it afterwards with whoever is still connected."""
    with django_db_blocker.unblock():
        name = databases.create()
        try:
            with django_at(databases.conninfo_of(name)):
                yield OwnDatabase(url=databases.conninfo_of(name))
        finally:
            disconnect()
            databases.drop(name)
