"""Deferred revenue is kept by line and month: every answer is that of the rows, whatever was looked at of them."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.transactions import transaction, undone
from tallystick.ledger import folding
from tallystick.reports import deferred
from tallystick.reports.models import DeferredLine, DeferredMark, DeferredMonth
from tallystick.reports.verify_books import verify_books
from tallystick.usecases import bill, upkeep
from tests.scenarios.conftest import World, at
from tests.usecases.test_earned_revenue import bills, earns, month

pytestmark = pytest.mark.django_db
_BEGINNING: dict[str, Any] = {"at_currency": None, "at_day": None, "at_line": None}


@pytest.fixture
def world(db: None) -> World:
    return World()


def answers(world: World, days: list[date]) -> list[Any]:
    customers = [None, *{row["customer_id"] for row in deferred.lines(date(2026, 4, 1), at=_BEGINNING, limit=1)}]
    return [
        (
            day,
            deferred.months(day, customer_id=customer),
            deferred.totals(day, customer_id=customer),
            deferred.lines(day, customer_id=customer, at=_BEGINNING, limit=100),
        )
        for day in days
        for customer in customers
    ]


def of_rows(world: World, days: list[date]) -> list[Any]:
    """The same from the rows alone, with nothing kept."""
    with transaction(), undone():
        for model in (DeferredLine, DeferredMonth, DeferredMark):
            model.objects.all().delete()
        return answers(world, days)


def fold_some(dice: random.Random) -> None:
    with transaction():
        until = folding.settled_until()
    assert until is not None
    for _ in range(dice.randint(0, 3)):
        with transaction():
            deferred.fold(until=until, limit=dice.randint(1, 12))


def lives(world: World, dice: random.Random) -> None:
    """This function will bill, earn and credit in any order, also for months that are over, and fold in between."""
    invoices, run = [], 0
    for _ in range(14):
        act = dice.choice(["bill", "bill", "earn", "credit"])
        if act == "bill":
            start = month(1) + timedelta(days=dice.randint(-60, 100))
            end = start + timedelta(days=dice.randint(40, 300))
            amount = dice.choice([1, 7, 99, 1234, -50, 40_000, -3])
            day = (month(1) + timedelta(days=dice.randint(0, 120))).isoformat()
            invoices.append(bills(world, (50_000, start, end), (amount, start, end), day=day))
        elif act == "earn":
            run = max(1, min(run + dice.choice([0, 1, 2]), 5))
            earns(month(run))
        elif invoices:
            try:
                bill.issue_credit_note(
                    actor=world.staff,
                    at=at("2026-05-01"),
                    invoice_id=dice.choice(invoices),
                    reason="Less",
                    gross_minor=dice.choice([777, 20_000]),
                )
            except ExpectedError:
                continue
        fold_some(dice)


@pytest.mark.parametrize("seed", range(6))
def test_deferred_revenue_is_the_same_whatever_is_kept(world: World, seed: int) -> None:
    dice = random.Random(seed)
    lives(world, dice)
    days = [month(1) + timedelta(days=dice.randint(-10, 160)) for _ in range(4)] + [date(2026, 12, 31)]
    expected = of_rows(world, days)
    assert any(found[1] for found in expected)
    assert answers(world, days) == expected
    assert verify_books().failures == []
    assert upkeep.fold_deferred()
    assert answers(world, days) == expected
    assert verify_books().failures == []


def test_a_kept_line_or_month_that_is_wrong_is_found(world: World) -> None:
    bills(world, (36500, month(1), month(13)))
    assert upkeep.fold_deferred()
    assert DeferredLine.objects.count() == 1
    DeferredLine.objects.update(left_minor=36400)
    DeferredMonth.objects.filter(month=month(2)).update(minor=2801)
    line, *months = verify_books().failures
    assert "expected 36500 36500 2026-01-01" in line
    assert "found 36500 36400 2026-01-01" in line
    assert "EUR 2026-02-01: expected 2792 1, found 2801 1" in " ".join(months)
    DeferredLine.objects.update(left_minor=36500)
    DeferredMonth.objects.filter(month=month(2)).update(minor=2800)
    assert verify_books().failures == []


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"period_end": month(12)}, "expected 36500"),
        ({"begins": month(3)}, "expected 36500"),
        ({"is_late": True}, "expected 36500"),
        ({"currency": "JPY"}, "expected 36500"),
    ],
)
def test_a_fact_of_a_kept_line_that_is_wrong_is_found(world: World, wrong: dict[str, Any], told: str) -> None:
    bills(world, (36500, month(1), month(13)))
    earns(month(1))
    assert upkeep.fold_deferred()
    with transaction(), undone():
        assert DeferredLine.objects.update(**wrong) == 1
        assert any(told in failure for failure in verify_books().failures)
    assert verify_books().failures == []


def test_revenue_that_is_kept_in_another_month_is_found(world: World) -> None:
    bills(world, (36500, month(1), month(13)))
    assert upkeep.fold_deferred()
    with transaction(), undone():
        DeferredMonth.objects.filter(month=month(2)).update(minor=2700)
        DeferredMonth.objects.filter(month=month(3)).update(minor=3200)
        assert len(verify_books().failures) == 2
    with transaction(), undone():
        DeferredMonth.objects.filter(month=month(2)).update(lines=2)
        assert len(verify_books().failures) == 1
    with transaction(), undone():
        DeferredMark.objects.update(run_month=month(3))
        assert len(verify_books().failures) == 1
