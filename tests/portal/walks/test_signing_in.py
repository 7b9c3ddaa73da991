"""Signing in and out, and what keeps a sign-in safe, walked by both hands. Passkeys need scripts by nature."""

import re

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from playwright.sync_api import expect

from tests.browsers import needs_chromium
from tests.portal.conftest import PASSWORD, Business
from tests.portal.hands import Hand, walks
from tests.portal.test_autopay_browser import run_due_jobs
from tests.signin.conftest import code_of, mailed_link, no_tries_yet, sign_in

__all__ = ["no_tries_yet"]

pytestmark = [pytest.mark.browser, needs_chromium, pytest.mark.django_db(transaction=True)]

NEW = "another horse battery"


def open_menu(hand: Hand) -> None:
    """This function will open the menu at the name of who is signed in."""
    hand.press(hand.page.get_by_role("button", name=re.compile("^Account of ")))


def sign_in_by_password(hand: Hand, email: str, password: str) -> None:
    """This function will fill in the form of sign-in, which is open, and send it."""
    hand.type(hand.page.get_by_label("E-mail address"), email)
    hand.type(hand.page.get_by_label("Password"), password)
    hand.press(hand.page.get_by_role("button", name="Sign in", exact=True))


@walks(
    "GET account_login",
    "POST account_login",
    "GET signin:ask",
    "POST signin:ask",
    "GET signin:sent",
    "GET signin:link",
    "POST signin:link",
    "GET portal:home",
    "GET portal:profile",
    "GET account_set_password",
    "POST account_set_password",
    "GET usersessions_list",
    "POST usersessions_list",
    "POST account_logout",
)
def test_a_link_by_mail_a_first_password_and_the_other_devices(house: Business, hand: Hand) -> None:
    user = house.open_portal(house.customer())
    user.set_unusable_password()
    user.save()
    page = hand.page
    hand.goto("/")
    hand.look("signin")
    hand.press(page.get_by_role("link", name="E-mail me a sign-in link"))
    hand.look("signin-ask")
    hand.type(page.get_by_label("E-mail address"), user.email)
    hand.press(page.get_by_role("button", name="Send me the link"))
    expect(page.get_by_role("heading", name="Look into your mail")).to_be_visible()
    hand.look("signin-sent")
    run_due_jobs()
    link = mailed_link("sign_in_link")
    hand.goto(link)
    hand.look("signin-link")
    hand.press(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("heading", name=re.compile("You owe"))).to_be_visible()

    open_menu(hand)
    hand.press(page.get_by_role("link", name="Profile and sign-in"))
    hand.press(page.get_by_role("link", name="Set a password"))
    hand.look("signin-set-password")
    hand.type(page.get_by_label("Password", exact=True), NEW)
    hand.type(page.get_by_label("Password (again)"), NEW)
    hand.press(page.get_by_role("button", name="Set the password"))
    # Whoever was signed in is out; the new password leads home, not to the form for another one.
    sign_in_by_password(hand, user.email, NEW)
    expect(page.get_by_role("heading", name=re.compile("You owe"))).to_be_visible()
    other = Client()
    assert sign_in(other, user.email, NEW)["Location"] == "/portal/"
    hand.goto("/accounts/sessions/")
    hand.look("signin-devices")
    hand.press(page.get_by_role("button", name="Sign the others out"))
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert other.get("/portal/").status_code == 302

    hand.press(page.get_by_role("link", name="Back"))
    open_menu(hand)
    hand.press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    hand.goto("/portal/")
    expect(page).to_have_url(re.compile("/accounts/login/"))
    hand.goto(link, status=410)
    hand.look("signin-link-over")
    hand.press(page.get_by_role("link", name="Send me a new link"))


@walks(
    "GET account_login",
    "POST account_login",
    "GET portal:home",
    "GET portal:invoices",
    "GET portal:profile",
    "GET account_change_password",
    "POST account_change_password",
    "GET account_reset_password",
    "POST account_reset_password",
    "GET account_reset_password_done",
    "GET account_reset_password_from_key",
    "POST account_reset_password_from_key",
    "GET account_reset_password_from_key_done",
    "GET account_logout",
    "POST account_logout",
)
def test_a_password_is_used_changed_and_forgotten(house: Business, hand: Hand) -> None:
    user = house.open_portal(house.customer())
    page = hand.page
    hand.goto("/portal/invoices/")
    sign_in_by_password(hand, user.email, "wrong")
    expect(page.get_by_text("The email address and/or password you specified are not correct.")).to_be_visible()
    hand.look("signin-refused")
    sign_in_by_password(hand, user.email, PASSWORD)
    expect(page.get_by_role("heading", name="Invoice history")).to_be_visible()
    hand.goto("/portal/profile/")
    hand.press(page.get_by_role("link", name="Change the password"))
    hand.look("signin-change-password")
    hand.type(page.get_by_label("Current Password"), PASSWORD)
    hand.type(page.get_by_label("New Password", exact=True), NEW)
    hand.type(page.get_by_label("New Password (again)"), NEW)
    hand.press(page.get_by_role("button", name="Change the password"))
    expect(page).to_have_url(re.compile("/accounts/login/$"))

    hand.press(page.get_by_role("link", name="Forgot your password?"))
    hand.look("signin-reset")
    hand.type(page.get_by_label("E-mail address"), user.email)
    hand.press(page.get_by_role("button", name="Send me the link"))
    hand.look("signin-reset-sent")
    run_due_jobs()
    link = mailed_link("password_link")
    hand.goto(link)
    hand.look("signin-reset-choose")
    hand.type(page.get_by_label("New Password", exact=True), PASSWORD)
    hand.type(page.get_by_label("New Password (again)"), PASSWORD)
    hand.press(page.get_by_role("button", name="Set the password"))
    hand.look("signin-reset-done")
    hand.goto(link)
    expect(page.get_by_role("link", name="Send me a new link")).to_be_visible()
    hand.look("signin-reset-over")
    hand.goto("/accounts/password/reset/key/done/")
    hand.press(page.get_by_role("link", name="Sign in"))
    sign_in_by_password(hand, user.email, PASSWORD)
    expect(page.get_by_role("heading", name=re.compile("You owe"))).to_be_visible()
    hand.goto("/accounts/logout/")
    hand.look("signin-out")
    hand.press(page.get_by_role("button", name="Sign out"))
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


@walks(
    "GET account_login",
    "POST account_login",
    "POST account_logout",
    "GET portal:home",
    "GET portal:profile",
    "GET account_reauthenticate",
    "POST account_reauthenticate",
    "GET mfa_reauthenticate",
    "POST mfa_reauthenticate",
    "GET mfa_index",
    "GET mfa_activate_totp",
    "POST mfa_activate_totp",
    "GET mfa_view_recovery_codes",
    "GET mfa_download_recovery_codes",
    "GET mfa_generate_recovery_codes",
    "POST mfa_generate_recovery_codes",
    "GET mfa_authenticate",
    "POST mfa_authenticate",
    "GET mfa_deactivate_totp",
    "POST mfa_deactivate_totp",
)
def test_an_authenticator_app_is_set_up_used_and_turned_off(house: Business, hand: Hand) -> None:
    user = house.open_portal(house.customer())
    page = hand.page
    hand.goto("/")
    sign_in_by_password(hand, user.email, PASSWORD)
    open_menu(hand)
    hand.press(page.get_by_role("link", name="Profile and sign-in"))
    hand.press(page.get_by_role("link", name="Passkeys and second factor"))
    hand.look("signin-second-factor-off")
    hand.press(page.get_by_role("link", name="Set up an app"))
    hand.look("signin-is-it-you")
    hand.type(page.get_by_label("Password"), PASSWORD)
    hand.press(page.get_by_role("button", name="Go on"))
    hand.look("signin-app")
    secret = page.locator(".field .code").inner_text()
    hand.type(page.get_by_label("Code from the app"), "000000")
    hand.press(page.get_by_role("button", name="Turn it on"))
    expect(page.get_by_role("alert")).to_contain_text("That was not right. Try again.")
    hand.type(page.get_by_label("Code from the app"), code_of(secret))
    hand.press(page.get_by_role("button", name="Turn it on"))

    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    hand.look("signin-recovery-codes")
    first = page.locator(".recovery-codes li").all_inner_texts()
    assert hand.download(page.get_by_role("link", name="Download")).read_text().split() == first
    hand.press(page.get_by_role("link", name="Make new ones"))
    hand.look("signin-new-recovery-codes")
    hand.press(page.get_by_role("button", name="Make new codes"))
    expect(page.get_by_role("heading", name="Recovery codes")).to_be_visible()
    codes = page.locator(".recovery-codes li").all_inner_texts()
    assert len(set(codes) - set(first)) == 10

    hand.press(page.get_by_role("link", name="Back"))
    open_menu(hand)
    hand.press(page.get_by_role("button", name="Sign out"))
    sign_in_by_password(hand, user.email, PASSWORD)
    hand.look("signin-asked-for-code")
    hand.type(page.get_by_label("Code from the app"), first[0])
    hand.press(page.get_by_role("button", name="Sign in"))
    expect(page.get_by_role("alert")).to_contain_text("That was not right. Try again.")
    hand.type(page.get_by_label("Code from the app"), codes[0])
    hand.press(page.get_by_role("button", name="Sign in"))
    hand.goto("/accounts/2fa/")
    expect(page.get_by_text("9 left")).to_be_visible()
    hand.look("signin-second-factor-on")
    hand.press(page.get_by_role("link", name="Turn it off"))
    hand.press(page.get_by_role("link", name="Use a code"))
    hand.look("signin-is-it-you-by-code")
    hand.type(page.get_by_label("Code from the app"), codes[1])
    hand.press(page.get_by_role("button", name="Go on"))
    hand.look("signin-app-off")
    hand.press(page.get_by_role("button", name="Turn it off"))
    expect(page.get_by_text("The authenticator app is off.")).to_be_visible()
    assert not Authenticator.objects.exists()
