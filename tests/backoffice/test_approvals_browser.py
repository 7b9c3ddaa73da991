"""A refund that two people make, in a real browser."""

import pytest
from playwright.sync_api import Browser, Page

from tallystick.foundation.ids import public_id
from tallystick.payments import queries as payments
from tallystick.usecases import configure
from tests.backoffice.business import SYSTEM, Business, member, moment
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sign_in, site
from tests.looking import DESK, PHONE, SMALLEST, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business in which a second person is asked above 100.00 EUR."""
    made = Business()
    above = {"minor": 100_00, "currency": "EUR"}
    configure.change_settings(actor=SYSTEM, at=moment(), changes={"second_person_refunding_above": above})
    return made


def test_one_asks_and_another_approves(
    business: Business, desk: Page, browser: Browser, site: str, complaints: list[str]
) -> None:
    payment = business.payment(business.customer("Zweckverband Abfallwirtschaft Nordschwarzwald"), 950_00)
    path = f"/office/payments/{public_id('pay', payment)}/"
    desk.goto(path)
    desk.get_by_role("link", name="Refund Payment").click()
    dialog = desk.get_by_role("dialog", name="Refund Payment")
    dialog.get_by_label("Reason").fill("Left early")
    dialog.get_by_role("button", name="Refund Payment").click()
    desk.get_by_text("Nothing is booked yet: a second person has to approve this.").wait_for()
    look(desk, "approval-own")
    with browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as context:
        page = opened(context, complaints)
        sign_in(page, member("Administrator"), site)
        page.goto(path)
        look(page, "approval-payment")
        page.goto("/office/")
        look(page, "approval-home", widths=(DESK, PHONE, SMALLEST))
        page.set_viewport_size({"width": DESK, "height": 900})
        page.get_by_role("link", name="Approvals").click()
        look(page, "approvals")
        page.get_by_role("link", name="Refund Payment").click()
        page.get_by_role("link", name="Approve", exact=True).click()
        page.get_by_role("dialog").get_by_role("button", name="Approve").click()
        page.get_by_text("It is approved and done.").wait_for()
        look(page, "approval-done", widths=(DESK, PHONE, SMALLEST))
    assert payments.payment(payment)["refunded_minor"] == 950_00
