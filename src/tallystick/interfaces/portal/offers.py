"""What whose payment failed several times can do: promise to pay by a day, ask for a later one, end early (E22)."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.kit.forms import DateField, KitForm
from tallystick.interfaces.portal.addresses import payment_url
from tallystick.interfaces.portal.checkout import refused
from tallystick.interfaces.portal.door import ContactRequest, CustomerRequest, page
from tallystick.interfaces.portal.refusals import form_key
from tallystick.payments import queries as payments
from tallystick.usecases import after_failures
from tallystick.usecases.dunning_pauses import charged_by
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import payment_id_of
from tallystick.wire.offers import DaysShape, OffersShape


class PromiseForm(KitForm):
    """By which day somebody promises to pay; `days` are those that can be promised."""

    def __init__(self, *args: Any, days: DaysShape | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        first, last = (None, None) if days is None else (_day(days["first_date"]), _day(days["last_date"]))
        self.fields["pay_date"] = DateField(label=_("I promise to pay by"), earliest=first, latest=last)


def offers_shown(request: CustomerRequest, invoice_id: UUID | None, *, tells_costs: bool) -> dict[str, Any] | None:
    """This function will return what a failed payment's page offers beside another try; None where it did not fail so
    often. `tells_costs` has it say what an early end would cost, which is for whoever is signed in.
    """
    if invoice_id is None or not after_failures.is_advised(invoice_id):
        return None
    found = after_failures.offers_of(invoice_id, today=request.today)
    if found is None:
        return None
    own, promised = found["own_promise"], _promised(found)
    until = promised["promised_date"] or (request.today if own is None else _day(own["last_date"]))
    return {
        **promised,
        "charge_date": charged_by(invoice_id, until, today=request.today),
        "minor": found["open_minor"],
        "currency": found["currency"],
        "form": PromiseForm(days=own) if own is not None else None,
        "ends": [
            {
                **each,
                "credit_minor": -each["preview"]["credit_total_minor"],
                "stays_minor": -(each["left_minor"] or 0),
            }
            for each in found["ends"]
            if tells_costs
        ],
    }


@require_POST
@page(Permission.COLLECT_PAYMENTS)
def promise(request: ContactRequest, public: str) -> HttpResponse:
    """This function will keep by which day the customer promises to pay what failed several times."""
    payment_id = payment_id_of(public)
    payments.payment(payment_id, of_customer=request.customer_id)
    return keep_promise(request, payment_id, back=payment_url(payment_id))


def keep_promise(request: CustomerRequest, payment_id: UUID, *, back: str) -> HttpResponse:
    """This function will keep the promise that a form says, go back and say so."""
    form = PromiseForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Choose the day by which you promise to pay."))
        return HttpResponseRedirect(back)
    try:
        after_failures.promise_own_payment(
            actor=request.actor,
            at=request.at,
            payment_id=payment_id,
            pay_date=form.cleaned_data["pay_date"],
            idempotency_key=form_key(request),
        )
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("Thank you. Until that day we do not remind you."))
    return HttpResponseRedirect(back)


def _promised(found: OffersShape) -> dict[str, Any]:
    """By which day it was promised, and whether that day is over."""
    pause = found["pause"]
    if pause is None or pause["promised_minor"] is None or pause["until_date"] is None:
        return {"promised_date": None, "is_broken": False}
    return {"promised_date": _day(pause["until_date"]), "is_broken": pause["outcome"] == "broken"}


def _day(text: str) -> date:
    return date.fromisoformat(text)
