"""The pages of prepaid money in a real browser: for axe, the policy and the eye."""

from datetime import timedelta

from django.urls import reverse
from playwright.sync_api import Browser

from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.usecases import topup
from tallystick.usecases.record import Part
from tallystick.wallets import operations as wallets
from tests.backoffice.business import NAMES, SYSTEM, Business, member, moment, uid
from tests.backoffice.test_browser import complaints, opened, pytestmark, sign_in, site
from tests.backoffice.test_wallets import bought, prepaid
from tests.looking import look_at_all

__all__ = ["complaints", "pytestmark", "site"]


def test_every_page_is_accessible_in_both_themes(transactional_db: None, browser: Browser, site: str) -> None:
    business = Business()
    customer = prepaid(business, NAMES[0], 123456789)
    with transaction():
        wallets.grant(
            customer_id=customer,
            currency="EUR",
            amount_minor=1500,
            source="Welcome credit",
            expires_date=moment().date() + timedelta(days=30),
            day=moment(10).date(),
            at=moment(10),
        )
    purchase = bought(business, customer)
    below = prepaid(business, NAMES[2], 1000)
    bought(business, below, 1310)
    payer = business.customer(NAMES[1])
    draft = topup.create_topup_request(
        actor=SYSTEM, at=moment(2), customer_id=customer, currency="EUR", total_minor=500000, title="Your next top-up"
    )
    taxed = topup.create_topup_request(
        actor=SYSTEM, at=moment(2), customer_id=payer, currency="EUR", total_minor=120000, tax_rate_id=business.vat
    )
    topup.send_topup_request(actor=SYSTEM, at=moment(2), request_id=uid(taxed["id"]))
    business.payment(payer, 60000, days_ago=1, parts=[Part(invoice_id=uid(taxed["id"]))])
    provisioned = invoices.invoices_page(
        invoices.InvoiceFilter(customer_id=customer, status="provisioned"), today=moment().date()
    ).rows[0]["id"]
    pages = {
        "wallet-customer": reverse("office:customer", args=[public_id("cus", customer)]),
        "wallet-below": reverse("office:customer", args=[public_id("cus", below)]),
        "wallet-charge": reverse("office:charge", args=[public_id("cus", customer)]),
        "wallet-purchase": reverse("office:payment", args=[public_id("pay", purchase)]),
        "wallet-credit": reverse("office:charge-credit", args=[public_id("pay", purchase)]),
        "wallet-limit": reverse("office:debit-limit", args=[public_id("cus", customer)]),
        "topup-new": reverse("office:new-topup"),
        "topup-draft": reverse("office:invoice", args=[public_id("inv", uid(draft["id"]))]),
        "topup-send": reverse("office:topup-send", args=[draft["id"]]),
        "topup-provisioned": reverse("office:invoice", args=[public_id("inv", provisioned)]),
        "topup-taxed": reverse("office:invoice", args=[taxed["id"]]),
        "wallet-taxed": reverse("office:customer", args=[public_id("cus", payer)]),
        "topups": f"{reverse('office:invoices')}?kind=topup",
        "purchases": f"{reverse('office:payments')}?kind=charge",
    }
    noticed: list[str] = []
    with browser.new_context(base_url=site) as context:
        page = opened(context, noticed)
        sign_in(page, member("Finance"), site)
        look_at_all(page, pages)
    assert noticed == []
