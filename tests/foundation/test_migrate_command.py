"""`tallystick migrate` while other machines start the same new version."""

import subprocess
import sys

import pytest
from django.core.management import call_command
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tallystick.interfaces.cli.migrate import pending_migrations
from tests.conftest import OwnDatabase
from tests.plugin import PROJECT

MIGRATE = """
import django

django.setup()
from tallystick.interfaces.cli.migrate import migrate_database

print(migrate_database())
"""


def before_an_index() -> tuple[str, str]:
    """This function will return a room and its migration before the last one, of which nothing but indexes is new."""
    loader = MigrationLoader(connection)
    for room, name in sorted(loader.graph.leaf_nodes()):
        migration = loader.graph.nodes[room, name]
        if migration.atomic or loader.graph.node_map[room, name].children:
            continue
        if all(operation.reversible for operation in migration.operations):
            [before] = [earlier for of, earlier in migration.dependencies if of == room]
            return room, before
    raise AssertionError("The last migration of no room builds an index: let this test make one of its own.")


@pytest.mark.processes
def test_one_machine_builds_an_index_while_the_others_wait_for_their_turn(own_database: OwnDatabase) -> None:
    # Back to before an index that is built beside the traffic: it waits for whatever statement runs meanwhile.
    call_command("migrate", *before_an_index(), verbosity=0)
    missing = str(pending_migrations())
    command = [sys.executable, "-c", MIGRATE]
    machines = [
        subprocess.Popen(command, env=own_database.environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [machine.communicate(timeout=120)[0].strip() for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0, 0]
    assert sorted(told) == ["0", "0", missing]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchall() == []
