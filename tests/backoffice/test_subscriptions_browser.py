"""Catalogue and subscriptions in a real browser: from a new product to its first invoice, and every page for axe."""

from typing import Any
from uuid import UUID

from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.invoices.queries import InvoiceFilter
from tallystick.subscriptions import queries
from tallystick.subscriptions.queries import SubscriptionFilter
from tests.backoffice import offers
from tests.backoffice.business import Business, member
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sign_in, site
from tests.browsers import settled
from tests.looking import look_at_all

__all__ = ["complaints", "desk", "pytestmark", "site"]


def only_subscription() -> dict[str, Any]:
    """This function will return the one subscription that there is."""
    [row] = queries.subscriptions_page(SubscriptionFilter()).rows
    return row


def test_a_new_product_is_subscribed_to_and_billed(business: Business, desk: Page) -> None:
    business.customer("Nguyễn Thị Minh Khai")
    desk.goto("/office/catalogue/")
    desk.get_by_role("link", name="Add product").click()
    desk.get_by_label("Name").fill("Fibre")
    desk.get_by_role("button", name="Add product").click()
    desk.get_by_text("Now add its first variant.").wait_for()
    desk.get_by_role("main").get_by_role("link", name="Add variant").first.click()
    dialog = desk.get_by_role("dialog", name="Add a variant")
    dialog.get_by_label("Name").fill("1 Gbit/s")
    dialog.get_by_role("button", name="Add variant").click()
    desk.get_by_text("Now add its first price.").wait_for()
    desk.get_by_role("link", name="Add price").click()
    dialog = desk.get_by_role("dialog", name="Add a price")
    dialog.get_by_label("Price of one unit").fill("89")
    dialog.get_by_label("Tax rate").select_option(label="VAT 20 %")
    dialog.get_by_role("button", name="Add price").click()
    desk.get_by_text("The price is added.").wait_for()

    desk.get_by_role("link", name="Subscribe").click()
    expect(desk.locator("#id_price")).to_have_value("Fibre – 1 Gbit/s, 89.00\N{NO-BREAK SPACE}EUR a month")
    desk.locator("#id_customer").fill("nguy")
    desk.get_by_role("option", name="Nguyễn Thị Minh Khai").click()
    desk.get_by_label("Quantity").fill("2")
    desk.get_by_label("Contract in months").fill("12")
    preview = desk.get_by_role("complementary", name="Preview")
    expect(preview).to_contain_text("213.60")
    expect(preview).to_contain_text("2,563.20")
    desk.get_by_role("button", name="Save draft").click()
    desk.get_by_text("is drafted. Activate it when it is agreed.").wait_for()
    desk.get_by_role("link", name="Activate").click()
    dialog = desk.get_by_role("dialog", name="Activate")
    expect(dialog).to_contain_text("11 more bills follow")
    dialog.get_by_role("button", name="Activate").click()
    desk.get_by_text("The subscription is activated.").wait_for()

    row = only_subscription()
    assert row["state"] == "active"
    [invoice] = invoices.invoices_page(InvoiceFilter(), today=offers.today()).rows
    assert (invoice["state"], invoice["total_minor"]) == ("issued", 21360)
    desk.get_by_role("link", name=invoice["number"], exact=True).click()
    expect(desk.get_by_role("main")).to_contain_text(row["number"])
    desk.get_by_role("link", name=row["number"]).first.click()
    desk.wait_for_url("**/subscriptions/**")


def test_a_price_is_offered_before_anything_is_typed(business: Business, desk: Page) -> None:
    offers.offered(business)
    desk.goto("/office/subscriptions/new/")
    desk.locator("#id_price").click()
    expect(desk.locator("#id_price_list").get_by_role("option")).to_have_count(6)
    desk.keyboard.press("ArrowDown")
    desk.keyboard.press("Enter")
    expect(desk.locator("#id_price")).not_to_have_value("")


def test_a_plan_is_changed_in_a_dialog_that_shows_its_arithmetic(business: Business, desk: Page) -> None:
    prices = offers.offered(business)
    subscription = offers.active(business.customer(), prices["pro"])
    desk.goto(reverse("office:subscription", args=[public_id("sub", subscription)]))
    desk.get_by_role("link", name="Change plan").click()
    dialog = desk.get_by_role("dialog", name="Change the plan")
    expect(dialog.get_by_label("Quantity")).to_be_visible()
    settled(desk)
    dialog.get_by_label("Quantity").fill("3")
    expect(dialog).to_contain_text("days of 1 × 89.00")
    expect(dialog).to_contain_text("An invoice of 213.60")
    # The preview came while the field has the focus, and leaves it there.
    expect(dialog.get_by_label("Quantity")).to_be_focused()
    dialog.get_by_role("button", name="Change plan").click()
    desk.get_by_text("The change of plan is noted").wait_for()
    assert str(only_subscription()["quantity"]) == "3.0000"


def test_it_is_cancelled_in_a_dialog_that_keeps_what_was_typed(business: Business, desk: Page) -> None:
    prices = offers.offered(business)
    subscription = offers.active(business.customer(), prices["pro"], contract_months=12, early_return_fee_minor=150_00)
    desk.goto(reverse("office:subscription", args=[public_id("sub", subscription)]))
    desk.get_by_role("button", name="More actions").click()
    desk.get_by_role("link", name="Cancel subscription").click()
    dialog = desk.get_by_role("dialog", name="Cancel")
    dialog.get_by_label("Now").check()
    dialog.get_by_label("Credit the days").check()
    expect(dialog).to_contain_text("early-return fee of 180.00")
    expect(dialog).to_contain_text("A credit note of 106.80")
    dialog.get_by_role("button", name="Cancel subscription").click()
    # The browser itself asks for the reason.
    dialog.get_by_label("Reason").fill("Moves to another city")
    dialog.get_by_role("button", name="Cancel subscription").click()
    desk.get_by_text("The cancellation is noted").wait_for()
    assert only_subscription()["state"] == "cancelled"


def test_all_of_it_goes_without_scripts(business: Business, browser: Browser, site: str) -> None:
    business.customer("Zweckverband Nord")
    prices = offers.offered(business)
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, member("Finance"), site)
        page.goto("/office/subscriptions/new/")
        page.locator("#id_customer").fill("Zweckverband Nord")
        page.locator("#id_price").fill("feste")
        page.get_by_role("button", name="Save draft").click()
        # Several fit: the page asks which one is meant, and then says what it will bill.
        page.get_by_text("89.00\N{NO-BREAK SPACE}EUR a month").check()
        page.get_by_role("button", name="Save draft").click()
        page.get_by_role("link", name="Activate").click()
        page.get_by_role("button", name="Activate").click()
        row = only_subscription()
        assert (row["state"], row["price_id"]) == ("active", prices["pro"])
        address = reverse("office:subscription-change", args=[public_id("sub", row["id"])])
        page.goto(address)
        page.get_by_label("Quantity").fill("2")
        page.get_by_role("button", name="Change plan").click()
        page.get_by_text("Look at the preview again.").first.wait_for()
        expect(page.get_by_role("main")).to_contain_text("An invoice of 106.80")
        page.get_by_role("button", name="Change plan").click()
        assert str(only_subscription()["quantity"]) == "2.0000"


def pages_of(business: Business) -> dict[str, str]:
    """This function will make something of everything and return every page that shows it."""
    prices = offers.offered(business)
    found = offers.every_state(business, prices)

    def of(name: str, prefix: str, thing: UUID) -> str:
        return reverse(f"office:{name}", args=[public_id(prefix, thing)])

    names = ["subscriptions", "new-subscription", "catalog", "new-product", "tax-rates", "add-tax-rate"]
    pages = {name: reverse(f"office:{name}") for name in names}
    acts = ["edit", "activate", "pause", "resume", "suspend", "lift", "change", "cancel"]
    [period] = queries.periods(found["active"])
    return {
        **pages,
        **{f"subscription-{name}": of("subscription", "sub", each) for name, each in found.items()},
        **{f"act-{name}": of(f"subscription-{name}", "sub", found["active"]) for name in acts if name != "activate"},
        "act-activate": of("subscription-activate", "sub", found["draft"]),
        "edit-draft": of("subscription-edit", "sub", found["draft"]),
        "add-file": of("add-contract-file", "sub", found["active"]),
        "subscriptions-none": f"{pages['subscriptions']}?q=nothing-like-this",
        "new-subscription-prefilled": f"{pages['new-subscription']}?price={public_id('prc', prices['pro'])}"
        f"&customer={public_id('cus', queries.subscription(found['active'])['customer_id'])}",
        "product": of("product", "prd", prices["product"]),
        "product-empty": of("product", "prd", prices["empty"]),
        "add-variant": of("add-variant", "prd", prices["product"]),
        "add-price": of("add-price", "var", prices["variant"]),
        "change-price": of("change-price", "prc", prices["pro"]),
        "move-price": of("move-price", "prc", prices["pro"]),
        "archive-product": of("archive-product", "prd", prices["product"]),
        "invoice-of-subscription": of("invoice", "inv", period["invoice_id"]),
        "customer-with-subscriptions": of("customer", "cus", queries.subscription(found["active"])["customer_id"]),
        "payments-with-subscriptions": reverse("office:payments"),
    }


def test_every_page_is_accessible_in_both_themes(business: Business, browser: Browser, site: str) -> None:
    complaints: list[str] = []
    pages = pages_of(business)
    with browser.new_context(base_url=site) as context:
        page = opened(context, complaints)
        sign_in(page, member("Administrator"), site)
        look_at_all(page, pages)
    assert complaints == []
