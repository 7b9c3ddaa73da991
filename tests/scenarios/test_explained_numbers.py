"""Numbers that are explained: a thousand random ones, what does not count in them and why, and who may ask."""

import random
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation import settings_store
from tallystick.foundation.clock import TIME_ZONE
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.paging import CursorNotAccepted
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.reports.explain.numbers import Subject
from tallystick.reports.explain.registry import NUMBERS
from tallystick.reports.statements import AGES, Asked, balances
from tallystick.usecases import allocate, bill, dispute, record, set_up
from tallystick.usecases.explain import Explained, explain
from tallystick.usecases.frame import ScopeTooNarrow
from tests.scenarios.conftest import World, actor, at, uid
from tests.scenarios.test_statements import by_hand, live, pays

pytestmark = pytest.mark.django_db

NOW = at("2026-12-31", 20)
ACTS = ["invoice", "receipt", "paid", "credit", "release", "reverse", "refund"]


def ask(world: World, name: str, **about: Any) -> Explained:
    """This function will explain a number, with all of its parts."""
    limit = about.pop("limit", 1000)
    return explain(actor=world.staff, at=NOW, name=name, subject=Subject(**about), limit=limit)


def leaves_of(told: Explained) -> int:
    """This function will add up the leaves that were listed, none of which may be missing."""
    assert all(part.count == len(part.leaves) for part in told.parts)
    assert all(part.minor == sum(leaf.minor for leaf in part.leaves) for part in told.parts)
    return sum(leaf.minor for part in told.parts for leaf in part.leaves)


def test_a_thousand_random_numbers_add_up(world: World) -> None:
    dice = random.Random(34)
    begin, asked = date(2026, 1, 1), 0
    for index in range(20):
        customer = world.customer(f"Random {index}", terms_days=dice.choice([0, 14, 30]))
        history = [(dice.choice(ACTS), dice.randint(0, 150), dice.randint(1, 40_000)) for _ in range(12)]
        live(world, customer, begin, history)
        for _ in range(17):
            until = begin + timedelta(days=dice.randint(0, 200))
            about: dict[str, Any] = {"customer": customer, "currency": "EUR", "until": until}
            owes, credit, wallet = by_hand(customer, "EUR", until)
            for name, minor in (("owes", owes), ("credit", credit), ("wallet", wallet)):
                told = ask(world, f"customer.{name}", **about)
                assert (told.total.minor, leaves_of(told)) == (minor, minor)
                asked += 1
        found = balances(Asked(customer_id=customer, from_date=None, until_date=until))
        for own in found:
            for age in AGES:
                told = ask(world, "customer.ageing", **about, age=age)
                assert (told.total.minor, leaves_of(told)) == (own.ageing[age].minor, own.ageing[age].minor)
    assert asked >= 1000


def test_what_does_not_count_is_listed_with_its_reason(world: World) -> None:
    set_up.set_exchange_rate(
        actor=world.staff,
        at=at("2026-01-01"),
        currency="JPY",
        valid_from=date(2026, 1, 1),
        rate=Decimal("0.0061"),
        source="Test",
    )
    customer = world.customer(terms_days=14)
    claim = world.invoice(customer, 1000, day="2026-01-01")
    world.draft(customer, 500, day="2026-01-02")
    withdrawn = world.invoice(customer, 700, day="2026-01-03")
    bill.void_invoice(actor=world.staff, at=at("2026-01-04"), invoice_id=withdrawn, reason="Wrong")
    world.invoice(customer, 300, day="2026-01-05", currency="JPY")
    wrong = pays(world, customer, 333, "2026-01-06")
    allocate.reverse_payment(actor=world.staff, at=at("2026-01-07"), payment_id=wrong, reason="Twice")
    record.record_payment(
        actor=world.staff, at=at("2026-01-08"), customer_id=customer, total_minor=444, currency="EUR", status="pending"
    )
    pays(world, customer, 200, "2026-02-01", on_invoice=claim)
    bounced = pays(world, customer, 555, "2026-01-09")
    dispute.record_bank_return(actor=world.staff, at=at("2026-01-12"), payment_id=bounced)
    told = ask(world, "customer.owes", customer=customer, currency="EUR", until=date(2026, 1, 31))
    assert (told.total.minor, [part.name for part in told.parts], told.total.level) == (1200, ["INV-2026-00001"], 1)
    reasons: dict[str, set[tuple[int, str]]] = {}
    for each in told.excluded:
        reasons.setdefault(each.reason, set()).add((each.minor, each.currency))
    assert (
        reasons.items()
        >= {
            "draft": {(600, "EUR")},
            "void": {(840, "EUR")},
            "reversed": {(333, "EUR")},
            "disputed": {(555, "EUR")},
            "later": {(200, "EUR")},
            "other_currency": {(360, "JPY")},
        }.items()
    )
    assert (444, "EUR") in reasons["pending"]
    lost = ask(world, "payment.lost", payment=bounced)
    left = ask(world, "payment.unallocated", payment=bounced)
    assert (lost.total.minor, left.total.minor, [each.reason for each in left.excluded]) == (555, 0, ["disputed"])
    opened = ask(world, "invoice.open", invoice=claim)
    assert (opened.total.minor, leaves_of(opened)) == (1000, 1000)
    assert [(leaf.rule, leaf.minor) for part in opened.parts for leaf in part.leaves] == [("J02", 1200), ("J08", -200)]


def test_a_long_number_comes_in_pages(world: World) -> None:
    customer = world.customer()
    claims = [world.invoice(customer, 100 + index, day="2026-01-01") for index in range(5)]
    for day in range(1, 13):
        pays(world, customer, 5, f"2026-02-{day:02}", on_invoice=claims[0])
    subject = Subject(customer=customer, currency="EUR")
    call: dict[str, Any] = {"actor": world.staff, "at": NOW, "name": "customer.owes", "subject": subject}
    seen: list[UUID] = []
    cursor = ""
    while True:
        told = explain(**call, cursor=cursor, limit=2)
        seen += [part.id for part in told.parts]
        cursor = told.next_cursor
        if not cursor:
            break
    assert sorted(seen) == sorted(claims)
    (long,) = [part for part in ask(world, "customer.owes", **vars(subject)).parts if part.id == claims[0]]
    assert (long.count, len(long.leaves)) == (13, 10)
    first = explain(**call, part=claims[0], limit=10)
    rest = explain(**call, part=claims[0], limit=10, cursor=first.next_cursor)
    leaves = [leaf.minor for told in (first, rest) for part in told.parts for leaf in part.leaves]
    assert (leaves, rest.next_cursor) == ([120, *[-5] * 12], "")
    with pytest.raises(NotFound):
        explain(**call, part=new_id())
    with pytest.raises(CursorNotAccepted):
        explain(**call, cursor="WzEsMl0=")


def test_who_may_not_is_refused(world: World) -> None:
    customer, other = world.customer(), world.customer("Other Ltd")
    claim = world.invoice(customer, 1000)
    paid = pays(world, customer, 100, "2026-01-02", on_invoice=claim)
    narrowed = Actor(kind="api_key", id="k", label="k", permissions=world.staff.permissions, scope=("customer", other))
    call: dict[str, Any] = {"at": NOW}
    for name, subject in (
        ("customer.owes", Subject(customer=customer, currency="EUR")),
        ("invoice.open", Subject(invoice=claim)),
        ("payment.total", Subject(payment=paid)),
    ):
        with pytest.raises(NotFound):
            explain(actor=narrowed, name=name, subject=subject, **call)
        with pytest.raises(NotAllowed):
            explain(actor=replace(actor(), permissions=frozenset()), name=name, subject=subject, **call)
        own = replace(narrowed, scope=("customer", customer))
        assert explain(actor=own, name=name, subject=subject, **call).total.minor
    with pytest.raises(ScopeTooNarrow):
        explain(actor=narrowed, name="home.owed", subject=Subject(currency="EUR"), **call)
    with pytest.raises(NotFound):
        explain(actor=world.staff, name="customer.secrets", subject=Subject(), **call)
    with pytest.raises(InvalidField):
        explain(actor=world.staff, name="home.owed", subject=Subject(currency="EURO"), **call)
    with pytest.raises(InvalidField):
        explain(actor=world.staff, name="invoice.open", subject=Subject(), **call)
    with pytest.raises(InvalidField):
        explain(
            actor=world.staff,
            name="home.overdue",
            subject=Subject(currency="EUR", until=date(2027, 1, 1)),
            **call,
        )


def test_every_number_says_its_rule_and_can_be_computed(world: World) -> None:
    customer = world.customer()
    claim = world.invoice(customer, 1000)
    paid = pays(world, customer, 100, "2026-01-02", on_invoice=claim)
    about: dict[str, Any] = {
        "customer": customer,
        "invoice": claim,
        "payment": paid,
        "tax_rate": world.vat,
        "line": invoices.lines(claim)[0]["id"],
        "currency": "EUR",
        "account": "1200",
        "age": "over_90",
        "first_day": date(2026, 1, 1),
    }
    for name, number in NUMBERS.items():
        assert str(number.formula).endswith(".")
        if {"credit_note", "allocation", "subscription"} & set(number.takes):
            continue
        asked = {key: value for key, value in about.items() if key in number.takes}
        told = ask(world, name, **asked)
        assert told.total.minor == sum(part.minor for part in told.parts)
        if "until" in number.takes:
            # Before anything was, on the first day of the calendar too.
            assert ask(world, name, **{**asked, "until": date.min}).total.parts == 0


def test_what_is_not_posted_stands_on_the_local_day_on_which_it_was_made(world: World) -> None:
    with transaction():
        settings_store.put(TIME_ZONE, "Pacific/Auckland")
    customer = world.customer()
    # Nine in the evening of UTC is ten in the morning of the day after there.
    late = at("2026-01-31", 21)
    promised = record.record_payment(
        actor=world.staff, at=late, customer_id=customer, total_minor=444, currency="EUR", status="pending"
    )
    (part,) = ask(world, "payment.total", payment=uid("pay", promised["id"])).parts
    assert part.day == date(2026, 2, 1)
