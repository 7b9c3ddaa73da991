"""How amounts, dates and people's text read in what leaves the house: mails and documents. Pure."""

import re
import unicodedata
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.numbers import NumberPattern, format_decimal, parse_pattern
from django.conf import settings
from django.utils import translation

from tallystick.money.amounts import to_decimal
from tallystick.money.currencies import exponent

_MINUS = "\N{MINUS SIGN}"
# CLDR's spacing rule, which babel leaves out: letters do not touch digits (KWD 1.234, but €1.23).
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")
# Marks that turn the direction of what follows: a name may not reorder the amount behind it.
_TURNS = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


@lru_cache(maxsize=256)
def known_locale(name: str) -> Locale:
    """This function will return the locale of a name such as "de-AT"; an unknown one is read as English."""
    try:
        return Locale.parse(name.replace("-", "_"))
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def spoken_language(locale: str) -> str:
    """This function will return the language, of those that the program speaks, which is nearest to the locale."""
    try:
        return translation.get_supported_language_variant(locale)
    except LookupError:
        return settings.LANGUAGE_CODE


def written_number(value: Decimal, locale: Locale) -> str:
    """This function will write a number with all of its digits, and without empty places: a quantity, a rate."""
    # Adding 0 writes out what `normalize` left as a power of ten.
    written = format_decimal(value.normalize() + 0, locale=locale, decimal_quantization=False, numbering_system="latn")
    return str(written)


def written_money(minor: int, currency: str, locale: Locale, *, with_symbol: bool = True) -> str:
    """This function will write minor units with the currency's own number of places (ISO 4217) and a true minus sign.

    Raises:
        UnknownCurrency: when the code is none.
    """
    text = _pattern(locale, exponent(currency), with_symbol=with_symbol).apply(
        abs(to_decimal(minor, currency)),
        locale,
        currency=currency if with_symbol else None,
        currency_digits=False,
        # Latin digits everywhere: amounts are compared with bank statements.
        numbering_system="latn",
    )
    text = _LETTER_BEFORE_DIGIT.sub("\N{NO-BREAK SPACE}", text)
    return f"{_MINUS}{text}" if minor < 0 else text


def written_date(day: date, locale: Locale) -> str:
    """This function will write a date so that no two countries read it differently: "Nov 21, 2026"."""
    return format_date(day, "medium", locale=locale)


def written_moment(moment: datetime, locale: Locale) -> str:
    """This function will write a moment to the minute, in the zone that it carries: "Nov 21, 2026, 2:05 PM CET"."""
    # CLDR puts a narrow no-break space before AM and PM; ordinary fonts lack it.
    clock = format_time(moment, "short", tzinfo=moment.tzinfo, locale=locale).replace("\u202f", "\N{NO-BREAK SPACE}")
    return f"{written_date(moment.date(), locale)}, {clock}\N{NO-BREAK SPACE}{moment.tzname()}"


def one_line(text: str) -> str:
    """This function will return people's text on one line, without control characters and marks of direction."""
    visible = "".join(" " if unicodedata.category(each) == "Cc" else each for each in text)
    return " ".join(visible.translate(_TURNS).split())


@lru_cache(maxsize=512)
def _pattern(locale: Locale, places: int, *, with_symbol: bool) -> NumberPattern:
    source = locale.currency_formats["standard"] if with_symbol else locale.decimal_formats[None]
    pattern = parse_pattern(source.pattern)
    pattern.frac_prec = (places, places)
    return pattern
