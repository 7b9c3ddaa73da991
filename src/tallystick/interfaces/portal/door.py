"""The way in: contacts of customers alone, as an actor narrowed to their customer, at a moment, in its time zone."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Any, Concatenate, ParamSpec, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control

from tallystick.customers import queries as customers
from tallystick.foundation.business import locale_read
from tallystick.foundation.clock import business_zone, local_date, now
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.models import User
from tallystick.foundation.paging import CursorNotAccepted
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.kit.context import Business
from tallystick.interfaces.kit.languages import chosen_language, speak
from tallystick.interfaces.kit.signin import business_shown
from tallystick.usecases.enrol import actor_of
from tallystick.usecases.frame import scope_of
from tallystick.usecases.roles import Permission
from tallystick.usecases.view_as import Viewed

P = ParamSpec("P")


class CustomerRequest(HttpRequest):
    """A request for one customer: who acts, for which customer, when, and which day that is for the business."""

    actor: Actor
    customer_id: UUID
    customer: dict[str, Any]
    at: datetime
    today: date
    business: Business
    # What the actor may do, for templates.
    may: dict[str, bool]


class ContactRequest(CustomerRequest):
    """A request of a contact."""

    contact_id: UUID


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
                return _to_sign_in(request)
            viewed: Viewed | None = getattr(request, "viewed", None)
            person = _person(user, viewed)
            if person is None:
                raise PermissionDenied
            contact = cast("ContactRequest", request)
            actor = viewed.actor if viewed is not None else actor_of(person)
            let_in(contact, actor, own_language=person.language)
            contact.contact_id = person.id

            def answer() -> HttpResponseBase:
                actor.require(permission)
                return view(contact, *args, **kwargs)

            return answered(contact, answer)

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
    # Nobody else's cache may keep it, and the browser asks again.
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
    request.actor = actor
    request.customer_id = customer_id
    request.customer = customers.customer(customer_id)
    if own_language is not None:
        speak(locale_read(own_language, request.customer["language"]))
    elif request.customer["language"] and not chosen_language(request):
        speak(request.customer["language"])
    request.at = now()
    request.today = local_date(request.at)
    request.business = business_shown()
    request.may = {
        "pay": actor.may(Permission.COLLECT_PAYMENTS),
        "redeem": actor.may(Permission.REDEEM_VOUCHERS),
        "download": actor.may(Permission.DOWNLOAD),
        "manage_methods": actor.may(Permission.MANAGE_METHODS),
        "manage_autopay": actor.may(Permission.MANAGE_AUTOPAY),
        "manage_contacts": actor.may(Permission.MANAGE_CONTACTS),
    }


def _person(user: User, viewed: Viewed | None) -> customers.ContactFacts | None:
    """Who reads: the contact whose view staff see, or whoever is signed in; nobody, for other staff and strangers."""
    if viewed is not None:
        return viewed.contact
    return None if user.is_staff else customers.contact_of_user(user.id)


def _zone(customer: dict[str, Any]) -> ZoneInfo:
    """A customer's own zone decides what they read, never a due date (`docs/model.md`, 25)."""
    return ZoneInfo(customer["time_zone"]) if customer["time_zone"] else business_zone()


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # A part of a page cannot show the sign-in page: the whole page is asked for again, and leads there.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())
