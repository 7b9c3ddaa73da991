"""Explain this number in a real browser: in a dialog with scripts, on a page without them.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.foundation.ids import public_id
from tests.backoffice.business import Business, member
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sign_in, site
from tests.looking import DESK, PHONE, SMALLEST, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_an_amount_is_opened_and_leads_to_its_parts(business: Business, desk: Page) -> None:
    things = business.busy_month()
    business.draft(things["customer"], 4_200)
    business.invoice(things["customer"], 1_284_000, currency="JPY", days_ago=2)
    desk.goto(f"/office/customers/{public_id('cus', things['customer'])}/")
    look(desk, "customer-explained", axe_at=(DESK, PHONE))
    desk.set_viewport_size({"width": DESK, "height": 900})
    amount = desk.get_by_role("link", name="5,399.99 EUR").first
    address = amount.get_attribute("href")
    assert address is not None
    amount.click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("The sum of what is open on issued invoices")
    expect(dialog).to_contain_text("J02")
    expect(dialog).to_contain_text("A draft claims nothing")
    look(desk, "explain-dialog", axe_at=(DESK,))
    desk.set_viewport_size({"width": DESK, "height": 900})
    dialog.get_by_role("button", name="Close").first.click()
    expect(dialog).not_to_be_visible()
    desk.goto(address)
    expect(desk.get_by_role("heading", name="5,399.99")).to_be_visible()
    look(desk, "explain", widths=(DESK, PHONE, SMALLEST), axe_at=(DESK, PHONE))
    desk.goto("/office/")
    look(desk, "home-explained", axe_at=(DESK,))


def test_it_goes_on_without_scripts(business: Business, browser: Browser, site: str) -> None:
    customer = business.customer()
    invoice = business.invoice(customer, 8900)
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, member("Support"), site)
        page.goto(f"/office/customers/{public_id('cus', customer)}/")
        page.get_by_role("link", name="106.80 EUR").first.click()
        expect(page.get_by_role("main")).to_contain_text("What it is made of")
        page.get_by_role("main").get_by_role("link", name="INV-").first.click()
        expect(page).to_have_url(f"{site}/office/invoices/{public_id('inv', invoice)}/")
