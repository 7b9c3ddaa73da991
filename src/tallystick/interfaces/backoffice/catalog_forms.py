"""Forms about the catalogue."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tallystick.catalog.queries import tax_rates
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice.naming import FREQUENCIES, Row, price_text
from tallystick.interfaces.kit.forms import Card, KitForm, MoneyField, RadioCards, choose_among
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.wire.builders import TAX_RATE
from tallystick.wire.catalog import PRICE
from tallystick.wire.ids import price_id_of, tax_rate_id_of

_NAME, _DESCRIPTION = 120, 5000


class ProductForm(KitForm):
    """What is sold."""

    name = forms.CharField(
        label=_("Name"), max_length=_NAME, help_text=_("Stands on invoices, followed by the variant.")
    )
    description = forms.CharField(
        label=_("Description"), max_length=_DESCRIPTION, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


class VariantForm(KitForm):
    """One form of a product, and what a unit of it cost."""

    name = forms.CharField(label=_("Name"), max_length=_NAME, help_text=_("Such as a size, a speed or a model."))

    def __init__(self, *args: Any, currencies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["cost"] = MoneyField(
            label=_("What one unit cost you"),
            currencies=currencies,
            required=False,
            allow_zero=True,
            help_text=_("Subscriptions tell how much of it they have recovered. Customers never see it."),
        )

    def values(self) -> dict[str, Any]:
        """This method will return what the use cases take."""
        cost: Money | None = self.cleaned_data["cost"]
        return {
            "name": self.cleaned_data["name"],
            "cost_minor": cost.minor if cost else None,
            "cost_currency": cost.currency if cost else "",
        }


class PriceForm(KitForm):
    """What one unit costs for one period; of a price that is changed the currency and the frequency stay."""

    frequency = forms.ChoiceField(label=_("Billed"), initial="monthly", choices=list(FREQUENCIES.items()))
    tax_rate = forms.ChoiceField(label=_("Tax rate"))
    includes_tax = forms.ChoiceField(
        label=_("Is the tax in the amount?"),
        widget=RadioCards,
        initial="no",
        choices=[
            ("no", Card(_("No"), _("The tax comes on top of it"))),
            ("yes", Card(_("Yes"), _("The customer pays exactly this amount"))),
        ],
    )

    def __init__(self, *args: Any, currencies: list[str], is_change: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["amount"] = MoneyField(label=_("Price of one unit"), currencies=currencies, allow_zero=True)
        choose_among(self, "tax_rate", [(public_id(TAX_RATE, rate.id), rate.name) for rate in tax_rates()])
        if is_change:
            del self.fields["frequency"]
        self.order_fields(["amount", "frequency", "includes_tax", "tax_rate"])

    def changes(self) -> dict[str, Any]:
        """This method will return what may be changed of a price."""
        amount: Money = self.cleaned_data["amount"]
        return {
            "amount_minor": amount.minor,
            "includes_tax": self.cleaned_data["includes_tax"] == "yes",
            "tax_rate_id": tax_rate_id_of(self.cleaned_data["tax_rate"]),
        }

    def values(self) -> dict[str, Any]:
        """This method will return what a new price is added with."""
        currency = self.cleaned_data["amount"].currency
        return {**self.changes(), "currency": currency, "frequency": self.cleaned_data["frequency"]}


def price_values(row: Row) -> dict[str, Any]:
    """This function will return a price as the form shows it."""
    return {
        "amount": Money(row["amount_minor"], parse_currency(row["currency"])),
        "includes_tax": "yes" if row["includes_tax"] else "no",
        "tax_rate": public_id(TAX_RATE, row["tax_rate_id"]),
    }


class MoveForm(KitForm):
    """Which price the subscriptions of another one take."""

    to = forms.ChoiceField(label=_("To which price?"), widget=RadioCards)

    def __init__(self, *args: Any, prices: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, "to", [(public_id(PRICE, row["id"]), _card(row)) for row in prices])
        if prices:
            self.fields["to"].initial = public_id(PRICE, prices[0]["id"])

    def to_price_id(self) -> Any:
        """This method will return the price that was chosen."""
        return price_id_of(self.cleaned_data["to"])


def _card(row: Row) -> Card:
    tax = _now("Tax included") if row["includes_tax"] else _now("Plus tax")
    return Card(price_text(row["amount_minor"], row["currency"], row["frequency"]), tax)
