"""A customer pays invoices in another currency than theirs: what the screen promises is what happens (model, 31)."""

import re
import uuid
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.allocations.queries import targets
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import operations as ledger
from tallystick.ledger.queries import standings
from tallystick.payments import queries as payments
from tallystick.payments.models import Attempt, Payment
from tallystick.usecases import enrol
from tests.portal.conftest import STAFF, Business, now
from tests.portal.test_pay_options import drawn_form
from tests.sandbox_service import pay

pytestmark = pytest.mark.django_db


def page_of(client: Client, **query: Any) -> str:
    """This function will return the page Make a Payment, its line breaks as spaces."""
    return plain(client.get("/portal/pay/", query).content.decode())


def plain(page: str) -> str:
    """This function will return a page with its line breaks as spaces; those that do not break stay."""
    return re.sub(r"[ \n]+", " ", page)


def paid(attempt: Attempt, client: Client) -> dict[str, Any]:
    """This function will have the customer pay at the payment service and come back; the payment then."""
    pay(attempt.action_url)
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    attempt.refresh_from_db()
    return payments.payment(attempt.payment_id)


def test_the_screen_says_what_is_owed_what_is_charged_and_at_which_rate(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.92")
    invoice = house.invoice(customer)
    page = page_of(client, charged_in="USD")
    form = drawn_form(page)
    assert (form["total"], form["charged"]) == ("10680", "USD 11609")
    assert "1 USD = 0.92 EUR" in page
    assert "test, as of" in page
    assert "116.09\N{NO-BREAK SPACE}USD" in page
    assert "fixed at the rate of the day on which the payment completes" in page
    assert "By the rounding" not in page
    sent = client.post("/portal/pay/", form | {"charged_in": "USD", "method": account})
    [attempt] = Attempt.objects.all()
    assert sent["Location"] == attempt.action_url
    assert (attempt.amount_minor, attempt.currency, attempt.owed_minor) == (11609, "USD", 10680)
    assert "A payment of $116.09 is under way" in page_of(client)
    waiting = client.get(reverse("portal:payment", args=[public_id("pay", attempt.payment_id)])).content.decode()
    assert "You are charged" in waiting
    assert "116.09" in waiting
    row = paid(attempt, client)
    assert (row["total_minor"], row["came_minor"], invoices.invoice(invoice)["open_minor"]) == (10680, 11609, 0)
    for name in ("portal:payment", "portal:receipt"):
        shown = plain(client.get(reverse(name, args=[public_id("pay", row["id"])])).content.decode())
        assert "116.09" in shown
        assert "at 0.92 EUR, test" in shown


def test_a_rate_that_changed_is_shown_again_and_nothing_is_charged(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.92")
    house.invoice(customer)
    form = drawn_form(page_of(client, charged_in="USD")) | {"charged_in": "USD", "method": account}
    house.rate("USD", "0.90")
    refused = client.post("/portal/pay/", form)
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "The exchange rate changed: it is 118.67\N{NO-BREAK SPACE}USD now. Nothing was charged." in page
    assert not Attempt.objects.exists()
    anew = drawn_form(page) | {"charged_in": "USD", "method": account}
    assert anew["charged"] == "USD 11867"
    assert client.post("/portal/pay/", anew).status_code == 302
    # A second press of it is the same order, also when the rate went on.
    house.rate("USD", "0.88")
    assert client.post("/portal/pay/", anew).status_code == 302
    assert Attempt.objects.get().amount_minor == 11867


def test_without_scripts_a_choice_that_the_button_did_not_say_is_shown_first(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.92")
    house.invoice(customer)
    plain, dollars = drawn_form(page_of(client)), drawn_form(page_of(client, charged_in="USD"))
    for form, charged_in in ((plain, "USD"), (dollars, "EUR")):
        refused = client.post("/portal/pay/", form | {"charged_in": charged_in, "method": account})
        assert refused.status_code == 422
        assert "Your choice changed the total." in refused.content.decode()
    assert not Attempt.objects.exists()


def test_what_has_no_rate_today_and_what_is_sent_by_bank_is_refused_with_the_reason(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.92")
    with transaction():
        ledger.set_rate(
            currency="CHF", valid_from=now().date() + timedelta(days=30), rate=Decimal("1.05"), source="test"
        )
    house.invoice(customer)
    page = page_of(client, charged_in="CHF")
    assert "A bank transfer is in EUR. CHF cannot be chosen: there is no exchange rate for today." in page
    assert '<option value="CHF"' not in page
    form = drawn_form(page)
    assert form["charged"] == ""
    forged = client.post("/portal/pay/", form | {"charged_in": "CHF", "charged": "CHF 1", "method": account})
    by_bank = drawn_form(page_of(client, charged_in="USD")) | {"charged_in": "USD", "method": "bank_transfer"}
    transfer = client.post("/portal/pay/", by_bank)
    assert (forged.status_code, transfer.status_code) == (422, 422)
    assert "A bank transfer is in EUR. Pay in another way" in transfer.content.decode()
    assert Payment.objects.count() == 1


def test_a_coarser_currency_says_beforehand_what_the_rounding_leaves(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("KRW", "0.60")
    # 0.71 and tax are 0.85 EUR: one won at 0.60 leaves 0.25 open. 1.00 and tax are two, all of it.
    less = house.invoice(customer, 71)
    page = page_of(client, charged_in="KRW")
    assert "By the rounding €0.25 of it stays open." in page
    client.post("/portal/pay/", drawn_form(page) | {"charged_in": "KRW", "method": account})
    paid(Attempt.objects.get(), client)
    assert invoices.invoice(less)["open_minor"] == 25
    # 0.25 and 0.72 are 0.97: two won are 1.20.
    house.invoice(customer, 60)
    page = page_of(client, charged_in="KRW")
    assert "By the rounding €0.23 more than that stays as your credit." in page
    client.post("/portal/pay/", drawn_form(page) | {"charged_in": "KRW", "method": account})
    paid(Attempt.objects.latest("created_at"), client)
    [standing] = [each for each in standings(customer) if each.currency == "EUR"]
    assert (standing.owes_minor, standing.credit_minor) == (0, 23)


def test_too_little_to_be_charged_is_said(signed_in: tuple[Client, UUID], house: Business, account: str) -> None:
    client, customer = signed_in
    house.rate("KRW", "60")
    house.invoice(customer, 71)
    page = page_of(client, charged_in="KRW")
    assert "This amount cannot be charged in KRW. Choose another currency." in page
    assert drawn_form(page)["charged"] == ""
    form = drawn_form(page) | {"charged_in": "KRW", "charged": "KRW 1", "method": account}
    assert client.post("/portal/pay/", form).status_code == 422
    assert not Attempt.objects.exists()


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_charged_credited_and_left_is_what_the_screen_promised_across_currencies(
    house: Business, account: str, data: st.DataObject
) -> None:
    """Of none, two and three decimals, whatever the rates are; not a minor unit is lost."""
    for code, least, most in (("JPY", "0.004", "2"), ("KWD", "0.5", "4"), ("USD", "0.5", "2")):
        house.rate(code, str(data.draw(st.decimals(least, most, places=6), label=code)))
    currency = data.draw(st.sampled_from(["EUR", "JPY", "KWD"]), label="owed in")
    others = [code for code in ("EUR", "JPY", "KWD", "USD") if code != currency]
    charged_in = data.draw(st.sampled_from(others), label="charged in")
    customer = house.customer(f"Customer {uuid.uuid4().hex}", currency=currency)
    client = Client()
    client.force_login(house.open_portal(customer))
    prepaid = data.draw(st.booleans(), label="prepaid")
    changes = {"is_prepaid": prepaid, "applies_credit": False}
    enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes=changes)
    nets = data.draw(st.lists(st.integers(9000, 90000), min_size=1, max_size=3), label="net amounts")
    made = [house.invoice(customer, net, currency=currency) for net in nets]
    owed = sum(invoices.invoice(each)["open_minor"] for each in made)
    option = data.draw(st.sampled_from(["total_balance", "current_charges", "selected_invoices", "fixed_amount"]))
    query: dict[str, Any] = {"pay": option, "currency": currency, "charged_in": charged_in}
    if option == "fixed_amount":
        query["fixed"] = str(data.draw(st.integers(50, 300), label="fixed amount"))
    if option == "selected_invoices":
        query["invoice"] = [public_id("inv", each) for each in made[:2]]
    page = page_of(client, **query)
    form = drawn_form(page) | query | {"method": account}
    assert client.post("/portal/pay/", form).status_code == 302
    attempt = Attempt.objects.get(payment__customer_id=customer)
    # Charged: exactly what stood on the button, for exactly what was chosen.
    assert f"{attempt.currency} {attempt.amount_minor}" == form["charged"]
    assert (attempt.currency, attempt.owed_minor) == (charged_in, int(form["total"]))
    meant = sum(minor for _, minor in targets(attempt.payment_id))
    row = paid(attempt, client)
    assert (row["status"], row["came_minor"], row["came_currency"]) == ("completed", attempt.amount_minor, charged_in)
    # Said beforehand: whether the rounding leaves anything.
    assert ("By the rounding" in page) == (row["total_minor"] != attempt.owed_minor)
    # Allocated as far as it goes; the rest is credit, or in the wallet when it was paid on account.
    settled = min(row["total_minor"], meant)
    rest, on_account = row["total_minor"] - settled, attempt.owed_minor > meant
    [has] = [each for each in standings(customer) if each.currency == currency]
    assert (row["allocated_minor"], has.owes_minor) == (row["total_minor"] - has.credit_minor, owed - settled)
    assert (has.wallet_minor, has.credit_minor) == ((rest, 0) if prepaid and on_account else (0, rest))
