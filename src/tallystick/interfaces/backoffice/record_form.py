"""The form of a payment as staff record it."""

from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.backoffice.payment_forms import (
    LONGEST_REFERENCE,
    LONGEST_TEXT,
    by_hand,
    refuse_other_currency,
    refuse_same_currency,
)
from tallystick.interfaces.kit.forms import (
    Card,
    DateField,
    KitForm,
    MoneyField,
    PrivateTextField,
    RadioCards,
    choose_among,
)
from tallystick.money.amounts import Money
from tallystick.payments.exchange import Came
from tallystick.wire import words


def amounts_of(total: Money, credited: Money | None) -> dict[str, Any]:
    """This function will return what recording takes of an amount that came, and of what it is credited as, if said."""
    if credited is None:
        return {"total_minor": total.minor, "currency": total.currency}
    came = Came(minor=total.minor, currency=total.currency)
    return {"total_minor": credited.minor, "currency": credited.currency, "came": came}


class RecordForm(KitForm):
    """A payment as staff record it (A7 to A14, D5)."""

    customer = customer_field(
        label=_("Customer"), required=False, help_text=_("Leave empty when you do not know yet who paid.")
    )
    invoice = forms.CharField(
        label=_("Invoice number"),
        required=False,
        max_length=60,
        help_text=_("The payment is allocated to it. One that we do not know is kept as text."),
    )
    method = forms.ChoiceField(label=_("Method"), initial="bank_transfer")
    reference = forms.CharField(label=_("Reference"), required=False, max_length=LONGEST_REFERENCE)
    description = PrivateTextField(
        label=_("Description"),
        required=False,
        max_length=LONGEST_TEXT,
    )
    status = forms.ChoiceField(label=_("Status"), widget=RadioCards)
    allocates_oldest_first = forms.BooleanField(
        label=_("Allocate to the oldest open invoices"),
        required=False,
        help_text=_("Otherwise it is credit of the customer, unless an invoice number is given."),
    )
    mails_confirmation = forms.BooleanField(
        label=_("E-mail a confirmation to the customer’s contacts"),
        required=False,
        help_text=_("It is sent when the payment is completed."),
    )
    remark = forms.CharField(
        label=_("Remark"), required=False, widget=forms.Textarea, help_text=_("Only staff read this.")
    )
    field_order = ["customer", "total", "received", "invoice", "method", "reference", "description", "status"]

    def __init__(self, *args: Any, currencies: list[str], today: date, may_complete: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["total"] = MoneyField(label=_("Total"), currencies=currencies)
        if len(currencies) > 1:
            self.fields["credited"] = _credited(currencies)
        self.fields["fee"] = MoneyField(
            label=_("Payment fee (ref only)"),
            currencies=currencies,
            required=False,
            allow_zero=True,
            help_text=_("In the currency of the total. Shown for reference; it never changes a balance."),
        )
        self.fields["received"] = DateField(
            label=_("Payment date"),
            latest=today,
            initial=today,
            help_text=_("The day the money arrived. It cannot be in the future."),
        )
        choose_among(self, "method", by_hand())
        pending = ("pending", Card(_("Pending"), _("Promised. It changes no balance yet."), icon="clock"))
        here = words.status_word(kind="receipt", status="completed")
        completed = ("completed", Card(here, _("The money is here."), icon="check-circle"))
        cancelled = ("cancelled", Card(_("Cancelled"), _("Only noted: it will not come."), icon="stop"))
        choose_among(self, "status", [completed, pending, cancelled] if may_complete else [pending, cancelled])
        self.fields["status"].initial = "completed" if may_complete else "pending"
        self.order_fields(self.field_order)

    def values(self) -> dict[str, Any]:
        """This method will return what the use case takes."""
        told = self.cleaned_data
        return {
            **amounts_of(told["total"], told.get("credited")),
            "customer_id": addresses.customer_id_of(told["customer"]) if told["customer"] else None,
            "status": told["status"],
            "method": told["method"],
            "received_date": told["received"],
            "description": told["description"],
            "reference": told["reference"],
            "invoice_number": told["invoice"],
            "remark": told["remark"],
            "fee_minor": told["fee"].minor if told["fee"] else None,
            "allocates_oldest_first": told["allocates_oldest_first"],
            "mails_confirmation": told["mails_confirmation"],
        }

    def clean(self) -> dict[str, Any]:
        """This method will refuse a fee in another currency than the total's."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        refuse_other_currency(self, told.get("total"), told.get("fee"))
        refuse_same_currency(self, told.get("total"), told.get("credited"))
        return told


def _credited(currencies: list[str]) -> MoneyField:
    return MoneyField(
        label=_("Credited as"),
        currencies=currencies,
        required=False,
        help_text=_("When it pays invoices in another currency than it came in. Otherwise leave it empty."),
    )
