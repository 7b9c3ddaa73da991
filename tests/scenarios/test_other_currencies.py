"""Money that comes in another currency than it is credited in (`docs/model.md`, 31; J50, J51)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.errors import InvalidField
from tallystick.foundation.trail import TrailFilter, entries_page
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import operations as ledger
from tallystick.ledger import queries as books
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.disputes import DisputeNotAccepted
from tallystick.payments.exchange import Came, ExchangeNotAccepted
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.states import PaymentTransitionRefused
from tallystick.reports import statements
from tallystick.reports.explain.numbers import Subject
from tallystick.reports.movement_words import movement_words
from tallystick.usecases import allocate, dispute, record, refund
from tallystick.usecases.explain import explain
from tests.scenarios.conftest import World, at, uid

Posted = Callable[..., list[tuple[str, list[tuple[str, str, int]]]]]


@pytest.fixture
def abroad(world: World) -> World:
    """A business in euro whose customers also pay in dollars."""
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2026, 1, 1), rate=Decimal("0.92"), source="ECB")
        ledger.set_rate(currency="USD", valid_from=date(2026, 2, 1), rate=Decimal("0.90"), source="ECB")
        ledger.set_rate(currency="GBP", valid_from=date(2026, 1, 1), rate=Decimal("1.15"), source="ECB")
    return world


def pay(world: World, day: str, **told: Any) -> UUID:
    return uid("pay", record.record_payment(actor=world.staff, at=at(day), currency="EUR", **told)["id"])


def carried(world: World, account: str, *objects: UUID) -> list[tuple[str, int, int]]:
    """What the entries about the objects leave in an account: currency, amount and base amount, debits less credits."""
    sums: dict[str, list[int]] = {}
    for entry in books.entries_about(list(objects)):
        for row in entry["postings"]:
            if row["account"] == account:
                sign = 1 if row["side"] == "D" else -1
                found = sums.setdefault(row["currency"], [0, 0])
                found[0] += sign * row["amount_minor"]
                found[1] += sign * row["base_minor"]
    return [(currency, minor, base) for currency, (minor, base) in sorted(sums.items())]


def test_a_euro_invoice_is_paid_in_dollars_at_the_stored_rate(abroad: World, posted: Posted) -> None:
    customer = abroad.customer()
    invoice = abroad.invoice(customer, 10000)
    expected = abroad.expected_payment(invoice)["id"]
    told = record.mark_paid(
        actor=abroad.staff,
        at=at("2026-02-10"),
        payment_id=expected,
        received_date=date(2026, 2, 10),
        method="bank_transfer",
        came=Came(minor=13334, currency="USD"),
    )
    # 133.34 USD at 0.90 are 120.01 EUR: the invoice is paid, a cent is credit.
    assert (told["total_minor"], told["currency"], told["unallocated_minor"]) == (12001, "EUR", 1)
    assert told["came"] == {"amount_minor": 13334, "currency": "USD", "rate": "0.9", "rate_source": "ECB"}
    assert invoices.invoice(invoice)["open_minor"] == 0
    assert (abroad.owes(customer), abroad.credit(customer)) == (0, 1)
    rule, lines = posted(expected)[0]
    assert rule == "J50"
    assert lines == [
        ("1100", "D", 13334),
        ("1900", "C", 13334),
        ("1900", "D", 12001),
        ("2100", "C", 12001),
    ]
    assert carried(abroad, "1900", expected) == [("EUR", 12001, 12001), ("USD", -13334, -12001)]
    assert carried(abroad, "1100", expected) == [("USD", 13334, 12001)]


def test_what_was_agreed_on_counts_and_the_difference_to_the_books_is_realised(abroad: World) -> None:
    customer = abroad.customer()
    invoice = abroad.invoice(customer, 10000)
    payment = pay(
        abroad,
        "2026-02-10",
        customer_id=customer,
        total_minor=12000,
        came=Came(minor=13000, currency="USD"),
        parts=[record.Part(invoice_id=invoice)],
    )
    row = payments.payment(payment)
    assert (row["came_rate"], row["came_rate_source"]) == (Decimal("0.923076923077"), "entered by Ada")
    # The books worth the dollars at 117.00 EUR, the customer was given 120.00 for them: a loss of 3.00.
    assert carried(abroad, "6810", payment) == [("EUR", 0, 300)]
    assert invoices.invoice(invoice)["open_minor"] == 0


def test_a_pound_invoice_is_paid_in_dollars_in_a_euro_business(abroad: World) -> None:
    customer = abroad.customer(currency="GBP")
    invoice = abroad.invoice(customer, 10000, currency="GBP")
    told = record.record_payment(
        actor=abroad.staff,
        at=at("2026-02-10"),
        currency="GBP",
        customer_id=customer,
        came=Came(minor=15334, currency="USD"),
        allocates_oldest_first=True,
    )
    # 153.34 USD * 0.90 / 1.15 = 120.005 GBP: half up.
    assert (told["total_minor"], told["came"] and told["came"]["rate"]) == (12001, "0.782608695652")
    assert invoices.invoice(invoice)["open_minor"] == 0
    assert abroad.credit(customer, "GBP") == 1
    asked = statements.Asked(customer_id=customer, from_date=None, until_date=date(2026, 3, 1))
    moved = statements.movements(asked, currency="GBP", limit=9)
    read = [movement_words(each, statements.names(moved)) for each in moved]
    assert read[1] == f"Payment received, {told['receipt_number']}: $153.34 at 0.782608695652"


def test_in_suspense_assigned_and_reversed_it_leaves_nothing_behind(abroad: World) -> None:
    customer = abroad.customer()
    payment = pay(abroad, "2026-01-10", total_minor=9000, came=Came(minor=10000, currency="USD"))
    assert carried(abroad, "2000", payment) == [("EUR", -9000, -9000)]
    allocate.assign_payment(actor=abroad.staff, at=at("2026-01-11"), payment_id=payment, customer_id=customer)
    invoice = abroad.invoice(customer, 5000, day="2026-01-12")
    # Credit pays new invoices by itself; reversing lets go of that first.
    assert invoices.invoice(invoice)["open_minor"] == 0
    # Another rate holds by then: what is undone is what was posted.
    allocate.reverse_payment(actor=abroad.staff, at=at("2026-02-12"), payment_id=payment, reason="Not ours")
    for account in ("1100", "1900", "2000", "2100", "6810"):
        assert all(minor == base == 0 for _, minor, base in carried(abroad, account, payment)), account
    assert invoices.invoice(invoice)["open_minor"] == 6000


def test_it_is_refunded_in_the_currency_that_it_was_credited_in(abroad: World) -> None:
    customer = abroad.customer()
    payment = pay(abroad, "2026-01-10", customer_id=customer, came=Came(minor=10000, currency="USD"))
    told = refund.refund_payment(
        actor=abroad.staff,
        at=at("2026-02-12"),
        payment_id=payment,
        amount_minor=9200,
        reason="Ordered twice",
        method="bank_transfer",
    )
    assert (told["total_minor"], told["currency"], told["came"]) == (-9200, "EUR", None)
    assert abroad.credit(customer) == 0


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"came": Came(minor=10000, currency="EUR")}, ExchangeNotAccepted),
        ({"came": Came(minor=0, currency="USD")}, ExchangeNotAccepted),
        ({"came": Came(minor=100, currency="CHF")}, books.NoExchangeRate),
        ({"came": Came(minor=100, currency="usd")}, InvalidField),
        ({"came": Came(minor=100, currency="USD"), "status": "pending"}, InvalidField),
    ],
)
def test_what_cannot_be_exchanged_is_refused_and_leaves_no_trace(
    abroad: World, told: dict[str, Any], error: type[Exception]
) -> None:
    customer = abroad.customer()
    before = (len(lists.payments_page(PaymentFilter()).rows), len(entries_page(TrailFilter()).rows))
    with pytest.raises(error):
        pay(abroad, "2026-02-10", customer_id=customer, **told)
    assert (len(lists.payments_page(PaymentFilter()).rows), len(entries_page(TrailFilter()).rows)) == before


def test_a_completed_payment_is_not_exchanged_again(abroad: World) -> None:
    payment = pay(abroad, "2026-01-10", came=Came(minor=10000, currency="USD"))
    with pytest.raises(PaymentTransitionRefused):
        record.mark_paid(
            actor=abroad.staff,
            at=at("2026-02-10"),
            payment_id=payment,
            received_date=date(2026, 2, 10),
            method="cash",
            came=Came(minor=1, currency="GBP"),
        )
    assert payments.payment(payment)["came_currency"] == "USD"


def test_a_bank_that_takes_it_back_takes_what_came(abroad: World, posted: Posted) -> None:
    customer = abroad.customer()
    invoice = abroad.invoice(customer, 5000)
    parts = [record.Part(invoice_id=invoice)]
    payment = pay(abroad, "2026-01-10", customer_id=customer, parts=parts, came=Came(minor=10000, currency="USD"))
    back: dict[str, Any] = {"actor": abroad.staff, "payment_id": payment}
    with pytest.raises(DisputeNotAccepted, match="all of it or nothing"):
        dispute.record_bank_return(**back, at=at("2026-01-20"), amount_minor=5000)
    assert payments.payment(payment)["lost_minor"] == 0
    refund.refund_payment(**back, at=at("2026-01-25"), amount_minor=200, reason="Too much", method="cash")
    # In February a dollar is worth less: of the 92.00 that the bank takes 2.00 are a gain.
    told = dispute.record_bank_return(**back, at=at("2026-02-10"), reason="returned")
    returned = uid("dsp", told["id"])
    assert (told["amount_minor"], told["taken_minor"], told["loss_minor"], told["currency"]) == (9200, 9000, 200, "EUR")
    assert posted(returned) == [
        (
            "J43",
            [
                ("2100", "D", 9000),
                ("6110", "D", 200),
                ("1900", "C", 9200),
                ("6810", "C", 0),
                ("1900", "D", 10000),
                ("1100", "C", 10000),
            ],
        )
    ]
    row = payments.payment(payment)
    assert (row["allocated_minor"], row["unallocated_minor"], row["lost_minor"]) == (0, 0, 9000)
    assert (abroad.owes(customer), abroad.credit(customer)) == (6000, 0)
    assert carried(abroad, "1900", returned) == [("EUR", -9200, -9000), ("USD", 10000, 9000)]
    # What the clearing account still shows in base is what the dollar lost while it was there.
    assert carried(abroad, "1100", payment, returned) == [("USD", 0, 200)]


def test_a_cheque_in_another_currency_that_bounces_is_in_hand_no_more(abroad: World) -> None:
    came = Came(minor=10000, currency="USD")
    payment = pay(abroad, "2026-01-10", customer_id=abroad.customer(), method="cheque", came=came)
    told = dispute.record_bank_return(
        actor=abroad.staff, at=at("2026-02-10"), payment_id=payment, reason="cheque_bounced"
    )
    assert carried(abroad, "1110", payment, uid("dsp", told["id"])) == [("USD", 0, 0)]
    assert (told["taken_minor"], told["loss_minor"]) == (9200, 0)


def test_what_is_explained_of_it_is_what_it_is_credited_as(abroad: World) -> None:
    customer = abroad.customer()
    abroad.invoice(customer, 5000)
    told = {"came": Came(minor=10000, currency="USD"), "allocates_oldest_first": True}
    payment = pay(abroad, "2026-01-10", customer_id=customer, **told)

    def explained(name: str) -> int:
        subject = Subject(payment=payment)
        return explain(actor=abroad.staff, at=at("2026-01-11"), name=f"payment.{name}", subject=subject).total.minor

    assert [explained(name) for name in ("total", "allocated", "unallocated")] == [9200, 6000, 3200]
