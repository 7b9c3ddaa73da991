"""Forms about prepaid money."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.catalog.queries import TAX_ON_USE, TaxRateFacts, tax_rates
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.backoffice.payment_forms import ReasonForm
from tallystick.interfaces.kit.forms import KitForm, MoneyField, PrivateTextField, choose_among
from tallystick.money.amounts import Money


class TopupForm(KitForm):
    """A request for prepaid money."""

    customer = customer_field(label=_("Customer"))
    title = forms.CharField(
        label=_("Title"), max_length=200, required=False, help_text=_("The customer reads it on the request.")
    )
    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only staff read this."),
    )
    tax = forms.ChoiceField(
        label=_("Tax"),
        required=False,
        help_text=_("With a rate it is due when the request is paid, and within the amount."),
    )
    field_order = ["customer", "total", "tax", "title", "remark"]

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["total"] = MoneyField(label=_("Amount"), currencies=currencies)
        self.rates: dict[str, TaxRateFacts] = {str(rate.id): rate for rate in tax_rates()}
        choose_among(
            self,
            "tax",
            [
                ("", _("Due when the money is used")),
                *((key, rate.name) for key, rate in self.rates.items() if rate.name != TAX_ON_USE),
            ],
        )
        self.order_fields(self.field_order)


class SendForm(KitForm):
    """How a request is sent."""

    sends_mail = forms.BooleanField(label=_("E-mail it to the billing contacts"), required=False, initial=True)


class ChargeForm(KitForm):
    """A purchase that staff enter by hand."""

    description = PrivateTextField(
        label=_("What was bought"),
        max_length=500,
    )
    tax = forms.ChoiceField(label=_("Tax"), help_text=_("It is within the amount."))
    field_order = ["total", "tax", "description"]

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.rates: dict[str, TaxRateFacts] = {str(rate.id): rate for rate in tax_rates()}
        self.fields["total"] = MoneyField(label=_("Amount"), currencies=currencies, help_text=_("With tax."))
        choose_among(self, "tax", [(key, rate.name) for key, rate in self.rates.items()])
        self.order_fields(self.field_order)


class CreditChargeForm(ReasonForm):
    """How much of a purchase is credited, and why."""

    field_order = ["amount", "reason"]

    def __init__(self, data: Any, *, left: Money) -> None:
        super().__init__(data, initial={"amount": left})
        self.fields["amount"] = MoneyField(label=_("Amount"), currencies=[left.currency], help_text=_("With tax."))
        self.order_fields(self.field_order)


class LimitForm(KitForm):
    """How far below zero authorisations may bring a wallet."""

    def __init__(self, data: Any, *, limit: Money, currencies: list[str]) -> None:
        super().__init__(data, initial={"debit_limit": limit})
        self.fields["debit_limit"] = MoneyField(label=_("Debit limit"), currencies=currencies, allow_zero=True)
