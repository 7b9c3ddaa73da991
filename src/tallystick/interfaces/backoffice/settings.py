"""Settings of the business: what stands on documents, where money is sent, how mail leaves, exchange rates."""

from collections.abc import Mapping
from typing import Any, ClassVar
from zoneinfo import available_timezones

from django import forms
from django.conf import settings as installation
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.allocations.queries import TOLERANCE
from tallystick.catalog.queries import tax_rates
from tallystick.foundation import settings_store
from tallystick.foundation.business import LONGEST_WELCOME
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.audit import history_of_kinds
from tallystick.interfaces.backoffice.bank_accounts import other_accounts
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text
from tallystick.interfaces.backoffice.settings_fields import DaysField, LimitField, LinesField, ToleranceField
from tallystick.interfaces.backoffice.tax_rates import CATEGORIES
from tallystick.interfaces.kit.context import logo_url
from tallystick.interfaces.kit.forms import KitForm
from tallystick.invoices.documents.einvoice import Obstacle
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import Money
from tallystick.payments import card_tries
from tallystick.payments.terms import LONGEST_TERMS
from tallystick.subscriptions.coming import MOST_DAYS
from tallystick.usecases import configure, limits
from tallystick.usecases.after_failures import MOST_DAYS as MOST_DAYS_TO_PROMISE
from tallystick.usecases.bank_accounts import LONGEST_DETAILS
from tallystick.usecases.e_invoices import business_lacks
from tallystick.usecases.payment_links import MOST_DAYS as MOST_DAYS_OF_LINKS
from tallystick.usecases.plan_retry import MOST_DAYS as MOST_DAYS_TO_CHOOSE
from tallystick.usecases.roles import Permission
from tallystick.wallets.expiry import MOST_MONTHS


class OwnTextsForm(KitForm):
    """Texts that customers read: below each stands what it is in each language, as far as the business wants."""

    own_texts: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        order = []
        for name, field in list(self.fields.items()):
            order.append(name)
            if name not in self.own_texts or not isinstance(field, forms.CharField):
                continue
            for code, language in installation.LANGUAGES:
                self.fields[f"{name}_{code}"] = LinesField(
                    label=f"{field.label} ({language})",
                    required=False,
                    rows=2,
                    max_length=field.max_length,
                    help_text=_("Empty for the text above."),
                )
                order.append(f"{name}_{code}")
        self.order_fields(order)


class BusinessForm(KitForm):
    """Who we are: on invoices, mails and pages."""

    business_name = forms.CharField(label=gettext_lazy("Name"), max_length=200)
    business_address = forms.CharField(
        label=gettext_lazy("Address"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )
    business_country = forms.CharField(
        label=gettext_lazy("Country"),
        required=False,
        max_length=2,
        help_text=gettext_lazy("The code of two letters, such as DE."),
    )
    business_tax_id = forms.CharField(label=gettext_lazy("Tax number"), required=False, max_length=40)
    business_email = forms.EmailField(
        label=gettext_lazy("E-mail address"), required=False, help_text=gettext_lazy("Where customers can write to.")
    )
    business_phone = forms.CharField(
        label=gettext_lazy("Phone"), required=False, max_length=40, help_text=gettext_lazy("Where customers can call.")
    )
    business_colour = forms.RegexField(
        label=gettext_lazy("Colour"),
        regex="^#[0-9a-fA-F]{6}$",
        required=False,
        help_text=gettext_lazy("Of the portal and the mails, as #0f766e. Empty for ours."),
    )
    business_language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        choices=installation.LANGUAGES,
        help_text=gettext_lazy("Of customers who have named none."),
    )
    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Invoice dates and due dates are local dates here."),
        choices=[(zone, zone) for zone in sorted(available_timezones())],
    )


# Where to fill in what e-invoices lack.
_FILLED_IN = {
    Obstacle.SELLER_ADDRESS: "business_address",
    Obstacle.SELLER_COUNTRY: "business_country",
    Obstacle.SELLER_TAX_ID: "business_tax_id",
}


class BankForm(KitForm):
    """Where customers send their transfers."""

    bank_account_holder = forms.CharField(label=gettext_lazy("Account holder"), required=False, max_length=140)
    bank_account_iban = forms.CharField(label=gettext_lazy("IBAN"), required=False, max_length=42)
    bank_account_bic = forms.CharField(label=gettext_lazy("BIC"), required=False, max_length=11)
    bank_name = forms.CharField(label=gettext_lazy("Bank"), required=False, max_length=140)
    bank_account_details = LinesField(
        label=gettext_lazy("Details"),
        required=False,
        rows=3,
        max_length=LONGEST_DETAILS,
        help_text=gettext_lazy("What else a transfer needs, one line each, such as Routing number: 021000021."),
    )


class BillingForm(KitForm):
    """When customers hear of their invoices."""

    coming_invoice_days = forms.IntegerField(
        label=gettext_lazy("Notice of a coming invoice"),
        min_value=0,
        max_value=MOST_DAYS,
        help_text=gettext_lazy(
            "Days before the due date. It goes out where the invoice itself comes later than that. 0 for none."
        ),
    )
    coming_invoice_own_days = forms.IntegerField(
        label=gettext_lazy("Contacts may choose up to"),
        min_value=1,
        max_value=MOST_DAYS,
        help_text=gettext_lazy("How many days before, at most, somebody may ask to hear of a coming invoice."),
    )


class PrepaidForm(KitForm):
    """How long prepaid money can be used."""

    topup_expiry_months = forms.IntegerField(
        label=gettext_lazy("Top-ups expire after, in months"),
        min_value=0,
        max_value=MOST_MONTHS,
        help_text=gettext_lazy("Counts for requests that are written from now on. 0 for never."),
    )


class MailForm(KitForm):
    """Who mails come from."""

    mail_sender_name = forms.CharField(
        label=gettext_lazy("Sender’s name"),
        required=False,
        max_length=140,
        help_text=gettext_lazy("Empty for the name of the business."),
    )
    mail_sender_address = forms.EmailField(label=gettext_lazy("Sender’s address"), required=False)
    mail_reply_to = forms.EmailField(
        label=gettext_lazy("Answers go to"), required=False, help_text=gettext_lazy("Empty for the sender’s address.")
    )


class AutopayForm(OwnTextsForm):
    """What customers accept, and when a declined charge is tried again."""

    own_texts = ("autopay_terms",)
    autopay_terms = LinesField(
        label=gettext_lazy("Terms"),
        max_length=LONGEST_TERMS,
        help_text=gettext_lazy("Who accepted other words before goes on with those: they are kept with the agreement."),
    )
    autopay_retry_days = DaysField(
        label=gettext_lazy("Tried again after, in days"),
        required=False,
        help_text=gettext_lazy("Days after the first try, such as 1, 3, 7. Empty for never."),
    )


class PortalForm(OwnTextsForm):
    """What customers read in the portal, and accept when they pay."""

    own_texts = ("portal_welcome", "payment_terms")
    portal_welcome = forms.CharField(
        label=gettext_lazy("Welcome"),
        required=False,
        max_length=LONGEST_WELCOME,
        help_text=gettext_lazy("A line above the sign-in and on the first page. Empty for none."),
    )
    imprint_url = forms.URLField(
        label=gettext_lazy("Address of the imprint"), required=False, assume_scheme="https", max_length=500
    )
    privacy_url = forms.URLField(
        label=gettext_lazy("Address of the privacy notice"), required=False, assume_scheme="https", max_length=500
    )
    payment_terms = LinesField(
        label=gettext_lazy("Terms of a payment"),
        required=False,
        max_length=LONGEST_TERMS,
        help_text=gettext_lazy("Shown above the button that pays; who presses it accepts them. Empty for none."),
    )
    payment_link_days = forms.IntegerField(
        label=gettext_lazy("Payment links work for, in days"),
        min_value=1,
        max_value=MOST_DAYS_OF_LINKS,
        help_text=gettext_lazy("Those in mails, too. Whoever has one pays without signing in."),
    )
    retry_chosen_days = forms.IntegerField(
        label=gettext_lazy("Days to choose for a failed payment"),
        min_value=0,
        max_value=MOST_DAYS_TO_CHOOSE,
        help_text=gettext_lazy(
            "Within so many days payers with automatic payment may have it tried again. 0 for not at all."
        ),
    )
    own_promise_days = forms.IntegerField(
        label=gettext_lazy("Days to promise payment within"),
        min_value=0,
        max_value=MOST_DAYS_TO_PROMISE,
        help_text=gettext_lazy(
            "After three failures customers may promise to pay an invoice by a day, once for each. 0 for not at all."
        ),
    )


class CardsForm(KitForm):
    """When a customer who tries card after card is stopped."""

    card_tries_most = forms.IntegerField(
        label=gettext_lazy("Cards that may fail before a pause"),
        min_value=card_tries.FEWEST,
        max_value=card_tries.MOST,
        help_text=gettext_lazy("So nobody finds out with us which of many stolen cards work. You are told by mail."),
    )
    card_tries_minutes = forms.IntegerField(
        label=gettext_lazy("The pause lasts, in minutes"),
        min_value=card_tries.SHORTEST_MINUTES,
        max_value=card_tries.LONGEST_MINUTES,
        help_text=gettext_lazy("Failures are counted within the same time. Stored cards can be used all along."),
    )


class LimitsForm(KitForm):
    """Above which amounts more is asked than one person's permission, and how little may be given up."""

    write_off_tax_relief = forms.BooleanField(
        label=gettext_lazy("What is written off takes its tax with it"),
        help_text=gettext_lazy("Where your tax office gives back the tax of claims that nobody pays."),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        of_base: dict[str, Any] = {"currencies": [ledger.base_currency()], "allow_zero": True}
        self.fields[limits.COMPLETING_ABOVE.name] = LimitField(
            label=_("A second person completes above"),
            help_text=_("Recording money that came, and marking payments as paid. Empty for never."),
            required=False,
            **of_base,
        )
        self.fields[limits.REFUNDING_ABOVE.name] = LimitField(
            label=_("A second person refunds above"), help_text=_("Empty for never."), required=False, **of_base
        )
        self.fields[limits.REFUND_LIMIT.name] = LimitField(
            label=_("Refunds need a permission of their own above"),
            help_text=_("The roles say who has it. Other currencies count by the day’s exchange rate."),
            **of_base,
        )
        self.fields[TOLERANCE.name] = ToleranceField(
            label=_("Small differences are written off up to"),
            help_text=_("As many cents, pence or yen in every other currency. 0 for never."),
            **of_base,
        )


_GROUPS: Mapping[str, tuple[type[KitForm], Any, Any]] = {
    "business": (BusinessForm, gettext_lazy("Business"), gettext_lazy("On invoices, mails and pages.")),
    "billing": (BillingForm, gettext_lazy("Billing"), gettext_lazy("When customers hear of their invoices.")),
    "prepaid": (PrepaidForm, gettext_lazy("Prepaid money"), gettext_lazy("How long customers can use what they paid.")),
    "bank": (BankForm, gettext_lazy("Bank details"), gettext_lazy("For transfers in the base currency.")),
    "autopay": (AutopayForm, gettext_lazy("Automatic payment"), gettext_lazy("What customers agree to.")),
    "portal": (PortalForm, gettext_lazy("Portal"), gettext_lazy("What customers read, and accept when they pay.")),
    "limits": (
        LimitsForm,
        gettext_lazy("Limits"),
        gettext_lazy("Above which amounts more is asked, and how little is given up."),
    ),
    "cards": (
        CardsForm,
        gettext_lazy("Trying cards"),
        gettext_lazy("When customers whose cards do not work are stopped for a time."),
    ),
    "mail": (MailForm, gettext_lazy("Mail"), gettext_lazy("Who mails come from.")),
}


@require_safe
@page(Permission.CHANGE_SETTINGS)
def settings(request: StaffRequest) -> HttpResponse:
    """This function will show all settings, each group with its way to change it."""
    groups = []
    for name, (form_class, title, lead) in _GROUPS.items():
        values = _values(form_class)
        fields = form_class().fields
        facts = [(field.label, _read(field.prepare_value(values[key]))) for key, field in fields.items()]
        url = reverse("office:change-settings", args=[name])
        groups.append({"title": title, "lead": lead, "facts": facts, "edit": Link(label=_("Change"), url=url)})
    context = {
        "groups": groups,
        "e_invoices_lack": [BusinessForm.base_fields[_FILLED_IN[each]].label for each in business_lacks()],
        "bank_accounts": other_accounts(),
        "add_bank_account": Link(label=_("Add"), url=reverse("office:add-bank-account"), icon="plus"),
        "logo_url": logo_url(),
        "change_logo": Link(label=_("Change"), url=reverse("office:logo")),
        "base_currency": ledger.base_currency(),
        "currencies": ledger.usable_currencies()[1:],
        "tax_rates": [{"rate": rate, "category": CATEGORIES[rate.category]} for rate in tax_rates()],
        "history": history_of_kinds(request, "setting", "exchange_rate", "gateway_account"),
        "add_rate": Link(label=_("Add"), url=reverse("office:add-exchange-rate"), icon="plus"),
    }
    return render(request, "backoffice/settings.html", context)


@page(Permission.CHANGE_SETTINGS)
def change_settings(request: StaffRequest, group: str) -> HttpResponse:
    """This function will change one group of settings."""
    form_class, title, lead = _GROUPS[group]
    act = Act(
        title=title,
        lead=lead,
        submit=_("Save"),
        back=reverse("office:settings"),
        done=_("The settings are saved."),
    )
    return carry_out(
        request,
        act,
        form_class(request.POST or None, initial=_values(form_class)),
        lambda told: configure.change_settings(**asked(request), changes=told),
    )


def _values(form_class: type[KitForm]) -> dict[str, Any]:
    values = {name: settings_store.get(configure.SETTINGS[name]) for name in form_class().fields}
    if limits.REFUND_LIMIT.name in values:
        values[limits.REFUND_LIMIT.name] = limits.refund_limit()
    return values


def _read(value: Any) -> Any:
    """A value as people read it."""
    return amount_text(value.minor, value.currency) if isinstance(value, Money) else value
