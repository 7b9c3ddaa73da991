"""Setting up: API keys, and the clock of a demonstration."""

from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_POST, require_safe

from tallystick.customers import queries as customers
from tallystick.foundation import api_keys
from tallystick.foundation.ids import parse_public_id, public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, Link, asked, at_once, carry_out, refusals, show
from tallystick.interfaces.backoffice.audit import history_of_kinds
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.backoffice.naming import Row
from tallystick.interfaces.backoffice.permissions import PermissionForm, words_of
from tallystick.interfaces.kit.forms import KitForm
from tallystick.usecases import demo_clock, keys
from tallystick.usecases.roles import Permission
from tallystick.wire import builders


class KeyForm(PermissionForm):
    """What a new key is called and may do; nobody hands out what they may not do themselves."""

    name = forms.CharField(label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("Which program uses it."))
    customer = customer_field(
        label=gettext_lazy("Only for one customer"),
        required=False,
        help_text=gettext_lazy("The key then sees nothing else. Leave empty for all."),
    )
    chooses_nothing = gettext_lazy("Choose at least one thing that the key may do.")


@require_safe
@page(Permission.MANAGE_API_KEYS)
def key_list(request: StaffRequest) -> HttpResponse:
    """This function will show the API keys; their secrets are known to nobody here."""
    rows = api_keys.all_keys()
    names = customers.names(row["scope_id"] for row in rows if row["scope_id"])
    context = {
        "keys": [_shown(row, names.get(row["scope_id"], "")) for row in rows],
        "history": history_of_kinds(request, "api_key"),
    }
    return render(request, "backoffice/keys.html", context)


def _shown(row: Row, scope: str) -> dict[str, Any]:
    """A key with what it may do: the titles of the groups, and the sentences behind them."""
    groups = words_of(row["permissions"])
    url = reverse("office:revoke-key", args=[public_id(builders.API_KEY, row["id"])])
    return {
        **row,
        "scope": scope,
        "groups": groups,
        "may_do": ", ".join(each["title"] for each in groups),
        "revoke": Link(label=_("Revoke"), url=url, icon="x-circle", tone="danger"),
    }


@page(Permission.MANAGE_API_KEYS)
@sensitive_variables("made")
def new_key(request: StaffRequest) -> HttpResponse:
    """This function will create a key and show its secret, here and never again: so there is no redirect."""
    form = KeyForm(request.POST or None, may=request.actor.permissions, has=[Permission.VIEW])
    if form.is_valid():
        told = form.cleaned_data
        with refusals(form):
            made = keys.create_api_key(
                actor=request.actor,
                at=request.at,
                name=told["name"],
                permissions=told["permissions"],
                customer_id=addresses.customer_id_of(told["customer"]) if told["customer"] else None,
            )
            response = render(request, "backoffice/key_made.html", {"made": made})
            response["Cache-Control"] = "no-store"
            return response
    act = Act(
        title=_("Create an API key"),
        lead=_("The key is shown once. Keep it where the program finds it."),
        submit=_("Create key"),
        back=reverse("office:keys"),
    )
    return show(request, act, form)


@page(Permission.MANAGE_API_KEYS)
def revoke_key(request: StaffRequest, public: str) -> HttpResponse:
    """This function will switch a key off."""
    key_id = parse_public_id(builders.API_KEY, public, kind="API key")
    row = api_keys.key(key_id)
    act = Act(
        title=_("Revoke “%(name)s”?") % {"name": row["name"]},
        submit=_("Revoke"),
        tone="danger",
        back=reverse("office:keys"),
        happens=[_("The program that uses it is refused from now on. This cannot be undone.")],
        done=_("The key works no more."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: keys.revoke_api_key(actor=request.actor, at=request.at, key_id=key_id),
    )


@require_POST
@page(Permission.CHANGE_SETTINGS)
def clock(request: StaffRequest) -> HttpResponse:
    """This function will move the clock of a demonstration forward."""
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}):
        back = reverse("office:home")
    return at_once(
        request,
        lambda: demo_clock.move_demo_clock(**asked(request), step=request.POST.get("step", "")),
        back=back,
        message=_("The clock is moved. What the days bring is being done."),
    )
