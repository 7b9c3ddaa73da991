"""`python -m bench`: one command, one table."""

import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import click

from bench import bill, documents, wrk
from bench.ground import installation

T = TypeVar("T")


@click.group(invoke_without_command=True)
@click.option("--quick", is_flag=True, help="A short run that only shows that everything works; keeps no results.")
@click.pass_context
def command(context: click.Context, *, quick: bool) -> None:
    """Measure the hot paths beside hand-written SQL on the same server; or, with a name, what is named."""
    if context.invoked_subcommand is None:
        _hot_paths(quick=quick)


@command.command("documents")
@click.pass_context
def documents_command(context: click.Context) -> None:
    """Measure how many documents a second are drawn."""
    assert context.parent is not None
    documents.measure(quick=context.parent.params["quick"])


@command.command("bill")
@click.option("--million", is_flag=True, help="A million subscriptions instead of 100,000, once.")
@click.pass_context
def bill_command(context: click.Context, *, million: bool) -> None:
    """Measure a bill run beside the same rows by hand-written SQL."""
    assert context.parent is not None
    if context.parent.params["quick"]:
        bill.measure(bill.QUICK)
    else:
        bill.measure(bill.MILLION if million else bill.FULL)


@command.command("lists")
@click.option("--payments", default=10_000_000, show_default=True, help="How many payments are loaded.")
@click.pass_context
def lists_command(context: click.Context, *, payments: int) -> None:
    """Measure lists of payments: each filter, order and search, and files of them."""
    assert context.parent is not None
    with installation():
        # It knows Django's models, which are there from here on.
        from bench import lists

        lists.measure(quick=context.parent.params["quick"], payments=payments)


@command.command("audit")
@click.option("--entries", default=10_000_000, show_default=True, help="How many entries are loaded.")
@click.pass_context
def audit_command(context: click.Context, *, entries: int) -> None:
    """Measure the audit: each filter and search of it."""
    assert context.parent is not None
    with installation():
        # It knows Django's models, which are there from here on.
        from bench import audit

        audit.measure(quick=context.parent.params["quick"], entries=entries)


@command.command("portal")
@click.option("--payments", default=10_000_000, show_default=True, help="How many payments are loaded.")
@click.pass_context
def portal_command(context: click.Context, *, payments: int) -> None:
    """Measure every page of the portal, for a small and for a very large account."""
    assert context.parent is not None
    with installation():
        # It knows Django's models, which are there from here on.
        from bench import portal

        portal.measure(quick=context.parent.params["quick"], payments=payments)


@command.command("reports")
@click.option("--payments", default=10_000_000, show_default=True, help="How many payments are loaded.")
@click.pass_context
def reports_command(context: click.Context, *, payments: int) -> None:
    """Measure the first view of every report, adding up what they read, and proving all books."""
    assert context.parent is not None
    with installation():
        # It knows Django's models, which are there from here on.
        from bench import reports

        reports.measure(quick=context.parent.params["quick"], payments=payments)


def _hot_paths(*, quick: bool) -> None:
    wrk.require_wrk()
    with installation() as conninfo:
        # These know Django's models, which are there from here on.
        from bench import anatomy, balances, load, report, runs

        plan = runs.QUICK if quick else runs.FULL
        _told("loading", lambda: load.load(plan.size))
        _told("verifying the books", load.verify)
        key, cookie = load.program_key(), load.staff_cookie()
        bodies = runs.Bodies(plan.size)
        figures = _told("measuring", lambda: runs.measure(plan, conninfo, bodies=bodies, key=key, cookie=cookie))
        checked = _told("verifying the books", load.verify)
        sends = {runs.WRITE: anatomy.posting(bodies.take(plan.anatomy), key=key)}
        sends |= {name: anatomy.reading(wanted) for name, wanted in runs.readings(key=key, cookie=cookie).items()}
        dissected = {
            name: _told(f"dissecting {name}", partial(anatomy.dissect, send, plan.anatomy))
            for name, send in sends.items()
        }
        floor_ms = anatomy.floor_ms(conninfo, first=plan.size.paid, times=plan.anatomy)
        grown = _told("growing a balance", balances.measure)
        report.publish(plan, figures, dissected, floor_ms, grown, checked=checked, keeps=not quick)


def _told(what: str, act: Callable[[], T]) -> T:
    click.echo(f"{what} … ", nl=False)
    began = time.monotonic()
    found = act()
    click.echo(f"{time.monotonic() - began:.0f} s")
    return found


if __name__ == "__main__":
    command()
