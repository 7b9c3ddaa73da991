"""In which currency what is chosen is charged: its own, or an enabled one at today's rate (`docs/model.md`, 31)."""

import re
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.foundation.wording import known_locale, written_number
from tallystick.interfaces.kit.forms import KitForm, choose_among
from tallystick.interfaces.kit.markup import current_locale
from tallystick.ledger.queries import rated_currencies, usable_currencies
from tallystick.payments.exchange import ExchangeNotOffered, Quote, quote
from tallystick.usecases.aims import ChoiceChanged
from tallystick.usecases.promise import BANK_TRANSFER

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


class ChargedForm(KitForm):
    """A form on which a customer chooses in which currency something is charged."""

    charged_in = forms.ChoiceField(label=gettext_lazy("Currency to pay in"), required=False)

    def __init__(self, *args: Any, exchange: PayExchange, by_transfer: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._currency = exchange.offered[0]
        choose_among(self, CHARGED_IN, [(code, code) for code in exchange.offered])
        self.fields[CHARGED_IN].initial = exchange.currency
        self.fields[CHARGED_IN].required = len(exchange.offered) > 1
        self.fields[CHARGED_IN].help_text = _about(exchange, by_transfer=by_transfer)

    def clean(self) -> dict[str, Any]:
        """This method will refuse a bank transfer in another currency than that of what is owed."""
        given: dict[str, Any] = super().clean() or self.cleaned_data
        if given.get("method") == BANK_TRANSFER and given.get(CHARGED_IN) not in {None, "", self._currency}:
            words = _("A bank transfer is in %(currency)s. Pay in another way, or have it charged in %(currency)s.")
            self.add_error("method", words % {"currency": self._currency})
        return given


def _about(exchange: PayExchange, *, by_transfer: bool) -> str:
    """What an exchange leaves as it is, and which currencies are not offered, and why."""
    about = [_("Your invoices stay in %(currency)s.") % {"currency": exchange.offered[0]}]
    if len(exchange.offered) > 1 and by_transfer:
        about.append(_("A bank transfer is in %(currency)s.") % {"currency": exchange.offered[0]})
    if exchange.unrated:
        missing = _("%(currencies)s cannot be chosen: there is no exchange rate for today.")
        about.append(missing % {"currencies": ", ".join(exchange.unrated)})
    return " ".join(about)


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


def in_another(data: QueryDict, currency: str) -> dict[str, Any]:
    """This function will return what a use case takes of a form that was sent and is charged in another currency than
    the one that is owed: that, and the amount that the form showed. Nothing, when it is charged in its own.

    Raises:
        ChoiceChanged: when another currency was chosen than the amount was shown in, as it can be without scripts.
    """
    said = _CHARGED.fullmatch(data.get(CHARGED, ""))
    if (data.get(CHARGED_IN, "") or currency) != (currency if said is None else said[1]):
        raise ChoiceChanged
    return {} if said is None else {CHARGED_IN: said[1], "charged_minor": int(said[2])}
