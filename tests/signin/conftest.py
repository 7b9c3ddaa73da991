"""People who sign in: a member of staff, and a contact of a customer."""

import re
from collections.abc import Iterator

import pytest
from django.core.cache import cache

from tallystick.correspondence.models import Message
from tallystick.foundation.models import User
from tallystick.foundation.staff import add_member, ensure_roles
from tallystick.foundation.transactions import transaction
from tallystick.usecases.roles import ROLES
from tests.portal.conftest import PASSWORD, Business, house

__all__ = ["house"]

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


def mailed_link(kind: str) -> str:
    """This function will return the link in the newest mail of a kind."""
    message = Message.objects.filter(kind=kind).latest("created_at")
    found = _LINK.search(message.text_body)
    assert found is not None
    return found[0]
