"""What a payment is credited as, when it came in another currency (`docs/model.md`, 31; J50)."""

from datetime import date

from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.payments.exchange import Came, Exchange, as_said, by_table


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
