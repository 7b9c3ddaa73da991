"""`tallystick serve`."""

import os
from collections.abc import Callable

import click

from tallystick.foundation.database.embedded import Server
from tallystick.interfaces.cli import ports, programs
from tallystick.interfaces.cli.ground import disconnect, ready
from tallystick.interfaces.cli.migrate import migrate_database
from tallystick.interfaces.cli.static_files import collect_static_files
from tallystick.interfaces.cli.supervisor import Child, Supervisor
from tallystick.interfaces.cli.web import announce


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Python processes for pages.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1), help="Threads of each process.")
@click.option("--concurrency", default=4, show_default=True, type=click.IntRange(1), help="Jobs at a time.")
def command(host: str, port: int, workers: int, threads: int, concurrency: int) -> None:
    """Run everything on this machine: database, web server and worker."""
    ports.refuse_taken(host, port, option="--port")
    os.environ.setdefault("TALLYSTICK_URL", f"http://localhost:{port}")
    with ready("serve") as server:
        prepare()
        children = [
            programs.web(host=host, port=port, workers=workers, threads=threads),
            programs.worker(concurrency=concurrency),
        ]
        supervise(children, server, host, port)


def prepare() -> None:
    """This function will bring tables and static files to this version."""
    if applied := migrate_database():
        click.echo(f"The database was brought to this version ({applied} migrations).")
    if collect_static_files():
        click.echo("The static files were gathered.")


def supervise(
    children: list[Child],
    server: Server | None,
    host: str,
    port: int,
    *,
    afterwards: Callable[[], None] = lambda: None,
) -> None:
    """This function will run the children until it is told to stop; `afterwards` is called once they answer."""
    # The children are forked from here: they inherit no connection.
    disconnect()
    Supervisor(children, server=server, on_start=lambda: _announced(host, port, afterwards)).run()
    click.echo("Tallystick has stopped.")


def _announced(host: str, port: int, afterwards: Callable[[], None]) -> bool:
    if not announce(host, port):
        return False
    afterwards()
    return True
