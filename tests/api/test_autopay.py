"""Stored payment methods and autopay over the API: agreed, charged, ended, removed."""

from datetime import UTC, datetime, timedelta

import pytest

from tallystick.usecases import autopay, autopay_run, collect
from tallystick.wire.ids import payment_id_of
from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business
from tests.sandbox_service import SandboxService, pay, shape

pytestmark = pytest.mark.django_db


def terms_of(api: Caller, customer: str) -> str:
    """This function will return the hash of the words that a customer has to accept now."""
    told: str = api.get(f"/customers/{customer}/autopay").body["terms"]["sha256"]
    return told


def test_a_program_has_a_card_kept_agrees_to_autopay_and_what_is_due_is_charged(
    business: Business, api: Caller, sandbox: SandboxService
) -> None:
    merchant = sandbox.create_merchant("Autopay over the API")
    account, customer = business.gateway(merchant), business.cus_x
    first = api.post(
        "/payments/collect",
        {
            "customer": customer,
            "invoices": [{"invoice": business.open_invoice(business.x)}],
            "gateway_account": account,
            "return_url": "https://shop.example/back",
            "saves_method": True,
        },
    ).body
    pay(first["attempts"][-1]["action_url"])
    collect.sweep(at=datetime.now(tz=UTC) + timedelta(minutes=3))
    (method,) = api.get(f"/customers/{customer}/payment_methods").body["data"]
    facts = (method["brand"], method["last_four"], method["expiry_month"], method["expiry_year"])
    assert facts == ("visa", "4242", 12, 2040)
    assert (method["customer"], method["gateway_account"]) == (customer, account)
    assert (method["is_default"], method["state"], method["refused_code"]) == (True, "usable", "")

    off = api.get(f"/customers/{customer}/autopay").body
    assert (off["is_on"], off["accepted_terms"], off["terms"]["text"]) == (False, None, autopay.TERMS.default)
    body = {
        "terms_sha256": off["terms"]["sha256"],
        "method": method["id"],
        "cap_minor": 20000,
        "cap_currency": "EUR",
        "evidence": "Order form 4711",
    }
    on = api.post(f"/customers/{customer}/autopay", body).body
    assert (on["is_on"], on["method"], on["cap_minor"], on["cap_currency"]) == (True, method["id"], 20000, "EUR")
    assert (on["accepted_through"], on["evidence"]) == ("api_key", "Order form 4711")
    assert api.get(f"/customers/{customer}/autopay").body == on

    due, dear = business.open_invoice(business.x), business.open_invoice(business.x, 20000)
    charges = {each["invoice"]: each for each in api.get(f"/customers/{customer}/autopay/charges").body["data"]}
    assert (charges[due]["charge_date"], charges[due]["not_charged"]) == (TODAY, "")
    assert (charges[dear]["charge_date"], charges[dear]["not_charged"]) == (None, "above_cap")
    autopay_run.charge(payment_id=payment_id_of(charges[due]["payment"]), at=datetime.now(tz=UTC))
    charged = api.get(f"/payments/{charges[due]['payment']}").body
    assert (charged["status"], charged["next_try_date"]) == ("completed", None)

    ended = api.post(f"/customers/{customer}/autopay/end", {"reason": "By phone"}).body
    assert (ended["is_on"], ended["method"]) == (False, None)
    assert {each["not_charged"] for each in api.get(f"/customers/{customer}/autopay/charges").body["data"]} == {"ended"}


def test_a_declined_charge_says_when_it_is_tried_again(
    business: Business, api: Caller, sandbox: SandboxService
) -> None:
    merchant = sandbox.create_merchant("Declines over the API")
    token = merchant.stored_card("4000000000009995")
    business.card(business.x, business.gateway(merchant), token=token)
    customer = business.cus_x
    api.post(f"/customers/{customer}/autopay", {"terms_sha256": terms_of(api, customer)})
    business.open_invoice(business.x)
    (planned,) = api.get(f"/customers/{customer}/autopay/charges").body["data"]
    autopay_run.charge(payment_id=payment_id_of(planned["payment"]), at=datetime.now(tz=UTC))
    tomorrow = (datetime.now(tz=UTC).date() + timedelta(days=1)).isoformat()
    failed = api.get(f"/payments/{planned['payment']}").body
    assert (failed["status"], failed["failure_code"], failed["next_try_date"]) == (
        "failed",
        "insufficient_funds",
        tomorrow,
    )
    assert api.get(f"/customers/{customer}/autopay/charges").body["data"][0]["charge_date"] == tomorrow


def test_a_stored_card_is_charged_by_a_collection_and_a_retry(
    business: Business, api: Caller, sandbox: SandboxService
) -> None:
    merchant = sandbox.create_merchant("Stored cards over the API")
    account = business.gateway(merchant)
    token = merchant.stored_card("4000000000009995")
    method = business.card(business.x, account, token=token)
    order = {"gateway_account": account, "return_url": "https://shop.example/back", "payment_method": method}
    invoices = [{"invoice": business.open_invoice(business.x)}]
    failed = api.post("/payments/collect", {**order, "customer": business.cus_x, "invoices": invoices}).body
    assert (failed["status"], failed["failure_code"]) == ("failed", "insufficient_funds")
    shape(merchant.post(f"/v1/test/tokens/{token}/behave", {"behaviour": "success"}))
    paid = api.post(f"/payments/{failed['id']}/retry", {**order, "off_session": True}).body
    assert (paid["status"], [each["state"] for each in paid["attempts"]]) == ("completed", ["declined", "succeeded"])
    told = [each["off_session"] for each in shape(merchant.get("/v1/payments"))["data"]]
    assert sorted(told) == [False, True]

    without = {"gateway_account": account, "return_url": "https://shop.example/back", "off_session": True}
    refused = api.post(f"/payments/{failed['id']}/retry", without)
    assert (refused.status, refused.body["field"]) == (422, "off_session")


def test_the_default_changes_and_what_is_removed_is_gone(business: Business, api: Caller) -> None:
    account, customer = business.gateway(), business.cus_x
    first = business.card(business.x, account)
    second = business.card(business.x, account, last_four="4444")
    assert api.post(f"/payment_methods/{second}/default").body["is_default"] is True
    listed = api.get(f"/customers/{customer}/payment_methods").body["data"]
    assert [(each["id"], each["is_default"]) for each in listed] == [(second, True), (first, False)]

    api.post(f"/customers/{customer}/autopay", {"terms_sha256": terms_of(api, customer)})
    removed = api.post(f"/payment_methods/{second}/remove", key="remove")
    assert (removed.status, removed.body["last_four"]) == (200, "4444")
    assert api.post(f"/payment_methods/{second}/remove", key="remove").raw == removed.raw
    assert api.post(f"/payment_methods/{second}/remove").status == 404
    assert api.get(f"/customers/{customer}/autopay").body["is_on"] is True
    api.post(f"/payment_methods/{first}/remove")
    assert api.get(f"/customers/{customer}/payment_methods").body["data"] == []
    assert api.get(f"/customers/{customer}/autopay").body["is_on"] is False


def test_refusals_say_what_is_wrong_and_change_nothing(business: Business, api: Caller) -> None:
    customer = business.cus_x
    path = f"/customers/{customer}/autopay"
    terms = terms_of(api, customer)
    none = api.post(path, {"terms_sha256": terms})
    assert (none.status, none.body["code"], none.body["field"]) == (409, "no_method_to_charge", "method")
    account = business.gateway()
    business.card(business.x, account)
    theirs = business.card(business.y, account)
    for change, status, field in (
        ({"terms_sha256": "0" * 64}, 422, "terms_sha256"),
        ({"terms_sha256": "yes"}, 422, "terms_sha256"),
        ({"cap_minor": 100}, 422, "cap_currency"),
        ({"cap_minor": 0, "cap_currency": "EUR"}, 422, "cap_minor"),
        ({"cap_minor": 100, "cap_currency": "XXX"}, 422, "cap_currency"),
        ({"charge_day": 32}, 422, "charge_day"),
        ({"method": theirs}, 404, None),
        ({"accepts": True}, 422, "accepts"),
    ):
        refused = api.post(path, {"terms_sha256": terms, **change})
        assert (refused.status, refused.body.get("field")) == (status, field), change
    assert api.get(path).body["is_on"] is False
