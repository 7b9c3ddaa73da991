"""What is refused is said in the form, with amounts as people read them, and leaves no trace."""

import html
import uuid
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, IdempotencyRecord
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tests.backoffice.business import Business, uid

pytestmark = pytest.mark.django_db


def refused(client: Client, name: str, public: str, told: dict[str, str]) -> str:
    """This function will send a form that is refused without a trace, and return the page as people read it."""
    before = (AuditEntry.objects.count(), IdempotencyRecord.objects.count())
    form = {"idempotency_key": str(uuid.uuid4()), **told}
    response = client.post(reverse(f"office:{name}", args=[public]), form)
    assert response.status_code == 422
    assert (AuditEntry.objects.count(), IdempotencyRecord.objects.count()) == before
    page = html.unescape(response.content.decode()).replace("\N{NO-BREAK SPACE}", " ")
    assert "minor unit" not in page
    return page


def test_more_is_refunded_than_is_left(business: Business, finance: Client) -> None:
    payment = public_id("pay", business.payment(business.customer(), 8000))
    told = {"amount": "80.01", "reason": "Goodwill", "method": "bank_transfer"}
    assert "Only 80.00 EUR of this payment can still be refunded." in refused(finance, "payment-refund", payment, told)
    assert payments.payment(uid(payment))["refunded_minor"] == 0


def test_more_is_credited_than_is_left(business: Business, finance: Client) -> None:
    invoice = public_id("inv", business.invoice(business.customer(currency="JPY"), 5000, currency="JPY"))
    told = {"extent": "part", "amount": "6001", "reason": "Late"}
    page = refused(finance, "invoice-credit", invoice, told)
    assert "More would be credited than is left of this invoice: 6,000 JPY." in page
    assert invoices.invoice(uid(invoice))["credit_noted_minor"] == 0


@pytest.mark.parametrize(("currency", "amount", "most"), [("EUR", "1.01", "1.00 EUR"), ("KWD", "0.101", "0.100 KWD")])
def test_a_difference_is_not_small(business: Business, finance: Client, currency: str, amount: str, most: str) -> None:
    customer = business.customer(currency=currency)
    invoice = public_id("inv", business.invoice(customer, 5000, currency=currency))
    payment = public_id("pay", business.payment(customer, 5000, currency=currency, parts=[]))
    told = {"amount": amount, "reason": "Bank fee"}
    for name, public in (("invoice-difference", invoice), ("payment-difference", payment)):
        page = refused(finance, name, public, told)
        assert f"A small difference is above 0, at most {most}, and has a reason." in page
    assert invoices.invoice(uid(invoice))["open_minor"] == 6000
    assert payments.payment(uid(payment))["unallocated_minor"] == 5000


def test_a_form_that_is_sent_twice_with_other_values_says_so(
    business: Business, as_role: Callable[[str], Client]
) -> None:
    client, payment = as_role("Finance"), public_id("pay", business.payment(business.customer(), 8000))
    address = reverse("office:payment-refund", args=[payment])
    told = {"amount": "30", "reason": "Goodwill", "method": "bank_transfer", "idempotency_key": "k"}
    assert client.post(address, told).status_code == 302
    again = client.post(address, {**told, "amount": "31"})
    assert again.status_code == 422
    assert "This form was sent before, and that was done." in again.content.decode()
    assert payments.payment(uid(payment))["refunded_minor"] == 3000
