"""Sums of tax by day, folded bit by bit: every answer is that of the rows, whatever is folded of them."""

import random
from datetime import date, timedelta
from typing import Any

import pytest

from tallystick.foundation.transactions import transaction
from tallystick.ledger import folding
from tallystick.reports import taxed
from tallystick.reports.models import TaxDay, TaxMark
from tallystick.reports.verify_books import verify_books
from tallystick.usecases import upkeep
from tests.scenarios.conftest import World
from tests.scenarios.test_reports_of_books import BEGIN, a_random_book

pytestmark = pytest.mark.django_db


def place() -> taxed.Place:
    with transaction():
        posting_id = folding.settled_until()
        use_id = taxed.settled_use()
    assert posting_id is not None
    assert use_id is not None
    return taxed.Place(posting_id, use_id)


def answers(periods: list[tuple[date | None, date | None]]) -> list[list[dict[str, Any]]]:
    return [taxed.sums(first_day=first, last_day=last) for first, last in periods]


def broken_off(until: taxed.Place) -> None:
    with transaction():
        taxed.fold(until=until)
        raise KeyboardInterrupt


@pytest.mark.parametrize("seed", [3, 7, 8])
def test_tax_is_the_same_whatever_is_folded(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(seed)
    a_random_book(dice, monkeypatch)
    TaxDay.objects.all().delete()
    TaxMark.objects.all().delete()
    days = sorted(BEGIN + timedelta(days=dice.randint(-5, 160)) for _ in range(4))
    periods = [(None, None), (days[0], days[3]), (days[1], days[2]), (None, days[1]), (days[2], None)]
    of_rows = answers(periods)
    assert of_rows[0]
    until, done = place(), taxed.Place(0, 0)
    while done != until:
        with transaction():
            done = taxed.fold(until=until, limit=dice.randint(1, 25))
        assert answers(periods) == of_rows
        assert verify_books().failures == []
    assert upkeep.fold_tax()
    assert TaxMark.objects.values_list("posting_id", "taxed_use_id").get() == until
    assert answers(periods) == of_rows


def test_what_is_broken_off_is_folded_the_next_time(world: World) -> None:
    world.invoice(world.customer(), 8900, day="2026-01-01")
    before = taxed.sums(first_day=None, last_day=None)
    until = place()
    with pytest.raises(KeyboardInterrupt):
        broken_off(until)
    assert not TaxDay.objects.exists()
    assert taxed.sums(first_day=None, last_day=None) == before
    told: list[tuple[str, int, int]] = []
    assert upkeep.fold_tax(told=lambda *each: told.append(each))
    assert told == [("Sums of tax", sum(until), sum(until))]
    assert TaxDay.objects.values_list("day", "currency", "net_minor", "tax_minor").get() == (
        date(2026, 1, 1),
        "EUR",
        8900,
        1780,
    )
    assert taxed.sums(first_day=None, last_day=None) == before


def test_a_sum_of_tax_that_is_wrong_is_found(world: World) -> None:
    world.invoice(world.customer(), 8900, day="2026-01-01")
    assert upkeep.fold_tax()
    TaxDay.objects.update(net_minor=8901)
    (failure,) = verify_books().failures
    assert failure.endswith("EUR: expected 8900 1780, found 8901 1780")
    TaxDay.objects.update(net_minor=8900)
    assert verify_books().failures == []
