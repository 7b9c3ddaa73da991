"""The theme switch, the brand stylesheet, and the living page that shows every component."""

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_POST, require_safe

from tallystick.foundation import business
from tallystick.foundation.errors import NotFound
from tallystick.interfaces.kit import markup, sample_data
from tallystick.interfaces.kit.brand import NotAColour, brand_stylesheet
from tallystick.interfaces.kit.context import THEME_COOKIE, THEMES, Business
from tallystick.interfaces.kit.icons import SHAPES
from tallystick.interfaces.kit.languages import keep_language
from tallystick.interfaces.kit.palette import Group, palette_results, picker_options
from tallystick.interfaces.kit.sample_forms import PayForm, PaymentForm, refused_payment
from tallystick.interfaces.kit.status import LOOKS
from tallystick.interfaces.kit.tables import table_response

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

_YEAR = 365 * 24 * 3600
_SAMPLES = frozenset({"payment", "portal", "pay", "signin", "record"})


@require_POST
def choose_theme(request: HttpRequest) -> HttpResponse:
    """This function will keep the chosen theme in a cookie and go back to the page."""
    response = HttpResponseRedirect(back_of(request))
    theme = request.POST.get("theme", "")
    if theme in THEMES:
        response.set_cookie(THEME_COOKIE, theme, max_age=_YEAR, samesite="Lax", secure=request.is_secure())
    return response


@require_POST
def choose_language(request: HttpRequest) -> HttpResponse:
    """This function will keep the chosen language in a cookie, for pages without sign-in, and go back to the page."""
    response = HttpResponseRedirect(back_of(request))
    keep_language(request, response, request.POST.get("language", ""))
    return response


def back_of(request: HttpRequest) -> str:
    """This function will return the page of this installation from which a switch was pressed, or the start."""
    back = request.POST.get("next", "/")
    return back if url_has_allowed_host_and_scheme(back, {request.get_host()}) else "/"


@require_safe
@cache_control(public=True, max_age=_YEAR, immutable=True)
def brand(_request: HttpRequest, colour: str) -> HttpResponse:
    """This function will return the stylesheet of a brand colour. The address says all, so it never changes."""
    try:
        return HttpResponse(brand_stylesheet(colour), content_type="text/css")
    except NotAColour as error:
        raise Http404 from error


@require_safe
@cache_control(public=True, max_age=_YEAR, immutable=True)
def logo(_request: HttpRequest, digest: str) -> HttpResponse:
    """This function will return a logo of the business. The address is its hash, so it never changes.

    It is a picture whoever opens it: what a drawing might run or load is refused by its own policy.
    """
    try:
        found = business.logo(digest)
    except NotFound as error:
        raise Http404 from error
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox"
    return HttpResponse(found.content, content_type=found.media_type, headers={"Content-Security-Policy": policy})


def _for_staff(view: View[P]) -> View[P]:
    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        user = getattr(request, "user", None)
        if not settings.DEMO and not (user is not None and user.is_authenticated and user.is_staff):
            if user is not None and user.is_authenticated:
                raise PermissionDenied
            return redirect_to_login(request.get_full_path())
        if request.GET.get("dir") in {"ltr", "rtl"}:
            request.direction = request.GET["dir"]  # type: ignore[attr-defined]
        return view(request, *args, **kwargs)

    return guarded


@require_safe
@_for_staff
def living_page(request: HttpRequest) -> HttpResponse:
    """This function will show every component in every state."""
    query = sample_data.TABLE.read(request.GET)
    page = sample_data.TABLE.page(query, request.path, sample_data.PAYMENTS[:4], next_cursor="next", count=_("4 of 12"))
    empty = sample_data.TABLE.page(sample_data.TABLE.read(request.GET), request.path, [])
    context = {
        "page": page,
        "empty_page": empty,
        "form": PaymentForm(),
        "refused": refused_payment(),
        "pay": PayForm(),
        "journal": sample_data.JOURNAL,
        "sample_shares": sample_data.SHARES,
        "changes": markup.changes(sample_data.CHANGES),
        "moment": sample_data.MOMENT,
        "customers": sample_data.CUSTOMERS,
        "states": LOOKS,
        "icons": sorted(SHAPES),
        "direction_parameter": request.GET.get("dir", ""),
    }
    return table_response(request, "kit/living.html", page, context)


@require_safe
@_for_staff
def sample(request: HttpRequest, name: str) -> HttpResponse:
    """This function will show a page composed of the components, as the real ones are."""
    if name == "payments":
        return _payments(request)
    if name not in _SAMPLES:
        raise Http404
    if name in {"portal", "pay", "signin"}:
        business = Business(name="Northwind Fibre", colour=request.GET.get("colour", "0f766e"))
        request.business = business  # type: ignore[attr-defined]
    context = {
        "payment": sample_data.PAYMENTS[0],
        "payments": sample_data.PAYMENTS[:4],
        "journal": sample_data.JOURNAL,
        "sample_shares": sample_data.SHARES,
        "moment": sample_data.MOMENT,
        "form": PayForm() if name == "pay" else PaymentForm(),
    }
    return render(request, f"kit/samples/{name}.html", context)


def _payments(request: HttpRequest) -> HttpResponse:
    query = sample_data.TABLE.read(request.GET)
    sought = query.search.casefold()
    rows = [
        row
        for row in sample_data.PAYMENTS
        if (not query.values("status") or row.state in query.values("status"))
        and (not query.values("currency") or row.currency in query.values("currency"))
        and (sought in row.description.casefold() or bool(row.customer and sought in row.customer.name.casefold()))
    ]
    page = sample_data.TABLE.page(
        query, request.path, rows, next_cursor="more", count=_("12 of about 1,284,000"), bulk_url=request.path
    )
    return table_response(request, "kit/samples/payments.html", page)


@require_safe
@_for_staff
def find_customers(request: HttpRequest) -> HttpResponse:
    """This function will answer the living page's picker."""
    return picker_options(request, sample_data.found_customers(request.GET.get("q", ""))[:8])


@require_safe
@_for_staff
def find_anything(request: HttpRequest) -> HttpResponse:
    """This function will answer the living page's command palette."""
    customers, payments = sample_data.found_entries(request.GET.get("q", ""))
    return palette_results(request, [Group(_("Customers"), customers), Group(_("Payments"), payments)])
