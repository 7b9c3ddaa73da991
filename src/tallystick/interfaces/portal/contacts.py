"""The people of the customer: who may do what here, inviting somebody, and removing somebody (B2; model 32)."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tallystick.customers import queries
from tallystick.customers.queries import ContactFacts
from tallystick.customers.rights import ALL_RIGHTS, Right
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.foundation.staff import addresses_among
from tallystick.interfaces.kit.contact_form import (
    RIGHTS,
    MailsForm,
    NewPersonForm,
    PersonForm,
    mails_chosen,
    person_known,
)
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.portal.checkout import refused
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.refusals import asked, say_beside
from tallystick.usecases import enrol, people
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.ids import contact_id_of


class OwnPersonForm(PersonForm):
    """The contact who is signed in: the right to manage contacts does not go by a slip of the hand."""

    gives_up_managing = forms.BooleanField(
        label=gettext_lazy("I do not want to manage contacts any more"),
        required=False,
        help_text=gettext_lazy("Tick this as well when you take “Manage contacts” from yourself."),
    )
    field_order = ["name", "phone", "language", "rights", "gives_up_managing", "mails", "notice_days"]


@dataclass(frozen=True, kw_only=True)
class PersonView:
    """A contact as the others read it. `may` are the words of its rights."""

    public: str
    name: str
    email: str
    phone: str
    may: tuple[str, ...]
    is_self: bool
    can_sign_in: bool


@require_safe
@page(Permission.MANAGE_CONTACTS)
def contact_list(request: ContactRequest) -> HttpResponse:
    """This function will show the people of the customer, and what each may do."""
    everybody = queries.contacts(request.customer_id)
    withheld = addresses_among(each.email for each in everybody)
    found = [_shown(request, each, withheld) for each in everybody]
    return render(request, "portal/contacts.html", {"people": found})


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_CONTACTS)
def invite(request: ContactRequest) -> HttpResponse:
    """This function will add somebody, who gets a mail that says how to sign in, and may look unless more is chosen."""
    form = NewPersonForm(request.POST or None, initial={"rights": [Right.VIEW]}, offered=_own_rights(request))
    if form.is_valid():
        try:
            enrol.add_contact(**asked(request), customer_id=request.customer_id, invites=True, **form.cleaned_data)
        except (Conflict, Invalid) as error:
            say_beside(form, error)
        else:
            messages.success(request, _("%(name)s is invited, and gets a mail.") % {"name": form.cleaned_data["name"]})
            return HttpResponseRedirect(reverse("portal:contacts"))
    return _show(request, "portal/contact_invite.html", form, {})


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_CONTACTS)
def contact_page(request: ContactRequest, public: str) -> HttpResponse:
    """This function will show one of the people, and change what they may do.

    Rights beyond those of whoever asks are shown, and stay as they are.
    """
    found = queries.contact(contact_id_of(public), of_customer=request.customer_id)
    own = _own_rights(request)
    is_self = found.id == request.contact_id
    form = (OwnPersonForm if is_self else PersonForm)(
        request.POST or None, initial=person_known(found), offered=own, notice=people.notice()
    )
    if form.is_valid():
        told = form.cleaned_data
        gives_up = told.pop("gives_up_managing", False)
        kept = [right for right in found.rights if right not in own]
        try:
            people.change_contact(
                **asked(request),
                customer_id=request.customer_id,
                contact_id=found.id,
                changes={**told, "rights": [*told["rights"], *kept]},
                gives_up_managing=gives_up,
            )
        except (Conflict, Invalid) as error:
            say_beside(form, error)
        else:
            messages.success(request, _("The changes are saved."))
            return HttpResponseRedirect(reverse("portal:profile" if gives_up else "portal:contacts"))
    beyond = [RIGHTS[right] for right in ALL_RIGHTS if right in found.rights and right not in own]
    return _show(request, "portal/contact.html", form, {"person": _shown(request, found), "beyond": beyond})


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_CONTACTS)
def remove(request: ContactRequest, public: str) -> HttpResponse:
    """This function will say what removing somebody means, and remove them when that is confirmed."""
    contact_id = contact_id_of(public)
    if request.method != "POST":
        found = queries.contact(contact_id, of_customer=request.customer_id)
        return render(request, "portal/contact_remove.html", {"person": _shown(request, found)})
    back = reverse("portal:contacts")
    try:
        # Not looked up before: a second press of the button finds nobody, and gets the first answer.
        people.remove_contact(**asked(request), customer_id=request.customer_id, contact_id=contact_id)
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("This person is removed, and signed out everywhere."))
    return HttpResponseRedirect(back)


@require_POST
@page(Permission.MANAGE_CONTACTS)
def let_in(request: ContactRequest, public: str) -> HttpResponse:
    """This function will let somebody sign in who is a contact already, and gets a mail that says how."""
    found = queries.contact(contact_id_of(public), of_customer=request.customer_id)
    back = reverse("portal:contacts")
    try:
        enrol.open_portal(**asked(request), customer_id=request.customer_id, contact_id=found.id)
    except (Conflict, Invalid) as error:
        return refused(request, error, back)
    messages.success(request, _("%(name)s is invited, and gets a mail.") % {"name": found.name or found.email})
    return HttpResponseRedirect(back)


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def notifications(request: ContactRequest) -> HttpResponse:
    """This function will show which mails go to whoever is signed in, and change that (B3)."""
    me = queries.contact(request.contact_id, of_customer=request.customer_id)
    form = MailsForm(request.POST or None, initial=mails_chosen(me), notice=people.notice())
    if form.is_valid():
        try:
            people.change_contact(
                **asked(request), customer_id=request.customer_id, contact_id=me.id, changes=form.cleaned_data
            )
        except (Conflict, Invalid) as error:
            say_beside(form, error)
        else:
            messages.success(request, _("The changes are saved."))
            return HttpResponseRedirect(reverse("portal:profile"))
    return _show(request, "portal/notifications.html", form, {"me": me})


def _shown(request: ContactRequest, contact: ContactFacts, withheld: Collection[str] = ()) -> PersonView:
    """A contact as the others read it. To whose address the portal stays closed is not told: staff have it."""
    return PersonView(
        public=public_id(builders.CONTACT, contact.id),
        name=contact.name or contact.email,
        email=contact.email,
        phone=contact.phone,
        may=tuple(str(RIGHTS[right]) for right in ALL_RIGHTS if right in contact.rights),
        is_self=contact.id == request.contact_id,
        can_sign_in=contact.user_id is not None or contact.email in withheld,
    )


def _own_rights(request: ContactRequest) -> tuple[Right, ...]:
    held = queries.contact(request.contact_id, of_customer=request.customer_id).rights
    return tuple(right for right in ALL_RIGHTS if right in held)


def _show(request: ContactRequest, template: str, form: KitForm, context: dict[str, Any]) -> HttpResponse:
    return render(request, template, {**context, "form": form}, status=422 if form.errors else 200)
