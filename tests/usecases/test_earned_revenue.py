"""Deferred revenue is earned month by month (J03): all of it, once, whatever happens to the invoice in between."""

import random
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection

from tallystick.foundation.errors import NotAllowed
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import transaction
from tallystick.invoices.earning import InvoiceMonthIsClosed, MonthIsClosed, RevenueIsEarned
from tallystick.invoices.totals import LineInput
from tallystick.ledger import operations as ledger
from tallystick.ledger import periods
from tallystick.ledger.periods import MonthNotOver, last_day
from tallystick.reports.verify_books import verify_books
from tallystick.usecases import bill, earn_revenue, month_end
from tallystick.usecases.frame import SYSTEM
from tests.scenarios.conftest import World, actor, at, uid

pytestmark = pytest.mark.django_db

JANUARY = date(2026, 1, 1)
NOW = at("2028-06-01")


@pytest.fixture
def world(db: None) -> World:
    return World()


def month(number: int) -> date:
    """The months of 2026 and on, from 1."""
    return months_after(JANUARY, number - 1, day=1)


def bills(world: World, *lines: tuple[int, date, date], day: str = "2026-01-01", currency: str = "EUR") -> UUID:
    """This function will issue an invoice of lines with a net amount and a period each."""
    customer = world.customer(currency=currency)
    inputs = [
        LineInput(
            description="Line",
            quantity=Decimal(1),
            unit_price_minor=net,
            tax_rate_id=world.vat,
            period_start=start,
            period_end=end,
        )
        for net, start, end in lines
    ]
    told = bill.create_invoice(actor=world.staff, at=at(day), customer_id=customer, currency=currency, lines=inputs)
    bill.issue_invoice(actor=world.staff, at=at(day), invoice_id=uid("inv", told["id"]))
    return uid("inv", told["id"])


def earns(of: date, *, limit: int = 2) -> Any:
    """This function will run a month to its end, in small steps."""
    told = earn_revenue.begin_revenue_run(actor=SYSTEM, at=NOW, month=of)
    while earn_revenue.step(at=NOW, limit=limit):
        pass
    return told


def rows(sql: str, *values: object) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return list(cursor.fetchall())


def posted() -> list[tuple[Any, ...]]:
    """What J03 posted: day, account, side, minor units and base."""
    return rows(
        "SELECT entry.effective_date, account, side, amount_minor, base_minor "
        "FROM ledger_journalentry AS entry JOIN ledger_posting AS posting ON posting.entry_id = entry.id "
        "WHERE rule = 'J03' ORDER BY effective_date, account, side, amount_minor"
    )


def deferred() -> list[tuple[Any, ...]]:
    """What is left in 2400, in minor units and in base, of the currencies that have anything."""
    signed = "sum(CASE side WHEN 'C' THEN {0} ELSE -{0} END)::bigint"
    found = rows(
        f"SELECT currency, {signed.format('amount_minor')}, {signed.format('base_minor')} "
        "FROM ledger_posting WHERE account = '2400' GROUP BY 1 ORDER BY 1"
    )
    return [each for each in found if each[1:] != (0, 0)]


def test_a_year_is_earned_by_its_days(world: World) -> None:
    bills(world, (36500, month(1), month(13)))
    earns(month(12))
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert [(each[0], each[3]) for each in posted() if each[1] == "2400"] == [
        (last_day(month(number)), length * 100) for number, length in enumerate(days, start=1)
    ]
    assert deferred() == []


def test_a_run_twice_earns_nothing_twice_and_takes_what_came_since(world: World) -> None:
    bills(world, (300, month(1), month(4)))
    earns(month(1))
    before = posted()
    earns(month(1))
    assert posted() == before
    bills(world, (300, month(1), month(4)), day="2026-01-31")
    told = earns(month(1))
    assert [each[3] for each in posted()] == [103, 103, 103, 103]
    assert told["month"] == "2026-01"
    assert deferred() == [("EUR", 394, 394)]


def test_negative_lines_and_other_currencies_are_earned_with_their_own_base(world: World) -> None:
    with transaction():
        ledger.set_rate(currency="USD", valid_from=JANUARY, rate=Decimal("0.923"), source="ECB")
    bills(world, (1000, month(1), month(3)), (-100, month(1), month(3)), currency="USD")
    earns(month(1))
    assert sorted(each[1:3] for each in posted()) == [("2400", "C"), ("2400", "D"), ("4000", "C"), ("4000", "D")]
    earns(month(2))
    assert deferred() == []
    assert verify_books().failures == []


def test_what_is_begun_is_credited_and_not_voided(world: World) -> None:
    invoice = bills(world, (1200, month(1), month(13)))
    earns(month(3))
    with pytest.raises(RevenueIsEarned):
        bill.void_invoice(actor=world.staff, at=NOW, invoice_id=invoice, reason="Wrong")
    bill.issue_credit_note(actor=world.staff, at=NOW, invoice_id=invoice, reason="Late")
    assert deferred() == []
    earns(month(12))
    assert len(posted()) == 6


def test_an_invoice_of_a_closed_month_is_credited_and_not_voided(world: World) -> None:
    invoice = bills(world, (1200, month(1), month(2)), day="2026-01-31")
    month_end.close_month(actor=SYSTEM, at=at("2026-02-02"), month=JANUARY)
    with pytest.raises(InvoiceMonthIsClosed):
        bill.void_invoice(actor=world.staff, at=at("2026-02-02"), invoice_id=invoice, reason="Wrong")
    note = bill.issue_credit_note(actor=world.staff, at=at("2026-02-02"), invoice_id=invoice, reason="Wrong")
    assert note["total_minor"] == 1440


def test_what_is_void_before_is_never_earned(world: World) -> None:
    bill.void_invoice(
        actor=world.staff, at=at("2026-01-02"), invoice_id=bills(world, (1200, month(1), month(13))), reason="Wrong"
    )
    earns(month(3))
    assert posted() == []


def test_only_what_is_over_and_open_is_earned_and_by_who_may_close(world: World) -> None:
    bills(world, (1200, month(1), month(13)))
    with pytest.raises(NotAllowed):
        earn_revenue.begin_revenue_run(actor=actor("Support"), at=NOW, month=JANUARY)
    with pytest.raises(MonthNotOver):
        earn_revenue.begin_revenue_run(actor=SYSTEM, at=at("2026-01-31"), month=JANUARY)
    with pytest.raises(month_end.MonthEndNotDone, match="deferred revenue"):
        month_end.close_month(actor=SYSTEM, at=NOW, month=month(2))
    with transaction():
        periods.close_month(month(2), today=NOW.date(), at=NOW, by="Somebody")
    with pytest.raises(MonthIsClosed):
        earn_revenue.begin_revenue_run(actor=SYSTEM, at=NOW, month=month(2))
    assert rows("SELECT FROM invoices_revenuerun") == []
    # What was not earned in time is earned in the first month that is open.
    earns(month(3))
    assert [(each[0], each[3]) for each in posted()] == [(date(2026, 3, 31), 296)] * 2


def test_a_run_that_was_killed_goes_on_and_posts_once(world: World) -> None:
    for _ in range(5):
        bills(world, (310, month(1), month(3)))
    earn_revenue.begin_revenue_run(actor=SYSTEM, at=NOW, month=JANUARY)
    assert earn_revenue.step(at=NOW, limit=2)
    assert (posted(), verify_books().failures) == ([], [])
    # It is begun once more by somebody who does not know.
    earns(JANUARY)
    assert [each[3] for each in posted()] == [5 * 163] * 2
    assert rows("SELECT count(*) FROM invoices_revenuerun") == [(1,)]


def test_jobs_go_through_the_runs_and_queue_the_next(world: World) -> None:
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'books.earn' AND status = 'todo'"
    bills(world, (1200, month(1), month(13)))
    earn_revenue.begin_revenue_run(actor=SYSTEM, at=NOW, month=month(12))
    assert rows(waiting) == [(1,)]
    # Two steps a month, five steps a job.
    for done in (2, 5, 7):
        earn_revenue.work(at=NOW)
        assert rows("SELECT count(*) FROM invoices_revenuerun WHERE finished_at IS NOT NULL") == [(done,)]
    assert rows(waiting) == [(1,)]
    for _ in range(3):
        earn_revenue.work(at=NOW)
    assert deferred() == []
    before = posted()
    earn_revenue.work(at=NOW)
    assert posted() == before


def test_the_database_keeps_what_was_earned(world: World) -> None:
    bills(world, (310, month(1), month(3)))
    earns(JANUARY)
    copy = (
        "INSERT INTO invoices_earnedpart (run_id, line_id, currency, minor, base_minor, earned_until, is_last) "
        "SELECT run_id, (SELECT id FROM invoices_invoiceline LIMIT 1), 'EUR', 1, 1, '2026-03-01', true "
        "FROM invoices_earnedpart"
    )
    wrong = {
        "UPDATE invoices_earnedpart SET minor = 1": "invoices_earnedpart_is_append_only",
        "DELETE FROM invoices_earnedpart": "invoices_earnedpart_is_append_only",
        "UPDATE invoices_revenuerun SET finished_at = NULL": "invoices_revenuerun_is_append_only",
        copy: "line_is_earned_once_a_run",
    }
    for sql, constraint in wrong.items():
        with pytest.raises(IntegrityError) as error, transaction(), connection.cursor() as cursor:
            cursor.execute(sql)
        assert error.value.__cause__.diag.constraint_name == constraint, sql  # type: ignore[union-attr]


def test_the_books_tell_what_was_posted_otherwise_than_earned(world: World) -> None:
    bills(world, (310, month(1), month(3)))
    earns(JANUARY)
    assert verify_books().failures == []
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE invoices_earnedpart SET minor = minor - 1, base_minor = base_minor - 1")
        failures = verify_books().failures
        cursor.execute("UPDATE invoices_earnedpart SET minor = minor + 200, base_minor = base_minor + 200")
        failures += verify_books().failures
        cursor.execute("UPDATE invoices_earnedpart SET minor = minor - 199, base_minor = base_minor - 199")
        cursor.execute("SET LOCAL session_replication_role = DEFAULT")
    assert len([each for each in failures if "What each run posted" in each]) == 2
    assert len([each for each in failures if "is between 0 and its net amount" in each]) == 1


@pytest.mark.parametrize("seed", range(6))
def test_the_parts_add_up_to_what_was_deferred_whatever_happens(world: World, seed: int) -> None:
    """Random lines, runs, credit notes and voids in random order: at the end nothing is deferred any more."""
    chance = random.Random(seed)
    with transaction():
        ledger.set_rate(currency="USD", valid_from=JANUARY, rate=Decimal("0.9137"), source="ECB")
    straight: dict[UUID, tuple[int, date, date]] = {}
    invoices: list[UUID] = []
    for number in range(1, 13):
        for _ in range(chance.randrange(3)):
            start = month(number) + timedelta(days=chance.randrange(28))
            line = (chance.choice([1, 7, 999, 120001]), start, start + timedelta(days=chance.randrange(32, 400)))
            day = (month(number) + timedelta(days=chance.randrange(28))).isoformat()
            invoices.append(bills(world, line, day=day, currency=chance.choice(["EUR", "EUR", "USD"])))
            straight[invoices[-1]] = line
        if invoices and chance.random() < 0.4:
            touched = invoices.pop(chance.randrange(len(invoices)))
            straight.pop(touched)
            moment = at(last_day(month(number)).isoformat())
            try:
                if chance.random() < 0.5:
                    bill.void_invoice(actor=world.staff, at=moment, invoice_id=touched, reason="Wrong")
                else:
                    bill.issue_credit_note(
                        actor=world.staff, at=moment, invoice_id=touched, reason="Half", gross_minor=1
                    )
            except RevenueIsEarned:
                bill.issue_credit_note(actor=world.staff, at=moment, invoice_id=touched, reason="All of it")
        if chance.random() < 0.7:
            earns(month(number), limit=chance.randrange(1, 4))
    earns(month(27))
    assert deferred() == []
    assert verify_books().failures == []
    # What nobody touched was earned by its days, but for the rounding of some units.
    for invoice, (net, start, end) in straight.items():
        earned = 0
        parts = rows(
            "SELECT earned_until, minor FROM invoices_earnedpart WHERE line_id = "
            "(SELECT id FROM invoices_invoiceline WHERE invoice_id = %s) ORDER BY earned_until",
            invoice,
        )
        for until, minor in parts:
            earned += minor
            assert abs(earned - net * (until - start).days / (end - start).days) <= 3
        assert earned == net
