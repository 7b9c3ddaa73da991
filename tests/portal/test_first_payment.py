"""The first payment from end to end, by pages alone: staff bill a new customer, who pays with the bank between."""

import re
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.correspondence.models import Message
from tallystick.foundation.jobs import work
from tallystick.foundation.staff import add_member, ensure_roles
from tallystick.foundation.transactions import transaction
from tallystick.usecases.roles import ROLES
from tests.browsers import needs_chromium
from tests.portal.conftest import PASSWORD, Business
from tests.portal.test_browser import (
    complaints,
    gateway,
    opened,
    site,
    type_card,
)
from tests.sandbox_service import SandboxService

__all__ = ["complaints", "site"]

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.django_db(transaction=True),
]


def run_due_jobs() -> None:
    """This function will do what is due, in a thread of its own: Playwright's loop runs in the test's."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, concurrency=1, until_empty=True).result()


def mailed(kind: str) -> str:
    """This function will return the only link in the newest mail of a kind."""
    found = re.search(r"https?://\S+", Message.objects.filter(kind=kind).latest("created_at").text_body)
    assert found is not None
    return found[0]


def staff_bill_a_new_customer(desk: Page) -> None:
    desk.goto("/office/")
    desk.get_by_label("E-mail address").fill("ada@northwind.example")
    desk.get_by_label("Password").fill(PASSWORD)
    desk.get_by_role("button", name="Sign in", exact=True).click()
    desk.goto("/office/customers/new/")
    desk.get_by_label("Name", exact=True).fill("Acme Corp")
    desk.get_by_label("Currency").select_option("EUR")
    desk.get_by_label("Payment terms in days").fill("14")
    desk.get_by_label("Name of the first contact").fill("Jo Fitzgerald")
    desk.get_by_label("E-mail address of the first contact").fill("jo@acme.example")
    desk.get_by_role("button", name="Add customer").click()
    desk.get_by_role("button", name=re.compile("portal")).first.click()
    desk.get_by_text("The contact can sign in to the portal now").wait_for()
    desk.goto("/office/invoices/new/")
    desk.get_by_role("main").get_by_label("Customer").fill("acme")
    desk.get_by_role("option", name="Acme Corp").click()
    line = desk.get_by_role("group", name="Line 1")
    line.get_by_label("Description").fill("Laptop rental")
    line.get_by_label("Quantity").fill("1")
    line.get_by_label("Unit price").fill("89.00")
    line.get_by_label("Tax").select_option(label="VAT 20 %")
    desk.get_by_role("button", name="Save draft").click()
    desk.get_by_role("link", name="Issue").click()
    desk.get_by_role("dialog").get_by_role("button", name="Issue").click()
    desk.get_by_text("is issued.").wait_for()


def the_customer_signs_in_by_mail(phone: Page) -> None:
    run_due_jobs()
    assert "/portal/" in mailed("welcome")
    phone.goto(mailed("welcome"))
    phone.get_by_role("link", name="E-mail me a sign-in link").click()
    phone.get_by_label("E-mail address").fill("Jo@Acme.example")
    phone.get_by_role("button", name="Send me the link").click()
    phone.get_by_role("heading", name="Look into your mail").wait_for()
    run_due_jobs()
    phone.goto(mailed("sign_in_link"))
    phone.get_by_role("button", name="Sign in").click()


def the_customer_pays(phone: Page) -> None:
    expect(phone.get_by_role("heading", level=1)).to_have_text(re.compile(r"You owe\s+€106.80"))
    phone.get_by_role("link", name="Pay now").click()
    phone.get_by_role("button", name="Pay €106.80").click()
    type_card(phone, "4000 0027 6000 3184")
    phone.get_by_role("button", name="Pay €106.80").click()
    phone.get_by_role("button", name="Approve").click()
    phone.get_by_text("Paid. Thank you!").wait_for()
    phone.get_by_role("link", name="Receipt").click()
    phone.get_by_role("heading", name=re.compile(r"Receipt R-\d{4}-00001")).wait_for()
    phone.goto("/portal/")
    expect(phone.get_by_role("heading", level=1)).to_have_text(re.compile("You owe nothing"))


def staff_see_what_happened(desk: Page) -> None:
    run_due_jobs()
    desk.goto("/office/payments/?status=completed")
    desk.get_by_role("link", name=re.compile(r"R-\d{4}-00001")).first.click()
    main = desk.get_by_role("main")
    expect(main).to_contain_text("INV-")
    expect(main).to_contain_text("What happened")
    desk.get_by_text("Explain this number").click()
    for rule in ("J04", "J08"):
        expect(main).to_contain_text(rule)
    desk.goto("/office/outbox/")
    for kind in ("receipt", "invoice", "welcome"):
        assert Message.objects.filter(kind__startswith=kind, customer__name="Acme Corp").count() == 1
    expect(desk.get_by_role("main")).to_contain_text("jo@acme.example")


def test_the_first_payment(
    house: Business, sandbox: SandboxService, browser: Browser, site: str, complaints: list[str]
) -> None:
    gateway(house, sandbox, "The first payment")
    with transaction():
        ensure_roles(ROLES)
        add_member(email="ada@northwind.example", name="Ada", password=PASSWORD, roles=["Finance"])
    with (
        browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as at_desk,
        browser.new_context(base_url=site, viewport={"width": 390, "height": 844}) as at_hand,
    ):
        desk, phone = opened(at_desk, complaints), opened(at_hand, complaints)
        staff_bill_a_new_customer(desk)
        the_customer_signs_in_by_mail(phone)
        the_customer_pays(phone)
        staff_see_what_happened(desk)
    assert complaints == []
