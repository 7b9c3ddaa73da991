"""Forms about customers and their people."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.interfaces.kit.contact_form import NewPersonForm
from tallystick.interfaces.kit.forms import Card, KitForm, RadioCards, choose_among
from tallystick.ledger.queries import usable_currencies
from tallystick.money.currencies import all_currencies

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
_CHANGED = ("kind", "name", "currency", "terms_days", "applies_credit", "completes_own_transfers", *_DETAILS)


class CustomerForm(KitForm):
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
    tax_id = forms.CharField(label=_("Tax number"), max_length=40, required=False)
    address_lines = forms.CharField(
        label=_("Address"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )
    postal_code = forms.CharField(label=_("Postal code"), max_length=20, required=False)
    city = forms.CharField(label=_("City"), max_length=100, required=False)
    region = forms.CharField(label=_("Region"), max_length=100, required=False)
    country = forms.CharField(
        label=_("Country"), max_length=2, required=False, help_text=_("The code of two letters, such as DE.")
    )
    language = forms.CharField(
        label=_("Language of mails"), max_length=12, required=False, help_text=_("A code such as de or pt-BR.")
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

    def __init__(self, *args: Any, with_contact: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        usable = usable_currencies()
        others = [code for code in all_currencies() if code not in usable]
        choose_among(self, "currency", [(code, code) for code in [*usable, *others]])
        if with_contact:
            # These are said of a customer that is there already.
            del self.fields["applies_credit"], self.fields["completes_own_transfers"]
        else:
            del self.fields["contact_name"], self.fields["contact_email"]

    def clean_country(self) -> str:
        """This method will take the code in small letters, too."""
        return str(self.cleaned_data["country"]).upper()

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
        return {name: self.cleaned_data[name] for name in _CHANGED}


class ContactForm(NewPersonForm):
    """A new person of a customer."""

    is_billing = forms.BooleanField(
        label=_("Invoices and reminders go here"),
        required=False,
        initial=True,
        help_text=_("Receipts go to all contacts."),
    )
    invites = forms.BooleanField(
        label=_("Invite to the portal now"),
        required=False,
        help_text=_("A welcome mail says how to sign in. You can also do this later."),
    )
    field_order = ["name", "email", "phone", "is_billing", "rights", "invites"]
