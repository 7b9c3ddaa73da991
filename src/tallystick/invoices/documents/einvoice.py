"""Whether a document can be an e-invoice by EN 16931, and its amounts as that standard wants them. Pure.

EN 16931-1 says what an e-invoice holds (its terms are numbered BT-…) and what must hold of it (its rules BR-…).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import cache
from typing import Final

from babel import Locale

from tallystick.invoices.documents.facts import (
    ASKS_NOTHING,
    Claim,
    CreditedLineFacts,
    CreditNoteFacts,
    InvoiceFacts,
    LineFacts,
    Mark,
    PartyFacts,
    TaxFacts,
)
from tallystick.money.amounts import plain_decimal, to_decimal
from tallystick.money.currencies import exponent
from tallystick.money.rounding import half_up

# BR-DEC: no amount of the standard has more decimal places.
_MOST_PLACES: Final = 2
# What CLDR names beside the countries of ISO 3166-1: groups of them, parts of them, tests, and Kosovo.
_NO_COUNTRIES: Final = "AC CP CQ DG EA EU EZ IC QO TA UN XA XB XK ZZ"
_UNION: Final = "AT BE BG CY CZ DE DK EE EL ES FI FR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK XI"
# Greece alone stands before its VAT numbers otherwise than before everything else (BR-CO-09).
_VAT_PREFIXES: Final = {"GR": "EL"}
_BETWEEN_DIGITS: Final = re.compile(r"[\s./-]+")

STANDARD, ZERO, EXEMPT, REVERSE_CHARGE, OUTSIDE_SCOPE = "S", "Z", "E", "AE", "O"
_CODES: Final = {
    "standard": STANDARD,
    "zero": ZERO,
    "exempt": EXEMPT,
    "reverse_charge": REVERSE_CHARGE,
    "outside_scope": OUTSIDE_SCOPE,
}


class Obstacle(StrEnum):
    """Why a document is no e-invoice: what it is, or which fact the standard demands and it lacks."""

    NO_CLAIM = "no_claim"
    THREE_DECIMALS = "three_decimals"
    SELLER_ADDRESS = "seller_address"
    SELLER_COUNTRY = "seller_country"
    SELLER_TAX_ID = "seller_tax_id"
    BUYER_COUNTRY = "buyer_country"
    BUYER_VAT_ID = "buyer_vat_id"
    TAX_APART = "tax_apart"


@dataclass(frozen=True, kw_only=True)
class TaxPart:
    """The part of a document under one rate of one category (BG-23); `reasons` say why there is no tax."""

    code: str
    percent: Decimal
    net_minor: int
    tax_minor: int
    reasons: tuple[str, ...]


@dataclass(frozen=True, kw_only=True)
class Priced:
    """How often, and for how much in major units: the price is never below nothing (BR-27), the quantity may be."""

    quantity: Decimal
    price: Decimal


def obstacles(facts: InvoiceFacts | CreditNoteFacts) -> list[Obstacle]:
    """This function will return all that keeps a document from being an e-invoice; of most there is nothing."""
    if isinstance(facts, InvoiceFacts) and (facts.claim is Claim.PREPAYMENT or facts.mark is not Mark.NONE):
        return [Obstacle.NO_CLAIM]
    if exponent(facts.currency) > _MOST_PLACES:
        return [Obstacle.THREE_DECIMALS]
    found = list(seller_obstacles(facts.seller))
    if not is_country(facts.buyer.country):
        found.append(Obstacle.BUYER_COUNTRY)
    parts = reckoned(facts).parts
    # BR-AE-02: the customer who owes the tax must be found.
    if any(part.code == REVERSE_CHARGE for part in parts) and not vat_id(facts.buyer):
        found.append(Obstacle.BUYER_VAT_ID)
    if not all(_follows(part, facts.currency) for part in parts):
        found.append(Obstacle.TAX_APART)
    return found


def seller_obstacles(seller: PartyFacts) -> Iterator[Obstacle]:
    """This function will return which facts of the business are missing (BR-08, BR-09, BR-S-02, BR-CO-26)."""
    if not any(line.strip() for line in seller.lines):
        yield Obstacle.SELLER_ADDRESS
    if not is_country(seller.country):
        yield Obstacle.SELLER_COUNTRY
    if not seller.tax_id.strip():
        yield Obstacle.SELLER_TAX_ID


def is_country(code: str) -> bool:
    """This function will say whether a code is one of ISO 3166-1, in either case."""
    return code.upper() in _countries()


def vat_id(party: PartyFacts) -> str:
    """This function will return the tax number of a party without spaces, where it is a VAT number: with the code of a
    country of the European Union or of the party's own in front (BR-CO-09); else an empty text.
    """
    bare = _BETWEEN_DIGITS.sub("", party.tax_id).upper()
    own = party.country.upper()
    known = bare[:2] in _UNION.split() or bare[:2] == _VAT_PREFIXES.get(own, own)
    return bare if known and bare.isascii() and any(each.isdigit() for each in bare) else ""


@dataclass(frozen=True, kw_only=True)
class Reckoning:
    """A document by the standard's arithmetic. `sign` is by what its amounts are multiplied: an invoice below nothing
    is a credit note above. `is_mixed` says whether what is outside the scope of tax stands beside what is within.
    """

    facts: InvoiceFacts | CreditNoteFacts
    sign: int
    is_mixed: bool
    parts: tuple[TaxPart, ...]

    def code(self, tax: TaxFacts) -> str:
        """This function will return the category of a rate on this document."""
        return _code(tax, is_mixed=self.is_mixed)

    def amount(self, minor: int) -> str:
        """This function will write an amount of the document, such as "12.34"."""
        return plain_decimal(self.sign * minor, self.facts.currency)

    @property
    def paid_before_minor(self) -> int:
        """What was paid before the document was issued (BT-113): all of it, or nothing."""
        facts = self.facts
        return facts.total_minor if isinstance(facts, InvoiceFacts) and facts.claim in ASKS_NOTHING else 0

    @property
    def is_outside(self) -> bool:
        """Whether all of it is outside the scope of tax: then nobody may be named by a VAT number (BR-O-02)."""
        return all(part.code == OUTSIDE_SCOPE for part in self.parts)

    def priced(self, line: CreditedLineFacts) -> Priced:
        """This function will return quantity and net price of a line, whose product, rounded, is its net amount.

        The price has as few decimal places as that takes: those of the currency, wherever prices are net.
        """
        size, currency = abs(line.net_minor), self.facts.currency
        if not isinstance(line, LineFacts):
            return Priced(quantity=Decimal(self.sign * _sign(line.net_minor)), price=to_decimal(size, currency))
        quantity, unit = abs(line.quantity), abs(line.unit_price_minor)
        signed = self.sign * _sign(line.net_minor or line.quantity * line.unit_price_minor) * quantity
        if half_up(quantity * unit) == size and not self.facts.prices_include_tax:
            return Priced(quantity=signed, price=to_decimal(unit, currency))
        return Priced(quantity=signed, price=_shortest_price(size, Fraction(quantity), currency))


def reckoned(facts: InvoiceFacts | CreditNoteFacts) -> Reckoning:
    """This function will add a document up by category and rate, in the order of its lines (BR-S-08)."""
    is_mixed = len({line.tax.category == "outside_scope" for line in facts.lines}) > 1
    sign = _sign(facts.total_minor)
    sums: dict[tuple[str, Decimal], tuple[int, int, dict[str, None]]] = {}
    for line in facts.lines:
        key = (_code(line.tax, is_mixed=is_mixed), line.tax.percent)
        net, tax, names = sums.get(key, (0, 0, {}))
        names[line.tax.name] = None
        sums[key] = (net + line.net_minor, tax + line.tax_minor, names)
    parts = (
        TaxPart(
            code=code,
            percent=percent,
            net_minor=net,
            tax_minor=tax,
            reasons=() if code in {STANDARD, ZERO} else tuple(names),
        )
        for (code, percent), (net, tax, names) in sums.items()
    )
    return Reckoning(facts=facts, sign=sign, is_mixed=is_mixed, parts=tuple(parts))


def _code(tax: TaxFacts, *, is_mixed: bool) -> str:
    """The category of a rate, as UNTDID 5305 names it.

    What is outside the scope of tax may not stand beside anything else (BR-O-11), and is exempt there for its reason.
    """
    code = _CODES[tax.category]
    if code == STANDARD and not tax.percent:
        return ZERO
    return EXEMPT if code == OUTSIDE_SCOPE and is_mixed else code


def _shortest_price(minor: int, quantity: Fraction, currency: str) -> Decimal:
    exact = minor / quantity if quantity else Fraction(0)
    places = 0
    # A price that is near enough to the exact one is found: quantities are finite.
    while half_up(Fraction(half_up(exact * 10**places), 10**places) * quantity) != minor:
        places += 1
    return Decimal(half_up(exact * 10**places)).scaleb(-places - exponent(currency))


def _follows(part: TaxPart, currency: str) -> bool:
    """Whether a tax is what its rate makes of its net amount, within one unit of the currency (BR-CO-17, BR-S-09)."""
    tax = abs(to_decimal(part.tax_minor, currency))
    if not half_up(part.percent):
        return half_up(tax) == 0
    expected = Decimal(half_up(abs(to_decimal(part.net_minor, currency)) * part.percent)) / 100
    return abs(tax - expected) < 1


def _sign(value: int | Decimal) -> int:
    return -1 if value < 0 else 1


@cache
def _countries() -> frozenset[str]:
    named: Iterable[str] = Locale("en").territories
    return frozenset(code for code in named if len(code) == 2 and code.isalpha()) - set(_NO_COUNTRIES.split())
