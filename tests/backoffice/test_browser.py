"""The back office in a real browser: the daily work by hand, and every page for axe, the policy and the eye.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.allocations import queries as allocations
from tallystick.correspondence import queries as correspondence
from tallystick.foundation.ids import public_id
from tallystick.foundation.jobs import work
from tallystick.foundation.models import User
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tests.backoffice.business import Business, member
from tests.backoffice.test_money_map import spread_out
from tests.browsers import needs_chromium, opened
from tests.looking import look_at_all
from tests.sandbox_service import SandboxService, running_sandbox

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    """The address of the served installation, as its settings know it."""
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def desk(browser: Browser, site: str, complaints: list[str]) -> Iterator[Page]:
    """A browser at a desk in which somebody of finance is signed in."""
    with browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as context:
        page = opened(context, complaints)
        sign_in(page, member("Finance"), site)
        yield page
        assert complaints == []


def sign_in(page: Page, user: User, site: str) -> None:
    """This function will sign a user in without the form."""
    client = Client()
    client.force_login(user)
    value = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": value, "url": f"{site}/"}])


def test_a_payment_is_recorded_with_its_preview(business: Business, desk: Page) -> None:
    customer = business.customer("Zweckverband Nord")
    invoice = business.invoice(customer, 5000)
    number = invoices.invoice(invoice)["number"]
    desk.goto("/office/payments/")
    desk.get_by_role("link", name="Record payment").first.click()
    desk.get_by_label("Organization").fill("zweck")
    desk.get_by_role("button", name="Find invoices").click()
    desk.get_by_role("button", name=f"Choose {number}").click()
    expect(desk.locator("#id_customer")).to_have_value("Zweckverband Nord")
    desk.get_by_role("button", name=f"Take {number} out").click()
    expect(desk.get_by_label(f"Amount for {number}")).to_have_count(0)
    desk.locator("#id_seek-number").fill("zweck")
    desk.get_by_role("option", name=number).click()
    expect(desk.get_by_label(f"Amount for {number}")).to_be_focused()
    desk.get_by_label("Total", exact=True).fill("75.50")
    desk.get_by_label("Description").fill("Deposit #he was angry")
    preview = desk.get_by_role("complementary", name="Preview")
    expect(preview).to_contain_text(number)
    expect(preview).to_contain_text("Kept as credit")
    expect(preview).to_contain_text("15.50")
    expect(desk.locator("[data-public]")).to_have_text("Deposit")
    desk.get_by_role("button", name="Save payment").click()
    desk.get_by_text("The payment is recorded.").wait_for()

    [row] = lists.payments_page(PaymentFilter(status="completed")).rows
    assert (row["total_minor"], row["allocated_minor"], row["unallocated_minor"]) == (7550, 6000, 1550)
    assert (row["description"], row["private_text"]) == ("Deposit", "he was angry")


def test_an_expected_payment_is_marked_as_paid_in_a_dialog(business: Business, desk: Page) -> None:
    invoice = business.invoice(business.customer(), 5000)
    live = payments.live_scheduled(invoice)
    assert live is not None
    desk.goto(f"/office/payments/{public_id('pay', live['id'])}/")
    desk.get_by_role("link", name="Mark as Paid").click()
    dialog = desk.get_by_role("dialog", name="Mark as Paid")
    dialog.get_by_label("Amount").fill("6o")
    dialog.get_by_role("button", name="Mark as Paid").click()
    expect(dialog).to_contain_text("Enter the amount like")
    expect(dialog.get_by_label("Amount")).to_have_value("6o")
    dialog.get_by_label("Amount").fill("20")
    dialog.get_by_role("button", name="Mark as Paid").click()
    desk.get_by_text("The payment is marked as paid.").wait_for()
    assert invoices.invoice(invoice)["open_minor"] == 4000
    expect(desk).to_have_url(re.compile(f"{public_id('pay', live['id'])}/$"))


def test_money_is_allocated_and_the_allocation_undone(business: Business, desk: Page) -> None:
    customer = business.customer()
    first, second = business.invoice(customer, 5000, days_ago=30), business.invoice(customer, 1000)
    payment = business.payment(customer, 10000)
    desk.goto(f"/office/payments/{public_id('pay', payment)}/")
    desk.get_by_role("button", name="More actions").click()
    desk.get_by_role("link", name="Allocate").click()
    dialog = desk.get_by_role("dialog", name="Allocate")
    dialog.get_by_label(invoices.invoice(second)["number"]).fill("7.50")
    dialog.get_by_role("button", name="Allocate", exact=True).click()
    desk.get_by_text("The money is allocated.").wait_for()
    assert (invoices.invoice(first)["open_minor"], invoices.invoice(second)["open_minor"]) == (6000, 450)
    desk.get_by_role("button", name="Undo this allocation").click()
    desk.get_by_text("The allocation is undone.").wait_for()
    assert invoices.invoice(second)["open_minor"] == 1200
    assert all(part["released_at"] for part in allocations.allocations_of_payment(payment))


def test_an_invoice_is_written_and_issued(business: Business, desk: Page) -> None:
    customer = business.customer("Nguyễn Thị Minh Khai")
    desk.goto(f"/office/invoices/new/?customer={public_id('cus', customer)}")
    expect(desk.locator("#id_customer")).to_have_value("Nguyễn Thị Minh Khai")
    line = desk.get_by_role("group", name="Line 1")
    line.get_by_label("Description").fill("Fibre, 1 Gbit/s")
    line.get_by_label("Quantity").fill("2")
    line.get_by_label("Unit price").fill("44.50")
    line.get_by_label("Tax").select_option(label="VAT 20 %")
    expect(desk.get_by_role("complementary", name="Preview")).to_contain_text("106.80")
    desk.get_by_role("button", name="Add lines").click()
    desk.get_by_role("group", name="Line 6").wait_for()
    expect(line.get_by_label("Description")).to_have_value("Fibre, 1 Gbit/s")
    desk.get_by_role("button", name="Save draft").click()
    desk.get_by_text("The draft is saved.").wait_for()
    desk.get_by_role("link", name="Issue").click()
    desk.get_by_role("dialog").get_by_role("button", name="Issue").click()
    desk.get_by_text("is issued.").wait_for()
    [row] = invoices.invoices_page(invoices.InvoiceFilter(), today=invoices.date.today()).rows
    assert (row["state"], row["total_minor"], row["customer_id"]) == ("issued", 10680, customer)


def test_the_palette_finds_things_and_actions(business: Business, desk: Page) -> None:
    business.invoice(business.customer("Zweckverband Nord"), 5000)
    desk.goto("/office/")
    desk.keyboard.press("/")
    desk.get_by_role("combobox").fill("zweck")
    desk.get_by_role("option", name="Zweckverband Nord").first.wait_for()
    desk.get_by_role("combobox").fill("record a")
    desk.get_by_role("option", name="Record a payment").wait_for()
    desk.keyboard.press("Enter")
    desk.wait_for_url("**/payments/record/")


def test_daily_work_goes_on_without_scripts(business: Business, browser: Browser, site: str) -> None:
    customer = business.customer("Zweckverband Nord")
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, member("Finance"), site)
        page.goto("/office/invoices/new/")
        page.locator("#id_customer").fill("Zweckverband Nord")
        line = page.get_by_role("group", name="Line 1")
        line.get_by_label("Description").fill("Router")
        line.get_by_label("Unit price").fill("100")
        line.get_by_label("Tax").select_option(label="VAT 20 %")
        page.get_by_role("button", name="Add lines").click()
        expect(page.get_by_role("group", name="Line 1").get_by_label("Description")).to_have_value("Router")
        expect(page.get_by_role("group", name="Line 6")).to_be_visible()
        page.get_by_role("button", name="Save draft").click()
        page.get_by_role("link", name="Issue").click()
        page.get_by_role("button", name="Issue").click()
        [row] = invoices.open_invoices(customer)
        live = payments.live_scheduled(row["id"])
        assert live is not None
        page.goto(f"/office/payments/{public_id('pay', live['id'])}/mark-paid/")
        page.get_by_role("button", name="Mark as Paid").click()
        assert invoices.open_invoices(customer) == []


def pages_of(business: Business, sandbox: SandboxService) -> dict[str, str]:
    """This function will tell the business's month and return every page that shows it."""
    things = business.busy_month()
    account = business.gateway(sandbox)
    english = things["english"]
    declined = business.card_payment(english, business.invoice(english, 9900), account, "4000000000009995")
    checkout = business.card_payment(english, business.invoice(english, 4200), account)
    paid = business.card_payment(english, business.invoice(english, 125_000), account, "4242424242424242")
    payer, card = business.autopay(account)
    # In a thread of its own: Playwright's loop runs in this one.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, concurrency=1, until_empty=True).result()
    [mail, *_others] = correspondence.outbox_page(kind="receipt").rows

    def of(name: str, prefix: str, thing: UUID) -> str:
        return reverse(f"office:{name}", args=[public_id(prefix, thing)])

    lists = [
        "approvals",
        "home",
        "customers",
        "invoices",
        "payments",
        "outbox",
        "inbox",
        "audit",
        "keys",
        "settings",
        "staff",
    ]
    forms = ["new-customer", "new-invoice", "record-payment", "new-key", "invite-staff", "add-tax-rate", "approvals"]
    pages = {name: reverse(f"office:{name}") for name in [*lists, *forms]}
    return {
        **pages,
        "payments-filtered": f"{pages['payments']}?status=completed&currency=EUR&due_from=2026-01-01",
        "payments-none": f"{pages['payments']}?q=nothing-like-this",
        "customer": of("customer", "cus", things["customer"]),
        "edit-customer": of("edit-customer", "cus", things["customer"]),
        "add-contact": of("add-contact", "cus", things["customer"]),
        "invoice": of("invoice", "inv", things["invoice"]),
        "draft": of("invoice", "inv", things["draft"]),
        "issue": of("invoice-issue", "inv", things["draft"]),
        "credit": of("invoice-credit", "inv", things["invoice"]),
        "payment": of("payment", "pay", things["payment"]),
        "money": of("payment-money", "pay", spread_out(business)[0]),
        "suspense": of("payment", "pay", things["suspense"]),
        "promised": of("payment", "pay", things["promised"]),
        "declined": of("payment", "pay", declined),
        "checkout": of("payment", "pay", checkout),
        "card-payment": of("payment", "pay", paid),
        "mark-paid": of("payment-mark-paid", "pay", things["promised"]),
        "allocate": of("payment-allocate", "pay", things["payment"]),
        "assign-allocate": of("payment-allocate", "pay", things["suspense"]),
        "refund": of("payment-refund", "pay", things["payment"]),
        "reverse": of("payment-reverse", "pay", things["payment"]),
        "unassign": of("payment-unassign", "pay", things["payment"]),
        "retry": of("payment-retry", "pay", declined),
        "message": of("message", "msg", mail["id"]),
        "autopay-on": of("customer", "cus", payer),
        "autopay-agree": of("autopay-agree", "cus", payer),
        "method-remove": reverse("office:method-remove", args=[public_id("cus", payer), public_id("pmt", card)]),
        "business-settings": reverse("office:change-settings", args=["business"]),
        "autopay-settings": reverse("office:change-settings", args=["autopay"]),
        "found": f"{reverse('office:find')}?q=zweck",
    }


def test_every_page_is_accessible_in_both_themes(
    business: Business, sandbox: SandboxService, browser: Browser, site: str, settings: Settings
) -> None:
    complaints: list[str] = []
    settings.DEMO = True
    pages = pages_of(business, sandbox)
    with browser.new_context(base_url=site) as context:
        page = opened(context, complaints)
        sign_in(page, member("Administrator"), site)
        look_at_all(page, pages)
    assert complaints == []
