"""Prepaid money in the back office: each act by somebody who may, and refused to somebody who may not."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.usecases import charge, enrol, record
from tallystick.wallets import queries
from tests.backoffice.business import SYSTEM, Business, moment, uid
from tests.backoffice.test_writes import done, post, refused, url

pytestmark = pytest.mark.django_db

Signed = Callable[[str], Client]


def prepaid(business: Business, name: str = "Callers Ltd", minor: int = 5000) -> UUID:
    """This function will enrol a prepaid customer that topped up once."""
    customer = business.customer(name)
    enrol.change_customer(actor=SYSTEM, at=moment(20), customer_id=customer, changes={"is_prepaid": True})
    record.record_payment(
        actor=SYSTEM, at=moment(19), customer_id=customer, total_minor=minor, currency="EUR", reference=name
    )
    return customer


def bought(business: Business, customer: UUID, minor: int = 1240, *, at: datetime | None = None) -> UUID:
    """This function will charge a purchase."""
    shape = charge.charge_account(
        actor=SYSTEM,
        at=at or moment(5),
        customer_id=customer,
        currency="EUR",
        total_minor=minor,
        tax_rate_id=business.vat,
        description="Calls from the lines of the warehouse to mobile networks, 42 minutes #trunk 7",
    )
    return uid(shape["id"])


def text(client: Client, address: str) -> str:
    return " ".join(client.get(address).content.decode().split())


def wallet(customer: UUID) -> int:
    (standing,) = ledger.standings(customer)
    return standing.wallet_minor


def test_a_top_up_is_requested_sent_paid_and_another_is_voided(business: Business, as_role: Signed) -> None:
    customer = business.customer("Callers Ltd")
    told = {"customer": public_id("cus", customer), "total": "50.00", "total_currency": "EUR", "title": "May"}
    refused(as_role("Read-only"), url("new-topup"), told)
    public = done(as_role("Support"), url("new-topup"), told)["Location"].rstrip("/").rpartition("/")[2]
    row = invoices.invoice(uid(public))
    assert (row["kind"], row["state"], row["total_minor"]) == ("topup", "draft", 5000)

    refused(as_role("Support"), url("topup-send", public), {})
    finance = as_role("Finance")
    done(finance, url("topup-send", public), {"sends_mail": "on"})
    page = text(finance, url("invoice", public))
    assert "Top-up request TOP-" in page
    assert "Nobody owes this" in page
    assert finance.get(url("invoice-pdf", public)).content.startswith(b"%PDF")
    listed = text(finance, f"{url('invoices')}?kind=topup")
    assert invoices.invoice(uid(public))["number"] in listed
    assert invoices.invoice(uid(public))["number"] not in text(finance, f"{url('invoices')}?kind=invoice")

    refused(as_role("Support"), url("topup-void", public), {"reason": "Wrong"})
    done(finance, url("topup-void", public), {"reason": "Wrong"})
    assert invoices.invoice(uid(public))["state"] == "void"


def test_a_top_up_is_taxed_when_it_is_paid_and_its_tax_invoice_is_taken_away(
    business: Business, as_role: Signed
) -> None:
    customer = business.customer("Callers Ltd")
    told = {"customer": public_id("cus", customer), "total": "60.00", "total_currency": "EUR"}
    assert post(as_role("Support"), url("new-topup"), {**told, "tax": "none"}).status_code == 422
    asked = done(as_role("Support"), url("new-topup"), {**told, "tax": str(business.vat)})["Location"]
    public = asked.rstrip("/").rpartition("/")[2]
    finance = as_role("Finance")
    done(finance, url("topup-send", public), {})
    assert "Tax invoices" not in text(finance, url("invoice", public))
    record.record_payment(
        actor=SYSTEM,
        at=moment(2),
        customer_id=customer,
        total_minor=6000,
        currency="EUR",
        parts=[record.Part(invoice_id=uid(public))],
    )
    assert wallet(customer) == 5000
    assert "Tax paid" in text(finance, url("customer", public_id("cus", customer)))
    page = text(finance, url("invoice", public))
    assert ("Paid, with tax" in page, "In the wallet" in page) == (True, False)
    number, path = "TAX-2", "/tax-documents/txd_"
    assert (number in page, path in page, "10.00" in page) == (True, True, True)
    (document,) = queries.tax_documents([uid(public)])[uid(public)]
    address = url("tax-document-pdf", public_id("txd", document["id"]))
    assert finance.get(address).content.startswith(b"%PDF")
    assert finance.get(url("tax-document-pdf", public_id("txd", customer))).status_code == 404


def test_the_page_of_a_customer_says_what_is_in_the_wallet_in_words(business: Business, finance: Client) -> None:
    customer = prepaid(business)
    page = text(finance, url("customer", public_id("cus", customer)))
    assert "Wallet 50.00 EUR" in page
    assert "TOP-" in page
    assert "Does not expire" in page
    bought(business, customer, 5310)
    page = text(finance, url("customer", public_id("cus", customer)))
    assert "Used beyond prepaid 3.10 EUR" in page
    assert "to mobile networks, 42 minutes" in page


def test_a_purchase_is_previewed_entered_and_credited_back(business: Business, as_role: Signed) -> None:
    customer = prepaid(business)
    public = public_id("cus", customer)
    rate = str(business.vat)
    told: dict[str, Any] = {"total": "62.00", "total_currency": "EUR", "tax": rate, "description": "Calls #trunk 7"}
    refused(as_role("Support"), url("charge", public), told)
    finance = as_role("Finance")
    preview = post(finance, url("preview-charge", public), told).content.decode()
    assert "Beyond prepaid" in preview
    assert "10.33" in preview, "the tax within it"
    assert wallet(customer) == 5000, "a preview writes nothing"
    paid = done(finance, url("charge", public), told)["Location"].rstrip("/").rpartition("/")[2]
    assert wallet(customer) == -1200
    page = text(finance, url("payment", paid))
    assert "What it drew" in page
    assert "Refund Payment" not in page

    credit = {"amount": "20.00", "amount_currency": "EUR", "reason": "The line was bad"}
    refused(as_role("Support"), url("charge-credit", paid), credit)
    done(finance, url("charge-credit", paid), credit)
    assert wallet(customer) == 800
    too_much = post(finance, url("charge-credit", paid), {**credit, "amount": "60.00"})
    assert too_much.status_code == 422
    assert "more than is left to credit" in too_much.content.decode()
    assert queries.charge(uid(paid))["credited_minor"] == 2000
    listed = text(finance, f"{url('payments')}?kind=charge")
    assert "62.00" in listed
    assert "Purchase" in listed


def test_a_debit_limit_is_set(business: Business, as_role: Signed) -> None:
    customer = prepaid(business)
    public = public_id("cus", customer)
    told = {"debit_limit": "25.00", "debit_limit_currency": "EUR"}
    refused(as_role("Support"), url("debit-limit", public), told)
    done(as_role("Finance"), url("debit-limit", public), told)
    found = queries.wallet(customer, "EUR")
    assert found is not None
    assert found["debit_limit_minor"] == 2500
    assert "debit limit 25.00 EUR" in text(as_role("Read-only"), url("customer", public))
