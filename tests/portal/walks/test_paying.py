"""Make a payment, in its four ways and every way to pay, from the first page to the receipt."""

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tallystick.foundation import settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.payments import proofs
from tallystick.payments import queries as payments
from tallystick.payments.terms import PAYMENT_TERMS
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import enrol, record
from tests.backoffice import offers
from tests.browsers import needs_chromium
from tests.portal.conftest import ALL_RIGHTS, STAFF, Business, made, now, only_payment, uid
from tests.portal.hands import Hand, walks
from tests.portal.test_own_transfers import trust
from tests.portal.test_wallet import a_code
from tests.sandbox_service import Account
from tests.stored_cards import stored_card

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@walks(
    "GET portal:home",
    "GET portal:invoice",
    "GET portal:pay",
    "POST portal:pay",
    "GET portal:return",
    "GET portal:payment",
    "GET portal:receipt",
    "GET portal:receipt-pdf",
)
def test_b4_b5_c5_all_that_is_open_is_paid_from_the_calendar_to_the_receipt(
    house: Business, account: str, hand: Hand
) -> None:
    customer = house.customer()
    invoice = house.invoice(customer, 5071)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/")
    calendar = page.get_by_role("region", name="Activity in")
    hand.press(calendar.get_by_role("link", name="Previous month"))
    expect(page).to_have_url(re.compile(r"\?month=[0-9-]{7}#calendar$"))
    hand.look("walk-calendar")
    hand.press(calendar.get_by_role("link", name="This month"))
    hand.press(calendar.locator(f"a[href*='{public_id('inv', invoice)}']").first)
    expect(page.get_by_role("heading", name=re.compile("^Invoice INV-"))).to_be_visible()

    hand.press(page.get_by_role("link", name="Northwind Fibre"))
    hand.press(page.get_by_role("link", name="Pay now"))
    expect(page.get_by_label("Total balance")).to_be_checked()
    hand.look("walk-pay")
    hand.tick(page.get_by_label("Keep this card"))
    hand.press(page.get_by_role("button", name="Pay €60.85"))
    hand.pay_by_card("4000 0027 6000 3184", "Pay €60.85")
    hand.press(page.get_by_role("button", name="Approve"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    row = only_payment(customer)
    assert (row["status"], row["total_minor"], row["allocated_minor"]) == ("completed", 6085, 6085)
    assert [event["event"] for event in payments.timeline(row["id"])] == ["create", "start", "complete"]
    assert [entry["rule"] for entry in ledger.entries_about([row["id"]])] == ["J04", "J08"]
    assert [each["last_four"] for each in payments.methods(customer)] == ["3184"]
    hand.press(page.get_by_role("link", name="Receipt"))
    expect(page.get_by_text("Visa •••• 3184")).to_be_visible()
    hand.look("walk-receipt")
    assert hand.download(page.get_by_role("link", name="Download PDF")).read_bytes().startswith(b"%PDF")


def pay(hand: Hand, total: str, *, instead_of: str) -> None:
    """This function will press the button for what was chosen.

    Without scripts it still says the amount of before: pressed, it charges nothing and shows the other one.
    """
    if not hand.scripts:
        hand.press(hand.page.get_by_role("button", name=f"Pay {instead_of}", exact=True))
        expect(hand.page.get_by_text("Your choice changed the total.")).to_be_visible()
    hand.press(hand.page.get_by_role("button", name=f"Pay {total}", exact=True))


@walks(
    "GET portal:pay",
    "POST portal:pay",
    "GET portal:payment",
)
def test_c2_c7_c8_c9_c10_c11_c12_c13_what_is_chosen_is_paid_with_a_note_and_the_terms(
    house: Business, account: str, merchant: Account, hand: Hand
) -> None:
    with transaction():
        settings_store.put(PAYMENT_TERMS, "\n\n".join(f"Clause {number}: paid is paid." for number in range(40)))
    customer = house.customer()
    stored_card(customer, uid("gwa", account), token=merchant.stored_card())
    first, second, third = (house.invoice(customer, net) for net in (5071, 1000, 2000))
    hand.sign_in(house.open_portal(customer))
    page = hand.page

    hand.goto("/portal/pay/")
    hand.tick(page.get_by_label("Current charges"))
    hand.type(page.get_by_label("Note"), "For the laptops")
    expect(page.get_by_role("region", name="Terms")).to_contain_text("Clause 39")
    pay(hand, "€24.00", instead_of="€96.85")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()
    expect(page.get_by_text("For the laptops")).to_be_visible()

    hand.goto("/portal/pay/")
    hand.press(page.locator("summary", has_text="0 invoices selected"))
    hand.tick(page.locator(f"#{public_id('inv', second)}"))
    if hand.scripts:
        expect(page.get_by_text("1 invoice selected")).to_be_visible()
    else:
        hand.tick(page.get_by_label("Selected invoices"))
    pay(hand, "€12.00", instead_of="€72.85")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()

    hand.goto("/portal/pay/")
    hand.tick(page.get_by_label("Fixed amount"))
    hand.type(page.get_by_role("textbox", name="Amount"), "100")
    if hand.scripts:
        expect(page.get_by_text("€39.15 stays as your credit.")).to_be_visible()
        hand.look("walk-pay-fixed")
    pay(hand, "€100.00", instead_of="€60.85")
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()

    assert sorted(made(customer)) == [("completed", 1200), ("completed", 2400), ("completed", 10000)]
    assert [invoices.invoice(each)["open_minor"] for each in (first, second, third)] == [0, 0, 0]


@walks(
    "GET portal:pay",
    "POST portal:pay",
    "GET portal:return",
    "GET portal:payment",
    "POST portal:give-up",
    "GET portal:wallet",
)
def test_b14_in_another_currency_given_up_and_a_voucher_instead(house: Business, account: str, hand: Hand) -> None:
    house.rate("USD", "0.92")
    customer = house.customer()
    house.invoice(customer, 5071)
    code = a_code()
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/pay/")
    hand.choose(page.get_by_label("Currency to pay in"), "USD")
    if hand.scripts:
        expect(page.get_by_text("1 USD = 0.92 EUR")).to_be_visible()
        hand.look("walk-pay-exchange")
    pay(hand, "66.14 USD", instead_of="€60.85")
    expect(page.get_by_role("button", name="Pay $66.14")).to_be_visible()

    # Back from the payment service without having paid: the payment waits, and its customer changes their mind.
    hand.press(page.get_by_role("button", name="Cancel and return"))
    expect(page.get_by_text("This payment was cancelled")).to_be_visible()

    hand.goto("/portal/pay/")
    hand.press(page.get_by_role("button", name="Pay €60.85"))
    expect(page.get_by_label("Card number")).to_be_visible()
    hand.goto("/portal/pay/")
    expect(page.get_by_text("A payment of €60.85 is under way")).to_be_visible()
    hand.press(page.get_by_role("link", name="Continue"))
    expect(page.get_by_label("Card number")).to_be_visible()
    hand.goto("/portal/pay/")
    hand.press(page.get_by_role("button", name="Cancel it"))
    expect(page.get_by_text("The payment was cancelled. Nothing was taken.")).to_be_visible()

    expect(page.get_by_label("Voucher number")).to_be_hidden()
    hand.tick(page.get_by_role("radio", name="Voucher"))
    expect(page.get_by_role("button", name="Pay €60.85")).to_be_hidden()
    hand.look("walk-pay-voucher")
    hand.type(page.get_by_label("Voucher number"), code)
    hand.press(page.get_by_role("button", name="Redeem the voucher"))
    expect(page.get_by_text("Your voucher is redeemed")).to_be_visible()


@walks(
    "GET portal:home",
    "GET portal:invoices",
    "GET portal:invoice",
    "GET portal:invoice-pdf",
    "GET portal:pay",
    "GET portal:payments",
    "GET portal:payment",
    "GET portal:payment-file",
)
def test_a9_b4_to_b9_e12_e13_e32_lists_are_narrowed_opened_and_taken_away(
    house: Business, account: str, hand: Hand
) -> None:
    customer = house.customer()
    paid = house.invoice(customer, 5071)
    agreed = offers.active(customer, offers.price(offers.variant(offers.product()), house.vat, 1000))
    unpaid = subscriptions.periods(agreed)[0]["invoice_id"]
    record.record_payment(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        total_minor=6085,
        currency="EUR",
        method="cash",
        description="Fibre, till June # pays late",
        parts=[record.Part(invoice_id=paid)],
    )
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    paid_number, unpaid_number = (str(invoices.invoice(each)["number"]) for each in (paid, unpaid))

    hand.goto("/portal/")
    hand.press(page.locator("summary", has_text="Menu"))
    hand.press(page.get_by_role("link", name="Invoice history"))
    hand.press(page.get_by_role("button", name="Status"))
    hand.tick(page.get_by_label("To pay", exact=True))
    hand.press(page.get_by_role("button", name="Apply").first)
    expect(page.get_by_role("link", name=paid_number)).to_have_count(0)
    hand.look("walk-invoices")
    document = hand.download(page.get_by_role("link", name=f"PDF of {unpaid_number}"))
    assert document.read_bytes().startswith(b"%PDF")
    hand.press(page.get_by_role("link", name=f"Pay {unpaid_number}"))
    expect(page.get_by_role("button", name="Pay €12.00")).to_be_visible()
    hand.goto("/portal/invoices/")
    hand.press(page.get_by_role("link", name="Pay all: €12.00"))
    expect(page.get_by_role("button", name="Pay €12.00")).to_be_visible()
    hand.goto("/portal/invoices/")
    hand.press(page.get_by_role("link", name=re.compile(f"^{unpaid_number}")))
    for words in ("Ivory & Sons", "Fibre", "1 Gbit/s", "€12.00", "DE89 3704 0044 0532 0130 00", unpaid_number):
        expect(page.get_by_role("main")).to_contain_text(words)
    hand.look("walk-invoice")

    hand.goto("/portal/payments/")
    hand.press(page.get_by_role("button", name="Date / Time"))
    hand.date(page.get_by_label("From"), now().date() + timedelta(days=2))
    hand.press(page.get_by_role("button", name="Apply").last)
    expect(page.get_by_text("Fibre, till June")).to_have_count(0)
    hand.press(page.get_by_role("link", name="Clear", exact=True))
    row = page.get_by_role("row", name="Fibre, till June")
    expect(row.locator("time")).to_be_visible()
    expect(row).to_contain_text("Completed")
    expect(row).to_contain_text("€60.85")
    expect(page.get_by_text("pays late")).to_have_count(0)
    hand.look("walk-payments")
    table = hand.download(page.get_by_role("link", name="Download all")).read_text()
    assert "Fibre, till June" in table
    assert "pays late" not in table
    hand.press(row.get_by_role("link"))
    expect(page.get_by_text("Paid. Thank you!")).to_be_visible()


@walks(
    "GET portal:pay",
    "POST portal:pay",
    "GET portal:invoice",
    "GET portal:payment",
    "POST portal:sent",
    "POST portal:withdraw",
    "POST portal:complete",
)
def test_a15_a16_b11_a_transfer_is_promised_proven_taken_back_and_completed(
    house: Business, hand: Hand, tmp_path: Path
) -> None:
    customer = house.customer()
    trust(customer)
    invoice = house.invoice(customer, 5071)
    proof = tmp_path / "confirmation.pdf"
    proof.write_bytes(b"%PDF-1.7 sent")
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/pay/")
    hand.tick(page.get_by_role("radio", name="Bank transfer"))
    hand.press(page.get_by_role("button", name="Pay €60.85"))
    expect(page.get_by_text("DE89 3704 0044 0532 0130 00")).to_be_visible()
    assert made(customer) == [("pending", 6085)]
    hand.look("walk-transfer")
    hand.type(page.get_by_label("Your bank’s reference"), "SEPA 4711")
    hand.attach(page.get_by_label("Your bank’s confirmation"), proof)
    hand.press(page.get_by_role("button", name="I have sent it"))
    expect(page.get_by_text("You told us that you have sent it")).to_be_visible()
    [held] = proofs.of_payment(only_payment(customer)["id"])
    assert held["name"] == "confirmation.pdf"
    hand.press(page.get_by_role("button", name="I will pay in another way"))
    expect(page.get_by_text("The bank transfer is cancelled. Your invoices stay open.")).to_be_visible()

    hand.goto(f"/portal/invoices/{public_id('inv', invoice)}/")
    hand.press(page.get_by_role("link", name="Pay €60.85"))
    hand.tick(page.get_by_role("radio", name="Bank transfer"))
    hand.press(page.get_by_role("button", name="Pay €60.85"))
    hand.tick(page.get_by_label("My bank says that this money was sent"))
    hand.press(page.get_by_role("button", name="Confirm the transfer"))
    expect(page.get_by_text("You confirmed that this transfer was sent.")).to_be_visible()
    assert invoices.invoice(invoice)["open_minor"] == 0


@walks("GET portal:accounts", "POST portal:accounts", "GET portal:pay")
def test_b2_who_looks_after_two_accounts_chooses_for_which_of_them_to_pay(
    house: Business, account: str, hand: Hand
) -> None:
    first, second = house.customer(email="accountant@example.com"), house.customer("Somebody Else")
    house.invoice(first, 5071)
    house.invoice(second, 1000)
    enrol.add_contact(
        actor=STAFF,
        at=now(),
        customer_id=second,
        name="Mary O'Neill",
        email="accountant@example.com",
        rights=ALL_RIGHTS,
        invites=True,
    )
    hand.sign_in(house.open_portal(first))
    page = hand.page
    hand.goto("/portal/pay/")
    expect(page.get_by_role("heading", name="Which account do you want to open?")).to_be_visible()
    hand.look("walk-accounts")
    hand.press(page.get_by_role("button", name="Somebody Else"))
    expect(page.get_by_role("button", name="Pay €12.00")).to_be_visible()
    hand.press(page.get_by_role("button", name="Switch the account: Somebody Else"))
    hand.press(page.get_by_role("button", name="Ivory & Sons"))
    expect(page.get_by_role("button", name="Pay €60.85")).to_be_visible()
    hand.press(page.get_by_role("button", name="Account of Mary O'Neill"))
    hand.press(page.get_by_role("button", name="Dark"))
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
