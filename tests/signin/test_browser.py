"""The pages of sign-in in a real browser: axe, the policy; and with TALLYSTICK_SHOTS their pictures."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

from tallystick.foundation.sign_in_links import make_token
from tests.browsers import needs_chromium
from tests.portal.conftest import Business
from tests.signin.conftest import enter, look_at

pytestmark = [
    pytest.mark.browser,
    needs_chromium,
    pytest.mark.django_db(transaction=True),
]

ENTRANCE = ["account_login", "signin:ask", "signin:sent", "account_reset_password", "account_reset_password_done"]
ACCOUNT = ["account_change_password", "usersessions_list", "account_logout"]


def test_the_entrance_is_accessible(house: Business, page: Page) -> None:
    user = house.open_portal(house.customer())
    for name in ENTRANCE:
        look_at(page, name.replace(":", "-"), reverse(name))
    look_at(page, "link", reverse("signin:link", args=[make_token(user)]))


def test_the_account_is_accessible(house: Business, page: Page) -> None:
    user = house.open_portal(house.customer())
    enter(page, user)
    for name in ACCOUNT:
        look_at(page, name, reverse(name))
