"""The command `tallystick-sandbox`."""

import ctypes
import json
import signal
import socket
import sys
from functools import partial
from pathlib import Path

import click
from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from tallystick_sandbox import merchants
from tallystick_sandbox.app import create_app
from tallystick_sandbox.sender import Sender
from tallystick_sandbox.store import Store

THREADS = 8
PR_SET_PDEATHSIG = 1

store_option = click.option(
    "--store",
    "path",
    required=True,
    type=click.Path(dir_okay=False, path_type=Path),
    help="The file that holds everything; it is made where there is none.",
)


@click.group()
def cli() -> None:
    """A payment service for demonstrations and tests. No money moves."""


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", default=8010, show_default=True, type=click.IntRange(1, 65535))
@store_option
def serve(host: str, port: int, path: Path) -> None:
    """Serve the API, the hosted pages and the webhooks."""
    _refuse_taken_port(host, port)
    Store(path).recover()
    server = Granian(
        "tallystick_sandbox",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        blocking_threads=THREADS,
        websockets=False,
        log_level=LogLevels.error,
        respawn_failed_workers=True,
    )
    click.echo(f"Sandbox payment service at http://{host}:{port}, store {path}")
    server.serve(target_loader=partial(load, path), wrap_loader=False)


@cli.command()
@click.argument("name")
@click.option("--webhook-url", help="Where the webhooks of this merchant go.")
@click.option("--origin", help="The site that may embed the card fields, such as https://shop.example.")
@store_option
def merchant(name: str, webhook_url: str | None, origin: str | None, path: Path) -> None:
    """Create the merchant NAME, or show the one of that name, with its keys as JSON."""
    store = Store(path)
    with store.writing() as db:
        account = merchants.ensure(db, name=name, webhook_url=webhook_url, origin=origin)
    click.echo(json.dumps(merchants.account_json(store.reading(), account), indent=2))


def load(path: Path) -> Flask:
    """This function will return the application in a worker process, with its sender started."""
    if sys.platform == "linux":
        # A worker must not go on serving the port when the main process was killed, not even to finish in order.
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    store = Store(path)
    sender = Sender(store)
    sender.start()
    return create_app(store, sender)


def _refuse_taken_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise click.ClickException(
                f"Cannot listen on {host}:{port} ({error.strerror}). Choose another --port."
            ) from None
