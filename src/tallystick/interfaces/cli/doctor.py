"""`tallystick doctor`: looks at everything that an installation needs, and says what to do."""

import shlex
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

import click
from rich.console import Console

from tallystick.foundation.database.embedded import Server
from tallystick.foundation.database.location import home
from tallystick.interfaces.cli.ground import ready
from tallystick.interfaces.cli.migrate import pending_migrations
from tallystick.interfaces.cli.static_files import are_collected

Verdict = Literal["good", "look", "bad"]
_SIGNS: dict[Verdict, str] = {"good": "[green]✓[/]", "look": "[yellow]![/]", "bad": "[red]✗[/]"}
_GB = 1024**3


@dataclass(frozen=True)
class Finding:
    """What one look found: `advice` says what to do about it."""

    about: str
    verdict: Verdict
    fact: str
    advice: str = ""


@click.command()
def command() -> None:
    """Check this installation and say what to do about each fault."""
    findings: list[Finding] = [look_at_disk()]
    with ExitStack() as stack:
        try:
            server = stack.enter_context(ready("doctor"))
        except click.ClickException as error:
            findings.append(Finding("Database", "bad", "does not answer", error.message))
        else:
            findings += look_at_database(server)
            findings.append(tables := look_at_tables())
            if tables.verdict == "good":
                findings += [look_at_key(), look_at_worker(), look_at_mail()]
            findings += [look_at_static_files(), look_at_address(), look_at_backup(server)]
    show(findings)
    if any(finding.verdict == "bad" for finding in findings):
        raise SystemExit(1)


def show(findings: list[Finding]) -> None:
    """This function will print the findings, with what to do below each."""
    # Never wrapped: a command to copy must stay in one piece, however narrow the terminal is.
    console = Console(soft_wrap=True, highlight=False)
    for finding in findings:
        console.print(f" {_SIGNS[finding.verdict]} {finding.about:13} ", end="")
        console.print(finding.fact, markup=False)
        if finding.advice:
            console.print("                 [dim]→[/] ", end="")
            console.print(finding.advice, markup=False)


def look_at_disk() -> Finding:
    """This function will look at the room that the data folder has left."""
    folder = home()
    there = next(each for each in (folder, *folder.parents) if each.exists())
    free = shutil.disk_usage(there).free
    fact = f"{folder}, {free / _GB:.1f} GB free"
    if free < _GB:
        return Finding("Data folder", "bad" if free < _GB // 10 else "look", fact, "Make room, or grow the disk.")
    return Finding("Data folder", "good", fact)


def look_at_database(server: Server | None) -> Iterator[Finding]:
    """This function will look at which server it is and how large the database has grown."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('server_version'), pg_size_pretty(pg_database_size(current_database())),"
            " current_setting('fsync') = 'on'",
        )
        release, size, durable = cursor.fetchone() or ("", "", True)
    kind = "embedded" if server else "of DATABASE_URL"
    yield Finding("Database", "good", f"PostgreSQL {release.split()[0]}, {kind}, {size}")
    if not durable:
        yield Finding("Durability", "bad", "fsync is off: a power cut loses money", "ALTER SYSTEM SET fsync = on")


def look_at_tables() -> Finding:
    """This function will look for migrations that were not applied."""
    if missing := pending_migrations():
        return Finding("Tables", "bad", f"{missing} migrations are missing", "Run `tallystick migrate`.")
    return Finding("Tables", "good", "are those of this version")


def look_at_key() -> Finding:
    """This function will look whether the secret key is the one that sealed the secrets in the database."""
    from tallystick.foundation.second_factors import unreadable

    if count := unreadable():
        return Finding(
            "Secret key",
            "bad",
            f"is not the one of this database; second factors that cannot be read: {count}",
            "Put back the secret-key that was backed up with the database, or set TALLYSTICK_SECRET_KEY to it.",
        )
    return Finding("Secret key", "good", "is the one of this database")


def look_at_static_files() -> Finding:
    """This function will look whether the pages' style sheets and scripts are this version's."""
    if are_collected():
        return Finding("Static files", "good", "are those of this version")
    return Finding(
        "Static files",
        "look",
        "are not those of this version",
        "They are gathered when `tallystick serve` or `tallystick web` starts: restart it.",
    )


def look_at_worker() -> Finding:
    """This function will look for a living worker, and for jobs that wait or failed."""
    from tallystick.foundation.jobs import worker_signs

    signs = worker_signs()
    fact = f"{signs.alive} alive, {signs.waiting} jobs due, {signs.failed} failed"
    if not signs.alive:
        return Finding("Worker", "bad", fact, "Start `tallystick serve`, or `tallystick worker` on some machine.")
    if signs.failed:
        return Finding("Worker", "look", fact, "The log of the worker says why; staff can start failed jobs again.")
    return Finding("Worker", "good", fact)


def look_at_address() -> Finding:
    """This function will look whether the address in mails is one that this installation answers to."""
    from django.conf import settings
    from django.http.request import validate_host

    host = urlsplit(settings.SITE_URL).hostname or ""
    if not validate_host(host, settings.ALLOWED_HOSTS):
        return Finding("Address", "bad", settings.SITE_URL, f"Add {host} to TALLYSTICK_HOSTS.")
    if not settings.SECURE and host not in {"localhost", "127.0.0.1", "::1"}:
        return Finding(
            "Address",
            "bad",
            f"{settings.SITE_URL} is not encrypted",
            "Put a proxy with a certificate in front, and set TALLYSTICK_URL to the https:// address.",
        )
    return Finding("Address", "good", settings.SITE_URL)


def look_at_mail() -> Finding:
    """This function will look whether the mail server that staff set up can be reached."""
    from tallystick.correspondence.mail_settings import OUTBOX, TRANSPORT, mail_server
    from tallystick.foundation import settings_store

    if settings_store.get(TRANSPORT) == OUTBOX:
        return Finding("Mail", "look", "is kept and shown here, nobody gets any", "Set a mail server up in Settings.")
    server = mail_server()
    fact = f"{server.host}:{server.port}, from {server.sender_address}"
    if not server.host or not server.sender_address:
        return Finding("Mail", "bad", "no mail server and sender are set up", "Set them up in Settings, Mail.")
    try:
        with socket.create_connection((server.host, server.port), timeout=5):
            return Finding("Mail", "good", fact)
    except OSError as error:
        advice = "Check the server's name and port in Settings, Mail, and the firewall between."
        return Finding("Mail", "bad", f"{fact}: {error.strerror or error}", advice)


def look_at_backup(server: Server | None) -> Finding:
    """This function will say how to back the data up."""
    if server is None:
        command_line = 'pg_dump --format=custom --file=tallystick.dump "$DATABASE_URL"'
    else:
        from tallystick.foundation.database.binaries import installed_programs

        program = installed_programs() / "pg_dump"
        words = [str(program), "--format=custom", "--file=tallystick.dump", server.conninfo]
        command_line = shlex.join(words)
    return Finding("Backup", "look", "is yours to make, every day, with the data folder's secret-key", command_line)
