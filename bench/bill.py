"""`python -m bench bill`: a bill run of 100,000 subscriptions beside the same rows written by hand-written SQL.

Each run begins with a fresh copy of one loaded database, so that all of them do the same; ours and the floor's come in
turns. With `--million` it is a million subscriptions, once, by two workers.
"""

import os
import platform
import resource
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.table import Table

from bench import bill_floor
from bench.ground import installation
from bench.subscribers import AS_OF, Crowd

OURS, FLOOR = "tallystick bill", "the same rows, SQL by hand"
# Everything that both write.
_WRITTEN = (
    "invoices_invoice",
    "invoices_invoiceline",
    "subscriptions_billedperiod",
    "ledger_journalentry",
    "ledger_posting",
    "ledger_customerbalance",
    "payments_payment",
    "payments_paymentevent",
)


@dataclass(frozen=True)
class Scale:
    """What is billed, how often, by how many workers, and the file that keeps the figures, if any."""

    crowd: Crowd
    repetitions: int
    workers: tuple[int, ...]
    results: Path | None


FULL = Scale(
    Crowd(customers=80_000, subscriptions=100_000, groups=1_000, members=8),
    repetitions=3,
    workers=(1, 2),
    results=Path(__file__).with_name("results-bill.md"),
)
MILLION = Scale(
    Crowd(customers=800_000, subscriptions=1_000_000, groups=10_000, members=8),
    repetitions=1,
    workers=(2,),
    results=Path(__file__).with_name("results-bill-million.md"),
)
QUICK = Scale(
    Crowd(customers=1_600, subscriptions=2_000, groups=20, members=8), repetitions=1, workers=(1, 2), results=None
)


@dataclass
class Run:
    """One run: how long it took, what it cost each side, and the most memory of a process of ours, in MB."""

    seconds: float
    python_seconds: float = 0.0
    server_seconds: float = 0.0
    memory_mb: float = 0.0
    rerun_seconds: float = 0.0
    written: dict[str, Any] = field(default_factory=dict)


def measure(scale: Scale) -> None:
    """This function will measure the bill run beside hand-written SQL on the same server, and keep what it found."""
    crowd = scale.crowd
    with installation() as conninfo:
        from bench import subscribers
        from tallystick.interfaces.cli.ground import disconnect

        click.echo("loading")
        subscribers.load(crowd)
        # A database that somebody is connected to cannot be copied.
        disconnect()
        found: dict[tuple[str, int], list[Run]] = {}
        for repetition in range(scale.repetitions):
            for workers in scale.workers:
                for name, act in ((OURS, _ours), (FLOOR, _floor)):
                    with _copy(conninfo) as copied:
                        run = _costed(conninfo, lambda act=act, to=copied, n=workers: act(to, workers=n))
                        run.written = _written(copied)
                        if repetition == 0:
                            _verify(copied)
                    found.setdefault((name, workers), []).append(run)
                    click.echo(f"{name}, {workers}: {crowd.subscriptions / run.seconds:,.0f} per second")
        _require_same(found)
        _publish(scale, found, version=_one(conninfo, "SHOW server_version"))


def _ours(conninfo: str, *, workers: int) -> Run:
    seconds, memory_mb = _bill(conninfo, workers)
    rerun, _ = _bill(conninfo, workers)
    return Run(seconds=seconds, memory_mb=memory_mb, rerun_seconds=rerun)


def _bill(conninfo: str, workers: int) -> tuple[float, float]:
    """Do a run by the command, and return how long it took from its first step on, and the most memory of a process."""
    program = [sys.executable, "-m", "tallystick.interfaces.cli.main", "bill"]
    environment = {**os.environ, "DATABASE_URL": conninfo}
    process = subprocess.Popen(
        [*program, "--as-of", AS_OF, "--workers", str(workers)], env=environment, stdout=subprocess.DEVNULL
    )
    watched = _Memory(process.pid)
    with watched:
        code = process.wait()
    if code:
        raise RuntimeError(f"tallystick bill ended with {code}.")
    took = "SELECT extract(epoch FROM finished_at - started_at) FROM subscriptions_billrun ORDER BY started_at DESC"
    return float(_one(conninfo, f"{took} LIMIT 1")), watched.most_mb


class _Memory:
    """Watches the memory of a process and of those that it started."""

    def __init__(self, pid: int) -> None:
        self.most_mb = 0.0
        self._pid = pid
        self._done = threading.Event()
        self._thread = threading.Thread(target=self._watch)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self._thread.join()

    def _watch(self) -> None:
        while not self._done.wait(0.1):
            for pid in (self._pid, *_children(self._pid)):
                try:
                    status = Path(f"/proc/{pid}/status").read_text()
                except OSError:
                    continue
                high = [line.split()[1] for line in status.splitlines() if line.startswith("VmHWM")]
                self.most_mb = max([self.most_mb, *(int(each) / 1024 for each in high)])


def _children(pid: int) -> list[int]:
    try:
        return [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _floor(conninfo: str, *, workers: int) -> Run:
    begin = (
        "INSERT INTO subscriptions_billrun (id, as_of_date, started_at, started_by) "
        f"VALUES (uuidv7(), '{AS_OF}', now(), 'Bench') RETURNING id::text"
    )
    return Run(seconds=bill_floor.bill(conninfo, _one(conninfo, begin), workers=workers))


def _costed(conninfo: str, act: Any) -> Run:
    """Do a run and add what processor time it took in Python and in the server."""
    python, server = resource.getrusage(resource.RUSAGE_CHILDREN), _server_seconds(conninfo)
    run: Run = act()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    run.python_seconds = after.ru_utime + after.ru_stime - python.ru_utime - python.ru_stime
    # A backend's time is its parent's once it has ended.
    time.sleep(1)
    run.server_seconds = _server_seconds(conninfo) - server
    return run


def _server_seconds(conninfo: str) -> float:
    """The processor time of all backends that have ended."""
    folder = Path(_one(conninfo, "SHOW data_directory"))
    pid = (folder / "postmaster.pid").read_text().split()[0]
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


@contextmanager
def _copy(conninfo: str) -> Iterator[str]:
    """Lend a fresh copy of the loaded database."""
    with psycopg.connect(conninfo) as connection:
        loaded = connection.info.dbname
    name = "bench_bill"
    with psycopg.connect(make_conninfo(conninfo, dbname="postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(loaded))
        )
        connection.execute("CHECKPOINT")
        try:
            yield make_conninfo(conninfo, dbname=name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def _written(conninfo: str) -> dict[str, Any]:
    counts = {table: _one(conninfo, f"SELECT count(*) FROM {table}") for table in _WRITTEN}
    sums = {
        "audit entries": "SELECT count(*) FROM foundation_auditentry WHERE action = 'issue_invoice'",
        "amounts": "SELECT sum(hashtext(concat(total_minor, currency, tax_minor))::bigint) FROM invoices_invoice",
        "postings": (
            "SELECT sum(hashtext(concat(account, side, amount_minor, currency, base_minor, customer_id))::bigint) "
            "FROM ledger_posting"
        ),
        "expected": "SELECT sum(hashtext(concat(customer_id, total_minor, due_date))::bigint) FROM payments_payment",
    }
    return counts | {name: _one(conninfo, text) for name, text in sums.items()}


def _require_same(found: dict[tuple[str, int], list[Run]]) -> None:
    written = [run.written for runs in found.values() for run in runs]
    if any(each != written[0] for each in written):
        raise RuntimeError(f"The runs wrote different things: {written}")


def _verify(conninfo: str) -> None:
    program = [sys.executable, "-m", "tallystick.interfaces.cli.main", "verify-books"]
    subprocess.run(program, env={**os.environ, "DATABASE_URL": conninfo}, stdout=subprocess.DEVNULL, check=True)


def _one(conninfo: str, text: str) -> Any:
    with psycopg.connect(conninfo, autocommit=True) as connection:
        ((value,),) = connection.execute(text.encode()).fetchall()
    return value


def _publish(scale: Scale, found: dict[tuple[str, int], list[Run]], *, version: str) -> None:
    crowd = scale.crowd
    head = ("what", "workers", "per second", "of the floor", "Python s", "server s", "MB", "nothing to do, s")
    rows = []
    for (name, workers), runs in found.items():
        rate = _median(crowd.subscriptions / run.seconds for run in runs)
        shares = [
            floor.seconds / run.seconds for run, floor in zip(runs, found[FLOOR, workers], strict=True) if name == OURS
        ]
        rows.append(
            (
                name,
                str(workers),
                f"{rate:,.0f}",
                f"{_median(shares):.2f} ({min(shares):.2f} to {max(shares):.2f})" if shares else "",
                f"{_median(run.python_seconds for run in runs):.1f}" if shares else "",
                f"{_median(run.server_seconds for run in runs):.1f}",
                f"{max(run.memory_mb for run in runs):.0f}" if shares else "",
                f"{_median(run.rerun_seconds for run in runs):.2f}" if shares else "",
            )
        )
    table = Table(*head, title="Bill run")
    for row in rows:
        table.add_row(*row)
    Console(width=120).print(table)
    if scale.results is not None:
        load = ", ".join(f"{each:.1f}" for each in os.getloadavg())
        written = ", ".join(
            f"{count:,} of {table}"
            for table, count in next(iter(found.values()))[0].written.items()
            if table in _WRITTEN
        )
        lines = [head, tuple("---" for _ in head), *rows]
        scale.results.write_text(
            f"# Last bill run\n\n{datetime.now(tz=UTC):%Y-%m-%d %H:%M} UTC, {os.cpu_count()} processors, "
            f"Python {platform.python_version()}, PostgreSQL {version} with fsync. Load over 1, 5 and 15 minutes at "
            f"the end: {load}. {crowd.subscriptions:,} subscriptions of {crowd.customers:,} customers, "
            f"{crowd.groups:,} groups of {crowd.members}; {_often(scale.repetitions)}.\n\n"
            f"Each run wrote the same, and `verify-books` held: {written}.\n\n"
            + "\n".join("| " + " | ".join(line) + " |" for line in lines)
            + "\n"
        )


def _often(repetitions: int) -> str:
    return "one run of each" if repetitions == 1 else f"medians of {repetitions} runs of each"


def _median(values: Iterable[float]) -> float:
    return statistics.median(values)
