"""Billing groups and bill runs in a real browser: E38c by hand, and every page for axe, the policy and the eye."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect

from tallystick.correspondence import queries as correspondence
from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.foundation.jobs import work
from tallystick.invoices import queries as invoices
from tallystick.invoices.queries import InvoiceFilter
from tallystick.subscriptions import run_queries
from tallystick.usecases import bill_run, group_bill
from tests.backoffice.billing import Billing
from tests.backoffice.business import SYSTEM, member, moment, uid
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sign_in, site
from tests.looking import look_at_all

__all__ = ["complaints", "desk", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Billing:
    """A business with prices."""
    return Billing()


def work_off() -> None:
    """This function will do the jobs that wait, in a thread of its own: Playwright's loop runs in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(work, concurrency=1, until_empty=True).result()


def test_e38c_a_month_is_billed_to_a_group_mailed_and_paid(business: Billing, desk: Page) -> None:
    business.subscribe(business.customer("Zweckverband Nord"), business.price(8900), days_ago=0)
    desk.goto("/office/billing-groups/")
    desk.get_by_role("link", name="New billing group").first.click()
    desk.get_by_label("Group name").fill("Acme Corp, laptops")
    desk.get_by_label("Primary contact").fill("Ada Lovelace")
    desk.get_by_label("Email").fill("billing@acme.example")
    desk.get_by_label("Payment terms").select_option(label="Net 30")
    desk.get_by_role("button", name="Save").click()
    desk.get_by_text("The billing group is made.").wait_for()
    desk.get_by_role("link", name="Add customer").click()
    dialog = desk.get_by_role("dialog", name="Add customer")
    dialog.get_by_role("combobox").fill("zweck")
    desk.get_by_role("option", name="Zweckverband Nord").click()
    dialog.get_by_role("button", name="Add customer").click()
    desk.get_by_text("The customer belongs to the group.").wait_for()

    desk.get_by_role("link", name="Generate invoice").click()
    expect(desk.get_by_role("main")).to_contain_text("Nothing is missing")
    expect(desk.get_by_role("main")).to_contain_text("106.80")
    desk.get_by_role("button", name="Issue this invoice").click()
    desk.get_by_text("The invoice is issued, and on its way").wait_for()
    [invoice] = invoices.invoices_page(InvoiceFilter(), today=datetime.now(tz=UTC).date()).rows
    assert invoice["due_date"] - invoice["invoice_date"] == timedelta(days=30)
    expect(desk.get_by_role("main")).to_contain_text("By member")
    with desk.expect_download() as caught:
        desk.get_by_role("button", name="More actions").click()
        desk.get_by_role("link", name="Download PDF").click()
    assert caught.value.path().read_bytes().startswith(b"%PDF")

    work_off()
    [mail] = correspondence.messages_about(invoice["id"])
    sent = correspondence.message(mail["id"])
    assert (sent.recipient_email, len(sent.attachments)) == ("billing@acme.example", 1)

    desk.goto(reverse("office:group", args=[public_id("grp", customers.groups_page().rows[0]["id"])]))
    desk.get_by_role("link", name="Mark group payment as paid").click()
    desk.get_by_role("dialog").get_by_role("button", name="Mark as Paid").click()
    desk.get_by_text("The payment is marked as paid.").wait_for()
    assert invoices.invoice(invoice["id"])["open_minor"] == 0


def test_a_bill_run_is_looked_at_started_and_watched(business: Billing, desk: Page) -> None:
    business.subscribe(business.customer("Zweckverband Nord"), business.price(8900))
    desk.goto("/office/bill-runs/")
    desk.get_by_role("link", name="New bill run").first.click()
    desk.get_by_role("button", name="Show what would be billed").click()
    expect(desk.get_by_role("main")).to_contain_text("106.80")
    desk.get_by_role("button", name="Start the bill run").click()
    desk.get_by_text("The bill run has started.").wait_for()
    expect(desk.get_by_role("main")).to_contain_text("The run goes on")
    work_off()
    # The page finds out by itself.
    expect(desk.get_by_role("main")).to_contain_text("Finished", timeout=10_000)
    expect(desk.get_by_role("main")).to_contain_text("One invoice")


def test_groups_and_runs_go_on_without_scripts(business: Billing, browser: Browser, site: str) -> None:
    group = business.group()
    business.subscribe(business.customer("Zweckverband Nord"), business.price(8900), days_ago=0)
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, member("Finance"), site)
        page.goto(reverse("office:group", args=[public_id("grp", group)]))
        page.get_by_role("link", name="Add customer").click()
        page.locator("#id_customer").fill("Zweckverband Nord")
        page.get_by_role("button", name="Add customer").click()
        page.get_by_role("link", name="Generate invoice").click()
        page.get_by_role("button", name="Issue this invoice").click()
        [row] = invoices.invoices_page(InvoiceFilter(), today=datetime.now(tz=UTC).date()).rows
        assert row["group_id"] == group
        page.goto("/office/bill-runs/new/")
        page.get_by_role("button", name="Show what would be billed").click()
        business.subscribe(business.customer("Other Ltd"), business.price(500))
        page.get_by_role("button", name="Show what would be billed").click()
        page.get_by_role("button", name="Start the bill run").click()
        work_off()
        page.get_by_role("link", name="Look again").click()
        expect(page.get_by_role("main")).to_contain_text("Finished")


def pages_of(business: Billing) -> dict[str, str]:
    """This function will tell the story of a group and of runs, and return every page that shows it."""
    group = business.full_group()
    at = datetime.now(tz=UTC)
    quick = business.group("Acme Corp, laptops")
    joined = business.member(quick, "Ada Inc", business.price(8900))
    version = group_bill.preview_group_invoice(actor=SYSTEM, at=at, group_id=quick)["version"]
    [invoice] = group_bill.generate_group_invoice(actor=SYSTEM, at=at, group_id=quick, version=version)["invoices"]
    business.member(quick, "Bob Inc")
    business.subscribe(business.customer("Swiss AG"), business.price(2000, currency="CHF"))
    business.subscribe(business.customer("株式会社東京データセンター"), business.price(1_284_000, currency="JPY"))
    over = uid(bill_run.begin_bill_run(actor=SYSTEM, at=moment(0))["id"])
    while bill_run.step(actor=SYSTEM, at=at, run_id=over) is not bill_run.Outcome.FINISHED:
        pass
    ends = business.subscribe(business.customer("Due Ltd"), business.price(8900))
    later = (at.date() + timedelta(days=1)).isoformat()
    new, ahead = reverse("office:new-bill-run"), f"{reverse('office:what-if')}?months=3"
    return {
        "what-if": ahead,
        "what-if-it-ends": f"{ahead}&subscription={public_id('sub', ends)}&end_date={later}",
        "groups": reverse("office:groups"),
        "new-group": reverse("office:new-group"),
        "group": reverse("office:group", args=[public_id("grp", quick)]),
        "group-full": reverse("office:group", args=[public_id("grp", group)]),
        "group-add": reverse("office:add-group-member", args=[public_id("grp", group)]),
        "group-remove": reverse("office:remove-member", args=[public_id("grp", quick), public_id("cus", joined)]),
        "group-edit": reverse("office:edit-group", args=[public_id("grp", group)]),
        "group-archive": reverse("office:archive-group", args=[public_id("grp", group)]),
        "group-generate": reverse("office:generate-invoice", args=[public_id("grp", group)]),
        "group-nothing": reverse("office:generate-invoice", args=[public_id("grp", quick)]),
        "group-invoice": reverse("office:invoice", args=[invoice["id"]]),
        "group-member": reverse("office:customer", args=[public_id("cus", joined)]),
        "payments-of-group": f"{reverse('office:payments')}?group=Acme",
        "run-new": new,
        "run-preview": f"{new}?as_of_date={at.date().isoformat()}",
        "run-later": f"{new}?as_of_date={(at.date() + timedelta(days=30)).isoformat()}",
        "run-over": reverse("office:bill-run", args=[public_id("run", over)]),
        "run-again": reverse("office:bill-run-again", args=[public_id("run", over)]),
    }


def test_every_page_is_accessible_in_both_themes(business: Billing, browser: Browser, site: str) -> None:
    noticed: list[str] = []
    pages = pages_of(business)
    begun = bill_run.begin_bill_run(actor=SYSTEM, at=datetime.now(tz=UTC))
    assert run_queries.unfinished_runs()
    pages |= {"run-goes-on": reverse("office:bill-run", args=[begun["id"]]), "runs": reverse("office:bill-runs")}
    with browser.new_context(base_url=site) as context:
        page = opened(context, noticed)
        sign_in(page, member("Administrator"), site)
        look_at_all(page, pages)
    assert noticed == []
