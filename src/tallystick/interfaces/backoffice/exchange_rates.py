"""Exchange rates: what one unit of a currency is worth in the base currency, from a day on."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.interfaces.backoffice.acts import Act, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.kit.forms import DateField, KitForm, choose_among
from tallystick.ledger import queries as ledger
from tallystick.money.currencies import all_currencies
from tallystick.usecases import set_up
from tallystick.usecases.roles import Permission


class ExchangeRateForm(KitForm):
    """What one unit of a currency is worth, from a day on."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    rate = forms.DecimalField(label=gettext_lazy("Rate"), max_digits=24, decimal_places=12, min_value=0, localize=False)
    source = forms.CharField(
        label=gettext_lazy("Source"), max_length=60, help_text=gettext_lazy("Who says so, such as ECB.")
    )
    field_order = ["currency", "valid_from", "rate", "source"]

    def __init__(self, *args: Any, today: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        base = ledger.base_currency()
        self.fields["valid_from"] = DateField(label=_("Valid from"), initial=today)
        self.fields["rate"].help_text = _("How many %(base)s one unit is worth.") % {"base": base}
        choose_among(self, "currency", [(code, code) for code in all_currencies() if code != base])
        self.order_fields(self.field_order)


@page(Permission.CHANGE_SETTINGS)
def add_exchange_rate(request: StaffRequest) -> HttpResponse:
    """This function will store an exchange rate."""
    act = Act(
        title=_("Add an exchange rate"),
        lead=_("It counts from its day until the next one. What was booked keeps its rate."),
        submit=_("Add exchange rate"),
        back=reverse("office:settings"),
        done=_("The exchange rate is stored."),
    )
    return carry_out(
        request,
        act,
        ExchangeRateForm(request.POST or None, today=request.today),
        lambda told: set_up.set_exchange_rate(actor=request.actor, at=request.at, **told),
    )
