"""A euro invoice that the gateway charges in another currency: what is promised, credited, paid back and disputed."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.errors import InvalidField
from tallystick.foundation.trail import TrailFilter, entries_page
from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.ledger.queries import NoExchangeRate, entries_about
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.exchange import ExchangeNotOffered, ExchangeRateChanged
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.refunds import RefundTooSmall
from tallystick.usecases import collect, receipts
from tests.documents.samples import text_of
from tests.scenarios.conftest import uid
from tests.usecases.disputing import FEE, counters, decide, dispute_at_gateway, only_dispute
from tests.usecases.shop import DECLINED, RETURN_URL, YESTERDAY, Shop, at
from tests.usecases.test_refunds import give_back

pytestmark = pytest.mark.django_db

Posted = Callable[..., list[tuple[str, list[tuple[str, str, int]]]]]
# 106.80 EUR at 0.92 are 116.087 USD: half up 116.09, which are 106.8028 EUR: half up the very amount.
OWED, CHARGED = 10680, 11609


def rate(currency: str, value: str, day: str = "2020-01-01") -> None:
    """This function will store an exchange rate that holds from a day on."""
    with transaction():
        ledger.set_rate(currency=currency, valid_from=date.fromisoformat(day), rate=Decimal(value), source="ECB")


@pytest.fixture(autouse=True)
def _rates(shop: Shop) -> None:
    rate("USD", "0.92")
    rate("JPY", "0.0064")


def today() -> str:
    """This function will return the day on which everything is paid."""
    return at().date().isoformat()


def paid_in_dollars(shop: Shop, net: int = 8900) -> tuple[UUID, UUID, UUID]:
    """This function will have a customer pay an invoice in dollars, and return the three."""
    customer, invoice = shop.bill(net)
    started = shop.collect(customer, invoice, charged_in="USD")
    shop.customer_pays(started)
    shop.deliver()
    return customer, invoice, uid("pay", started["id"])


def receipt_text(shop: Shop, payment: UUID) -> str:
    """This function will return what stands on a receipt."""
    return " ".join(text_of(receipts.receipt_document(actor=shop.staff, at=at(), payment_id=payment).content).split())


def test_the_gateway_charges_what_was_promised_and_the_invoice_is_paid(shop: Shop, posted: Posted) -> None:
    customer, invoice = shop.bill()
    expected = shop.expected_payment(invoice)["id"]
    started = shop.collect(customer, invoice, charged_in="USD", charged_minor=CHARGED)
    # The expected payment carries it, in its own currency; the try says what is charged.
    assert (uid("pay", started["id"]), started["total_minor"], started["currency"]) == (expected, OWED, "EUR")
    (attempt,) = started["attempts"]
    assert (attempt["amount_minor"], attempt["currency"], started["came"]) == (CHARGED, "USD", None)
    ordered = shop.at_gateway(started)
    assert (ordered["amount"], ordered["currency"]) == (CHARGED, "USD")
    shop.customer_pays(started)
    shop.deliver()
    row = payments.payment(expected)
    assert (row["status"], row["total_minor"], row["allocated_minor"]) == ("completed", OWED, OWED)
    assert (row["came_minor"], row["came_currency"], row["came_rate_source"]) == (CHARGED, "USD", "ECB")
    assert (shop.standing(invoice), shop.owes(customer), shop.credit(customer)) == (("issued", 0), 0, 0)
    j50 = [("1120", "D", CHARGED), ("1900", "C", CHARGED), ("1900", "D", OWED), ("2100", "C", OWED)]
    assert posted(expected)[:2] == [("J50", j50), ("J08", [("2100", "D", OWED), ("1200", "C", OWED)])]
    assert shop.clearing_agrees("USD")


@pytest.mark.parametrize(("at_completion", "credited"), [("0.90", 10448), ("0.95", 11029)])
def test_the_rate_is_fixed_when_it_completes(shop: Shop, at_completion: str, credited: int) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice, charged_in="USD")
    shop.customer_pays(started)
    rate("USD", at_completion, today())
    shop.deliver()
    payment = uid("pay", started["id"])
    row = payments.payment(payment)
    assert (row["total_minor"], row["came_minor"]) == (credited, CHARGED)
    # What it does not pay stays open and is expected anew; what it pays beyond is credit.
    assert shop.standing(invoice) == ("issued", max(0, OWED - credited))
    assert shop.credit(customer) == max(0, credited - OWED)
    if credited < OWED:
        live = shop.expected_payment(invoice)
        assert (live["total_minor"], live["replaces_id"]) == (OWED - credited, payment)


def test_several_invoices_and_money_on_account_are_charged_at_once(shop: Shop) -> None:
    customer, first = shop.bill(1000)
    second = shop.invoice(customer, 2000, day=YESTERDAY)
    # 36.00 and 10.00 on account are 7188 yen (7187.5, half up), which are 46.00 again.
    started = shop.collect(customer, first, second, on_account_minor=1000, charged_in="JPY", charged_minor=7188)
    shop.customer_pays(started)
    shop.deliver()
    row = payments.payment(uid("pay", started["id"]))
    assert (row["kind"], row["total_minor"], row["came_minor"]) == ("receipt", 4600, 7188)
    assert (shop.standing(first)[1], shop.standing(second)[1], shop.credit(customer)) == (0, 0, 1000)


def test_another_amount_than_was_told_is_refused_and_leaves_no_trace(shop: Shop) -> None:
    customer, invoice = shop.bill()
    before = (len(lists.payments_page(PaymentFilter()).rows), len(entries_page(TrailFilter()).rows))
    rate("USD", "0.90", today())
    rate("CHF", "1.05", "2999-01-01")
    for told, error in (
        ({"charged_in": "USD", "charged_minor": CHARGED}, ExchangeRateChanged),
        ({"charged_in": "CHF"}, NoExchangeRate),
        ({"charged_in": "EUR"}, ExchangeNotOffered),
        ({"charged_in": "usd"}, InvalidField),
        ({"charged_minor": CHARGED}, InvalidField),
    ):
        with pytest.raises(error) as refused:
            shop.collect(customer, invoice, **told)
        if isinstance(refused.value, ExchangeRateChanged):
            assert str(refused.value).startswith("The exchange rate changed: 118.67 USD would be charged now.")
    assert (len(lists.payments_page(PaymentFilter()).rows), len(entries_page(TrailFilter()).rows)) == before
    assert shop.charges() == []
    assert payments.attempts(shop.expected_payment(invoice)["id"]) == []


def test_a_repeat_charges_once_whatever_became_of_the_rate(shop: Shop) -> None:
    customer, invoice = shop.bill()
    told: dict[str, Any] = {"charged_in": "USD", "charged_minor": CHARGED, "idempotency_key": "once"}
    first = shop.collect(customer, invoice, **told)
    rate("USD", "0.80", today())
    assert shop.collect(customer, invoice, **told)["attempts"] == first["attempts"]
    shop.customer_pays(first)
    assert shop.charges() == [CHARGED]


def test_a_declined_charge_is_tried_again_in_the_payments_own_currency(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice, charged_in="JPY")
    shop.customer_pays(started, DECLINED)
    shop.deliver()
    again = collect.retry(
        actor=shop.staff,
        at=at(),
        payment_id=uid("pay", started["id"]),
        account_id=shop.account_id,
        return_url=RETURN_URL,
    )
    assert [(each["amount_minor"], each["currency"]) for each in again["attempts"]] == [(16688, "JPY"), (OWED, "EUR")]


def test_a_declined_charge_is_tried_again_in_the_currency_that_is_named_for_what_was_told(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.customer_pays(started, DECLINED)
    shop.deliver()
    told: dict[str, Any] = {"actor": shop.staff, "at": at(), "payment_id": uid("pay", started["id"])}
    told |= {"account_id": shop.account_id, "return_url": RETURN_URL}
    for wrong, refused in (
        ({"charged_in": "USD", "charged_minor": CHARGED - 1}, ExchangeRateChanged),
        ({"charged_minor": CHARGED}, InvalidField),
        ({"charged_in": "CHF"}, NoExchangeRate),
        ({"charged_in": "EUR"}, ExchangeNotOffered),
    ):
        with pytest.raises(refused):
            collect.retry(**told, **wrong)
    assert len(payments.attempts(told["payment_id"])) == 1
    again = collect.retry(**told, charged_in="USD", charged_minor=CHARGED)
    assert [(each["amount_minor"], each["currency"]) for each in again["attempts"]] == [(OWED, "EUR"), (CHARGED, "USD")]
    shop.customer_pays(dict(again))
    shop.deliver()
    assert shop.standing(invoice) == ("issued", 0)


def test_it_is_paid_back_in_the_currency_that_came_and_the_last_part_takes_the_rest(shop: Shop, posted: Posted) -> None:
    customer, _invoice, payment = paid_in_dollars(shop)
    assert "Paid as $116.09, at 1 USD = 0.92 EUR (ECB)" in receipt_text(shop, payment)
    back = give_back(shop, payment, 3333)
    # 33.33 of 106.80 EUR are 36.2293 of the 116.09 USD.
    assert (back["status"], back["total_minor"], back["currency"]) == ("completed", -3333, "EUR")
    assert back["came"]["amount_minor"] == 3623
    assert posted(uid("pay", back["id"])) == [
        ("J27", [("2100", "D", 3333), ("1900", "C", 3333), ("1900", "D", 3623), ("1120", "C", 3623)])
    ]
    assert "Paid back as $36.23, at 1 USD = 0.92 EUR (ECB)" in receipt_text(shop, uid("pay", back["id"]))
    rest = give_back(shop, payment, OWED - 3333)
    assert rest["came"]["amount_minor"] == CHARGED - 3623
    assert shop.refunds() == [3623, CHARGED - 3623]
    assert (shop.owes(customer), shop.credit(customer)) == (OWED, 0)
    assert shop.clearing_agrees("USD")


def test_less_than_the_smallest_unit_of_what_came_is_not_paid_back(shop: Shop) -> None:
    rate("KRW", "0.60")
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice, charged_in="KRW")
    shop.customer_pays(started)
    shop.deliver()
    payment = uid("pay", started["id"])
    before = payments.payment(payment)
    with pytest.raises(RefundTooSmall):
        give_back(shop, payment, 20)
    assert (payments.payment(payment), payments.refunds_of(payment)) == (before, [])


@pytest.mark.parametrize("outcome", ["won", "lost"])
def test_a_dispute_is_about_what_came(shop: Shop, posted: Posted, outcome: str) -> None:
    customer, _invoice, payment = paid_in_dollars(shop)
    found = dispute_at_gateway(shop, payment)
    shop.deliver()
    row = only_dispute(payment)
    assert (row["amount_minor"], row["currency"], row["state"]) == (OWED, "EUR", "opened")
    assert posted(row["id"])[0] == ("J40", [("1130", "D", CHARGED), ("1120", "C", CHARGED)])
    rate("USD", "0.90", today())
    decide(shop, found, outcome)
    shop.deliver()
    back = [("1120", "D", CHARGED), ("1130", "C", CHARGED)]
    taken = [
        *(("2100", "D", OWED), ("1900", "C", OWED)),
        *(("1900", "D", CHARGED), ("1130", "C", CHARGED)),
    ]
    rule, lines = posted(row["id"])[-1]
    assert (rule, [line for line in lines if line[0] != "6810"]) == (
        ("J41", back) if outcome == "won" else ("J42", taken)
    )
    assert counters(payment) == ((OWED, 0, 0, 0) if outcome == "won" else (0, 0, 0, OWED))
    assert shop.owes(customer) == (0 if outcome == "won" else OWED)
    assert (shop.waiting(), shop.clearing_agrees("USD")) == ([], True)
    assert FEE in {posting["amount_minor"] for entry in entries_about([row["id"]]) for posting in entry["postings"]}


def test_a_dispute_about_a_part_waits_for_staff(shop: Shop) -> None:
    _customer, _invoice, payment = paid_in_dollars(shop)
    dispute_at_gateway(shop, payment, amount=5000)
    shop.deliver()
    assert counters(payment) == (OWED, 0, 0, 0)
    assert len(shop.waiting()) == 1
