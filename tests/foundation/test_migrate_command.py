"""`tallystick migrate` while other machines start the same new version."""

import subprocess
import sys

import pytest
from django.db import connection

from tests.conftest import OwnDatabase
from tests.plugin import PROJECT

MIGRATE = """
import django
from django.conf import settings

settings.INSTALLED_APPS = [*settings.INSTALLED_APPS, "tests.foundation.indexed"]
django.setup()
from tallystick.interfaces.cli.migrate import migrate_database

print(migrate_database())
"""


@pytest.mark.processes
def test_one_machine_builds_an_index_while_the_others_wait_for_their_turn(own_database: OwnDatabase) -> None:
    command = [sys.executable, "-c", MIGRATE]
    machines = [
        subprocess.Popen(command, env=own_database.environment, cwd=PROJECT, stdout=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    told = [machine.communicate(timeout=120)[0].strip() for machine in machines]
    assert [machine.returncode for machine in machines] == [0, 0, 0]
    assert sorted(told) == ["0", "0", "1"]
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid")
        assert cursor.fetchall() == []
