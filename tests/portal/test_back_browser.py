"""The back button: a form that was sent and is sent again, on the way to the payment service and after it.

Whatever is pressed, there is one payment, or a second one that the customer plainly asked for; the page says which.
"""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tallystick.payments.models import Attempt
from tests.browsers import needs_chromium
from tests.portal.conftest import Business, made
from tests.portal.test_browser import complaints, gateway, phone, sign_in, site, type_card
from tests.sandbox_service import SandboxService

__all__ = ["complaints", "phone", "site"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]

# What the form holds, and the same form once more: as a browser that kept the page would show it, key and all.
_KEEP = "Object.fromEntries(new FormData(document.querySelector('.pay-form')))"
_SEND = """kept => {
  const form = document.createElement("form");
  form.method = "post";
  form.action = "/portal/pay/";
  for (const [name, value] of Object.entries(kept)) {
    const field = document.createElement("input");
    Object.assign(field, { type: "hidden", name, value });
    form.append(field);
  }
  document.body.append(form);
  form.submit();
}"""
FORM = re.compile("/portal/pay/$")
PAYMENT = re.compile("/portal/payments/pay_")


def go_back_to(page: Page, address: re.Pattern[str]) -> None:
    """This function will press the back button until the browser is there again."""
    for _press in range(8):
        if address.search(page.url):
            return
        page.go_back()
    raise AssertionError(page.url)


def form_sent(page: Page) -> dict[str, Any]:
    """This function will send the form for all that is open, and return what it held."""
    page.goto("/portal/pay/")
    kept: dict[str, Any] = page.evaluate(_KEEP)
    page.get_by_role("button", name="Pay €60.85").click()
    page.get_by_label("Card number").wait_for()
    return kept


def test_after_the_payment_the_same_form_leads_to_the_same_payment(
    house: Business, sandbox: SandboxService, phone: Page, site: str
) -> None:
    gateway(house, sandbox, "Back after it")
    customer = house.customer()
    house.invoice(customer, 5071)
    sign_in(phone, house.open_portal(customer), site)
    kept = form_sent(phone)
    type_card(phone, "4000 0027 6000 3184")
    phone.get_by_role("button", name="Pay €60.85").click()
    phone.get_by_role("button", name="Approve").click()
    phone.get_by_text("Paid. Thank you!").wait_for()
    paid = phone.url
    phone.reload()
    expect(phone.get_by_text("Paid. Thank you!")).to_be_visible()

    # Over the bank's question and the card's page, which have nothing more to ask.
    phone.go_back()
    expect(phone.get_by_role("button", name="Approve")).to_have_count(0)
    go_back_to(phone, FORM)
    expect(phone.get_by_text("There is nothing to pay")).to_be_visible()
    phone.evaluate(_SEND, kept)
    expect(phone).to_have_url(paid)
    expect(phone.get_by_text("Paid. Thank you!")).to_be_visible()
    # The address to which the bank sends the browser, once more.
    phone.goto(f"/portal/payments/return/att_{Attempt.objects.get().id.hex}/")
    expect(phone).to_have_url(paid)
    assert made(customer) == [("completed", 6085)]
    assert Attempt.objects.count() == 1


def test_back_from_the_card_page_another_amount_is_a_second_payment_only_when_one_says_so(
    house: Business, sandbox: SandboxService, phone: Page, site: str, complaints: list[str]
) -> None:
    gateway(house, sandbox, "Back before it")
    customer = house.customer()
    house.invoice(customer, 5071)
    sign_in(phone, house.open_portal(customer), site)
    kept = form_sent(phone)
    card_page = phone.url

    go_back_to(phone, FORM)
    expect(phone.get_by_text("A payment of €60.85 is under way")).to_be_visible()
    # The form as it was goes on with the same payment; with another amount in it, it is asked about.
    phone.evaluate(_SEND, kept)
    expect(phone).to_have_url(card_page)
    phone.goto("/portal/")
    phone.evaluate(_SEND, {**kept, "pay": "fixed_amount", "fixed": "20", "total": "2000", "to_invoices": "2000"})
    expect(phone.get_by_text("This form was sent before. To do it a second time, send it once more.")).to_be_visible()
    expect(phone.get_by_text("A payment of €60.85 is under way")).to_be_visible()
    assert made(customer) == [("processing", 6085)]
    # A form that is shown again with what is wrong is answered so.
    complaints[:] = [each for each in complaints if "422" not in each]

    phone.get_by_role("button", name="Cancel it").click()
    phone.get_by_text("The payment was cancelled. Nothing was taken.").wait_for()
    phone.get_by_text("Fixed amount").click()
    phone.get_by_role("textbox", name="Amount").fill("20")
    phone.get_by_role("button", name="Pay €20.00").click()
    type_card(phone, "4242 4242 4242 4242")
    phone.get_by_role("button", name="Pay €20.00").click()
    phone.get_by_text("Paid. Thank you!").wait_for()
    expect(phone).to_have_url(PAYMENT)
    assert made(customer) == [("cancelled", 6085), ("completed", 2000)]

    # The card's page of the first one takes no money any more.
    phone.goto(card_page)
    expect(phone.get_by_role("button", name="Pay €60.85")).to_have_count(0)
    assert made(customer) == [("cancelled", 6085), ("completed", 2000)]
