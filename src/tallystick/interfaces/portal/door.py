"""The way in: contacts of customers alone, as an actor narrowed to their customer, at a moment, in its time zone."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, Final, ParamSpec, TypeVar, cast
from urllib.parse import urlencode
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.cache import patch_cache_control

from tallystick.customers import queries as customers
from tallystick.customers.signed_in import SignedInContact
from tallystick.foundation.business import locale_read
from tallystick.foundation.clock import business_zone, local_date, now
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.paging import CursorNotAccepted
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.kit.acting import OwnAccount, acting_contact, own_contacts, shown_accounts
from tallystick.interfaces.kit.context import Business
from tallystick.interfaces.kit.languages import chosen_language, speak
from tallystick.interfaces.kit.signin import address_hash, business_shown
from tallystick.usecases.enrol import actor_of
from tallystick.usecases.frame import scope_of
from tallystick.usecases.roles import Permission
from tallystick.usecases.view_as import Viewed

P = ParamSpec("P")
Response = TypeVar("Response", bound=HttpResponseBase)
_READING: Final = {"GET", "HEAD"}


class CustomerRequest(HttpRequest):
    """A request for one customer: who acts, for which customer, when, and which day that is for the business."""

    actor: Actor
    customer_id: UUID
    customer: dict[str, Any]
    at: datetime
    today: date
    business: Business
    # Where the switch of languages is sent, also on a page that says no.
    language_url: str
    # What the actor may do, for templates.
    may: dict[str, bool]


class ContactRequest(CustomerRequest):
    """A request of a contact."""

    contact_id: UUID
    # The customers between which whoever is signed in can switch; empty where there is only one.
    accounts: Sequence[OwnAccount]


ContactView = Callable[Concatenate[ContactRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(permission: Permission = Permission.VIEW) -> Callable[[ContactView[P]], View[P]]:
    """This function will make a view one for contacts who hold the right; strangers are sent to sign in. Staff pass
    while they see the portal as a contact does (`portal.viewing`).

    What belongs to somebody else is answered as what does not exist.
    """

    def decorate(view: ContactView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated:
                return to_sign_in(request)
            viewed: Viewed | None = getattr(request, "viewed", None)
            own = () if viewed is not None or user.is_staff else own_contacts(request, user.id)
            person = viewed.contact if viewed is not None else _chosen(request, own, user.id)
            if person is None:
                if own:
                    return _to_choice(request)
                raise PermissionDenied
            contact = cast("ContactRequest", request)
            contact.accounts = shown_accounts(own, person.id)
            actor = viewed.actor if viewed is not None else actor_of(person)
            let_in(contact, actor, own_language=person.language)
            contact.contact_id = person.id

            def answer() -> HttpResponseBase:
                actor.require(permission)
                return view(contact, *args, **kwargs)

            try:
                return answered(contact, answer)
            except Http404:
                if not contact.accounts:
                    raise
                # It says the same of what was never there and of what the others of theirs have.
                wanted = request.get_full_path() if request.method in _READING else reverse("portal:home")
                return for_nobody_else(render(request, "portal/missing.html", {"next": wanted}, status=404))

        return guarded

    return decorate


def answered(request: CustomerRequest, answer: Callable[[], HttpResponseBase]) -> HttpResponseBase:
    """This function will return a view's answer, in the customer's time zone and for nobody else's eyes.

    What belongs to somebody else is answered as what does not exist.
    """
    try:
        with timezone.override(_zone(request.customer)):
            response = answer()
    except NotAllowed as error:
        raise PermissionDenied from error
    except NotFound as error:
        raise Http404 from error
    except CursorNotAccepted as error:
        raise BadRequest(str(error)) from error
    return for_nobody_else(response)


def for_nobody_else(response: Response) -> Response:
    """This function will have an answer kept by no cache: the browser asks again."""
    patch_cache_control(response, private=True, no_cache=True, no_store=True)
    return response


def let_in(request: CustomerRequest, actor: Actor, *, own_language: str | None = None) -> None:
    """This function will tell a request who acts, for which customer, when, and what they may do, and speak to them.

    `own_language` is that of a contact, empty for none of its own. Who is none reads what this browser chose, else what
    the customer reads, else what the browser asks for.
    """
    customer_id = scope_of(actor)
    if customer_id is None:
        raise PermissionDenied
    request.actor = replace(actor, address=address_hash(request))
    request.customer_id = customer_id
    request.customer = customers.customer(customer_id)
    if own_language is not None:
        speak(locale_read(own_language, request.customer["language"]))
    elif request.customer["language"] and not chosen_language(request):
        speak(request.customer["language"])
    request.at = now()
    request.today = local_date(request.at)
    request.business = business_shown()
    request.language_url = reverse("kit:language" if own_language is None else "portal:language")
    request.may = {
        "pay": actor.may(Permission.COLLECT_PAYMENTS),
        "redeem": actor.may(Permission.REDEEM_VOUCHERS),
        "download": actor.may(Permission.DOWNLOAD),
        "manage_methods": actor.may(Permission.MANAGE_METHODS),
        "manage_autopay": actor.may(Permission.MANAGE_AUTOPAY),
        "manage_contacts": actor.may(Permission.MANAGE_CONTACTS),
    }


def _chosen(request: HttpRequest, own: Sequence[SignedInContact], user_id: UUID) -> customers.ContactFacts | None:
    acting = acting_contact(request, user_id) if own else None
    return None if acting is None else acting.facts


def _zone(customer: dict[str, Any]) -> ZoneInfo:
    """A customer's own zone decides what they read, never a due date (`docs/model.md`, 25)."""
    return ZoneInfo(customer["time_zone"]) if customer["time_zone"] else business_zone()


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """This function will lead a stranger to sign in, and from there to the page that was wanted."""
    return _whole_page_again(request) or redirect_to_login(request.get_full_path())


def _to_choice(request: HttpRequest) -> HttpResponse:
    """Lead to the choice of a customer, then to the page that was wanted; what a form asks for is not done."""
    wanted = f"?{urlencode({'next': request.get_full_path()})}" if request.method in _READING else ""
    return _whole_page_again(request) or HttpResponseRedirect(reverse("portal:accounts") + wanted)


def _whole_page_again(request: HttpRequest) -> HttpResponse | None:
    """A part of a page cannot show another page: the whole page is asked for again, and leads there."""
    is_part = request.headers.get("HX-Request")
    return HttpResponse(status=204, headers={"HX-Refresh": "true"}) if is_part else None
