"""Bank transfers in a currency go to the account of that currency: on the page, by mail, and on the invoice."""

from uuid import UUID

import pytest
from django.test import Client

from tallystick.correspondence.models import Message
from tallystick.foundation.ids import public_id
from tallystick.interfaces.jobs import mail
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.usecases import bank_accounts, documents
from tallystick.usecases.promise import TransfersNotOffered, promise_transfer
from tests.documents.samples import text_of
from tests.portal.conftest import STAFF, Business, form_of, now

pytestmark = pytest.mark.django_db

IBAN = "DE89 3704 0044 0532 0130 00"
DETAILS = "Routing number: 021000021\nAccount number: 12345678"


def name_account(currency: str, **account: str) -> None:
    """This function will name the account for transfers in a currency."""
    bank_accounts.set_bank_account(actor=STAFF, at=now(), currency=currency, **account)


def issued(house: Business, customer: UUID, currency: str) -> str:
    """This function will issue an invoice, and return what stands on its document."""
    invoice = house.invoice(customer, currency=currency)
    return text_of(documents.invoice_document(actor=STAFF, invoice_id=invoice).content)


def test_transfers_are_offered_in_currencies_that_have_an_account(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.92")
    dollars = house.invoice(customer, currency="USD")
    assert "Bank transfer" in client.get("/portal/pay/?currency=EUR").content.decode()
    assert "Bank transfer" not in client.get("/portal/pay/?currency=USD").content.decode()
    assert IBAN not in client.get(f"/portal/invoices/{public_id('inv', dollars)}/").content.decode()
    sent = form_of(dollars, method="bank_transfer", charged_in="USD")
    assert client.post("/portal/pay/", sent).status_code == 422
    with pytest.raises(TransfersNotOffered):
        promise_transfer(actor=STAFF, at=now(), customer_id=customer, amounts={dollars: None})
    assert payments.live_scheduled(dollars)["method"] == ""  # type: ignore[index]

    name_account("USD", details=DETAILS)
    assert "Bank transfer" in client.get("/portal/pay/?currency=USD").content.decode()
    assert "021000021" in client.get(f"/portal/invoices/{public_id('inv', dollars)}/").content.decode()
    assert client.post("/portal/pay/", sent).status_code == 302


def test_a_promised_transfer_shows_and_mails_the_account_of_its_currency(
    signed_in: tuple[Client, UUID], house: Business, account: str
) -> None:
    client, customer = signed_in
    house.rate("USD", "0.92")
    name_account("USD", holder="Northwind Inc", details=DETAILS)
    shown = {}
    for currency in ("EUR", "USD"):
        invoice = house.invoice(customer, currency=currency)
        client.post("/portal/pay/", form_of(invoice, method="bank_transfer", charged_in=currency))
        live = payments.live_scheduled(invoice)
        assert live is not None
        shown[currency] = client.get(f"/portal/payments/{public_id('pay', live['id'])}/").content.decode()
        mail.transfer(payment_id=str(live["id"]))
    assert IBAN in shown["EUR"]
    assert "021000021" not in shown["EUR"]
    assert 'class="qr"' in shown["EUR"]
    for fact in ("Northwind Inc", "Routing number", "021000021", "Account number", "12345678"):
        assert fact in shown["USD"]
    assert IBAN not in shown["USD"]
    assert 'class="qr"' not in shown["USD"], "the picture is for euros to an IBAN alone"
    mails = Message.objects.filter(kind="transfer_instructions").order_by("created_at")
    euros, dollars = (each.text_body for each in mails)
    assert IBAN in euros
    assert "Routing number: 021000021\nAccount number: 12345678" in dollars
    assert IBAN not in dollars


def test_an_invoice_keeps_the_account_of_its_currency(house: Business) -> None:
    house.rate("USD", "0.92")
    customer = house.customer()
    before = house.invoice(customer, currency="USD")
    name_account("USD", details=DETAILS)
    assert IBAN in issued(house, customer, "EUR")
    dollars = issued(house, customer, "USD")
    assert "Routing number 021000021" in dollars
    assert IBAN not in dollars
    assert invoices.invoice(before)["seller"]["bank"] is None
    assert "021000021" not in text_of(documents.invoice_document(actor=STAFF, invoice_id=before).content)
