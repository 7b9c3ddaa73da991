"""Stored payment methods: the list, the default one, and removing one after saying what that means."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.gateways.registry import storing_accounts
from tallystick.interfaces.portal.checkout import refused
from tallystick.interfaces.portal.door import ContactRequest, CustomerRequest, page
from tallystick.interfaces.portal.refusals import form_key
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.usecases import methods
from tallystick.usecases.roles import Permission
from tallystick.wire import builders, words
from tallystick.wire.ids import method_id_of


@dataclass(frozen=True, kw_only=True)
class MethodView:
    """A stored card as the customer reads it. `state` is usable, expiring, expired or refused."""

    id: UUID
    public: str
    account_id: UUID
    name: str
    expiry: str
    state: str
    is_default: bool
    is_charged: bool


@require_safe
@page()
def method_list(request: ContactRequest) -> HttpResponse:
    """This function will show the stored payment methods (E33, E38e)."""
    context = {
        "methods": shown_methods(request),
        "is_on": autopay_queries.agreement(request.customer_id) is not None,
        "may_add": may_add(request),
    }
    return render(request, "portal/methods.html", context)


@require_POST
@page(Permission.MANAGE_METHODS)
def make_default(request: ContactRequest, public: str) -> HttpResponse:
    """This function will make a stored method the default one."""
    back = reverse("portal:methods")
    method_id = _own(request, public)
    try:
        methods.make_default(actor=request.actor, at=request.at, method_id=method_id, idempotency_key=form_key(request))
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("This is your default payment method now."))
    return HttpResponseRedirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_METHODS)
def remove(request: ContactRequest, public: str) -> HttpResponse:
    """This function will say what removing a stored method means, and remove it when that is confirmed."""
    back = reverse("portal:methods")
    method_id = _own(request, public)
    if request.method != "POST":
        return render(request, "portal/method_remove.html", _what_it_means(request, method_id))
    try:
        methods.remove(actor=request.actor, at=request.at, method_id=method_id, idempotency_key=form_key(request))
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("The payment method is removed. It is charged no more."))
    return HttpResponseRedirect(back)


def shown_methods(request: CustomerRequest) -> list[MethodView]:
    """This function will return the customer's stored methods as they read today, the default first."""
    agreed = autopay_queries.agreement(request.customer_id)
    charged = autopay_queries.charged_method(request.customer_id, agreed["method_id"]) if agreed else None
    return [
        MethodView(
            id=row["id"],
            public=public_id(builders.PAYMENT_METHOD, row["id"]),
            account_id=row["account_id"],
            name=words.method_words("gateway", brand=row["brand"], last_four=row["last_four"]),
            expiry=_("Expires %(month)02d/%(year)d") % {"month": row["expiry_month"], "year": row["expiry_year"]},
            state=payments.method_state(row, today=request.today),
            is_default=row["is_default"],
            is_charged=charged is not None and row["id"] == charged.id,
        )
        for row in payments.methods(request.customer_id)
    ]


def may_add(request: CustomerRequest) -> bool:
    """This function will say whether the customer can add a payment method without paying."""
    return request.may["manage_methods"] and bool(storing_accounts())


def _own(request: ContactRequest, public: str) -> UUID:
    found: UUID = payments.method(method_id_of(public), of_customer=request.customer_id)["id"]
    return found


def _what_it_means(request: ContactRequest, method_id: UUID) -> dict[str, Any]:
    stored = shown_methods(request)
    method = next(each for each in stored if each.id == method_id)
    others = [each for each in stored if each.id != method_id]
    heir_id = payments.next_default(request.customer_id, without=method_id)
    return {
        "method": method,
        "others": others,
        "heir": next((each for each in others if each.id == heir_id), None),
    }
