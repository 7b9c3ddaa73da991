"""The list of payments in a real browser: sorted, narrowed, chosen rows marked as paid; of a customer too.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import pytest
from playwright.sync_api import Page, expect

from tallystick.foundation.ids import public_id
from tests.backoffice.business import Business
from tests.backoffice.test_browser import complaints, desk, site
from tests.looking import DESK, look

__all__ = ["complaints", "desk", "site"]

pytestmark = pytest.mark.django_db(transaction=True)


def test_rows_are_found_sorted_chosen_and_marked_as_paid(business: Business, desk: Page) -> None:
    things = business.busy_month()
    customer = business.customer("Zeta Telecom")
    for number in range(3):
        business.payment(customer, 6085 + number, status="pending", reference=f"RF18-{number}")
    desk.goto("/office/payments/")
    desk.get_by_role("link", name="Due").click()
    expect(desk).to_have_url(desk.url.partition("?")[0] + "?sort=due")
    desk.get_by_role("link", name="Save view").click()
    desk.get_by_label("Name", exact=True).fill("By due date")
    look(desk, "payments-save-view", axe_at=())
    desk.get_by_role("dialog").get_by_role("button", name="Save view").click()
    expect(desk.get_by_role("link", name="By due date")).to_have_attribute("aria-current", "page")
    look(desk, "payments-by-due")
    desk.get_by_role("searchbox").first.fill("zeta")
    expect(desk.locator("tbody tr")).to_have_count(3)
    expect(desk.locator(".pager-count")).to_contain_text("3 payments")
    for box in desk.locator("tbody input[name=selected]").all()[:2]:
        box.check()
    look(desk, "payments-chosen")
    desk.get_by_role("button", name="Mark as Paid").click()
    expect(desk.get_by_text("2 payments are chosen")).to_be_visible()
    look(desk, "payments-bulk-asked")
    desk.get_by_label("Method").select_option("bank_transfer")
    desk.get_by_role("main").get_by_role("button", name="Mark as Paid").click()
    expect(desk.get_by_text("2 payments done")).to_be_visible()
    desk.goto(f"/office/customers/{public_id('cus', customer)}/payments/")
    expect(desk.locator("tbody tr")).to_have_count(3)
    desk.set_viewport_size({"width": DESK, "height": 900})
    desk.locator("[data-choose-all]").check()
    desk.get_by_role("button", name="Cancel").first.click()
    desk.get_by_role("main").get_by_role("button", name="Cancel", exact=True).click()
    expect(desk.get_by_text("1 payment done")).to_be_visible()
    expect(desk.get_by_text("2 refused")).to_be_visible()
    look(desk, "payments-bulk-told")
    desk.goto(f"/office/customers/{public_id('cus', customer)}/payments/?amount_from=60.85&amount_to=60.86")
    expect(desk.locator("tbody tr")).to_have_count(2)
    look(desk, "customer-payments")
    assert things
