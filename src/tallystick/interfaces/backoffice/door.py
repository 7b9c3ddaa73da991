"""The way in: members of staff alone, as an actor, at a moment, in the business's time zone."""

from collections.abc import Callable
from datetime import date, datetime
from functools import wraps
from typing import Concatenate, ParamSpec, cast

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils import timezone
from django.utils.cache import patch_cache_control

from tallystick.foundation import business, settings_store
from tallystick.foundation.clock import business_zone, local_date, now
from tallystick.foundation.errors import NotAllowed, NotFound
from tallystick.foundation.models import User
from tallystick.foundation.paging import CursorNotAccepted
from tallystick.foundation.permissions import Actor, staff_actor
from tallystick.interfaces.kit.context import Business
from tallystick.usecases.roles import Permission

P = ParamSpec("P")


class StaffRequest(HttpRequest):
    """A request of a member of staff: who acts, when, and which day that is for the business."""

    actor: Actor
    at: datetime
    today: date
    business: Business


StaffView = Callable[Concatenate[StaffRequest, P], HttpResponseBase]
View = Callable[Concatenate[HttpRequest, P], HttpResponseBase]


def page(permission: Permission = Permission.VIEW) -> Callable[[StaffView[P]], View[P]]:
    """This function will make a view one for staff who hold the permission; strangers are sent to sign in.

    What use cases and queries refuse becomes the designed pages: 403 for what one may not, 404 for what is not there.
    """

    def decorate(view: StaffView[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponseBase:
            user = request.user
            if not user.is_authenticated:
                return _to_sign_in(request)
            if not (user.is_staff and user.is_active):
                raise PermissionDenied
            staff = _as_staff(request, user)
            try:
                with timezone.override(business_zone()):
                    staff.actor.require(permission)
                    response = view(staff, *args, **kwargs)
            except NotAllowed as error:
                raise PermissionDenied from error
            except NotFound as error:
                raise Http404 from error
            except CursorNotAccepted as error:
                raise BadRequest(str(error)) from error
            # Nobody else's cache may keep it, and the browser asks again.
            patch_cache_control(response, private=True, no_cache=True)
            return response

        return guarded

    return decorate


def _as_staff(request: HttpRequest, user: User) -> StaffRequest:
    staff = cast("StaffRequest", request)
    staff.actor = staff_actor(user)
    staff.at = now()
    staff.today = local_date(staff.at)
    staff.business = Business(name=settings_store.get(business.NAME))
    return staff


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    if request.headers.get("HX-Request"):
        # A part of a page cannot show the sign-in page: the whole page is asked for again, and leads there.
        return HttpResponse(status=204, headers={"HX-Refresh": "true"})
    return redirect_to_login(request.get_full_path())
