"""Money: an integer of minor units beside its currency."""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from tallystick.money.currencies import Currency, exponent, parse_currency

# What fits a BIGINT with room to add a few million of them.
LARGEST_MINOR = 10**15

_PLAIN_DECIMAL = re.compile(r"-?[0-9]{1,16}(\.[0-9]{1,8})?")


class CurrencyMismatch(TypeError):
    """Two currencies met in one sum. They may meet in account 1900 only."""

    def __init__(self, left: str, right: str) -> None:
        super().__init__(f"{left} and {right} cannot be added or compared.")
        self.left = left
        self.right = right


class NotAnAmount(ValueError):
    """The text is no amount of this currency."""

    def __init__(self, text: object, currency: str) -> None:
        super().__init__(f"{text!r} is not an amount in {currency}.")
        self.text = text
        self.currency = currency


@dataclass(frozen=True, slots=True)
class Money:
    """An amount in minor units (cents, yen, fils) of one currency; may be negative."""

    minor: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.minor) is not int:
            raise NotAnAmount(self.minor, self.currency)
        parse_currency(self.currency)

    @classmethod
    def of(cls, text: str, currency: str) -> Self:
        """This function will read a plain decimal such as "12.34": a point, no grouping, no more places than allowed.

        Raises:
            NotAnAmount: when the text is anything else, has too many places, or is out of range.
            UnknownCurrency: when the code is none.
        """
        code = parse_currency(currency)
        return cls(parse_minor(text, code), code)

    def __add__(self, other: "Money") -> "Money":
        return Money(self.minor + self._same(other).minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.minor - self._same(other).minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.minor < self._same(other).minor

    def __le__(self, other: "Money") -> bool:
        return self.minor <= self._same(other).minor

    def __bool__(self) -> bool:
        return self.minor != 0

    def __str__(self) -> str:
        return f"{plain_decimal(self.minor, self.currency)} {self.currency}"

    def _same(self, other: "Money") -> "Money":
        if other.currency != self.currency:
            raise CurrencyMismatch(self.currency, other.currency)
        return other


def parse_minor(text: str, currency: str) -> int:
    """This function will return the minor units of a plain decimal such as "12.34".

    Raises:
        NotAnAmount: when the text is not a plain decimal, has more places than the currency, or is out of range.
    """
    if not _PLAIN_DECIMAL.fullmatch(text):
        raise NotAnAmount(text, currency)
    scaled = Decimal(text).scaleb(exponent(currency))
    if scaled != scaled.to_integral_value() or abs(scaled) > LARGEST_MINOR:
        raise NotAnAmount(text, currency)
    return int(scaled)


def plain_decimal(minor: int, currency: str) -> str:
    """This function will write minor units as a plain decimal: 1234 EUR is "12.34", 1234 JPY "1234"."""
    return f"{to_decimal(minor, currency):f}"


def to_decimal(minor: int, currency: str) -> Decimal:
    """This function will return the amount in major units, exactly, with the currency's places."""
    return Decimal(minor).scaleb(-exponent(currency))
