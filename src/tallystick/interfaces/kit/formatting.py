"""How amounts, days and moments read: by locale, exact to the minor unit, with a true minus sign. Pure functions."""

import datetime as dt
import re
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain, zip_longest
from typing import Final, Literal

from babel import Locale
from babel.dates import format_date as babel_date
from babel.dates import format_skeleton, get_time_format
from babel.dates import format_time as babel_time
from babel.numbers import (
    NumberPattern,
    format_compact_decimal,
    format_decimal,
    get_decimal_symbol,
    get_group_symbol,
    parse_pattern,
)

from tallystick.money.amounts import to_decimal
from tallystick.money.currencies import exponent

MINUS = "\N{MINUS SIGN}"
NO_BREAK_SPACE = "\N{NO-BREAK SPACE}"

# Babel writes a numbering system's separators, but not its digits.
NATIVE_DIGITS: Final = {
    "arab": "٠١٢٣٤٥٦٧٨٩",
    "arabext": "۰۱۲۳۴۵۶۷۸۹",
    "deva": "०१२३४५६७८९",
    "beng": "০১২৩৪৫৬৭৮৯",
}

_SECONDS: Final = "{seconds}"
_LETTER_BEFORE_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)")

# "symbol" is €60.85, "code" is 60.85 EUR, "number" is 60.85.
Shape = Literal["symbol", "code", "number"]
# Which digits an Arabic or Persian page shows. Latin ones by default: amounts are compared with bank statements, card
# terminals and IBANs, which print Latin digits nearly everywhere.
Digits = Literal["latin", "native"]


def format_amount(
    minor: int,
    currency: str,
    locale: str = "en",
    *,
    shape: Shape = "symbol",
    digits: Digits = "latin",
    plus: bool = False,
) -> str:
    """This function will write minor units as people of the locale read them: 6085 EUR is "€60.85", JPY has no places.

    The number of decimal places is the currency's own (ISO 4217), never the locale's habit. A negative amount carries
    U+2212, never a hyphen; `plus` gives positive amounts a sign as well.

    Raises:
        UnknownCurrency: when the code is none.
    """
    sign = MINUS if minor < 0 else "+" if plus and minor > 0 else ""
    written = str(abs(minor)).zfill(exponent(currency) + 1)
    layout = _layout(len(written), currency, locale, shape=shape, digits=digits, sign=sign)
    system = _numbering_system(_locale(locale), digits)
    return "".join(chain.from_iterable(zip_longest(layout, _with_digits(written, system), fillvalue="")))


def amount_parts(minor: int, currency: str, locale: str = "en", *, digits: Digits = "latin") -> tuple[str, str, str]:
    """This function will return an amount as (whole, separator and fraction, code), for pages that set them apart."""
    number = format_amount(minor, currency, locale, shape="number", digits=digits)
    places = exponent(currency)
    if not places:
        return number, "", currency
    return number[: -places - 1], number[-places - 1 :], currency


def example_amount(currency: str, locale: str = "en") -> str:
    """This function will return an example of how the locale writes amounts: 1,234.56 in English."""
    return format_amount(123456 * 10 ** exponent(currency) // 100, currency, locale, shape="number")


def format_number(value: Decimal | int, locale: str = "en", *, digits: Digits = "latin") -> str:
    """This function will write a plain number with the locale's grouping."""
    system = _numbering_system(_locale(locale), digits)
    if not isinstance(value, int):
        return _with_digits(_decimal(value, locale, system), system)
    written = str(abs(value))
    layout = _number_layout(len(written), locale, system, is_negative=value < 0)
    return "".join(chain.from_iterable(zip_longest(layout, _with_digits(written, system), fillvalue="")))


def format_short(value: Decimal | int, locale: str = "en") -> str:
    """This function will write a number as shortly as its first three places allow: 12500 is "12.5K"."""
    parsed = _locale(locale)
    short = format_compact_decimal(value, locale=parsed, fraction_digits=3, numbering_system="latn")
    return str(short).replace("-", MINUS)


def format_percent(part: Decimal, locale: str = "en", *, places: int = 1) -> str:
    """This function will write a share of one as a percentage with so many decimal places at most: 0.985 is "98.5%"."""
    return str(_percent_pattern(places).apply(part, _locale(locale))).replace("-", MINUS)


def separators(locale: str) -> tuple[str, str]:
    """This function will return the locale's decimal and grouping characters, with Latin digits."""
    parsed = _locale(locale)
    return (
        get_decimal_symbol(parsed, numbering_system="latn"),
        get_group_symbol(parsed, numbering_system="latn"),
    )


@lru_cache(maxsize=1024)
def format_day(day: dt.date, locale: str = "en") -> str:
    """This function will write a local date so that no two countries can read it differently: "Nov 21, 2026"."""
    return babel_date(day, "medium", locale=_locale(locale))


@lru_cache(maxsize=1024)
def format_long_day(day: dt.date, locale: str = "en") -> str:
    """This function will write a local date with its weekday: "Saturday, November 21, 2026"."""
    return babel_date(day, "full", locale=_locale(locale))


@lru_cache(maxsize=1024)
def format_month(day: dt.date, locale: str = "en") -> str:
    """This function will write the month of a day, with its year."""
    return format_skeleton("yMMMM", day, locale=_locale(locale))


@lru_cache(maxsize=1024)
def format_short_month(day: dt.date, locale: str = "en") -> str:
    """This function will write the month of a day where there is little room: "Nov 2026"."""
    return format_skeleton("yMMM", day, locale=_locale(locale))


@lru_cache(maxsize=1024)
def format_weekday_and_day(day: dt.date, locale: str = "en") -> str:
    """This function will write a day of a month that is known, with its weekday: "Sat, Nov 21"."""
    return format_skeleton("MMMEd", day, locale=_locale(locale))


def format_moment(moment: dt.datetime, zone: dt.tzinfo, locale: str = "en") -> str:
    """This function will write a moment in the given zone to the minute: "Nov 21, 2026, 2:05 PM"."""
    local = moment.astimezone(zone)
    day = babel_date(local.date(), "medium", locale=_locale(locale))
    return f"{day}, {format_clock(moment, zone, locale)}"


def format_clock(moment: dt.datetime, zone: dt.tzinfo, locale: str = "en") -> str:
    """This function will write the time of day in the given zone to the minute: "2:05 PM"."""
    local = moment.astimezone(zone)
    return _clock(local.hour, local.minute, locale)


def format_exact_moment(moment: dt.datetime, zone: dt.tzinfo, locale: str = "en") -> str:
    """This function will write a moment to the second, in the zone and in UTC, for the hover of a shorter form."""
    parsed, local = _locale(locale), moment.astimezone(zone)
    clock = _exact_clock(local.hour, local.minute, locale).replace(_SECONDS, f"{local.second:02}")
    # As babel joins them; many moments share a day, which is written once.
    joined = parsed.datetime_formats["medium"].replace("'", "")
    shown = joined.replace("{0}", clock).replace("{1}", format_day(local.date(), locale))
    if local.utcoffset() == dt.timedelta():
        return f"{shown} UTC"
    return f"{shown} {local.tzname()} ({moment.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S} UTC)"


@lru_cache(maxsize=4096)
def _clock(hour: int, minute: int, locale: str) -> str:
    # CLDR puts a narrow no-break space before AM and PM; ordinary fonts lack it.
    return babel_time(dt.time(hour, minute), "short", locale=_locale(locale)).replace("\u202f", NO_BREAK_SPACE)


@lru_cache(maxsize=4096)
def _exact_clock(hour: int, minute: int, locale: str) -> str:
    """A time of day with a mark where its seconds stand: each minute is written once for all of them."""
    pattern = get_time_format("medium", locale=_locale(locale)).pattern.replace("ss", f"'{_SECONDS}'")
    return babel_time(dt.time(hour, minute), pattern, locale=_locale(locale)).replace("\u202f", NO_BREAK_SPACE)


@lru_cache(maxsize=4096)
def _layout(length: int, currency: str, locale: str, *, shape: Shape, digits: Digits, sign: str) -> tuple[str, ...]:
    """What stands around each digit of every amount of so many digits: babel takes fifty times as long to find it."""
    parsed = _locale(locale)
    system = _numbering_system(parsed, digits)
    text = _pattern(locale, shape == "symbol", exponent(currency)).apply(
        to_decimal(int("9" * length), currency),
        parsed,
        currency=currency if shape == "symbol" else None,
        currency_digits=False,
        numbering_system=system,
    )
    # CLDR's spacing rule, which babel leaves out: letters do not touch digits (KWD 1.234, but €1.23).
    text = _LETTER_BEFORE_DIGIT.sub(NO_BREAK_SPACE, text)
    # A mark of direction at the front must stay there, or the sign would jump to the other side.
    lead = text[: len(text) - len(text.lstrip("\u200e\u200f"))]
    text = f"{lead}{sign}{text[len(lead) :]}"
    return tuple(f"{text}{NO_BREAK_SPACE}{currency}".split("9") if shape == "code" else text.split("9"))


@lru_cache(maxsize=4096)
def _number_layout(length: int, locale: str, system: str, *, is_negative: bool) -> list[str]:
    """What stands around each digit of every whole number of so many digits."""
    nines = int("9" * length)
    return _decimal(-nines if is_negative else nines, locale, system).split("9")


def _decimal(value: Decimal | int, locale: str, system: str) -> str:
    return format_decimal(value, locale=_locale(locale), numbering_system=system).replace("-", MINUS)


@lru_cache(maxsize=64)
def _locale(name: str) -> Locale:
    return Locale.parse(name.replace("-", "_"))


@lru_cache(maxsize=512)
def _pattern(locale: str, with_symbol: bool, places: int) -> NumberPattern:  # noqa: FBT001 - a key of the cache
    parsed = _locale(locale)
    source = parsed.currency_formats["standard"] if with_symbol else parsed.decimal_formats[None]
    pattern = parse_pattern(source.pattern)
    pattern.frac_prec = (places, places)
    return pattern


@cache
def _percent_pattern(places: int) -> NumberPattern:
    return parse_pattern(f"#,##0.{'#' * places}%")


def _numbering_system(locale: Locale, digits: Digits) -> str:
    if digits == "latin":
        return "latn"
    native = str(locale.other_numbering_systems.get("native", "latn"))
    return native if native in NATIVE_DIGITS else "latn"


def _with_digits(text: str, system: str) -> str:
    return text.translate(str.maketrans("0123456789", NATIVE_DIGITS[system])) if system in NATIVE_DIGITS else text
