"""What the database stops, because two wait for one another, is done anew as a whole and once (`usecases.frame`).

They are use cases of nobody's: what they lock, and in which order, is the point.
"""

import threading
import time
from datetime import datetime
from functools import partial
from typing import Any

import psycopg.errors
import pytest
from django.db import OperationalError, connection

from tallystick.foundation import audit, clock
from tallystick.foundation.errors import NotAllowed
from tallystick.foundation.ids import new_id
from tallystick.foundation.models import AuditEntry, Setting
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.usecases.frame import SYSTEM, TRIES, replayed, use_case
from tallystick.usecases.roles import Permission
from tests.concurrency.race import PATIENCE_SECONDS, connections_for, race
from tests.conftest import OwnDatabase

# Which tries there were, and where the first try of each of two waits for the other.
TRIED: list[str] = []
MET = threading.Barrier(2)


@pytest.fixture
def two(own_database: OwnDatabase) -> Any:
    """Two rows that every act writes, in a database in which everything is committed."""
    TRIED.clear()
    MET.reset()
    with connections_for(4):
        Setting.objects.bulk_create([Setting(name=name, value=0) for name in ("a", "b")])
        yield own_database


@use_case(Permission.CHANGE_SETTINGS)
def add_to_both(
    *, actor: Actor, at: datetime, first: str, second: str, idempotency_key: str | None = None
) -> list[str]:
    """This function will add one to both rows, in an order; the first try waits until somebody holds the other row."""
    del idempotency_key
    TRIED.append(first)
    if TRIED.count(first) > 1:
        _wait_until_added(first)
    audit.record(actor=actor, at=at, action="add", kind="setting", object_id=new_id(), after={"first": first})
    _add(first)
    if TRIED.count(first) == 1:
        MET.wait(PATIENCE_SECONDS)
    _add(second)
    return [first, second]


@use_case(Permission.CHANGE_SETTINGS)
def add_what_was_read(*, actor: Actor, at: datetime) -> int:
    """This function will add one to what it read, where a second writer is stopped instead of let through."""
    del actor, at
    with connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    TRIED.append("a")
    value: int = Setting.objects.get(name="a").value
    if len(TRIED) <= MET.parties:
        MET.wait(PATIENCE_SECONDS)
    Setting.objects.filter(name="a").update(value=value + 1)
    return value + 1


@use_case(Permission.CHANGE_SETTINGS)
def never_through(*, actor: Actor, at: datetime) -> None:
    """This function will be stopped by the database each time."""
    TRIED.append("a")
    audit.record(actor=actor, at=at, action="add", kind="setting", object_id=new_id())
    with connection.cursor() as cursor:
        cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'stopped' USING ERRCODE = 'deadlock_detected'; END $$")


def _add(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE foundation_setting SET value = to_jsonb((value #>> '{}')::int + 1) WHERE name = %s", [name]
        )


def _wait_until_added(name: str) -> None:
    """Waits for who was let through, whom a second try could otherwise overtake, and be stopped with it once more."""
    end = time.monotonic() + PATIENCE_SECONDS
    while values()[name] == 0:
        assert time.monotonic() < end
        time.sleep(0.01)


def values() -> dict[str, int]:
    return dict(Setting.objects.filter(name__in=["a", "b"]).values_list("name", "value"))


@pytest.mark.parametrize("keyed", [False, True])
def test_of_two_in_a_deadlock_both_are_done_once(two: OwnDatabase, keyed: bool) -> None:
    both = [
        partial(
            add_to_both,
            actor=SYSTEM,
            at=clock.now(),
            first=first,
            second=second,
            **({"idempotency_key": first} if keyed else {}),
        )
        for first, second in (("a", "b"), ("b", "a"))
    ]
    finish = race(*both)
    assert sorted(finish.results) == [["a", "b"], ["b", "a"]]
    # The database stopped one of them, whose first try is not there beside its second.
    assert len(TRIED) == 3
    assert values() == {"a": 2, "b": 2}
    assert AuditEntry.objects.filter(action="add").count() == 2
    if keyed:
        assert both[0]() == ["a", "b"]
        assert (replayed.get(), len(TRIED), values()) == (True, 3, {"a": 2, "b": 2})


def test_a_stale_read_is_read_anew(two: OwnDatabase) -> None:
    finish = race(*[partial(add_what_was_read, actor=SYSTEM, at=clock.now())] * 2)
    assert (sorted(finish.results), values()["a"], len(TRIED)) == ([1, 2], 2, 3)


def test_it_ends_after_some_tries_and_leaves_nothing(two: OwnDatabase) -> None:
    with pytest.raises(OperationalError) as stopped:
        never_through(actor=SYSTEM, at=clock.now())
    assert isinstance(stopped.value.__cause__, psycopg.errors.DeadlockDetected)
    assert (len(TRIED), AuditEntry.objects.filter(action="add").count()) == (TRIES, 0)


def test_a_part_of_a_larger_transaction_is_not_tried_alone(two: OwnDatabase) -> None:
    """The larger one is lost already: only whoever began it can begin anew."""
    with pytest.raises(OperationalError), transaction():
        never_through(actor=SYSTEM, at=clock.now())
    assert len(TRIED) == 1


def test_what_is_not_allowed_is_not_tried(two: OwnDatabase) -> None:
    with pytest.raises(NotAllowed):
        never_through(actor=Actor(kind="api_key", id="k", label="K", permissions=frozenset()), at=clock.now())
    assert TRIED == []
