"""The audit and the history of things in a real browser, looked at by axe, at each width and in both themes."""

import pytest
from playwright.sync_api import Page

from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import staff_actor
from tallystick.usecases import amend, enrol
from tests.backoffice.business import Business, member, moment
from tests.backoffice.test_browser import browser, complaints, desk, pytestmark, site
from tests.looking import DESK, PHONE, SMALLEST, look

__all__ = ["browser", "complaints", "desk", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_what_happened_is_found_and_looked_at(business: Business, desk: Page) -> None:
    things, clerk = business.busy_month(), {"actor": staff_actor(member("Finance")), "at": moment()}
    changes = {"total_minor": 123_456_789_00, "description": "Open words #private words", "remark": "Ask again\nin May"}
    amend.edit_payment(**clerk, payment_id=things["promised"], changes=changes)
    enrol.change_customer(**clerk, customer_id=things["customer"], changes={"terms_days": 30, "city": "Villach"})
    desk.goto("/office/")
    desk.get_by_role("link", name="Audit", exact=True).click()
    look(desk, "audit", widths=(SMALLEST, PHONE, DESK))
    desk.get_by_role("searchbox").fill(public_id("pay", things["promised"]))
    desk.get_by_text("123,456,789.00").wait_for()
    look(desk, "audit-of-payment", widths=(DESK, PHONE))
