"""The portal in a real browser: a card payment with the bank between, and every page for axe, the policy and the eye.

With TALLYSTICK_SHOTS naming a folder, every page is kept there as a picture.
"""

import re
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.foundation.ids import public_id
from tallystick.foundation.models import User
from tallystick.foundation.transactions import transaction
from tallystick.payments.terms import terms_hash
from tallystick.reports.activity import last_of
from tallystick.usecases import autopay, charge, collect, dispute, promise, record
from tallystick.usecases.enrol import contact_actor
from tallystick.wallets import operations as wallets
from tests.browsers import needs_chromium, opened
from tests.looking import DESK, PHONE, SHOTS, SMALLEST, look, look_at_all
from tests.portal.conftest import STAFF, Business, now, uid
from tests.sandbox_service import SandboxService
from tests.stored_cards import stored_card

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.django_db(transaction=True),
]


@pytest.fixture
def site(live_server: LiveServer, settings: Settings) -> str:
    """The address of the served installation, as its settings know it."""
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    return live_server.url


@pytest.fixture
def complaints() -> list[str]:
    return []


@pytest.fixture
def phone(browser: Browser, site: str, complaints: list[str]) -> Iterator[Page]:
    with browser.new_context(base_url=site, viewport={"width": 390, "height": 844}) as context:
        yield opened(context, complaints)
        assert complaints == []


def gateway(house: Business, sandbox: SandboxService, name: str) -> UUID:
    merchant = sandbox.create_merchant(name)
    return house.gateway(sandbox.base_url, secret_key=merchant.secret_key, webhook_secrets=[merchant.webhook_secret])


def type_card(page: Page, number: str) -> None:
    page.get_by_label("Card number").fill(number)
    page.get_by_label("Expiry date").fill("04/40")
    page.get_by_label("Security code").fill("123")
    page.get_by_label("Name on card").fill("Mary O'Neill")


def sign_in(page: Page, user: User, site: str) -> None:
    """This function will sign a user in without the form."""
    client = Client()
    client.force_login(user)
    value = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": value, "url": f"{site}/"}])


def story(house: Business, sandbox: SandboxService) -> tuple[UUID, dict[str, str]]:
    """This function will tell a customer's story with long names and large amounts, and return its pages."""
    account = gateway(house, sandbox, "Story")
    house.rate("JPY", "0.0061")
    house.rate("KWD", "3.05")
    name = (
        "شركة الخليج للاتصالات والتقنية المتقدمة — Gulf Advanced Telecommunications & Technology Holding Company W.L.L."
    )
    customer = house.customer(
        name,
        email="accounts.payable.department@gulf-advanced-telecommunications.example",
        contact="山田 太郎 Yamada-Fitzgerald",
        details={
            "address_lines": "Al Hamra Tower, 62nd floor\nشارع الشهداء",
            "postal_code": "15300",
            "city": "Kuwait City",
        },
    )
    user = house.open_portal(customer)
    actor = contact_actor(user.id)
    assert actor is not None
    long = (
        "Dedicated fibre line, 10 Gbit/s, Kuwait City to Frankfurt, with managed routers and a service level of 99.99 %"
    )
    waiting = house.invoice(customer, 123456789, description=long)
    promised = house.invoice(customer, 250000)
    failed = house.invoice(customer, 5071)
    house.invoice(customer, 1234567, currency="JPY", tax=house.no_tax)
    house.invoice(customer, 1234567890, currency="KWD", tax=house.no_tax, description="سيرفر مخصص")
    house.invoice(customer, 8900, quantity=Decimal("12.5"), tax=house.reduced, due_date=None, invoice_date=None)

    def pay(invoice: UUID) -> dict[str, Any]:
        shape = collect.pay(
            actor=actor,
            at=now(),
            customer_id=customer,
            amounts={invoice: None},
            account_id=account,
            return_url="http://localhost:1/{attempt}",
            note="Bitte Rechnung an die Buchhaltung",
        )
        return dict(shape)

    checkout = pay(waiting)
    settled = house.invoice(customer, 98765432)
    paid = pay(settled)
    finish(paid, "4242424242424242")
    refused = pay(failed)
    finish(refused, "4000000000009995")
    disputed, lost = pay(house.invoice(customer, 1234500)), pay(house.invoice(customer, 4200))
    for each in (disputed, lost):
        finish(each, "4242424242424242")
        told = dispute.open_dispute(actor=STAFF, at=now(), payment_id=uid("pay", each["id"]))
    dispute.lose_dispute(actor=STAFF, at=now(), dispute_id=uid("dsp", told["id"]))
    transfer = promise.promise_transfer(actor=actor, at=now(), customer_id=customer, amounts={promised: None})
    pages = {
        "home": "/portal/",
        "invoices": "/portal/invoices/",
        "reports": "/portal/reports/",
        "invoice": f"/portal/invoices/{public_id('inv', waiting)}/",
        "invoice-paid": f"/portal/invoices/{public_id('inv', settled)}/",
        "pay": "/portal/pay/",
        "pay-kwd": "/portal/pay/?currency=KWD",
        "pay-charged-in-kwd": "/portal/pay/?charged_in=KWD",
        "payments": "/portal/payments/",
        "payment-waiting": f"/portal/payments/{checkout['id']}/",
        "payment-paid": f"/portal/payments/{paid['id']}/",
        "payment-failed": f"/portal/payments/{refused['id']}/",
        "payment-disputed": f"/portal/payments/{disputed['id']}/",
        "payment-taken-back": f"/portal/payments/{lost['id']}/",
        "payment-promised": f"/portal/payments/{transfer['id']}/",
        "receipt": f"/portal/payments/{paid['id']}/receipt/",
        "profile": "/portal/profile/",
    }
    return user.id, pages


def finish(shape: dict[str, Any], number: str) -> None:
    from tests.sandbox_service import pay

    attempt = shape["attempts"][-1]
    pay(attempt["action_url"], number)
    collect.ask(attempt_id=uid("att", attempt["id"]), at=now() + timedelta(seconds=1))


def test_receipt_and_invoice_print_as_documents(
    house: Business, sandbox: SandboxService, phone: Page, site: str
) -> None:
    user_id, pages = story(house, sandbox)
    sign_in(phone, User.objects.get(id=user_id), site)
    phone.set_viewport_size({"width": 720, "height": 1000})
    phone.emulate_media(media="print", color_scheme="dark")
    for name in ("receipt", "invoice-paid"):
        phone.goto(pages[name])
        if SHOTS:
            phone.screenshot(path=str(Path(SHOTS) / f"{name}-print.png"), full_page=True)
        expect(phone.get_by_role("navigation").first).to_be_hidden()
        expect(phone.get_by_role("button", name="Print")).to_be_hidden()
        assert phone.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"


def test_every_page_is_accessible_in_both_themes(
    house: Business, sandbox: SandboxService, browser: Browser, site: str, complaints: list[str]
) -> None:
    user_id, pages = story(house, sandbox)
    with browser.new_context(base_url=site) as context:
        page = opened(context, complaints)
        sign_in(page, User.objects.get(id=user_id), site)
        look_at_all(page, pages, widths=(DESK, PHONE, SMALLEST))
    assert complaints == []


def busy(house: Business) -> tuple[User, UUID]:
    """This function will tell of a customer on whose calendar there is something of nearly every kind."""
    customer = house.customer("山田 太郎 Yamada-Fitzgerald", email="yamada@example.com", terms_days=3)
    user = house.open_portal(customer)
    last = last_of(now().date().replace(day=1))
    house.invoice(customer, 123456789)
    record.record_payment(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        total_minor=5071,
        currency="EUR",
        method="cash",
        description="Dedicated fibre line, Kuwait City to Frankfurt",
    )
    stored_card(customer, house.gateway(), expires=(last.month, last.year))
    words = {"terms_sha256": terms_hash(autopay.TERMS.default), "evidence": "Signed form"}
    autopay.agree(actor=STAFF, at=now(), customer_id=customer, **words)
    with transaction():
        wallets.grant(
            customer_id=customer,
            currency="EUR",
            amount_minor=7000,
            source="Welcome credit",
            expires_date=last,
            day=now().date(),
            at=now(),
        )
    charge.charge_account(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        currency="EUR",
        total_minor=3000,
        tax_rate_id=house.no_tax,
        description="Calls",
    )
    return user, customer


def test_the_calendar_is_a_list_on_a_phone_and_a_grid_on_a_desk(
    house: Business, browser: Browser, site: str, complaints: list[str]
) -> None:
    user, _customer = busy(house)
    with browser.new_context(base_url=site, viewport={"width": PHONE, "height": 844}) as context:
        page = opened(context, complaints)
        sign_in(page, user, site)
        page.goto("/portal/")
        calendar = page.get_by_role("region", name="Activity in")
        expect(calendar.get_by_role("columnheader")).to_have_count(0)
        expect(calendar.get_by_role("cell")).to_have_count(len(calendar.locator("td:not(.is-empty)").all()))
        expect(calendar.get_by_text("Card expires")).to_be_visible()
        expect(page.get_by_text("Lasts about 40 days")).to_be_visible()
        look(page, "calendar", axe_at=(DESK, PHONE))
        page.set_viewport_size({"width": DESK, "height": 900})
        expect(calendar.get_by_role("columnheader")).to_have_count(7)
        assert len(calendar.get_by_role("cell").all()) % 7 == 0
        calendar.get_by_role("link", name="Calls").click()
        expect(page).to_have_url(re.compile("/portal/payments/pay_"))
        page.go_back()
        page.get_by_role("link", name="Next month").click()
        expect(page).to_have_url(re.compile(r"\?month=[0-9-]{7}#calendar$"))
        expect(page.get_by_role("link", name="This month")).to_be_visible()
        look(page, "calendar-next", axe_at=(DESK, PHONE))
    assert complaints == []
