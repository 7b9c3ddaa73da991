"""The currencies of ISO 4217 and how many decimal places each has."""

from typing import NewType

Currency = NewType("Currency", str)

# ISO 4217, List One (published by SIX): the codes of money in circulation. Funds and metals are left out: nobody pays
# an invoice in them.
_TWO_PLACES = (
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP "
    "CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES "
    "KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK "
    "NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB "
    "TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST XCD XCG YER ZAR ZMW ZWG"
)
_NO_PLACES = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THREE_PLACES = "BHD IQD JOD KWD LYD OMR TND"

_EXPONENTS: dict[str, int] = {
    **dict.fromkeys(_TWO_PLACES.split(), 2),
    **dict.fromkeys(_NO_PLACES.split(), 0),
    **dict.fromkeys(_THREE_PLACES.split(), 3),
}


class UnknownCurrency(ValueError):
    """The text is no ISO 4217 code of money in circulation."""

    def __init__(self, code: object) -> None:
        super().__init__(f"{code!r} is not a currency. Use an ISO 4217 code such as EUR.")
        self.code = code


def parse_currency(code: str) -> Currency:
    """This function will return the currency of an exact, upper-case ISO 4217 code.

    Raises:
        UnknownCurrency: for anything else; a currency is never guessed.
    """
    if code not in _EXPONENTS:
        raise UnknownCurrency(code)
    return Currency(code)


def exponent(currency: str) -> int:
    """This function will return the number of decimal places: 2 for EUR, 0 for JPY, 3 for KWD.

    Raises:
        UnknownCurrency: when the code is none.
    """
    return _EXPONENTS[parse_currency(currency)]


def all_currencies() -> list[Currency]:
    """This function will return every known currency, in the order of its code."""
    return [Currency(code) for code in sorted(_EXPONENTS)]
