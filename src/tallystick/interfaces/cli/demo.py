"""`tallystick demo`."""

import os
import sys
from functools import partial
from typing import TYPE_CHECKING

import click
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from tallystick.foundation.database.location import home
from tallystick.interfaces.cli import ports, programs
from tallystick.interfaces.cli.ground import ready
from tallystick.interfaces.cli.serve import prepare, supervise

if TYPE_CHECKING:
    from tallystick.interfaces.cli.demo_data.load import Access

SANDBOX_HOST = "127.0.0.1"
LEAST_WIDTH = 100


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--sandbox-port", default=8010, show_default=True, type=click.IntRange(1, 65535))
def command(host: str, port: int, sandbox_port: int) -> None:
    """Run a demonstration: everything, with a payment service that moves no money."""
    # Read by the settings, here and in the processes that are started.
    os.environ["TALLYSTICK_DEMO"] = "1"
    # Whoever looks around wants to read how to sign in, not every request.
    os.environ.setdefault("TALLYSTICK_LOG_LEVEL", "warning")
    os.environ.setdefault("TALLYSTICK_URL", f"http://localhost:{port}")
    ports.refuse_taken(host, port, option="--port")
    ports.refuse_taken(SANDBOX_HOST, sandbox_port, option="--sandbox-port")
    box = programs.sandbox(host=SANDBOX_HOST, port=sandbox_port, store=home() / "sandbox.sqlite")
    with ready("demo") as server:
        prepare()
        # The demonstration's story is told through the payment service, as real payments would be.
        with box.ahead(partial(ports.answers, SANDBOX_HOST, sandbox_port)):
            access = _load(f"http://{SANDBOX_HOST}:{sandbox_port}")
            children = [box, programs.web(host=host, port=port, workers=1, threads=8), programs.worker(concurrency=4)]
            supervise(children, server, host, port, afterwards=partial(_tell_how_to_sign_in, access))


def _load(sandbox_url: str) -> "Access":
    # Django must be set up before the use cases are imported.
    from tallystick.interfaces.cli.demo_data.load import load

    try:
        return load(home=home(), sandbox_url=sandbox_url, site_url=os.environ["TALLYSTICK_URL"])
    except RuntimeError as error:
        raise click.ClickException(str(error)) from None


def _tell_how_to_sign_in(access: "Access") -> None:
    from tallystick.interfaces.cli.demo_data.load import PASSWORD

    site = os.environ["TALLYSTICK_URL"]
    table = Table(box=SIMPLE, title=f"Sign in with the password {PASSWORD}", title_justify="left")
    table.add_column("as", no_wrap=True)
    table.add_column("with", no_wrap=True)
    table.add_column("at", no_wrap=True)
    for role, email in access.staff.items():
        table.add_row(role, email, f"{site}/office/")
    for email in access.contacts:
        table.add_row("Customer", email, f"{site}/portal/")
    console = Console(width=LEAST_WIDTH) if not sys.stdout.isatty() else Console()
    console.print(table)
    click.echo(f"  Programs: {site}/api/v1/docs, with the key {access.api_key}")
    click.echo(f"  All mails stay here: {site}/office/outbox/\n")
