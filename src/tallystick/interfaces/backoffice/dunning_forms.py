"""Forms about dunning plans, their levels, and which plan counts."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.catalog.queries import tax_rate, tax_rates
from tallystick.dunning import queries
from tallystick.dunning.decisions import FIRST_DAY, LAST_DAY, LONGEST_TEXT, MOST_WAIT, Channel
from tallystick.foundation.ids import public_id
from tallystick.interfaces.kit.forms import KitForm, MoneyField, choose_among
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.wire.builders import TAX_RATE
from tallystick.wire.dunning import DEFAULT, DUNNING_PLAN, NONE
from tallystick.wire.ids import tax_rate_id_of

CHANNELS = {
    Channel.MAIL: gettext_lazy("by mail"),
    Channel.LETTER: gettext_lazy("by letter"),
    Channel.BOTH: gettext_lazy("by mail and letter"),
}


class PlanForm(KitForm):
    """What a plan is called, and when services are suspended under it."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=60)
    grace_days = forms.IntegerField(
        label=gettext_lazy("Days of grace"),
        min_value=1,
        max_value=LAST_DAY,
        required=False,
        help_text=gettext_lazy(
            "So many days after the last reminder the services on the invoice are suspended; they come back when it is "
            "paid. Empty for never."
        ),
    )
    fee_tax_rate = forms.ChoiceField(label=gettext_lazy("Tax on late fees"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rates = [(public_id(TAX_RATE, rate.id), rate.name) for rate in tax_rates()]
        chosen = self.initial.get("fee_tax_rate")
        if chosen and chosen not in dict(rates):
            rates.append((chosen, tax_rate(tax_rate_id_of(chosen)).name))
        choose_among(self, "fee_tax_rate", [("", _("None: they are damages")), *rates])

    def told(self) -> dict[str, Any]:
        """This method will return the plan as the use case takes it."""
        values = self.cleaned_data
        rate = values["fee_tax_rate"]
        return {
            "name": values["name"],
            "grace_days": values["grace_days"],
            "fee_tax_rate_id": tax_rate_id_of(rate) if rate else None,
        }


class LevelForm(KitForm):
    """A reminder: its day, until when it asks for payment, and words of the business's own."""

    days = forms.IntegerField(
        label=gettext_lazy("Days after the due date"),
        min_value=FIRST_DAY,
        max_value=LAST_DAY,
        localize=False,
        help_text=gettext_lazy("0 is the due date itself; −2 is two days before it."),
    )
    pay_by_days = forms.IntegerField(
        label=gettext_lazy("Days to pay"),
        min_value=1,
        max_value=MOST_WAIT,
        required=False,
        help_text=gettext_lazy(
            "The reminder names a new date so many days ahead, and no other one is sent before it. Empty for at once."
        ),
    )

    channel = forms.ChoiceField(
        label=gettext_lazy("Goes"),
        choices=list(CHANNELS.items()),
        initial=Channel.MAIL,
        help_text=gettext_lazy("Whoever cannot be reached that way is reminded the other way."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # On another day it would be one more reminder, with a fee of its own.
        self.fields["days"].disabled = "days" in self.initial
        fees: Mapping[str, int] = self.initial.get("fees", {})
        for place, currency in enumerate(dict.fromkeys([*ledger.usable_currencies(), *fees])):
            self.fields[f"fee_{currency}"] = MoneyField(
                label=_("Late fee in %(currency)s") % {"currency": currency},
                currencies=[currency],
                required=False,
                initial=Money(fees[currency], parse_currency(currency)) if currency in fees else None,
                # What goes for all of them is said once.
                help_text=""
                if place
                else _("Billed with this reminder, on an invoice of its own. The first reminder adds none."),
            )
        for code, name in settings.LANGUAGES:
            self.fields[f"text_{code}"] = forms.CharField(
                label=_("Own words in %(language)s") % {"language": _(name)},
                required=False,
                max_length=LONGEST_TEXT,
                widget=forms.Textarea(attrs={"rows": 4}),
                help_text=_("Empty for the usual words. Amount, dates and how to pay are added by themselves."),
            )

    def told(self) -> dict[str, Any]:
        """This method will return the level as the use case takes it."""
        values = self.cleaned_data
        texts = {code: values[f"text_{code}"] for code, _name in settings.LANGUAGES}
        found = [value for name, value in values.items() if name.startswith("fee_") and value is not None]
        fees = {str(each.currency): each.minor for each in found}
        return {
            "days": values["days"],
            "pay_by_days": values["pay_by_days"],
            "texts": texts,
            "fees": fees,
            "channel": values["channel"],
        }


class ChoiceForm(KitForm):
    """Which plan counts."""

    choice = forms.ChoiceField(label=gettext_lazy("Dunning plan"))

    def __init__(self, *args: Any, usual: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        plans = [(public_id(DUNNING_PLAN, each.id), each.name) for each in queries.plans()]
        choose_among(self, "choice", [*([(DEFAULT, usual)] if usual else []), *plans, (NONE, _("No reminders"))])
