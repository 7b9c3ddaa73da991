"""Reminders in the office in a real browser: the plans, a preview, and an invoice that waits for a promise."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from tallystick.dunning import operations
from tallystick.foundation.clock import now
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tests.backoffice.business import Business
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, site
from tests.looking import look, look_at_all

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_plans_are_read_and_a_promise_is_noted_in_a_dialog(business: Business, desk: Page) -> None:
    with transaction():
        plan = operations.create_plan(name="Schlüsselkunden", grace_days=14, at=now())
        for days in (-2, 3, 12):
            operations.set_level(plan, days=days, pay_by_days=7 if days > 0 else None, texts={"de": "Bitte zahlen."})
        operations.choose_default(plan)
    invoice = public_id("inv", business.invoice(business.customer("Zweckverband Nord"), 8900))
    pages = {"dunning": "/office/dunning/", "reminder": f"/office/dunning/{public_id('dpl', plan)}/levels/12/preview/"}
    look_at_all(desk, pages)

    desk.goto(f"/office/invoices/{invoice}/")
    desk.get_by_role("link", name="Promise to pay").click()
    dialog = desk.get_by_role("dialog", name="Promise to pay")
    dialog.get_by_label("Payment by").fill((now().date() + timedelta(days=5)).isoformat())
    expect(dialog.get_by_label("Amount")).to_have_value("106.80")
    dialog.get_by_role("button", name="Note the promise").click()
    desk.get_by_text("The promise is noted.").wait_for()
    expect(desk.get_by_text("Promised, and waited for")).to_be_visible()
    look(desk, "invoice-promised")
