"""Statements of account: exact by date, and in agreement with the books on every day."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.allocations.queries import allocations_of_payment
from tallystick.foundation.errors import ExpectedError
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.ledger.accounts import CHART
from tallystick.ledger.models import Posting
from tallystick.payments import queries as payments
from tallystick.reports import statements as reports
from tallystick.reports.movement_words import has_words, movement_words
from tallystick.reports.statements import AGES, Asked, Balance, Truths
from tallystick.usecases import allocate, bill, record, refund, set_up, statements
from tallystick.usecases.record import Part
from tests.scenarios.conftest import World, at, uid

pytestmark = pytest.mark.django_db

EXAMPLES = max(40, settings().max_examples // 10)
_CHART = Path(__file__).parents[2] / "docs" / "chart-of-accounts.md"


def on(customer: UUID, until: str, since: str | None = None, known: datetime | None = None) -> Asked:
    """This function will ask for a statement."""
    return Asked(
        customer_id=customer,
        from_date=date.fromisoformat(since) if since else None,
        until_date=date.fromisoformat(until),
        known_before=known,
    )


def truths(balance: Truths) -> tuple[int, int, int]:
    return balance.owes_minor, balance.credit_minor, balance.wallet_minor


def only(asked: Asked) -> Balance:
    (found,) = reports.balances(asked)
    return found


def told(asked: Asked) -> list[tuple[str, str, int, int]]:
    """This function will return the movements as people read them: day, words, what is owed and credit after it."""
    moved = reports.movements(asked, limit=1000)
    named = reports.names(moved)
    return [
        (
            each.effective_date.isoformat()[5:],
            movement_words(each, named),
            each.after.owes_minor,
            each.after.credit_minor,
        )
        for each in moved
    ]


def ages(balance: Balance) -> list[int]:
    return [balance.ageing[age].minor for age in AGES]


def pays(world: World, customer: UUID, minor: int, day: str, *, on_invoice: UUID | None = None, **more: Any) -> UUID:
    shape = record.record_payment(
        actor=world.staff,
        at=at(more.pop("recorded", day), 12),
        customer_id=customer,
        total_minor=minor,
        currency=more.pop("currency", "EUR"),
        received_date=date.fromisoformat(day),
        method="bank_transfer",
        parts=[Part(invoice_id=on_invoice, amount_minor=minor)] if on_invoice else (),
        **more,
    )
    return uid("pay", shape["id"])


def test_a_quarter_is_told_by_date(world: World) -> None:
    customer = world.customer(terms_days=14)
    first = world.invoice(customer, 8900, day="2026-01-01")
    second = world.invoice(customer, 5000, day="2026-01-20")
    part = pays(world, customer, 5000, "2026-01-10", on_invoice=first)
    bill.issue_credit_note(
        actor=world.staff, at=at("2026-01-25"), invoice_id=second, reason="Came back", gross_minor=1000
    )
    wrong = pays(world, customer, 700, "2026-02-01")
    allocate.reverse_payment(actor=world.staff, at=at("2026-02-02"), payment_id=wrong, reason="Twice")
    (of_part,) = _allocations(part)
    allocate.release_allocation(actor=world.staff, at=at("2026-02-03"), allocation_id=of_part)
    refund.refund_payment(
        actor=world.staff, at=at("2026-02-04"), payment_id=part, amount_minor=2000, reason="Too much", method="cash"
    )
    rest = pays(world, customer, 4998, "2026-02-10", on_invoice=second)
    allocate.write_small_difference(
        actor=world.staff, at=at("2026-02-11"), invoice_id=second, amount_minor=2, reason="Two cents"
    )
    one, two = (invoices.invoice(each)["number"] for each in (first, second))
    paid, gone, last = (_receipt(each) for each in (part, wrong, rest))

    assert told(on(customer, "2026-03-31")) == [
        ("01-01", f"Invoice {one}", 10680, 0),
        ("01-10", f"Payment received, {paid}", 10680, 5000),
        ("01-10", f"{paid} set against invoice {one}", 5680, 0),
        ("01-20", f"Invoice {two}", 11680, 0),
        ("01-25", "Credit note CN-2026-00001", 11680, 1000),
        ("01-25", f"CN-2026-00001 set against invoice {two}", 10680, 0),
        ("02-01", f"Payment received, {gone}", 10680, 700),
        ("02-02", f"Payment reversed, {gone}", 10680, 0),
        ("02-03", f"{paid} no longer set against invoice {one}", 15680, 5000),
        ("02-04", f"Refund paid, of {paid}", 15680, 3000),
        ("02-10", f"Payment received, {last}", 15680, 7998),
        ("02-10", f"{last} set against invoice {two}", 10682, 3000),
        ("02-11", f"Small difference on {two} written off", 10680, 3000),
    ]
    february = only(on(customer, "2026-02-28", "2026-02-01"))
    assert (truths(february.opening), truths(february.closing)) == ((10680, 0, 0), (10680, 3000, 0))
    assert (february.movements, february.has_wallet) == (7, False)
    # The first is due on the 15th of January, and wholly open again since the 3rd of February.
    assert ages(only(on(customer, "2026-01-15"))) == [5680, 0, 0, 0, 0]
    assert ages(only(on(customer, "2026-01-16"))) == [0, 5680, 0, 0, 0]
    assert ages(only(on(customer, "2026-02-09"))) == [0, 10680 + 5000, 0, 0, 0]
    assert ages(only(on(customer, "2026-02-15"))) == [0, 0, 10680, 0, 0]
    assert ages(only(on(customer, "2026-04-15"))) == [0, 0, 0, 10680, 0]
    assert ages(only(on(customer, "2026-04-16"))) == [0, 0, 0, 0, 10680]
    assert reports.balances(on(customer, "2025-12-31")) == []


def test_currencies_stand_apart(world: World) -> None:
    set_up.set_exchange_rate(
        actor=world.staff,
        at=at("2026-01-01"),
        currency="JPY",
        valid_from=date(2026, 1, 1),
        rate=Decimal("0.0061"),
        source="Test",
    )
    customer = world.customer(terms_days=0)
    world.invoice(customer, 1000, day="2026-01-01")
    world.invoice(customer, 300, day="2026-01-05", currency="JPY")
    pays(world, customer, 50, "2026-01-07", currency="JPY")
    assert [
        (each.currency, truths(each.closing), ages(each)) for each in reports.balances(on(customer, "2026-01-08"))
    ] == [
        ("EUR", (1200, 0, 0), [0, 1200, 0, 0, 0]),
        ("JPY", (360, 50, 0), [0, 360, 0, 0, 0]),
    ]
    assert [row[0] for row in told(on(customer, "2026-01-08"))] == ["01-01", "01-05", "01-07"]


def test_what_is_recorded_late_changes_the_past_but_not_what_was_known(world: World) -> None:
    customer = world.customer()
    invoice = world.invoice(customer, 1000, day="2026-01-01")
    before = only(on(customer, "2026-01-31"))
    pays(world, customer, 1200, "2026-01-15", on_invoice=invoice, recorded="2026-02-20")
    assert truths(before.closing) == (1200, 0, 0)
    assert truths(only(on(customer, "2026-01-31")).closing) == (0, 0, 0)
    asked = statements.asked_for(
        actor=world.staff,
        at=at("2026-03-01"),
        customer_id=customer,
        from_date=None,
        until_date=date(2026, 1, 31),
        known_on=date(2026, 2, 19),
    )
    assert only(asked) == before
    assert asked.known_before == datetime(2026, 2, 20, tzinfo=UTC)


def test_money_that_came_before_the_invoice_counts_on_its_day(world: World) -> None:
    customer = world.customer(terms_days=10)
    invoice = world.invoice(customer, 1000, day="2026-01-20")
    pays(world, customer, 1200, "2026-01-05", on_invoice=invoice, recorded="2026-01-21")
    early = only(on(customer, "2026-01-10"))
    assert (truths(early.closing), ages(early)) == ((-1200, 0, 0), [-1200, 0, 0, 0, 0])
    assert truths(only(on(customer, "2026-01-20")).closing) == (0, 0, 0)


acts = st.lists(
    st.tuples(
        st.sampled_from(["invoice", "receipt", "paid", "credit", "release", "reverse", "refund"]),
        st.integers(0, 150),
        st.integers(1, 40_000),
    ),
    min_size=1,
    max_size=14,
)


def test_every_day_of_any_history_agrees_with_the_books(world: World) -> None:
    begin = date(2026, 1, 1)

    @settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    @given(acts, st.integers(0, 160), st.integers(0, 160))
    def holds(history: list[tuple[str, int, int]], one: int, other: int) -> None:
        customer = world.customer(f"Random {len(history)}", terms_days=20)
        live(world, customer, begin, history)
        since, until = (begin + timedelta(days=each) for each in sorted((one, other)))
        asked = Asked(customer_id=customer, from_date=since, until_date=until)
        moved = reports.movements(asked, limit=1000)
        for own in reports.balances(asked):
            changes = [truths(each.change) for each in moved if each.currency == own.currency]
            assert len(changes) == own.movements
            sums = tuple(map(sum, zip(truths(own.opening), *changes, strict=True)))
            assert sums == truths(own.closing) == by_hand(customer, own.currency, until)
            assert truths(own.opening) == by_hand(customer, own.currency, since - timedelta(days=1))
            assert sum(ages(own)) == own.closing.owes_minor
            if changes:
                assert truths(moved[-1].after) == truths(own.closing)
        far = Asked(customer_id=customer, from_date=None, until_date=date(2027, 1, 1))
        standing = {each.currency: (each.owes_minor, each.credit_minor) for each in ledger.standings(customer)}
        assert {each.currency: truths(each.closing)[:2] for each in reports.balances(far)} == standing
        # Cut into pages of two, it is the same.
        pages, after = [], None
        while page := reports.movements(asked, after=after, limit=2):
            pages += page
            last = page[-1]
            after = reports.Position(
                currency=last.currency,
                effective_date=last.effective_date,
                recorded_at=last.recorded_at,
                entry_id=last.entry_id,
            )
        assert pages == moved

    holds()


def test_every_rule_that_moves_a_customer_has_words() -> None:
    """Those of the chart whose row names an account of customers; J10, J28 and J29 are made of others."""
    of_customers = [code for code, account in CHART.items() if account.of_customer]
    for line in _CHART.read_text().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        if len(cells) < 5 or not cells[1].startswith("J") or cells[1] in {"J10", "J28", "J29", "J51", "J52"}:
            continue
        if any(code in f"{cells[3]} {cells[4]}" for code in of_customers):
            assert has_words(cells[1]), line


def live(world: World, customer: UUID, begin: date, history: list[tuple[str, int, int]]) -> None:
    """This function will do what a history says, by day; what is refused on its day does not happen."""
    made: dict[str, list[UUID]] = {"invoice": [], "payment": []}
    for what, after, minor in sorted(history, key=lambda each: each[1]):
        day = (begin + timedelta(days=after)).isoformat()
        try:
            _act(world, customer, made, what, day=day, minor=minor)
        except ExpectedError:
            continue


def _act(world: World, customer: UUID, made: dict[str, list[UUID]], what: str, *, day: str, minor: int) -> None:
    who, moment = world.staff, at(day, 14)
    last = {kind: ids[-1] for kind, ids in made.items() if ids}
    if what == "invoice":
        made["invoice"].append(world.invoice(customer, minor, day=day))
    elif what == "receipt":
        made["payment"].append(pays(world, customer, minor, day))
    elif what == "paid" and "invoice" in last:
        left = invoices.invoice(last["invoice"])["open_minor"]
        made["payment"].append(pays(world, customer, min(minor, left or minor), day, on_invoice=last["invoice"]))
    elif what == "credit" and "invoice" in last:
        bill.issue_credit_note(
            actor=who, at=moment, invoice_id=last["invoice"], reason="Back", gross_minor=minor % 900 + 1
        )
    elif what == "release" and "payment" in last:
        for part in _allocations(last["payment"]):
            allocate.release_allocation(actor=who, at=moment, allocation_id=part)
    elif what == "reverse" and "payment" in last:
        allocate.reverse_payment(actor=who, at=moment, payment_id=made["payment"].pop(), reason="Wrong")
    elif what == "refund" and "payment" in last:
        refund.refund_payment(
            actor=who, at=moment, payment_id=last["payment"], amount_minor=minor % 500 + 1, reason="Back", method="cash"
        )


def by_hand(customer: UUID, currency: str, until: date) -> tuple[int, int, int]:
    """The truths of a day, added up from the postings one by one."""
    rows = Posting.objects.filter(customer_id=customer, currency=currency, entry__effective_date__lte=until)
    owes = credit = wallet = 0
    for row in rows:
        minor = row.amount_minor if row.side == "D" else -row.amount_minor
        owes += minor if row.account == "1200" else 0
        credit -= minor if row.account == "2100" else 0
        wallet -= minor if row.account in {"2200", "2210"} else 0
    return owes, credit, wallet


def _allocations(payment: UUID) -> list[UUID]:
    return [part["id"] for part in allocations_of_payment(payment) if part["released_at"] is None]


def _receipt(payment: UUID) -> str:
    return str(payments.payment(payment)["receipt_number"])
