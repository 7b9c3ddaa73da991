"""A payment that failed is tried again in a currency of choice, on its page and by its link (model, 31)."""

import re
import uuid
from html import unescape
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.interfaces.jobs import mail
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.payments.models import Attempt
from tallystick.usecases import bill, collect
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_mails import text
from tests.portal.test_pay_currency import plain
from tests.sandbox_service import pay

pytestmark = pytest.mark.django_db

DECLINED = "4000000000009995"


@pytest.fixture(autouse=True)
def nobody_was_here(db: None) -> None:
    """What is sent through links is counted for each address; every story begins at none."""
    cache.clear()


def failed(house: Business, customer: UUID, account: str) -> tuple[UUID, UUID]:
    """This function will have the payment of an invoice of 106.80 declined, and return both."""
    invoice = house.invoice(customer)
    shape = collect.pay(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        amounts={invoice: None},
        account_id=uid("gwa", account),
        return_url="http://x.example",
    )
    attempt = shape["attempts"][-1]
    pay(attempt["action_url"], DECLINED)
    collect.ask(attempt_id=uid("att", attempt["id"]), at=now())
    return invoice, uid("pay", shape["id"])


def charged(page: str) -> str:
    """This function will return what the page's form would bring back as charged."""
    found = re.search(r'name="charged" value="([^"]*)"', page)
    assert found is not None
    return unescape(found[1])


def again(**more: str) -> dict[str, str]:
    """This function will return a form as a browser sends it."""
    return {"idempotency_key": str(uuid.uuid4()), **more}


def test_the_page_of_a_failed_payment_offers_other_currencies_and_charges_what_it_said(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    invoice, payment = failed(house, customer, account)
    path = reverse("portal:payment", args=[public_id("pay", payment)])
    assert 'name="charged"' not in client.get(path).content.decode(), "there is one currency to choose from"
    house.rate("USD", "0.92")
    own, dollars = (plain(client.get(path, asked).content.decode()) for asked in ({}, {"charged_in": "USD"}))
    assert (charged(own), charged(dollars)) == ("", "USD 11609")
    assert "Pay €106.80" in own
    assert "1 USD = 0.92 EUR" in dollars
    assert "test, as of" in dollars
    assert "Pay 116.09\N{NO-BREAK SPACE}USD" in dollars

    sent = client.post(
        reverse("portal:try-again", args=[public_id("pay", payment)]), again(charged_in="USD", charged=charged(dollars))
    )
    attempt = Attempt.objects.get(state="action_required")
    assert sent["Location"] == attempt.action_url
    assert (attempt.payment_id, attempt.amount_minor, attempt.currency, attempt.owed_minor) == (
        *(payment, 11609),
        *("USD", 10680),
    )
    pay(attempt.action_url)
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    row = payments.payment(payment)
    assert (row["status"], row["came_minor"], row["came_currency"]) == ("completed", 11609, "USD")
    assert invoices.invoice(invoice)["open_minor"] == 0


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"charged_in": "USD", "charged": ""}, "Your choice changed the total."),
        ({"charged_in": "EUR", "charged": "USD 11609"}, "Your choice changed the total."),
        ({"charged_in": "USD", "charged": "USD 11608"}, "The exchange rate changed: it is 116.09"),
        ({"charged_in": "CHF", "charged": "CHF 1"}, "There is no exchange rate for this currency today."),
    ],
)
def test_what_the_button_did_not_say_is_not_charged(
    signed_in: tuple[Client, UUID], house: Business, account: str, form: dict[str, str], said: str
) -> None:
    client, customer = signed_in
    _, payment = failed(house, customer, account)
    house.rate("USD", "0.92")
    back = client.post(
        reverse("portal:try-again", args=[public_id("pay", payment)]), again(**form), follow=True
    ).content.decode()
    assert said in back
    assert Attempt.objects.count() == 1
    assert payments.payment(payment)["status"] == "failed"
    if form["charged_in"] == "USD":
        assert charged(back) == "USD 11609", "the page shows it now"


def test_the_link_to_a_failed_payment_offers_other_currencies_and_charges_what_it_said(
    house: Business, account: str, client: Client
) -> None:
    invoice, payment = failed(house, house.customer(), account)
    mail.payment_failed(attempt_id=str(Attempt.objects.get().id))
    [path] = re.findall(r"http://localhost:8000(/pay/\S+)", text("payment_failed"))
    house.rate("USD", "0.92")
    page = plain(client.get(path, {"charged_in": "USD"}).content.decode())
    assert "1 USD = 0.92 EUR" in page
    assert "Pay 116.09\N{NO-BREAK SPACE}USD" in page
    order: dict[str, Any] = {"method": account, "total": "10680", "charged_in": "USD"}
    for wrong, said in (("", "Your choice changed the total."), ("USD 1", "The exchange rate changed")):
        refused = client.post(path, again(**order, charged=wrong))
        assert (refused.status_code, said in refused.content.decode()) == (422, True)
    by_bank = client.post(path, again(**order | {"method": "bank_transfer"}, charged=charged(page)))
    assert by_bank.status_code == 422
    assert "A bank transfer is in EUR." in by_bank.content.decode()
    assert Attempt.objects.count() == 1

    client.post(path, again(**order, charged=charged(page)))
    attempt = Attempt.objects.get(state="action_required")
    assert (attempt.amount_minor, attempt.currency, attempt.owed_minor) == (11609, "USD", 10680)
    pay(attempt.action_url)
    client.get(reverse("paylink:return", args=[public_id("att", attempt.id)]))
    assert payments.payment(payment)["status"] == "completed"
    assert invoices.invoice(invoice)["open_minor"] == 0


def test_what_was_credited_since_it_failed_is_not_charged(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.5")
    invoice, payment = failed(house, customer, account)
    bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=invoice, reason="Part", gross_minor=4680)
    page = client.get(reverse("portal:payment", args=[public_id("pay", payment)])).content.decode()
    assert "Pay €60.00" in page
    form = {"charged_in": "EUR", "charged": "", "idempotency_key": "again"}
    client.post(reverse("portal:try-again", args=[public_id("pay", payment)]), form)
    attempt = Attempt.objects.latest("created_at")
    assert attempt.amount_minor == 6000, "what was tried first is no money on account"


def test_the_page_says_what_trying_again_charges_where_there_is_one_currency(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    invoice, payment = failed(house, customer, account)
    bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=invoice, reason="Part", gross_minor=4680)
    page = client.get(reverse("portal:payment", args=[public_id("pay", payment)])).content.decode()
    assert "If you try it again, €60.00 is charged." in page
    client.post(reverse("portal:try-again", args=[public_id("pay", payment)]), {"idempotency_key": "again"})
    assert Attempt.objects.latest("created_at").amount_minor == 6000
