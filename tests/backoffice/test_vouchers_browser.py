"""The pages of vouchers in a real browser, office and portal: for axe, the policy and the eye."""

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from playwright.sync_api import Browser

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import User
from tallystick.usecases import enrol, make_vouchers, redeem, wallet_invoices
from tallystick.wallets.vouchers import BatchTerms
from tests.backoffice.business import NAMES, PASSWORD, SYSTEM, Business, member, moment, uid
from tests.backoffice.test_browser import complaints, opened, pytestmark, sign_in, site
from tests.backoffice.test_wallets import bought, prepaid
from tests.looking import look, look_at_all

__all__ = ["complaints", "pytestmark", "site"]


def test_every_page_is_accessible_in_both_themes(transactional_db: None, browser: Browser, site: str) -> None:
    business = Business()
    customer = prepaid(business, NAMES[0])
    terms = BatchTerms(
        name="Spring promotion for everybody who prepays by telephone",
        currency="EUR",
        quantity=5,
        amount_minor=2000,
        gives="multiplier",
        multiplier=Decimal("1.5"),
        minimum_topup_minor=1000,
        uses_per_customer=1,
        valid_until=moment().date() + timedelta(days=30),
        lifetime_days=60,
        customer_ids=[customer],
    )
    sold = BatchTerms(
        name="Kiosk", currency="EUR", quantity=10000, amount_minor=2500, is_sold=True, reseller="Kiosk am Eck"
    )
    spring, kiosk = (
        make_vouchers.create_voucher_batch(actor=SYSTEM, at=moment(20), terms=each)["id"] for each in (terms, sold)
    )
    code = make_vouchers.voucher_codes(actor=SYSTEM, at=moment(1), batch_id=uid(spring))[0].code
    paid = redeem.redeem_voucher(actor=SYSTEM, at=moment(1), customer_id=customer, number=code, currency="EUR")
    invoice = business.invoice(customer, 2000)
    wallet_invoices.pay_from_wallet(actor=SYSTEM, at=moment(), invoice_id=invoice, amount_minor=1000)
    below = prepaid(business, NAMES[2], 1000)
    bought(business, below, 1310)
    pages = {
        "wallet-invoice": reverse("office:invoice", args=[public_id("inv", invoice)]),
        "wallet-pays": reverse("office:invoice-pay-from-wallet", args=[public_id("inv", invoice)]),
        "wallet-usage": reverse("office:invoice-usage", args=[public_id("cus", below)]),
        "wallet-customer-below": reverse("office:customer", args=[public_id("cus", below)]),
        "vouchers": reverse("office:vouchers"),
        "vouchers-new": reverse("office:new-vouchers"),
        "vouchers-batch": reverse("office:voucher-batch", args=[spring]),
        "vouchers-unsold": reverse("office:voucher-batch", args=[kiosk]),
        "vouchers-sell": reverse("office:sell-vouchers", args=[kiosk]),
        "vouchers-deactivate": reverse("office:deactivate-vouchers", args=[kiosk]),
        "vouchers-redeem": reverse("office:redeem-voucher", args=[public_id("cus", customer)]),
        "vouchers-payment": reverse("office:payment", args=[paid["payment"]]),
    }
    noticed: list[str] = []
    with browser.new_context(base_url=site) as context:
        page = opened(context, noticed)
        sign_in(page, member("Finance"), site)
        look_at_all(page, pages)
    contact = customers.contacts(customer)[0]
    enrol.open_portal(actor=SYSTEM, at=moment(), customer_id=customer, contact_id=contact.id)
    user = User.objects.get(email=contact.email)
    user.set_password(PASSWORD)
    user.save()
    with browser.new_context(base_url=site, java_script_enabled=False) as context:
        page = opened(context, noticed)
        sign_in(page, user, site)
        page.goto(reverse("portal:wallet"))
        page.get_by_label("Voucher number").fill("7Q3F")
        page.get_by_role("button", name="Redeem a voucher").click()
        assert "There is no voucher with this number" in page.inner_text("main")
    with browser.new_context(base_url=site) as context:
        page = opened(context, noticed)
        sign_in(page, user, site)
        page.goto(reverse("portal:wallet"))
        look(page, "portal-wallet")
        page.get_by_label("Voucher number").fill("7Q3F")
        page.get_by_role("button", name="Redeem a voucher").click()
        page.get_by_text("There is no voucher with this number").first.wait_for()
        look(page, "portal-wallet-wrong")
    assert [each for each in noticed if "422" not in each] == []
