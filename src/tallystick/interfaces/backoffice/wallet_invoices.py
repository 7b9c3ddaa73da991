"""Invoices and prepaid money: invoicing usage, paying an invoice from the wallet, and taking that back (J20, J21)."""

from datetime import date
from typing import Any

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, at_once, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text
from tallystick.interfaces.backoffice.wallet_shown import wallet_words
from tallystick.interfaces.kit.formatting import format_month
from tallystick.interfaces.kit.forms import KitForm, MoneyField, choose_among
from tallystick.interfaces.kit.markup import current_locale
from tallystick.invoices import queries as invoices
from tallystick.ledger.queries import standings
from tallystick.money.amounts import Money
from tallystick.money.currencies import parse_currency
from tallystick.usecases import tax_purchases as tax_purchases_of
from tallystick.usecases import wallet_invoices
from tallystick.usecases.roles import Permission
from tallystick.wallets import purchase_tax_queries, queries
from tallystick.wire.ids import wallet_draw_id_of


class UsageForm(KitForm):
    """Which wallet is invoiced."""

    currency = forms.ChoiceField(label=gettext_lazy("Wallet"))
    sends_mail = forms.BooleanField(
        label=gettext_lazy("E-mail it to the billing contacts"), required=False, initial=True
    )

    def __init__(self, data: Any, *, choices: list[tuple[str, str]]) -> None:
        super().__init__(data)
        choose_among(self, "currency", choices)


class MonthForm(KitForm):
    """Which month's purchases get their tax invoice; a choice is a currency and the month's first day."""

    month = forms.ChoiceField(label=gettext_lazy("Month"))
    sends_mail = forms.BooleanField(
        label=gettext_lazy("E-mail it to the billing contacts"), required=False, initial=True
    )

    def __init__(self, data: Any, *, found: list[tuple[str, date]]) -> None:
        super().__init__(data)
        locale = current_locale()
        choices = [(f"{code} {month.isoformat()}", f"{format_month(month, locale)}, {code}") for code, month in found]
        choose_among(self, "month", choices)


class DrawForm(KitForm):
    """How much of an invoice the wallet pays."""

    def __init__(self, data: Any, *, most: Money) -> None:
        super().__init__(data, initial={"amount": most})
        self.fields["amount"] = MoneyField(label=_("Amount"), currencies=[most.currency])


@page(Permission.ISSUE_INVOICES)
def invoice_usage(request: StaffRequest, public: str) -> HttpResponse:
    """This function will issue an invoice for what a customer used beyond prepaid money."""
    customer = customers.customer(addresses.customer_id_of(public))
    # The one that is furthest below zero first.
    found = sorted(standings(customer["id"]), key=lambda each: each.wallet_minor)
    choices = [(each.currency, wallet_words(each.wallet_minor, each.currency)) for each in found]
    form = UsageForm(request.POST or None, choices=choices)
    if form.is_valid():
        with refusals(form):
            shape = wallet_invoices.invoice_usage(**asked(request), customer_id=customer["id"], **form.cleaned_data)
            message = _("Invoice %(number)s is issued.") % {"number": shape["number"]}
            return done(request, reverse("office:invoice", args=[shape["id"]]), message)
    act = Act(
        title=_("Invoice what was used beyond prepaid"),
        lead=customer["name"],
        submit=_("Issue invoice"),
        back=addresses.customer_url(customer["id"]),
        happens=[
            _("The wallet is at 0 then, and the customer owes the invoice."),
            _("Revenue and tax were booked with the purchases: to correct something, credit a purchase."),
        ],
    )
    return show(request, act, form)


@page(Permission.ISSUE_INVOICES)
def tax_purchases(request: StaffRequest, public: str) -> HttpResponse:
    """This function will issue the tax invoice of a month's purchases from prepaid money."""
    customer = customers.customer(addresses.customer_id_of(public))
    found = purchase_tax_queries.months_without_document(customer["id"], day=request.today)
    if request.method == "POST":
        # Sent twice, the second finds its month done: that is the same again.
        issued = purchase_tax_queries.documents_page(customer_id=customer["id"]).rows
        found += [(row["wallet__currency"], row["period_start"]) for row in issued]
    form = MonthForm(request.POST or None, found=found)
    if form.is_valid():
        currency, month = form.cleaned_data["month"].split()
        with refusals(form):
            shape = tax_purchases_of.issue_purchase_tax_document(
                **asked(request),
                customer_id=customer["id"],
                currency=currency,
                month=date.fromisoformat(month),
                sends_mail=form.cleaned_data["sends_mail"],
            )
            message = _("Tax invoice %(number)s is issued.") % {"number": shape["number"]}
            return done(request, addresses.customer_url(customer["id"]), message)
    act = Act(
        title=_("Issue a tax invoice of purchases"),
        lead=customer["name"],
        submit=_("Issue tax invoice"),
        back=addresses.customer_url(customer["id"]),
        happens=[
            _("It has the month’s purchases, less credits, as far as their tax was due on use."),
            _("Nothing is booked and nothing is owed. Last month’s is issued by itself."),
        ],
    )
    return show(request, act, form)


@page(Permission.ALLOCATE_PAYMENTS)
def pay_from_wallet(request: StaffRequest, public: str) -> HttpResponse:
    """This function will pay an invoice from its payer's wallet."""
    row = invoices.invoice(addresses.invoice_id_of(public))
    currency = row["currency"]
    available = queries.paid_available(row["customer_id"], currency, day=request.today)
    act = Act(
        title=_("Pay from the wallet"),
        lead=_("The wallet holds %(amount)s of paid money.") % {"amount": amount_text(available, currency)},
        submit=_("Pay"),
        back=addresses.invoice_url(row["id"]),
        happens=[_("Promotional credit pays no invoice. What is paid here can be taken back.")],
        done=_("The wallet paid it."),
    )
    most = Money(min(available, row["open_minor"]), parse_currency(currency))
    return carry_out(
        request,
        act,
        DrawForm(request.POST or None, most=most),
        lambda told: wallet_invoices.pay_from_wallet(
            **asked(request), invoice_id=row["id"], amount_minor=told["amount"].minor
        ),
    )


@require_POST
@page(Permission.ALLOCATE_PAYMENTS)
def take_back(request: StaffRequest, public: str, draw: str) -> HttpResponse:
    """This function will undo what a wallet paid of an invoice."""
    draw_id = wallet_draw_id_of(draw)
    return at_once(
        request,
        lambda: wallet_invoices.take_back_to_wallet(**asked(request), draw_id=draw_id),
        back=reverse("office:invoice", args=[public]),
        message=_("The money is in the wallet again, and the invoice is open."),
    )
