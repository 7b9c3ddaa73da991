"""What an error says: to people amounts as they read them, to programs minor units."""

import pytest
from django.utils import translation

from tallystick.foundation.ids import new_id
from tallystick.interfaces.kit.refusals import told
from tallystick.interfaces.portal.refusals import sentence
from tallystick.usecases.refund import NothingToRefundFrom


def refused(minor: int, currency: str) -> NothingToRefundFrom:
    return NothingToRefundFrom(payment_id=new_id(), left_minor=minor, currency=currency)


@pytest.mark.parametrize(
    ("minor", "currency", "language", "amount"),
    [
        (5000, "EUR", "en", "50.00\xa0EUR"),
        (5000, "EUR", "de", "50,00\xa0EUR"),
        (5000, "JPY", "en", "5,000\xa0JPY"),
        (5000, "KWD", "en", "5.000\xa0KWD"),
        (0, "EUR", "en", "0.00\xa0EUR"),
    ],
)
def test_people_read_amounts_in_their_currency(minor: int, currency: str, language: str, amount: str) -> None:
    with translation.override(language):
        assert told(refused(minor, currency)) == f"Only {amount} of this payment can still be refunded."
        assert sentence(refused(minor, currency)) == told(refused(minor, currency))


def test_programs_read_minor_units() -> None:
    assert str(refused(5000, "EUR")) == "Only 5000 (minor units of EUR) of this payment can still be refunded."
