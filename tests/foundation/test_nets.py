"""The fixtures that every database test stands on."""

import threading

import psycopg
import pytest
from django.db import connection

from tests.conftest import OwnDatabase


@pytest.mark.django_db
def test_a_database_test_sees_every_migrated_table() -> None:
    assert "procrastinate_jobs" in connection.introspection.table_names()
    assert "foundation_cache" in connection.introspection.table_names()


@pytest.mark.django_db
def test_what_a_test_writes_is_gone_afterwards() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'left')")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("turn", [1, 2])
def test_what_a_committing_test_writes_is_gone_as_well(turn: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM procrastinate_jobs")
        assert cursor.fetchone() == (0,)
        cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'left')")


def test_a_database_of_its_own_is_shared_by_threads_and_processes(own_database: OwnDatabase) -> None:
    def write() -> None:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO procrastinate_jobs (queue_name, task_name) VALUES ('default', 'mine')")
        connection.close()

    threads = [threading.Thread(target=write) for _ in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with psycopg.connect(own_database.environment["DATABASE_URL"]) as other:
        assert other.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (100,)
