"""Money that comes in another currency than it is credited in (`docs/model.md`, 31; J50)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from tallystick.foundation.errors import Invalid
from tallystick.ledger.queries import rate_on
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.money.currencies import exponent
from tallystick.money.rounding import convert

# What a rate is kept with, and the longest source that is.
_PLACES = Decimal("1e-12")
_LARGEST_RATE = Decimal("1e12")
_SOURCE = 60


@dataclass(kw_only=True, eq=False)
class ExchangeNotAccepted(Invalid):
    """Money that came cannot be credited as was said."""

    code: ClassVar[str] = "exchange_not_accepted"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "came_minor"

    reason: str


@dataclass(frozen=True, kw_only=True)
class Came:
    """What came: an amount in minor units of a currency that is not the one it is credited in."""

    minor: int
    currency: str


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """What came and what it is credited as, in minor units; the rate is units of `currency` for one that came."""

    came: Came
    minor: int
    currency: str
    rate: Decimal
    source: str

    def columns(self) -> dict[str, Any]:
        """This method will return the columns of the payment that keep it."""
        return {
            "came_minor": self.came.minor,
            "came_currency": self.came.currency,
            "came_rate": self.rate,
            "came_rate_source": self.source,
        }


def by_table(came: Came, currency: str, day: date) -> Exchange:
    """This function will exchange money at the rates that are stored for a day, half up.

    Raises:
        ExchangeNotAccepted: when both currencies are the same, or nothing would be left.
        NoExchangeRate: when one of the currencies has no rate on that day.
    """
    _check(came, currency)
    given, taken = rate_on(came.currency, day), rate_on(currency, day)
    rate = ((given.value or Decimal(1)) / (taken.value or Decimal(1))).quantize(_PLACES)
    _check_rate(rate)
    minor = convert(came.minor, came.currency, currency, rate)
    if not 0 < minor <= LARGEST_MINOR:
        raise ExchangeNotAccepted(reason=f"At the rate of {rate.normalize():f} nothing that can be credited is left.")
    said = dict.fromkeys(source for source in (given.source, taken.source) if source)
    return Exchange(came=came, minor=minor, currency=currency, rate=rate, source=" / ".join(said)[:_SOURCE])


def as_said(came: Came, minor: int, currency: str, day: date, *, by: str) -> Exchange:
    """This function will exchange money for the amount that somebody named; the rate is what the two amounts say.

    When the stored rates say the same amount, it is their rate and their source.

    Raises:
        ExchangeNotAccepted: when both currencies are the same, or the amounts make no rate.
        NoExchangeRate: when one of the currencies has no rate on that day: its worth in the books is not known.
    """
    _check(came, currency)
    listed = by_table(came, currency, day)
    if listed.minor == minor:
        return listed
    rate = Decimal(minor).scaleb(-exponent(currency)) / Decimal(came.minor).scaleb(-exponent(came.currency))
    rate = rate.quantize(_PLACES)
    _check_rate(rate)
    return Exchange(came=came, minor=minor, currency=currency, rate=rate, source=f"entered by {by}"[:_SOURCE])


def _check(came: Came, currency: str) -> None:
    if came.currency == currency:
        raise ExchangeNotAccepted(reason=f"It came in {currency}, in which it is credited: leave out what came.")
    if not 0 < came.minor <= LARGEST_MINOR:
        raise ExchangeNotAccepted(reason="Enter an amount above 0 for what came.")


def _check_rate(rate: Decimal) -> None:
    if not 0 < rate < _LARGEST_RATE:
        raise ExchangeNotAccepted(reason="The two amounts are too far apart to be an exchange.")
