"""The portal by keyboard alone: what has the focus is seen, the order is that of reading, and dialogs give it back."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.payments.terms import PAYMENT_TERMS
from tests.browsers import needs_chromium, opened
from tests.portal.conftest import Business
from tests.portal.hands import tab_to
from tests.portal.test_browser import complaints, sign_in, site

__all__ = ["complaints", "site"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def desk(browser: Browser, site: str, complaints: list[str]) -> Iterator[Page]:
    with browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as context:
        context.set_default_timeout(20_000)
        yield opened(context, complaints)
        assert complaints == []


def test_the_dialog_is_gone_through_in_the_order_of_reading_and_gives_the_focus_back(
    house: Business, desk: Page, site: str
) -> None:
    house.gateway()
    with transaction():
        settings_store.put(PAYMENT_TERMS, "\n\n".join(f"Clause {number}: paid is paid." for number in range(40)))
    customer = house.customer()
    house.invoice(customer, 5071)
    second = house.invoice(customer, 1000)
    sign_in(desk, house.open_portal(customer), site)
    desk.goto("/portal/")
    desk.keyboard.press("Tab")
    expect(desk.get_by_role("link", name="Skip to the content")).to_be_focused()
    desk.keyboard.press("Enter")
    expect(desk.locator("#main")).to_be_focused()

    way_in = desk.get_by_role("link", name="Pay now")
    tab_to(desk, way_in)
    desk.keyboard.press("Enter")
    dialog = desk.get_by_role("dialog", name="Make a payment")
    expect(dialog).to_be_visible()
    total = dialog.get_by_label("Total balance")
    expect(total).to_be_focused()
    desk.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(way_in).to_be_focused()

    desk.keyboard.press("Enter")
    expect(total).to_be_focused()
    for _press in range(3):
        desk.keyboard.press("ArrowDown")
    expect(dialog.get_by_label("Selected invoices")).to_be_checked()
    tab_to(desk, dialog.locator("summary"))
    desk.keyboard.press("Space")
    box = dialog.locator(f"#{public_id('inv', second)}")
    tab_to(desk, box)
    desk.keyboard.press("Space")
    expect(dialog.get_by_text("1 invoice selected")).to_be_visible()
    pay = dialog.get_by_role("button", name="Pay €12.00")
    # In the order of reading, a text that scrolls among it; then round, and nowhere outside.
    passed = tab_to(desk, pay)
    stops = [each.splitlines()[0] for each in passed]
    assert stops == ["Sandbox Cards", "Add a payment method", "Keep this card", "Note optional", "Terms"]
    desk.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    assert tab_to(desk, dialog.get_by_role("button", name="Close"), key="Tab") == []
    tab_to(desk, pay, key="Shift+Tab")


def test_a_month_is_turned_by_keyboard(house: Business, desk: Page, site: str) -> None:
    customer = house.customer()
    house.invoice(customer, 5071)
    sign_in(desk, house.open_portal(customer), site)
    desk.goto("/portal/")
    calendar = desk.get_by_role("region", name="Activity in")
    tab_to(desk, calendar.get_by_role("link", name="Next month"))
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile(r"#calendar$"))
    # The focus goes on from the calendar, not from the top of the page.
    assert tab_to(desk, calendar.get_by_role("link", name="This month")) == []
    desk.keyboard.press("Enter")
    event = calendar.locator("a.calendar-event").first
    tab_to(desk, event)
    desk.keyboard.press("Enter")
    expect(desk).to_have_url(re.compile("/portal/invoices/inv_"))
