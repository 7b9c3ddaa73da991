"""Many threads that do something at the same instant, each with a connection of its own."""

import contextlib
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection, connections

from tallystick.foundation.errors import ExpectedError

PATIENCE_SECONDS = 30


class Finish:
    """How the threads ended: what they returned, and with which expected errors they were refused."""

    def __init__(self) -> None:
        self.results: list[Any] = []
        self.refusals: Counter[str] = Counter()


def race(*acts: Callable[[], Any], locks: bool = True) -> Finish:
    """This function will do all acts at once, each in a thread, and raise what nobody expects.

    Without `locks` no row is locked: what holds then is held by the database's constraints alone.
    """
    finish, failures = Finish(), []
    start = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> None:
        try:
            connection.ensure_connection()
            start.wait(PATIENCE_SECONDS)
            with contextlib.nullcontext() if locks else connection.execute_wrapper(_unlocked):
                finish.results.append(act())
        except ExpectedError as error:
            finish.refusals[type(error).__name__] += 1
        except Exception as error:  # noqa: BLE001 - raised below, in the thread of the test
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(act,)) for act in acts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE_SECONDS)
    if failures:
        raise ExceptionGroup("Threads failed.", failures)
    assert len(finish.results) + finish.refusals.total() == len(acts)
    return finish


def at_once(count: int, act: Callable[[], Any]) -> Finish:
    """This function will do the same thing in many threads at once."""
    return race(*[act] * count)


@contextmanager
def connections_for(count: int) -> Iterator[None]:
    """This function will let so many threads have a connection each; the product's pool would queue them."""
    from tests.databases import disconnect

    options: dict[str, Any] = connections.settings["default"]["OPTIONS"]
    before = options["pool"]
    disconnect()
    options["pool"] = before | {"max_size": count + 8, "timeout": PATIENCE_SECONDS}
    try:
        yield
    finally:
        disconnect()
        options["pool"] = before


def wait_after(patch: pytest.MonkeyPatch, owner: object, check: str, *, parties: int) -> None:
    """This function will have the threads wait for one another after a check, before any of them acts upon it."""
    checked = getattr(owner, check)
    together = threading.Barrier(parties)

    def wait(*args: Any, **kwargs: Any) -> Any:
        found = checked(*args, **kwargs)
        together.wait(PATIENCE_SECONDS)
        return found

    patch.setattr(owner, check, wait)


def until_somebody_waits() -> None:
    """This function will return as soon as another connection waits for what this one's transaction has locked."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(
                "SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY (pg_blocking_pids(pid)) LIMIT 1"
            )
            if cursor.fetchone() is not None:
                return
            time.sleep(0.01)
    raise AssertionError("Nobody waits.")


def _unlocked(execute: Callable[..., Any], query: Any, *rest: Any) -> Any:
    return execute(re.sub(r" FOR UPDATE( OF \S+)?", "", query) if isinstance(query, str) else query, *rest)
