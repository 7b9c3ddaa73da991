"""What an error says: amounts as people read them, in their language where it is known."""

from collections.abc import Iterator
from dataclasses import fields
from importlib import import_module
from string import Formatter

import pytest
from django.utils import translation

from tallystick.foundation.errors import ExpectedError
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


def test_what_no_language_is_known_for_says_money_too() -> None:
    assert str(refused(5000, "EUR")) == "Only 50.00 EUR of this payment can still be refunded."
    assert str(refused(5000, "JPY")) == "Only 5000 JPY of this payment can still be refunded."


# Numbers in sentences that are no amounts.
COUNTS = {"count", "days", "expected", "limit", "longest", "minutes", "most", "seconds", "tries_left"}


def test_every_amount_in_a_sentence_is_said_as_money() -> None:
    # Every room has told its errors when the addresses are known.
    import_module("tallystick.urls")
    kinds = list(_kinds(ExpectedError))
    assert len(kinds) > 100
    for kind in kinds:
        known = {each.name: each.type for each in fields(kind)}
        named = {name for _text, name, _spec, _conversion in Formatter().parse(str(kind.sentence)) if name}
        assert "minor unit" not in str(kind.sentence), kind
        assert named <= known.keys(), kind
        numbers = {name for name in named if known[name] in {"int", int, "int | None"} and name not in COUNTS}
        assert all(name.endswith("_minor") for name in numbers), kind
        if any(name.endswith("_minor") for name in known):
            assert "currency" in known, kind


def _kinds(kind: type[ExpectedError]) -> Iterator[type[ExpectedError]]:
    for each in kind.__subclasses__():
        if "sentence" in vars(each):
            yield each
        yield from _kinds(each)
