"""Keeps the processes of one installation running, and ends them in order: the database last."""

import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

import click

from tallystick.foundation.database.embedded import EmbeddedDatabaseError, Server
from tallystick.foundation.processes import SUPERVISED, end_with_parent

LOOK_SECONDS = 0.2
DATABASE_LOOK_SECONDS = 1.0
# Longer than requests and jobs are given to finish.
GRACE_SECONDS = 25.0
LONGEST_PAUSE_SECONDS = 10.0


@dataclass
class Child:
    """One process that shall always run."""

    name: str
    command: list[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    restart_at: float = 0.0
    pause: float = field(default=0.5)

    def start(self) -> None:
        """This function will start the process, in a session of its own so that Ctrl-C reaches the supervisor alone."""
        parent = os.getpid()

        def tie() -> None:
            end_with_parent()
            if os.getppid() != parent:
                os._exit(1)

        self.process = subprocess.Popen(
            self.command,
            start_new_session=True,
            preexec_fn=tie,  # noqa: PLW1509 - no thread runs in the supervisor
            env={**os.environ, SUPERVISED: "1"},
        )
        self.started = time.monotonic()

    @contextmanager
    def ahead(self, is_up: Callable[[], bool]) -> Iterator[None]:
        """This function will start the process before a supervisor does, and wait until it is up; it ends on an error.

        Raises:
            click.ClickException: when it ends by itself.
        """
        self.start()
        try:
            self._wait(is_up)
            yield
        except BaseException:
            self.sweep()
            raise

    def _wait(self, is_up: Callable[[], bool]) -> None:
        while not is_up():
            if self.process is not None and self.process.poll() is not None:
                raise click.ClickException(f"The {self.name} does not start ({_how(self.process.returncode)}).")
            time.sleep(LOOK_SECONDS)

    def sweep(self) -> None:
        """This function will kill what is left of the process and its children: they would hold the port."""
        if self.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.process.pid, signal.SIGKILL)


class Supervisor:
    """Runs children until told to stop by SIGINT or SIGTERM."""

    def __init__(self, children: list[Child], *, server: Server | None, on_start: Callable[[], bool]) -> None:
        self.children = children
        self.server = server
        # Asked again and again after the start, until it says that everything is up.
        self.on_start = on_start
        self._stopping = False
        self._database_looked_at = 0.0

    def run(self) -> None:
        """This function will run until it is told to stop, and return when the last child has ended."""
        before = {each: signal.signal(each, self._stop) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
        try:
            for child in self.children:
                if child.process is None:
                    child.start()
            announced = False
            while not self._stopping:
                self._look_after_database()
                for child in self.children:
                    self._look_after(child)
                announced = announced or self.on_start()
                time.sleep(LOOK_SECONDS)
        finally:
            self._end_children()
            for each, handler in before.items():
                signal.signal(each, handler)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def _look_after(self, child: Child) -> None:
        if child.process is None:
            if time.monotonic() >= child.restart_at:
                child.start()
            return
        code = child.process.poll()
        if code is None:
            return
        # Whatever the code, it shall run.
        child.sweep()
        lived = time.monotonic() - child.started
        child.pause = 0.5 if lived > LONGEST_PAUSE_SECONDS else min(child.pause * 2, LONGEST_PAUSE_SECONDS)
        child.restart_at = time.monotonic() + child.pause
        child.process = None
        click.echo(f"The {child.name} ended ({_how(code)}); it starts again in {child.pause:.0f} s.", err=True)

    def _look_after_database(self) -> None:
        if self.server is None or time.monotonic() - self._database_looked_at < DATABASE_LOOK_SECONDS:
            return
        if not self.server.is_up():
            click.echo("The database ended; it starts again.", err=True)
            try:
                self.server.acquire()
            except EmbeddedDatabaseError as error:
                click.echo(str(error), err=True)
        self._database_looked_at = time.monotonic()

    def _end_children(self) -> None:
        running = [child.process for child in self.children if child.process is not None]
        for process in running:
            process.terminate()
        until = time.monotonic() + GRACE_SECONDS
        for process in running:
            with suppress(subprocess.TimeoutExpired):
                process.wait(max(until - time.monotonic(), 0.1))
        for child in self.children:
            child.sweep()
        for process in running:
            process.wait()


def _how(code: int) -> str:
    return f"killed by signal {-code}" if code < 0 else f"code {code}"
