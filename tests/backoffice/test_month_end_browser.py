"""Month end in a real browser: earned and closed from its dialogs, and looked at in all its sizes.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import pytest
from playwright.sync_api import Page, expect

from tallystick.ledger.periods import last_day
from tallystick.ledger.queries import closed_until
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, site
from tests.backoffice.test_month_end import MONTH, earn, with_something_left
from tests.looking import DESK, PHONE, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> None:
    with_something_left()


def test_a_month_is_earned_and_closed(business: None, desk: Page) -> None:
    desk.goto("/office/month-end/")
    expect(desk.get_by_role("main")).to_contain_text("Do this first")
    desk.get_by_role("link", name="Earn deferred revenue").click()
    desk.get_by_role("dialog").get_by_role("button", name="Earn it").click()
    desk.get_by_text("is being earned.").wait_for()
    earn()
    desk.reload()
    expect(desk.get_by_role("main")).to_contain_text("Revenue that was earned")
    look(desk, "month-end", widths=(DESK, PHONE))
    desk.set_viewport_size({"width": PHONE, "height": 900})
    desk.get_by_role("link", name="Close the month").click()
    dialog = desk.get_by_role("dialog")
    expect(dialog).to_contain_text("Nothing can be posted")
    dialog.get_by_role("button", name="Close the month").click()
    desk.get_by_text("The month is closed.").wait_for()
    assert closed_until() == last_day(MONTH)
    look(desk, "month-end-closed", widths=(DESK,))
