"""Amounts and dates, to the character."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_time
from babel.numbers import format_decimal
from hypothesis import given
from hypothesis import strategies as st

from tallystick.interfaces.kit.formatting import (
    amount_parts,
    example_amount,
    format_amount,
    format_clock,
    format_day,
    format_exact_moment,
    format_long_day,
    format_moment,
    format_number,
    format_percent,
    format_short,
)
from tallystick.interfaces.kit.reading import read_amount
from tallystick.money.currencies import UnknownCurrency

MOMENT = dt.datetime(2026, 11, 20, 13, 42, 7, tzinfo=dt.UTC)
BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("minor", "currency", "locale", "shown"),
    [
        (6085, "EUR", "en", "€60.85"),
        (-6085, "EUR", "en", "−€60.85"),
        (0, "EUR", "en", "€0.00"),
        (5, "EUR", "en", "€0.05"),
        (123456789, "EUR", "de", "1.234.567,89\xa0€"),
        (-123456789, "EUR", "de", "−1.234.567,89\xa0€"),
        (123456789, "EUR", "fr", "1\u202f234\u202f567,89\xa0€"),
        (1284000, "JPY", "en", "¥1,284,000"),
        (1284000, "JPY", "ja", "￥1,284,000"),
        (45250750, "KWD", "en", "KWD\xa045,250.750"),
        (-1, "KWD", "en", "−KWD\xa00.001"),
        (123456789, "INR", "hi", "₹12,34,567.89"),
        # CLDR would give these other places than ISO 4217.
        (150000, "HUF", "en", "HUF\xa01,500.00"),
        (1500, "IQD", "en", "IQD\xa01.500"),
    ],
)
def test_an_amount_has_the_places_of_its_currency(minor: int, currency: str, locale: str, shown: str) -> None:
    assert format_amount(minor, currency, locale) == shown


def test_arabic_keeps_latin_digits_unless_asked() -> None:
    assert format_amount(-123450, "EUR", "ar") == "\u200f−1,234.50\xa0€"
    assert format_amount(123450, "EUR", "ar", digits="native", shape="number") == "١٬٢٣٤٫٥٠"
    assert format_amount(123450, "EUR", "en", digits="native") == "€1,234.50"


def test_an_amount_can_be_written_with_its_code_or_sign_or_bare() -> None:
    assert format_amount(-129900, "GBP", "en", shape="code") == "−1,299.00\xa0GBP"
    assert format_amount(129900, "GBP", "en", shape="number") == "1,299.00"
    assert format_amount(2500, "EUR", "en", plus=True) == "+€25.00"
    assert format_amount(0, "EUR", "en", plus=True) == "€0.00"


def test_the_parts_of_an_amount_make_it_whole() -> None:
    assert amount_parts(123456789, "EUR", "en") == ("1,234,567", ".89", "EUR")
    assert amount_parts(123456789, "EUR", "de") == ("1.234.567", ",89", "EUR")
    assert amount_parts(1284000, "JPY", "en") == ("1,284,000", "", "JPY")
    assert amount_parts(-5, "KWD", "en") == ("−0", ".005", "KWD")


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(UnknownCurrency):
        format_amount(1, "XXX", "en")


@given(
    st.integers(-(10**15) + 1, 10**15 - 1),
    st.sampled_from(["EUR", "JPY", "KWD"]),
    st.sampled_from(["en", "de", "fr", "hi"]),
)
def test_what_is_written_can_be_read_again(minor: int, currency: str, locale: str) -> None:
    assert read_amount(format_amount(minor, currency, locale, shape="number"), currency, locale) == minor


def test_examples_show_the_habit_of_the_locale() -> None:
    assert [example_amount(code, "en") for code in ("EUR", "JPY", "KWD")] == ["1,234.56", "1,234", "1,234.560"]
    assert example_amount("EUR", "de") == "1.234,56"


def test_days_and_moments() -> None:
    assert format_day(dt.date(2026, 11, 20), "en") == "Nov 20, 2026"
    assert format_day(dt.date(2026, 11, 20), "de") == "20.11.2026"
    assert format_long_day(dt.date(2026, 11, 20), "en") == "Friday, November 20, 2026"
    assert format_moment(MOMENT, BERLIN, "en") == "Nov 20, 2026, 2:42\xa0PM"
    assert format_exact_moment(MOMENT, BERLIN, "en") == "Nov 20, 2026, 2:42:07\xa0PM CET (2026-11-20 13:42:07 UTC)"
    assert format_exact_moment(MOMENT, dt.UTC, "en") == "Nov 20, 2026, 1:42:07\xa0PM UTC"


@given(
    moment=st.datetimes(timezones=st.just(dt.UTC)).filter(lambda moment: 1970 < moment.year < 9999),
    locale=st.sampled_from(["en", "en-GB", "de", "fr", "fi", "ja", "ar", "fa", "he", "bg", "da", "zh-Hant"]),
)
def test_times_of_day_are_those_of_babel(moment: dt.datetime, locale: str) -> None:
    """Each minute is written once, and its seconds are put in."""
    short, medium = (
        format_time(moment, width, tzinfo=BERLIN, locale=locale.replace("-", "_")).replace("\u202f", "\xa0")
        for width in ("short", "medium")
    )
    assert format_clock(moment, BERLIN, locale) == short
    assert medium in format_exact_moment(moment, BERLIN, locale)


@given(
    number=st.integers(-(10**15), 10**15),
    locale=st.sampled_from(
        ["en", "en-GB", "de", "de-CH", "es", "fr", "fi", "hi", "ja", "ar", "fa", "he", "pl", "zh-Hant"]
    ),
)
def test_whole_numbers_are_those_of_babel(number: int, locale: str) -> None:
    """What stands around the digits is found once for all numbers of so many."""
    written = format_decimal(number, locale=locale.replace("-", "_"), numbering_system="latn")
    assert format_number(number, locale) == written.replace("-", "−")


def test_a_moment_is_shown_on_the_day_it_has_in_the_zone() -> None:
    late = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)
    assert format_moment(late, ZoneInfo("Pacific/Kiritimati"), "en") == "Jan 1, 2027, 1:30\xa0PM"


def test_numbers_and_shares() -> None:
    from decimal import Decimal

    assert format_number(-1284000, "en") == "−1,284,000"
    assert format_percent(Decimal("0.985"), "en") == "98.5%"
    assert format_percent(Decimal("-0.03"), "en") == "−3%"
    assert format_percent(Decimal("0.08125"), "en", places=4) == "8.125%"
    assert format_percent(Decimal("0.2"), "de", places=4) == "20%"
    assert [format_short(each, "en") for each in (0, Decimal("2.5"), -12500, 10**10)] == ["0", "2.5", "−12.5K", "10B"]
