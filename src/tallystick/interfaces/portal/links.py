"""Paying by a link, without signing in: it opens one invoice, or one payment that failed, and nothing else.

Looking changes nothing, because mail filters look as well; what is done is sent by a form. The secret stands in the
address alone: no log has it (`foundation.logs`), no other site is told it (`SECURE_REFERRER_POLICY`), and the gateway
sends its reader back to an address without it, where a cookie of this browser knows the way.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, cast
from uuid import UUID

from allauth.core import ratelimit
from django import forms
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.foundation.clock import now
from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.kit.forms import RadioCards, choose_among
from tallystick.interfaces.portal.checkout import (
    ENDED,
    day_form,
    forms_may_lead_to_gateways,
    lead_on,
    plan_try,
    refused,
)
from tallystick.interfaces.portal.door import CustomerRequest, answered, let_in
from tallystick.interfaces.portal.lateness import lateness
from tallystick.interfaces.portal.methods import MethodView, shown_methods
from tallystick.interfaces.portal.offers import keep_promise, offers_shown
from tallystick.interfaces.portal.pay_exchange import ChargedForm, PayExchange, in_another, pay_exchange
from tallystick.interfaces.portal.payments import promise_facts
from tallystick.interfaces.portal.refusals import form_key, sentence, service_is_silent
from tallystick.interfaces.portal.showing import Phase, checkout_url, shown_invoice, shown_payment, why_failed
from tallystick.interfaces.portal.transfers import say_sent
from tallystick.interfaces.portal.ways import chosen_way, ways
from tallystick.invoices import queries as invoices
from tallystick.payments import autopay_queries, links, states
from tallystick.payments import queries as payments
from tallystick.payments.terms import PAYMENT_TERMS_READ, terms_hash
from tallystick.usecases import collect, documents, promise
from tallystick.usecases.autopay import TERMS_READ
from tallystick.usecases.payment_links import Due, Opened, due, opened, own_attempt
from tallystick.usecases.places import payment_link_return
from tallystick.usecases.plan_retry import ComingTries, coming_tries
from tallystick.usecases.promise import BANK_TRANSFER
from tallystick.wire.ids import attempt_id_of
from tallystick.wire.shapes import PaymentShape

P = ParamSpec("P")
# Which link this browser went to a gateway from. The gateway has the customer for a day at the most.
COOKIE: Final = "payment_link"


class LinkRequest(CustomerRequest):
    """A request of whoever opened a link."""

    opened: Opened
    token: str


LinkView = Callable[Concatenate[LinkRequest, P], HttpResponseBase]


class LinkForm(ChargedForm):
    """How to pay what the link is for, and in which currency."""

    method = forms.ChoiceField(label=gettext_lazy("Pay with"), widget=RadioCards)
    total = forms.IntegerField(widget=forms.HiddenInput, min_value=1)
    terms_sha256 = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)
    autopay = forms.BooleanField(
        label=gettext_lazy("Use it for automatic payment too"),
        required=False,
        help_text=gettext_lazy(
            "From now on we charge the card that you pay with now, as it was agreed. The payment service stores it, we "
            "never see its number. By ticking this you accept these terms:"
        ),
    )
    autopay_terms_sha256 = forms.CharField(widget=forms.HiddenInput, required=False, max_length=64)

    def __init__(self, data: Any, *, choices: list[tuple[str, Any]], exchange: PayExchange, has_autopay: bool) -> None:
        super().__init__(data, exchange=exchange, by_transfer=BANK_TRANSFER in dict(choices))
        choose_among(self, "method", choices)
        if choices:
            self.fields["method"].initial = choices[0][0]
        if not has_autopay:
            del self.fields["autopay"], self.fields["autopay_terms_sha256"]

    def clean(self) -> dict[str, Any]:
        """This method will ask for a card where automatic payment shall go on with one."""
        told = super().clean()
        if told.get("autopay") and told.get("method") == BANK_TRANSFER:
            self.add_error("autopay", _("A bank transfer has no card. Pay with one, or leave this unticked."))
        return told


def by_link(view: LinkView[P]) -> Callable[..., HttpResponseBase]:
    """This function will make a view one for whoever has a link; one that is over looks like one that never was."""

    @wraps(view)
    def guarded(request: HttpRequest, /, token: str, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
        too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="payment_link", key=token)
        if too_many is not None:
            return too_many
        found = opened(token=token, at=now())
        if found is None:
            return render(request, "portal/link_over.html", status=404)
        visitor = cast("LinkRequest", request)
        let_in(visitor, found.actor)
        visitor.opened, visitor.token = found, token
        response = answered(visitor, lambda: view(visitor, *args, **kwargs))
        response["X-Robots-Tag"] = "noindex, nofollow"
        return response

    never: Callable[..., HttpResponseBase] = never_cache(guarded)
    return never


@require_http_methods(["GET", "HEAD", "POST"])
@by_link
def open_link(request: LinkRequest) -> HttpResponse:
    """This function will show what a link is for, and take the order to pay it, once for each form that was sent."""
    standing = due(request.opened)
    transfers_in = None if standing.invoice is None else standing.currency
    choices = ways(_own_method(request, standing), transfers_in=transfers_in)
    exchange = _exchange(request, standing)
    form = LinkForm(
        request.POST if request.method == "POST" else None,
        choices=choices,
        exchange=exchange,
        has_autopay=_has_autopay(request),
    )
    if form.is_valid():
        # While nothing can be paid, this may be the second press of a button that did it: the key knows.
        if standing.total_minor and standing.total_minor != form.cleaned_data["total"]:
            form.add_error(None, _("What is to be paid has changed. Look at it, then press the button again."))
        else:
            try:
                shape = _pay(request, standing, form.cleaned_data)
            except (Conflict, Invalid) as error:
                form.add_error(None, sentence(error))
            else:
                if shape["status"] != states.CANCELLED:
                    return _lead_on(request, shape)
                form.add_error(None, service_is_silent())
        # What was tried may have changed it.
        standing = due(request.opened)
        exchange = _exchange(request, standing)
    return _show(request, standing, form, exchange)


@require_safe
@by_link
def invoice_pdf(request: LinkRequest) -> HttpResponse:
    """This function will give the invoice of the link as PDF; a link to a payment that failed has none."""
    if request.opened.link["purpose"] != links.INVOICE:
        raise NotFound(kind="invoice")
    invoice_id = request.opened.link["invoice_id"]
    return file_response(documents.invoice_document(actor=request.actor, invoice_id=invoice_id))


@require_POST
@by_link
def check(request: LinkRequest) -> HttpResponse:
    """This function will ask the gateway once more about a payment that nobody knows the outcome of (S03)."""
    for attempt in payments.attempts(_shown(request)):
        if attempt["state"] not in ENDED:
            collect.ask(attempt_id=attempt["id"], at=request.at)
    return _back(request)


@require_POST
@by_link
def give_up(request: LinkRequest) -> HttpResponse:
    """This function will give up a checkout, so that another can begin; the gateway has the last word."""
    try:
        collect.cancel_checkout(actor=request.actor, at=request.at, payment_id=_shown(request))
    except NotFound:
        # It was over already: the page says how it ended.
        return _back(request)
    return _back(request)


@require_POST
@by_link
def choose_day(request: LinkRequest) -> HttpResponse:
    """This function will have the payment that failed tried again on a day that its payer chooses (E21)."""
    if request.opened.link["purpose"] != links.FAILED_PAYMENT:
        raise NotFound(kind="payment")
    return plan_try(request, _shown(request), back=_url(request, "open"))


@require_POST
@by_link
def promise_to_pay(request: LinkRequest) -> HttpResponse:
    """This function will keep by which day the payer of what failed several times promises to pay it (E22)."""
    if request.opened.link["purpose"] != links.FAILED_PAYMENT:
        raise NotFound(kind="payment")
    return keep_promise(request, _shown(request), back=_url(request, "open"))


@require_POST
@by_link
def sent(request: LinkRequest) -> HttpResponse:
    """This function will note that the payer says to have sent the promised transfer."""
    return say_sent(request, _shown(request), back=_url(request, "open"))


@require_POST
@by_link
def withdraw(request: LinkRequest) -> HttpResponse:
    """This function will take a promised transfer back, so that it is paid in another way."""
    try:
        promise.withdraw_promise(
            actor=request.actor, at=request.at, payment_id=_shown(request), idempotency_key=form_key(request)
        )
    except (Conflict, Invalid) as error:
        return refused(request, error, _url(request, "open"))
    return _back(request)


@require_safe
@never_cache
def come_back(request: HttpRequest, public: str) -> HttpResponse:
    """This function will ask the gateway what became of a try and lead back to its link (S10). A browser that did not
    set out from here is led to the portal when somebody is signed in there, else only told where to look: what the
    address says is not believed.
    """
    token = request.COOKIES.get(COOKIE, "")
    found = opened(token=token, at=now()) if token else None
    try:
        attempt = None if found is None else own_attempt(found, attempt_id_of(public))
    except NotFound:
        attempt = None
    if attempt is None and request.user.is_authenticated:
        return redirect("portal:return", public)
    if found is None:
        return render(request, "portal/link_back.html")
    if attempt is not None and attempt["state"] not in ENDED:
        collect.ask(attempt_id=attempt["id"], at=now())
    return HttpResponseRedirect(reverse("paylink:open", args=[token]))


def _pay(request: LinkRequest, standing: Due, given: dict[str, Any]) -> PaymentShape:
    told: dict[str, Any] = {"actor": request.actor, "at": request.at, "idempotency_key": form_key(request)}
    method, charged = given["method"], in_another(request.POST, standing.currency)
    switches: dict[str, Any] = {"autopay_terms_sha256": given["autopay_terms_sha256"] if given.get("autopay") else None}
    if standing.invoice is None:
        return collect.retry(
            payment_id=request.opened.link["payment_id"],
            return_url=payment_link_return(),
            **chosen_way(method, request.customer_id),
            **charged,
            **switches,
            **told,
        )
    told |= {
        "customer_id": request.customer_id,
        "amounts": {standing.invoice["id"]: given["total"]},
        "terms_sha256": given["terms_sha256"] or None,
    }
    if method == BANK_TRANSFER:
        return promise.promise_transfer(**told)
    way = chosen_way(method, request.customer_id)
    return collect.pay(return_url=payment_link_return(), **way, **charged, **switches, **told)


def _exchange(request: LinkRequest, standing: Due) -> PayExchange:
    said = request.POST if request.method == "POST" else request.GET
    own = request.customer["currency"]
    return pay_exchange(said, standing.total_minor, standing.currency, own=own, day=request.today)


def _show(request: LinkRequest, standing: Due, form: LinkForm, exchange: PayExchange) -> HttpResponse:
    row = standing.payment
    attempts = [] if row is None else payments.attempts(row["id"])
    shown = None if row is None else shown_payment(row, attempts)
    phase = None if shown is None else shown.phase
    terms, autopay_terms = PAYMENT_TERMS_READ.read(), TERMS_READ.read()
    tries = ComingTries(next_date=None, days=None) if row is None else coming_tries(row, today=request.today)
    acts = {"check": "check", "give_up": "give-up", "day": "choose-day", "sent": "sent", "withdraw": "withdraw"}
    acts |= {"promise": "promise-to-pay"}
    is_of_failed = request.opened.link["purpose"] == links.FAILED_PAYMENT
    context = {
        "due": standing,
        "invoice": None if standing.invoice is None else shown_invoice(standing.invoice, request.today),
        "late": None if standing.invoice is None else lateness(standing.invoice, today=request.today),
        "payment": shown,
        "row": row,
        "phases": Phase,
        "failure": None if row is None or phase is not Phase.FAILED else why_failed(row),
        "next_try_date": tries.next_date,
        "day_form": day_form(tries) if is_of_failed else None,
        "offers": _offers(request, row) if is_of_failed and phase is Phase.FAILED else None,
        "continue_url": checkout_url(attempts) if phase is Phase.WAITING else "",
        **({} if row is None or phase is not Phase.PROMISED else promise_facts(row)),
        "numbers": sorted(invoices.numbers(standing.amounts).values()),
        "acts": {act: _url(request, name) for act, name in acts.items()},
        "pdf_url": _url(request, "pdf") if request.opened.link["purpose"] == links.INVOICE else "",
        "form": form,
        "exchange": exchange,
        "to_invoices_minor": sum(standing.amounts.values()),
        "goes_to_wallet": request.customer["is_prepaid"],
        "autopay_terms": autopay_terms,
        "autopay_terms_sha256": terms_hash(autopay_terms),
        "terms": terms,
        "terms_sha256": terms_hash(terms) if terms else "",
    }
    response = render(request, "portal/link.html", context, status=422 if form.errors else 200)
    if context["continue_url"]:
        _remember_link(request, response)
    return forms_may_lead_to_gateways(response)


def _offers(request: LinkRequest, row: dict[str, Any] | None) -> dict[str, Any] | None:
    """What else can be done about what failed. What a contract costs is for whoever is signed in."""
    return None if row is None else offers_shown(request, row["invoice_id"], tells_costs=False)


def _has_autopay(request: LinkRequest) -> bool:
    """Whether automatic payment can go on with the card that is paid with: by a link to what failed, where it is on."""
    failed = request.opened.link["purpose"] == links.FAILED_PAYMENT
    return failed and autopay_queries.agreement(request.customer_id) is not None


def _own_method(request: LinkRequest, standing: Due) -> list[MethodView]:
    """The stored card that was declined: a link to a payment that failed may try it again, and shows no other."""
    if request.opened.link["purpose"] != links.FAILED_PAYMENT or standing.payment is None:
        return []
    tried = {attempt["method_id"] for attempt in payments.attempts(standing.payment["id"])[-1:]}
    return [each for each in shown_methods(request) if each.id in tried]


def _lead_on(request: LinkRequest, shape: PaymentShape) -> HttpResponse:
    response = lead_on(request, shape, shown_at=_url(request, "open"))
    _remember_link(request, response)
    return response


def _remember_link(request: LinkRequest, response: HttpResponse) -> None:
    """Let this browser find back from a gateway."""
    response.set_cookie(
        COOKIE,
        request.token,
        max_age=collect.CHECKOUT_LASTS,
        path=reverse("paylink:return", args=["-"]).removesuffix("-/"),
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _shown(request: LinkRequest) -> UUID:
    """The payment that the link shows: the only one that can be done anything with."""
    row = due(request.opened).payment
    if row is None:
        raise NotFound(kind="payment")
    found: UUID = row["id"]
    return found


def _url(request: LinkRequest, name: str) -> str:
    return reverse(f"paylink:{name}", args=[request.token])


def _back(request: LinkRequest) -> HttpResponse:
    return HttpResponseRedirect(_url(request, "open"))
