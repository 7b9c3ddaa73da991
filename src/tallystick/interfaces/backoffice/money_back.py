"""Through a payment service: trying a failed payment again, giving up a checkout, and paying money back."""

from typing import Any, cast

from django.http import HttpResponse
from django.utils.translation import gettext as _

from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.gateways import queries as gateways
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.approvals import asked_for, needs_another
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import amount_text
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm, RefundForm, RetryForm
from tallystick.interfaces.kit.forms import Card
from tallystick.interfaces.kit.try_form import TryForm
from tallystick.payments import queries
from tallystick.usecases import approve, collect, limits, places
from tallystick.usecases import plan_retry as planning
from tallystick.usecases.plan_retry import days_to_choose
from tallystick.usecases.roles import Permission
from tallystick.wire import builders, words
from tallystick.wire.ids import gateway_account_id_of
from tallystick.wire.shapes import PaymentShape

_METHOD = "pm"


@page(Permission.REFUND_PAYMENTS)
def refund(request: StaffRequest, public: str) -> HttpResponse:
    """This function will pay back a payment, in whole or in part."""
    row = queries.payment(addresses.payment_id_of(public))
    free = row["unallocated_minor"] + row["allocated_minor"] - row["disputed_minor"]
    left = free if row["status"] == "completed" else 0
    form = RefundForm(request.POST or None, row=row, left_minor=left)
    back = addresses.payment_url(row["id"])
    if form.is_valid():
        told = form.cleaned_data
        with refusals(form):
            answer = approve.refund_payment(
                **asked(request),
                payment_id=row["id"],
                amount_minor=told["amount"].minor,
                reason=told["reason"],
                still_owed=told.get("still_owed") == "yes",
                method=told["method"],
            )
            if approve.waits(answer):
                return asked_for(request, answer)
            shape = cast("PaymentShape", answer)
            return done(
                request, addresses.payment_url(addresses.payment_id_of(shape["id"])), _refund_told(shape["status"])
            )
    act = Act(
        title=_("Refund Payment"),
        lead=_("%(amount)s can be refunded.") % {"amount": amount_text(left, row["currency"])},
        submit=_("Refund Payment"),
        back=back,
        happens=[*_refund_happens(row), *needs_another(limits.REFUNDING_ABOVE)],
    )
    return show(request, act, form)


@page(Permission.COLLECT_PAYMENTS)
def retry(request: StaffRequest, public: str) -> HttpResponse:
    """This function will try a failed payment again."""
    row = queries.payment(addresses.payment_id_of(public))
    form = RetryForm(request.POST or None, choices=_instruments(row))
    back = addresses.payment_url(row["id"])
    if form.is_valid():
        with refusals(form):
            shape = collect.retry(
                **asked(request),
                payment_id=row["id"],
                return_url=places.portal_payment(row["id"]),
                **_chosen(row, form.cleaned_data["instrument"]),
            )
            return done(request, back, _retry_told(shape["status"]))
    total = amount_text(row["total_minor"], row["currency"])
    act = Act(
        title=_("Retry Payment"),
        lead=_("%(amount)s is tried again, as a new attempt of this payment.") % {"amount": total},
        submit=_("Retry Payment"),
        back=back,
    )
    return show(request, act, form)


@page(Permission.COLLECT_PAYMENTS)
def plan_retry(request: StaffRequest, public: str) -> HttpResponse:
    """This function will have a failed payment tried again on a day that its payer asked for."""
    row = queries.payment(addresses.payment_id_of(public))
    form = TryForm(request.POST or None, days=days_to_choose(row, today=request.today))
    act = Act(
        title=_("Try it again on a day"),
        lead=_("For a payer who asks for it."),
        submit=_("Plan the try"),
        back=addresses.payment_url(row["id"]),
        happens=[_("Automatic payment charges the agreed method then. It takes the place of the day planned before.")],
        done=_("The try is planned."),
    )
    return carry_out(
        request, act, form, lambda told: planning.plan_retry(**asked(request), payment_id=row["id"], day=told["day"])
    )


@page(Permission.COLLECT_PAYMENTS)
def give_up(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give up a checkout that waits for the customer."""
    row = queries.payment(addresses.payment_id_of(public))
    act = Act(
        title=_("Give up the checkout?"),
        submit=_("Give up the checkout"),
        tone="danger",
        back=addresses.payment_url(row["id"]),
        happens=[_("The customer cannot finish it any more. If it was finished just now, the payment completes.")],
        done=_("The payment service was asked to give up the checkout."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: collect.cancel_checkout(actor=request.actor, at=request.at, payment_id=row["id"]),
    )


def _instruments(row: dict[str, Any]) -> list[tuple[str, Card]]:
    accounts = {each["id"]: each["name"] for each in gateways.accounts(enabled_only=True)}
    stored = queries.methods(row["customer_id"]) if row["customer_id"] else []
    choices = [
        (
            public_id(_METHOD, each["id"]),
            Card(
                words.method_words("gateway", brand=each["brand"], last_four=each["last_four"]),
                _("Stored at %(name)s. The customer need not be there.") % {"name": accounts[each["account_id"]]},
                icon="card",
            ),
        )
        for each in stored
        if each["account_id"] in accounts
    ]
    choices += [
        (
            public_id(builders.GATEWAY_ACCOUNT, account_id),
            Card(
                _("A link to %(name)s") % {"name": name}, _("The customer finishes the payment there."), icon="external"
            ),
        )
        for account_id, name in accounts.items()
    ]
    return choices


def _chosen(row: dict[str, Any], instrument: str) -> dict[str, Any]:
    if instrument.startswith(f"{_METHOD}_"):
        method_id = parse_public_id(_METHOD, instrument, kind="payment method")
        for each in queries.methods(row["customer_id"]):
            if each["id"] == method_id:
                return {"account_id": each["account_id"], "method_id": method_id, "off_session": True}
        raise NotFound(kind="payment method")
    return {"account_id": gateway_account_id_of(instrument)}


def _refund_happens(row: dict[str, Any]) -> list[str]:
    happens = [_("Money that is not allocated goes first.")] if row["unallocated_minor"] else []
    if row["method"] == "gateway":
        happens.append(_("The payment service sends it back to where it came from."))
    else:
        happens.append(_("It is booked as paid back by hand: send the money yourself."))
    happens.append(_("The customer is told by e-mail when it is paid."))
    return happens


def _refund_told(status: str) -> str:
    if status == "failed":
        return _("The payment service refused the refund.")
    return _("The refund is paid.") if status == "completed" else _("The refund is on its way.")


def _retry_told(status: str) -> str:
    return {
        "completed": _("The payment went through."),
        "failed": _("The payment failed again."),
    }.get(status, _("The payment is being processed."))
