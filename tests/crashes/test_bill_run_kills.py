"""A bill run that is killed again and again, under two workers, ends as one that nobody disturbed (S69)."""

import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from signal import SIGKILL
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.usecases import bill_run
from tests.conftest import OwnDatabase, check_books
from tests.crashes.victim import Victim
from tests.databases import Databases, disconnect, django_at
from tests.scenarios.conftest import at, uid
from tests.scenarios.subscribers import Subscribers, rows

pytestmark = pytest.mark.processes

DAY = "2026-03-01"
KILLS = 10
# How many subscriptions a step bills: there are about a hundred and fifty steps to be killed in.
LIMIT = 12


def crowd(world: Subscribers) -> UUID:
    """This function will let people subscribe, alone and in groups, in two currencies, with a year to catch up on."""
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2020, 1, 1), rate=Decimal("0.917431192661"), source="Bank")
    prices = [
        world.price(),
        world.price(1999, includes_tax=True),
        world.price(777, currency="USD"),
        world.price(12000, frequency="quarterly"),
        world.price(0),
    ]
    groups = [world.group(world.customer(f"Payer {n}"), day=n, first=f"2025-02-{n:02}", name=f"G{n}") for n in (1, 15)]
    for number in range(150):
        customer = world.customer(f"Customer {number}", terms_days=number % 31)
        if number % 5 == 0:
            world.join(groups[number % 2], customer, "2025-01-01")
        world.subscribe(
            customer, prices[number % 5], start=f"2025-01-{1 + number % 28:02}", quantity=str(1 + number % 3)
        )
    return uid("run", bill_run.begin_bill_run(actor=world.staff, at=at(DAY))["id"])


def ready(database_url: str, run: UUID) -> Victim:
    """This function will start a worker of the run, and return it when it is ready for its first step."""
    order = {"act": "bill", "run": str(run), "moment": at(DAY).isoformat(), "limit": LIMIT}
    worker = Victim(order, database_url)
    worker.await_ready()
    return worker


# All that was billed, without what chance made: ids of rows, and who was quicker. Each is grouped and ordered whole.
BOOKS = {
    "periods": (
        "period.subscription_id, period.period_start, period.period_end, line.net_minor, line.tax_minor, "
        "line.position, line.member_id, invoice.customer_id, invoice.currency, invoice.total_minor, due_date, seller, "
        "buyer "
        "FROM subscriptions_billedperiod AS period JOIN invoices_invoiceline AS line ON line.id = line_id "
        "JOIN invoices_invoice AS invoice ON invoice.id = line.invoice_id"
    ),
    "invoices": "customer_id, currency, total_minor, state FROM invoices_invoice",
    "numbers": "number FROM invoices_invoice",
    "postings": (
        "rule, effective_date, account, side, currency, amount_minor, base_minor, customer_id "
        "FROM ledger_posting JOIN ledger_journalentry AS entry ON entry.id = entry_id"
    ),
    "balances": "customer_id, account, currency, balance_minor, base_minor FROM ledger_customerbalance",
    "expected": "customer_id, currency, total_minor, due_date, status FROM payments_payment",
    "trail": "action, actor_label FROM foundation_auditentry WHERE object_kind = 'invoice'",
    "goes on": "id, next_period_start, state FROM subscriptions_subscription",
    "groups": "id, next_billing_date FROM customers_billinggroup",
}
# What steps add up to, however many there were.
SUMS = {
    "controls": "account, currency, sum(balance_minor), sum(base_minor) FROM ledger_balancedelta GROUP BY 1, 2",
    "run": "currency, sum(invoices), sum(periods), sum(total_minor) FROM subscriptions_billchunk GROUP BY 1",
    "mails": (
        "count(DISTINCT told), count(*) FROM procrastinate_jobs, jsonb_array_elements(args -> 'invoice_ids') AS told "
        "WHERE task_name = 'mail.invoices'"
    ),
}


def books() -> dict[str, Any]:
    """This function will return all that was billed."""
    found = {
        name: rows(f"SELECT told, count(*) FROM (SELECT {each}) AS told GROUP BY told ORDER BY told::text")
        for name, each in BOOKS.items()
    }
    return found | {name: sorted(rows(f"SELECT {each}")) for name, each in SUMS.items()}


@contextmanager
def copied(databases: Databases, url: str) -> Iterator[str]:
    """This function will lend a copy of a database, to which nobody is connected meanwhile."""
    name = conninfo_to_dict(url)["dbname"]
    disconnect()
    with psycopg.connect(databases.conninfo_of("postgres"), autocommit=True) as connection:
        copy = f"{name}_copy"
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(copy), sql.Identifier(str(name)))
        )
    try:
        yield databases.conninfo_of(copy)
    finally:
        databases.drop(copy)


def test_s69_killed_ten_times_under_two_workers_and_completed(own_database: OwnDatabase, databases: Databases) -> None:
    run = crowd(Subscribers())
    with copied(databases, own_database.url) as url:
        worker = ready(url, run)
        worker.begin()
        assert worker.wait(120) == 0
        with django_at(url):
            undisturbed = books()
            check_books()

    chance = random.Random(69)
    progress = []
    for _ in range(KILLS // 2):
        workers = [ready(own_database.url, run) for _ in range(2)]
        for worker in workers:
            worker.begin()
        for worker in workers:
            time.sleep(chance.uniform(0.02, 0.2))
            worker.kill()
            assert worker.wait(60) == -SIGKILL
        progress.append(len(rows("SELECT 1 FROM invoices_invoice")))
    assert progress == sorted(progress)
    assert 0 < progress[-1] < len(undisturbed["numbers"]), "it was killed while there was work to do"
    workers = [ready(own_database.url, run) for _ in range(2)]
    for worker in workers:
        worker.begin()
    assert [worker.wait(120) for worker in workers] == [0, 0]

    ended = books()
    for part, told in undisturbed.items():
        assert ended[part] == told, part
    numbers = [row[0] for row in rows("SELECT number FROM invoices_invoice ORDER BY number")]
    assert numbers == [f"INV-2026-{number:05}" for number in range(1, len(numbers) + 1)]
    assert rows("SELECT finished_at IS NOT NULL FROM subscriptions_billrun") == [(True,)]
