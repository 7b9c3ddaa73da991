"""The arithmetic of documents: net, tax once for each rate, and its split over the lines without loss.

Source: `docs/chart-of-accounts.md`, rules for every entry: tax is computed once per rate on the sum of the document's
net lines (inclusive prices: taken out of the gross), rounded half up, then split over the lines without loss.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

from tallystick.money.rounding import half_up
from tallystick.money.split import by_exact_shares


@dataclass(frozen=True, slots=True, kw_only=True)
class LineInput:
    """A line as it is asked for. `unit_price_minor` is in minor units; the period is half open."""

    description: str
    quantity: Decimal
    unit_price_minor: int
    tax_rate_id: UUID
    is_fee: bool = False
    period_start: date | None = None
    period_end: date | None = None
    # On a group's invoice: the member whom the line is for.
    member_id: UUID | None = None
    member_name: str = ""
    # How the amount of a part of a period was computed: days, of_days, price_minor, quantity.
    arithmetic: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What a line's amounts are computed from: quantity, price in minor units, the rate and its percentage."""

    quantity: Decimal
    unit_price_minor: int
    tax_rate_id: UUID
    tax_percent: Decimal


@dataclass(frozen=True, slots=True)
class LineAmounts:
    """A line's net amount and its share of the tax, in minor units."""

    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Totals:
    """A document's amounts in minor units, line by line and in sum."""

    lines: tuple[LineAmounts, ...]
    net_minor: int
    tax_minor: int

    @property
    def total_minor(self) -> int:
        """What is to be paid."""
        return self.net_minor + self.tax_minor


def totals(lines: Sequence[PricedLine], *, prices_include_tax: bool) -> Totals:
    """This function will compute a document's amounts."""
    priced = [half_up(line.quantity * line.unit_price_minor) for line in lines]
    by_rate: dict[UUID, list[int]] = {}
    for index, line in enumerate(lines):
        by_rate.setdefault(line.tax_rate_id, []).append(index)
    taxes = [0] * len(lines)
    for indexes in by_rate.values():
        percent = Fraction(lines[indexes[0]].tax_percent)
        factor = percent / (100 + percent) if prices_include_tax else percent / 100
        shares = [priced[index] * factor for index in indexes]
        for index, part in zip(indexes, split_tax(shares), strict=True):
            taxes[index] = part
    nets = [amount - tax if prices_include_tax else amount for amount, tax in zip(priced, taxes, strict=True)]
    return Totals(
        lines=tuple(LineAmounts(net, tax) for net, tax in zip(nets, taxes, strict=True)),
        net_minor=sum(nets),
        tax_minor=sum(taxes),
    )


def split_tax(shares: Sequence[Fraction]) -> list[int]:
    """This function will round the sum of exact shares half up and split it over them without loss."""
    # Exact fractions: an inclusive rate has no finite decimal.
    return by_exact_shares(half_up(sum(shares, Fraction(0))), shares)
