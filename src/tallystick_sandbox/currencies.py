"""Known currencies, their minor units by ISO 4217, and amounts for people to read."""

from decimal import Decimal

from babel.core import get_global
from babel.numbers import format_currency, get_currency_symbol

# ISO 4217, list one. CLDR says how many digits shops write, which is not the same (RSD, HUF, IDR ...).
NO_MINOR_UNIT = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
THREE_DIGITS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))


def _in_use() -> frozenset[str]:
    territories = get_global("territory_currencies")
    return frozenset(code for rows in territories.values() for code, _, end, tender in rows if end is None and tender)


IN_USE = _in_use()


def exponent(currency: str) -> int:
    """This function will return how many digits the minor unit of a currency has."""
    if currency in NO_MINOR_UNIT:
        return 0
    return 3 if currency in THREE_DIGITS else 2


def amount_text(amount: int, currency: str) -> str:
    """This function will return an amount of minor units for people: `€119.00`, `¥1,000`, `KWD 1.250`."""
    digits = exponent(currency)
    gap = "\N{NO-BREAK SPACE}" if get_currency_symbol(currency, locale="en")[-1].isalpha() else ""
    pattern = f"¤{gap}#,##0" + ("." + "0" * digits if digits else "")
    value = Decimal(amount).scaleb(-digits)
    return str(format_currency(value, currency, pattern, locale="en", currency_digits=False))


def fee_for(amount: int, currency: str) -> int:
    """This function will return the fee for a payment in minor units: 1.4 % rounded half up, plus a fixed part.

    The fixed part is 25 minor units, in currencies with three digits 250 (a quarter of the major unit as well);
    a fee is never above the amount.
    """
    fixed = 250 if exponent(currency) == 3 else 25
    return min(amount, (amount * 14 + 500) // 1_000 + fixed)
