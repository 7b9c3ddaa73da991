"""Passkeys, authenticator apps and recovery codes in a real browser, for contacts and for staff.

Every page is looked at by axe in both themes, and with TALLYSTICK_SHOTS kept as a picture. How a contact sets an app up
is walked in `tests/portal/walks`.
"""

import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from django.urls import reverse
from playwright.sync_api import CDPSession, Page, expect

from tallystick.foundation.models import User
from tallystick.interfaces.kit.signin import home_of
from tests.browsers import needs_chromium
from tests.looking import check
from tests.portal.conftest import PASSWORD
from tests.signin.conftest import code_of, enter, look_at, send_password

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.django_db(transaction=True),
]

AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture(params=["contact", "clerk"])
def person(request: pytest.FixtureRequest) -> User:
    """A contact of a customer, and a member of staff: the pages are the same."""
    found: User = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def device(page: Page) -> CDPSession:
    """What keeps passkeys: the browser's own stand-in for a fingerprint reader."""
    session: CDPSession = page.context.new_cdp_session(page)
    session.send("WebAuthn.enable")
    session.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    return session


def show_password(page: Page) -> None:
    page.get_by_role("heading", name="Is it you?").wait_for()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()


def codes_shown(page: Page) -> list[str]:
    return page.locator(".recovery-codes li").all_inner_texts()


def test_an_app_is_set_up_asked_for_and_turned_off(clerk: User, page: Page) -> None:
    enter(page, clerk)
    page.get_by_role("button", name=re.compile("^Account of ")).click()
    page.get_by_role("link", name="Password and passkeys").click()
    page.get_by_role("heading", name="Passkeys and second factor").wait_for()
    look_at(page, "second-factor-off", reverse("mfa_index"))
    look_at(page, "reauthenticate-password", reverse("account_reauthenticate"))
    page.goto(reverse("mfa_index"))
    page.get_by_role("link", name="Set up an app").click()
    show_password(page)
    page.get_by_role("heading", name="Set up an authenticator app").wait_for()
    look_at(page, "app", reverse("mfa_activate_totp"))
    secret = page.locator(".field .code").inner_text()
    link = urlsplit(page.get_by_role("link", name="Open in an app").get_attribute("href") or "")
    assert (link.scheme, parse_qs(link.query)["secret"]) == ("otpauth", [secret])

    page.get_by_label("Code from the app").fill("000000")
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_role("alert")).to_contain_text("That was not right. Try again.")
    check(page, "app-refused", "320-dark")
    assert not Authenticator.objects.exists()
    page.get_by_label("Code from the app").fill(code_of(secret))
    page.get_by_role("button", name="Turn it on").click()

    page.get_by_role("heading", name="Recovery codes").wait_for()
    first = codes_shown(page)
    assert len(set(first)) == 10
    look_at(page, "recovery-codes", reverse("mfa_view_recovery_codes"))
    with page.expect_download() as download:
        page.get_by_role("link", name="Download").click()
    assert Path(download.value.path()).read_text().split() == first
    look_at(page, "new-recovery-codes", reverse("mfa_generate_recovery_codes"))
    page.get_by_role("button", name="Make new codes").click()
    page.get_by_role("heading", name="Recovery codes").wait_for()
    codes = codes_shown(page)
    assert len(codes) == 10
    assert not set(codes) & set(first)
    look_at(page, "second-factor-on", reverse("mfa_index"))
    look_at(page, "app-off", reverse("mfa_deactivate_totp"))
    look_at(page, "reauthenticate-code", reverse("mfa_reauthenticate"))

    page.context.clear_cookies()
    send_password(page, clerk)
    page.wait_for_url(f"**{reverse('mfa_authenticate')}")
    look_at(page, "asked-for-code", reverse("mfa_authenticate"))
    expect(page.get_by_role("button", name="Use a passkey")).to_have_count(0)
    page.get_by_label("Code from the app").fill(first[0])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("That was not right. Try again.")
    check(page, "code-refused", "320-dark")
    page.get_by_label("Code from the app").fill(code_of(secret))
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{home_of(clerk)}")

    page.context.clear_cookies()
    send_password(page, clerk)
    page.get_by_label("Code from the app").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{home_of(clerk)}")
    page.goto(reverse("mfa_index"))
    expect(page.get_by_text("9 left")).to_be_visible()

    page.get_by_role("link", name="Turn it off").click()
    show_password(page)
    page.get_by_role("button", name="Turn it off").click()
    expect(page.get_by_role("status")).to_contain_text("The authenticator app is off.")
    # Codes without anything that they could stand for are gone as well.
    assert not Authenticator.objects.exists()


def test_a_passkey_is_added_renamed_used_and_removed(person: User, page: Page, device: CDPSession) -> None:
    who = "staff" if person.is_staff else "contact"
    enter(page, person)
    look_at(page, f"{who}-no-passkeys", reverse("mfa_list_webauthn"))
    page.get_by_role("link", name="Add a passkey").click()
    show_password(page)
    page.get_by_role("heading", name="Add a passkey").wait_for()
    look_at(page, f"{who}-add-passkey", reverse("mfa_add_webauthn"))
    expect(page.get_by_label("Name")).to_have_value("Passkey")
    page.get_by_label("Name").fill("مفتاح مريم المكتبي")
    # The key by which forms are sent everywhere else.
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Recovery codes").wait_for()
    expect(page.get_by_role("status")).to_contain_text("The passkey is added.")
    codes = codes_shown(page)

    page.goto(reverse("mfa_add_webauthn"))
    expect(page.get_by_label("Name")).to_have_value("Passkey 2")
    page.get_by_role("button", name="Add the passkey").click()
    expect(page.get_by_role("status")).to_contain_text("This device keeps a passkey of yours already.")
    assert Authenticator.objects.filter(type="webauthn").count() == 1

    [passkey] = Authenticator.objects.filter(user=person, type="webauthn")
    look_at(page, f"{who}-passkeys", reverse("mfa_list_webauthn"))
    look_at(page, f"{who}-rename-passkey", reverse("mfa_edit_webauthn", args=[passkey.pk]))
    page.get_by_label("Name").fill("My telephone")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("row", name="My telephone")).to_contain_text("Alone")
    look_at(page, f"{who}-second-factor-passkey", reverse("mfa_index"))
    for name in ("account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn"):
        look_at(page, f"{who}-{name}", reverse(name))

    page.context.clear_cookies()
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"**{home_of(person)}")

    page.context.clear_cookies()
    send_password(page, person)
    page.wait_for_url(f"**{reverse('mfa_authenticate')}")
    look_at(page, f"{who}-asked-for-passkey", reverse("mfa_authenticate"))
    expect(page.get_by_label("Code from the app")).to_have_count(0)
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url(f"**{home_of(person)}")

    page.context.clear_cookies()
    send_password(page, person)
    page.get_by_label("Recovery code").fill(codes[0])
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"**{home_of(person)}")

    page.goto(reverse("mfa_remove_webauthn", args=[passkey.pk]))
    page.get_by_role("link", name="Use a passkey").click()
    page.get_by_role("button", name="Use a passkey").click()
    page.get_by_role("heading", name="Remove this passkey?").wait_for()
    look_at(page, f"{who}-remove-passkey", reverse("mfa_remove_webauthn", args=[passkey.pk]))
    page.get_by_role("link", name="Keep it").click()
    page.get_by_role("link", name="Remove My telephone").click()
    page.get_by_role("button", name="Remove it").click()
    page.get_by_role("heading", name="No passkeys yet").wait_for()
    assert not Authenticator.objects.exists()


def test_a_passkey_that_does_not_come_about_is_said(contact: User, page: Page, device: CDPSession) -> None:
    page.goto(reverse("account_login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("status")).to_contain_text("No passkey was used. Try again, or choose another way.")
    check(page, "passkey-refused", "390-light")
    expect(page).to_have_url(re.compile(re.escape(reverse("account_login")) + "$"))
