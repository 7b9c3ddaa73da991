"""Two audiences sign in by one page: staff to the back office, contacts to the portal (S99, S100)."""

from datetime import UTC, datetime
from typing import Any

import pytest
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.conf import settings
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tallystick.correspondence.models import Message
from tallystick.foundation.models import User
from tallystick.foundation.sign_in_links import make_token
from tallystick.usecases import greet
from tests.portal.conftest import PASSWORD, Business
from tests.signin.conftest import LOGIN, code_of, is_signed_in, mailed_link, sign_in

pytestmark = pytest.mark.django_db


def deliver(email: str) -> None:
    """This function will do what the job does that asking for a link leaves behind."""
    greet.send_sign_in_link(email=email, at=datetime.now(tz=UTC))


def test_contacts_land_in_the_portal_and_staff_in_the_office(client: Client, contact: User, clerk: User) -> None:
    assert sign_in(client, contact.email)["Location"] == "/portal/"
    client.logout()
    assert sign_in(client, clerk.email)["Location"] == "/office/"


@pytest.mark.parametrize("wanted", ["/office/payments/", "https://evil.example/", "//evil.example/", "/kit/"])
def test_a_contact_is_led_to_no_other_door(client: Client, contact: User, wanted: str) -> None:
    assert sign_in(client, contact.email, next=wanted)["Location"] == "/portal/"


def test_the_page_that_was_wanted_comes_after_sign_in(client: Client, contact: User) -> None:
    asked = client.get("/portal/invoices/")
    assert asked["Location"] == f"{LOGIN}?next=/portal/invoices/"
    assert sign_in(client, contact.email, next="/portal/invoices/")["Location"] == "/portal/invoices/"


def test_staff_are_refused_at_the_portal(client: Client, clerk: User) -> None:
    client.force_login(clerk)
    assert client.get("/portal/").status_code == 403


def test_somebody_who_is_neither_cannot_sign_in(client: Client, db: None) -> None:
    stranger = User.objects.create_user("nobody@example.com", password=PASSWORD)
    assert sign_in(client, stranger.email)["Location"] == reverse("account_inactive")
    assert not is_signed_in(client)


def test_nobody_signs_up() -> None:
    assert Client().get("/accounts/signup/").status_code == 404


def test_a_link_signs_a_contact_in_once(client: Client, contact: User) -> None:
    client.post(reverse("signin:ask"), {"email": contact.email.upper()})
    deliver(contact.email)
    link = mailed_link("sign_in_link")
    assert link.startswith(settings.SITE_URL)
    path = link.removeprefix(settings.SITE_URL)
    # Opening it is not using it: mail filters open links.
    assert client.get(path).status_code == 200
    assert not is_signed_in(client)
    assert client.post(path)["Location"] == "/portal/"
    assert is_signed_in(client)
    other = Client()
    assert other.get(path).status_code == 410
    assert other.post(path).status_code == 410
    assert not is_signed_in(other)


def test_a_link_is_too_old_after_its_minutes(client: Client, contact: User, monkeypatch: pytest.MonkeyPatch) -> None:
    path = reverse("signin:link", args=[make_token(contact)])
    late = datetime.now(tz=UTC).timestamp() + 15 * 60 + 1
    monkeypatch.setattr("django.core.signing.time.time", lambda: late)
    assert client.post(path).status_code == 410


def test_a_forged_link_is_refused(client: Client, contact: User) -> None:
    token = make_token(contact)
    for forged in (f"{token}x", f"x{token}", token[:-1], "x", make_token(contact).replace(":", "")):
        assert client.post(reverse("signin:link", args=[forged])).status_code == 410


def test_staff_get_no_link_and_none_would_work(client: Client, clerk: User) -> None:
    client.post(reverse("signin:ask"), {"email": clerk.email})
    assert greet.send_sign_in_link(email=clerk.email, at=datetime.now(tz=UTC)) is False
    assert not Message.objects.exists()
    assert client.post(reverse("signin:link", args=[make_token(clerk)])).status_code == 410
    assert not is_signed_in(client)


@pytest.mark.parametrize("name", ["signin:ask", "account_reset_password"])
def test_an_unknown_address_is_answered_the_same(client: Client, contact: User, name: str) -> None:
    answers = [client.post(reverse(name), {"email": email}) for email in (contact.email, "nobody@example.com")]
    assert [(each.status_code, each["Location"], each.content) for each in answers] == [
        (302, answers[0]["Location"], b""),
        (302, answers[0]["Location"], b""),
    ]


@pytest.mark.parametrize("name", ["signin:ask", "account_reset_password"])
def test_an_unknown_address_is_the_same_work(client: Client, contact: User, name: str) -> None:
    client.get(reverse(name))
    counts = []
    for email in (contact.email, "nobody@example.com"):
        with CaptureQueriesContext(connection) as queries:
            Client().post(reverse(name), {"email": email}, REMOTE_ADDR=f"192.0.2.{len(counts) + 1}")
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_wrong_password_and_an_unknown_address_read_the_same(client: Client, contact: User) -> None:
    def errors(answer: HttpResponse) -> Any:
        return answer.context["form"].errors  # type: ignore[attr-defined]

    wrong = errors(sign_in(client, contact.email, "wrong"))
    unknown = errors(sign_in(client, "nobody@example.com", "wrong"))
    assert wrong == unknown != {}


def test_guessing_ends_after_five_tries_whatever_the_host(client: Client, contact: User) -> None:
    for number in range(5):
        sign_in(client, contact.email, f"guess {number}")
    answer = client.post(LOGIN, {"login": contact.email, "password": PASSWORD}, headers={"host": "127.0.0.1"})
    assert "Too many failed login attempts" in answer.content.decode()
    assert not is_signed_in(client)


def test_asking_for_links_is_limited(client: Client, contact: User) -> None:
    answers = [client.post(reverse("signin:ask"), {"email": contact.email}).status_code for _ in range(4)]
    assert answers == [302, 302, 302, 429]


def test_the_session_is_a_new_one_after_sign_in(client: Client, contact: User) -> None:
    session = client.session
    session["seen"] = True
    session.save()
    before = session.session_key
    sign_in(client, contact.email)
    assert client.session.session_key != before


def test_sessions_end_when_the_password_changes(client: Client, contact: User) -> None:
    other = Client()
    sign_in(client, contact.email)
    sign_in(other, contact.email)
    new = "another horse battery"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    client.post(reverse("account_change_password"), form)
    for each in (client, other):
        assert each.get("/portal/")["Location"].startswith(LOGIN)


def test_a_user_who_was_switched_off_is_out_at_once(client: Client, contact: User) -> None:
    sign_in(client, contact.email)
    User.objects.filter(id=contact.id).update(is_active=False)
    assert client.get("/portal/")["Location"].startswith(LOGIN)


def test_a_new_password_by_a_link_that_works_once(client: Client, contact: User) -> None:
    client.post(reverse("account_reset_password"), {"email": contact.email}, headers={"host": "127.0.0.1"})
    greet.send_password_link(email=contact.email, at=datetime.now(tz=UTC))
    link = mailed_link("password_link")
    # The address comes from the settings, whatever the request said it was (S100).
    assert link.startswith(f"{settings.SITE_URL}/accounts/password/reset/key/")
    path = link.removeprefix(settings.SITE_URL)
    form = client.get(path)["Location"]
    new = "another horse battery"
    assert client.post(form, {"password1": new, "password2": new}).status_code == 302
    assert sign_in(Client(), contact.email, new)["Location"] == "/portal/"
    assert "token_fail" in Client().get(path).context


def test_staff_with_an_app_are_asked_for_its_code(client: Client, clerk: User) -> None:
    secret = generate_totp_secret()
    TOTP.activate(clerk, secret)
    assert sign_in(client, clerk.email)["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)
    assert client.get(reverse("mfa_authenticate")).status_code == 200
    before = client.session.session_key
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not is_signed_in(client)
    assert client.post(reverse("mfa_authenticate"), {"code": code_of(secret)})["Location"] == "/office/"
    assert client.session.session_key != before


def test_a_link_does_not_pass_a_second_factor_by(client: Client, contact: User) -> None:
    TOTP.activate(contact, generate_totp_secret())
    answer = client.post(reverse("signin:link", args=[make_token(contact)]))
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not is_signed_in(client)


@pytest.mark.parametrize(
    "name",
    [
        "account_change_password",
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "usersessions_list",
        "account_logout",
        "account_reauthenticate",
    ],
)
def test_every_page_of_the_account_renders(client: Client, contact: User, name: str) -> None:
    sign_in(client, contact.email)
    answer = client.get(reverse(name), follow=True)
    assert answer.status_code == 200
    assert "Northwind Fibre" in answer.content.decode()


@pytest.mark.parametrize(
    "name",
    [
        "account_login",
        "signin:ask",
        "signin:sent",
        "account_inactive",
        "account_reset_password",
        "account_reset_password_done",
    ],
)
def test_every_page_of_the_entrance_renders(client: Client, house: Business, name: str) -> None:
    answer = client.get(reverse(name))
    assert answer.status_code == 200
    assert "Northwind Fibre" in answer.content.decode()


def test_everybody_is_led_to_where_they_belong(client: Client, contact: User) -> None:
    assert client.get("/")["Location"] == LOGIN
    client.force_login(contact)
    assert client.get("/")["Location"] == "/portal/"
