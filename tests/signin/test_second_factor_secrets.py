"""The database and its backups hold no secret of a second factor that could be read, and the right key reads them."""

import re
from importlib import import_module

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret
from django.apps import apps
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from tallystick.foundation import second_factors
from tallystick.foundation.models import User
from tallystick.foundation.sealing import is_sealed, unseal
from tallystick.interfaces.cli.doctor import look_at_key
from tests.portal.conftest import PASSWORD
from tests.signin.conftest import code_of, is_signed_in, sign_in

pytestmark = pytest.mark.django_db


def set_up_app(client: Client, user: User) -> str:
    """This function will set an authenticator app up as people do, and return its secret."""
    sign_in(client, user.email)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    page = client.get(reverse("mfa_activate_totp")).content.decode()
    found = re.search(r'data-copy="([A-Z2-7]{32})"', page)
    assert found is not None
    assert found[1] not in everything_stored()
    answer = client.post(reverse("mfa_activate_totp"), {"code": code_of(found[1])})
    assert answer["Location"] == reverse("mfa_view_recovery_codes")
    return found[1]


def everything_stored() -> str:
    """This function will return all that the database holds, as text; sessions as what they mean."""
    parts = [str(session.get_decoded()) for session in Session.objects.all()]
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT string_agg(each::text, ' ') FROM {connection.ops.quote_name(table)} each")
            [text] = cursor.fetchone() or [""]
            parts.append(text or "")
    return "\n".join(parts)


def answers(client: Client, user: User, code: str) -> bool:
    """This function will tell whether a code completes the sign-in that a password began."""
    assert sign_in(client, user.email)["Location"] == reverse("mfa_authenticate")
    client.post(reverse("mfa_authenticate"), {"code": code})
    return is_signed_in(client)


def stored(user: User, kind: str, name: str) -> str:
    text: str = Authenticator.objects.get(user=user, type=kind).data[name]
    return text


def plain_app(user: User) -> str:
    """This function will store the secret of an app as the version before this one did, and return it."""
    secret = generate_totp_secret()
    Authenticator.objects.create(user=user, type="totp", data={"secret": secret})
    return secret


def test_the_database_holds_no_readable_secret(client: Client, clerk: User) -> None:
    secret = set_up_app(client, clerk)
    page = client.get(reverse("mfa_view_recovery_codes")).content.decode()
    codes = re.findall(r'<li class="code">(\d{8})</li>', page)
    assert len(codes) == 10
    seed = unseal(stored(clerk, "recovery_codes", "seed"))
    kept = everything_stored()
    for each in (secret, seed, *codes):
        assert each not in kept
    # The look itself sees what is there.
    assert stored(clerk, "totp", "secret") in kept
    assert answers(Client(), clerk, code_of(secret))
    assert answers(Client(), clerk, codes[0])
    assert not answers(Client(), clerk, codes[0]), "a recovery code works once"


def test_secrets_from_before_go_on_working_and_are_sealed_by_the_migration(client: Client, clerk: User) -> None:
    secret = plain_app(clerk)
    Authenticator.objects.create(user=clerk, type="recovery_codes", data={"seed": "5eed" * 20, "used_mask": 1})
    codes = RecoveryCodes(Authenticator.objects.get(type="recovery_codes")).generate_codes()
    assert answers(client, clerk, code_of(secret))

    migration = import_module("tallystick.foundation.migrations.0003_seal_second_factors")
    migration.seal_all(apps, None)

    assert is_sealed(stored(clerk, "totp", "secret"))
    assert secret not in everything_stored()
    assert "5eed5eed" not in everything_stored()
    sealed = [stored(clerk, "totp", "secret"), stored(clerk, "recovery_codes", "seed")]
    migration.seal_all(apps, None)
    assert sealed == [stored(clerk, "totp", "secret"), stored(clerk, "recovery_codes", "seed")]
    assert not answers(Client(), clerk, codes[0]), "used before it was sealed"
    assert answers(Client(), clerk, codes[1])


def test_another_installations_key_is_refused_and_says_so(
    client: Client, clerk: User, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = set_up_app(client, clerk)
    assert look_at_key().verdict == "good"
    before = list(Authenticator.objects.order_by("pk").values_list("data", flat=True))
    settings.SECRET_KEY = "that of another installation"

    other = Client()
    sign_in(other, clerk.email)
    answer = other.post(reverse("mfa_authenticate"), {"code": code_of(secret)})

    assert answer.status_code == 409
    assert "Your second factor cannot be read" in answer.content.decode()
    assert not is_signed_in(other)
    assert "Give it the key that belongs to its database" in capsys.readouterr().out
    assert list(Authenticator.objects.order_by("pk").values_list("data", flat=True)) == before
    assert second_factors.unreadable() == 2
    finding = look_at_key()
    assert (finding.verdict, finding.fact) == (
        "bad",
        "is not the one of this database; second factors that cannot be read: 2",
    )


def test_an_app_of_another_key_can_be_turned_off_by_whoever_is_signed_in(
    client: Client, clerk: User, settings: Settings
) -> None:
    set_up_app(client, clerk)
    settings.SECRET_KEY = "that of another installation"
    client.force_login(clerk)
    assert client.get(reverse("mfa_index")).status_code == 409
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert client.post(reverse("mfa_deactivate_totp"))["Location"] == reverse("mfa_index")
    assert not Authenticator.objects.exists()
    assert client.get(reverse("mfa_index")).status_code == 200
