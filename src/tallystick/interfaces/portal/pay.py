"""Make a Payment: which invoices, how, and one button. A card payment goes on at the gateway, a transfer at a bank."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tallystick.allocations.queries import holders
from tallystick.foundation.business import bank_account
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.gateways import queries as gateways
from tallystick.interfaces.kit.forms import Card, KitForm, RadioCards, choose_among
from tallystick.interfaces.portal.checkout import forms_may_lead_to_gateways, lead_on
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.methods import shown_methods
from tallystick.interfaces.portal.refusals import form_key, sentence, service_is_silent
from tallystick.interfaces.portal.showing import InvoiceView, PaymentView, checkout_url, shown_invoice, shown_payment
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.payments import states
from tallystick.usecases import collect
from tallystick.usecases.places import portal_return
from tallystick.usecases.promise import BANK_TRANSFER, promise_transfer
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import gateway_account_id_of, invoice_id_of, method_id_of
from tallystick.wire.shapes import PaymentShape

# How the form calls the invoices that are chosen, that a choice was made, and the amount beside each.
_INVOICE, _CHOSEN, _AMOUNT = "invoice", "chosen", "amount-"
_WHOLE = re.compile("[0-9]{1,15}")


@dataclass(frozen=True, kw_only=True)
class Payable:
    """An open invoice on the form: chosen or not, and when it cannot be chosen, the checkout that holds it."""

    public: str
    invoice: InvoiceView
    chosen: bool
    held: bool


@dataclass(frozen=True, kw_only=True)
class UnderWay:
    """A checkout that somebody began: it is gone on with, or given up."""

    public: str
    payment: PaymentView
    url: str


class PayForm(KitForm):
    """How to pay, and a word with it. The invoices stand above it as check boxes of their own."""

    method = forms.ChoiceField(label=gettext_lazy("Pay with"), widget=RadioCards)
    keep = forms.BooleanField(
        label=gettext_lazy("Keep this card"),
        required=False,
        help_text=gettext_lazy(
            "The payment service stores it, we never see its number. You can remove it at any time."
        ),
    )
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)
    total = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, Card]], keeps: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not keeps:
            del self.fields["keep"]
        choose_among(self, "method", choices)
        if choices:
            self.fields["method"].initial = choices[0][0]


@dataclass(frozen=True, kw_only=True)
class _Choice:
    """What can be paid in one currency, and what of it is chosen."""

    currency: str
    currencies: list[str]
    payables: list[Payable]
    under_way: list[UnderWay]

    @property
    def can_choose(self) -> bool:
        return any(not each.held for each in self.payables)

    @property
    def total_minor(self) -> int:
        return sum(each.invoice.open_minor for each in self.payables if each.chosen)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.COLLECT_PAYMENTS)
def pay(request: ContactRequest) -> HttpResponse:
    """This function will show what can be paid and take the order to pay it, once for each form that was sent."""
    choices, keeps = _ways(request), request.may["manage_methods"] and bool(gateways.accounts(enabled_only=True))
    if request.method != "POST":
        return _show(request, _choice(request, request.GET), PayForm(choices=choices, keeps=keeps))
    form = PayForm(request.POST, choices=choices, keeps=keeps)
    if form.is_valid():
        order = _order(request.POST)
        # Without scripts the total on the button is that of the choice before.
        if sum(order.values()) != form.cleaned_data["total"]:
            form.add_error(None, _("Your choice changed the total. Look at it, then press the button again."))
        else:
            try:
                shape = _pay(request, order, form.cleaned_data)
            except (Conflict, Invalid) as error:
                form.add_error(None, sentence(error))
            else:
                if shape["status"] != states.CANCELLED:
                    return lead_on(shape)
                form.add_error(None, service_is_silent())
    return _show(request, _choice(request, request.POST), form)


def _pay(request: ContactRequest, order: dict[UUID, int], told: dict[str, Any]) -> PaymentShape:
    method, note = told["method"], told["note"]
    if method == BANK_TRANSFER:
        return promise_transfer(
            actor=request.actor,
            at=request.at,
            customer_id=request.customer_id,
            invoice_ids=list(order),
            note=note,
            idempotency_key=form_key(request),
        )
    stored = None
    if method.startswith(f"{builders.PAYMENT_METHOD}_"):
        stored = payments.method(method_id_of(method), of_customer=request.customer_id)
    return collect.pay(
        actor=request.actor,
        at=request.at,
        customer_id=request.customer_id,
        amounts=order,
        account_id=gateway_account_id_of(method) if stored is None else stored["account_id"],
        return_url=portal_return(),
        method_id=None if stored is None else stored["id"],
        saves_method=stored is None and told.get("keep", False),
        note=note,
        idempotency_key=form_key(request),
    )


def _order(data: QueryDict) -> dict[UUID, int]:
    """What was chosen, each with the amount that stood beside it: nobody pays another amount than they saw."""
    order: dict[UUID, int] = {}
    for public in data.getlist(_INVOICE):
        typed = data.get(f"{_AMOUNT}{public}", "")
        order[invoice_id_of(public)] = int(typed) if _WHOLE.fullmatch(typed) else 0
    return order


def _ways(request: ContactRequest) -> list[tuple[str, Card]]:
    """The customer's own cards first: paying with one is a single press."""
    accounts = {account["id"]: account["name"] for account in gateways.accounts(enabled_only=True)}
    found = [
        (each.public, Card(each.name, each.expiry, icon="card"))
        for each in shown_methods(request)
        if each.state != "refused" and each.account_id in accounts
    ]
    found += [
        (
            public_id(builders.GATEWAY_ACCOUNT, account_id),
            Card(name, _("By card, on the secure page of the payment service"), icon="lock" if found else "card"),
        )
        for account_id, name in accounts.items()
    ]
    if bank_account() is not None:
        detail = _("We show you where to send it and mail it to you")
        found.append((BANK_TRANSFER, Card(_("Bank transfer"), detail, icon="bank")))
    return found


def _choice(request: ContactRequest, data: QueryDict) -> _Choice:
    rows = invoices.open_invoices(request.customer_id)
    wanted = {invoice_id_of(public) for public in data.getlist(_INVOICE)}
    currencies = sorted(
        {row["currency"] for row in rows}, key=lambda code: (code != request.customer["currency"], code)
    )
    currency = data.get("currency", "")
    if currency not in currencies:
        chosen = [row["currency"] for row in rows if row["id"] in wanted]
        currency = next(iter(chosen or currencies), request.customer["currency"])
    held = holders([row["id"] for row in rows])
    # All that is open, until something was chosen: the way from the first page to paid stays short.
    takes_all = not wanted and _CHOSEN not in data
    payables = [
        Payable(
            public=public_id(builders.INVOICE, row["id"]),
            invoice=shown_invoice(row, request.today),
            chosen=row["id"] not in held and (takes_all or row["id"] in wanted),
            held=row["id"] in held,
        )
        for row in rows
        if row["currency"] == currency
    ]
    return _Choice(
        currency=currency, currencies=currencies, payables=payables, under_way=_under_way(set(held.values()))
    )


def _under_way(attempt_ids: set[UUID]) -> list[UnderWay]:
    found = []
    for payment_id in sorted({payments.attempt(attempt_id)["payment_id"] for attempt_id in attempt_ids}):
        attempts = payments.attempts(payment_id)
        found.append(
            UnderWay(
                public=public_id(builders.PAYMENT, payment_id),
                payment=shown_payment(payments.public_payment(payment_id), attempts),
                url=checkout_url(attempts),
            )
        )
    return found


def _show(request: ContactRequest, choice: _Choice, form: PayForm) -> HttpResponse:
    context = {"choice": choice, "form": form, "can_pay": bool(_ways(request))}
    response = render(request, "portal/pay.html", context, status=422 if form.errors else 200)
    return forms_may_lead_to_gateways(response)
