"""Autopay on a customer's page: what was agreed and by whom, the stored cards, and what is charged next."""

from collections.abc import Mapping
from datetime import date
from typing import Any, Final
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tallystick.customers import queries as customers
from tallystick.foundation import settings_store
from tallystick.foundation.errors import NotFound
from tallystick.foundation.ids import public_id
from tallystick.gateways import queries as gateways
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, at_once, carry_out
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.payment_forms import ConfirmForm
from tallystick.interfaces.kit.autopay_form import DEFAULT_METHOD, AgreedForm, ChargeDayField, cap_of
from tallystick.interfaces.kit.forms import Card, KitForm, RadioCards
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.payments.terms import terms_hash
from tallystick.usecases import autopay, autopay_run, methods
from tallystick.usecases.autopay_run import Charge, NotCharged
from tallystick.usecases.roles import Permission
from tallystick.wire import builders, words
from tallystick.wire.ids import method_id_of

_WHY_NOT: Final[Mapping[NotCharged, Any]] = {
    NotCharged.SETTLED: gettext_lazy("Nothing of it is left"),
    NotCharged.NOT_DUE: gettext_lazy("Its day has not come"),
    NotCharged.ENDED: gettext_lazy("Automatic payment is off"),
    NotCharged.EXEMPT: gettext_lazy("Its subscription is collected by hand"),
    NotCharged.PROMISED: gettext_lazy("A bank transfer is promised"),
    NotCharged.PAID_BACK: gettext_lazy("Its money went back to the customer"),
    NotCharged.GIVEN_UP: gettext_lazy("Declined, and no other try is planned"),
    NotCharged.ABOVE_CAP: gettext_lazy("Not within the cap"),
    NotCharged.NO_METHOD: gettext_lazy("No card that can be charged"),
    NotCharged.GATEWAY_OFF: gettext_lazy("The payment service of the card is switched off"),
    NotCharged.IN_PROGRESS: gettext_lazy("Another payment is under way"),
}
# Nobody has to do anything about these.
_AS_AGREED: Final = {NotCharged.EXEMPT, NotCharged.PROMISED, NotCharged.IN_PROGRESS}
_THROUGH: Final = {
    "contact": gettext_lazy("In the portal"),
    "link": gettext_lazy("By a payment link, with the card that was paid with"),
    "staff": gettext_lazy("Recorded by staff"),
    "api_key": gettext_lazy("Recorded by a program"),
    "system": gettext_lazy("Recorded by the system"),
}
_LOOKS: Final = {
    "usable": ("success", "check", gettext_lazy("Can be charged")),
    "expiring": ("warning", "clock", gettext_lazy("Expires soon")),
    "expired": ("warning", "clock", gettext_lazy("Expired")),
    "refused": ("danger", "x", gettext_lazy("Declined for good")),
}


class AgreementForm(AgreedForm):
    """What the customer agreed to, as staff record it."""

    method = forms.ChoiceField(label=gettext_lazy("Charged card"), widget=RadioCards)
    charge_day = ChargeDayField(label=gettext_lazy("When"), help_text=gettext_lazy("Never after the due date."))
    evidence = forms.CharField(
        label=gettext_lazy("How did the customer agree?"),
        max_length=autopay.LONGEST_EVIDENCE,
        help_text=gettext_lazy("Such as: signed form of 3 May. The customer reads it."),
    )
    field_order = ("method", "charge_day", "cap", "evidence")
    cap_label = gettext_lazy("Up to")
    cap_help = gettext_lazy("A charge above it is not made: the customer is asked. Empty for any amount.")


class EndForm(KitForm):
    """Why autopay ends."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=autopay.LONGEST_REASON, required=False)


def autopay_shown(request: StaffRequest, customer_id: UUID, public: str) -> dict[str, Any]:
    """This function will return what a customer's page shows of autopay, stored cards and the charges to come."""
    agreed = autopay_queries.agreement(customer_id)
    charged_id = _charged_id(customer_id, agreed)
    stored = [_method(request, row, public, charged_id) for row in payments.methods(customer_id)]
    may_agree = request.actor.may(Permission.MANAGE_AUTOPAY)
    usable = any(each["state"] != "refused" for each in stored)
    agree_link = Link(
        label=_("Change") if agreed else _("Record agreement"), url=reverse("office:autopay-agree", args=[public])
    )
    end_link = Link(label=_("End"), url=reverse("office:autopay-end", args=[public]))
    return {
        "agreed": agreed,
        "through": _THROUGH[agreed["accepted_through"]] if agreed else "",
        "cap": cap_of(agreed),
        "charged": next((each for each in stored if each["is_charged"]), None),
        "methods": stored,
        "charges": [charge_shown(each, request.today) for each in autopay_run.charges_of(customer_id)]
        if agreed
        else [],
        "past": autopay_queries.past_agreements(customer_id),
        "agree": agree_link if may_agree and usable else None,
        "end": end_link if may_agree and agreed else None,
    }


def charge_shown(charge: Charge, today: date) -> dict[str, Any]:
    """This function will return what pages show of an expected payment that autopay charges, or does not."""
    found = charge.payment
    return {
        "number": found.invoice_number,
        "url": addresses.payment_url(found.payment_id),
        "minor": found.open_minor,
        "currency": found.currency,
        "day": charge.charge_date,
        "is_now": charge.is_now(today),
        "tried_before": found.was_declined,
        "why_not": "" if charge.why_not is None else _WHY_NOT[charge.why_not],
        "tone": "neutral" if charge.why_not in _AS_AGREED else "warning",
    }


@page(Permission.MANAGE_AUTOPAY)
def agree(request: StaffRequest, public: str) -> HttpResponse:
    """This function will record what a customer agreed to, in the words of the business."""
    customer_id = addresses.customer_id_of(public)
    row = customers.customer(customer_id)
    agreed = autopay_queries.agreement(customer_id)
    terms = settings_store.get(autopay.TERMS)
    form = AgreementForm(request.POST or None, agreed=agreed, cards=_cards(customer_id), currency=row["currency"])
    act = Act(
        title=_("Change automatic payment") if agreed else _("Record automatic payment"),
        lead=row["name"],
        submit=_("The customer accepted these words"),
        back=addresses.customer_url(customer_id),
        happens=[
            _("Open and new invoices are charged by themselves: overdue ones within the hour."),
            _("All contacts are told by e-mail, with the words that were accepted."),
        ],
        done=_("Automatic payment is on."),
    )
    return carry_out(
        request,
        act,
        form,
        lambda told: autopay.agree(
            **asked(request),
            customer_id=customer_id,
            terms_sha256=request.POST.get("terms_sha256", ""),
            evidence=told["evidence"],
            **form.agreed(),
        ),
        template="backoffice/autopay_agree.html",
        context={"terms": terms, "terms_sha256": terms_hash(terms)},
    )


@page(Permission.MANAGE_AUTOPAY)
def end(request: StaffRequest, public: str) -> HttpResponse:
    """This function will end a customer's autopay."""
    customer_id = addresses.customer_id_of(public)
    act = Act(
        title=_("End automatic payment?"),
        lead=customers.customer(customer_id)["name"],
        submit=_("End automatic payment"),
        tone="danger",
        back=addresses.customer_url(customer_id),
        happens=[
            _("Nothing is charged by itself any more; what was planned to be tried again is not."),
            _("All contacts are told by e-mail."),
        ],
        done=_("Automatic payment has ended."),
    )
    return carry_out(
        request,
        act,
        EndForm(request.POST or None),
        lambda told: autopay.end(**asked(request), customer_id=customer_id, **told),
    )


@require_POST
@page(Permission.MANAGE_METHODS)
def make_default(request: StaffRequest, public: str, method: str) -> HttpResponse:
    """This function will make a stored card the default one."""
    customer_id = addresses.customer_id_of(public)
    row = payments.method(method_id_of(method), of_customer=customer_id)
    return at_once(
        request,
        lambda: methods.make_default(**asked(request), method_id=row["id"]),
        back=addresses.customer_url(customer_id),
        message=_("The card is the default one now."),
    )


@page(Permission.MANAGE_METHODS)
def remove_method(request: StaffRequest, public: str, method: str) -> HttpResponse:
    """This function will say what removing a stored card means, and remove it when that is confirmed."""
    customer_id, method_id = addresses.customer_id_of(public), method_id_of(method)
    stored = {row["id"]: row for row in payments.methods(customer_id)}
    # A form that is sent twice finds it removed by the first time.
    is_repeated = request.method == "POST" and payments.was_removed(method_id, of_customer=customer_id)
    if method_id not in stored and not is_repeated:
        raise NotFound(kind="payment method")
    name = _name(stored[method_id]) if method_id in stored else _("this card")
    act = Act(
        title=_("Remove %(card)s?") % {"card": name},
        lead=customers.customer(customer_id)["name"],
        submit=_("Remove"),
        tone="danger",
        back=addresses.customer_url(customer_id),
        happens=_removal_happens(customer_id, method_id, stored),
        done=_("The card is removed."),
    )
    return carry_out(
        request,
        act,
        ConfirmForm(request.POST or None),
        lambda _told: methods.remove(**asked(request), method_id=method_id),
    )


def _removal_happens(customer_id: UUID, method_id: UUID, stored: Mapping[UUID, Row]) -> list[str]:
    happens = [_("It is charged no more. Payments that were made with it stay as they are.")]
    heir_id = payments.next_default(customer_id, without=method_id)
    heir = {"card": _name(stored[heir_id])} if heir_id is not None else None
    if heir and method_id in stored and stored[method_id]["is_default"]:
        happens.append(_("%(card)s becomes the default one.") % heir)
    if method_id == _charged_id(customer_id, autopay_queries.agreement(customer_id)):
        if heir:
            happens.append(_("Automatic payment goes on with %(card)s. All contacts are told by e-mail.") % heir)
        else:
            happens.append(_("Automatic payment ends: no card is left. All contacts are told by e-mail."))
    return happens


def _method(request: StaffRequest, row: Row, customer: str, charged_id: UUID | None) -> dict[str, Any]:
    address = [customer, public_id(builders.PAYMENT_METHOD, row["id"])]
    state = payments.method_state(row, today=request.today)
    tone, symbol, word = _LOOKS[state]
    may = request.actor.may(Permission.MANAGE_METHODS)
    default = Link(
        label=_("Make it the default"), url=reverse("office:method-default", args=address), icon="star", post=True
    )
    remove = Link(label=_("Remove"), url=reverse("office:method-remove", args=address), icon="trash", tone="danger")
    return {
        **row,
        "public": address[1],
        "name": _name(row),
        "expiry": _expiry(row),
        "state": state,
        "tone": tone,
        "symbol": symbol,
        "word": word,
        "is_charged": row["id"] == charged_id,
        "make_default": default if may and not row["is_default"] and state != "refused" else None,
        "remove": remove if may else None,
    }


def _charged_id(customer_id: UUID, agreed: Row | None) -> UUID | None:
    found = autopay_queries.charged_method(customer_id, agreed["method_id"]) if agreed else None
    return None if found is None else found.id


def _name(row: Row) -> str:
    return words.method_words("gateway", brand=row["brand"], last_four=row["last_four"])


def _expiry(row: Row) -> str:
    return f"{row['expiry_month']:02d}/{row['expiry_year']}"


def _cards(customer_id: UUID) -> list[tuple[str, Card]]:
    accounts = {each["id"]: each["name"] for each in gateways.accounts()}
    stored = [row for row in payments.methods(customer_id) if not row["refused_code"]]
    found = [
        (
            public_id(builders.PAYMENT_METHOD, row["id"]),
            Card(
                _name(row),
                _("%(expiry)s, stored at %(name)s") % {"expiry": _expiry(row), "name": accounts[row["account_id"]]},
                icon="card",
            ),
        )
        for row in stored
    ]
    if any(row["is_default"] for row in stored):
        detail = _("Whichever that is on the day of a charge.")
        found.insert(0, (DEFAULT_METHOD, Card(_("The default card"), detail, icon="star")))
    return found
