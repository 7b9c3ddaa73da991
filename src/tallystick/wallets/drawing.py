"""What a charge takes of which lot, and where a credit goes back to (J18, J19). Pure functions over amounts."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from uuid import UUID

from tallystick.money.rounding import half_up


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A part of a charge, in minor units: of a lot, or (without one) beyond all that is prepaid."""

    lot_id: UUID | None
    is_promotional: bool
    minor: int
    # Tax was due when it was paid in.
    is_taxed: bool = False


def draw(amount_minor: int, lots: Iterable[Part]) -> list[Part]:
    """This function will take an amount from lots in their order, each as far as it goes; the rest is beyond them.

    `lots` are what is left of each, by earliest expiry, promotional first on a tie (J18).
    """
    taken: list[Part] = []
    for lot in lots:
        if amount_minor == 0:
            break
        minor = min(lot.minor, amount_minor)
        if minor == 0:
            continue
        taken.append(replace(lot, minor=minor))
        amount_minor -= minor
    if amount_minor:
        taken.append(Part(lot_id=None, is_promotional=False, minor=amount_minor))
    return taken


def give_back(amount_minor: int, draws: Sequence[Part]) -> list[Part]:
    """This function will return an amount to what it was drawn from; what was drawn last goes back first (J19).

    `draws` are what was not returned yet, in the order in which it was drawn; they hold the amount.
    """
    return draw(amount_minor, reversed(draws))


def tax_within(total_minor: int, percent: Decimal) -> int:
    """This function will take the tax out of an amount that includes it, rounded half up."""
    rate = Fraction(percent)
    return half_up(total_minor * rate / (100 + rate))


def taxed(parts: Iterable[Part]) -> int:
    """This function will return on how much of a charge tax is due (J18).

    On all but what promotional credit pays, and lots that were taxed when they were paid in.
    """
    return sum(part.minor for part in parts if not part.is_promotional and not part.is_taxed)


def tax_of_credit(*, tax_minor: int, taxed_minor: int, returned_minor: int, before_minor: int) -> int:
    """This function will return the tax that a credit takes back, so that credits of all give back all of it.

    `taxed_minor` is what of the charge was taxed, `returned_minor` what of that goes back, and `before_minor` what went
    back earlier.
    """
    if taxed_minor == 0:
        return 0

    def share(minor: int) -> int:
        return half_up(Fraction(tax_minor * minor, taxed_minor))

    return share(before_minor + returned_minor) - share(before_minor)
