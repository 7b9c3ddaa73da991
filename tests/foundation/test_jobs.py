"""Jobs are as true as the facts that cause them, and survive their worker."""

import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app

from tallystick.foundation.jobs import defer, job, rescue_stalled, work, worker_signs
from tallystick.foundation.transactions import NoTransactionError
from tests.conftest import OwnDatabase
from tests.plugin import PROJECT

# A worker in its own process, with jobs that tell through the table of settings what they did.
WORKER = """
import time
import django

django.setup()
from django.db import connection
from tallystick.foundation.jobs import job, work

@job("tests.note")
def note(text: str, seconds: float = 0) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO foundation_setting VALUES (%s, '0') ON CONFLICT DO NOTHING", ["started " + text])
    time.sleep(seconds)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE foundation_setting SET value = '1' WHERE name = %s", ["started " + text])

work(concurrency=2)
"""


def jobs() -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, status::text, attempts FROM procrastinate_jobs ORDER BY id")
        return [row for row in cursor.fetchall() if row[0].startswith("tests.")]


def notes() -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, value::text FROM foundation_setting WHERE name LIKE 'started %%'")
        return dict(cursor.fetchall())


def eventually(true: Callable[[], bool], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


@pytest.mark.django_db
def test_a_job_without_a_transaction_is_refused_by_the_rooms_rule() -> None:
    block = connection.in_atomic_block
    connection.in_atomic_block = False
    try:
        with pytest.raises(NoTransactionError):
            defer("tests.none")
    finally:
        connection.in_atomic_block = block
    assert jobs() == []


@pytest.mark.django_db
def test_a_job_goes_away_with_the_fact_that_caused_it() -> None:
    with transaction.atomic():
        assert isinstance(defer("tests.fact", customer="c1"), int)
        assert jobs() == [("tests.fact", "todo", 0)]
        transaction.set_rollback(True)
    assert jobs() == []


@pytest.mark.django_db
def test_of_a_queueing_lock_one_job_waits_and_the_transaction_goes_on() -> None:
    assert defer("tests.once", queueing_lock="once") is not None
    assert defer("tests.once", queueing_lock="once") is None
    assert jobs() == [("tests.once", "todo", 0)]


def test_a_job_that_fails_takes_the_jobs_it_deferred_with_it(own_database: OwnDatabase) -> None:
    @job("tests.fails", attempts=1)
    def fails() -> None:
        with transaction.atomic():
            defer("tests.child")
            raise ZeroDivisionError

    try:
        with transaction.atomic():
            defer("tests.fails")
        work(concurrency=1, until_empty=True)
    finally:
        del app.tasks["tests.fails"]
    assert jobs() == [("tests.fails", "failed", 1)]


def test_who_works_until_nothing_is_left_does_what_the_last_jobs_deferred(own_database: OwnDatabase) -> None:
    @job("tests.defers")
    def defers() -> None:
        # Long enough for the other of two to find nothing more.
        time.sleep(0.5)
        with transaction.atomic():
            defer("tests.last")

    @job("tests.last")
    def last() -> None:
        pass

    try:
        with transaction.atomic():
            defer("tests.defers")
        work(concurrency=2, until_empty=True)
    finally:
        del app.tasks["tests.defers"], app.tasks["tests.last"]
    assert jobs() == [("tests.defers", "succeeded", 1), ("tests.last", "succeeded", 1)]


def test_a_job_is_tried_again_later(own_database: OwnDatabase) -> None:
    @job("tests.fails_once", attempts=2)
    def fails_once() -> None:
        raise ZeroDivisionError

    try:
        with transaction.atomic():
            defer("tests.fails_once")
        work(concurrency=1, until_empty=True)
    finally:
        del app.tasks["tests.fails_once"]
    assert jobs() == [("tests.fails_once", "todo", 1)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT scheduled_at - now() BETWEEN '1 second' AND '3 seconds' FROM procrastinate_jobs")
        assert cursor.fetchone() == (True,)


@pytest.mark.processes
def test_the_job_of_a_killed_worker_is_done_by_another(own_database: OwnDatabase) -> None:
    command = [sys.executable, "-c", WORKER]
    first = subprocess.Popen(command, env=own_database.environment, cwd=PROJECT)
    try:
        with transaction.atomic():
            defer("tests.note", text="long", seconds=2)
        eventually(lambda: "started long" in notes())
        assert worker_signs().alive == 1
    finally:
        first.kill()
        first.wait()
    assert ("tests.note", "doing", 0) in jobs()
    second = subprocess.Popen(command, env=own_database.environment, cwd=PROJECT)
    try:
        eventually(lambda: notes() == {"started long": "1"})
        eventually(lambda: ("tests.note", "succeeded", 2) in jobs())
    finally:
        second.terminate()
        assert second.wait() == 0


@pytest.mark.processes
def test_a_worker_that_is_told_to_stop_finishes_its_job(own_database: OwnDatabase) -> None:
    worker = subprocess.Popen([sys.executable, "-c", WORKER], env=own_database.environment, cwd=PROJECT)
    try:
        with transaction.atomic():
            defer("tests.note", text="short", seconds=1)
        eventually(lambda: "started short" in notes())
    finally:
        worker.terminate()
    assert worker.wait() == 0
    assert notes() == {"started short": "1"}


@pytest.mark.django_db
def test_a_stalled_job_that_waits_again_already_does_not_stop_the_rescue() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            """
            INSERT INTO procrastinate_jobs (queue_name, task_name, status, queueing_lock, attempts) VALUES
                ('default', 'tests.twin', 'doing', 'twin', 0), ('default', 'tests.twin', 'todo', 'twin', 0),
                ('default', 'tests.poison', 'doing', NULL, 4), ('default', 'tests.lost', 'doing', NULL, 0)
            """,
        )
    assert rescue_stalled() == 1
    assert jobs() == [
        ("tests.twin", "failed", 1),
        ("tests.twin", "todo", 0),
        ("tests.poison", "failed", 5),
        ("tests.lost", "todo", 1),
    ]
    assert worker_signs().failed == 2
