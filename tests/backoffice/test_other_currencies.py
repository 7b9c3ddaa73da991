"""Money in another currency than it is credited in, recorded and marked as paid on the pages of the office."""

from datetime import date
from decimal import Decimal

import pytest

from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import operations as ledger
from tallystick.payments import queries as payments
from tests.backoffice.business import Business, uid
from tests.backoffice.forms import Signed, closed, done, refused, text_of, url
from tests.backoffice.test_writes import business_today, recorded


@pytest.fixture
def abroad(business: Business) -> Business:
    """A business in euro whose customers also pay in dollars."""
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2020, 1, 1), rate=Decimal("0.92"), source="ECB")
    return business


def in_dollars(**changes: str) -> dict[str, str]:
    return recorded(**{"total": "100.00", "total_currency": "USD", "fee_currency": "USD", **changes})


def test_dollars_for_a_euro_invoice_are_previewed_recorded_and_shown(abroad: Business, as_role: Signed) -> None:
    invoice = abroad.invoice(abroad.customer(), 5000)
    number = invoices.invoice(invoice)["number"] or ""
    finance = as_role("Finance")
    preview = text_of(finance.post(url("preview-payment"), in_dollars(invoice=number)))
    assert f"{number} is in another currency. At the stored rate (ECB) this is 92.00 EUR" in preview
    agreed = in_dollars(invoice=number, credited="91.00", credited_currency="EUR")
    preview = text_of(finance.post(url("preview-payment"), agreed))
    assert "Came as 100.00 USD Rate 0.91 (entered by you)" in preview
    assert "Kept as credit 31.00 EUR" in preview
    closed(as_role("Read-only"), url("record-payment"), agreed)
    page = done(finance, url("record-payment"), agreed)
    row = payments.payment(uid(page.rstrip("/").rpartition("/")[2]))
    assert (row["total_minor"], row["currency"], row["allocated_minor"]) == (9100, "EUR", 6000)
    assert (row["came_minor"], row["came_currency"], row["came_rate"]) == (10000, "USD", Decimal("0.91"))
    assert "Came as 100.00 USD at 0.91 EUR, entered by" in text_of(finance.get(page))


def test_what_came_and_what_it_is_credited_as_differ_in_currency(abroad: Business, as_role: Signed) -> None:
    told = in_dollars(credited="90.00", credited_currency="USD")
    assert "It came in USD already: leave this empty." in refused(as_role("Finance"), url("record-payment"), told)
    promised = in_dollars(credited="90.00", credited_currency="EUR", status="pending")
    assert "once the money is here" in refused(as_role("Finance"), url("record-payment"), promised)


def test_an_expected_payment_is_marked_as_paid_in_dollars(abroad: Business, as_role: Signed) -> None:
    invoice = abroad.invoice(abroad.customer(), 5000)
    live = payments.live_scheduled(invoice)
    assert live is not None
    page = url("payment-mark-paid", public_id("pay", live["id"]))
    told = {"received": business_today(), "method": "bank_transfer", "reference": "", "total": "50.00"}
    dollars = {**told, "total_currency": "USD", "credited": "", "credited_currency": "EUR"}
    closed(as_role("Support"), page, dollars)
    same = {**told, "total_currency": "EUR", "credited": "40.00", "credited_currency": "EUR"}
    assert "leave this empty" in refused(as_role("Finance"), page, same)
    done(as_role("Finance"), page, dollars)
    row = payments.payment(live["id"])
    assert (row["total_minor"], row["came_minor"], row["came_rate_source"]) == (4600, 5000, "ECB")
    assert invoices.invoice(invoice)["open_minor"] == 1400
