"""Staff who see the portal as a contact does look, and do nothing else: here every page of the portal is refused or let
through, whoever wrote its view.
"""

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, Final

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control

from tallystick.customers import queries as customers
from tallystick.foundation.clock import now
from tallystick.foundation.permissions import staff_actor
from tallystick.foundation.transactions import WouldWriteError, read_only
from tallystick.interfaces.kit.signin import business_shown
from tallystick.interfaces.kit.viewing import Viewing, forget_view, view_in
from tallystick.usecases.view_as import Viewed, viewed

_LOOKING: Final = {"GET", "HEAD", "OPTIONS"}


class LookOnlyMiddleware:
    """Lets staff see the portal by a view that they began, and refuses whatever would change anything."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], args: Any, kwargs: Any
    ) -> HttpResponseBase | None:
        """This function will answer for a page of the portal that staff look at, and leave every other request alone.

        Not only other methods than those of looking are refused, but also pages that would write while they are looked
        at, such as a receipt that was never issued: the database itself is told to write nothing.
        """
        user, match = request.user, request.resolver_match
        if match is None or match.app_names != ["portal"] or not user.is_authenticated or not user.is_staff:
            return None
        view_id = view_in(request)
        if view_id is None:
            return None
        found = viewed(actor=staff_actor(user), at=now(), view_id=view_id)
        request.business = business_shown()  # type: ignore[attr-defined]
        if found is None:
            forget_view(request)
            return _answer(request, "portal/viewing_over.html")
        request.viewed = found  # type: ignore[attr-defined]
        request.viewing = _shown(found)  # type: ignore[attr-defined]
        if request.method not in _LOOKING:
            return _answer(request, "portal/viewing_refused.html")
        try:
            with read_only():
                return view(request, *args, **kwargs)
        except WouldWriteError:
            return _answer(request, "portal/viewing_refused.html")


def _shown(found: Viewed) -> Viewing:
    contact = found.contact
    return Viewing(
        customer=customers.customer_row(contact.customer_id).name,
        contact=contact.name or contact.email,
        email=contact.email,
        ends_at=found.ends_at,
    )


def _answer(request: HttpRequest, template: str) -> HttpResponse:
    response = render(request, template, status=HTTPStatus.FORBIDDEN)
    patch_cache_control(response, private=True, no_cache=True, no_store=True)
    return response
