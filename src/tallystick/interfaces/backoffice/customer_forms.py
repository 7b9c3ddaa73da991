"""Forms about customers and their people."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit.billing_form import BillingDetailsForm
from tallystick.interfaces.kit.contact_form import NewPersonForm
from tallystick.interfaces.kit.forms import Card, MoneyField, RadioCards, choose_among
from tallystick.ledger.queries import usable_currencies
from tallystick.money.amounts import Money
from tallystick.money.currencies import all_currencies, parse_currency

# The columns that `details` of a new customer may hold.
_DETAILS = (
    "time_zone",
    "language",
    "tax_id",
    "address_lines",
    "postal_code",
    "city",
    "region",
    "country",
    "note",
    "is_prepaid",
)
_CHANGED = ("kind", "name", "currency", "terms_days", "applies_credit", *_DETAILS)


class CustomerForm(BillingDetailsForm):
    """A customer's details; a new one may bring its first contact."""

    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=RadioCards,
        choices=[
            ("business", Card(_("Business"), _("Pays by its terms"), icon="building")),
            ("individual", Card(_("Individual"), _("Pays on the invoice date"), icon="person")),
        ],
    )
    name = forms.CharField(label=_("Name"), max_length=200)
    currency = forms.ChoiceField(label=_("Currency"))
    terms_days = forms.IntegerField(
        label=_("Payment terms in days"),
        min_value=0,
        max_value=365,
        help_text=_("Days from the invoice date to the due date. An individual has 0."),
    )
    time_zone = forms.CharField(
        label=_("Time zone"), max_length=60, required=False, help_text=_("Such as Europe/Berlin.")
    )
    applies_credit = forms.BooleanField(label=_("Credit pays new invoices by itself"), required=False, initial=True)
    completes_own_transfers = forms.BooleanField(
        label=_("May complete its own bank transfers"),
        required=False,
        help_text=_("Without this, staff approve each transfer that the customer promises."),
    )
    is_prepaid = forms.BooleanField(
        label=_("Prepaid"),
        required=False,
        help_text=_("Money that names no invoice fills the wallet, instead of becoming credit."),
    )
    note = forms.CharField(
        label=_("Note"), max_length=5000, required=False, widget=forms.Textarea, help_text=_("Only staff read this.")
    )
    contact_name = forms.CharField(label=_("Name of the first contact"), max_length=200, required=False)
    contact_email = forms.EmailField(
        label=_("E-mail address of the first contact"),
        required=False,
        help_text=_("Invoices and receipts go there. You can add more people later."),
    )

    def __init__(self, *args: Any, row: Mapping[str, Any] | None = None, trusts: bool = False, **kwargs: Any) -> None:
        """Without a `row` it is for a new customer; `trusts` lets say whether one completes its own transfers."""
        kwargs["initial"] = {**kwargs.get("initial", {}), **(row or {})}
        super().__init__(*args, **kwargs)
        usable = usable_currencies()
        others = [code for code in all_currencies() if code not in usable]
        choose_among(self, "currency", [(code, code) for code in [*usable, *others]])
        unused = ["contact_name", "contact_email"]
        if row is None:
            # These are said of a customer that is there already.
            unused = ["applies_credit"]
        if row is None or not trusts:
            unused.append("completes_own_transfers")
        else:
            self._offer_cap(row, usable)
        for name in unused:
            del self.fields[name]

    def _offer_cap(self, row: Mapping[str, Any], usable: Sequence[str]) -> None:
        cap = own_transfer_cap(row)
        first = [row["currency"] if cap is None else cap.currency]
        self.fields["own_transfer_cap"] = MoneyField(
            label=_("Own bank transfers up to"),
            required=False,
            currencies=[*first, *(code for code in usable if code not in first)],
            help_text=_("Larger ones are approved by staff. What the customer confirmed itself is marked."),
        )
        self.initial["own_transfer_cap"] = cap

    def new_customer(self) -> dict[str, Any]:
        """This method will return what the use case takes for a new customer."""
        told = self.cleaned_data
        contact = {"name": told["contact_name"], "email": told["contact_email"], "is_billing": True}
        return {
            **{name: told[name] for name in ("kind", "name", "currency", "terms_days")},
            "details": {name: told[name] for name in _DETAILS},
            "contacts": [contact] if told["contact_email"] else [],
        }

    def changes(self) -> dict[str, Any]:
        """This method will return the details as they shall be; what is as before the use case leaves alone."""
        told = {name: self.cleaned_data[name] for name in _CHANGED}
        if "own_transfer_cap" in self.fields:
            cap: Money | None = self.cleaned_data["own_transfer_cap"]
            told["completes_own_transfers"] = self.cleaned_data["completes_own_transfers"]
            told["own_transfer_cap_minor"] = None if cap is None else cap.minor
            told["own_transfer_cap_currency"] = "" if cap is None else cap.currency
        return told


def own_transfer_cap(row: Mapping[str, Any]) -> Money | None:
    """This function will return how much of a transfer a customer may complete itself; None while nobody said."""
    if row["own_transfer_cap_minor"] is None:
        return None
    return Money(row["own_transfer_cap_minor"], parse_currency(row["own_transfer_cap_currency"]))


class ContactForm(NewPersonForm):
    """A new person of a customer."""

    is_billing = forms.BooleanField(
        label=_("Invoices and reminders go here"),
        required=False,
        initial=True,
        help_text=_("Receipts go to everybody, unless somebody chose otherwise."),
    )
    invites = forms.BooleanField(
        label=_("Invite to the portal now"),
        required=False,
        help_text=_("A welcome mail says how to sign in. You can also do this later."),
    )
    field_order = ["name", "email", "phone", "is_billing", "rights", "invites"]
