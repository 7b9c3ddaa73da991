"""What was measured, as tables: on the terminal, and in `bench/results.md`."""

import os
import platform
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from bench.anatomy import Anatomy
from bench.balances import Balance
from bench.ground import query
from bench.runs import CLIENTS, FLOOR, LIST, OFFICE_LIST, OFFICE_PAGE, WORKERS, WRITE, Case, Plan, median
from bench.wrk import Figures

RESULTS = Path(__file__).with_name("results.md")
Rows = list[tuple[str, ...]]


def publish(
    plan: Plan,
    figures: dict[Case, list[Figures]],
    anatomies: dict[str, Anatomy],
    floor_ms: float,
    balances: list[Balance],
    *,
    checked: int,
    keeps: bool,
) -> None:
    """This function will show the tables, and write them to `results.md` when the run counts (`keeps`)."""
    console = Console(width=max(Console().width, 110))
    text = f"# Last run\n\n{_circumstances(plan, checked)}\n"
    for title, (head, rows) in {
        "Requests": _requests(figures),
        "Processor time of one request": _times(anatomies, floor_ms),
        "Python of one request, by module": _modules(anatomies),
        **{f"Statements of one {name}": _statements(anatomy) for name, anatomy in anatomies.items()},
        "Balance of a customer": _balances(balances),
    }.items():
        table = Table(*head, title=title)
        for row in rows:
            table.add_row(*row)
        console.print(table)
        lines = [head, tuple("---" for _ in head), *rows]
        text += f"\n## {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
    if keeps:
        RESULTS.write_text(text)


def _circumstances(plan: Plan, checked: int) -> str:
    ((version,),) = query("SELECT current_setting('server_version')")
    load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
    size = plan.size
    return (
        f"{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, {platform.machine()}, "
        f"Python {platform.python_version()}, PostgreSQL {version} with fsync. Load of the machine over 1, 5 and 15 "
        f"minutes at the end: {load}.\n\n{size.customers:,} customers, {size.paid:,} paid and {size.open:,} open "
        f"invoices at the start; medians of {plan.repetitions} runs. Afterwards `verify-books` "
        f"held on {checked:,} counts."
    )


def _requests(figures: dict[Case, list[Figures]]) -> tuple[tuple[str, ...], Rows]:
    rows: Rows = []
    for workers in WORKERS:
        for clients in CLIENTS:
            base = median(figures[FLOOR, workers, clients])
            for name in (WRITE, FLOOR, LIST, OFFICE_LIST, OFFICE_PAGE):
                found = median(figures[name, workers, clients])
                share = f"{found.per_second / base.per_second:.2f}" if name == WRITE else ""
                rows.append(
                    (
                        name,
                        "" if name == FLOOR else str(workers),
                        str(clients),
                        f"{found.per_second:,.0f}",
                        f"{found.median_ms:.1f}",
                        f"{found.p99_ms:.1f}",
                        share,
                    )
                )
    return ("what", "workers", "clients", "per second", "median ms", "p99 ms", "of the floor"), rows


def _times(anatomies: dict[str, Anatomy], floor_ms: float) -> tuple[tuple[str, ...], Rows]:
    rows = [
        (
            name,
            f"{each.python_ms:.2f}",
            f"{each.database_ms:.2f}",
            f"{sum(found.times for found in each.statements):.0f}",
        )
        for name, each in anatomies.items()
    ]
    return ("request", "ms in Python", "ms in PostgreSQL", "statements"), [*rows, (FLOOR, "", f"{floor_ms:.2f}", "1")]


def _statements(anatomy: Anatomy) -> tuple[tuple[str, ...], Rows]:
    # One that comes once in many requests, such as the settings, is none of this request's.
    rows: Rows = [
        (f"`{each.text[:90]}`".replace("|", "\\|"), f"{each.times:.0f}", f"{each.milliseconds:.2f}")
        for each in anatomy.statements
        if each.times > 0.5
    ]
    return ("statement", "times", "ms as waited for"), rows


def _modules(anatomies: dict[str, Anatomy]) -> tuple[tuple[str, ...], Rows]:
    largest: dict[str, float] = defaultdict(float)
    for anatomy in anatomies.values():
        for module, share in anatomy.modules.items():
            largest[module] = max(largest[module], share)
    shown = sorted((module for module, share in largest.items() if share >= 0.02), key=lambda module: -largest[module])
    rows: Rows = [
        (module, *(f"{anatomy.modules.get(module, 0):.1%}" for anatomy in anatomies.values())) for module in shown
    ]
    return ("module", *anatomies), rows


def _balances(balances: list[Balance]) -> tuple[tuple[str, ...], Rows]:
    rows: Rows = [(f"{each.postings:,}", f"{each.median_ms:.2f}", str(each.buffers)) for each in balances]
    return ("postings", "median ms", "buffers read"), rows
