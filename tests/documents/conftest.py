"""A business whose documents are drawn from its database."""

import pytest

from tests.portal.conftest import Business, signed_in

__all__ = ["signed_in"]


@pytest.fixture
def house(db: None) -> Business:
    """A business with a bank account, customers and contacts."""
    return Business()
