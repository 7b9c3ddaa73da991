"""A statement of account in a real browser: read, sent from its dialog, and looked at in all its sizes.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import pytest
from playwright.sync_api import Page, expect

from tallystick.correspondence.models import Message
from tallystick.foundation.ids import public_id
from tests.backoffice.business import Business
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, site
from tests.looking import DESK, PHONE, SMALLEST, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_a_statement_is_read_and_sent(business: Business, desk: Page) -> None:
    things = business.busy_month()
    customer = things["customer"]
    business.invoice(customer, 1_284_000, currency="JPY", days_ago=2, text="データセンター利用料")
    desk.goto(f"/office/customers/{public_id('cus', customer)}/")
    desk.get_by_role("link", name="Statement", exact=True).click()
    expect(desk.get_by_role("heading", name="Statement of account")).to_be_visible()
    expect(desk.get_by_role("region", name="EUR")).to_contain_text("Balance brought forward")
    expect(desk.get_by_role("region", name="JPY")).to_contain_text("Invoice INV-")
    look(desk, "statement", widths=(DESK, PHONE, SMALLEST), axe_at=(DESK, PHONE))
    desk.set_viewport_size({"width": DESK, "height": 900})
    desk.get_by_label("Up to and including").fill("2999-01-01")
    desk.get_by_role("button", name="Show").click()
    expect(desk.get_by_role("main")).to_contain_text("today at most")
    desk.go_back()
    desk.get_by_role("link", name="Send by mail").click()
    dialog = desk.get_by_role("dialog", name="Send a statement of account")
    dialog.get_by_role("button", name="Send").click()
    desk.get_by_text("The statement is on its way.").wait_for()
    assert Message.objects.filter(kind="statement", customer_id=customer).count() == 1
