"""Letters in the office in a real browser, on a phone and at a desk: to be printed, printed, and no longer needed."""

import pytest
from playwright.sync_api import Page, expect

from tallystick.correspondence.letter_models import PaperLetter
from tallystick.dunning import operations, queries
from tallystick.foundation.clock import now
from tallystick.foundation.transactions import transaction
from tallystick.usecases import dun, notify_reminder
from tests.backoffice.business import Business
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, site
from tests.looking import DESK, PHONE, look

__all__ = ["complaints", "desk", "opened", "pytestmark", "site"]

NAMES = ("Acme Corp", "شركة الخليج — Gulf Advanced Telecommunications & Technology Holding W.L.L.", "Zeta Ltd")


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_letters_are_chosen_and_printed_on_a_phone(business: Business, desk: Page, complaints: list[str]) -> None:
    (plan,) = queries.plans()
    with transaction():
        operations.set_level(plan.id, days=21, pay_by_days=7, texts={}, channel="letter")
    customers = [business.customer(name) for name in NAMES]
    for customer in customers:
        business.invoice(customer, 8900, days_ago=40)
    for part in dun.parts(at=now()):
        notify_reminder.write(reminder_ids=part.reminder_ids, at=now())
    with transaction():
        operations.choose_for(customer_id=customers[-1], plan_id=None)

    desk.set_viewport_size({"width": PHONE, "height": 900})
    desk.goto("/office/outbox/letters/?state=waiting")
    look(desk, "letters-waiting", widths=(DESK, PHONE), axe_at=(PHONE,))
    # What is chosen is printed as one file, and the list says what became of the others.
    desk.set_viewport_size({"width": PHONE, "height": 900})
    for box in desk.locator("tbody input[name=selected]").all():
        box.check()
    look(desk, "letters-chosen", widths=(PHONE,), axe_at=(PHONE,))
    with desk.expect_download() as printed:
        desk.get_by_role("button", name="Print as one PDF").click()
    assert printed.value.suggested_filename == "letters.pdf"
    assert sorted(PaperLetter.objects.values_list("state", flat=True)) == ["dropped", "printed", "printed"]

    desk.goto("/office/outbox/letters/")
    expect(desk.get_by_text("no dunning plan is chosen any more")).to_be_visible()
    look(desk, "letters", widths=(DESK, PHONE), axe_at=(PHONE,))
    desk.goto("/office/outbox/letters/?state=waiting")
    expect(desk.get_by_text("No row fits")).to_be_visible()
    look(desk, "letters-none", widths=(PHONE,), axe_at=(PHONE,))
    assert complaints == []
