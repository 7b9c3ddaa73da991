"""Reports in a real browser: chart and table fit at every width and in both themes, and a figure is explained.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.backoffice.business import Business
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, site
from tests.looking import DESK, PHONE, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in several currencies."""
    return Business()


def test_reports_are_read_on_a_desk_and_on_a_phone(business: Business, desk: Page, browser: Browser) -> None:
    things = business.busy_month()
    business.invoice(things["customer"], 1_284_000, currency="JPY", days_ago=2)
    desk.goto("/office/reports/")
    look(desk, "reports", axe_at=(DESK,))
    desk.goto("/office/reports/income/?step=week")
    look(desk, "report-income", axe_at=(DESK, PHONE))
    desk.goto("/office/reports/metrics/")
    look(desk, "report-metrics", axe_at=(DESK, PHONE))
    desk.set_viewport_size({"width": PHONE, "height": 900})
    desk.get_by_role("link", name="Explain this number").first.click()
    expect(desk.get_by_role("dialog")).to_contain_text("The sum of completed payments")
