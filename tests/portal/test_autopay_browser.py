"""Automatic payment and stored cards in a real browser, for axe, the policy and the eye.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.correspondence.models import Message
from tallystick.foundation.ids import public_id
from tallystick.foundation.jobs import work
from tallystick.foundation.models import User
from tallystick.foundation.transactions import transaction
from tallystick.payments import autopay_queries, methods
from tallystick.payments import queries as payments
from tallystick.payments.autopay import Acceptance, Agreed, agree
from tallystick.usecases import autopay, autopay_run
from tests.browsers import needs_chromium
from tests.looking import DESK, PHONE, SMALLEST, look
from tests.portal.conftest import Business, now
from tests.portal.test_browser import (
    complaints,
    opened,
    phone,
    sign_in,
    site,
    type_card,
)
from tests.sandbox_service import Account, SandboxService
from tests.stored_cards import stored_card

__all__ = ["complaints", "phone", "site"]

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.django_db(transaction=True),
]


def open_account(house: Business, merchant: Account) -> UUID:
    """This function will set up our account for a merchant of the payment service."""
    return house.gateway(merchant.base_url, secret_key=merchant.secret_key, webhook_secrets=[merchant.webhook_secret])


def keep_and_switch_on(page: Page, customer: UUID) -> None:
    """A customer pays with a card that is kept, and lets the business charge it."""
    page.goto("/portal/autopay/")
    page.locator("#main").get_by_role("link", name="Make a payment").click()
    page.get_by_label("Keep this card").check()
    page.get_by_role("button", name="Pay €60.85").click()
    type_card(page, "4242 4242 4242 4242")
    page.get_by_role("button", name="Pay €60.85").click()
    page.get_by_text("Paid. Thank you!").wait_for()
    page.goto("/portal/methods/")
    expect(page.get_by_role("heading", name="Visa •••• 4242")).to_be_visible()
    page.get_by_role("link", name="Let us charge a card automatically").click()
    expect(page.get_by_text(autopay.TERMS.default)).to_be_visible()
    page.get_by_label("When?").select_option("15")
    page.get_by_label("Up to which amount?").fill("1,000")
    # Without the tick nothing is agreed; the browser itself may hold the form back.
    page.get_by_role("button", name="Switch it on").click()
    assert autopay_queries.agreement(customer) is None
    page.get_by_label("I accept these terms").check()
    page.get_by_role("button", name="Switch it on").click()
    page.get_by_role("heading", name="What you agreed").wait_for()


def run_due_jobs() -> None:
    """This function will do what is due, in a thread of its own: Playwright's loop runs in the test's."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, concurrency=1, until_empty=True).result()


def test_s34_the_link_in_the_mail_leads_to_the_bank_and_to_paid(
    house: Business, merchant: Account, phone: Page, site: str
) -> None:
    account = open_account(house, merchant)
    customer = house.customer()
    stored_card(customer, account, token=merchant.stored_card("4000002500003155"), last_four="3155")
    switch_on(customer)
    invoice = house.invoice(customer, 5071)
    expected = payments.live_scheduled(invoice)
    assert expected is not None
    with ThreadPoolExecutor(1) as pool:
        pool.submit(autopay_run.charge, payment_id=expected["id"], at=now() + timedelta(days=14)).result()
    run_due_jobs()
    mail = Message.objects.get(kind="action_needed")
    link = re.search(r"https?://\S+", mail.text_body)
    assert link is not None
    # Nobody is signed in: the link opens this payment alone, and the bank's page leads back to it.
    phone.goto(link[0])
    phone.get_by_text("This payment waits for you").wait_for()
    phone.get_by_role("link", name="Continue").click()
    phone.get_by_role("button", name="Approve").click()
    phone.get_by_text("Paid. Thank you!").wait_for()
    assert payments.payment(expected["id"])["status"] == "completed"


def switch_on(customer: UUID, **agreed: object) -> None:
    """This function will record what a customer agreed to, as if its contact had pressed the button."""
    with transaction():
        agree(
            customer,
            Agreed(**agreed),  # type: ignore[arg-type]
            Acceptance(terms_text=autopay.TERMS.default, by="Mary O'Neill", through="contact"),
            at=now(),
        )


def story(house: Business, sandbox: SandboxService) -> dict[str, tuple[UUID, str]]:
    """This function will make a customer in every state of automatic payment: who looks at which page."""
    merchant = sandbox.create_merchant("Every page")
    account = open_account(house, merchant)
    pages: dict[str, tuple[UUID, str]] = {}

    def customer(name: str, **more: object) -> tuple[UUID, UUID]:
        made = house.customer(name, **more)
        return made, house.open_portal(made).id

    off, user = customer("Zweckverband Abfallwirtschaft Nordschwarzwald-Mittelbaden", email="off@example.com")
    stored_card(off, account)
    stored_card(off, account, last_four="4444", expires=(now().month, now().year))
    with transaction():
        methods.note_refusal(stored_card(off, account, last_four="2222"), "stolen_card")
    for net in (5071, 123_456_789):
        house.invoice(off, net)
    pages["autopay-off"] = (user, "/portal/autopay/")
    pages["methods"] = (user, "/portal/methods/")
    pages["pay-kept-card"] = (user, "/portal/pay/")

    on, user = customer("株式会社東京データセンター運用サービス", email="on@example.com")
    stored_card(on, account, token=merchant.stored_card("4000000000009995"), last_four="9995")
    switch_on(on, charge_day=15, cap_minor=100_000, cap_currency="EUR")
    failed = house.invoice(on, 5071)
    house.invoice(on, 5_000_000)
    expected = payments.live_scheduled(failed)
    assert expected is not None
    autopay_run.charge(payment_id=expected["id"], at=now() + timedelta(days=14))
    pages["autopay-on"] = (user, "/portal/autopay/")
    pages["payment-tried-again"] = (user, f"/portal/payments/{public_id('pay', expected['id'])}/")

    wanted, user = customer("Bank Asks GmbH", email="asks@example.com")
    stored_card(wanted, account, token=merchant.stored_card("4000002500003155"), last_four="3155")
    switch_on(wanted)
    expected = payments.live_scheduled(house.invoice(wanted, 5071))
    assert expected is not None
    autopay_run.charge(payment_id=expected["id"], at=now() + timedelta(days=14))
    pages["payment-to-confirm"] = (user, f"/portal/payments/{public_id('pay', expected['id'])}/")
    return pages


def test_every_page_is_accessible_in_both_themes(
    house: Business, sandbox: SandboxService, browser: Browser, site: str, complaints: list[str]
) -> None:
    pages = story(house, sandbox)
    with browser.new_context(base_url=site, reduced_motion="reduce") as context:
        page = opened(context, complaints)
        for name, (user_id, path) in pages.items():
            sign_in(page, User.objects.get(id=user_id), site)
            page.goto(path)
            look(page, name, widths=(DESK, PHONE, SMALLEST))
    assert complaints == []
