"""Doing something: a form on a page of its own, which scripts show in a dialog; sent once, answered by a redirect."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tallystick.foundation.errors import Conflict, Invalid, InvalidField
from tallystick.foundation.idempotency import IdempotencyKeyReused
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.kit.formatting import format_amount
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.markup import current_locale

Text = str | Promise | SafeString
# Where the kit shows a page as a dialog.
_DIALOG = "kit-dialog-body"
# How fields are called inside, where the form calls them otherwise.
_FIELDS = {"customer_id": "customer", "invoice_number": "invoice", "received_date": "received", "allocations": ""}


@dataclass(frozen=True, kw_only=True)
class Act:
    """What a form does: its title, the word on its button, and where it came from."""

    title: Text
    submit: Text
    back: str
    lead: Text = ""
    tone: str = "primary"
    # What will happen, a sentence each, before it happens.
    happens: Sequence[Text] = ()


@dataclass(frozen=True, kw_only=True)
class Link:
    """Something that can be done from here: a button or an entry of a menu. A post is a button without a form."""

    label: Text
    url: str
    icon: str = ""
    tone: str = ""
    dialog: bool = True
    post: bool = False
    # Whether it is the one thing that most people would do next.
    leads: bool = False


def form_key(request: StaffRequest) -> str:
    """This function will return the key that the form was given, under which it does its work once (S37)."""
    return request.POST.get("idempotency_key", "")


def sentence(error: Exception, currency: str = "") -> str:
    """This function will say what an expected failure says, with amounts as people read them."""
    if isinstance(error, IdempotencyKeyReused):
        return _("This form was sent before, and that was done. To do it a second time, send it once more.")
    facts = error.facts() if isinstance(error, (Conflict, Invalid)) else {}
    if currency and "left_minor" in facts:
        left = format_amount(facts["left_minor"], currency, current_locale())
        return _("Not more than %(amount)s is left for this.") % {"amount": left}
    if currency and "tolerance_minor" in facts:
        most = format_amount(facts["tolerance_minor"], currency, current_locale())
        return _("A small difference is above zero, at most %(amount)s, and has a reason.") % {"amount": most}
    return str(error)


@contextmanager
def refusals(form: KitForm, currency: str = "") -> Iterator[None]:
    """This function will put what a use case refuses beside the field that it is about, or above the form."""
    try:
        yield
    except (Conflict, Invalid) as error:
        name = error.name if isinstance(error, InvalidField) else error.field or ""
        own = _FIELDS.get(name, name.removesuffix("_minor").removesuffix("_id"))
        form.add_error(own if own in form.fields else None, sentence(error, currency))


def show(
    request: StaffRequest,
    act: Act,
    form: KitForm,
    *,
    template: str = "backoffice/act.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """This function will show a form: as a page, or inside the dialog of the page that asked for it."""
    in_dialog = request.headers.get("HX-Target") == _DIALOG
    frame = "backoffice/act_dialog.html" if in_dialog else "backoffice/act_page.html"
    # htmx shows no answer that says it failed, so in the dialog the form itself says it.
    status = 422 if form.is_bound and not in_dialog else 200
    values = {**(context or {}), "act": act, "form": form, "frame": frame}
    response = render(request, template, values, status=status)
    patch_vary_headers(response, ["HX-Target"])
    return response


def done(request: StaffRequest, url: str, message: Text) -> HttpResponse:
    """This function will lead to the result of what was done, and say so there."""
    messages.success(request, str(message))
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": url})
    return HttpResponseRedirect(url)


def at_once(
    request: StaffRequest, act: Callable[[], object], *, back: str, message: Text, currency: str = ""
) -> HttpResponse:
    """This function will do what a single button asks for, go back, and say what became of it."""
    try:
        act()
    except (Conflict, Invalid) as error:
        messages.error(request, sentence(error, currency))
        return HttpResponseRedirect(back)
    return done(request, back, message)
