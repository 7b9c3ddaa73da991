"""The wallet in the portal: what is in it until when, and redeeming a voucher (B14, B17)."""

import re
import uuid
from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import public_id
from tallystick.invoices import queries as invoices
from tallystick.ledger import queries as ledger
from tallystick.usecases import configure, enrol, make_vouchers, record, wallet_invoices
from tallystick.wallets.vouchers import BatchTerms
from tests.portal.conftest import STAFF, Business, form_of, now, only_payment, uid

pytestmark = pytest.mark.django_db
PAY = "/portal/pay/"


def a_code(**terms: object) -> str:
    """This function will return the code of a new voucher of 10.00."""
    told = {"name": "Spring promotion", "currency": "EUR", "quantity": 1, "amount_minor": 1000, "lifetime_days": 30}
    made = make_vouchers.create_voucher_batch(actor=STAFF, at=now(), terms=BatchTerms(**told | terms))  # type: ignore[arg-type]
    (found,) = make_vouchers.voucher_codes(actor=STAFF, at=now(), batch_id=uid("vbt", made["id"]))
    return found.code


def redeemed(client: Client, number: str, *, currency: str = "EUR", key: str = "") -> tuple[int, str]:
    """This function will send the form, and return the status and the page that follows."""
    sent = {"number": number, "currency": currency, "idempotency_key": key or str(uuid.uuid4())}
    answer = client.post(reverse("portal:wallet"), sent, follow=True)
    return answer.redirect_chain[0][1] if answer.redirect_chain else answer.status_code, answer.content.decode()


def test_a_customer_redeems_a_voucher_and_sees_until_when_it_lasts(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    assert "Your wallet is empty" in client.get(reverse("portal:wallet")).content.decode()
    code = a_code()
    status, page = redeemed(client, code.lower().replace("-", " "), key="once")
    assert status == 302
    assert "Your voucher is redeemed: €10.00 are in your wallet." in page
    assert (now().date() + timedelta(days=30)).strftime("%Y") in page
    assert "Spring promotion VB-00001-1" in page
    assert redeemed(client, code.lower().replace("-", " "), key="once")[0] == 302, "a second press changes nothing"
    assert ledger.standings(customer)[0].wallet_minor == 1000
    assert "€10.00" in client.get("/portal/").content.decode()

    row = only_payment(customer)
    page = client.get(reverse("portal:payment", args=[public_id("pay", row["id"])])).content.decode()
    assert "This voucher is redeemed" in page
    assert "Your receipt" not in page
    assert "Spring promotion" in client.get(reverse("portal:payments")).content.decode()


def test_what_cannot_be_redeemed_says_why_beside_its_field(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    house.rate("USD", "0.92")
    assert "one in USD" in redeemed(client, a_code(currency="USD"))[1]
    used = a_code()
    redeemed(client, used)
    assert "redeemed before" in redeemed(client, used)[1]
    needs = a_code(gives="additional", minimum_topup_minor=2000)
    assert "a top-up of at least" in redeemed(client, needs)[1]
    enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes={"is_prepaid": True})
    record.record_payment(actor=STAFF, at=now(), customer_id=customer, total_minor=2500, currency="EUR")
    assert redeemed(client, needs)[0] == 302
    for _ in range(5):
        status, page = redeemed(client, "wrong")
        assert (status, "There is no voucher with this number" in page) == (422, True)
    assert "Try again in 60 minutes" in redeemed(client, a_code())[1]
    page = client.get(reverse("portal:wallet")).content.decode()
    assert "TOP-" in page


def test_an_invoice_says_what_the_wallet_paid_of_it(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes={"is_prepaid": True})
    record.record_payment(actor=STAFF, at=now(), customer_id=customer, total_minor=2500, currency="EUR")
    invoice = house.invoice(customer)
    wallet_invoices.pay_from_wallet(actor=STAFF, at=now(), invoice_id=invoice, amount_minor=1234)
    page = client.get(reverse("portal:invoice", args=[public_id("inv", invoice)])).content.decode()
    assert "Your wallet" in page
    assert "€12.34" in page


def test_a_customer_takes_away_the_tax_invoice_of_a_top_up(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    configure.change_settings(actor=STAFF, at=now(), changes={"topup_expiry_months": 12})
    request, document = house.taxed_topup(customer)
    page = client.get(reverse("portal:invoice", args=[request])).content.decode()
    for words in ("Top-up request TOP-", "12 months after you pay"):
        assert words in page
    assert "Due" not in page
    assert "Tax invoices" in page
    assert "Tax €10.00" in page
    address = reverse("portal:tax-document-pdf", args=[document])
    assert address in page
    assert client.get(address).content.startswith(b"%PDF")
    client.force_login(house.open_portal(house.customer("Others Ltd")))
    assert client.get(address).status_code == 404


def test_a_customer_takes_away_the_tax_invoices_of_purchases(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    issued = house.taxed_purchases(customer)
    page = client.get(reverse("portal:wallet")).content.decode()
    address = reverse("portal:purchase-tax-document-pdf", args=[issued["id"]])
    for words in ("Tax invoices", issued["number"], address, "€60.00", "€10.00"):
        assert words in page
    assert client.get(address).content.startswith(b"%PDF")
    readers = house.customer("Readers Ltd", rights=["view"])
    theirs = house.taxed_purchases(readers)
    client.force_login(house.open_portal(readers))
    page = client.get(reverse("portal:wallet")).content.decode()
    own = reverse("portal:purchase-tax-document-pdf", args=[theirs["id"]])
    assert (theirs["number"] in page, own in page, issued["number"] in page) == (True, False, False)
    assert client.get(own).status_code == 403


def test_who_may_only_look_redeems_nothing(house: Business, client: Client) -> None:
    customer = house.customer("Readers Ltd", rights=["view"])
    client.force_login(house.open_portal(customer))
    code = a_code()
    assert "Voucher number" not in client.get(reverse("portal:wallet")).content.decode()
    assert redeemed(client, code)[0] == 403
    assert ledger.standings(customer) == []


def test_b14_a_voucher_is_one_of_the_ways_to_pay(signed_in: tuple[Client, UUID], house: Business, account: str) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    page = client.get(PAY).content.decode()
    for said in ('value="voucher"', "Bank transfer", "Voucher number", "Redeem the voucher"):
        assert said in page
    form = form_of(invoice, method="voucher", key="once", number=a_code().lower().replace("-", " "))
    for _ in range(2):
        answer = client.post(PAY, form, follow=True)
        assert answer.redirect_chain == [(reverse("portal:wallet"), 302)]
    assert "Your voucher is redeemed: €10.00 are in your wallet." in answer.content.decode()
    assert ledger.standings(customer)[0].wallet_minor == 1000
    assert invoices.invoice(invoice)["open_minor"] == 10680, "a voucher pays no invoice by itself"
    assert only_payment(customer)["kind"] == "voucher"


@pytest.mark.parametrize(
    ("number", "said"), [("", "This field is required."), ("wrong", "There is no voucher with this number")]
)
def test_b14_a_voucher_that_cannot_be_redeemed_is_said_beside_its_field(
    signed_in: tuple[Client, UUID], account: str, number: str, said: str
) -> None:
    client, customer = signed_in
    # Nothing is owed, so the form asks for an amount, which a voucher does not need.
    form = form_of(method="voucher", number=number, pay="fixed_amount", fixed="")
    refused = client.post(PAY, form)
    assert (refused.status_code, said in refused.content.decode()) == (422, True)
    assert re.search(r'value="voucher"[^>]*checked', refused.content.decode()), "the choice is kept"
    in_dialog = {"HX-Request": "true", "HX-Target": "kit-dialog-body"}
    refused = client.post(PAY, {**form, "idempotency_key": "d"}, headers=in_dialog)
    assert (refused.status_code, said in refused.content.decode()) == (200, True)
    assert ledger.standings(customer) == []
    good = {**form, "number": a_code(), "idempotency_key": "e"}
    assert client.post(PAY, good, headers=in_dialog)["HX-Redirect"] == reverse("portal:wallet")
    assert ledger.standings(customer)[0].wallet_minor == 1000
