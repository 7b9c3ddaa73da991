"""S59: an amount is read by the stated locale, or refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tallystick.interfaces.kit.reading import NotReadable, read_amount


@pytest.mark.parametrize(
    ("text", "currency", "locale", "minor"),
    [
        ("1,000.50", "EUR", "en", 100050),
        ("1.000,50", "EUR", "de", 100050),
        ("1000.50", "EUR", "en", 100050),
        (" 5 ", "EUR", "en", 500),
        ("\xa05\u202f", "EUR", "en", 500),
        ("0", "EUR", "en", 0),
        ("-12.30", "EUR", "en", -1230),
        ("−12.30", "EUR", "en", -1230),
        ("1 234,5", "EUR", "fr", 123450),
        ("1\u202f234,50", "EUR", "fr", 123450),
        ("12,34,567.89", "INR", "hi", 123456789),
        ("1'234.50", "CHF", "de-CH", 123450),
        ("1’234.50", "CHF", "de-CH", 123450),
        ("1284000", "JPY", "en", 1284000),
        ("1.234", "KWD", "en", 1234),
        ("1000000000000", "EUR", "en", 10**14),
        ("١٠", "EUR", "ar", 1000),
        ("١٬٢٣٤٫٥٠", "EUR", "ar", 123450),
        ("10", "EUR", "ar", 1000),
    ],
)
def test_an_amount_is_read_by_the_stated_locale(text: str, currency: str, locale: str, minor: int) -> None:
    assert read_amount(text, currency, locale) == minor


@pytest.mark.parametrize(
    ("text", "currency", "locale", "reason"),
    [
        ("1.000,50", "EUR", "en", "not_a_number"),
        ("1,000.50", "EUR", "de", "not_a_number"),
        ("1,00", "EUR", "en", "grouping"),
        ("10,00,000", "EUR", "en", "grouping"),
        ("1,234,56", "EUR", "en", "grouping"),
        (",500", "EUR", "en", "not_a_number"),
        ("1 234\u202f567", "EUR", "fr", "grouping"),
        ("0.001", "EUR", "en", "places"),
        ("1.000", "EUR", "en", "places"),
        ("1.5", "JPY", "en", "places"),
        ("1.2345", "KWD", "en", "places"),
        ("1e5", "EUR", "en", "not_a_number"),
        ("NaN", "EUR", "en", "not_a_number"),
        ("Infinity", "EUR", "en", "not_a_number"),
        ("-Infinity", "EUR", "en", "not_a_number"),
        ("", "EUR", "en", "not_a_number"),
        ("-", "EUR", "en", "not_a_number"),
        ("5.", "EUR", "en", "not_a_number"),
        (".5", "EUR", "en", "not_a_number"),
        ("--5", "EUR", "en", "not_a_number"),
        ("+5", "EUR", "en", "not_a_number"),
        ("5 EUR", "EUR", "en", "not_a_number"),
        ("€5", "EUR", "en", "not_a_number"),
        ("1_000", "EUR", "en", "not_a_number"),
        ("0x10", "EUR", "en", "not_a_number"),
        ("١٠", "EUR", "en", "not_a_number"),
        ("1٠", "EUR", "ar", "not_a_number"),
        ("１０", "EUR", "ja", "not_a_number"),
        ("9" * 15, "EUR", "en", "range"),
        ("9" * 60, "EUR", "en", "not_a_number"),
    ],
)
def test_anything_else_is_refused_with_its_reason(text: str, currency: str, locale: str, reason: str) -> None:
    with pytest.raises(NotReadable) as refused:
        read_amount(text, currency, locale)
    assert refused.value.reason == reason


@given(st.text(max_size=60), st.sampled_from(["EUR", "JPY", "KWD"]), st.sampled_from(["en", "de", "fr", "ar", "hi"]))
def test_any_text_is_an_amount_or_refused(text: str, currency: str, locale: str) -> None:
    try:
        minor = read_amount(text, currency, locale)
    except NotReadable:
        return
    assert abs(minor) <= 10**15


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_no_exponent_and_no_special_value_gets_through(value: object) -> None:
    text = str(value)
    if any(letter in text for letter in "EeNnIi"):
        with pytest.raises(NotReadable):
            read_amount(text, "EUR", "en")
