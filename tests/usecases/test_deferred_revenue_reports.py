"""Reports of deferred revenue: on any day they are account 2400, and foretell what the runs to come will earn."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.paging import CursorNotAccepted
from tallystick.reports.explain.numbers import Subject
from tallystick.reports.frame.shape import Asked, Cell, Part
from tallystick.usecases import bill, reports
from tallystick.usecases.explain import explain
from tests.scenarios.conftest import World, at
from tests.usecases.test_earned_revenue import NOW, bills, earns, last_day, month, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> World:
    return World()


def read(world: World, name: str, **asked: Any) -> Part:
    told = reports.read_report(actor=world.staff, at=NOW, name=name, asked=Asked(**asked))
    (part,) = told.found.parts
    return part


def by_month(world: World, day: date, **asked: Any) -> dict[date, int]:
    """What each month will earn, as the report tells it on a day."""
    parts = reports.read_report(
        actor=world.staff, at=NOW, name="deferred-revenue", asked=Asked(as_of=day, **asked)
    ).found.parts
    return {row["month"].value: row["amount"].value for part in parts for row in part.rows}  # type: ignore[misc]


def balance(day: date) -> int:
    """Account 2400 at the end of a day, credits less debits."""
    ((minor,),) = rows(
        "SELECT coalesce(sum(CASE side WHEN 'C' THEN amount_minor ELSE -amount_minor END), 0)::bigint "
        "FROM ledger_posting JOIN ledger_journalentry entry ON entry.id = entry_id "
        "WHERE account = '2400' AND effective_date <= %s",
        day,
    )
    return int(minor)


def earned_in(day: date) -> int:
    ((minor,),) = rows(
        "SELECT coalesce(sum(CASE side WHEN 'D' THEN amount_minor ELSE -amount_minor END), 0)::bigint "
        "FROM ledger_posting JOIN ledger_journalentry entry ON entry.id = entry_id "
        "WHERE account = '2400' AND rule = 'J03' AND effective_date = %s",
        day,
    )
    return int(minor)


def explained(world: World, cell: Cell) -> int:
    assert cell.why is not None
    about: dict[str, Any] = dict(cell.why.about)
    told = explain(actor=world.staff, at=NOW, name=cell.why.number, subject=Subject(**about), limit=1000)
    return told.total.minor


def test_a_year_is_told_by_its_days(world: World) -> None:
    invoice = bills(world, (36500, month(1), month(13)))
    days = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
    assert list(by_month(world, date(2026, 1, 15)).values()) == [length * 100 for length in days]
    assert by_month(world, date(2025, 12, 31)) == {}
    earns(month(1))
    assert by_month(world, date(2026, 1, 31)) == {
        month(number): length * 100 for number, length in enumerate(days, start=1) if number > 1
    }
    line = read(world, "deferred-lines", as_of=date(2026, 1, 31))
    (row,) = line.rows
    assert [row[name].value for name in ("deferred", "left")] == [36500, 33400]
    assert row["invoice"].thing == ("invoice", invoice)
    assert line.total is not None
    assert explained(world, line.total["left"]) == 33400
    # On the day before the run counts, nothing of it does.
    (before,) = read(world, "deferred-lines", as_of=date(2026, 1, 30)).rows
    assert before["left"].value == 36500
    with pytest.raises(CursorNotAccepted):
        read(world, "deferred-lines", cursor="W2ZhbHNlLCJFVVIiLCJ4IiwieSJd")


@pytest.mark.parametrize("seed", range(4))
def test_what_is_foretold_is_what_is_earned(world: World, seed: int) -> None:
    dice = random.Random(seed)
    begun, invoices = dice.randint(0, 3), []
    for _ in range(8):
        start = month(1) + timedelta(days=dice.randint(-40, 100))
        span = (dice.choice([1, 7, 99, 1234, -50, 40_000, -3]), start, start + timedelta(days=dice.randint(40, 400)))
        day = (month(1) + timedelta(days=dice.randint(0, 120))).isoformat()
        invoices.append(bills(world, (50_000, *span[1:]), span, day=day))
    for number in range(1, begun + 1):
        earns(month(number))
    for invoice in invoices[:3]:
        try:
            bill.issue_credit_note(
                actor=world.staff, at=at("2026-05-01"), invoice_id=invoice, reason="Less", gross_minor=777
            )
        except ExpectedError:
            continue
    for _ in range(5):
        day = month(1) + timedelta(days=dice.randint(0, 130))
        told = by_month(world, day)
        assert sum(told.values()) == balance(day)
    day = date(2026, 5, 1)
    told = by_month(world, day)
    part = read(world, "deferred-revenue", as_of=day)
    assert [explained(world, row["amount"]) for row in part.rows] == list(told.values())
    assert part.total is not None
    assert explained(world, part.total["amount"]) == sum(told.values()) == balance(day)
    lines = read(world, "deferred-lines", as_of=day)
    assert lines.total is not None
    assert lines.total["left"].value == sum(told.values())
    for first in sorted(told):
        earns(first)
        assert earned_in(last_day(first)) == told[first], first
    assert by_month(world, date(2028, 5, 1)) == {}
