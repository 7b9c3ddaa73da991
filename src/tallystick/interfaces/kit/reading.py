"""How a typed amount is read: by the locale that the form states, or refused. Nothing is guessed."""

import re
from typing import Final, Literal

from babel import Locale
from babel.numbers import get_decimal_symbol, get_group_symbol

from tallystick.interfaces.kit.formatting import MINUS, NATIVE_DIGITS
from tallystick.money.amounts import NotAnAmount, parse_minor
from tallystick.money.currencies import exponent

Reason = Literal["not_a_number", "grouping", "places", "range"]

# Blanks and apostrophes that keyboards type in place of the exact grouping mark.
_BLANKS: Final = " \N{NO-BREAK SPACE}\u202f\N{THIN SPACE}"
_APOSTROPHES: Final = "'\N{RIGHT SINGLE QUOTATION MARK}"
_LONGEST: Final = 40


class NotReadable(ValueError):
    """The text is no amount in this locale and currency, for the stated reason."""

    def __init__(self, text: str, reason: Reason) -> None:
        super().__init__(f"{text!r} cannot be read as an amount: {reason}.")
        self.text = text
        self.reason: Reason = reason


def read_amount(text: str, currency: str, locale: str) -> int:
    """This function will return the minor units of an amount as people of the locale type it.

    "1,000.50" is 100050 EUR cents in English and refused in German, where "1.000,50" is. Grouping marks are optional,
    but must stand where the locale puts them. Blanks around the number are ignored.

    Raises:
        NotReadable: for anything else: another locale's marks, exponents, NaN, too many places, foreign digits.
        UnknownCurrency: when the code is none.
    """
    if len(text) > _LONGEST:
        raise NotReadable(text[:_LONGEST], "not_a_number")
    plain = _plain(text, Locale.parse(locale.replace("-", "_")))
    _whole, _point, fraction = plain.partition(".")
    if len(fraction) > exponent(currency):
        raise NotReadable(text, "places")
    try:
        return parse_minor(plain, currency)
    except NotAnAmount as error:
        raise NotReadable(text, "range") from error


def _plain(text: str, locale: Locale) -> str:
    """This function will rewrite a localised number as a plain decimal with a point and no grouping."""
    native = str(locale.other_numbering_systems.get("native", "latn"))
    decimal, group = (
        get_decimal_symbol(locale, numbering_system="latn"),
        get_group_symbol(locale, numbering_system="latn"),
    )
    bare = text.strip(_BLANKS + "\t\r\n")
    # A page in another language refuses native digits: a number that its reader cannot check must not be taken.
    if native in NATIVE_DIGITS and re.search(f"[{NATIVE_DIGITS[native]}]", bare):
        if re.search("[0-9]", bare):
            raise NotReadable(text, "not_a_number")
        bare = bare.translate(str.maketrans(NATIVE_DIGITS[native], "0123456789"))
        decimal = get_decimal_symbol(locale, numbering_system=native)
        group = get_group_symbol(locale, numbering_system=native)
    bare = bare.lstrip("\u200e\u200f\u061c")
    negative = bare.startswith(("-", MINUS))
    whole, point, fraction = (bare[1:] if negative else bare).partition(decimal)
    if point and not fraction:
        raise NotReadable(text, "not_a_number")
    if fraction and not re.fullmatch("[0-9]+", fraction):
        raise NotReadable(text, "not_a_number")
    return f"{'-' if negative else ''}{_ungrouped(text, whole, group, locale)}{'.' if fraction else ''}{fraction}"


def _ungrouped(text: str, whole: str, group: str, locale: Locale) -> str:
    marks = _BLANKS if group in _BLANKS else _APOSTROPHES if group in _APOSTROPHES else group
    if re.fullmatch("[0-9]+", whole):
        return whole
    parts = re.split(f"[{re.escape(marks)}]", whole)
    if not all(re.fullmatch("[0-9]+", part) for part in parts):
        raise NotReadable(text, "not_a_number")
    # (3, 2) in India: 12,34,567; (3, 3) nearly everywhere else.
    last, others = locale.decimal_formats[None].grouping
    if len(parts[-1]) != last or any(len(part) != others for part in parts[1:-1]) or not len(parts[0]) <= others:
        raise NotReadable(text, "grouping")
    if len({mark for mark in whole if not mark.isdigit()}) > 1:
        raise NotReadable(text, "grouping")
    return "".join(parts)
