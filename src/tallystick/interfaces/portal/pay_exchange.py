"""In which currency what is chosen is charged: its own, or an enabled one at today's rate (`docs/model.md`, 31)."""

import re
from dataclasses import dataclass, replace
from datetime import date

from django.http import QueryDict
from django.utils.translation import gettext as _

from tallystick.foundation.wording import known_locale, written_number
from tallystick.interfaces.kit.markup import current_locale
from tallystick.ledger.queries import rated_currencies, usable_currencies
from tallystick.payments.exchange import ExchangeNotOffered, Quote, quote

# How the form calls the currency that is chosen, and the amount that it showed: "USD 11609", or nothing.
CHARGED_IN, CHARGED = "charged_in", "charged"
_CHARGED = re.compile(r"([A-Z]{3}) ([0-9]{1,15})")


@dataclass(frozen=True, kw_only=True)
class PayExchange:
    """In which currency it is charged, in which others it could be, and which are left out for want of a rate.

    `quote` is None where nothing is exchanged; `refusal` says why, when something should be.
    """

    currency: str
    offered: list[str]
    unrated: list[str]
    quote: Quote | None = None
    refusal: str = ""

    @property
    def shown(self) -> str:
        """What the form shows as charged, for it to bring back: nobody pays another amount than they saw."""
        return "" if self.quote is None else f"{self.quote.charged.currency} {self.quote.charged.minor}"

    @property
    def rate(self) -> str:
        """How many units one of the currency charged is worth, with all digits."""
        return "" if self.quote is None else written_number(self.quote.exchange.rate, known_locale(current_locale()))


def pay_exchange(data: QueryDict, owed_minor: int, currency: str, *, own: str, day: date) -> PayExchange:
    """This function will say in which currency so much of another is charged, by what a form names; else in its own.

    `own` is the account's currency, which is offered before others.
    """
    rated = set(rated_currencies(day))
    others = [code for code in dict.fromkeys([own, *usable_currencies()]) if code != currency]
    offered = [code for code in others if code in rated] if currency in rated else []
    named = data.get(CHARGED_IN, "")
    found = PayExchange(
        currency=named if named in offered else currency,
        offered=[currency, *offered],
        unrated=[code for code in others if code not in offered],
    )
    if found.currency == currency or not owed_minor:
        return found
    try:
        quoted = quote(owed_minor, currency, found.currency, day)
    except ExchangeNotOffered:
        refusal = _("This amount cannot be charged in %(currency)s. Choose another currency.")
        return replace(found, refusal=refusal % {"currency": found.currency})
    return replace(found, quote=quoted)


def shown_charged(data: QueryDict) -> tuple[str, int] | None:
    """This function will return the currency and the minor units that a form showed as charged, when in another one."""
    said = _CHARGED.fullmatch(data.get(CHARGED, ""))
    return None if said is None else (said[1], int(said[2]))
