"""After three failures: a promise to pay, in the portal and by the link in the mail (E22)."""

import re

import pytest
from playwright.sync_api import expect

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.usecases.due_dates import agree_due_date
from tests.browsers import needs_chromium
from tests.portal.conftest import STAFF, Business, now
from tests.portal.hands import Hand, walks
from tests.portal.test_links import nobody_was_here
from tests.portal.test_offers import contract, failed_often, in_days, invoice_of, promised_of

__all__ = ["nobody_was_here"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@walks("GET portal:payment", "POST portal:promise-to-pay", "GET portal:invoice")
def test_e22_a_promise_is_made_in_the_portal(house: Business, account: str, hand: Hand) -> None:
    customer, payment = contract(house, account)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto(f"/portal/payments/{public_id('pay', payment)}/")
    expect(page.get_by_text("Early-return fee")).to_be_visible()
    hand.look("walk-offers")
    hand.date(page.get_by_label("I promise to pay by"), in_days(5))
    hand.press(page.get_by_role("button", name="Promise to pay"))
    expect(page.get_by_text("Thank you. Until that day we do not remind you.")).to_be_visible()
    expect(page.get_by_text("We wait for your payment")).to_be_visible()
    hand.look("walk-offers-promised")
    assert promised_of(payment) == [(in_days(5), 10680, "Mary O'Neill")]

    # What staff agree to besides is said with what the document says.
    agree_due_date(actor=STAFF, at=now(), invoice_id=invoice_of(payment), due_date=in_days(30))
    hand.press(page.get_by_role("link", name=re.compile("^INV-")).first)
    expect(page.get_by_text(re.compile("Agreed; the invoice says"))).to_be_visible()
    hand.look("walk-agreed-due-date")


@walks("GET paylink:open", "POST paylink:promise-to-pay")
def test_e22_a_promise_is_made_by_the_link_in_the_mail(house: Business, account: str, hand: Hand) -> None:
    payment, path = failed_often(house, account)
    page = hand.page
    hand.goto(path)
    expect(page.get_by_role("link", name="Write to us")).to_be_visible()
    hand.look("walk-link-offers")
    hand.date(page.get_by_label("I promise to pay by"), in_days(3))
    hand.press(page.get_by_role("button", name="Promise to pay"))
    expect(page.get_by_text("We wait for your payment")).to_be_visible()
    number = invoices.invoice(invoice_of(payment))["number"]
    assert promised_of(payment) == [(in_days(3), 10680, f"Payment link ({number})")]
    assert payments.payment(payment)["status"] == "failed"
