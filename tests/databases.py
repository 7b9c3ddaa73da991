"""The databases of the tests: one embedded server, one migrated template, a copy of it for whoever needs one.

The server starts with the first test that needs a database, so the others do not wait for it. Each process of xdist
takes its own share in it, and the last to leave stops it. With `DATABASE_URL` that server is used instead; its role
must be allowed to create databases.
"""

import hashlib
import itertools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

# What a killed test run loses is a test run's.
OPTIONS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "jit": "off",
    # To start helpers takes longer than to read the small tables of a test.
    "max_parallel_workers_per_gather": "0",
    "max_connections": "300",
    "shared_buffers": "128MB",
    "autovacuum": "off",
    # The log may lie in memory.
    "max_wal_size": "128MB",
}
KEPT_TEMPLATES = 4
_LOCK = 7_264_001


class Databases:
    """Makes databases from the migrated template, and drops them."""

    def __init__(self, conninfo: str) -> None:
        self.conninfo = conninfo
        self._count = itertools.count()
        self._template: str | None = None

    def conninfo_of(self, name: str) -> str:
        return make_conninfo(self.conninfo, dbname=name)

    def create(self) -> str:
        """This function will return the name of a fresh, migrated database."""
        template = self.template()
        name = f"tallystick_test_{os.getpid()}_{next(self._count)}"
        with self._maintenance() as connection:
            _copy(connection, template, name)
        return name

    def renew(self, name: str) -> None:
        """This function will put a fresh copy of the template in the place of the database `name`."""
        template = self.template()
        with self._maintenance() as connection:
            _drop(connection, name)
            _copy(connection, template, name)

    def drop(self, name: str) -> None:
        with self._maintenance() as connection:
            _drop(connection, name)

    def template(self) -> str:
        """This function will return the name of the template that fits the migrations as they are now."""
        if self._template is None:
            name = f"tallystick_template_{_migrations_hash()}"
            with self._maintenance() as connection:
                # Several processes may get here at once; one migrates, the others wait.
                connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
                names = _names(connection)
                if name not in names:
                    self._make_template(connection, name)
                _clear(connection, names)
            self._template = name
        return self._template

    def _make_template(self, connection: psycopg.Connection[Any], name: str) -> None:
        from django.core.management import call_command

        fresh = f"{name}_new"
        _drop(connection, fresh)
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(fresh)))
        with django_at(self.conninfo_of(fresh)):
            call_command("migrate", verbosity=0, interactive=False)
            call_command("createcachetable", verbosity=0)
        with psycopg.connect(self.conninfo_of(fresh)) as migrated:
            migrated.execute(_books_differ())
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        connection.execute(rename.format(sql.Identifier(fresh), sql.Identifier(name)))

    @contextmanager
    def _maintenance(self) -> Iterator[psycopg.Connection[Any]]:
        with psycopg.connect(self.conninfo_of("postgres"), autocommit=True) as connection:
            yield connection


@contextmanager
def django_at(conninfo: str) -> Iterator[None]:
    """This function will connect Django, in every thread of this process, to another database for a while."""
    from django.db import connections

    # Every thread's connection shares this dictionary.
    settings = connections.settings["default"]
    parts = conninfo_to_dict(conninfo)
    known = {"NAME": "dbname", "USER": "user", "PASSWORD": "password", "HOST": "host", "PORT": "port"}
    before = {key: settings[key] for key in known}
    disconnect()
    settings.update({key: str(parts.get(part, "")) for key, part in known.items()})
    try:
        yield
    finally:
        disconnect()
        settings.update(before)


def disconnect() -> None:
    """This function will close this thread's connection of Django, and the pool behind it."""
    from django.db import connections

    # The stubs of Django do not know of its pool yet.
    connection: Any = connections["default"]
    connection.close()
    connection.close_pool()


def _copy(connection: psycopg.Connection[Any], template: str, name: str) -> None:
    # By files it takes a third of the time that the copy through the log takes, which nobody reads here.
    copy = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
    connection.execute(copy.format(sql.Identifier(name), sql.Identifier(template)))


def _drop(connection: psycopg.Connection[Any], name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _names(connection: psycopg.Connection[Any]) -> list[str]:
    rows = connection.execute("SELECT datname FROM pg_database ORDER BY oid").fetchall()
    return [row[0] for row in rows]


def _clear(connection: psycopg.Connection[Any], names: list[str]) -> None:
    """This function will drop templates of long gone migrations, and what killed test runs left."""
    templates = [name for name in names if name.startswith("tallystick_template_") and not name.endswith("_new")]
    for name in templates[:-KEPT_TEMPLATES]:
        _drop(connection, name)
    for name in names:
        _, found, rest = name.partition("tallystick_test_")
        if found and not Path(f"/proc/{rest.partition('_')[0]}").exists():
            _drop(connection, name)


def _books_differ() -> str:
    """This function will return what makes all checks of the books one function that says whether any of them fails.

    The plan of a function is kept as long as the connection, where each rollback to a savepoint would have the driver
    forget a prepared statement: to plan all checks anew after each test takes longer than many tests. A plan that was
    made while tables were small must not loop over large ones.
    """
    from tallystick.reports import verify_books

    queries = [path.read_text() for path in sorted(verify_books._BOOKS.glob("*.sql"))]
    assert queries
    checks = " UNION ALL ".join(
        f"SELECT 1 FROM ({query}) AS checked (name, expected, actual) WHERE expected IS DISTINCT FROM actual"
        for query in queries
    )
    return f"""
        CREATE SCHEMA tests;
        CREATE FUNCTION tests.books_differ() RETURNS boolean LANGUAGE plpgsql SET enable_nestloop = off AS $books$
        BEGIN
            PERFORM {checks.removeprefix("SELECT ")};
            RETURN FOUND;
        END $books$
    """


def _migrations_hash() -> str:
    from django.apps import apps

    digest = hashlib.sha256(f"{version('django')} {version('procrastinate')} {_books_differ()}".encode())
    for app in apps.get_app_configs():
        for file in sorted(Path(app.path, "migrations").glob("**/*")):
            if file.suffix in {".py", ".sql"}:
                digest.update(bytes(file.relative_to(app.path)) + file.read_bytes())
    return digest.hexdigest()[:12]


@contextmanager
def renewal(databases: Databases, name: str) -> Iterator[None]:
    """This function will end tests that commit with a fresh database, where Django would empty every table.

    Append-only tables refuse to be emptied, rows that migrations wrote would be lost, and the tables of the job queue
    would be forgotten.
    """
    from django.test import TestCase, TransactionTestCase

    def renew(case: TransactionTestCase) -> None:
        disconnect()
        databases.renew(name)

    with pytest.MonkeyPatch.context() as patch:
        # TestCase rolls back, by its own method of this name.
        assert "_fixture_teardown" in vars(TestCase)
        patch.setattr(TransactionTestCase, "_fixture_teardown", renew)
        yield
