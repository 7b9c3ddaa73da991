"""What a payment is credited as, or charged as, when that is in another currency (`docs/model.md`, 31; J50)."""

from datetime import date

from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.payments.exchange import Came, Exchange, ExchangeRateChanged, as_said, by_table, quote


def exchange_of(
    came: Came | None, total_minor: int | None, currency: str, day: date, *, completes: bool, by: str
) -> Exchange | None:
    """This function will fix the rate of what came, or return None when it came in the currency it is credited in.

    The rate is what the two amounts say, or without a total the one that is stored for the day.

    Raises:
        InvalidField: when the currency is none, or the payment does not complete: its rate is fixed at completion.
        ExchangeNotAccepted, NoExchangeRate: when what came cannot be exchanged.
    """
    if came is None:
        return None
    require_currency(came=came.currency)
    if not completes:
        raise InvalidField(name="came", reason="Say what came in another currency once the money is here.")
    if total_minor is None:
        return by_table(came, currency, day)
    return as_said(came, total_minor, currency, day, by=by)


def charged_for(
    owed_minor: int, currency: str, *, charged_in: str | None, charged_minor: int | None, day: date
) -> Came | None:
    """This function will say what is charged for what is owed, or return None when that is in its own currency.

    `charged_minor` is what whoever pays was told: another amount is refused. Without it nobody was told anything.

    Raises:
        InvalidField: when the currency is none, or an amount is said without one.
        ExchangeNotOffered, NoExchangeRate: when it cannot be charged in that currency.
        ExchangeRateChanged: when the rates of the day say another amount.
    """
    if charged_in is None:
        if charged_minor is not None:
            raise InvalidField(name="charged_minor", reason="Say in which other currency this is charged (charged_in).")
        return None
    require_currency(charged_in=charged_in)
    asked = quote(owed_minor, currency, charged_in, day).charged
    if charged_minor not in {None, asked.minor}:
        raise ExchangeRateChanged(charged_minor=asked.minor, currency=charged_in)
    return asked
