"""People who sign in: a member of staff, and a contact of a customer."""

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.test import Client
from playwright.sync_api import Browser, Page
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.correspondence.models import Message
from tallystick.foundation.models import User
from tallystick.foundation.staff import add_member, ensure_roles
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.kit.signin import home_of
from tallystick.usecases.roles import ROLES
from tests.looking import DESK, PHONE, SMALLEST, look
from tests.portal.conftest import PASSWORD, Business, house
from tests.portal.test_browser import opened

__all__ = ["house"]

LOGIN = "/accounts/login/"
PERIOD_SECONDS = 30
_LINK = re.compile(r"https?://\S+")


@pytest.fixture(autouse=True)
def no_tries_yet(db: None) -> Iterator[None]:
    """Tries are counted in the cache, which lives in the database of the test."""
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def contact(house: Business) -> User:
    """A contact who may use the portal, with a password."""
    return house.open_portal(house.customer())


@pytest.fixture
def clerk(db: None) -> User:
    """A member of staff."""
    with transaction():
        ensure_roles(ROLES)
        user_id = add_member(email="ada@northwind.example", name="Ada", password=PASSWORD, roles=["Finance"])
    return User.objects.get(id=user_id)


def sign_in(client: Client, email: str, password: str = PASSWORD, **more: str) -> Any:
    """This function will send the form of sign-in, and return the answer."""
    return client.post(LOGIN, {"login": email, "password": password, **more})


def is_signed_in(client: Client) -> bool:
    """This function will tell whether a client is signed in."""
    return "_auth_user_id" in client.session


def code_of(secret: str) -> str:
    """This function will do what the app does; it waits for the next code when this one is about to end."""
    left = PERIOD_SECONDS - time.time() % PERIOD_SECONDS
    if left < 6:
        time.sleep(left)
    return format_hotp_value(hotp_value(secret, int(time.time()) // PERIOD_SECONDS))


def mailed_link(kind: str) -> str:
    """This function will return the link in the newest mail of a kind."""
    message = Message.objects.filter(kind=kind).latest("created_at")
    found = _LINK.search(message.text_body)
    assert found is not None
    return found[0]


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
def page(browser: Browser, site: str, complaints: list[str]) -> Iterator[Page]:
    size = {"width": 390, "height": 844}
    with browser.new_context(base_url=site, viewport=size) as context:
        yield opened(context, complaints)
        assert complaints == []


def send_password(page: Page, user: User) -> None:
    """This function will fill the form of sign-in in and send it."""
    page.goto(LOGIN)
    page.get_by_label("E-mail address").fill(user.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def enter(page: Page, user: User) -> None:
    """This function will sign somebody in who has no second factor."""
    send_password(page, user)
    page.wait_for_url(f"**{home_of(user)}")


def look_at(page: Page, name: str, path: str) -> None:
    """This function will look at a page in both themes, at three widths, and for the right words."""
    page.goto(path)
    # What the sign-in library calls it.
    assert "security key" not in page.inner_text("body").lower(), name
    look(page, f"signin-{name}", widths=(DESK, PHONE, SMALLEST))
