"""Who is signed in, for whom, what stands on their documents, and where sign-in is looked after."""

from collections.abc import Callable, Mapping
from typing import Any, Final

from allauth.core import ratelimit
from django import forms
from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_safe

from tallystick.customers import queries
from tallystick.foundation.address_links import MINUTES
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.kit.billing_form import BillingDetailsForm, countries, languages
from tallystick.interfaces.kit.contact_form import NameForm
from tallystick.interfaces.kit.forms import KitForm
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.refusals import asked, say_beside
from tallystick.interfaces.portal.showing import shown_party
from tallystick.usecases import enrol, own_address, people
from tallystick.usecases.roles import Permission

_FORM: Final = "portal/profile_form.html"


class OwnBillingForm(BillingDetailsForm):
    """What a customer says of itself: country and language by their names."""

    field_order = ["address_lines", "postal_code", "city", "region", "country", "tax_id", "language"]

    def __init__(self, data: Any, *, row: Mapping[str, Any]) -> None:
        super().__init__(data, initial=dict(row))
        self.fields["country"] = forms.ChoiceField(
            label=_("Country"), required=False, choices=countries(row["country"])
        )
        self.fields["language"] = forms.ChoiceField(
            label=_("Language of mails"),
            required=False,
            choices=languages(row["language"]),
            help_text=_("Amounts and dates are written as in this language, and our words where we speak it."),
        )


class AddressForm(KitForm):
    """The address with which somebody wants to sign in, and to be written to."""

    email = forms.EmailField(
        label=gettext_lazy("New e-mail address"), widget=forms.EmailInput(attrs={"autocomplete": "email"})
    )


@require_safe
@page()
def profile(request: ContactRequest) -> HttpResponse:
    """This function will show the contact and the customer as we know them, and lead to what can be changed of it."""
    customer = request.customer
    me = queries.contact(request.contact_id, of_customer=request.customer_id)
    mailbox, _at, domain = me.email.rpartition("@")
    context = {
        "me": me,
        # A long address is broken where it has its joint.
        "mailbox": mailbox,
        "domain": domain,
        "customer": customer,
        "party": shown_party(customer),
        "language": dict(languages(customer["language"]))[customer["language"]],
        "user": request.user,
    }
    return render(request, "portal/profile.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def own_name(request: ContactRequest) -> HttpResponse:
    """This function will change the name and the telephone number of whoever is signed in."""
    me = queries.contact(request.contact_id, of_customer=request.customer_id)
    form = NameForm(request.POST or None, initial={"name": me.name, "phone": me.phone})
    told: dict[str, Any] = {"customer_id": request.customer_id, "contact_id": me.id}
    return _change(
        request,
        form,
        lambda changes: people.change_contact(**asked(request), **told, changes=changes),
        title=_("Your name"),
        lead=_("So we greet you, and so the others here see you."),
        done=_("The changes are saved."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page()
def own_email(request: ContactRequest) -> HttpResponse:
    """This function will have a link mailed to the address that whoever is signed in wants; it says the same for every
    address, known or not.
    """
    if request.method == "POST":
        too_many: HttpResponse | None = ratelimit.consume_or_429(request, action="manage_email", user=request.user)
        if too_many is not None:
            return too_many
    me = queries.contact(request.contact_id, of_customer=request.customer_id)
    form = AddressForm(request.POST or None)
    told = {"minutes": MINUTES, "email": form.data.get("email", "")}
    return _change(
        request,
        form,
        lambda wanted: own_address.ask_for_address(**asked(request), email=wanted["email"]),
        title=_("Your e-mail address"),
        lead=_("You sign in with %(email)s. We mail a link to the new address, and tell the old one.")
        % {"email": me.email},
        done=_(
            "If %(email)s can be your address, a link is on its way there. It works for %(minutes)d minutes; until you "
            "open it, nothing changes."
        )
        % told,
        submit=_("Send me the link"),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@page(Permission.MANAGE_CONTACTS)
def billing_details(request: ContactRequest) -> HttpResponse:
    """This function will change what stands of the customer on documents to come, and the language of its mails."""
    form = OwnBillingForm(request.POST or None, row=request.customer)
    return _change(
        request,
        form,
        lambda changes: enrol.change_billing_details(
            **asked(request), customer_id=request.customer_id, changes=changes
        ),
        title=_("Billing details"),
        lead=_("They stand on documents that we write from now on. What is issued already stays as it is."),
        done=_("The changes are saved."),
    )


def _change(
    request: ContactRequest,
    form: KitForm,
    do: Callable[[dict[str, Any]], object],
    *,
    title: str,
    lead: str,
    done: str,
    submit: str = "",
) -> HttpResponse:
    """Do what a filled-in form asks for, go back to the profile and say so; else show the form and what is wrong."""
    if form.is_valid():
        try:
            do(form.cleaned_data)
        except (Conflict, Invalid) as error:
            say_beside(form, error)
        else:
            messages.success(request, done)
            return HttpResponseRedirect(reverse("portal:profile"))
    context = {"form": form, "title": title, "lead": lead, "submit": submit or _("Save")}
    return render(request, _FORM, context, status=422 if form.errors else 200)
