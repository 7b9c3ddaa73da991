"""Paying by card at the gateway's page: once, whatever is pressed twice; without scripts."""

import uuid
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.payments.models import Attempt, Payment
from tests.portal.conftest import Business, form_of, only_payment
from tests.sandbox_service import Account, SandboxService, pay

pytestmark = pytest.mark.django_db


def test_a_card_payment_goes_to_the_gateways_page_and_back(
    signed_in: tuple[Client, UUID], house: Business, account: str, merchant: Account
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    page = client.get("/portal/pay/")
    assert f"form-action 'self' {merchant.base_url}" in page["Content-Security-Policy"]
    sent = client.post("/portal/pay/", form_of(invoice, method=account, note="From the team"))
    [attempt] = Attempt.objects.all()
    assert sent["Location"] == attempt.action_url
    assert attempt.action_url.startswith(f"{merchant.base_url}/pay/")
    pay(attempt.action_url)
    back = client.get(reverse("portal:return", args=[public_id("att", attempt.id)]) + "?status=failed")
    shown = client.get(back["Location"])
    assert "Paid. Thank you!" in shown.content.decode()
    row = only_payment(customer)
    assert (row["status"], row["customer_note"]) == ("completed", "From the team")
    # The payment service was told where to send the customer back to, by our settings.
    assert [each["return_url"] for each in merchant.get("/v1/payments").json()["data"]] == [
        f"http://localhost:8000/portal/payments/return/{public_id('att', attempt.id)}/"
    ]


def test_pressing_twice_pays_once(signed_in: tuple[Client, UUID], house: Business, account: str) -> None:
    client, customer = signed_in
    form = form_of(house.invoice(customer), method=account)
    first, second = client.post("/portal/pay/", form), client.post("/portal/pay/", form)
    assert first["Location"] == second["Location"]
    assert (Payment.objects.count(), Attempt.objects.count()) == (1, 1)


def test_a_second_tab_is_told_what_is_under_way(signed_in: tuple[Client, UUID], house: Business, account: str) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    one, two = form_of(invoice, method=account), form_of(invoice, method=account)
    url = client.post("/portal/pay/", one)["Location"]
    refused = client.post("/portal/pay/", two)
    assert refused.status_code == 422
    page = refused.content.decode()
    assert "A payment of €106.80 is under way" in page
    assert url in page
    assert "Cancel it" in page
    assert Attempt.objects.count() == 1


def test_a_checkout_is_cancelled_and_another_begins(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    client.post("/portal/pay/", form_of(invoice, method=account))
    row = only_payment(customer)
    path = reverse("portal:give-up", args=[public_id("pay", row["id"])])
    assert client.post(path)["Location"] == "/portal/pay/"
    assert payments.payment(row["id"])["status"] == "cancelled"
    assert client.post("/portal/pay/", form_of(invoice, method=account)).status_code == 302
    # A late press of the same button: it is over, and nothing else is touched.
    assert client.post(path)["Location"] == reverse("portal:payment", args=[public_id("pay", row["id"])])
    assert Attempt.objects.filter(state="action_required").count() == 1


def test_several_invoices_are_one_payment(
    signed_in: tuple[Client, UUID], house: Business, account: str, merchant: Account
) -> None:
    client, customer = signed_in
    first, second = house.invoice(customer, 1000), house.invoice(customer, 2000)
    client.post("/portal/pay/", form_of(first, second, method=account))
    [attempt] = Attempt.objects.all()
    pay(attempt.action_url)
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    assert [invoices.invoice(each)["open_minor"] for each in (first, second)] == [0, 0]
    assert only_payment(customer)["total_minor"] == 3600


def test_a_decline_says_why_and_is_tried_again(signed_in: tuple[Client, UUID], house: Business, account: str) -> None:
    client, customer = signed_in
    client.post("/portal/pay/", form_of(house.invoice(customer), method=account))
    attempt = Attempt.objects.get()
    pay(attempt.action_url, "4000000000009995")
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    row = only_payment(customer)
    public = public_id("pay", row["id"])
    page = client.get(reverse("portal:payment", args=[public])).content.decode()
    assert "There was not enough money in the account." in page
    again = client.post(reverse("portal:try-again", args=[public]), {"idempotency_key": "again"})
    twice = client.post(reverse("portal:try-again", args=[public]), {"idempotency_key": "again"})
    assert again["Location"] == twice["Location"]
    assert Attempt.objects.count() == 2


def test_what_nobody_knows_is_being_checked_and_not_paid_twice(
    signed_in: tuple[Client, UUID], house: Business, account: str, sandbox: SandboxService
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    client.post("/portal/pay/", form_of(invoice, method=account))
    attempt = Attempt.objects.get()
    pay(attempt.action_url)
    sandbox.kill()
    try:
        client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
        public = public_id("pay", only_payment(customer)["id"])
        page = client.get(reverse("portal:payment", args=[public])).content.decode()
        assert "Please do not pay again." in page
        assert "being checked, do not pay again" in client.get("/portal/payments/").content.decode()
        assert client.post("/portal/pay/", form_of(invoice, method=account)).status_code == 422
        assert Attempt.objects.count() == 1
    finally:
        sandbox.start()
    client.post(reverse("portal:check", args=[public]))
    assert "Paid. Thank you!" in client.get(reverse("portal:payment", args=[public])).content.decode()


def test_a_service_that_cannot_be_reached_takes_nothing_and_blocks_nothing(
    signed_in: tuple[Client, UUID], house: Business
) -> None:
    client, customer = signed_in
    account = public_id("gwa", house.gateway())
    invoice = house.invoice(customer)
    for _ in range(2):
        refused = client.post("/portal/pay/", form_of(invoice, method=account))
        assert refused.status_code == 422
        assert "Nothing was taken." in refused.content.decode()
    assert payments.live_scheduled(invoice) is not None
    assert invoices.invoice(invoice)["open_minor"] == 10680


def test_a_form_from_elsewhere_is_refused(signed_in: tuple[Client, UUID], house: Business, account: str) -> None:
    client, customer = signed_in
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    form = form_of(house.invoice(customer), method=account)
    paths = [
        "/portal/pay/",
        *(f"/portal/payments/pay_0/{act}/" for act in ("check", "cancel", "again", "sent", "withdraw")),
    ]
    for path in [*paths, "/accounts/logout/", "/accounts/login/", "/accounts/login/link/"]:
        assert strict.post(path, form).status_code == 403, path
    assert not Attempt.objects.exists()


def test_without_scripts_a_changed_choice_is_shown_before_it_is_paid(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    first, second = house.invoice(customer, 1000), house.invoice(customer, 2000)
    form = form_of(first, second, method=account) | {"invoice": [public_id("inv", second)]}
    shown = client.post("/portal/pay/", form)
    assert shown.status_code == 422
    assert "Your choice changed the total" in shown.content.decode()
    assert "Pay €24.00" in shown.content.decode()
    assert not Attempt.objects.exists()
    assert client.post("/portal/pay/", form | {"total": "2400", "to_invoices": "2400"}).status_code == 302


@pytest.mark.parametrize(
    "change",
    [
        {"amount": "0"},
        {"amount": "-5"},
        {"amount": "10681"},
        {"amount": "1.5"},
        {"method": "cash"},
        {"method": "gwa_00000000000000000000000000000000"},
        {"invoice": []},
        {"note": "4242 4242 4242 4242"},
        {"currency": "XXX", "pay": "fixed_amount", "fixed": "106.81"},
        {"to_invoices": "10679"},
        {"to_invoices": ""},
        {"pay": "total_balance", "total": "10681"},
        {"pay": "fixed_amount", "fixed": "106.81"},
    ],
)
def test_what_cannot_be_paid_is_refused_without_a_trace(
    signed_in: tuple[Client, UUID], house: Business, account: str, change: dict[str, Any]
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    form = form_of(invoice, method=account)
    if "amount" in change:
        form |= {"total": change["amount"], "to_invoices": change["amount"]}
    else:
        form |= change
    if change.get("invoice") == []:
        form |= {"total": "0", "to_invoices": "0"}
    assert client.post("/portal/pay/", form).status_code == 422
    assert not Attempt.objects.exists()
    assert payments.live_scheduled(invoice) is not None


def test_more_fields_than_there_are_change_nothing(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    form = form_of(house.invoice(customer), method=account)
    client.post("/portal/pay/", form | {"status": "completed", "customer_id": str(uuid.uuid4()), "fee_minor": "5"})
    row = payments.payment(only_payment(customer)["id"])
    assert (row["status"], row["customer_id"], row["fee_minor"]) == ("processing", customer, None)
