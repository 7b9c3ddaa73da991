"""A worker under somebody else's supervisor says by its exit code that it shall be started again."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tallystick.foundation.database.embedded import Server, start
from tests.conftest import process_environment
from tests.databases import OPTIONS

pytestmark = pytest.mark.processes

LOST = (
    "Error: The worker lost its database and ended: start it again when the database answers, and it goes on where it "
    "was.\n"
)


class Installation:
    """A database server of its own, which the commands are told of by DATABASE_URL and so do not keep running."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.server: Server = start(home, extra_options=OPTIONS)
        assert self.command("migrate").wait(120) == 0

    def command(self, *arguments: str, database: str = "tallystick") -> subprocess.Popen[str]:
        """This function will start a command; what it writes to stderr is kept in a file."""
        url = self.server.conninfo_of(database)
        environment = {**process_environment(), "DATABASE_URL": url, "TALLYSTICK_LOG": "json"}
        with self.said.open("w") as said:
            return subprocess.Popen(
                [sys.executable, "-m", "tallystick.interfaces.cli.main", *arguments],
                env=environment,
                stdout=subprocess.DEVNULL,
                stderr=said,
                text=True,
            )

    def worker(self) -> subprocess.Popen[str]:
        """This function will start a worker, and wait until it waits for jobs."""
        process = self.command("worker")
        eventually(self._is_waited)
        return process

    def _is_waited(self) -> bool:
        with psycopg.connect(self.server.conninfo) as connection:
            return connection.execute("SELECT FROM pg_stat_activity WHERE query LIKE 'LISTEN%'").rowcount > 0

    @property
    def said(self) -> Path:
        return self.home / "stderr"

    def told(self) -> list[str]:
        """This function will return what the command wrote for people: all that is no line of the log."""
        return [line for line in self.said.read_text().splitlines(keepends=True) if not line.startswith("{")]


def eventually(is_so: Callable[[], bool], *, seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.1)


@pytest.fixture(scope="module")
def installation() -> Iterator[Installation]:
    home = Path(tempfile.mkdtemp(prefix="tallystick-", dir="/tmp"))
    # The server runs as another user than root.
    home.chmod(0o711)
    made = Installation(home)
    yield made
    made.server.stop()
    shutil.rmtree(home, ignore_errors=True)


def test_a_worker_that_is_told_to_stop_ends_well(installation: Installation) -> None:
    process = installation.worker()
    process.terminate()
    assert process.wait(30) == os.EX_OK
    assert installation.told() == []


def test_a_worker_without_its_tables_does_not_say_that_the_database_is_lost(installation: Installation) -> None:
    assert installation.command("worker", database="postgres").wait(60) == 1
    told = "".join(installation.told())
    assert "procrastinate" in told
    assert LOST not in told


def test_a_worker_whose_database_was_away_for_a_moment_asks_to_be_started_again(installation: Installation) -> None:
    process = installation.worker()
    assert installation.server.stop()
    # As soon as it knows, it only wants to sign itself off at the database, as if all were well.
    eventually(lambda: "stopping worker" in installation.said.read_text() or process.poll() is not None)
    installation.server.acquire()
    assert process.wait(60) == 1
    assert installation.told() == [LOST]
    again = installation.command("worker", "--until-empty")
    assert again.wait(60) == os.EX_OK
    assert installation.told() == []


def test_a_worker_whose_database_stays_away_says_so_in_one_sentence(installation: Installation) -> None:
    process = installation.worker()
    assert installation.server.stop()
    try:
        # It waits for a moment, in case that the database comes back.
        assert process.wait(90) == 1
        assert installation.told() == [LOST]
        assert installation.command("worker").wait(60) == 1
        assert "The database does not answer" in "".join(installation.told())
    finally:
        installation.server.acquire()
