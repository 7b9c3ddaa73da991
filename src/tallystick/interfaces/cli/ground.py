"""What every command stands on: a database that answers, and Django."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click
import psycopg

from tallystick.foundation.database.embedded import EmbeddedDatabaseError, Server, start
from tallystick.foundation.database.location import home
from tallystick.foundation.logs import configure_logs

OLDEST_POSTGRESQL = 15
_ANSWER_SECONDS = 10


@contextmanager
def database() -> Iterator[Server | None]:
    """This function will hold a share in the embedded server, or see that the one of `DATABASE_URL` answers.

    Raises:
        click.ClickException: with what is wrong and what to do.
    """
    # The default would end this process on the spot, and leave the server running.
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    if url := os.environ.get("DATABASE_URL"):
        _check(url)
        yield None
        return
    try:
        server = start(home())
    except EmbeddedDatabaseError as error:
        raise click.ClickException(str(error)) from None
    try:
        yield server
    finally:
        try:
            server.stop()
        except EmbeddedDatabaseError as error:
            click.echo(f"Warning: {error}", err=True)


def _check(url: str) -> None:
    try:
        with psycopg.connect(url, connect_timeout=_ANSWER_SECONDS) as connection:
            found = connection.info.server_version
    except psycopg.Error as error:
        reason = str(error).strip().splitlines()[0]
        raise click.ClickException(
            f"The database does not answer: {reason}. Check DATABASE_URL and the server, or unset DATABASE_URL to use "
            f"the embedded one.",
        ) from None
    if found < OLDEST_POSTGRESQL * 10_000:
        raise click.ClickException(
            f"The server of DATABASE_URL is PostgreSQL {found // 10_000}; Tallystick needs {OLDEST_POSTGRESQL} or "
            f"later.",
        )


def set_up_django(process: str) -> None:
    """This function will make Django ready in this process, which is called `process` in its log lines."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tallystick.settings")
    configure_logs(process=process)
    try:
        django.setup()
    except ValueError as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(
            f"The data folder {home()} cannot be used: {error.strerror}. Set TALLYSTICK_HOME to a folder that this "
            f"user may write to.",
        ) from None


@contextmanager
def ready(process: str) -> Iterator[Server | None]:
    """This function will give a command its database and Django for as long as the context lasts."""
    with database() as server:
        set_up_django(process)
        try:
            yield server
        finally:
            disconnect()


def disconnect() -> None:
    """This function will close Django's connections, so that nothing of them is inherited or waited for."""
    from django.db import connections

    for connection in connections.all(initialized_only=True):
        connection.close()
        # The stubs of Django do not know of its pool yet.
        getattr(connection, "close_pool", lambda: None)()
