"""`tallystick web`."""

import os
from functools import partial

import click

from tallystick.interfaces.cli import ports, programs
from tallystick.interfaces.cli.ground import disconnect, ready
from tallystick.interfaces.cli.static_files import collect_static_files
from tallystick.interfaces.cli.supervisor import Supervisor


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen at.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1), help="Python processes.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1), help="Threads of each process.")
def command(host: str, port: int, workers: int, threads: int) -> None:
    """Answer requests; on as many machines as wanted, against one database."""
    ports.refuse_taken(host, port, option="--port")
    os.environ.setdefault("TALLYSTICK_URL", f"http://localhost:{port}")
    with ready("web") as server:
        collect_static_files()
        disconnect()
        children = [programs.web(host=host, port=port, workers=workers, threads=threads)]
        Supervisor(children, server=server, on_start=partial(announce, host, port)).run()


def announce(host: str, port: int) -> bool:
    """This function will say where Tallystick is once it answers there, and tell whether it does."""
    from django.conf import settings

    if not ports.answers(host, port):
        return False
    click.echo(f"Tallystick is ready: {settings.SITE_URL}  (Ctrl-C stops it)")
    return True
