"""States of pages that few meet: a long picker, another currency after a failure, and what is over or not there yet."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tallystick.customers.models import PortalView
from tallystick.foundation.ids import public_id
from tallystick.interfaces.portal import pay_choice
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tests.backoffice.business import member
from tests.browsers import needs_chromium
from tests.portal.conftest import Business, made, now, uid
from tests.portal.hands import Hand, walks
from tests.portal.test_links import nobody_was_here
from tests.portal.test_try_again_in_currency import failed
from tests.sandbox_service import Account, shape
from tests.stored_cards import stored_card

__all__ = ["nobody_was_here"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@walks("GET portal:pay", "POST portal:pay", "GET portal:payment")
def test_invoices_of_several_pages_and_currencies_are_chosen(
    house: Business, account: str, merchant: Account, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_choice, "PAGE", 2)
    house.rate("USD", "0.92")
    customer = house.customer()
    stored_card(customer, uid("gwa", account), token=merchant.stored_card())
    opened = [house.invoice(customer, 1000) for _each in range(3)]
    house.invoice(customer, 5000, currency="USD")
    hand.sign_in(house.open_portal(customer))
    page = hand.page

    def box(number: int) -> str:
        return f"#{public_id('inv', opened[number])}"

    hand.goto("/portal/pay/")
    hand.type(page.get_by_label("Note"), "For the laptops")
    hand.press(page.locator("summary", has_text="0 invoices selected"))
    hand.tick(page.locator(box(1)))
    hand.press(page.get_by_role("button", name="Show more invoices"))
    hand.tick(page.locator(box(2)))
    expect(page.locator(box(1))).to_be_checked()
    hand.look("walk-pay-more")

    hand.press(page.get_by_role("button", name="USD", exact=True))
    expect(page.get_by_role("button", name="Pay $60.00")).to_be_visible()
    hand.press(page.get_by_role("button", name="EUR", exact=True))
    for number in (1, 2):
        expect(page.locator(box(number))).to_be_checked()
    expect(page.get_by_label("Note")).to_have_value("For the laptops")
    expect(page.get_by_label("Selected invoices")).to_be_checked()
    hand.look("walk-pay-currencies")
    hand.press(page.get_by_role("button", name="Pay €24.00"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    assert made(customer) == [("completed", 2400)]
    assert [invoices.invoice(each)["open_minor"] for each in opened] == [1200, 0, 0]


@walks("GET portal:pay", "POST portal:pay", "GET portal:payment")
def test_what_was_chosen_before_stands_once_among_more(
    house: Business, account: str, merchant: Account, hand: Hand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pay_choice, "PAGE", 2)
    customer = house.customer()
    stored_card(customer, uid("gwa", account), token=merchant.stored_card())
    opened = [public_id("inv", house.invoice(customer, 1000)) for _each in range(5)]
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto(f"/portal/pay/?invoice={opened[3]}")
    boxes = page.locator("input[name=invoice]")
    for shown in ((3, 0, 1, 2), (3, 0, 1, 2, 4)) if hand.scripts else ((3, 2), (3, 4)):
        hand.press(page.get_by_role("button", name="Show more invoices"))
        expect(page.locator(f"#{opened[shown[-1]]}")).to_be_visible()
        found = boxes.evaluate_all("all => all.map((each) => [each.value, each.checked])")
        assert found == [[opened[each], each == 3] for each in shown]
    hand.press(page.get_by_role("button", name="Pay €12.00"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    assert made(customer) == [("completed", 1200)]


@walks("GET portal:payment", "POST portal:try-again", "GET portal:return")
def test_what_failed_is_tried_again_in_another_currency(house: Business, account: str, hand: Hand) -> None:
    house.rate("USD", "0.92")
    customer = house.customer()
    _invoice, payment = failed(house, customer, account)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto(f"/portal/payments/{public_id('pay', payment)}/")
    hand.choose(page.get_by_label("Currency to pay in"), "USD")
    if not hand.scripts:
        # It still says the other amount: nothing is charged before this one was seen.
        hand.press(page.get_by_role("button", name="Pay €106.80"))
    expect(page.get_by_text("1 USD = 0.92 EUR")).to_be_visible()
    hand.look("walk-failed-exchange")
    hand.press(page.get_by_role("button", name=re.compile(r"116\.09")))
    hand.pay_by_card("4242 4242 4242 4242", "Pay $116.09")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    assert payments.payment(payment)["status"] == "completed"


@walks("GET portal:home")
def test_a_view_of_staff_is_over_after_its_time(house: Business, hand: Hand) -> None:
    customer = house.customer()
    house.open_portal(customer)
    hand.sign_in(member("Support"))
    page = hand.page
    hand.goto(f"/office/customers/{public_id('cus', customer)}/")
    hand.press(page.get_by_role("button", name="View as customer"))
    expect(page.get_by_role("region", name="You see this as a customer")).to_be_visible()
    PortalView.objects.update(begun_at=now() - timedelta(minutes=31), ends_at=now() - timedelta(minutes=1))
    hand.goto("/portal/", status=403)
    expect(page.get_by_role("heading", name="This view of the portal is over")).to_be_visible()
    hand.look("viewing-over")


@walks("GET portal:method-add", "POST portal:method-add", "GET portal:method-setup")
def test_a_card_that_is_still_asked_about_is_gone_on_with(
    house: Business, account: str, merchant: Account, hand: Hand
) -> None:
    customer = house.customer()
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/methods/add/")
    # The answer to the order is lost, and the payment service cannot be asked for a while.
    for fault in ({"kind": "cut_after", "method": "POST"}, {"kind": "cut_before", "method": "GET", "times": None}):
        shape(merchant.post("/v1/test/faults", fault))
    hand.press(page.get_by_role("button", name="Continue"))
    expect(page.get_by_text("We are asking the payment service")).to_be_visible()
    hand.look("method-asked-about")
    shape(merchant.http.delete("/v1/test/faults"))
    hand.goto(page.url)
    expect(page.get_by_text("Your card is not stored yet")).to_be_visible()
    hand.look("method-waits")
    hand.press(page.get_by_role("link", name="Continue"))
    expect(page.get_by_label("Card number")).to_be_visible()


@walks("GET portal:method-add", "GET portal:methods")
def test_no_card_is_added_where_nobody_can_store_one(house: Business, hand: Hand) -> None:
    customer = house.customer()
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/methods/add/")
    expect(page.get_by_text("No card can be stored at the moment")).to_be_visible()
    hand.look("method-add-nowhere")
    hand.press(page.get_by_role("link", name="Back to your payment methods"))
    expect(page.get_by_role("heading", name="Payment methods")).to_be_visible()
