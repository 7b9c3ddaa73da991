"""Autopay in the office in a real browser, by hand: with scripts in dialogs, and without them."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.foundation.ids import public_id
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.usecases import autopay
from tests.backoffice.business import Business, member
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sandbox, sign_in, site
from tests.sandbox_service import SandboxService
from tests.stored_cards import stored_card

__all__ = ["complaints", "desk", "opened", "pytestmark", "sandbox", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_staff_record_an_agreement_end_it_and_remove_the_card(
    business: Business, sandbox: SandboxService, desk: Page
) -> None:
    customer = business.customer()
    account = business.gateway(sandbox)
    stored_card(customer, account)
    stored_card(customer, account, last_four="4444")
    desk.goto(f"/office/customers/{public_id('cus', customer)}/")
    desk.get_by_role("link", name="Record agreement").click()
    dialog = desk.get_by_role("dialog", name="Record automatic payment")
    expect(dialog).to_contain_text(autopay.TERMS.default)
    dialog.get_by_role("radio", name="Visa •••• 4444").check()
    dialog.get_by_label("When").select_option("15")
    dialog.get_by_label("Up to").fill("1,000")
    dialog.get_by_label("How did the customer agree?").fill("4242 4242 4242 4242")
    dialog.get_by_role("button", name="The customer accepted these words").click()
    expect(dialog).to_contain_text("card number")
    dialog.get_by_label("How did the customer agree?").fill("Signed form of 3 May")
    dialog.get_by_role("button", name="The customer accepted these words").click()
    desk.get_by_text("Automatic payment is on.").wait_for()
    agreed = autopay_queries.agreement(customer)
    assert agreed is not None
    assert (agreed["charge_day"], agreed["cap_minor"], agreed["cap_currency"]) == (15, 100_000, "EUR")

    desk.get_by_role("button", name="More actions for Visa •••• 4444").click()
    desk.get_by_role("link", name="Remove").and_(desk.locator(".menu-item")).click()
    dialog = desk.get_by_role("dialog", name="Remove Visa •••• 4444?")
    expect(dialog).to_contain_text("Automatic payment goes on with Visa •••• 4242.")
    dialog.get_by_role("button", name="Remove").click()
    desk.get_by_text("The card is removed.").wait_for()
    assert [row["last_four"] for row in payments.methods(customer)] == ["4242"]
    desk.get_by_role("link", name="End", exact=True).click()
    desk.get_by_role("dialog").get_by_role("button", name="End automatic payment").click()
    desk.get_by_text("Automatic payment has ended.").wait_for()
    assert autopay_queries.agreement(customer) is None


def test_it_goes_on_without_scripts(business: Business, sandbox: SandboxService, browser: Browser, site: str) -> None:
    customer = business.customer()
    account = business.gateway(sandbox)
    first, second = stored_card(customer, account), stored_card(customer, account, last_four="4444")
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, member("Finance"), site)
        page.goto(f"/office/customers/{public_id('cus', customer)}/")
        page.get_by_role("button", name="More actions for Visa •••• 4444").click()
        page.get_by_role("button", name="Make it the default").click()
        assert [row["id"] for row in payments.methods(customer)] == [second, first]
        page.get_by_role("link", name="Record agreement").click()
        page.get_by_label("How did the customer agree?").fill("Signed form of 3 May")
        page.get_by_role("button", name="The customer accepted these words").click()
        expect(page.get_by_role("main")).to_contain_text("On: invoices are charged by themselves")
        assert autopay_queries.agreement(customer) is not None
