"""Staff and roles in a real browser: a role is made and given, and whoever has it sees the difference at once."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.foundation import roles, staff
from tallystick.foundation.ids import public_id
from tests.backoffice.business import Business, member
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sign_in, site
from tests.looking import DESK, PHONE, SMALLEST, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_a_role_is_made_and_given(
    business: Business, desk: Page, browser: Browser, site: str, complaints: list[str]
) -> None:
    colleague = member("Finance")
    with browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as context:
        page = opened(context, complaints)
        sign_in(page, member("Administrator"), site)
        page.goto("/office/staff/")
        look(page, "staff", widths=(DESK, PHONE, SMALLEST))
        page.get_by_role("link", name="Roles", exact=True).click()
        page.get_by_role("link", name="New role").click()
        page.get_by_label("Name", exact=True).fill("Collections")
        page.get_by_label("See customers, invoices, payments and subscriptions").check()
        page.get_by_label("Record promised payments.").check()
        look(page, "role", widths=(DESK, PHONE, SMALLEST))
        page.get_by_role("button", name="Create role").click()
        page.get_by_text("The role is there.").wait_for()
        look(page, "roles", widths=(DESK, PHONE, SMALLEST))

        desk.goto("/office/")
        expect(desk.get_by_role("link", name="Write invoice")).to_be_visible()
        page.goto(f"/office/staff/{public_id('usr', colleague.id)}/")
        look(page, "member", widths=(DESK, PHONE, SMALLEST))
        page.get_by_role("link", name="Change roles").click()
        dialog = page.get_by_role("dialog", name="Roles of Finance Okonkwo")
        dialog.get_by_label("Finance").uncheck()
        dialog.get_by_label("Collections").check()
        dialog.get_by_role("button", name="Save roles").click()
        page.get_by_text("The roles are changed.").wait_for()
        desk.reload()
        expect(desk.get_by_role("link", name="Write invoice")).to_have_count(0)
        expect(desk.get_by_role("link", name="Record payment")).to_be_visible()

        page.get_by_role("button", name="More actions").click()
        page.get_by_role("link", name="Deactivate").click()
        page.get_by_role("dialog").get_by_role("button", name="Deactivate").click()
        page.get_by_text("Finance Okonkwo can sign in no more.").wait_for()
        desk.reload()
        expect(desk).to_have_url(f"{site}/accounts/login/?next=/office/")
    assert staff.member(colleague.id).roles == ("Collections",)
    assert {each.name for each in roles.all_roles()} >= {"Collections", "Finance"}


def test_roles_are_changed_without_scripts(business: Business, browser: Browser, site: str) -> None:
    member("Support")
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, member("Administrator"), site)
        page.goto("/office/staff/roles/")
        page.get_by_role("link", name="Support", exact=True).click()
        page.get_by_label("Issue invoices.").check()
        page.get_by_role("button", name="Save role").click()
        expect(page.get_by_role("main")).to_contain_text("Support Okonkwo")
    found = next(each for each in roles.all_roles() if each.name == "Support")
    assert "invoices.issue" in found.permissions
