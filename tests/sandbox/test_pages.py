"""The hosted pages, without a browser."""

from html import unescape

import pytest
from tests.sandbox_service import VISITOR, Account, SandboxService, pay, shape

CARD = {"number": "4242 4242-4242 4242", "expiry": "04/30", "cvc": "123", "name": "Ada Lovelace"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"number": ""}, "Enter the card number."),
        ({"number": "4242x"}, "Enter digits only; spaces are fine."),
        ({"number": "٤٢٤٢٤٢٤٢٤٢٤٢٤٢٤٢"}, "Enter digits only; spaces are fine."),
        ({"number": "4242"}, "A card number has 13 to 19 digits, this one has 4."),
        ({"number": "4242424242424241"}, "One digit of this card number seems to be wrong. Please check it."),
        ({"number": "4012888888881881"}, "This sandbox takes test cards only. Never type a real card number here."),
        ({"expiry": "13/30"}, "Enter month and year as on the card, for example 04/30."),
        ({"expiry": "03/20"}, "This card expired in 03/2020."),
        ({"expiry": "03/99"}, "This expiry date is too far ahead. Please check the year."),
        ({"cvc": "12"}, "Enter the 3 digits of the security code, on the back of the card."),
        (
            {"number": "378282246310005"},
            "Enter the 4 digits of the security code, on the front of the card.",
        ),
        ({"name": " "}, "Enter the name as it stands on the card."),
    ],
)
def test_what_is_wrong_with_a_card_is_said(merchant: Account, change: dict[str, str], message: str) -> None:
    payment = merchant.create_payment()
    answer = VISITOR.post(payment["checkout_url"], data=CARD | change)
    assert answer.status_code == 422
    assert message in unescape(answer.text)
    assert "4242 4242-4242 4242" not in answer.text
    assert merchant.payment(payment["id"])["status"] == "requires_action"


@pytest.mark.parametrize("expiry", ["4/30", "04 / 30", "04/2030", "0430", "04-30"])
def test_expiry_dates_are_read_as_people_write_them(merchant: Account, expiry: str) -> None:
    payment = merchant.create_payment()
    assert VISITOR.post(payment["checkout_url"], data=CARD | {"expiry": expiry}).status_code == 303
    card = merchant.payment(payment["id"])["card"]
    assert (card["exp_month"], card["exp_year"]) == (4, 2030)


def test_a_form_sent_twice_pays_once(merchant: Account) -> None:
    payment = merchant.create_payment()
    first, second = pay(payment["checkout_url"]), pay(payment["checkout_url"], "4000000000000002")
    assert first.headers["Location"] == second.headers["Location"]
    assert merchant.events() == ["payment.succeeded"]
    page = VISITOR.get(payment["checkout_url"])
    assert "Payment received" in page.text


def test_a_customer_may_cancel(merchant: Account) -> None:
    payment = merchant.create_payment()
    back = VISITOR.post(f"{payment['checkout_url']}/cancel")
    assert back.headers["Location"] == f"http://127.0.0.1:9/return?payment={payment['id']}"
    assert merchant.payment(payment["id"])["status"] == "cancelled"


def test_s03_a_lost_connection_does_not_return(merchant: Account) -> None:
    charged, spared = merchant.create_payment(), merchant.create_payment()
    for payment, number in ((charged, "4000000000100307"), (spared, "4000000000100406")):
        answer = pay(payment["checkout_url"], number)
        assert answer.status_code == 504
        assert "Connection lost" in answer.text
    assert merchant.payment(charged["id"])["status"] == "succeeded"
    assert merchant.payment(spared["id"])["status"] == "requires_action"


def test_pages_name_all_that_a_browser_may_load(service: SandboxService) -> None:
    shop = service.create_merchant("Framing", origin="https://shop.example")
    payment = shop.create_payment(return_url="https://shop.example/back?x=1")
    page = VISITOR.get(payment["checkout_url"])
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'none'" in policy
    assert "form-action 'self' https://shop.example;" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert "style=" not in page.text
    assert "<script" not in page.text
    fields = VISITOR.get(payment["fields_url"]).headers["Content-Security-Policy"]
    assert "frame-ancestors https://shop.example" in fields
    assert "unsafe" not in policy + fields


def test_peoples_text_is_data(service: SandboxService) -> None:
    shop = service.create_merchant("<b>Shop</b>")
    page = VISITOR.get(shop.create_payment(description='"><img src=x onerror=alert(1)>')["checkout_url"]).text
    assert "<img src=x" not in page
    assert "<b>Shop" not in page


def test_amounts_are_written_for_people(merchant: Account) -> None:
    for amount, currency, text in (
        (11900, "EUR", "Pay €119.00"),
        (1000, "JPY", "Pay ¥1,000"),
        (1250, "KWD", "Pay KWD 1.250"),
        (123456, "HUF", "Pay HUF 1,234.56"),
    ):
        page = VISITOR.get(merchant.create_payment(amount=amount, currency=currency)["checkout_url"]).text
        assert text in unescape(page).replace("\N{NO-BREAK SPACE}", " ")


def test_numbers_and_codes_are_kept_nowhere(service: SandboxService, merchant: Account) -> None:
    payment = merchant.create_payment(save_card=True)
    VISITOR.post(
        payment["checkout_url"], data={**CARD, "number": "5555555555554444", "cvc": "1x9", "name": "Eve Marker"}
    )
    VISITOR.post(
        payment["checkout_url"], data={**CARD, "number": "5555555555554444", "cvc": "719", "name": "Eve Marker"}
    )
    assert merchant.payment(payment["id"])["card"]["last4"] == "4444"
    kept = b"".join(path.read_bytes() for path in service.store.parent.iterdir() if path.is_file())
    for secret in (b"5555555555554444", b"5555 5555", b"Eve Marker", b"1x9"):
        assert secret not in kept


def test_unknown_pages_are_not_found(service: SandboxService) -> None:
    for path in ("/pay/chk_none", "/pay/chk_none/challenge", "/fields/spay_none", "/nothing"):
        assert VISITOR.get(f"{service.base_url}{path}").status_code == 404
    answer = VISITOR.get(f"{service.base_url}/v1/nothing")
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


def test_test_cards_are_published(service: SandboxService) -> None:
    cards = shape(VISITOR.get(f"{service.base_url}/v1/test/cards"))["data"]
    page = VISITOR.get(f"{service.base_url}/test-cards").text.replace(" ", "")
    assert len(cards) == 19
    for card in cards:
        assert card["number"] in page
