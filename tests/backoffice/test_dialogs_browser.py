"""What is asked for in a dialog and not given is said there, with what was typed still in it; for the eye as well.

With TALLYSTICK_SHOTS naming a folder, it is kept there as a picture.
"""

from collections.abc import Iterator
from uuid import UUID

import pytest
from playwright.sync_api import Browser, Locator, Page, Route, expect

from tallystick.foundation import roles
from tallystick.foundation.ids import public_id
from tallystick.foundation.permissions import staff_actor
from tallystick.payments import queries as payments
from tallystick.usecases import staff as members
from tests.backoffice.business import Business, member, moment
from tests.backoffice.test_browser import complaints, opened, pytestmark, sign_in, site
from tests.looking import look

__all__ = ["complaints", "pytestmark", "site"]

FAILED = "That did not work. Nothing may have been changed: reload the page and look."
# What the browser and htmx write down of an answer that failed.
LOGGED = ("Failed to load resource", "Response Status Error Code", "htmx:")
OFFLINE = "The server did not answer. Check your connection."


@pytest.fixture
def promised(business: Business) -> UUID:
    """A payment that can be marked as paid."""
    return business.payment(business.customer(), 5000, status="pending")


@pytest.fixture
def clerk(promised: UUID, browser: Browser, site: str, complaints: list[str]) -> Iterator[Page]:
    """A browser at the payment's page in which somebody of finance is signed in."""
    with browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as context:
        page = opened(context, complaints)
        sign_in(page, member("Finance"), site)
        page.goto(f"/office/payments/{public_id('pay', promised)}/")
        yield page
        assert [each for each in complaints if not each.startswith(LOGGED)] == []


def take_the_right() -> None:
    """This function will take from the clerk what finance may do."""
    support = [role.id for role in roles.all_roles() if role.name == "Support"]
    chief, clerk = staff_actor(member("Administrator")), member("Finance")
    members.give_roles(actor=chief, at=moment(), member_id=clerk.id, role_ids=support)


def filled(clerk: Page) -> Locator:
    """This function will open the dialog, write something into it, and return it."""
    clerk.get_by_role("link", name="Mark as Paid").click()
    dialog = clerk.get_by_role("dialog", name="Mark as Paid")
    dialog.get_by_label("Reference").fill("TRX 9")
    return dialog


def test_a_dialog_that_one_may_not_open_says_so(promised: UUID, clerk: Page) -> None:
    take_the_right()
    clerk.get_by_role("link", name="Mark as Paid").click()
    dialog = clerk.get_by_role("dialog", name="You may not see this")
    expect(dialog).to_contain_text("Your account lacks the permission")
    expect(clerk.locator("[data-toast]")).to_have_count(0)
    look(clerk, "dialog-refused")
    dialog.get_by_role("button", name="Close").click()
    expect(clerk.get_by_role("dialog")).to_have_count(0)
    assert payments.payment(promised)["status"] == "pending"


def test_a_form_that_is_refused_in_a_dialog_keeps_what_was_typed(promised: UUID, clerk: Page) -> None:
    dialog = filled(clerk)
    take_the_right()
    dialog.get_by_role("button", name="Mark as Paid").click()
    notice = dialog.locator("[data-refusal]")
    expect(notice).to_contain_text("Your account lacks the permission for it, and nothing was changed.")
    expect(notice).to_be_focused()
    expect(dialog.get_by_label("Reference")).to_have_value("TRX 9")
    look(clerk, "dialog-form-refused")
    assert payments.payment(promised)["status"] == "pending"


@pytest.mark.parametrize(
    ("status", "page", "said"),
    [
        (409, "", FAILED),
        (422, "{}", FAILED),
        (500, '<main class="error-page"><h1>It broke</h1><div class="error-text">We know.</div></main>', "It broke"),
        (None, "", OFFLINE),
    ],
)
def test_whatever_goes_wrong_is_said_in_the_dialog_and_it_can_be_sent_again(
    promised: UUID, clerk: Page, status: int | None, page: str, said: str
) -> None:
    def fail(route: Route) -> None:
        if status is None:
            route.abort("connectionfailed")
        else:
            route.fulfill(status=status, content_type="text/html", body=page)

    dialog = filled(clerk)
    clerk.route("**/mark-paid/", fail)
    dialog.get_by_role("button", name="Mark as Paid").click()
    expect(dialog.locator("[data-refusal]")).to_contain_text(said)
    expect(clerk.locator("[data-toast]")).to_have_count(0)
    clerk.unroute("**/mark-paid/")
    dialog.get_by_role("button", name="Mark as Paid").click()
    clerk.get_by_text("The payment is marked as paid.").wait_for()
    assert (payments.payment(promised)["status"], payments.payment(promised)["reference"]) == ("completed", "TRX 9")
