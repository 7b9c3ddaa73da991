"""Documents, statements and the wallet, walked by both hands; the pages that say no, and the portal as staff see it."""

import re
from datetime import timedelta

import pytest
from playwright.sync_api import expect

from tallystick.foundation import business, settings_store
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.ledger import queries as ledger
from tallystick.usecases import bill
from tests.backoffice.business import member
from tests.browsers import needs_chromium
from tests.documents.test_factur_x_files import in_ireland
from tests.portal.conftest import STAFF, Business, now
from tests.portal.hands import Hand, walks
from tests.portal.test_wallet import a_code
from tests.signin.conftest import no_tries_yet

__all__ = ["no_tries_yet"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@walks(
    "GET portal:home",
    "GET portal:reports",
    "GET portal:statement-pdf",
    "GET portal:statement-csv",
    "GET portal:receipt-pdf",
    "GET portal:credit-note-pdf",
    "GET portal:tax-document-pdf",
)
def test_statements_and_documents_are_taken_away(house: Business, hand: Hand) -> None:
    customer = house.customer()
    invoice = house.invoice(customer)
    bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=invoice, reason="Part", gross_minor=100)
    house.taxed_topup(customer)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/")
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="Reports / Documents"))
    hand.look("reports")
    today = now().date()
    hand.date(page.get_by_label("From"), today + timedelta(days=1))
    hand.date(page.get_by_label("Up to and including"), today)
    hand.press(page.get_by_role("button", name="Statement as PDF"))
    expect(page.locator(".field-error")).to_be_visible()
    hand.look("reports-refused")
    hand.date(page.get_by_label("From"), today - timedelta(days=30))
    assert hand.download(page.get_by_role("button", name="Statement as PDF")).read_bytes().startswith(b"%PDF")
    assert "INV-" in hand.download(page.get_by_role("button", name="Statement as CSV")).read_text()
    for kind in ("Credit note", "Tax document", "Receipt"):
        row = page.locator("tbody tr").filter(has_text=kind).first
        assert hand.download(row.get_by_role("link")).read_bytes().startswith(b"%PDF")


@walks(
    "GET portal:invoice",
    "GET portal:invoice-xml",
    "GET portal:credit-note-xml",
    "GET portal:tax-document-xml",
    "GET portal:wallet",
    "GET portal:purchase-tax-document-xml",
)
def test_e_invoices_are_taken_away(house: Business, hand: Hand) -> None:
    customer = in_ireland(house)
    with transaction():
        settings_store.put(business.TAX_ID, "IE1234567T")
    settings_store.forget()
    invoice = house.invoice(customer)
    bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=invoice, reason="Part", gross_minor=100)
    topup, _tax_document = house.taxed_topup(customer)
    house.taxed_purchases(customer)
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    for path, name in ((f"invoices/{topup}", "TAX"), ("wallet", "TXP")):
        hand.goto(f"/portal/{path}/")
        link = page.get_by_role("link", name=re.compile(f"^Download {name}-.* as XML$"))
        assert b"CrossIndustryInvoice" in hand.download(link).read_bytes()
    hand.goto(f"/portal/invoices/{public_id('inv', invoice)}/")
    for link in (
        page.get_by_role("link", name="Download XML", exact=True),
        page.get_by_role("link", name=re.compile(r"^Download CN-.* as XML$")),
    ):
        assert b"CrossIndustryInvoice" in hand.download(link).read_bytes()


@walks("GET portal:wallet", "POST portal:wallet", "GET portal:purchase-tax-document-pdf", "GET portal:payments")
def test_a_voucher_is_redeemed_and_the_wallet_read(house: Business, hand: Hand) -> None:
    customer = house.customer()
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/wallet/")
    hand.look("wallet-empty")
    hand.type(page.get_by_label("Voucher number"), a_code(gives="additional", minimum_topup_minor=2000))
    hand.press(page.get_by_role("button", name="Redeem a voucher"))
    expect(page.locator(".field-error")).to_contain_text("a top-up of at least")
    hand.type(page.get_by_label("Voucher number"), a_code())
    hand.press(page.get_by_role("button", name="Redeem a voucher"))
    expect(page.get_by_text("Your voucher is redeemed: €10.00 are in your wallet.")).to_be_visible()
    assert ledger.standings(customer)[0].wallet_minor == 1000
    house.taxed_purchases(customer)
    hand.goto("/portal/wallet/")
    hand.look("wallet")
    assert hand.download(page.get_by_role("link", name="Download TXP-")).read_bytes().startswith(b"%PDF")
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="Payments", exact=True))
    expect(page.get_by_role("row").filter(has_text="Calls")).to_contain_text("\u2212€60.00")


@walks(
    "GET portal:home",
    "GET portal:methods",
    "GET portal:autopay",
    "GET portal:contacts",
    "GET portal:invoice",
    "GET account_inactive",
    "GET signin:ask",
    "POST signin:ask",
    "GET signin:sent",
)
def test_what_is_not_there_and_what_one_may_not_see(house: Business, hand: Hand) -> None:
    customer = house.customer(rights=["view"])
    strange = house.invoice(house.customer("Somebody Else"))
    hand.sign_in(house.open_portal(customer))
    page = hand.page
    hand.goto("/portal/people/", status=403)
    hand.look("refused")
    hand.press(page.get_by_role("link", name="Go to the start"))
    hand.goto(f"/portal/invoices/{public_id('inv', strange)}/", status=404)
    hand.look("not-found")
    hand.press(page.get_by_role("link", name="Go to the start"))
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="Payment methods"))
    expect(page.get_by_text("No stored cards")).to_be_visible()
    hand.look("methods-may-not")
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="Manage auto pay"))
    hand.look("autopay-may-not")

    hand.goto("/accounts/inactive/")
    hand.look("signin-inactive")
    hand.statuses.add(429)
    for _ask in range(4):
        hand.goto("/accounts/login/link/")
        hand.type(page.get_by_label("E-mail address"), "mary@example.com")
        hand.press(page.get_by_role("button", name="Send me the link"))
    expect(page.get_by_role("heading", name="Too many")).to_be_visible()
    hand.look("too-many")


@walks("GET portal:home", "GET portal:wallet", "POST portal:wallet", "GET portal:contacts")
def test_staff_see_the_portal_and_change_nothing(house: Business, hand: Hand) -> None:
    customer = house.customer()
    house.open_portal(customer)
    code = a_code()
    hand.sign_in(member("Support"))
    page = hand.page
    hand.goto(f"/office/customers/{public_id('cus', customer)}/")
    hand.press(page.get_by_role("button", name="View as customer"))
    expect(page.get_by_role("region", name="You see this as a customer")).to_be_visible()
    hand.look("viewing-home")
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="People"))
    hand.look("viewing-people")
    hand.press(page.locator(".portal-menu > summary"))
    hand.press(page.get_by_role("link", name="Wallet"))
    hand.statuses.add(403)
    hand.type(page.get_by_label("Voucher number"), code)
    hand.press(page.get_by_role("button", name="Redeem a voucher"))
    expect(page.get_by_role("heading", name="Nothing was changed")).to_be_visible()
    hand.look("viewing-refused")
    assert ledger.standings(customer) == []
    hand.press(page.get_by_role("button", name="Stop"))
    hand.goto("/portal/", status=403)
    hand.look("viewing-staff-refused")
