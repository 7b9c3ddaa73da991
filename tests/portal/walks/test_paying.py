"""Make a payment, in its four ways and every way to pay, from the first page to the receipt."""

import re

import pytest
from playwright.sync_api import expect

from tallystick.foundation.ids import public_id
from tests.browsers import needs_chromium
from tests.portal.conftest import Business, only_payment
from tests.portal.hands import Hand, walks
from tests.portal.test_browser import gateway
from tests.sandbox_service import SandboxService

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@walks(
    "GET portal:home",
    "GET portal:invoice",
    "GET portal:pay",
    "POST portal:pay",
    "GET portal:return",
    "GET portal:payment",
    "GET portal:receipt",
    "GET portal:receipt-pdf",
)
def test_b4_b5_c5_all_that_is_open_is_paid_from_the_calendar_to_the_receipt(
    house: Business, sandbox: SandboxService, hand: Hand
) -> None:
    gateway(house, sandbox, "Walk of the total")
    customer = house.customer()
    invoice = house.invoice(customer, 5071)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/")
    calendar = page.get_by_role("region", name="Activity in")
    hand.press(calendar.get_by_role("link", name="Previous month"))
    expect(page).to_have_url(re.compile(r"\?month=[0-9-]{7}#calendar$"))
    hand.look("walk-calendar")
    hand.press(calendar.get_by_role("link", name="This month"))
    hand.press(calendar.locator(f"a[href*='{public_id('inv', invoice)}']").first)
    expect(page.get_by_role("heading", name=re.compile("^Invoice INV-"))).to_be_visible()

    hand.press(page.get_by_role("link", name="Northwind Fibre"))
    hand.press(page.get_by_role("link", name="Pay now"))
    expect(page.get_by_label("Total balance")).to_be_checked()
    hand.look("walk-pay")
    hand.press(page.get_by_role("button", name="Pay €60.85"))
    hand.pay_by_card("4000 0027 6000 3184", "Pay €60.85")
    hand.press(page.get_by_role("button", name="Approve"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    row = only_payment(customer)
    assert (row["status"], row["total_minor"], row["allocated_minor"]) == ("completed", 6085, 6085)
    hand.press(page.get_by_role("link", name="Receipt"))
    expect(page.get_by_text("Visa •••• 3184")).to_be_visible()
    hand.look("walk-receipt")
    assert hand.download(page.get_by_role("link", name="Download PDF")).read_bytes().startswith(b"%PDF")
