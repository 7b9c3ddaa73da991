"""The audit and the history of things in a real browser, looked at by axe, at each width and in both themes."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import staff_actor
from tallystick.usecases import amend, enrol
from tests.backoffice.business import Business, member, moment
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sign_in, site
from tests.looking import DESK, PHONE, SMALLEST, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


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
    # What was done to the customer is not among it.
    expect(desk.get_by_text("Villach")).to_have_count(0)
    expect(desk.get_by_text("123,456,789.00")).to_be_visible()
    look(desk, "audit-of-payment", widths=(DESK, PHONE))


def test_the_history_of_things_and_the_portal_as_a_customer_sees_it(
    business: Business, browser: Browser, site: str, complaints: list[str]
) -> None:
    things, clerk = business.busy_month(), {"actor": staff_actor(member("Finance")), "at": moment()}
    amend.edit_payment(**clerk, payment_id=things["payment"], changes={"remark": "Ask again\nin May"})
    enrol.change_customer(**clerk, customer_id=things["customer"], changes={"terms_days": 30, "city": "Villach"})
    with browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as context:
        page = opened(context, complaints)
        sign_in(page, member("Administrator"), site)
        for name, path in {
            "history-customer": f"customers/{public_id('cus', things['customer'])}",
            "history-payment": f"payments/{public_id('pay', things['payment'])}",
            "history-settings": "settings",
            "history-keys": "keys",
        }.items():
            page.goto(f"/office/{path}/")
            look(page, name)
        page.goto(f"/office/customers/{public_id('cus', things['customer'])}/")
        page.get_by_role("button", name="View as customer").click()
        page.get_by_text("Nothing can be changed.").wait_for()
        look(page, "viewing-home", widths=(SMALLEST, PHONE, DESK))
        page.goto("/portal/pay/")
        look(page, "viewing-pay", widths=(DESK, PHONE))
        page.goto("/portal/payments/")
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("You see the back office as yourself again.").wait_for()
