"""Invoices and prepaid money in the back office: usage invoiced, an invoice paid from the wallet, and undone."""

from collections.abc import Callable
from datetime import UTC, datetime, time

import pytest
from django.test import Client

from tallystick.foundation.ids import public_id
from tallystick.foundation.months import months_after
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.wallets import purchase_tax_queries, queries
from tests.backoffice.business import Business, moment
from tests.backoffice.test_wallets import bought, prepaid, text, wallet
from tests.backoffice.test_writes import done, post, refused, url

pytestmark = pytest.mark.django_db

Signed = Callable[[str], Client]


def test_usage_is_invoiced_from_the_page_of_the_customer(business: Business, as_role: Signed) -> None:
    customer = prepaid(business, minor=1000)
    public = public_id("cus", customer)
    finance = as_role("Finance")
    assert "Invoice usage" not in text(finance, url("customer", public))
    bought(business, customer, 1310)
    assert "Invoice usage" in text(finance, url("customer", public))
    told = {"currency": "EUR"}
    refused(as_role("Support"), url("invoice-usage", public), told)
    made = done(finance, url("invoice-usage", public), told)["Location"].rstrip("/").rpartition("/")[2]
    (standing,) = ledger.standings(customer)
    assert (standing.owes_minor, standing.wallet_minor) == (310, 0)
    page = text(finance, url("invoice", made))
    assert "Purchases beyond what was prepaid, tax included" in page
    assert url("invoice-void", made) not in page
    assert url("invoice-credit", made) not in page
    again = post(finance, url("invoice-usage", public), told)
    assert again.status_code == 422


def test_the_tax_invoice_of_a_month_is_issued_from_the_page_of_the_customer(
    business: Business, as_role: Signed
) -> None:
    customer = prepaid(business, minor=1000)
    public = public_id("cus", customer)
    finance = as_role("Finance")
    bought(business, customer, 120)
    assert url("tax-purchases", public) not in text(finance, url("customer", public)), "this month is not over"
    month = months_after(moment().date(), -2, day=1)
    bought(business, customer, 240, at=datetime.combine(month, time(12), tzinfo=UTC))
    assert url("tax-purchases", public) in text(finance, url("customer", public))
    assert url("tax-purchases", public) not in text(as_role("Support"), url("customer", public))
    told = {"month": f"EUR {month.isoformat()}"}
    refused(as_role("Support"), url("tax-purchases", public), told)
    never = months_after(month, -1, day=1).isoformat()
    assert post(finance, url("tax-purchases", public), {"month": f"EUR {never}"}).status_code == 422
    done(finance, url("tax-purchases", public), told)
    (row,) = purchase_tax_queries.documents_page(customer_id=customer).rows
    assert (row["period_start"], row["net_minor"], row["tax_minor"]) == (month, 200, 40)
    page = text(finance, url("customer", public))
    pdf = url("purchase-tax-document-pdf", public_id("ptx", row["id"]))
    assert (row["number"] in page, pdf in page, url("tax-purchases", public) in page) == (True, True, False)
    assert finance.get(pdf).content.startswith(b"%PDF")


def test_an_invoice_is_paid_from_the_wallet_and_that_is_taken_back(business: Business, as_role: Signed) -> None:
    customer = prepaid(business, minor=5000)
    invoice = business.invoice(customer, 2000)
    public = public_id("inv", invoice)
    open_minor = invoices.invoice(invoice)["open_minor"]
    finance = as_role("Finance")
    assert "Pay from the wallet" in text(finance, url("invoice", public))
    told = {"amount": "10.00", "amount_currency": "EUR"}
    refused(as_role("Support"), url("invoice-pay-from-wallet", public), told)
    done(finance, url("invoice-pay-from-wallet", public), told)
    assert (invoices.invoice(invoice)["open_minor"], wallet(customer)) == (open_minor - 1000, 4000)
    too_much = post(finance, url("invoice-pay-from-wallet", public), {**told, "amount": "9000.00"})
    assert too_much.status_code == 422

    (drawn,) = queries.wallet_draws(invoice)
    back = url("take-back-draw", public, public_id("wdr", drawn["id"]))
    assert back in text(finance, url("invoice", public))
    refused(as_role("Support"), back, {})
    done(finance, back, {})
    assert (invoices.invoice(invoice)["open_minor"], wallet(customer)) == (open_minor, 5000)
