"""`tallystick demo`."""

import os
from functools import partial

import click

from tallystick.foundation.database.location import home
from tallystick.interfaces.cli import ports, programs
from tallystick.interfaces.cli.ground import ready
from tallystick.interfaces.cli.serve import prepare, supervise

SANDBOX_HOST = "127.0.0.1"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--sandbox-port", default=8010, show_default=True, type=click.IntRange(1, 65535))
def command(host: str, port: int, sandbox_port: int) -> None:
    """Run a demonstration: everything, with a payment service that moves no money."""
    # Read by the settings, here and in the processes that are started.
    os.environ["TALLYSTICK_DEMO"] = "1"
    os.environ.setdefault("TALLYSTICK_URL", f"http://localhost:{port}")
    ports.refuse_taken(host, port, option="--port")
    ports.refuse_taken(SANDBOX_HOST, sandbox_port, option="--sandbox-port")
    box = programs.sandbox(host=SANDBOX_HOST, port=sandbox_port, store=home() / "sandbox.sqlite")
    with ready("demo") as server:
        prepare()
        # The demonstration's story is told through the payment service, as real payments would be.
        with box.ahead(partial(ports.answers, SANDBOX_HOST, sandbox_port)):
            children = [box, programs.web(host=host, port=port, workers=1, threads=8), programs.worker(concurrency=4)]
            supervise(children, server, host, port)
