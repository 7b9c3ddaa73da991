"""Automatic payment: whether it is on, what is charged next, and agreeing to it in the words of the business (C13)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.kit.autopay_form import DEFAULT_METHOD, AgreedForm, ChargeDayField, cap_of
from tallystick.interfaces.kit.forms import Card, RadioCards, typed
from tallystick.interfaces.portal.addresses import invoice_url, payment_url
from tallystick.interfaces.portal.checkout import refused
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.kept import ADDS_METHOD, FORMS, KEPT, add_method_from, begun
from tallystick.interfaces.portal.methods import MethodView, may_add, shown_methods
from tallystick.interfaces.portal.refusals import form_key, sentence
from tallystick.payments import autopay_queries
from tallystick.payments.autopay import Agreed
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, autopay_run
from tallystick.usecases.autopay_run import Charge, NotCharged
from tallystick.usecases.roles import Permission

# How many invoices are told of, the soonest due first.
_SHOWN: Final = 50
_WHY_NOT: Final[Mapping[NotCharged, Any]] = {
    NotCharged.EXEMPT: gettext_lazy("We agreed that you pay this yourself"),
    NotCharged.PROMISED: gettext_lazy("You said that you send a bank transfer"),
    NotCharged.PAID_BACK: gettext_lazy("We sent the money for this back to you"),
    NotCharged.GIVEN_UP: gettext_lazy("The charge was declined; please pay it yourself"),
    NotCharged.ABOVE_CAP: gettext_lazy("Not within the amount that you let us charge; please pay it yourself"),
    NotCharged.NO_METHOD: gettext_lazy("There is no card that we can charge; please pay it yourself"),
    NotCharged.GATEWAY_OFF: gettext_lazy("The payment service of your card is switched off at the moment"),
    NotCharged.IN_PROGRESS: gettext_lazy("You are paying it already"),
}


class AutopayForm(AgreedForm):
    """What the customer agrees to. The words stand above the tick, and their hash goes with it."""

    method = forms.ChoiceField(label=gettext_lazy("Charge which card?"), widget=RadioCards)
    charge_day = ChargeDayField(
        label=gettext_lazy("When?"), help_text=gettext_lazy("Never after the due date of an invoice.")
    )
    accepts = forms.BooleanField(
        label=gettext_lazy("I accept these terms"),
        error_messages={"required": gettext_lazy("Tick this to agree. Without it nothing is charged automatically.")},
    )
    terms_sha256 = forms.CharField(widget=forms.HiddenInput, max_length=64)
    field_order = ("method", "charge_day", "cap", "accepts")
    cap_label = gettext_lazy("Up to which amount?")
    cap_help = gettext_lazy("A charge above it is not made: we ask you first. Empty for any amount.")


@dataclass(frozen=True, kw_only=True)
class ChargeView:
    """An open invoice and what autopay does about it: the day, or why not, with where it can be paid."""

    name: str
    url: str
    minor: int
    currency: str
    day: date | None
    is_now: bool
    tried_before: bool
    why_not: str
    pay_url: str


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def autopay_page(request: ContactRequest) -> HttpResponse:
    """This function will show automatic payment, and take what the customer agrees to. What its form says is kept while
    the customer adds a card.
    """
    if request.method == "POST":
        request.actor.require(Permission.MANAGE_AUTOPAY)
        if ADDS_METHOD in request.POST:
            return add_method_from(request, "autopay")
    agreed = autopay_queries.agreement(request.customer_id)
    stored = shown_methods(request)
    usable = [each for each in stored if each.state != "refused"]
    form = AutopayForm(request.POST or None, agreed=agreed, cards=_cards(usable), currency=request.customer["currency"])
    said = begun(request, "autopay")
    # An address never ticks what is agreed to.
    written = typed(form, said)
    form.initial.update({name: written[name] for name in FORMS["autopay"] if name in said and name in written})
    if form.is_valid():
        try:
            autopay.agree(
                actor=request.actor,
                at=request.at,
                customer_id=request.customer_id,
                idempotency_key=form_key(request),
                terms_sha256=form.cleaned_data["terms_sha256"],
                **form.agreed(),
            )
        except (Conflict, Invalid) as error:
            form.add_error(None, sentence(error))
        else:
            messages.success(request, _("Automatic payment is on. We mailed you what was agreed."))
            return HttpResponseRedirect(reverse("portal:autopay"))
    return _show(request, agreed, usable, form)


@require_POST
@page(Permission.MANAGE_AUTOPAY)
def end(request: ContactRequest) -> HttpResponse:
    """This function will end automatic payment at once."""
    back = reverse("portal:autopay")
    try:
        autopay.end(
            actor=request.actor, at=request.at, customer_id=request.customer_id, idempotency_key=form_key(request)
        )
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("Automatic payment has ended. Nothing is charged by itself any more."))
    return HttpResponseRedirect(back)


def _show(
    request: ContactRequest, agreed: dict[str, Any] | None, usable: list[MethodView], form: AutopayForm
) -> HttpResponse:
    planned = autopay_run.charges_of(request.customer_id, as_if=None if agreed else Agreed(), limit=_SHOWN + 1)
    terms = autopay.TERMS_READ.read()
    context = {
        "agreed": agreed,
        "cap": cap_of(agreed),
        "method": next((each for each in usable if each.is_charged), None),
        "usable": usable,
        "may_add": may_add(request),
        "charges": [_shown(each, request.today) for each in planned[:_SHOWN]],
        "has_more_charges": len(planned) > _SHOWN,
        "terms": terms,
        "terms_changed": bool(agreed and agreed["terms_text"] not in autopay.TERMS_READ.in_every_language()),
        "terms_sha256": terms_hash(terms),
        "form": form,
        "form_is_open": bool(form.errors) or "method" in request.GET or KEPT in request.GET,
    }
    return render(request, "portal/autopay.html", context, status=422 if form.errors else 200)


def _shown(charge: Charge, today: date) -> ChargeView:
    found = charge.payment
    asks = charge.why_not in {NotCharged.GIVEN_UP, NotCharged.ABOVE_CAP, NotCharged.NO_METHOD, NotCharged.PAID_BACK}
    return ChargeView(
        name=found.invoice_number,
        url=invoice_url(found.invoice_id),
        minor=found.open_minor,
        currency=found.currency,
        day=charge.charge_date,
        is_now=charge.is_now(today),
        tried_before=found.was_declined,
        why_not="" if charge.why_not is None else str(_WHY_NOT.get(charge.why_not, "")),
        pay_url=payment_url(found.payment_id) if asks else "",
    )


def _cards(usable: Sequence[MethodView]) -> list[tuple[str, Card]]:
    default = next((each for each in usable if each.is_default), None)
    found = [(each.public, Card(each.name, each.expiry, icon="card")) for each in usable]
    if default is None:
        return found
    detail = _("%(card)s at the moment. Make another one the default, and we charge that.") % {"card": default.name}
    return [(DEFAULT_METHOD, Card(_("My default card"), detail, icon="star")), *found]
