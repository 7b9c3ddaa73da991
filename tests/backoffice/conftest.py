"""The back office of a business, seen by members of staff in different roles."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.backoffice.business import Business, member


@pytest.fixture
def business(db: None) -> Business:
    """A business that bills in three currencies."""
    return Business()


@pytest.fixture
def as_role(db: None) -> Callable[[str], Client]:
    """The browser of a member of staff with a role."""

    def signed_in(role: str) -> Client:
        client = Client()
        client.force_login(member(role))
        return client

    return signed_in


@pytest.fixture
def finance(as_role: Callable[[str], Client]) -> Client:
    """The browser of somebody in finance."""
    return as_role("Finance")
