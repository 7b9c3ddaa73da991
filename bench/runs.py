"""The runs: each measurement several times, the API and the floor in turns, so that noise meets both."""

import json
import statistics
from collections import defaultdict
from dataclasses import dataclass

from bench import floor, wrk
from bench.ground import query, site
from bench.load import TOTAL, Size
from bench.wrk import Figures

CLIENTS = (1, 8)
WORKERS = (1, 2)


@dataclass(frozen=True)
class Plan:
    """How long and how often."""

    size: Size
    repetitions: int
    write_seconds: int
    read_seconds: int
    # How many requests of each kind are taken apart.
    anatomy: int


FULL = Plan(Size(customers=2_000, paid=10_000, open=80_000), 3, write_seconds=3, read_seconds=3, anatomy=600)
QUICK = Plan(Size(customers=200, paid=500, open=8_000), 1, write_seconds=1, read_seconds=3, anatomy=90)

# What is measured, with how many processes of the web server and how many clients.
Case = tuple[str, int, int]
WRITE, FLOOR = "POST /api/v1/payments", "the same writes, one SQL statement"
LIST, OFFICE_LIST, OFFICE_PAGE = "GET /api/v1/payments?limit=50", "/office/payments/", "/office/payments/pay_…/"


@dataclass(frozen=True)
class Reading:
    """An address that is read, and the headers that it takes."""

    path: str
    headers: dict[str, str]


class Bodies:
    """The open invoices as requests, each taken once, from the far end: the floor takes them from the near one."""

    def __init__(self, size: Size) -> None:
        rows = query(
            "SELECT invoice_id, customer_id FROM bench_row WHERE NOT is_paid ORDER BY n DESC LIMIT %s", [size.open // 2]
        )
        self._left = [_body(invoice.hex, customer.hex) for invoice, customer in rows]

    def peek(self) -> list[str]:
        """This function will return what is left."""
        return self._left

    def take(self, count: int) -> list[str]:
        """This function will take so many."""
        taken, self._left = self._left[:count], self._left[count:]
        return taken


def measure(plan: Plan, conninfo: str, *, bodies: Bodies, key: str, cookie: str) -> dict[Case, list[Figures]]:
    """This function will do all runs and return the figures of each case."""
    found: dict[Case, list[Figures]] = defaultdict(list)
    text = floor.statement(first=plan.size.paid, total=TOTAL)
    for workers in WORKERS:
        with site(workers=workers) as address:
            for clients in CLIENTS:
                _write(plan, f"{address}/api/v1/payments", bodies, key, workers=workers, clients=clients, seconds=1)
                for _ in range(plan.repetitions):
                    wrote = _write(
                        plan,
                        f"{address}/api/v1/payments",
                        bodies,
                        key,
                        workers=workers,
                        clients=clients,
                        seconds=plan.write_seconds,
                    )
                    found[WRITE, workers, clients].append(wrote)
                    drove = floor.drive(conninfo, text, clients=clients, seconds=max(plan.write_seconds - 1, 1))
                    found[FLOOR, workers, clients].append(drove)
                for name, wanted in readings(key=key, cookie=cookie).items():
                    _read(wanted, address, clients=clients, seconds=1)
                    for _ in range(plan.repetitions):
                        read = _read(wanted, address, clients=clients, seconds=plan.read_seconds)
                        found[name, workers, clients].append(read)
    return found


def readings(*, key: str, cookie: str) -> dict[str, Reading]:
    """This function will return what is read: a list by a program, a list and a page by staff."""
    ((payment,),) = query("SELECT payment_id FROM bench_row WHERE is_paid ORDER BY n DESC LIMIT 1")
    return {
        LIST: Reading("/api/v1/payments?limit=50", {"Authorization": f"Bearer {key}"}),
        OFFICE_LIST: Reading("/office/payments/", {"Cookie": cookie}),
        OFFICE_PAGE: Reading(f"/office/payments/pay_{payment.hex}/", {"Cookie": cookie}),
    }


def median(runs: list[Figures]) -> Figures:
    """This function will return the median of each figure."""
    return Figures(
        per_second=statistics.median(run.per_second for run in runs),
        median_ms=statistics.median(run.median_ms for run in runs),
        p99_ms=statistics.median(run.p99_ms for run in runs),
        requests=sum(run.requests for run in runs),
    )


def _write(plan: Plan, url: str, bodies: Bodies, key: str, *, workers: int, clients: int, seconds: int) -> Figures:
    left = bodies.peek()
    keys = f"{workers}-{clients}-{plan.size.open - len(left)}"
    wrote = wrk.post(url, left, key=key, keys=keys, clients=clients, seconds=seconds)
    # What was under way when wrk stopped may have been paid as well.
    bodies.take(wrote.requests + 2 * clients)
    return wrote


def _read(wanted: Reading, address: str, *, clients: int, seconds: int) -> Figures:
    return wrk.get(address + wanted.path, headers=wanted.headers, clients=clients, seconds=seconds)


def _body(invoice: str, customer: str) -> str:
    return json.dumps(
        {
            "customer": f"cus_{customer}",
            "total_minor": TOTAL,
            "currency": "EUR",
            "method": "bank_transfer",
            "reference": "Bench",
            "allocations": [{"invoice": f"inv_{invoice}", "amount_minor": TOTAL}],
        }
    )
