"""Ports that programs listen on."""

import errno
import socket

import click


def refuse_taken(host: str, port: int, *, option: str) -> None:
    """This function will see that a server may listen at `host` and `port`.

    Raises:
        click.ClickException: when it may not, naming the `option` that chooses another.
    """
    try:
        with socket.create_server((host, port), family=_family(host)):
            pass
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            said = f"Port {port} is taken by another program: stop that one, or choose another port with {option}."
        else:
            said = f"Nothing can listen at {host}:{port} ({error.strerror}): choose others with --host and {option}."
        raise click.ClickException(said) from None


def answers(host: str, port: int) -> bool:
    """This function will tell whether something accepts connections at `host` and `port`."""
    try:
        with socket.create_connection((_here(host), port), timeout=0.5):
            return True
    except OSError:
        return False


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _here(host: str) -> str:
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not listened at
