"""What is measured: the product in a temporary folder, with a durable PostgreSQL, served as in production."""

import os
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

START_SECONDS = 60.0


@contextmanager
def installation() -> Iterator[str]:
    """This function will make an empty installation and set Django up on it; yields the connection string."""
    home = Path(tempfile.mkdtemp(prefix="tallystick-bench-"))
    # The server's own user must come through when this process is root.
    home.chmod(0o711)
    os.environ |= {"TALLYSTICK_HOME": str(home), "DJANGO_SETTINGS_MODULE": "tallystick.settings"}
    os.environ.pop("DATABASE_URL", None)
    from tallystick.foundation.database.embedded import running
    from tallystick.interfaces.cli.ground import disconnect, set_up_django

    try:
        with running(home) as server:
            set_up_django("bench")
            from tallystick.interfaces.cli.serve import prepare

            prepare()
            try:
                yield server.conninfo
            finally:
                disconnect()
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def site(*, workers: int) -> Iterator[str]:
    """This function will serve the site as `tallystick serve` does, with so many processes; yields its address."""
    from tallystick.foundation.processes import SUPERVISED
    from tallystick.interfaces.cli import programs

    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = programs.web(host="127.0.0.1", port=port, workers=workers, threads=8).command
    environment = {**os.environ, SUPERVISED: "1", "TALLYSTICK_URL": address}
    log_file = Path(os.environ["TALLYSTICK_HOME"], f"web-{workers}.log")
    with log_file.open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait(address, process, log_file)
            yield address
        finally:
            process.terminate()
            process.wait(30)


def query(sql: str, parameters: Any = ()) -> list[tuple[Any, ...]]:
    """This function will run one statement in the installation's database and return its rows."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


def _wait(address: str, process: "subprocess.Popen[bytes]", log_file: Path) -> None:
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{address}/api/v1/me", timeout=5):  # noqa: S310 - our own address
                return
        except urllib.error.HTTPError:
            # It answers: nobody was signed in, as expected.
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"The site does not answer:\n{log_file.read_text()[-2000:]}")
