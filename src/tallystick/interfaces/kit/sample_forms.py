"""Forms of the living page: every field, untouched and refused."""

import datetime as dt

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit.forms import (
    Card,
    CheckCards,
    DateField,
    KitForm,
    MoneyField,
    PickerField,
    PrivateTextField,
    RadioCards,
)
from tallystick.interfaces.kit.sample_data import customer_of, found_customers


class PaymentForm(KitForm):
    """A payment as staff record it."""

    customer = PickerField(
        label=_("Customer"),
        source="kit:find-customers",
        find=found_customers,
        resolve=customer_of,
        placeholder=_("Name, number or e-mail address"),
        help_text=_("Leave empty when you do not know yet who paid."),
        required=False,
    )
    total = MoneyField(label=_("Total"), currencies=["EUR", "GBP", "JPY", "KWD"])
    fee = MoneyField(
        label=_("Payment fee (ref only)"),
        currencies=["EUR"],
        required=False,
        help_text=_("Shown for reference. It never changes a balance."),
    )
    received = DateField(
        label=_("Payment date"),
        latest=dt.date(2026, 11, 21),
        help_text=_("The day the money arrived. It cannot be in the future."),
    )
    description = PrivateTextField(
        label=_("Description"),
        max_length=200,
    )
    method = forms.ChoiceField(
        label=_("Method"), choices=[("", _("Choose a method")), ("bank", _("Bank transfer")), ("cash", _("Cash"))]
    )
    status = forms.ChoiceField(
        label=_("Status"),
        widget=forms.RadioSelect,
        choices=[("pending", _("Pending")), ("completed", _("Completed"))],
        help_text=_("Only completed payments change a balance."),
    )
    remark = forms.CharField(label=_("Remark"), widget=forms.Textarea, required=False)
    proof = forms.FileField(label=_("Proof"), required=False, help_text=_("A PDF or an image, up to 10 MB."))
    confirm = forms.BooleanField(
        label=_("E-mail a confirmation to the customer’s contacts"),
        required=False,
        help_text=_("It is sent when the payment is completed."),
    )


class PayForm(KitForm):
    """What a customer chooses to pay."""

    choice = forms.ChoiceField(
        label=_("What would you like to pay?"),
        widget=RadioCards,
        initial="total",
        choices=[
            ("total", Card(_("Total balance"), _("Everything that is open, the oldest first"), "€60.85")),
            ("current", Card(_("Current charges"), _("Your newest invoice, INV-2026-00871"), "€0.00")),
            ("fixed", Card(_("Another amount"), _("You choose how much"))),
            ("selected", Card(_("Selected invoices"), _("You choose which"))),
        ],
    )
    method = forms.ChoiceField(
        label=_("Pay with"),
        widget=RadioCards,
        initial="card",
        choices=[
            ("card", Card("Visa ···· 4242", _("Expires 08/29"), icon="card")),
            ("bank", Card(_("Bank transfer"), _("We show you where to send it"), icon="bank")),
        ],
    )
    may = forms.MultipleChoiceField(
        label=_("May do in the portal"),
        widget=CheckCards,
        initial=["view"],
        choices=[
            ("view", Card(_("See invoices and payments"), _("And what is owed."))),
            ("pay", Card(_("Pay"), _("With a card, or by bank transfer."))),
        ],
    )
    note = forms.CharField(label=_("Note"), required=False, max_length=200)


def refused_payment() -> PaymentForm:
    """This function will return the payment form as it looks after a refusal: all that was typed, and what is wrong."""
    form = PaymentForm(
        {
            "customer_query": "e",
            "total": "1.000,50",
            "total_currency": "EUR",
            "fee": "abc",
            "received": "2026-12-24",
            "description": "Invoice #123",
            "method": "",
        }
    )
    form.is_valid()
    return form
