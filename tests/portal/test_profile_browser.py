"""A customer on a phone: billing details and the own address, and a transfer that it confirms itself."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.usecases import enrol, promise
from tallystick.usecases.enrol import contact_actor
from tests.browsers import needs_chromium, opened
from tests.looking import DESK, PHONE, look
from tests.portal.conftest import STAFF, Business, now, only_payment

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    complaints: list[str] = []
    with browser.new_context(base_url=live_server.url, viewport={"width": PHONE, "height": 844}) as context:
        yield opened(context, complaints)
    assert complaints == []


def test_a_customer_looks_after_itself_on_a_phone(house: Business, phone: Page, live_server: LiveServer) -> None:
    customer = house.customer("Gulf Telecommunications & Data Services WLL", contact="Nour الخليج")
    trust = {"completes_own_transfers": True, "own_transfer_cap_minor": 5000000, "own_transfer_cap_currency": "EUR"}
    enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes=trust)
    user = house.open_portal(customer)
    actor = contact_actor(user.id)
    assert actor is not None
    amounts = {house.invoice(customer, 1234500): None}
    promise.promise_transfer(actor=actor, at=now(), customer_id=customer, amounts=amounts)
    client = Client()
    client.force_login(user)
    cookie = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": f"{live_server.url}/"}
    phone.context.add_cookies([cookie])

    phone.goto("/portal/profile/")
    phone.get_by_role("link", name="Change the billing details").click()
    phone.get_by_role("textbox", name=re.compile("^Address")).fill("Ahmad Al-Jaber Street 12\nTower 4, 27th floor")
    phone.get_by_label("City").fill("Kuwait City")
    phone.get_by_label("Country").select_option(label="Kuwait")
    phone.get_by_label("Language of mails").select_option(label="Arabic")
    look(phone, "profile-billing", widths=(DESK, PHONE), axe_at=(PHONE,))
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("The changes are saved.")).to_be_visible()
    assert customers.customer(customer)["country"] == "KW"
    look(phone, "profile-changed", widths=(DESK, PHONE), axe_at=(PHONE,))
    phone.get_by_role("link", name="Change the e-mail address").click()
    phone.get_by_label("New e-mail address").fill("nour@new.example")
    look(phone, "profile-email", widths=(DESK, PHONE), axe_at=(PHONE,))
    phone.get_by_role("button", name="Send me the link").click()
    expect(phone.get_by_text("a link is on its way there")).to_be_visible()

    phone.goto(f"/portal/payments/{public_id('pay', only_payment(customer)['id'])}/")
    look(phone, "own-transfer", widths=(DESK, PHONE), axe_at=(PHONE,))
    phone.get_by_label("My bank says that this money was sent").check()
    phone.get_by_role("button", name="Confirm the transfer").click()
    expect(phone.get_by_text("Paid. Thank you!")).to_be_visible()
    look(phone, "own-transfer-confirmed", widths=(DESK, PHONE), axe_at=(PHONE,))
