"""Runs that earn revenue, credit notes and voids at the same instant: of what is deferred, each unit leaves once."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from tallystick.invoices.totals import LineInput
from tallystick.reports.verify_books import verify_books
from tallystick.usecases import bill, earn_revenue
from tallystick.usecases.frame import SYSTEM
from tests.concurrency.race import connections_for, race
from tests.conftest import OwnDatabase
from tests.scenarios.conftest import World, at, uid
from tests.scenarios.subscribers import rows

NOW = at("2026-03-10")
JANUARY = date(2026, 1, 1)


@pytest.fixture
def world(own_database: OwnDatabase) -> Iterator[World]:
    """A business in a database in which everything is committed."""
    with connections_for(12):
        yield World()


def a_year(world: World) -> UUID:
    """This function will issue an invoice for a year in advance."""
    line = LineInput(
        description="A year",
        quantity=Decimal(1),
        unit_price_minor=36500,
        tax_rate_id=world.vat,
        period_start=JANUARY,
        period_end=date(2027, 1, 1),
    )
    told = bill.create_invoice(
        actor=world.staff, at=at("2026-01-01"), customer_id=world.customer(), currency="EUR", lines=[line]
    )
    bill.issue_invoice(actor=world.staff, at=at("2026-01-01"), invoice_id=uid("inv", told["id"]))
    return uid("inv", told["id"])


def steps() -> None:
    while earn_revenue.step(at=NOW, limit=1):
        pass


def test_credit_notes_voids_and_two_workers_meet_a_run(world: World) -> None:
    credited, voided, _kept = a_year(world), a_year(world), a_year(world)
    earn_revenue.begin_revenue_run(actor=SYSTEM, at=NOW, month=JANUARY)
    finish = race(
        steps,
        steps,
        lambda: bill.issue_credit_note(actor=world.staff, at=NOW, invoice_id=credited, reason="All of it"),
        lambda: bill.void_invoice(actor=world.staff, at=NOW, invoice_id=voided, reason="Wrong"),
    )
    assert set(finish.refusals) <= {"RevenueIsEarned"}
    steps()
    assert verify_books().failures == []
    assert rows("SELECT count(*) FROM invoices_revenuerun WHERE finished_at IS NOT NULL") == [(1,)]
    left = rows(
        "SELECT sum(minor)::bigint FROM (SELECT CASE side WHEN 'C' THEN amount_minor ELSE -amount_minor END AS minor "
        "FROM ledger_posting WHERE account = '2400') AS deferred"
    )
    # Eleven months of what was kept, and of what could not be voided any more.
    assert left == [(33400 * (1 + finish.refusals.total()),)]


def test_several_who_begin_at_once_begin_the_same_runs(world: World) -> None:
    a_year(world)

    def begin(month: date) -> str:
        return earn_revenue.begin_revenue_run(actor=SYSTEM, at=NOW, month=month)["id"]

    january, february = (lambda: begin(JANUARY)), (lambda: begin(date(2026, 2, 1)))
    finish = race(january, january, february, february, february)
    assert (finish.refusals.total(), len(set(finish.results))) == (0, 2)
    steps()
    assert rows("SELECT month FROM invoices_revenuerun ORDER BY 1") == [(JANUARY,), (date(2026, 2, 1),)]
    assert verify_books().failures == []
