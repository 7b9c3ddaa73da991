"""The panel of offers in the office in a real browser, and a new due date that is agreed in a dialog (E22)."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tallystick.foundation.clock import now
from tallystick.foundation.ids import public_id
from tests.backoffice.business import Business
from tests.backoffice.test_after_failures import Failing, failing, sandbox
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, site
from tests.looking import look

__all__ = ["complaints", "desk", "failing", "opened", "pytestmark", "sandbox", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_e22_offers_are_read_and_a_due_date_is_agreed_in_a_dialog(failing: Failing, desk: Page) -> None:
    customer, _agreed, payment = failing
    desk.goto(f"/office/customers/{public_id('cus', customer)}/")
    look(desk, "customer-offers")
    desk.goto(f"/office/payments/{public_id('pay', payment)}/")
    look(desk, "payment-offers")
    desk.get_by_role("link", name="New due date").first.click()
    dialog = desk.get_by_role("dialog", name="Agree on a new due date")
    dialog.get_by_label("New due date").fill((now().date() + timedelta(days=40)).isoformat())
    look(desk, "due-date-dialog")
    dialog.get_by_role("button", name="Keep the new due date").click()
    desk.get_by_text("The new due date is kept.").wait_for()
    expect(desk.get_by_text("Agreed; the document says")).to_be_visible()
    look(desk, "invoice-due-date")
