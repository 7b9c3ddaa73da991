"""What customers read of a payment that they take back through their bank: a badge and plain words, never a status."""

import html
import re
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.payments import queries as payments
from tallystick.payments.models import Attempt
from tallystick.usecases import settle_dispute
from tests.portal.conftest import Business, form_of, now, only_payment
from tests.sandbox_service import Account, pay, shape

pytestmark = pytest.mark.django_db


def read(client: Client, address: str) -> str:
    """This function will return what stands on a page, as people read it."""
    page = html.unescape(client.get(address).content.decode()).partition("<main")[2].replace("\N{NO-BREAK SPACE}", " ")
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def test_a_payment_in_dispute_stays_paid_and_a_lost_one_is_to_be_paid_again(
    signed_in: tuple[Client, UUID], house: Business, account: str, merchant: Account
) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    client.post("/portal/pay/", form_of(invoice, method=account))
    [attempt] = Attempt.objects.all()
    pay(attempt.action_url)
    client.get(reverse("portal:return", args=[public_id("att", attempt.id)]))
    row = only_payment(customer)
    [foreign] = [each["id"] for each in shape(merchant.get("/v1/payments"))["data"]]
    address = reverse("portal:payment", args=[public_id("pay", row["id"])])
    assert "Paid. Thank you!" in read(client, address)

    dispute = shape(merchant.post(f"/v1/test/payments/{foreign}/dispute"))["id"]
    account_id = parse_public_id("gwa", account, kind="gateway account")
    settle_dispute.ask_disputes(account_id=account_id, gateway_reference=foreign, at=now())
    page = read(client, address)
    assert "You dispute this payment through your bank" in page
    assert "Until your bank decides, €106.80 stays where it is" in page
    assert "Paid. Thank you!" not in page
    listed = read(client, "/portal/payments/")
    assert ("Completed" in listed, "you dispute it through your bank" in listed) == (True, True)
    assert "fraudulent" not in page, "what the service calls it stays inside"
    assert "You owe" not in listed

    shape(merchant.post(f"/v1/test/disputes/{dispute}/close", {"outcome": "lost"}))
    settle_dispute.ask_disputes(account_id=account_id, gateway_reference=foreign, at=now())
    page = read(client, address)
    assert "€106.80 of it went back to you. What you had paid with that is to be paid again." in page
    assert "Taken back by your bank" in page
    assert "taken back through your bank" in read(client, "/portal/payments/")
    assert "€106.80" in read(client, "/portal/")
    live = payments.live_scheduled(invoice)
    assert live is not None
    assert (live["total_minor"], live["replaces_id"]) == (10680, row["id"])
