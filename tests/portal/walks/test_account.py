"""Cards and automatic payment, walked by both hands: kept without paying, agreed, changed, ended and removed."""

import re

import pytest
from playwright.sync_api import expect

from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tests.browsers import needs_chromium
from tests.portal.conftest import Business, made
from tests.portal.hands import Hand, walks
from tests.stored_cards import stored_card

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@walks(
    "GET portal:autopay",
    "POST portal:autopay",
    "POST portal:autopay-end",
    "GET portal:method-add",
    "POST portal:method-add",
    "GET portal:method-setup",
)
def test_a_card_is_added_and_charged_by_itself_until_that_is_ended(house: Business, account: str, hand: Hand) -> None:
    customer = house.customer()
    house.invoice(customer, 5071)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/autopay/")
    hand.look("autopay-no-card")
    hand.press(page.locator("#main").get_by_role("link", name="Add a card"))
    hand.look("method-add")
    hand.press(page.get_by_role("button", name="Continue"))
    hand.pay_by_card("4000002760003184", "Save card")
    hand.press(page.get_by_role("button", name="Reject"))
    expect(page.get_by_text("It was not confirmed with your bank.")).to_be_visible()
    hand.look("method-not-stored")
    hand.press(page.get_by_role("link", name="Try again"))
    hand.press(page.get_by_role("button", name="Continue"))
    hand.pay_by_card("4242424242424242", "Save card")
    expect(page.get_by_text("Your card is stored.")).to_be_visible()

    hand.look("autopay-off")
    hand.choose(page.get_by_label("When?"), "On day 15 of the month")
    hand.type(page.get_by_label("Up to which amount?"), "1,000")
    # Without the tick nothing is agreed; the browser itself holds the form back.
    hand.press(page.get_by_role("button", name="Switch it on"))
    assert autopay_queries.agreement(customer) is None
    hand.tick(page.get_by_label("I accept these terms"))
    hand.press(page.get_by_role("button", name="Switch it on"))
    expect(page.get_by_role("heading", name="What you agreed")).to_be_visible()
    row = autopay_queries.agreement(customer)
    assert row is not None
    assert (row["charge_day"], row["cap_minor"], row["cap_currency"]) == (15, 100000, "EUR")
    hand.press(page.locator("summary", has_text="The words that were accepted"))
    hand.press(page.locator("summary", has_text="Change what you agreed"))
    hand.look("autopay-on")
    hand.choose(page.get_by_label("When?"), "On the due date")
    hand.tick(page.get_by_label("I accept these terms"))
    hand.press(page.get_by_role("button", name="Save the changes"))
    expect(page.get_by_role("main")).to_contain_text("On the due date")
    row = autopay_queries.agreement(customer)
    assert row is not None
    assert (row["charge_day"], row["cap_minor"]) == (None, 100000)
    hand.press(page.get_by_role("button", name="Switch it off"))
    expect(page.get_by_text("Automatic payment has ended.")).to_be_visible()
    assert autopay_queries.agreement(customer) is None


@walks(
    "GET portal:home",
    "GET portal:pay",
    "POST portal:pay",
    "GET portal:method-add",
    "POST portal:method-add",
    "GET portal:method-setup",
    "GET portal:payment",
)
def test_a_card_is_added_on_the_way_to_a_payment_which_stays_as_it_was(
    house: Business, account: str, hand: Hand
) -> None:
    customer = house.customer()
    house.invoice(customer, 5071)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/")
    # With scripts this opens a dialog.
    hand.press(page.get_by_role("link", name="Pay now"))
    hand.tick(page.get_by_label("Fixed amount"))
    hand.type(page.get_by_role("textbox", name="Amount"), "20")
    hand.type(page.get_by_label("Note"), "For the laptops")
    hand.press(page.get_by_role("button", name="Add a payment method"))
    hand.press(page.get_by_role("button", name="Continue"))
    hand.pay_by_card("4242424242424242", "Save card")
    expect(page.get_by_text("Your card is stored.")).to_be_visible()
    expect(page.get_by_label("Fixed amount")).to_be_checked()
    expect(page.get_by_role("textbox", name="Amount")).to_have_value(re.compile("^20"))
    expect(page.get_by_label("Note")).to_have_value("For the laptops")
    expect(page.get_by_label("Visa •••• 4242")).to_be_checked()
    hand.press(page.get_by_role("button", name="Pay €20.00"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    expect(page.get_by_text("For the laptops")).to_be_visible()
    assert made(customer) == [("completed", 2000)]


@walks("GET portal:methods", "POST portal:method-default", "GET portal:method-remove", "POST portal:method-remove")
def test_a_card_is_made_the_default_and_removed(house: Business, hand: Hand) -> None:
    customer = house.customer()
    account = house.gateway()
    first = stored_card(customer, account)
    second = stored_card(customer, account, last_four="4444")
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/methods/")
    hand.look("methods")
    hand.press(page.get_by_role("button", name="Make it the default: Visa •••• 4444"))
    expect(page.get_by_text("This is your default payment method now.")).to_be_visible()
    assert [(each["id"], each["is_default"]) for each in payments.methods(customer)] == [(second, True), (first, False)]
    hand.press(page.get_by_role("link", name="Remove Visa •••• 4444"))
    hand.look("method-remove")
    hand.press(page.get_by_role("link", name="Keep it"))
    hand.press(page.get_by_role("link", name="Remove Visa •••• 4444"))
    expect(page.get_by_text("Visa •••• 4242 becomes your default payment method.")).to_be_visible()
    hand.press(page.get_by_role("button", name="Remove it"))
    expect(page.get_by_text("The payment method is removed.")).to_be_visible()
    assert [each["id"] for each in payments.methods(customer)] == [first]
