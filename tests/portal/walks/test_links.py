"""What failed and what nobody knows the outcome of, in the portal and by signed links; and paying by a link."""

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from playwright.sync_api import expect

from tallystick.foundation.clock import local_date
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.usecases import collect
from tests.browsers import needs_chromium
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.hands import Hand, walks
from tests.portal.test_link_days import agreed
from tests.portal.test_links import failed, link_to, nobody_was_here
from tests.sandbox_service import Account
from tests.stored_cards import stored_card

__all__ = ["nobody_was_here"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]

# The connection is lost after the charge was done.
SILENT = "4000000000100307"


def unknown(customer: UUID, invoice: UUID, account: str, merchant: Account) -> str:
    """This function will pay an invoice in such a way that nobody knows the outcome, and return the payment."""
    card = stored_card(customer, uid("gwa", account), token=merchant.stored_card(SILENT), last_four="0307")
    shape = collect.pay(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        amounts={invoice: None},
        account_id=uid("gwa", account),
        method_id=card,
        return_url="http://x.example",
    )
    return str(shape["id"])


def choose_day(hand: Hand, payment: UUID) -> None:
    """This function will have what failed tried again on a day to come."""
    day = local_date(now()) + timedelta(days=3)
    hand.date(hand.page.get_by_label("On which day?"), day)
    hand.press(hand.page.get_by_role("button", name="Try on this day"))
    expect(hand.page.get_by_text("We try again on that day. You need not do anything.")).to_be_visible()
    assert payments.public_payment(payment)["next_try_date"] == day


@walks(
    "GET portal:payment",
    "GET portal:pay",
    "POST portal:choose-day",
    "POST portal:try-again",
    "GET portal:return",
    "POST portal:check",
)
def test_e20_e21_e38b_what_failed_is_tried_again_and_what_is_unknown_is_asked_about(
    house: Business, account: str, merchant: Account, hand: Hand
) -> None:
    payment, _path = failed(house, account)
    agreed(payment, account)
    customer = payments.payment(payment)["customer_id"]
    asked = unknown(customer, house.invoice(customer, 1000), account, merchant)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto(f"/portal/payments/{public_id('pay', payment)}/")
    expect(page.get_by_text("There was not enough money in the account.")).to_be_visible()
    hand.look("walk-failed")
    choose_day(hand, payment)
    hand.press(page.get_by_role("link", name="Pay in another way"))
    expect(page.get_by_role("heading", name="Make a payment")).to_be_visible()
    hand.goto(f"/portal/payments/{public_id('pay', payment)}/")
    hand.press(page.get_by_role("button", name="Try again"))
    hand.pay_by_card("4000 0000 0000 0002", "Pay €106.80")
    expect(page.get_by_text("The payment did not go through. Nothing was taken.")).to_be_visible()
    hand.press(page.get_by_role("button", name="Try again"))
    hand.pay_by_card("4242 4242 4242 4242", "Pay €106.80")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    assert len(payments.attempts(payment)) == 3

    hand.goto(f"/portal/payments/{asked}/")
    expect(page.get_by_text("Your payment is being checked. Please do not pay again.")).to_be_visible()
    hand.look("walk-unknown")
    hand.press(page.get_by_role("button", name="Check now"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()


@walks(
    "GET paylink:open",
    "POST paylink:open",
    "GET paylink:pdf",
    "POST paylink:give-up",
    "POST paylink:sent",
    "POST paylink:withdraw",
    "GET paylink:return",
)
def test_c14_e32b_e40_a_link_to_an_invoice_is_paid_after_a_change_of_mind(
    house: Business, account: str, hand: Hand, tmp_path: Path
) -> None:
    invoice = house.invoice(house.customer(), 5071)
    proof = tmp_path / "confirmation.pdf"
    proof.write_bytes(b"%PDF-1.7 sent")
    path = link_to(invoice)
    page = hand.page
    hand.goto("/pay/nothing/", status=404)
    hand.goto(path)
    hand.look("walk-link")
    assert hand.download(page.get_by_role("link", name="Download PDF")).read_bytes().startswith(b"%PDF")
    pay = page.get_by_role("button", name="Pay €60.85")
    hand.press(pay)
    expect(page.get_by_label("Card number")).to_be_visible()
    hand.goto(path)
    expect(page.get_by_text("This payment waits for you")).to_be_visible()
    hand.press(page.get_by_role("button", name="Cancel it"))

    hand.tick(page.get_by_role("radio", name="Bank transfer"))
    hand.press(pay)
    expect(page.get_by_text("DE89 3704 0044 0532 0130 00")).to_be_visible()
    hand.type(page.get_by_label("Your bank’s reference"), "SEPA 4711")
    hand.attach(page.get_by_label("Your bank’s confirmation"), proof)
    hand.press(page.get_by_role("button", name="I have sent it"))
    expect(page.get_by_text("You told us that you have sent it")).to_be_visible()
    hand.look("walk-link-transfer")
    hand.press(page.get_by_role("button", name="I will pay in another way"))

    # Three taps from the mail to paid: its link, pay, and the card's own button.
    hand.goto(path)
    hand.press(pay)
    hand.pay_by_card("4242 4242 4242 4242", "Pay €60.85")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    expect(page).to_have_url(path)
    assert invoices.invoice(invoice)["open_minor"] == 0
    # Back over the pages of the payment service: the form is gone.
    hand.goto(path)
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    expect(pay).to_have_count(0)


@walks(
    "GET paylink:open",
    "POST paylink:open",
    "POST paylink:choose-day",
    "GET paylink:return",
    "POST paylink:check",
)
def test_e20_e21_e38b_a_link_to_what_failed_is_paid_with_another_card(
    house: Business, account: str, merchant: Account, hand: Hand
) -> None:
    payment, path = failed(house, account)
    agreed(payment, account)
    customer = payments.payment(payment)["customer_id"]
    other = house.invoice(customer, 1000)
    unknown(customer, other, account, merchant)
    page = hand.page
    hand.goto(path)
    expect(page.get_by_text("There was not enough money in the account.")).to_be_visible()
    hand.look("walk-link-failed")
    choose_day(hand, payment)
    hand.tick(page.get_by_label("Use it for automatic payment too"))
    hand.press(page.get_by_role("button", name="Pay €106.80"))
    hand.pay_by_card("4242 4242 4242 4242", "Pay €106.80")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    assert payments.payment(payment)["status"] == "completed"

    hand.goto(link_to(other))
    expect(page.get_by_text("Your payment is being checked. Please do not pay again.")).to_be_visible()
    hand.press(page.get_by_role("button", name="Check now"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    assert invoices.invoice(other)["open_minor"] == 0
