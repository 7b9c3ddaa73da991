"""A promised bank transfer: "I have sent it", completing it where the customer is trusted to, and taking it back."""

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
from tallystick.payments import queries
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


class ConfirmForm(KitForm):
    """Whoever completes an own transfer says that the bank has sent it: it does not go by a slip of the hand."""

    bank_has_sent_it = forms.BooleanField(label=gettext_lazy("My bank says that this money was sent"))


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def complete(request: ContactRequest, public: str) -> HttpResponse:
    """This function will complete a promised transfer at its sender's word, where the customer is trusted to (A16)."""
    payment_id = payment_id_of(public)
    queries.payment(payment_id, of_customer=request.customer_id)
    back = payment_url(payment_id)
    if not ConfirmForm(request.POST).is_valid():
        messages.error(request, _("Tick that your bank has sent the money, then confirm the transfer."))
        return HttpResponseRedirect(back)
    try:
        promise.complete_own_transfer(
            actor=request.actor, at=request.at, payment_id=payment_id, idempotency_key=form_key(request)
        )
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("The transfer is confirmed. Your receipt is on its way."))
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
