"""The people of a customer, looked after on a phone: invited, changed and removed; every page for axe and the eye."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import Client
from playwright.sync_api import Browser, Locator, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import User
from tallystick.usecases import enrol
from tests.browsers import needs_chromium
from tests.looking import DESK, PHONE, SMALLEST, look
from tests.portal.conftest import STAFF, Business, now

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]

LONG_ADDRESS = "accounts.payable.department@gulf-telecommunications.example"


@pytest.fixture
def phone(browser: Browser, live_server: LiveServer, settings: Settings) -> Iterator[Page]:
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    complaints: list[str] = []
    with browser.new_context(base_url=live_server.url, viewport={"width": PHONE, "height": 844}) as context:
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if said.type in {"error", "warning"} else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        yield page
    # A form that is shown again with what is wrong is answered so.
    assert [each for each in complaints if "422" not in each] == []


def signed_in(page: Page, user: User, site: str) -> None:
    client = Client()
    client.force_login(user)
    page.context.add_cookies([{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": f"{site}/"}])


def looked_at(page: Page, name: str) -> None:
    look(page, name, widths=(DESK, SMALLEST, PHONE), axe_at=(DESK, PHONE))


def right(page: Page, word: str) -> Locator:
    return page.locator(".radio-card").filter(has=page.get_by_text(word, exact=True)).get_by_role("checkbox")


def test_people_are_looked_after_on_a_phone(house: Business, phone: Page, live_server: LiveServer) -> None:
    customer = house.customer(rights=["view", "pay", "download", "manage_contacts"])
    signed_in(phone, house.open_portal(customer), live_server.url)
    yamada = added(
        customer, "山田 太郎 Yamada-Fitzgerald", "accounts.payable.department@gulf-telecommunications.example"
    )

    phone.goto("/portal/people/")
    looked_at(phone, "people")
    phone.get_by_role("link", name="Invite somebody").click()
    looked_at(phone, "people-invite")
    phone.get_by_label("Name").fill("Zoë Ní Bhriain")
    phone.get_by_label("E-mail address").fill("zoe@example.com")
    expect(phone.get_by_role("checkbox", checked=True)).to_have_count(1)
    expect(right(phone, "See invoices and payments")).to_be_checked()
    right(phone, "Download documents").check()
    right(phone, "Manage contacts").check()
    phone.get_by_role("button", name="Send the invitation").click()
    expect(phone.get_by_text("Zoë Ní Bhriain is invited, and gets a mail.")).to_be_visible()

    phone.get_by_role("link", name="Change 山田 太郎 Yamada-Fitzgerald").click()
    expect(phone.get_by_text("This person may also: Manage payment methods, Manage auto pay.")).to_be_visible()
    looked_at(phone, "people-change")
    right(phone, "Pay").uncheck()
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("The changes are saved.")).to_be_visible()
    assert customers.contact(yamada, of_customer=customer).rights == (
        *("download", "manage_autopay", "manage_contacts", "manage_methods", "view"),
    )

    phone.get_by_role("button", name=re.compile("^Account of ")).click()
    phone.get_by_role("link", name="Profile and sign-in").click()
    looked_at(phone, "people-profile")
    phone.get_by_role("link", name="Choose your mails").click()
    phone.get_by_label("Statements of account").uncheck()
    phone.get_by_label("Days of notice before a coming invoice is due").fill("14")
    looked_at(phone, "people-mails")
    phone.get_by_role("button", name="Save").click()
    expect(phone.get_by_text("The changes are saved.")).to_be_visible()

    phone.goto("/portal/people/")
    phone.get_by_role("link", name="Change Mary O'Neill").click()
    right(phone, "Manage contacts").uncheck()
    phone.get_by_role("button", name="Save").click()
    expect(phone.locator(".field-error")).to_contain_text("You would not be able to manage contacts any more.")
    looked_at(phone, "people-own")

    phone.goto("/portal/people/")
    phone.get_by_role("link", name="Remove Zoë Ní Bhriain").click()
    looked_at(phone, "people-remove")
    phone.get_by_role("button", name="Remove").click()
    expect(phone.get_by_text("This person is removed, and signed out everywhere.")).to_be_visible()
    assert [each.email for each in customers.contacts(customer)] == [
        "ivory.sons@example.com",
        LONG_ADDRESS,
    ]


def added(customer: UUID, name: str, email: str) -> UUID:
    shape = enrol.add_contact(actor=STAFF, at=now(), customer_id=customer, name=name, email=email)
    return next(each.id for each in customers.contacts(customer) if public_id("con", each.id) == shape["id"])
