"""`tallystick bill`."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from typing import TYPE_CHECKING
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from tallystick.interfaces.cli.ground import ready

if TYPE_CHECKING:
    from tallystick.wire.bill_runs import BilledShape, BillFailureShape

# How long a worker waits for others that are at the last steps.
PAUSE_SECONDS = 0.2
# Sub-processes go on with this run instead of beginning one.
JOINED_RUN = "TALLYSTICK_BILL_RUN"


@click.command()
@click.option(
    "--as-of",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Bill what is due on this day, YYYY-MM-DD; today when left out, and never later but in a dry run.",
)
@click.option("--dry-run", is_flag=True, help="Tell what would be billed, and bill nothing.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(1, 32), help="Processes that share it.")
def command(as_of: datetime | None, *, dry_run: bool, workers: int) -> None:
    """Bill everything that is due; ends with 1 when something could not be billed.

    It can be stopped at any moment: what was billed stays, and the next run does the rest.
    """
    day = as_of.date() if as_of else None
    console = Console(highlight=False)
    with ready("bill"):
        from tallystick.foundation.errors import ExpectedError

        try:
            if joined := os.environ.get(JOINED_RUN):
                go_on(UUID(joined))
                return
            failed = tell_dry_run(console, day) if dry_run else run_bills(console, day, workers)
        except ExpectedError as error:
            raise click.ClickException(str(error)) from None
    if failed:
        raise SystemExit(1)


def tell_dry_run(console: Console, day: date | None) -> int:
    """This function will show what a run would bill, and return how much it could not."""
    from tallystick.foundation import clock
    from tallystick.usecases import bill_run
    from tallystick.usecases.frame import SYSTEM

    at = clock.now()
    with console.status("Planning the bills"):
        shape = bill_run.preview_bill_run(actor=SYSTEM, at=at, as_of_date=day or clock.local_date(at))
    show(console, f"Would be billed as of {shape['as_of_date']}", shape["billed"])
    if shape["groups"]:
        table = Table("Group", "Invoices", "Periods", "Total", title="Of these, to billing groups")
        for group in shape["groups"]:
            for each in group["billed"]:
                table.add_row(group["name"], *_figures(each))
        console.print(table)
    show_failures(console, shape["failed"], shape["failures"])
    return shape["failed"]


def run_bills(console: Console, day: date | None, workers: int) -> int:
    """This function will do a run with so many processes, this one among them, and return how much failed."""
    from tallystick.foundation import clock
    from tallystick.usecases import bill_run
    from tallystick.usecases.frame import SYSTEM
    from tallystick.wire import bill_runs as wire
    from tallystick.wire.ids import bill_run_id_of

    begun = bill_run.begin_bill_run(actor=SYSTEM, at=clock.now(), as_of_date=day)
    run_id = bill_run_id_of(begun["id"])
    words = TextColumn("Billing · {task.completed:,.0f} periods, {task.fields[failed]:,} failed")
    shown = console.is_terminal
    with Progress(
        words, BarColumn(), TimeElapsedColumn(), console=console, transient=True, disable=not shown
    ) as progress:
        task = progress.add_task("", total=None, failed=0)
        with others(workers - 1, run_id):
            while not _step(run_id):
                shape = wire.one_run(run_id)
                billed = sum(each["periods"] for each in shape["billed"])
                progress.update(task, completed=billed, failed=shape["failed"])
    shape = wire.one_run(run_id)
    show(console, f"Billed as of {shape['as_of_date']}", shape["billed"])
    show_failures(console, shape["failed"], shape["failures"])
    return shape["failed"]


@contextmanager
def others(count: int, run_id: UUID) -> Iterator[None]:
    """This function will let so many other processes go on with a run too, and wait for them at the end."""
    command_line = [sys.executable, "-m", "tallystick.interfaces.cli.main", "bill"]
    environment = {**os.environ, JOINED_RUN: str(run_id)}
    processes = [subprocess.Popen(command_line, env=environment) for _ in range(count)]
    try:
        yield
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for process in processes:
            process.wait()


def go_on(run_id: UUID) -> None:
    """This function will do steps of a run until it has finished."""
    while not _step(run_id):
        pass


def _step(run_id: UUID) -> bool:
    """Do one step, for whoever began the run; say whether it has finished."""
    from tallystick.foundation import clock
    from tallystick.usecases import bill_run

    outcome = bill_run.step(actor=bill_run.whoever_began(run_id), at=clock.now(), run_id=run_id)
    if outcome is bill_run.Outcome.WAITING:
        time.sleep(PAUSE_SECONDS)
    return outcome is bill_run.Outcome.FINISHED


def show(console: Console, title: str, billed: "list[BilledShape]") -> None:
    """This function will print what was billed, a line for each currency."""
    if not billed:
        console.print("Nothing is due.")
        return
    table = Table("Currency", "Invoices", "Periods", "Total", title=title)
    for column in table.columns[1:]:
        column.justify = "right"
    for each in billed:
        table.add_row(each["currency"], *_figures(each))
    console.print(table)


def show_failures(console: Console, failed: int, failures: "list[BillFailureShape]") -> None:
    """This function will print what could not be billed, and why."""
    if not failed:
        return
    console.print(f"{failed:,} could not be billed:", style="red")
    for failure in failures:
        console.print(f"  {failure['subscription'] or failure['billing_group']}  {failure['detail']}", markup=False)
    if failed > len(failures):
        console.print(f"  … and {failed - len(failures):,} more: see the bill run in the back office or over the API.")


def _figures(billed: "BilledShape") -> tuple[str, str, str]:
    from tallystick.money.amounts import Money
    from tallystick.money.currencies import parse_currency

    total = Money(billed["total_minor"], parse_currency(billed["currency"]))
    return f"{billed['invoices']:,}", f"{billed['periods']:,}", str(total)
