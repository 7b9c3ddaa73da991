"""Adding a payment method without paying: to the gateway's own page, and back to where the customer wants to go on."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.gateways.registry import storing_accounts
from tallystick.interfaces.kit.forms import Card, KitForm, RadioCards, choose_among
from tallystick.interfaces.portal.checkout import ENDED, forms_may_lead_to_gateways
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.kept import FORMS, KEPT
from tallystick.interfaces.portal.refusals import form_key, sentence
from tallystick.interfaces.portal.showing import checkout_url
from tallystick.payments import queries as payments
from tallystick.payments import setups
from tallystick.usecases import method_setups
from tallystick.usecases.places import portal_setup_return
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import gateway_account_id_of, method_setup_id_of
from tallystick.wire.method_setups import METHOD_SETUP

# Where the customer goes on, as addresses name it, and how the link back to there reads.
_THEN: Final[Mapping[str, tuple[str, Any]]] = {
    "methods": ("portal:methods", gettext_lazy("Back to your payment methods")),
    "pay": ("portal:pay", gettext_lazy("Back to your payment")),
    "autopay": ("portal:autopay", gettext_lazy("Back to automatic payment")),
}


class AddForm(KitForm):
    """At which payment service a card is stored, and whether it shall be the default one."""

    account = forms.ChoiceField(label=gettext_lazy("Store it at"), widget=RadioCards)
    makes_default = forms.BooleanField(
        label=gettext_lazy("Make it my default card"),
        required=False,
        help_text=gettext_lazy("Automatic payment charges the default card, unless you chose another one for it."),
    )

    def __init__(self, data: Any, *, choices: Sequence[tuple[str, Card]], has_methods: bool) -> None:
        super().__init__(data)
        choose_among(self, "account", choices)
        if choices:
            self.fields["account"].initial = choices[0][0]
        if len(choices) == 1:
            self.fields["account"].widget = forms.HiddenInput()
        if not has_methods:
            # The first one is the default one in any case.
            del self.fields["makes_default"]


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_METHODS)
def add(request: ContactRequest) -> HttpResponse:
    """This function will say how a payment method is added, and lead to the gateway's page on which it is."""
    form = AddForm(
        request.POST if request.method == "POST" else None,
        choices=_choices(),
        has_methods=bool(payments.methods(request.customer_id)),
    )
    if form.is_valid():
        try:
            shape = method_setups.begin_setup(
                actor=request.actor,
                at=request.at,
                customer_id=request.customer_id,
                account_id=gateway_account_id_of(form.cleaned_data["account"]),
                return_url=portal_setup_return(_then(request)),
                makes_default=form.cleaned_data.get("makes_default", False),
                idempotency_key=form_key(request),
            )
        except (Conflict, Invalid) as error:
            form.add_error(None, sentence(error))
        else:
            setup_id = method_setup_id_of(shape["id"])
            return HttpResponseRedirect(checkout_url([setups.setup(setup_id)]) or _setup_url(request, setup_id))
    response = render(
        request,
        "portal/method_add.html",
        {"form": form, **_back(request)},
        status=422 if form.errors else 200,
    )
    return forms_may_lead_to_gateways(response)


@require_safe
@page(Permission.MANAGE_METHODS)
def come_back(request: ContactRequest, public: str) -> HttpResponse:
    """This function will ask the gateway what became of a set-up, and go on where the customer set out from, or say why
    nothing was stored (S10). What the address says of success is not believed.
    """
    setup_id = method_setup_id_of(public)
    row = setups.setup(setup_id, of_customer=request.customer_id)
    if row["state"] not in ENDED:
        method_setups.ask(setup_id=setup_id, at=request.at)
        row = setups.setup(setup_id)
    if row["method_id"] is not None:
        messages.success(request, _("Your card is stored. You can pay with it from now on."))
        method = public_id(builders.PAYMENT_METHOD, row["method_id"])
        return HttpResponseRedirect(_back(request, method=method)["back_url"])
    add_url = reverse("portal:method-add")
    context = {
        "state": row["state"],
        "decline_code": row["decline_code"],
        "continue_url": checkout_url([row]),
        "again_url": f"{add_url}?then={_then(request)}",
        **_back(request),
    }
    return render(request, "portal/method_setup.html", context)


def _choices() -> list[tuple[str, Card]]:
    return [
        (public_id(builders.GATEWAY_ACCOUNT, row["id"]), Card(row["name"], _("On its secure page"), icon="lock"))
        for row in storing_accounts()
    ]


def _then(request: HttpRequest) -> str:
    named = request.GET.get("then", "")
    return named if named in _THEN else "methods"


def _back(request: HttpRequest, **said: str) -> dict[str, Any]:
    then = _then(request)
    name, word = _THEN[then]
    if then in FORMS:
        said[KEPT] = "1"
    return {"back_url": f"{reverse(name)}?{urlencode(said)}" if said else reverse(name), "back_word": word}


def _setup_url(request: HttpRequest, setup_id: UUID) -> str:
    path = reverse("portal:method-setup", args=[public_id(METHOD_SETUP, setup_id)])
    return f"{path}?then={_then(request)}"
