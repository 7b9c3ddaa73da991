"""`tallystick serve` keeps everything running, whatever is killed, and stops in order."""

import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tallystick.foundation.database import postmaster
from tests.plugin import PROJECT

pytestmark = pytest.mark.processes


class Installation:
    """A data folder and the command that works with it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])

    def environment(self) -> dict[str, str]:
        kept = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
        return {
            **kept,
            "TALLYSTICK_HOME": str(self.home),
            "TALLYSTICK_LOG": "json",
            "DJANGO_SETTINGS_MODULE": "tests.foundation.slow_site",
            "PYTHONPATH": os.pathsep.join([str(PROJECT), str(PROJECT / "src")]),
        }

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "tallystick.interfaces.cli.main", *arguments]

    def serve(self) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            self.command("serve", "--port", str(self.port)),
            env=self.environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert process.stdout is not None
        said = ""
        while "is ready" not in said:
            said = process.stdout.readline()
            assert said, "it ended before it was ready"
        return process

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(*arguments), env=self.environment(), capture_output=True, text=True, check=False
        )

    def get(self, seconds: float = 0) -> str:
        return httpx.get(f"http://127.0.0.1:{self.port}/slow", params={"seconds": seconds}, timeout=20).text

    def answers(self) -> bool:
        try:
            return self.get() == "answered"
        except httpx.HTTPError:
            return False

    def postmaster(self) -> int | None:
        return postmaster.running_pid(self.home / "postgres" / "18")


def children(pid: int) -> dict[str, int]:
    """This function will return the processes that `pid` started, by a word of their command."""
    found = {}
    for entry in Path("/proc").iterdir():
        with suppress(OSError):
            if entry.name.isdigit() and f"\nPPid:\t{pid}\n" in (entry / "status").read_text():
                command = (entry / "cmdline").read_text()
                found["web" if "granian" in command else "worker"] = int(entry.name)
    return found


def eventually(true: Callable[[], bool], seconds: float = 40) -> None:
    until = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.05)


@pytest.fixture(scope="module")
def migrated() -> Iterator[Path]:
    home = Path(tempfile.mkdtemp(prefix="tallystick-", dir="/tmp"))
    home.chmod(0o711)
    assert Installation(home).run("migrate").returncode == 0
    yield home
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="module")
def site(migrated: Path) -> Iterator[Installation]:
    installation = Installation(migrated)
    yield installation
    if pid := installation.postmaster():
        os.kill(pid, signal.SIGQUIT)
        postmaster.wait_until_gone(migrated / "postgres" / "18", 10)


@pytest.fixture(scope="module")
def serving(site: Installation) -> Iterator[subprocess.Popen[str]]:
    """One that goes on running, whatever the tests kill of it; the last of them kills it itself."""
    process = site.serve()
    yield process
    process.terminate()
    process.wait(30)


def test_doctor_says_what_to_do(site: Installation) -> None:
    done = site.run("doctor")
    assert done.returncode == 1
    assert "✓ Database      PostgreSQL 18." in done.stdout
    assert "✓ Tables        are those of this version" in done.stdout
    assert "✓ Secret key    is the one of this database" in done.stdout
    assert "✗ Worker        0 alive, 0 jobs due, 0 failed\n" in done.stdout
    assert "→ Start `tallystick serve`" in done.stdout
    assert "pg_dump --format=custom" in done.stdout


def test_a_command_that_is_told_to_end_takes_the_database_with_it(site: Installation) -> None:
    command = site.command("manage", "shell", "--no-imports", "-c", "print('begun', flush=True); input()")
    options: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    process = subprocess.Popen(command, env=site.environment(), **options)
    assert process.stdout is not None
    assert process.stdout.readline() == "begun\n"
    assert site.postmaster() is not None
    process.terminate()
    assert process.wait(20) == 128 + signal.SIGTERM
    assert site.postmaster() is None


def test_a_body_that_nobody_reads_leaves_the_connection_open(
    site: Installation, serving: subprocess.Popen[str]
) -> None:
    assert serving.poll() is None
    head = b"POST /nothing/here HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
    with socket.create_connection(("127.0.0.1", site.port), timeout=20) as connection:
        for _ in range(2):
            connection.sendall(head)
            # The answer is ready long before the body comes.
            time.sleep(0.2)
            connection.sendall(b"hello")
            answer = http.client.HTTPResponse(connection)
            answer.begin()
            assert (answer.status, answer.read()[-8:]) == (404, b"</html>\n")


def test_a_killed_web_server_is_replaced_on_the_same_port(site: Installation, serving: subprocess.Popen[str]) -> None:
    before = children(serving.pid)["web"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: children(serving.pid).get("web", before) != before and site.answers())


def test_a_killed_worker_is_replaced(serving: subprocess.Popen[str]) -> None:
    before = children(serving.pid)["worker"]
    os.kill(before, signal.SIGKILL)
    eventually(lambda: children(serving.pid).get("worker", before) != before)


def test_a_killed_database_comes_back_under_the_running_site(
    site: Installation, serving: subprocess.Popen[str]
) -> None:
    before = site.postmaster()
    assert before is not None
    os.kill(before, signal.SIGKILL)
    eventually(lambda: site.postmaster() not in {None, before} and site.answers())


def test_a_killed_supervisor_frees_the_port_and_the_next_one_stops_in_order(
    site: Installation, serving: subprocess.Popen[str]
) -> None:
    serving.kill()
    serving.wait()
    eventually(lambda: not site.answers())
    again = site.serve()
    answers: list[str] = []
    asking = threading.Thread(target=lambda: answers.append(site.get(seconds=1.5)))
    asking.start()
    time.sleep(0.5)
    again.send_signal(signal.SIGINT)
    assert again.wait(40) == 0
    asking.join()
    # The request was finished, and needed the database for it, which was stopped last.
    assert answers == ["answered"]
    assert site.postmaster() is None
    assert not site.answers()


def test_a_taken_port_is_one_clear_sentence(site: Installation) -> None:
    with socket.create_server(("127.0.0.1", site.port)):
        done = site.run("serve", "--port", str(site.port))
    assert done.returncode == 1
    assert done.stderr == (
        f"Error: Port {site.port} is taken by another program: stop that one, or choose another port with --port.\n"
    )
    assert done.stdout == ""


def test_a_database_that_does_not_answer_is_one_clear_sentence(site: Installation) -> None:
    environment = {**site.environment(), "DATABASE_URL": "host=/nowhere dbname=nothing"}
    done = subprocess.run(site.command("migrate"), env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.startswith("Error: The database does not answer: ")
    assert "Check DATABASE_URL" in done.stderr


def test_help_names_every_command(site: Installation) -> None:
    done = site.run("--help")
    assert done.returncode == 0
    for word in ("demo", "serve", "doctor", "migrate", "web", "worker", "manage", "TALLYSTICK_HOME"):
        assert word in done.stdout
