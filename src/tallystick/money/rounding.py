"""Named roundings from exact decimals to minor units."""

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from tallystick.money.currencies import exponent


def half_up(value: Decimal | Fraction) -> int:
    """This function will round to the nearest integer, halves away from zero: 0.5 to 1, -0.5 to -1.

    This is the rounding of tax and of documents (`docs/chart-of-accounts.md`, rules for every entry).
    """
    if isinstance(value, Fraction):
        size = (2 * abs(value.numerator) + value.denominator) // (2 * value.denominator)
        return -size if value < 0 else size
    return int(value.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def convert(minor: int, from_currency: str, to_currency: str, rate: Decimal) -> int:
    """This function will convert minor units at a rate (units of `to_currency` for one of `from_currency`), half up.

    All before the rounding is exact, however many digits the rate and the amount have.
    """
    return half_up(minor * _minor_rate(from_currency, to_currency, rate))


def needed_for(minor: int, from_currency: str, to_currency: str, rate: Decimal) -> int:
    """This function will return how many minor units of `from_currency` make `minor` of `to_currency`, half up.

    It is `convert` the other way round, at the same rate, which is not 0. Converted back, what is needed may make a
    little less or more than `minor`: by half of what one minor unit of `from_currency` makes, and a rounding.
    """
    return half_up(minor / _minor_rate(from_currency, to_currency, rate))


def _minor_rate(from_currency: str, to_currency: str, rate: Decimal) -> Fraction:
    """Minor units of `to_currency` for one of `from_currency`."""
    return Fraction(rate) * Fraction(10) ** (exponent(to_currency) - exponent(from_currency))
