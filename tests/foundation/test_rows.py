"""Hot statements: prepared once, with JSON read, and refused by names as everywhere."""

import uuid

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from tallystick.foundation.models import Setting
from tallystick.foundation.rows import columns, execute, fetch, fetch_for, fetch_one, instances

pytestmark = pytest.mark.django_db


def test_json_columns_are_read() -> None:
    row = fetch_one(
        "SELECT %s::jsonb AS told, NULL::jsonb AS nothing, %s::uuid AS id", ['{"a": [1]}', uuid.UUID(int=1)]
    )
    assert row == {"told": {"a": [1]}, "nothing": None, "id": uuid.UUID(int=1)}


def test_no_row_is_none() -> None:
    assert fetch_one("SELECT last FROM foundation_numberseries WHERE name = %s", ["missing"]) is None
    assert fetch("SELECT last FROM foundation_numberseries WHERE name = %s", ["missing"]) == []


def test_each_of_some_ids_is_asked_for_once_and_none_is_not_asked() -> None:
    ids = [uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=1)]
    with CaptureQueriesContext(connection) as captured:
        assert fetch_for("SELECT unnest(%s) AS id ORDER BY id", ids) == [{"id": ids[0]}, {"id": ids[1]}]
        assert fetch_for("SELECT unnest(%s) AS id ORDER BY id", []) == []
    assert len(captured) == 1


def test_a_statement_that_comes_often_is_prepared_once() -> None:
    for number in range(6):
        assert fetch_one("SELECT %s::int + 40 AS sum", [number]) == {"sum": number + 40}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE statement LIKE 'SELECT $1::int + 40%%'")
        assert cursor.fetchone() == (1,)


def test_rows_become_instances_of_their_model() -> None:
    assert execute("INSERT INTO foundation_setting (name, value) VALUES (%s, %s::jsonb)", ["rows", '{"a": 7}']) == 1
    (row,) = instances(Setting, f"SELECT {columns(Setting)} FROM foundation_setting WHERE name = %s", ["rows"])
    assert (row.name, row.value, row._state.adding) == ("rows", {"a": 7}, False)


def test_a_broken_rule_is_the_same_error_as_from_the_orm() -> None:
    sql = "INSERT INTO foundation_setting (name, value) VALUES (%s, 'true'::jsonb)"
    execute(sql, ["twice"])
    with pytest.raises(IntegrityError), transaction.atomic():
        execute(sql, ["twice"])
