"""Accounts for bank transfers in other currencies than the base currency, whose account is one of the settings."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.http import Http404, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.foundation import settings_store
from tallystick.foundation.business import OTHER_BANK_ACCOUNTS, BankAccount, bank_account, bank_currencies
from tallystick.interfaces.backoffice.acts import Act, Link, asked, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.kit.forms import KitForm, choose_among
from tallystick.ledger.queries import base_currency, usable_currencies
from tallystick.usecases import bank_accounts
from tallystick.usecases.bank_accounts import LONGEST_DETAILS
from tallystick.usecases.roles import Permission


class BankAccountForm(KitForm):
    """Where customers send transfers in one currency."""

    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    holder = forms.CharField(
        label=gettext_lazy("Account holder"),
        required=False,
        max_length=140,
        help_text=gettext_lazy("Empty for the name of the business."),
    )
    iban = forms.CharField(label=gettext_lazy("IBAN"), required=False, max_length=42)
    bic = forms.CharField(label=gettext_lazy("BIC"), required=False, max_length=11)
    bank = forms.CharField(label=gettext_lazy("Bank"), required=False, max_length=140)
    details = forms.CharField(
        label=gettext_lazy("Details"),
        required=False,
        max_length=LONGEST_DETAILS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("What else a transfer needs, one line each, such as Routing number: 021000021."),
    )

    def __init__(self, *args: Any, currencies: Sequence[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, "currency", [(code, code) for code in currencies])


def other_accounts() -> list[dict[str, Any]]:
    """This function will return the accounts in other currencies as the settings page lists them."""
    base = base_currency()
    return [
        {
            "currency": code,
            "account": bank_account(code),
            "edit": Link(label=_("Change"), url=reverse("office:bank-account", args=[code])),
            "remove": Link(label=_("Remove"), url=reverse("office:remove-bank-account", args=[code]), icon="trash"),
        }
        for code in bank_currencies()
        if code != base
    ]


@page(Permission.CHANGE_SETTINGS)
def add(request: StaffRequest) -> HttpResponse:
    """This function will name the account of a currency, in the place of another one if it has one."""
    form = BankAccountForm(request.POST or None, currencies=usable_currencies()[1:])
    return carry_out(request, _act(_("Add a bank account")), form, _set(request))


@page(Permission.CHANGE_SETTINGS)
def change(request: StaffRequest, currency: str) -> HttpResponse:
    """This function will change the account of a currency."""
    account = _named(currency)
    initial = {"currency": currency, **{name: getattr(account, name) for name in ("iban", "bic", "bank", "details")}}
    kept = settings_store.get(OTHER_BANK_ACCOUNTS[currency])
    initial["holder"] = kept["holder"] if kept else ""
    form = BankAccountForm(request.POST or None, initial=initial, currencies=[currency])
    return carry_out(request, _act(_("Bank account for %(currency)s") % {"currency": currency}), form, _set(request))


@page(Permission.CHANGE_SETTINGS)
def remove(request: StaffRequest, currency: str) -> HttpResponse:
    """This function will remove the account of a currency, after saying what that means."""
    if request.method != "POST":
        # A second press of the button finds none any more, and is answered as the first one.
        _named(currency)
    act = Act(
        title=_("Remove the bank account for %(currency)s?") % {"currency": currency},
        submit=_("Remove bank account"),
        tone="danger",
        back=reverse("office:settings"),
        done=_("The bank account is removed."),
        happens=[
            _("Customers are offered no bank transfer in this currency any more."),
            _("Invoices that were issued keep the account that they show."),
        ],
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: bank_accounts.remove_bank_account(**asked(request), currency=currency),
    )


def _act(title: str) -> Act:
    return Act(
        title=title,
        lead=_("On new invoices in this currency, in mails, and where customers promise a transfer."),
        submit=_("Save"),
        back=reverse("office:settings"),
        done=_("The settings are saved."),
    )


def _set(request: StaffRequest) -> Any:
    return lambda told: bank_accounts.set_bank_account(**asked(request), **told)


def _named(currency: str) -> BankAccount:
    account = None if currency == base_currency() else bank_account(currency)
    if account is None:
        raise Http404
    return account
