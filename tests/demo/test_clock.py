"""When the demonstration's clock is moved forward, each day that is passed brings what is due on it, once."""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

import pytest

from tallystick.foundation import clock
from tallystick.foundation.months import months_after
from tallystick.interfaces.jobs import billing, demo
from tallystick.subscriptions import run_queries
from tallystick.usecases import bill_run, demo_clock
from tallystick.usecases.frame import SYSTEM
from tests.demo.conftest import Played, rows

CUSTOMERS = 24

pytestmark = pytest.mark.processes


def test_the_next_month_brings_what_the_dry_run_told_and_every_day_its_own_run(played: Played, settings: Any) -> None:
    settings.DEMO = True
    begins = _to_the_next_month()
    first = months_after(begins, 1, day=1)
    told = bill_run.preview_bill_run(actor=SYSTEM, at=clock.now(), as_of_date=first)
    assert told["billed"]
    assert told["failed"] == 0
    runs, charges = _runs(), _charges()

    demo_clock.move_demo_clock(actor=SYSTEM, at=clock.now(), step=demo_clock.MONTH)
    # The clock's own run of the day waits for the days before.
    billing.begin()
    assert _runs() == runs
    demo.catch_up()

    new = [run for run in _runs() if run not in runs]
    assert clock.local_date(clock.now()) == first
    days = (first - begins).days
    assert [day for _, day in new] == [begins + timedelta(days=day) for day in range(1, days + 1)]
    assert _sum(run_queries.sums_of([run_id for run_id, _ in new]).values()) == _sum([told["billed"]])
    dates = rows(
        "SELECT invoice.invoice_date, period.period_start FROM subscriptions_billedperiod AS period "
        "JOIN invoices_invoice AS invoice ON invoice.id = period.invoice_id "
        "WHERE invoice.group_id IS NULL AND invoice.invoice_date > %s",
        begins,
    )
    assert {billed == start for billed, start in dates} == {True}
    charged = _charges() - charges
    # On their own days, not all of them when the clock had arrived.
    assert begins <= min(day for _, day in charged) < first


def test_the_days_passed_announced_what_was_then_billed_each_on_its_own_day(played: Played, settings: Any) -> None:
    """The month of the test before: seven days ahead, all of it being due at once but what was late from the start."""
    settings.DEMO = True
    told = rows(
        "SELECT customer_id, split_part(unique_key, ':', 3)::date AS bill_date, split_part(unique_key, ':', 4), "
        "(min(created_at) AT TIME ZONE 'Europe/Berlin')::date AS told_date "
        "FROM correspondence_message WHERE kind = 'coming_invoice' GROUP BY 1, 2, 3"
    )
    ahead = Counter((bill_date - told_date).days for _, bill_date, _, told_date in told)
    assert ahead[7]
    assert ahead.keys() <= set(range(1, 8))
    assert len({told_date for *_, told_date in told}) > 2
    today = clock.local_date(clock.now())
    reached = {(customer, day, currency) for customer, day, currency, _ in told if day <= today}
    assert reached
    assert reached <= set(rows("SELECT customer_id, invoice_date, currency FROM invoices_invoice"))


def test_caught_up_again_nothing_happens_twice(played: Played, settings: Any) -> None:
    settings.DEMO = True
    demo.catch_up()
    before = _everything()
    demo.catch_up()
    assert _everything() == before


def test_the_next_day_brings_what_the_dry_run_told(played: Played, settings: Any) -> None:
    settings.DEMO = True
    demo.catch_up()
    tomorrow = clock.local_date(clock.now()) + timedelta(days=1)
    told = bill_run.preview_bill_run(actor=SYSTEM, at=clock.now(), as_of_date=tomorrow)

    demo_clock.move_demo_clock(actor=SYSTEM, at=clock.now(), step=demo_clock.DAY)
    demo.catch_up()

    run_id, day = _runs()[-1]
    assert day == tomorrow
    assert _sum(run_queries.sums_of([run_id]).values()) == _sum([told["billed"]])


def _to_the_next_month() -> date:
    """The first day of a month, so that a whole one lies ahead; the days until then are caught up with."""
    demo_clock.move_demo_clock(actor=SYSTEM, at=clock.now(), step=demo_clock.MONTH)
    demo.catch_up()
    return clock.local_date(clock.now())


def _runs() -> list[tuple[Any, ...]]:
    return rows("SELECT id, as_of_date FROM subscriptions_billrun ORDER BY as_of_date")


def _charges() -> Counter[Any]:
    return Counter(rows("SELECT payment_id, created_at::date FROM payments_attempt WHERE agreement_id IS NOT NULL"))


def _everything() -> list[tuple[Any, ...]]:
    tables = (
        *("invoices_invoice", "payments_attempt", "ledger_journalentry", "subscriptions_billrun"),
        "correspondence_message",
    )
    return [rows(f"SELECT count(*) FROM {table}")[0] for table in tables]


def _sum(billed: Iterable[Iterable[Any]]) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    for part in billed:
        for each in part:
            for name in ("invoices", "periods", "total_minor"):
                found[each["currency"], name] += each[name]
    return found
