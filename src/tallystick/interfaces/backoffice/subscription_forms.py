"""Forms about subscriptions."""

from datetime import date
from decimal import Decimal
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from tallystick.catalog.queries import price
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.finding import customer_field, found_prices, price_of
from tallystick.interfaces.backoffice.naming import Row, last_day
from tallystick.interfaces.kit.forms import (
    Card,
    DateField,
    KitForm,
    MoneyField,
    PickerField,
    PickerInput,
    PrivateTextField,
    RadioCards,
)
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.wire.catalog import PRICE
from tallystick.wire.ids import price_id_of

_REMARK, _REASON = 5000, 200


def price_field(label: Any) -> PickerField:
    """This function will return a field that picks a price, and offers the first ones before anything is typed."""
    return PickerField(
        label=label,
        source="office:find-prices",
        find=found_prices,
        resolve=price_of,
        placeholder=_("Product or variant"),
        offers_first=True,
    )


def quantity_field() -> forms.DecimalField:
    """This function will return a field for a quantity above zero."""
    return forms.DecimalField(
        label=_("Quantity"), max_digits=14, decimal_places=4, min_value=Decimal("0.0001"), initial=1, localize=False
    )


def collection_field() -> forms.ChoiceField:
    """This function will return a field that says who sees to it that bills are paid (`docs/model.md`, 27)."""
    return forms.ChoiceField(
        label=_("Collection"),
        widget=RadioCards,
        initial="autopay",
        choices=[
            ("autopay", Card(_("Automatic"), _("Auto pay takes its invoices, where the payer has agreed to it"))),
            ("manual", Card(_("By hand"), _("Its invoices wait until somebody pays them"))),
        ],
    )


class TermsForm(KitForm):
    """What a subscription is agreed on (E2, E19)."""

    customer = customer_field(label=_("Customer"))
    price = price_field(_("Price"))
    quantity = quantity_field()
    contract_months = forms.IntegerField(
        label=_("Contract in months"),
        required=False,
        min_value=1,
        max_value=600,
        help_text=_("Leave empty for an open end."),
    )
    trial_days = forms.IntegerField(
        label=_("Trial in days"),
        required=False,
        min_value=0,
        max_value=3650,
        help_text=_("Nothing is billed before it is over."),
    )
    billing_day = forms.IntegerField(
        label=_("Billing day"),
        required=False,
        min_value=1,
        max_value=31,
        help_text=_("Day of the month. Leave empty for the day on which billing starts; 31 is always the last."),
    )
    collection = collection_field()
    remark = forms.CharField(
        label=_("Remark"),
        required=False,
        max_length=_REMARK,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("Only staff read this."),
    )

    def __init__(self, *args: Any, currencies: list[str], today: date, for_draft: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start_date"] = DateField(label=_("Start"), initial=today)
        self.fields["early_return_fee"] = MoneyField(
            label=_("Early-return fee"),
            currencies=currencies,
            required=False,
            allow_zero=True,
            help_text=_("Billed when the contract is cancelled before its end. With or without tax, as the price is."),
        )
        if for_draft:
            # Whose it is stays: for somebody else it is another subscription.
            del self.fields["customer"]

    def clean(self) -> dict[str, Any]:
        """This method will see that the fee is in the currency of the price."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        fee: Money | None = told.get("early_return_fee")
        if fee and told.get("price"):
            currency = price(price_id_of(told["price"])).currency
            if fee.currency != currency:
                message = _now("Give the fee in %(currency)s, like the price.") % {"currency": currency}
                self.add_error("early_return_fee", message)
        return told

    def quoted(self) -> dict[str, Any]:
        """This method will return what decides about amounts and dates."""
        told = self.cleaned_data
        fee: Money | None = told["early_return_fee"]
        return {
            "price_id": price_id_of(told["price"]),
            "quantity": told["quantity"],
            "start_date": told["start_date"],
            "trial_days": told["trial_days"],
            "billing_day": told["billing_day"],
            "contract_months": told["contract_months"],
            "early_return_fee_minor": fee.minor if fee else None,
        }

    def terms(self) -> dict[str, Any]:
        """This method will return everything but the customer, as the use cases take it."""
        told = self.cleaned_data
        return {**self.quoted(), "collection": told["collection"], "remark": told["remark"]}

    def customer_id(self) -> Any:
        """This method will return whose subscription it will be."""
        return addresses.customer_id_of(self.cleaned_data["customer"])


def terms_of(row: Row) -> dict[str, Any]:
    """This function will return the terms of a draft as the form shows them."""
    trial = (row["billing_start_date"] - row["start_date"]).days
    fee = row["early_return_fee_minor"]
    return {
        "price": public_id(PRICE, row["price_id"]),
        "quantity": row["quantity"].normalize(),
        "start_date": row["start_date"],
        "trial_days": trial or None,
        "billing_day": row["anchor_day"] if row["anchor_date"] != row["billing_start_date"] else None,
        "contract_months": row["contract_months"],
        "collection": row["collection"],
        "early_return_fee": None if fee is None else Money(fee, parse_currency(row["currency"])),
        "remark": row["remark"],
    }


class LivingForm(KitForm):
    """What may still be changed of a subscription that lives."""

    collection = collection_field()
    remark = TermsForm.base_fields["remark"]


class PauseForm(KitForm):
    """From when, and until when."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_date"] = DateField(label=_("From"), earliest=today, initial=today)
        self.fields["resume_date"] = DateField(
            label=_("Resumes"), required=False, help_text=_("Leave empty when nobody knows yet.")
        )


class ResumeForm(KitForm):
    """When the service goes on."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["on_date"] = DateField(label=_("Resumes"), required=False, initial=today)


class SuspendForm(KitForm):
    """Why the service is withheld."""

    reason = forms.CharField(label=_("Reason"), required=False, max_length=_REASON)


class CancelForm(KitForm):
    """When a subscription ends, and why."""

    credits_unused = forms.BooleanField(
        label=_("Credit the days that are billed and not used"),
        required=False,
        help_text=_("With a credit note on the invoices that billed them."),
    )
    reason = PrivateTextField(label=_("Reason"), max_length=_REASON)

    def __init__(self, *args: Any, ends: date | None, today: date, asks_when: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        latest = _now("At the end of the contract at the latest.") if ends else ""
        self.fields["when"] = forms.ChoiceField(
            label=_("When does it end?"),
            widget=RadioCards,
            initial="period_end",
            choices=[
                ("period_end", Card(_("At the end of the period"), _("What is billed is used up"))),
                ("now", Card(_("Now"), _("Nothing from today on is covered"))),
                ("date", Card(_("On a day"), latest)),
            ],
        )
        # People name the last day; inside an end is the day after it.
        self.fields["last_day"] = DateField(
            label=_("Last day"),
            required=False,
            earliest=last_day(today),
            latest=last_day(ends) if ends else None,
            help_text=_("Only for “On a day”."),
        )
        if not asks_when:
            del self.fields["when"], self.fields["last_day"], self.fields["credits_unused"]
        self.order_fields(["when", "last_day", "credits_unused", "reason"])

    def clean(self) -> dict[str, Any]:
        """This method will ask for the day where one is needed."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("when") == "date" and not told.get("last_day") and "last_day" not in self.errors:
            self.add_error("last_day", _now("Enter the last day of the service."))
        return told


class ChangeForm(KitForm):
    """Another price or quantity."""

    price = price_field(_("Price"))
    quantity = quantity_field()
    when = forms.ChoiceField(
        label=_("When does it hold?"),
        widget=RadioCards,
        initial="now",
        choices=[
            ("now", Card(_("Now"), _("Days not used are taken back, the days to come are charged"))),
            ("renewal", Card(_("At the renewal"), _("Nothing is billed today"))),
        ],
    )

    def __init__(self, *args: Any, row: Row, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        widget = self.fields["price"].widget
        assert isinstance(widget, PickerInput)  # noqa: S101 - declared above
        widget.source = reverse("office:find-prices-in", args=[row["currency"]])
        self.fields["price"].help_text = _now("In %(currency)s, as the subscription is.") % {
            "currency": row["currency"]
        }


class FileForm(KitForm):
    """A contract, or another document."""

    file = forms.FileField(
        label=_("File"),
        max_length=_REASON,
        help_text=_("A PDF or a picture of at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/*"}),
    )
