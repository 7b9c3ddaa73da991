"""Doing something: a form on a page of its own, which scripts show in a dialog; sent once, answered by a redirect."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.functional import Promise
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tallystick.foundation.errors import Conflict, ExpectedError, Invalid, InvalidField
from tallystick.foundation.idempotency import IdempotencyKeyReused
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.kit.refusals import told

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
    # The word for leaving it, where "Cancel" could be taken for the act itself.
    leave: Text = ""
    # What is said when it is done, where that does not depend on the outcome.
    done: Text = ""


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


class Asked(TypedDict):
    """Who asks for something, when, and the key under which it is done once (S37)."""

    actor: Actor
    at: datetime
    idempotency_key: str


def asked(request: StaffRequest) -> Asked:
    """This function will return what every use case takes from a form that was sent."""
    return {"actor": request.actor, "at": request.at, "idempotency_key": request.POST.get("idempotency_key", "")}


def sentence(error: ExpectedError) -> str:
    """This function will say what an expected failure means for staff."""
    if isinstance(error, IdempotencyKeyReused):
        return _("This form was sent before, and that was done. To do it a second time, send it once more.")
    return told(error)


@contextmanager
def refusals(form: KitForm) -> Iterator[None]:
    """This function will put what a use case refuses beside the field that it is about, or above the form."""
    try:
        yield
    except (Conflict, Invalid) as error:
        name = error.name if isinstance(error, InvalidField) else error.field or ""
        own = _FIELDS.get(name, name.removesuffix("_minor").removesuffix("_id"))
        form.add_error(own if own in form.fields else None, sentence(error))


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


def carry_out(
    request: StaffRequest,
    act: Act,
    form: KitForm,
    do: Callable[[dict[str, Any]], object],
    *,
    template: str = "backoffice/act.html",
    context: Mapping[str, Any] | None = None,
) -> HttpResponse:
    """This function will do what a filled-in form asks for, go back and say so; else show the form and what is wrong.

    `do` is given the values of the form.
    """
    if form.is_valid():
        with refusals(form):
            do(form.cleaned_data)
            return done(request, act.back, act.done)
    return show(request, act, form, template=template, context=context)


def at_once(request: StaffRequest, act: Callable[[], object], *, back: str, message: Text) -> HttpResponse:
    """This function will do what a single button asks for, go back, and say what became of it."""
    try:
        act()
    except (Conflict, Invalid) as error:
        messages.error(request, sentence(error))
        return HttpResponseRedirect(back)
    return done(request, back, message)
