"""Money that comes in another currency than it is credited in (`docs/model.md`, 31; J50)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, ClassVar

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.ledger.queries import rate_on
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.money.currencies import exponent
from tallystick.money.rounding import convert, needed_for

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


@dataclass(kw_only=True, eq=False)
class ExchangeNotOffered(Invalid):
    """What is owed cannot be charged in the currency that was named."""

    code: ClassVar[str] = "exchange_not_offered"
    sentence: ClassVar[str] = "{reason}"
    field: ClassVar[str | None] = "charged_in"

    reason: str


@dataclass(kw_only=True, eq=False)
class ExchangeRateChanged(Conflict):
    """At the rates that hold now another amount would be charged than was said."""

    code: ClassVar[str] = "exchange_rate_changed"
    sentence: ClassVar[str] = (
        "The exchange rate changed: {charged_minor} would be charged now. Nothing was charged yet."
    )
    field: ClassVar[str | None] = "charged_minor"

    charged_minor: int
    currency: str


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


@dataclass(frozen=True, kw_only=True)
class Quote:
    """What is charged in another currency for what is owed, at the rates that are stored for a day.

    `exchange` says what that would be credited as: the rate is fixed at completion (`docs/model.md`, 31). `rate_date`
    is the day from which the rate holds; of two, the earlier.
    """

    owed_minor: int
    exchange: Exchange
    rate_date: date

    @property
    def charged(self) -> Came:
        """What is charged."""
        return self.exchange.came

    @property
    def open_minor(self) -> int:
        """What the rounding leaves open, in minor units of what is owed."""
        return max(0, self.owed_minor - self.exchange.minor)

    @property
    def over_minor(self) -> int:
        """What the rounding gives beyond what is owed: it becomes credit."""
        return max(0, self.exchange.minor - self.owed_minor)


def quote(owed_minor: int, currency: str, charged_in: str, day: date) -> Quote:
    """This function will say what is charged in another currency for what is owed, at the rates stored for a day.

    What is owed is converted, half up; what would be credited is that converted back, half up, at the same rate.

    Raises:
        ExchangeNotOffered: when both currencies are the same, or the amount cannot be charged in that currency.
        NoExchangeRate: when one of the currencies has no rate on that day.
    """
    if charged_in == currency:
        raise ExchangeNotOffered(reason=f"It is owed in {currency}: leave out in which currency it is charged.")
    try:
        rate, _source, rate_date = _listed(charged_in, currency, day)
        charged = needed_for(owed_minor, charged_in, currency, rate)
        exchange = by_table(Came(minor=charged, currency=charged_in), currency, day)
    except ExchangeNotAccepted as error:
        raise ExchangeNotOffered(reason=f"This amount cannot be charged in {charged_in}.") from error
    return Quote(owed_minor=owed_minor, exchange=exchange, rate_date=rate_date)


def by_table(came: Came, currency: str, day: date) -> Exchange:
    """This function will exchange money at the rates that are stored for a day, half up.

    Raises:
        ExchangeNotAccepted: when both currencies are the same, or nothing would be left.
        NoExchangeRate: when one of the currencies has no rate on that day.
    """
    _check(came, currency)
    rate, source, _valid_from = _listed(came.currency, currency, day)
    minor = convert(came.minor, came.currency, currency, rate)
    if not 0 < minor <= LARGEST_MINOR:
        raise ExchangeNotAccepted(reason=f"At the rate of {rate.normalize():f} nothing that can be credited is left.")
    return Exchange(came=came, minor=minor, currency=currency, rate=rate, source=source)


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


def _listed(came_currency: str, currency: str, day: date) -> tuple[Decimal, str, date]:
    """The stored rate of a day, units of `currency` for one that came; who said so; and from when on it holds."""
    given, taken = rate_on(came_currency, day), rate_on(currency, day)
    rate = ((given.value or Decimal(1)) / (taken.value or Decimal(1))).quantize(_PLACES)
    _check_rate(rate)
    said = dict.fromkeys(each.source for each in (given, taken) if each.source)
    valid_from = min(each.valid_from for each in (given, taken) if each.valid_from is not None)
    return rate, " / ".join(said)[:_SOURCE], valid_from


def _check(came: Came, currency: str) -> None:
    if came.currency == currency:
        raise ExchangeNotAccepted(reason=f"It came in {currency}, in which it is credited: leave out what came.")
    if not 0 < came.minor <= LARGEST_MINOR:
        raise ExchangeNotAccepted(reason="Enter an amount above 0 for what came.")


def _check_rate(rate: Decimal) -> None:
    if not 0 < rate < _LARGEST_RATE:
        raise ExchangeNotAccepted(reason="The two amounts are too far apart to be an exchange.")
