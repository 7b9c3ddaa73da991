"""Make a Payment: what to pay, how, and one button. A card payment goes on at the gateway, a transfer at a bank."""

from collections.abc import Sequence
from typing import Any, Final

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from tallystick.allocations.pay_options import PayOption
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.gateways import queries as gateways
from tallystick.interfaces.kit.forms import Card, MoneyField, RadioCards, choose_among
from tallystick.interfaces.kit.voucher_form import VoucherNumberField
from tallystick.interfaces.portal.checkout import forms_may_lead_to_gateways, go_to, lead_on
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.kept import ADDS_METHOD, add_method_from, begun
from tallystick.interfaces.portal.methods import may_add, shown_methods
from tallystick.interfaces.portal.pay_choice import FIXED, Choice, choice, chosen, looked_further, option_of, posted
from tallystick.interfaces.portal.pay_exchange import ChargedForm, PayExchange, in_another
from tallystick.interfaces.portal.refusals import form_key, sentence, service_is_silent
from tallystick.interfaces.portal.wallet import redeemed
from tallystick.interfaces.portal.ways import chosen_way, ways
from tallystick.payments import states
from tallystick.payments.terms import PAYMENT_TERMS_READ, terms_hash
from tallystick.usecases import collect
from tallystick.usecases.places import portal_return
from tallystick.usecases.promise import BANK_TRANSFER, promise_transfer
from tallystick.usecases.roles import Permission
from tallystick.wire.shapes import PaymentShape

_DIALOG: Final = "kit-dialog-body"
# How the form calls a voucher among the ways to pay.
VOUCHER: Final = "voucher"


class PayForm(ChargedForm):
    """How to pay, and a word with it. What to pay stands above it, with controls of its own."""

    method = forms.ChoiceField(label=gettext_lazy("Pay with"), widget=RadioCards)
    keep = forms.BooleanField(
        label=gettext_lazy("Keep this card"),
        required=False,
        help_text=gettext_lazy(
            "The payment service stores it, we never see its number. You can remove it at any time."
        ),
    )
    number = VoucherNumberField()
    note = forms.CharField(label=gettext_lazy("Note"), required=False, max_length=500)
    total = forms.IntegerField(widget=forms.HiddenInput, required=False)
    to_invoices = forms.IntegerField(widget=forms.HiddenInput, required=False)
    terms_sha256 = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(
        self,
        *args: Any,
        choices: Sequence[tuple[str, Card]],
        keeps: bool,
        exchange: PayExchange,
        option: PayOption,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, exchange=exchange, by_transfer=BANK_TRANSFER in dict(choices), **kwargs)
        currency = exchange.offered[0]
        if not keeps:
            del self.fields["keep"]
        # Whether the business offers any way to pay. A voucher alone pays nothing.
        self.can_pay = bool(choices)
        if choices:
            detail = _("It fills your wallet with what it is worth")
            choices = [*choices, (VOUCHER, Card(_("Voucher"), detail, icon="ticket"))]
        self.fields[FIXED] = MoneyField(
            label=_("Amount"), currencies=[currency], required=option is PayOption.FIXED_AMOUNT
        )
        choose_among(self, "method", choices)
        if self.is_bound and self.data.get("method") != VOUCHER:
            self.fields["number"].required = False
        if choices:
            self.fields["method"].initial = choices[0][0]


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.COLLECT_PAYMENTS)
def pay(request: ContactRequest) -> HttpResponse:
    """This function will show what can be paid and take the order to pay it, or redeem a voucher (B14), once for each
    form that was sent. What it says is kept while the customer adds a card.
    """
    if request.method != "POST":
        said = begun(request, "pay")
        shown = choice(request, said)
        return _show(request, shown, _form(request, shown.exchange, shown.option, data=None, initial=said))
    if ADDS_METHOD in request.POST:
        return add_method_from(request, "pay")
    further = looked_further(request.POST)
    if further is not None:
        shown = choice(request, further)
        return _show(request, shown, _form(request, shown.exchange, shown.option, data=None, initial=further))
    # What is open is not looked at before the payment begins: this may be the second press of a button.
    exchange = posted(request, request.POST)
    form = _form(request, exchange, option_of(request.POST), data=request.POST)
    if form.is_valid():
        done = _take(request, form, exchange.offered[0])
        if done is not None:
            return done
    return _show(request, choice(request, request.POST), form)


def _take(request: ContactRequest, form: PayForm, currency: str) -> HttpResponse | None:
    """Do what the form says and go on; None when it cannot be done, which the form says then."""
    given = form.cleaned_data
    if given["method"] == VOUCHER:
        is_redeemed = redeemed(request, form, number=given["number"], currency=currency)
        return go_to(request, reverse("portal:wallet")) if is_redeemed else None
    try:
        shape = _pay(request, currency, given)
    except (Conflict, Invalid) as error:
        form.add_error(None, sentence(error))
    else:
        if shape["status"] != states.CANCELLED:
            return lead_on(request, shape)
        form.add_error(None, service_is_silent())
    return None


def _form(
    request: ContactRequest, exchange: PayExchange, option: PayOption, *, data: Any, initial: Any = None
) -> PayForm:
    keeps = request.may["manage_methods"] and bool(gateways.accounts(enabled_only=True))
    values = {name: initial[name] for name in ("method", "note") if initial and name in initial}
    if initial and initial.get(FIXED):
        values[FIXED] = (initial[FIXED], exchange.offered[0])
    if data is not None and data.get("method") == VOUCHER:
        # What to pay is asked for, and counts for nothing: the voucher says what it is worth.
        option = PayOption.TOTAL_BALANCE
    if data is not None and option is not PayOption.FIXED_AMOUNT:
        # What was typed there before another option was chosen counts for nothing.
        data = data.copy()
        data.pop(FIXED, None)
    choices = ways(shown_methods(request), transfers_in=exchange.offered[0])
    return PayForm(data, initial=values, choices=choices, keeps=keeps, exchange=exchange, option=option)


def _pay(request: ContactRequest, currency: str, given: dict[str, Any]) -> PaymentShape:
    method, charged = given["method"], in_another(request.POST, currency)
    order: dict[str, Any] = {
        "actor": request.actor,
        "at": request.at,
        "customer_id": request.customer_id,
        "amounts": chosen(request.POST, currency, total=given["total"], to_invoices=given["to_invoices"]),
        "currency": currency,
        "note": given["note"],
        "terms_sha256": given["terms_sha256"] or None,
        "idempotency_key": form_key(request),
    }
    if method == BANK_TRANSFER:
        return promise_transfer(**order)
    at_gateway = chosen_way(method, request.customer_id)
    return collect.pay(
        **at_gateway,
        return_url=portal_return(),
        saves_method=at_gateway["method_id"] is None and given.get("keep", False),
        **order,
        **charged,
    )


def _show(request: ContactRequest, shown: Choice, form: PayForm) -> HttpResponse:
    terms = PAYMENT_TERMS_READ.read()
    # What a choice in the dialog comes to is asked for by a part of it, which says so.
    in_dialog = request.headers.get("HX-Target") == _DIALOG or request.GET.get("frame") == "dialog"
    context = {
        "choice": shown,
        "form": form,
        "can_pay": form.can_pay,
        "may_add": may_add(request),
        "goes_to_wallet": request.customer["is_prepaid"],
        "terms": terms,
        "terms_sha256": terms_hash(terms) if terms else "",
        "frame": "portal/pay_dialog.html" if in_dialog else "portal/pay_page.html",
    }
    # htmx shows no answer that says it failed, so in the dialog the form itself says it.
    status = 422 if form.errors and not in_dialog else 200
    response = render(request, "portal/pay.html", context, status=status)
    patch_vary_headers(response, ["HX-Target"])
    return forms_may_lead_to_gateways(response)
