"""The commands of the processes that a supervisor runs."""

import sys
from pathlib import Path

from tallystick.foundation.processes import GRACE_SECONDS
from tallystick.interfaces.cli.supervisor import Child


def web(*, host: str, port: int, workers: int, threads: int) -> Child:
    """This function will return the web server: granian, with one Python process per worker."""
    return Child(
        "web server",
        [
            *(sys.executable, "-m", "granian"),
            *("--interface", "wsgi"),
            *("--host", host),
            *("--port", str(port)),
            *("--workers", str(workers)),
            *("--blocking-threads", str(threads)),
            *("--workers-kill-timeout", str(GRACE_SECONDS)),
            *("--log-level", "error"),
            "--respawn-failed-workers",
            "--no-ws",
            "tallystick.wsgi:application",
        ],
    )


def worker(*, concurrency: int) -> Child:
    """This function will return the process that does jobs."""
    module = "tallystick.interfaces.cli.main"
    return Child("worker", [sys.executable, "-m", module, "worker", "--concurrency", str(concurrency)])


def sandbox(*, host: str, port: int, store: Path) -> Child:
    """This function will return the payment service of the demonstration, a program of its own."""
    program = str(Path(sys.executable).with_name("tallystick-sandbox"))
    return Child("sandbox", [program, "serve", "--host", host, "--port", str(port), "--store", str(store)])
