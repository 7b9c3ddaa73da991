"""Keys, roles and waiting messages in a real browser: what they say, and a message that is closed in a dialog.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import pytest
from playwright.sync_api import Browser, expect

from tallystick.foundation import clock
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import Role
from tallystick.gateways import queries
from tallystick.usecases import keys
from tallystick.usecases.frame import SYSTEM
from tests.backoffice.business import Business, member
from tests.backoffice.test_browser import complaints, opened, pytestmark, sign_in, site
from tests.gateway_messages import inbox_message, silent_account
from tests.looking import look, look_at_all

__all__ = ["complaints", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_messages_are_closed_and_keys_and_roles_say_what_they_may(
    business: Business, browser: Browser, site: str, complaints: list[str]
) -> None:
    account = silent_account()
    first, _second, _stored = (
        inbox_message(account, f"evt_{name}", state=state)
        for name, state in (("0193ab77c0de", "unmatched"), ("0193ab77c0df", "unmatched"), ("0193ab77c0e0", "stored"))
    )
    for name, permissions in (("Webshop Zürich", ["view", "payments.collect"]), ("Ledger export", ["view"])):
        keys.create_api_key(actor=SYSTEM, at=clock.now(), name=name, permissions=permissions)
    with browser.new_context(base_url=site, viewport={"width": 1440, "height": 900}) as context:
        page = opened(context, complaints)
        sign_in(page, member("Administrator"), site)
        support = Role.objects.get(name="Support")
        support.permissions = [each for each in support.permissions if each != "vouchers.redeem"]
        support.offered = support.permissions[1:]
        support.save()
        look_at_all(
            page,
            {
                "new-key": "/office/keys/new/",
                "inbox": "/office/inbox/",
                "roles-news": "/office/staff/roles/",
                "disputes-view": "/office/disputes/?state=lost",
            },
        )
        page.goto("/office/keys/")
        page.get_by_text("Looking, Payments").click()
        expect(page.get_by_text("Charge stored cards, and retry what failed.", exact=True)).to_be_visible()
        look(page, "keys")
        page.goto(f"/office/inbox/{public_id('gwm', first)}/")
        look(page, "gateway-message")
        page.get_by_role("link", name="Close").click()
        dialog = page.get_by_role("dialog")
        dialog.get_by_label("Reason").fill("A payment of the old shop, settled there")
        dialog.get_by_role("button", name="Close message").click()
        page.get_by_text("The message is closed.").wait_for()
        look(page, "gateway-message-closed")
        page.goto("/office/inbox/?state=closed")
        expect(page.get_by_role("main")).to_contain_text("A payment of the old shop")
        look(page, "inbox-closed")
        page.get_by_role("link", name="payment.succeeded").click()
        page.get_by_role("link", name="Open again").click()
        page.get_by_role("dialog").get_by_role("button", name="Open again").click()
        page.get_by_text("The message waits again.").wait_for()
    assert queries.message(first)["state"] == "unmatched"
