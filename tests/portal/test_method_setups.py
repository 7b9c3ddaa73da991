"""Adding a payment method without paying, by the pages of the portal alone and without scripts."""

import re
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.payments import queries as payments
from tallystick.payments.models import MethodSetup
from tests.portal.conftest import Business, uid
from tests.portal.test_autopay import main_of
from tests.sandbox_service import VISITOR, pay
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

ADD, METHODS = "/portal/methods/add/", "/portal/methods/"
CHALLENGE, DECLINED = "4000002760003184", "4000000000000002"


def set_out(client: Client, account: str, *, then: str = "methods", **more: str) -> str:
    """This function will press the button that leads to the gateway, and return the address of its page."""
    sent = client.post(f"{ADD}?then={then}", {"account": account, **more})
    assert sent.status_code == 302
    address: str = sent["Location"]
    return address


def returned(client: Client, sent_back: Any) -> Any:
    """This function will follow the gateway's redirect, as a browser does."""
    back = urlsplit(sent_back.headers["Location"])
    return client.get(f"{back.path}?{back.query}", follow=True)


@pytest.mark.parametrize(
    ("page", "then"), [(METHODS, "methods"), ("/portal/pay/", "pay"), ("/portal/autopay/", "autopay")]
)
def test_a_card_is_added_from_where_the_customer_is_and_leads_back_there(
    signed_in: tuple[Client, UUID], house: Business, account: str, page: str, then: str
) -> None:
    client, customer = signed_in
    house.invoice(customer)
    link = ADD if then == "methods" else f"{ADD}?then={then}"
    if then == "pay":
        assert client.post(page, {"adds_method": "1"})["Location"] == link
    else:
        assert f'href="{link}"' in client.get(page).content.decode()
    asked = client.get(link)
    assert "You type your card on the secure page of the payment service" in main_of(asked)
    assert "Make it my default card" not in main_of(asked), "the first one is that in any case"
    origin = re.escape(urlsplit(set_out(client, account)).netloc)
    assert re.search(rf"form-action [^;]*{origin}", asked["Content-Security-Policy"])

    back = returned(client, pay(set_out(client, account, then=then)))
    (method,) = payments.methods(customer)
    public = public_id("pmt", method["id"])
    kept = "" if then == "methods" else "&kept=1"
    assert back.redirect_chain == [(f"{page}?method={public}{kept}", 302)]
    assert "Your card is stored." in back.content.decode()
    if then != "methods":
        assert re.search(rf'value="{public}"[^>]*checked', back.content.decode()), "it is chosen"


def test_what_was_chosen_to_pay_is_still_chosen_with_the_new_card(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.5")
    first, second = (public_id("inv", house.invoice(customer, net)) for net in (1000, 2000))
    said = {"pay": "selected_invoices", "invoice": [second], "currency": "EUR", "charged_in": "USD", "note": "for May"}
    sent = client.post("/portal/pay/", {**said, "method": "bank_transfer", "number": "ABCD", "adds_method": "1"})
    assert sent["Location"] == f"{ADD}?then=pay", "nothing of it is in the address"
    assert "ABCD" not in str(dict(client.session)), "the number of a voucher is worth money"

    # Who thinks better of it finds the form as it was.
    cancel = re.search(r'href="(/portal/pay/[^"]*)"[^>]*><span>Cancel', client.get(sent["Location"]).content.decode())
    assert cancel is not None
    assert re.search(r'value="bank_transfer"[^>]*checked', client.get(cancel[1]).content.decode())

    page = returned(client, pay(set_out(client, account, then="pay"))).content.decode()
    (method,) = payments.methods(customer)
    assert re.search(rf'value="{public_id("pmt", method["id"])}"[^>]*checked', page)
    assert re.search(r'value="selected_invoices"\s+checked', page)
    assert re.search(rf'value="{second}"[^>]*checked', page)
    assert not re.search(rf'value="{first}"[^>]*checked', page)
    assert 'name="charged" value="USD 4800"' in page
    assert "for May" in page
    plain = client.get("/portal/pay/").content.decode()
    assert "for May" not in plain
    assert re.search(r'value="total_balance"\s+checked', plain)


def test_a_typed_amount_comes_back_from_a_dialog_too(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.invoice(customer, 1000)
    dialog = {"HX-Request": "true", "HX-Target": "kit-dialog-body"}
    said = {"pay": "fixed_amount", "fixed": "7.50", "currency": "EUR", "adds_method": "1"}
    sent = client.post("/portal/pay/", said, headers=dialog)
    assert (sent.status_code, sent["HX-Redirect"]) == (204, f"{ADD}?then=pay")
    page = returned(client, pay(set_out(client, account, then="pay"))).content.decode()
    assert re.search(r'name="fixed"\s[^>]*value="7.50"', page)
    assert 'name="total" value="750"' in page


def test_what_was_kept_for_one_customer_is_not_shown_for_another(
    signed_in: tuple[Client, UUID], house: Business, client: Client
) -> None:
    client, _customer = signed_in
    client.post("/portal/pay/", {"note": "my card is 4242 4242 4242 4242", "fixed": "7.50", "adds_method": "1"})
    assert client.session["kept_pay"]["said"] == {"fixed": ["7.50"]}, "no row ever holds a card number"
    client.post("/portal/pay/", {"note": "ours alone", "adds_method": "1"})
    assert "ours alone" in client.get("/portal/pay/?kept=1").content.decode()
    session = client.session
    session["kept_pay"] = {**session["kept_pay"], "customer": house.customer("Somebody else").hex}
    session.save()
    assert "ours alone" not in client.get("/portal/pay/?kept=1").content.decode()


def test_what_was_chosen_for_automatic_payment_is_still_chosen_but_not_agreed_to(
    signed_in: tuple[Client, UUID], account: str
) -> None:
    client, customer = signed_in
    stored_card(customer, uid("gwa", account), last_four="1111")
    assert 'name="adds_method"' in main_of(client.get("/portal/autopay/"))
    said = {"method": "default", "charge_day": "15", "cap": "99.50", "cap_currency": "EUR", "accepts": "on"}
    sent = client.post("/portal/autopay/", {**said, "adds_method": "1"})
    assert sent["Location"] == f"{ADD}?then=autopay"
    page = returned(client, pay(set_out(client, account, then="autopay"))).content.decode()
    new = next(row for row in payments.methods(customer) if row["last_four"] == "4242")
    assert re.search(rf'value="{public_id("pmt", new["id"])}"[^>]*checked', page)
    assert re.search(r'value="15"\s+selected', page)
    assert 'value="99.50"' in page
    assert not re.search(r'name="accepts"[^>]*checked', page), "consent is given to the words that are shown"
    address = client.get("/portal/autopay/?accepts=on&method=default").content.decode()
    assert not re.search(r'name="accepts"[^>]*checked', address), "no address ticks it"


def test_a_card_can_become_the_default_one(signed_in: tuple[Client, UUID], account: str) -> None:
    client, customer = signed_in
    stored_card(customer, uid("gwa", account), last_four="1111")
    assert "Make it my default card" in main_of(client.get(ADD))
    returned(client, pay(set_out(client, account, makes_default="on")))
    assert [(row["last_four"], row["is_default"]) for row in payments.methods(customer)] == [
        ("4242", True),
        ("1111", False),
    ]


@pytest.mark.parametrize(
    ("number", "bank", "said"),
    [
        (DECLINED, "approve", "Your bank declined it."),
        (CHALLENGE, "reject", "It was not confirmed with your bank."),
        ("4000000000000069", "approve", "It has expired."),
        ("", "", "You cancelled it, its time was over"),
    ],
)
def test_what_was_not_stored_is_said_with_what_to_do_and_nothing_is_kept(
    signed_in: tuple[Client, UUID], account: str, number: str, bank: str, said: str
) -> None:
    client, customer = signed_in
    address = set_out(client, account, then="autopay")
    sent_back = pay(address, number, bank=bank) if number else VISITOR.post(f"{address}/cancel")
    page = returned(client, sent_back)
    assert said in main_of(page)
    assert f'href="{ADD}?then=autopay"' in page.content.decode()
    assert "Back to automatic payment" in main_of(page)
    assert payments.methods(customer) == []


def test_who_comes_back_without_having_done_anything_can_go_on(signed_in: tuple[Client, UUID], account: str) -> None:
    client, customer = signed_in
    address = set_out(client, account)
    setup = MethodSetup.objects.get()
    url = f"{METHODS}setups/{public_id('pms', setup.id)}/"
    page = client.get(f"{url}?then=nowhere")
    assert "Your card is not stored yet" in main_of(page)
    assert f'href="{address}"' in page.content.decode()
    assert "Back to your payment methods" in main_of(page)
    assert client.post(url).status_code == 405
    pay(address)
    client.get(url)
    client.get(url)
    assert len(payments.methods(customer)) == 1, "however often the page is opened"


def test_a_service_that_is_silent_stores_nothing_and_says_so(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    account = public_id("gwa", house.gateway())
    page = client.get(set_out(client, account))
    assert "No card was stored" in main_of(page)
    assert payments.methods(customer) == []


def test_where_no_service_stores_cards_nothing_is_offered(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, _ = signed_in
    account = public_id("gwa", house.gateway(stores_methods=False))
    for page in (METHODS, "/portal/pay/", "/portal/autopay/"):
        assert ADD not in client.get(page).content.decode()
    assert "No card can be stored at the moment" in main_of(client.get(ADD))
    assert client.post(ADD, {"account": account}).status_code == 422
    assert MethodSetup.objects.count() == 0


def test_who_may_not_manage_methods_is_offered_nothing(house: Business, client: Client) -> None:
    customer = house.customer(rights=["view", "pay", "manage_autopay"])
    client.force_login(house.open_portal(customer))
    account = public_id("gwa", house.gateway())
    for page in (METHODS, "/portal/pay/", "/portal/autopay/"):
        assert ADD not in client.get(page).content.decode()
    assert client.post(ADD, {"account": account}).status_code == 403
    assert MethodSetup.objects.count() == 0
