"""Amounts of payments as people write and compare them: signed, and by what they say and not by their minor units.

One number compares 60.85 EUR, 6,085 JPY and 6.085 KWD: thousandths of the major unit, because no currency has more than
three places. It is only for sorting and finding; amounts of two currencies are never added.
"""

import re
from decimal import Decimal
from typing import Final

from tallystick.money.amounts import LARGEST_MINOR
from tallystick.money.currencies import all_currencies, exponent

# What stands around a number: a code or a sign of a currency, and blanks of any kind.
_AROUND: Final = re.compile(r"^[A-Za-z]{0,3}\s*[^\w\s.,'’+−–-]?\s*|\s*[^\w\s.,'’+−–-]?\s*[A-Za-z]{0,3}$")
_NUMBER: Final = re.compile(r"[0-9]{1,16}([.,][0-9]{1,3})?")
_GROUPED: Final = re.compile(r"[0-9]{1,3}(?:([.,'’\s])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]{1,3})?")
_MINUS: Final = "-−–"


class NotWrittenAsAmount(ValueError):
    """The text is no amount, however people write one."""

    def __init__(self, text: str) -> None:
        super().__init__(f"{text!r} is not an amount. Write it like 60.85.")
        self.text = text


def _of_places(places: int) -> str:
    return ", ".join(f"'{code}'" for code in all_currencies() if exponent(code) == places)


# What the database compares and has indexes on: purchases and refunds are below zero, as lists show them.
AMOUNT: Final = (
    "((CASE WHEN p.kind IN ('refund', 'charge') THEN -1 ELSE 1 END * p.total_minor) * "
    f"(CASE WHEN p.currency IN ({_of_places(0)}) THEN 1000 "
    f"WHEN p.currency IN ({_of_places(3)}) THEN 1 ELSE 10 END))"
)


def thousandths(amount: Decimal) -> int:
    """This function will return an amount of major units as the number that lists compare."""
    return int(amount.scaleb(3).to_integral_value())


def written_amounts(text: str) -> tuple[Decimal, ...]:
    """This function will return what a text can mean as an amount of major units: 60.85, 60,85, €1'234.50, -5 EUR.

    Of "1,234" it returns both readings, one thousand two hundred and a bit more than one; of other text nothing.
    """
    bare = _AROUND.sub("", text.strip())
    negative = bare[:1] in _MINUS and bool(bare)
    bare = _AROUND.sub("", bare[1:].strip()) if negative else bare.removeprefix("+")
    found: set[Decimal] = set()
    if _NUMBER.fullmatch(bare):
        found.add(Decimal(bare.replace(",", ".")))
    if _GROUPED.fullmatch(bare):
        found.add(_without_groups(bare))
    most = Decimal(LARGEST_MINOR)
    return tuple(sorted(-each if negative else each for each in found if each <= most))


def one_amount(text: str) -> Decimal:
    """This function will return the amount of major units that a text says; of two readings the one with places.

    Raises:
        NotWrittenAsAmount: when it says none.
    """
    found = written_amounts(text)
    if not found:
        raise NotWrittenAsAmount(text)
    return min(found, key=abs)


def _without_groups(text: str) -> Decimal:
    marks = [each for each in text if not each.isdigit()]
    last = marks[-1]
    # A mark that comes once more, or that others precede, tells groups from places.
    has_places = last in ".," and (len(set(marks)) > 1 or len(text.rpartition(last)[2]) != 3)
    whole, _, places = text.rpartition(last) if has_places else (text, "", "0")
    return Decimal("".join(filter(str.isdigit, whole)) + "." + places)
