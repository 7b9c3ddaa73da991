"""Money: parse or refuse, and splits that lose nothing."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tallystick.money.amounts import LARGEST_MINOR, CurrencyMismatch, Money, NotAnAmount, parse_minor, plain_decimal
from tallystick.money.currencies import UnknownCurrency, all_currencies, exponent
from tallystick.money.rounding import convert, half_up
from tallystick.money.split import by_exact_shares, by_weights, pro_rata

minors = st.integers(-LARGEST_MINOR, LARGEST_MINOR)
currencies = st.sampled_from(all_currencies())


@given(minors, currencies)
@example(LARGEST_MINOR, "UGX")
def test_what_is_written_is_read_again(minor: int, currency: str) -> None:
    assert parse_minor(plain_decimal(minor, currency), currency) == minor


@pytest.mark.parametrize(
    ("text", "currency"),
    [
        ("1,000.50", "EUR"),
        ("1.000,50", "EUR"),
        (" 5 ", "EUR"),
        ("١٠", "EUR"),
        ("NaN", "EUR"),
        ("Infinity", "EUR"),
        ("1e5", "EUR"),
        ("0.001", "EUR"),
        ("1.5", "JPY"),
        ("1.2345", "KWD"),
        ("", "EUR"),
        ("+5", "EUR"),
        ("999999999999999", "KWD"),
    ],
)
def test_s59_what_is_no_plain_amount_is_refused(text: str, currency: str) -> None:
    with pytest.raises(NotAnAmount):
        Money.of(text, currency)


@pytest.mark.parametrize(
    ("text", "currency", "minor"),
    [("12.34", "EUR", 1234), ("1234", "JPY", 1234), ("1.5", "KWD", 1500), ("-0.5", "USD", -50)],
)
def test_s53_currencies_have_their_own_places(text: str, currency: str, minor: int) -> None:
    assert Money.of(text, currency).minor == minor


@pytest.mark.parametrize("code", ["eur", "EURO", "XYZ", ""])
def test_a_currency_is_never_guessed(code: str) -> None:
    with pytest.raises(UnknownCurrency):
        exponent(code)


def test_floats_and_booleans_are_no_amounts() -> None:
    for wrong in (1.0, True, "1", None):
        with pytest.raises(NotAnAmount):
            Money(wrong, all_currencies()[0])  # type: ignore[arg-type]


def test_two_currencies_are_never_added() -> None:
    with pytest.raises(CurrencyMismatch):
        Money.of("1", "EUR") + Money.of("1", "USD")


@given(minors, st.lists(st.integers(0, 10**9), min_size=1, max_size=40))
def test_a_split_by_weights_loses_nothing_and_is_fair(total: int, weights: list[int]) -> None:
    parts = by_weights(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    if whole:
        assert all(abs(Fraction(total * weight, whole) - part) < 1 for weight, part in zip(weights, parts, strict=True))


@given(st.lists(st.fractions(min_value=-(10**9), max_value=10**9), min_size=1, max_size=30))
def test_exact_shares_are_rounded_without_loss(shares: list[Fraction]) -> None:
    whole = sum(shares, Fraction(0))
    rounded = half_up(Decimal(whole.numerator) / Decimal(whole.denominator))
    parts = by_exact_shares(rounded, shares)
    assert sum(parts) == rounded
    assert all(abs(share - part) <= 1 for share, part in zip(shares, parts, strict=True))


@given(st.integers(0, 10**12), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_parts_taken_one_after_another_use_up_the_whole(base: int, parts: list[int]) -> None:
    left, carried = sum(parts), base
    for part in parts:
        moved = pro_rata(carried, part, left)
        left, carried = left - part, carried - moved
        assert carried >= 0
    assert carried == 0


@pytest.mark.parametrize(("value", "rounded"), [("0.5", 1), ("-0.5", -1), ("1.4999", 1), ("2.5", 3), ("-2.5", -3)])
def test_half_up_rounds_halves_away_from_zero(value: str, rounded: int) -> None:
    assert half_up(Decimal(value)) == rounded


def test_conversion_knows_both_exponents() -> None:
    assert convert(10_000, "JPY", "EUR", Decimal("0.0062")) == 6200
    assert convert(1000, "KWD", "EUR", Decimal("2.99")) == 299
