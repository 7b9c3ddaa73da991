"""Disputes in the office in a real browser: in dialogs, without scripts, and every page for axe and the eye."""

from uuid import UUID

import pytest
from playwright.sync_api import Browser, Page, expect

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments import dispute_queries
from tallystick.usecases import contracts, dispute, subscribe
from tests.backoffice import offers
from tests.backoffice.business import NAMES, SYSTEM, Business, member, moment
from tests.backoffice.disputing import VISA, disputed, in_days, paid_by_card, state_of
from tests.backoffice.test_browser import complaints, desk, opened, pytestmark, sandbox, sign_in, site
from tests.looking import DESK, PHONE, look, look_at_all
from tests.sandbox_service import SandboxService

__all__ = ["complaints", "desk", "opened", "pytestmark", "sandbox", "site"]


@pytest.fixture
def business(transactional_db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


def test_a_dispute_is_recorded_and_lost_in_dialogs(business: Business, sandbox: SandboxService, desk: Page) -> None:
    _, payment = paid_by_card(business, sandbox, business.customer())
    desk.goto(f"/office/payments/{public_id('pay', payment)}/")
    desk.get_by_role("button", name="More actions").click()
    desk.get_by_role("link", name="Record a dispute").click()
    dialog = desk.get_by_role("dialog", name="Record a dispute")
    dialog.get_by_label("Disputed amount").fill("500")
    dialog.get_by_role("button", name="Record dispute").click()
    expect(dialog).to_contain_text("Only 106.80 EUR of this payment can still be disputed.")
    dialog.get_by_label("Disputed amount").fill("60")
    dialog.get_by_label("Evidence due").fill(in_days(4).isoformat())
    dialog.get_by_role("button", name="Record dispute").click()
    desk.get_by_text("The dispute is recorded.").wait_for()
    (row,) = dispute_queries.disputes_of(payment)

    desk.get_by_role("link", name="Disputes", exact=True).click()
    desk.get_by_role("link", name="The cardholder says that they did not pay this").click()
    desk.get_by_role("link", name="Lost", exact=True).click()
    dialog = desk.get_by_role("dialog", name="Lost?")
    expect(dialog).to_contain_text("is open again for 60.00 EUR")
    dialog.get_by_role("button", name="Close as lost").click()
    desk.get_by_text("The dispute is lost.").wait_for()
    assert state_of(row["id"]) == "lost"


def test_it_goes_on_without_scripts(business: Business, sandbox: SandboxService, browser: Browser, site: str) -> None:
    _, payment = paid_by_card(business, sandbox, business.customer())
    row = disputed(payment)
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = context.new_page()
        sign_in(page, member("Finance"), site)
        page.goto(f"/office/disputes/{public_id('dsp', row)}/")
        page.get_by_role("link", name="Won").click()
        page.get_by_role("button", name="Close as won").click()
        expect(page.get_by_role("main")).to_contain_text("The payment is as it was before.")
    assert state_of(row) == "won"


def test_each_page_fits_and_can_be_read(business: Business, sandbox: SandboxService, desk: Page) -> None:
    subscriber = business.customer(NAMES[0])
    subscription = offers.draft(subscriber, offers.price(offers.variant(offers.product()), business.vat, 102_880_657))
    contracts.add_contract_file(
        actor=SYSTEM, at=moment(), subscription_id=subscription, name="Vertrag, signiert.pdf", content=offers.PDF
    )
    subscribe.activate_subscription(actor=SYSTEM, at=moment(), subscription_id=subscription)
    account = business.gateway(sandbox)
    rented = business.card_payment(subscriber, _open_invoice(subscriber), account, VISA)
    waiting = disputed(rented, reason="subscription_cancelled", evidence_due_date=in_days(6), fee_minor=1500)
    _, lost_payment = paid_by_card(business, sandbox, business.customer(NAMES[2]))
    lost = disputed(lost_payment, fee_minor=1500)
    dispute.lose_dispute(actor=SYSTEM, at=moment(), dispute_id=lost)
    debit = business.payment(business.customer(NAMES[1]), 123_456, method="direct_debit")
    made = dispute.record_bank_return(actor=SYSTEM, at=moment(), payment_id=debit, reason="insufficient_funds")
    pages = {
        "disputes": "/office/disputes/",
        "dispute-open": f"/office/disputes/{public_id('dsp', waiting)}/",
        "dispute-lost": f"/office/disputes/{public_id('dsp', lost)}/",
        "bank-return": f"/office/disputes/{made['id']}/",
        "payment-disputed": f"/office/payments/{public_id('pay', rented)}/",
        "payment-lost": f"/office/payments/{public_id('pay', lost_payment)}/",
        "payments-with-badges": "/office/payments/",
        "home-with-dispute": "/office/",
        "record-dispute": f"/office/payments/{public_id('pay', rented)}/dispute/",
        "lose-dispute": f"/office/disputes/{public_id('dsp', waiting)}/lose/",
        "win-dispute": f"/office/disputes/{public_id('dsp', waiting)}/win/",
    }
    look_at_all(desk, pages, widths=(DESK, PHONE), axe_at=(DESK, PHONE))
    desk.goto(f"/office/payments/{public_id('pay', debit)}/")
    look(desk, "payment-returned")


def _open_invoice(customer: UUID) -> UUID:
    (row,) = invoices.open_invoices(customer, "EUR")
    invoice_id: UUID = row["id"]
    return invoice_id
