"""Automatic payment and stored cards in the portal, by its pages alone and without scripts."""

import re
import uuid
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.usecases import autopay, autopay_run, collect, configure
from tests.portal.conftest import STAFF, Business, form_of, now, only_payment
from tests.sandbox_service import Account, pay
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

AUTOPAY, METHODS, PAY = "/portal/autopay/", "/portal/methods/", "/portal/pay/"


def main_of(page: Any) -> str:
    """This function will return what stands on a page, without the frame, its white space as one."""
    return re.sub(r"\s+", " ", page.content.decode().partition("<main")[2].partition("</main")[0])


def agreed(page: str, **more: str) -> dict[str, str]:
    """This function will return the form as a browser sends it from a page, ticked, with the default card."""
    found = re.search(r'name="terms_sha256" value="(\w+)"', page)
    assert found is not None
    return {
        "method": "default",
        "charge_day": "due",
        "cap": "",
        "cap_currency": "EUR",
        "accepts": "on",
        "terms_sha256": found[1],
        "idempotency_key": str(uuid.uuid4()),
        **more,
    }


def switch_on(client: Client, **more: str) -> Any:
    """This function will agree to automatic payment as a browser does."""
    return client.post(AUTOPAY, agreed(client.get(AUTOPAY).content.decode(), **more))


def test_a_card_is_kept_at_a_payment_and_charged_from_then_on(
    signed_in: tuple[Client, UUID], house: Business, account: str, merchant: Account
) -> None:
    client, customer = signed_in
    first = house.invoice(customer)
    assert "First, keep a card" in main_of(client.get(AUTOPAY))
    assert "No stored cards" in main_of(client.get(METHODS))

    sent = client.post(PAY, form_of(first, method=account, keep="on"))
    pay(sent["Location"])
    collect.sweep(at=now() + timedelta(minutes=3))
    (method,) = payments.methods(customer)
    shown = main_of(client.get(METHODS))
    assert "Visa •••• 4242" in shown
    assert "Expires 12/2040" in shown
    assert "Default" in shown

    second = house.invoice(customer)
    before = main_of(client.get(AUTOPAY))
    assert "What would be charged" in before
    assert autopay.TERMS.default in before
    assert switch_on(client).status_code == 302

    after = main_of(client.get(AUTOPAY))
    for fact in ("What you agreed", "Visa •••• 4242", "On the due date", "Any amount", "Mary O&#x27;Neill"):
        assert fact in after
    row = autopay_queries.agreement(customer)
    assert row is not None
    assert (row["accepted_by"], row["accepted_through"], row["method_id"]) == ("Mary O'Neill", "contact", None)
    assert "On </a>" in main_of(client.get("/portal/"))

    expected = payments.live_scheduled(second)
    assert expected is not None
    at_due = now() + timedelta(days=14)
    assert autopay_run.run(at=at_due) == 1
    assert autopay_run.charge(payment_id=expected["id"], at=at_due) is None
    assert payments.payment(expected["id"])["status"] == "completed"
    assert merchant.get("/v1/payments").json()["data"][-1]["off_session"] is True
    assert payments.attempts(expected["id"])[-1]["method_id"] == method["id"]


def test_what_is_chosen_is_what_is_agreed(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    account = house.gateway()
    stored_card(customer, account)
    other = stored_card(customer, account, last_four="4444")
    house.rate("USD", "0.9")
    switch_on(client, method=public_id("pmt", other), charge_day="5", cap="1,250.50", cap_currency="USD")
    row = autopay_queries.agreement(customer)
    assert row is not None
    assert (row["method_id"], row["charge_day"], row["cap_minor"], row["cap_currency"]) == (other, 5, 125050, "USD")
    page = main_of(client.get(AUTOPAY))
    assert "Visa •••• 4444" in page
    assert "On day 5 of the month, at the latest on the due date" in page
    assert "$1,250.50" in page
    # The form that changes it begins with what holds.
    assert re.search(r'value="5" selected', page)
    assert 'value="1,250.50"' in page


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"accepts": ""}, "Tick this to agree."),
        ({"terms_sha256": "0" * 64}, "The terms were changed meanwhile."),
        ({"method": ""}, "This field is required."),
        ({"method": "pmt_0"}, "Select a valid choice"),
        ({"charge_day": "32"}, "Select a valid choice"),
        ({"cap": "0"}, "Enter an amount above zero."),
        ({"cap": "much"}, "Enter the amount like"),
        ({"cap": "10", "cap_currency": "XXX"}, "Choose a currency."),
    ],
)
def test_what_cannot_be_agreed_is_said_and_nothing_is_switched_on(
    signed_in: tuple[Client, UUID], house: Business, change: dict[str, str], said: str
) -> None:
    client, customer = signed_in
    stored_card(customer, house.gateway())
    house.rate("USD", "0.9")
    refused = switch_on(client, **change)
    assert refused.status_code == 422
    assert said in main_of(refused)
    assert autopay_queries.agreement(customer) is None


def test_terms_that_changed_while_they_were_read_are_shown_again(
    signed_in: tuple[Client, UUID], house: Business
) -> None:
    client, customer = signed_in
    stored_card(customer, house.gateway())
    page = client.get(AUTOPAY).content.decode()
    configure.change_settings(actor=STAFF, at=now(), changes={"autopay_terms": "Line one.\nLine two."})
    refused = client.post(AUTOPAY, agreed(page))
    assert "Line one.<br>Line two." in main_of(refused)
    assert client.post(AUTOPAY, agreed(refused.content.decode())).status_code == 302
    row = autopay_queries.agreement(customer)
    assert row is not None
    assert row["terms_text"] == "Line one.\nLine two."


def test_it_is_switched_off_at_once(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    stored_card(customer, house.gateway())
    switch_on(client)
    back = client.post(f"{AUTOPAY}end/", {"idempotency_key": "k"}, follow=True)
    assert "Automatic payment has ended." in back.content.decode()
    assert autopay_queries.agreement(customer) is None
    assert "Switch it on" in main_of(client.get(AUTOPAY))


def test_who_may_not_manage_it_sees_it_and_changes_nothing(house: Business, client: Client) -> None:
    customer = house.customer(rights=["view"])
    client.force_login(house.open_portal(customer))
    method = stored_card(customer, house.gateway())
    page = main_of(client.get(AUTOPAY))
    assert "You cannot switch it on" in page
    assert "<form" not in page
    assert client.post(AUTOPAY, {"method": "default"}).status_code == 403
    assert "<form" not in main_of(client.get(METHODS))
    assert client.post(f"{METHODS}{public_id('pmt', method)}/remove/").status_code == 403
    assert len(payments.methods(customer)) == 1


def test_a_card_is_made_the_default_and_removed_after_saying_what_that_means(
    signed_in: tuple[Client, UUID], house: Business
) -> None:
    client, customer = signed_in
    account = house.gateway()
    first = stored_card(customer, account)
    second = stored_card(customer, account, last_four="4444")
    switch_on(client)

    client.post(f"{METHODS}{public_id('pmt', second)}/default/", {"idempotency_key": "d"})
    assert [row["id"] for row in payments.methods(customer)] == [second, first]
    asked = main_of(client.get(f"{METHODS}{public_id('pmt', second)}/remove/"))
    assert "Visa •••• 4242 becomes your default payment method." in asked
    assert "Automatic payment goes on with Visa •••• 4242." in asked
    assert len(payments.methods(customer)) == 2, "asking removes nothing"
    client.post(f"{METHODS}{public_id('pmt', second)}/remove/", {"idempotency_key": "r"})
    assert [(row["id"], row["is_default"]) for row in payments.methods(customer)] == [(first, True)]
    assert autopay_queries.agreement(customer) is not None

    assert "Automatic payment ends" in main_of(client.get(f"{METHODS}{public_id('pmt', first)}/remove/"))
    client.post(f"{METHODS}{public_id('pmt', first)}/remove/", {"idempotency_key": "s"})
    assert (payments.methods(customer), autopay_queries.agreement(customer)) == ([], None)
    assert client.get(f"{METHODS}{public_id('pmt', first)}/remove/").status_code == 404


def test_cards_that_expire_or_were_refused_are_told_apart(signed_in: tuple[Client, UUID], house: Business) -> None:
    from tallystick.foundation.transactions import transaction
    from tallystick.payments import methods

    client, customer = signed_in
    account = house.gateway()
    today = now().date()
    stored_card(customer, account, expires=(today.month, today.year))
    stored_card(customer, account, expires=(today.month, today.year - 1), last_four="1111")
    with transaction():
        methods.note_refusal(stored_card(customer, account, last_four="2222"), "stolen_card")
    page = main_of(client.get(METHODS))
    for said in ("This card expires soon", "This card has expired", "This card can no longer be charged"):
        assert page.count(said) == 1
    assert "stolen" not in page
    pay_page = client.get(PAY).content.decode()
    assert "•••• 2222" not in pay_page


def test_an_invoice_is_paid_with_a_stored_card_by_one_press(
    signed_in: tuple[Client, UUID], house: Business, account: str, merchant: Account
) -> None:
    client, customer = signed_in
    account_id = parse_public_id("gwa", account, kind="gateway account")
    method = stored_card(customer, account_id, token=merchant.stored_card())
    invoice = house.invoice(customer)
    assert "Visa •••• 4242" in client.get(PAY).content.decode()
    sent = client.post(PAY, form_of(invoice, method=public_id("pmt", method)))
    row = only_payment(customer)
    assert sent["Location"] == f"/portal/payments/{public_id('pay', row['id'])}/"
    assert row["status"] == "completed"
    (attempt,) = payments.attempts(row["id"])
    assert (attempt["off_session"], attempt["agreement_id"], attempt["method_id"]) == (False, None, method)


def test_anothers_card_pays_nothing(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    account = house.gateway()
    theirs = stored_card(house.customer("Somebody Else"), account)
    refused = client.post(PAY, form_of(invoice, method=public_id("pmt", theirs)))
    assert refused.status_code == 422
    assert payments.attempts(payments.live_scheduled(invoice)["id"]) == []  # type: ignore[index]


def test_a_declined_charge_says_when_it_is_tried_again_and_what_was_left_leads_on(
    signed_in: tuple[Client, UUID], house: Business, account: str, merchant: Account
) -> None:
    client, customer = signed_in
    account_id = parse_public_id("gwa", account, kind="gateway account")
    stored_card(customer, account_id, token=merchant.stored_card("4000000000009995"))
    switch_on(client)
    invoice = house.invoice(customer)
    expected = payments.live_scheduled(invoice)
    assert expected is not None
    url = f"/portal/payments/{public_id('pay', expected['id'])}/"
    assert "If you do not pay it yourself, we charge your card on" in main_of(client.get(url))
    autopay_run.charge(payment_id=expected["id"], at=now() + timedelta(days=14))
    assert "Otherwise we charge your card again on" in main_of(client.get(url))
    assert "Tried again on" in main_of(client.get(AUTOPAY))

    again = client.post(f"{url}again/", {"idempotency_key": "again"})
    assert again.status_code == 302
    client.post(f"{url}cancel/")
    page = main_of(client.get(url))
    live = payments.live_scheduled(invoice)
    assert live is not None
    assert live["id"] != expected["id"]
    assert "It is still to be paid." in page
    assert f"/portal/payments/{public_id('pay', live['id'])}/" in page
