"""Collecting through a real payment service over real HTTP, by the API and the webhook door alone."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import psycopg
import pytest
from django.db import OperationalError
from django.test import Client

from tallystick.foundation.ids import parse_public_id
from tallystick.foundation.transactions import transaction
from tallystick.gateways.models import InboxMessage
from tallystick.interfaces.webhooks import views
from tallystick.ledger.operations import set_rate
from tallystick.usecases import receive
from tallystick.usecases.frame import SYSTEM
from tests.api.caller import Caller
from tests.api.conftest import Business
from tests.sandbox_service import Account, SandboxService, pay

RETURN_URL = "https://shop.example/back/{attempt}"


@pytest.fixture
def merchant(sandbox: SandboxService) -> Account:
    return sandbox.create_merchant(f"Shop {uuid.uuid4().hex}")


@pytest.fixture
def account(business: Business, merchant: Account) -> str:
    return business.gateway(merchant)


def collecting(business: Business, account: str, invoice: str) -> dict[str, Any]:
    """This function will return the input that collects an invoice in full."""
    return {
        "customer": business.cus_x,
        "invoices": [{"invoice": invoice}],
        "gateway_account": account,
        "return_url": RETURN_URL,
    }


def message(merchant: Account, payment: dict[str, Any], **changes: Any) -> tuple[bytes, dict[str, str]]:
    """This function will return a message about a payment's last attempt as the sandbox signs it, and its header."""
    event = {
        "id": f"evt_{uuid.uuid4().hex}",
        "type": "payment.succeeded",
        "livemode": False,
        "merchant": merchant.id,
        "data": {"object": {"object": "payment", "reference": payment["attempts"][-1]["id"]}},
    }
    body, now = json.dumps(event | changes).encode(), int(time.time())
    digest = hmac.new(merchant.webhook_secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Sandbox-Signature": f"t={now},v1={digest}"}


def deliver(account: str, body: bytes, headers: dict[str, str]) -> int:
    """This function will bring a message to the door, from somebody who has no cookie, and return the status."""
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    response = client.post(f"/webhooks/{account}", body, content_type="application/json", headers=headers)
    assert response["Content-Type"].startswith("text/plain")
    return response.status_code


def do_messages() -> None:
    """This function will do what the job of each stored message does."""
    from tallystick.foundation import clock

    for message_id in InboxMessage.objects.filter(state="stored").values_list("id", flat=True):
        receive.handle_message(message_id=message_id, at=clock.now())


def test_a_checkout_is_begun_paid_and_told_by_message(
    api: Caller, business: Business, account: str, merchant: Account
) -> None:
    invoice = business.open_invoice(business.x)
    body = collecting(business, account, invoice)
    begun = api.post("/payments/collect", body, key="checkout")
    assert begun.status == 201
    (attempt,) = begun.body["attempts"]
    assert (begun.body["status"], attempt["state"]) == ("processing", "action_required")
    again = api.post("/payments/collect", body, key="checkout")
    assert (again.raw, again.replayed) == (begun.raw, True)
    second = api.post("/payments/collect", body)
    assert (second.status, second.body["code"]) == (409, "payment_in_progress")

    pay(attempt["action_url"])
    sent, signature = message(merchant, begun.body)
    assert [deliver(account, sent, signature) for _ in range(2)] == [200, 200]
    assert InboxMessage.objects.count() == 1
    do_messages()
    paid = api.get(f"/payments/{begun.body['id']}").body
    assert (paid["status"], paid["method"], paid["allocated_minor"]) == ("completed", "gateway", 10680)
    assert api.get(f"/invoices/{invoice}").body["state"] == "paid"
    # A repeat is still answered as it was then.
    assert api.post("/payments/collect", body, key="checkout").raw == begun.raw

    refund = api.post(f"/payments/{paid['id']}/refund", {"amount_minor": 680, "reason": "Kindness"}, key="refund")
    assert (refund.status, refund.body["kind"], refund.body["method"]) == (201, "refund", "gateway")
    repeat = api.post(f"/payments/{paid['id']}/refund", {"amount_minor": 680, "reason": "Kindness"}, key="refund")
    assert (repeat.raw, repeat.replayed) == (refund.raw, True)
    wrong = api.post(f"/payments/{paid['id']}/reverse", {"reason": "No"})
    assert (wrong.status, wrong.body["code"]) == (409, "confirmed_money")


def test_a_declined_card_is_tried_again_and_a_checkout_given_up(
    api: Caller, business: Business, account: str, merchant: Account
) -> None:
    invoice = business.open_invoice(business.x)
    begun = api.post("/payments/collect", collecting(business, account, invoice)).body
    pay(begun["attempts"][0]["action_url"], "4000000000000002")
    assert deliver(account, *message(merchant, begun, type="payment.failed")) == 200
    do_messages()
    path = f"/payments/{begun['id']}"
    failed = api.get(path).body
    assert (failed["status"], failed["attempts"][0]["state"]) == ("failed", "declined")

    body = {"gateway_account": account, "return_url": RETURN_URL}
    tried = api.post(f"{path}/retry", body, key="retry")
    assert (tried.status, len(tried.body["attempts"])) == (200, 2)
    assert api.post(f"{path}/retry", body, key="retry").raw == tried.raw
    assert api.post(f"{path}/retry", body).body["code"] == "payment_in_progress"

    given_up = api.post(f"{path}/cancel_checkout", key="give-up")
    assert (given_up.status, given_up.body["attempts"][1]["state"]) == (200, "not_performed")
    repeat = api.post(f"{path}/cancel_checkout", key="give-up")
    assert (repeat.raw, repeat.replayed) == (given_up.raw, True)
    assert api.post(f"{path}/cancel_checkout").status == 404


def test_a_silent_gateway_leaves_the_attempt_unknown(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x)
    begun = api.post("/payments/collect", collecting(business, business.gateway(name="Silent"), invoice))
    assert begun.status == 201
    assert begun.body["attempts"][0]["state"] in {"unknown", "not_performed"}
    assert begun.body["status"] in {"processing", "cancelled"}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"invoices": []}, "invoices"),
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"return_url": "https://a b"}, "return_url"),
        ({"invoices": [{"invoice": "inv_1", "amount_minor": -5}]}, "invoices[0].amount_minor"),
        ({"note": "4242-4242-4242-4242"}, "note"),
    ],
)
def test_a_collection_says_what_is_wrong(
    api: Caller, business: Business, changes: dict[str, Any], field: str, traces: Callable[[], dict[str, int]]
) -> None:
    invoice = business.open_invoice(business.x)
    body = collecting(business, business.gateway(), invoice) | changes
    before = traces()
    refused = api.post("/payments/collect", body)
    assert (refused.status, refused.body["field"]) == (422, field)
    assert traces() == before


def test_the_door_refuses_what_is_not_proven_and_stores_nothing(
    api: Caller, business: Business, account: str, merchant: Account, traces: Callable[[], dict[str, int]]
) -> None:
    begun = api.post("/payments/collect", collecting(business, account, business.open_invoice(business.x))).body
    body, signature = message(merchant, begun)
    before = traces()
    assert deliver(account, body, {}) == 400
    assert deliver(account, body + b" ", signature) == 400
    assert deliver(account, *message(merchant, begun, livemode=True)) == 400
    for unknown in ("gwa_" + "0" * 32, "gwa_1", "x", account.upper(), account.replace("gwa_", "pay_")):
        assert deliver(unknown, body, signature) == 404
    assert deliver(account, b"x" * (views.LARGEST_BODY + 1), signature) == 413
    assert deliver(account, b"x" * 3_000_000, signature) == 413
    assert traces() == before
    assert Client().get(f"/webhooks/{account}").status_code == 405


def test_a_changed_message_is_409(api: Caller, business: Business, account: str, merchant: Account) -> None:
    begun = api.post("/payments/collect", collecting(business, account, business.open_invoice(business.x))).body
    assert deliver(account, *message(merchant, begun, id="evt_1")) == 200
    assert deliver(account, *message(merchant, begun, id="evt_1", type="payment.failed")) == 409
    assert InboxMessage.objects.count() == 1


def test_the_door_asks_for_the_message_again_while_the_database_is_away(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(**_: Any) -> int:
        raise OperationalError("lost") from psycopg.errors.AdminShutdown()

    def broken(**_: Any) -> int:
        raise RuntimeError("ours")

    monkeypatch.setattr(views, "receive_messages", away)
    assert deliver("gwa_" + "0" * 32, b"{}", {}) == 503
    monkeypatch.setattr(views, "receive_messages", broken)
    client = Client(raise_request_exception=False)
    assert client.post(f"/webhooks/gwa_{'0' * 32}", b"{}", content_type="application/json").status_code == 500


def test_system_work_needs_no_key(business: Business, account: str) -> None:
    assert SYSTEM.scope is None
    assert parse_public_id("gwa", account, kind="gateway account").version == 7


def test_invoices_are_charged_in_another_currency(
    api: Caller, business: Business, account: str, merchant: Account, traces: Callable[[], dict[str, int]]
) -> None:
    with transaction():
        set_rate(currency="USD", valid_from=date(2020, 1, 1), rate=Decimal("0.92"), source="ECB")
    order = {**collecting(business, account, business.open_invoice(business.x)), "charged_in": "USD"}
    before = traces()
    changed = api.post("/payments/collect", {**order, "charged_minor": 11608})
    assert (changed.status, changed.body["code"], changed.body["field"]) == (
        409,
        "exchange_rate_changed",
        "charged_minor",
    )
    assert (changed.body["charged_minor"], changed.body["currency"]) == (11609, "USD")
    unrated = api.post("/payments/collect", {**order, "charged_in": "CHF"})
    assert (unrated.status, unrated.body["code"]) == (409, "no_exchange_rate")
    same = api.post("/payments/collect", {**order, "charged_in": "EUR"})
    assert (same.status, same.body["code"], same.body["field"]) == (422, "exchange_not_offered", "charged_in")
    assert traces() == before
    begun = api.post("/payments/collect", {**order, "charged_minor": 11609}, key="dollars")
    assert (begun.status, begun.body["total_minor"], begun.body["currency"]) == (201, 10680, "EUR")
    (attempt,) = begun.body["attempts"]
    assert (attempt["amount_minor"], attempt["currency"]) == (11609, "USD")
    assert api.post("/payments/collect", {**order, "charged_minor": 11609}, key="dollars").raw == begun.raw
    pay(attempt["action_url"])
    deliver(account, *message(merchant, begun.body))
    do_messages()
    paid = api.get(f"/payments/{begun.body['id']}").body
    assert (paid["status"], paid["total_minor"], paid["unallocated_minor"]) == ("completed", 10680, 0)
    assert paid["came"] == {"amount_minor": 11609, "currency": "USD", "rate": "0.92", "rate_source": "ECB"}
