"""The portal read from right to left, and in German: nothing overflows, all is mirrored, and the logo can be seen."""

from pathlib import Path

import pytest
from django.test import Client
from playwright.sync_api import Browser, Page, expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.cli import demo_data
from tallystick.usecases import configure, people
from tests.browsers import needs_chromium, opened
from tests.looking import DESK, PHONE, look_at_all
from tests.portal.conftest import STAFF, Business, now

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]

LOGO = Path(demo_data.__file__).with_name("logo.svg")
# Where things are, from the left, and how the amount reads.
_PLACES = """() => {
    const middle = (each) => { const box = each.getBoundingClientRect(); return (box.left + box.right) / 2; };
    const one = (selector) => middle(document.querySelector(selector));
    const logo = document.querySelector('.portal-logo').getBoundingClientRect();
    const links = [...document.querySelectorAll('.portal-nav .nav-item')].map(middle);
    return {
        brand: one('.portal-brand'), person: one('.person-button'), first: links[0], second: links[1],
        logo: [logo.width, logo.height],
        owe: document.querySelector('.owe-words').innerText,
    };
}"""
_COLUMNS = """() => [...document.querySelectorAll('.table thead th')]
    .filter((each) => each.offsetParent).map((each) => each.getBoundingClientRect().left)"""


@pytest.mark.parametrize("language", ["ar", "de"])
def test_the_portal_fits_and_mirrors(
    house: Business, browser: Browser, live_server: LiveServer, settings: Settings, language: str
) -> None:
    settings.SITE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    # Read from right to left; its texts are English, for there is no catalogue of it.
    settings.LANGUAGES = [*settings.LANGUAGES, ("ar", "Right to left")]
    customer = house.customer()
    configure.change_logo(actor=STAFF, at=now(), content=LOGO.read_bytes())
    house.gateway()
    user = house.open_portal(customer)
    invoice = house.invoice(customer, 123_456_789)
    house.invoice(customer, 5071)
    (contact,) = customers.contacts(customer)
    told = {"actor": STAFF, "at": now(), "customer_id": customer, "contact_id": contact.id}
    people.change_contact(**told, changes={"language": language})
    client = Client()
    client.force_login(user)
    complaints: list[str] = []
    with browser.new_context(base_url=live_server.url) as context:
        context.add_cookies(
            [{"name": "sessionid", "value": client.cookies["sessionid"].value, "url": f"{live_server.url}/"}]
        )
        page = opened(context, complaints)
        pages = {
            "home": "/portal/",
            "invoices": "/portal/invoices/",
            "invoice": f"/portal/invoices/{public_id('inv', invoice)}/",
            "pay": "/portal/pay/",
            "wallet": "/portal/wallet/",
            "autopay": "/portal/autopay/",
            "reports": "/portal/reports/",
            "people": "/portal/people/",
            "profile": "/portal/profile/",
        }
        look_at_all(page, {f"{language}-{name}": path for name, path in pages.items()}, axe_at=())
        mirrored(page, to_the_left=language == "ar")
    assert complaints == []


def mirrored(page: Page, *, to_the_left: bool) -> None:
    """This function will look at where the menu and the amounts stand, on a desk and on a phone."""
    for width in (DESK, PHONE):
        page.set_viewport_size({"width": width, "height": 900})
        page.goto("/portal/")
        if width == PHONE:
            # Where one is stands there; all other entries are behind one press.
            expect(page.locator(".portal-nav .nav-item:visible")).to_have_count(1)
            expect(page.locator(".portal-nav .nav-item:visible")).to_have_attribute("aria-current", "page")
            page.locator(".portal-menu > summary").click()
        places = page.evaluate(_PLACES)
        assert (places["brand"] > places["person"]) == to_the_left
        assert (places["first"] > places["second"]) == to_the_left
        # A drawing that states its shape and no size: 178 to 40, within its ground.
        width_of_logo, height_of_logo = places["logo"]
        assert height_of_logo == 40
        assert 140 < width_of_logo < 190
        # Digits stand in their own order, wherever the sign stands.
        figures = "1,481,542.32" if to_the_left else "1.481.542,32"
        assert figures in places["owe"]
    page.set_viewport_size({"width": DESK, "height": 900})
    page.goto("/portal/invoices/")
    columns = page.evaluate(_COLUMNS)
    assert len(columns) > 3
    assert columns == sorted(columns, reverse=to_the_left)
