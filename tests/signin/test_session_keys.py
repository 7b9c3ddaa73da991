"""What a browser sends as its session is believed only when it is one, and a live one."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.utils import timezone

from tallystick.foundation.models import Role, User

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("key", ["", "short", "a" * 32, "ä" * 20, "' OR 1=1 --", "a" * 5000])
def test_a_session_that_never_was_is_nobodys(client: Client, key: str) -> None:
    client.cookies["sessionid"] = key
    answer = client.get("/portal/")
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, "/accounts/login/")


def test_a_session_ends_when_it_is_over_and_with_its_user(client: Client) -> None:
    user = User.objects.create_user("ana@example.com", is_staff=False)
    client.force_login(user)
    # Signed in, and no contact of any customer.
    assert client.get("/portal/").status_code == 403
    Session.objects.update(expire_date=timezone.now() - timedelta(seconds=1))
    assert client.get("/portal/").status_code == 302
    client.force_login(user)
    assert client.get("/portal/").status_code == 403
    User.objects.filter(id=user.id).update(is_active=False)
    assert client.get("/portal/").status_code == 302
    User.objects.filter(id=user.id).update(is_active=True)
    client.force_login(user)
    user.delete()
    assert client.get("/portal/").status_code == 302


def test_the_users_of_a_role_are_looked_for_among_those_alone() -> None:
    user, role = User.objects.create_user("ana@example.com"), Role.objects.create(name="Auditors")
    with pytest.raises(User.DoesNotExist):
        role.users.get(pk=user.pk)
    role.users.add(user)
    assert role.users.get(pk=user.pk) == User.objects.get(pk=user.pk) == user
