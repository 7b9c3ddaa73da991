"""Currencies that somebody names in a field: known, or refused beside that field."""

from tallystick.foundation.errors import InvalidField
from tallystick.money.currencies import UnknownCurrency, parse_currency


def require_currency(**codes: str) -> None:
    """This function will refuse a code that is no currency. Names are those of the input.

    Raises:
        InvalidField: for the first that is none; a currency is never guessed.
    """
    for name, code in codes.items():
        try:
            parse_currency(code)
        except UnknownCurrency as error:
            raise InvalidField(name=name, reason=str(error)) from None
