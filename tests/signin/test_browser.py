"""The pages of sign-in in a real browser: axe, the policy, a passkey; and with TALLYSTICK_SHOTS their pictures."""

from collections.abc import Iterator

import pytest
from django.urls import reverse
from playwright.sync_api import Browser, Page, sync_playwright
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from tallystick.foundation.sign_in_links import make_token
from tests.portal.conftest import PASSWORD, Business
from tests.portal.test_browser import ARGUMENTS, CHROMIUM, check, opened

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs chromium"),
    pytest.mark.django_db(transaction=True),
]

ENTRANCE = ["account_login", "signin:ask", "signin:sent", "account_reset_password", "account_reset_password_done"]
ACCOUNT = ["account_change_password", "mfa_index", "mfa_activate_totp", "mfa_add_webauthn", "usersessions_list"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    # Playwright runs a loop in this thread, which Django takes for asynchronous code of ours.
    with pytest.MonkeyPatch.context() as patch, sync_playwright() as playwright:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


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
    with browser.new_context(base_url=site, viewport=size, reduced_motion="reduce") as context:
        yield opened(context, complaints)
        assert complaints == []


def enter(page: Page, email: str) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("E-mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/portal/")


def look(page: Page, name: str, path: str) -> None:
    for width in (1440, 390):
        page.set_viewport_size({"width": width, "height": 900})
        for theme in ("light", "dark"):
            page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
            page.goto(path)
            check(page, f"signin-{name}", f"{width}-{theme}")
    page.set_viewport_size({"width": 320, "height": 700})
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= 320, name


def test_the_entrance_is_accessible(house: Business, page: Page) -> None:
    user = house.open_portal(house.customer())
    for name in ENTRANCE:
        look(page, name.replace(":", "-"), reverse(name))
    look(page, "link", reverse("signin:link", args=[make_token(user)]))


def test_the_account_is_accessible(house: Business, page: Page) -> None:
    user = house.open_portal(house.customer())
    enter(page, user.email)
    # Opened for what needs the password anew; asked for once.
    page.goto(reverse("mfa_activate_totp"))
    check(page, "signin-reauthenticate", "390-light")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    for name in ACCOUNT:
        look(page, name, reverse(name))


def test_a_passkey_is_added_and_signs_in(house: Business, page: Page) -> None:
    user = house.open_portal(house.customer())
    enter(page, user.email)
    session = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True, "hasUserVerification": True}
    options |= {"isUserVerified": True, "automaticPresenceSimulation": True}
    session.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    page.goto(reverse("mfa_add_webauthn"))
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_label("Name").fill("My telephone")
    page.get_by_label("Passwordless").check()
    page.locator("#mfa_webauthn_add").click()
    page.wait_for_url("**/recovery-codes/**")
    check(page, "signin-recovery", "390-light")
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/portal/")
