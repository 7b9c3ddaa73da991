"""Sums of the books, folded bit by bit: on every day they are those of the postings, whatever is folded of them."""

import random
from collections import Counter
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from django.db import connection

from tallystick.foundation.rows import fetch
from tallystick.foundation.transactions import transaction
from tallystick.ledger import folding, totals
from tallystick.ledger.accounts import CUSTOMER_CREDIT, RECEIVABLES
from tallystick.ledger.models import AccountDay, CustomerMonth, FoldMark, Posting
from tallystick.reports import taxed
from tallystick.reports.verify_books import verify_books
from tallystick.usecases import upkeep
from tests.scenarios.conftest import World
from tests.scenarios.test_statements import live, pays

pytestmark = pytest.mark.django_db

BEGIN = date(2026, 1, 1)
ACTS = ["invoice", "receipt", "paid", "credit", "release", "reverse", "refund"]


def fold_some(dice: random.Random) -> None:
    """This function will fold what is posted, or stop somewhere on the way there."""
    with transaction():
        until = folding.settled_until()
    assert until is not None
    with transaction():
        folding.fold_postings(until=until, limit=dice.randint(1, 25))
    with transaction():
        use = taxed.settled_use()
    assert use is not None
    with transaction():
        taxed.fold(until=taxed.Place(until, use), limit=dice.randint(1, 25))


def by_hand(first: date, last: date) -> dict[tuple[str, str], tuple[int, ...]]:
    """Every account's opening, debits and credits, in its currency and in base, added up posting by posting."""
    found: dict[tuple[str, str], Counter[str]] = {}
    for row in Posting.objects.filter(entry__effective_date__lte=last).select_related("entry"):
        sums = found.setdefault((row.account, row.currency), Counter())
        sign = 1 if row.side == "D" else -1
        for unit, minor in (("", row.amount_minor), ("base", row.base_minor)):
            if row.entry.effective_date < first:
                sums["opening" + unit] += sign * minor
            else:
                sums[row.side + unit] += minor
    names = ("opening", "D", "C", "openingbase", "Dbase", "Cbase")
    return {key: tuple(sums[name] for name in names) for key, sums in found.items()}


def told(first: date, last: date) -> dict[tuple[str, str], tuple[int, ...]]:
    return {
        (each.account, each.currency): (
            each.opening_minor,
            each.debit_minor,
            each.credit_minor,
            each.opening_base_minor,
            each.debit_base_minor,
            each.credit_base_minor,
        )
        for each in totals.account_totals(first, last)
    }


def balances(day: date, **more: Any) -> dict[tuple[UUID, str], int]:
    values = totals.balances_on(day, [RECEIVABLES, CUSTOMER_CREDIT], **more)
    found: Counter[tuple[UUID, str]] = Counter()
    for row in fetch(totals.CUSTOMER_PARTS_ON, values):
        found[row["customer_id"], row["account"]] += row["balance_minor"]
    return {key: minor for key, minor in found.items() if minor}


def customers_by_hand(day: date) -> dict[tuple[UUID, str], int]:
    found: Counter[tuple[UUID, str]] = Counter()
    for row in Posting.objects.filter(account__in=["1200", "2100"], entry__effective_date__lte=day):
        assert row.customer_id is not None
        found[row.customer_id, row.account] += row.amount_minor if row.side == "D" else -row.amount_minor
    return {key: minor for key, minor in found.items() if minor}


def test_random_books_folded_anywhere_tell_every_day_as_their_postings_do(world: World) -> None:
    dice = random.Random(6)
    for index in range(10):
        customer = world.customer(f"Random {index}", terms_days=dice.choice([0, 14, 30]))
        # Each customer's history begins anew, so that what is recorded late lies before what is folded.
        live(
            world,
            customer,
            BEGIN,
            [(dice.choice(ACTS), dice.randint(0, 150), dice.randint(1, 40_000)) for _ in range(10)],
        )
        fold_some(dice)
        for _ in range(3):
            first = BEGIN + timedelta(days=dice.randint(-40, 160))
            last = first + timedelta(days=dice.randint(0, 90))
            assert told(first, last) == by_hand(first, last)
            assert balances(last) == customers_by_hand(last)
    assert balances(last, customer_id=customer) == {
        key: minor for key, minor in customers_by_hand(last).items() if key[0] == customer
    }
    assert balances(last, currency="USD") == {}
    kept = FoldMark.objects.get().posting_id
    assert AccountDay.objects.count() > 50
    assert verify_books().failures == []
    assert upkeep.fold_postings()
    assert FoldMark.objects.get().posting_id > kept
    # All is folded: nothing is left to read of the postings, and nothing is folded twice.
    assert upkeep.fold_postings()
    assert told(first, last) == by_hand(first, last)
    assert verify_books().failures == []


def test_a_sum_that_is_wrong_is_found(world: World) -> None:
    customer = world.customer()
    world.invoice(customer, 8900, day="2026-01-01")
    pays(world, customer, 5000, "2026-02-10")
    assert upkeep.fold_postings()
    day = AccountDay.objects.get(account="1200")
    AccountDay.objects.filter(pk=day.pk).update(debit_minor=10679)
    CustomerMonth.objects.filter(account="2100", month="2026-02-01").update(base_minor=-1)
    said: list[tuple[int, int]] = []
    failures = verify_books(lambda _statement, done, parts: said.append((done, parts))).failures
    assert [each.split(": ", 1)[1] for each in failures] == [
        "1200 EUR 2026-01-01: expected 10680 0 10680 0, found 10679 0 10680 0",
        f"{customer} 2100 EUR 2026-02-01: expected -5000 -5000, found -5000 -1",
    ]
    assert said == [(index, len(said)) for index in range(len(said))]
    AccountDay.objects.filter(pk=day.pk).update(debit_minor=10680)
    CustomerMonth.objects.filter(account="2100", month="2026-02-01").update(base_minor=-5000)
    assert verify_books().failures == []


def test_nothing_is_folded_while_somebody_posts(world: World) -> None:
    world.invoice(world.customer(), 8900, day="2026-01-01")
    parameters = {
        key: value
        for key, value in connection.get_connection_params().items()
        if key in {"host", "port", "dbname", "user", "password"}
    }
    with psycopg.connect(**parameters) as other:
        other.execute("LOCK TABLE ledger_posting IN ROW EXCLUSIVE MODE")
        assert not upkeep.fold_postings()
    assert not FoldMark.objects.exists()
    assert told(BEGIN, BEGIN) == by_hand(BEGIN, BEGIN)
    assert upkeep.fold_postings()
    assert told(BEGIN, BEGIN) == by_hand(BEGIN, BEGIN)
