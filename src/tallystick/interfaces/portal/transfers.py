"""A promised bank transfer: "I have sent it", and taking the promise back."""

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.portal.addresses import payment_url
from tallystick.interfaces.portal.checkout import refused
from tallystick.interfaces.portal.door import ContactRequest, CustomerRequest, page
from tallystick.interfaces.portal.refusals import form_key
from tallystick.usecases import promise
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import payment_id_of


class SentForm(KitForm):
    """What the customer's bank calls the transfer, and what proves it."""

    reference = forms.CharField(
        label=gettext_lazy("Your bank’s reference"),
        required=False,
        max_length=100,
        help_text=gettext_lazy("If your bank gave you one. It helps us to find the money."),
    )
    proof = forms.FileField(
        label=gettext_lazy("Your bank’s confirmation"),
        required=False,
        help_text=gettext_lazy("A PDF or a picture of at most 10 MB, if you have one."),
        widget=forms.FileInput(attrs={"accept": "application/pdf,image/*"}),
    )


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def sent(request: ContactRequest, public: str) -> HttpResponse:
    """This function will note that the customer says to have sent the money; it stays pending until it is here."""
    payment_id = payment_id_of(public)
    return say_sent(request, payment_id, back=payment_url(payment_id))


def say_sent(request: CustomerRequest, payment_id: UUID, *, back: str) -> HttpResponse:
    """This function will note what a form says of a transfer that was sent, go back and thank for it."""
    proof = request.FILES.get("proof")
    try:
        promise.say_sent(
            actor=request.actor,
            at=request.at,
            payment_id=payment_id,
            reference=request.POST.get("reference", ""),
            proof_name=proof.name or "" if proof else "",
            proof=proof.read() if proof else None,
            idempotency_key=form_key(request),
        )
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("Thank you. You get a receipt as soon as the money is here."))
    return HttpResponseRedirect(back)


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def withdraw(request: ContactRequest, public: str) -> HttpResponse:
    """This function will take a promised transfer back; its invoices are as they were."""
    payment_id = payment_id_of(public)
    try:
        promise.withdraw_promise(
            actor=request.actor, at=request.at, payment_id=payment_id, idempotency_key=form_key(request)
        )
    except (Conflict, Invalid) as error:
        return refused(request, error, payment_url(payment_id))
    messages.success(request, _("The bank transfer is cancelled. Your invoices stay open."))
    return HttpResponseRedirect(payment_url(payment_id))
