"""The way to the gateway's page and back: going on, coming back, giving up, trying again, and asking once more."""

from urllib.parse import urlencode, urlsplit
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.foundation.errors import Conflict, ExpectedError, Invalid, NotFound
from tallystick.gateways.registry import enabled_page_origins
from tallystick.interfaces.kit.security import allow
from tallystick.interfaces.kit.try_form import TryForm
from tallystick.interfaces.portal.addresses import payment_url
from tallystick.interfaces.portal.door import ContactRequest, CustomerRequest, page
from tallystick.interfaces.portal.pay_exchange import CHARGED_IN, in_another
from tallystick.interfaces.portal.refusals import form_key, sentence, service_is_silent
from tallystick.interfaces.portal.showing import checkout_url
from tallystick.payments import queries as payments
from tallystick.payments import states
from tallystick.payments.exchange import ExchangeRateChanged
from tallystick.usecases import collect
from tallystick.usecases.aims import ChoiceChanged
from tallystick.usecases.places import portal_return
from tallystick.usecases.plan_retry import ComingTries, plan_retry
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import attempt_id_of, payment_id_of
from tallystick.wire.shapes import PaymentShape

ENDED = frozenset({"succeeded", "declined", "not_performed"})


def lead_on(request: HttpRequest, shape: PaymentShape, *, shown_at: str = "") -> HttpResponse:
    """This function will lead to the gateway's page when it waits for the customer, else to where the payment is shown:
    its own page, if nothing else is said.
    """
    payment_id = payment_id_of(shape["id"])
    return go_to(request, checkout_url(payments.attempts(payment_id)) or shown_at or payment_url(payment_id))


def go_to(request: HttpRequest, url: str) -> HttpResponse:
    """This function will go on to a page of its own, also from a form in a dialog."""
    if request.headers.get("HX-Request"):
        # A dialog's form was sent by htmx, which would show the answer in the dialog.
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def forms_may_lead_to_gateways(response: HttpResponse) -> HttpResponse:
    """This function will let the forms of a page end at the pages of the gateways that take money."""
    allow(response, "form-action", *enabled_page_origins())
    return response


@require_safe
@page()
def come_back(request: ContactRequest, public: str) -> HttpResponse:
    """This function will ask the gateway what became of a try, and show the payment (S10). What the address says of
    success is not believed.
    """
    attempt_id = attempt_id_of(public)
    attempt = payments.attempt(attempt_id, of_customer=request.customer_id)
    if attempt["state"] not in ENDED:
        collect.ask(attempt_id=attempt_id, at=request.at)
    return HttpResponseRedirect(payment_url(attempt["payment_id"]))


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def check(request: ContactRequest, public: str) -> HttpResponse:
    """This function will ask the gateway once more about a payment that nobody knows the outcome of (S03)."""
    payment_id = payment_id_of(public)
    payments.payment(payment_id, of_customer=request.customer_id)
    for attempt in payments.attempts(payment_id):
        if attempt["state"] not in ENDED:
            collect.ask(attempt_id=attempt["id"], at=request.at)
    return HttpResponseRedirect(payment_url(payment_id))


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def give_up(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give up a checkout, so that another can begin; the gateway has the last word."""
    payment_id = payment_id_of(public)
    payments.payment(payment_id, of_customer=request.customer_id)
    try:
        shape = collect.cancel_checkout(actor=request.actor, at=request.at, payment_id=payment_id)
    except NotFound:
        # It was over already: its page says how it ended.
        return HttpResponseRedirect(payment_url(payment_id))
    if shape["status"] != states.CANCELLED:
        return HttpResponseRedirect(payment_url(payment_id))
    messages.success(request, _("The payment was cancelled. Nothing was taken."))
    return redirect("portal:pay")


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def try_again(request: ContactRequest, public: str) -> HttpResponse:
    """This function will try a failed payment again, at the gateway where it failed, in the currency chosen (E21)."""
    payment_id = payment_id_of(public)
    row = payments.payment(payment_id, of_customer=request.customer_id)
    if row["account_id"] is None:
        return redirect("portal:pay")
    try:
        shape = collect.retry(
            actor=request.actor,
            at=request.at,
            payment_id=payment_id,
            account_id=row["account_id"],
            return_url=portal_return(),
            idempotency_key=form_key(request),
            **in_another(request.POST, row["currency"]),
        )
    except (ChoiceChanged, ExchangeRateChanged) as error:
        messages.error(request, sentence(error))
        # What it comes to now is shown in the currency that was chosen.
        chosen = urlencode({CHARGED_IN: request.POST.get(CHARGED_IN, "")})
        return HttpResponseRedirect(f"{payment_url(payment_id)}?{chosen}")
    except (Conflict, Invalid) as error:
        return refused(request, error, payment_url(payment_id))
    if shape["status"] == states.CANCELLED:
        messages.error(request, service_is_silent())
        return redirect("portal:pay")
    return lead_on(request, shape)


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def choose_day(request: ContactRequest, public: str) -> HttpResponse:
    """This function will have a failed payment tried again on a day that the customer chooses (E21)."""
    payment_id = payment_id_of(public)
    payments.payment(payment_id, of_customer=request.customer_id)
    return plan_try(request, payment_id, back=payment_url(payment_id))


def plan_try(request: CustomerRequest, payment_id: UUID, *, back: str) -> HttpResponse:
    """This function will plan a try on the day that a form names, go back and say so."""
    form = TryForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the day on which we try again."))
        return HttpResponseRedirect(back)
    try:
        plan_retry(
            actor=request.actor,
            at=request.at,
            payment_id=payment_id,
            day=form.cleaned_data["day"],
            idempotency_key=form_key(request),
        )
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("We try again on that day. You need not do anything."))
    return HttpResponseRedirect(back)


def day_form(tries: ComingTries) -> TryForm | None:
    """This function will return the form by which a day is chosen; None when there is none to choose."""
    return None if tries.days is None else TryForm(days=tries.days)


def refused(request: HttpRequest, error: ExpectedError, back: str) -> HttpResponse:
    """This function will go back and say what was refused."""
    messages.error(request, sentence(error))
    return HttpResponseRedirect(urlsplit(back).path)
