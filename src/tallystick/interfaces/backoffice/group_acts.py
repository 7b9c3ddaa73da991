"""What can be done with a billing group: make, edit and archive it, add a customer, remove one."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.customers import queries
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.finding import customer_field
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.formatting import format_day
from tallystick.interfaces.kit.forms import KitForm, choose_among
from tallystick.ledger.queries import base_currency, usable_currencies
from tallystick.subscriptions import unbilled
from tallystick.usecases import grouping
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import billing_group_id_of, customer_id_of

_TERMS = [
    ("0", gettext_lazy("Due on the invoice date")),
    *((str(days), gettext_lazy("Net %(days)s") % {"days": days}) for days in (7, 14, 30)),
    ("other", gettext_lazy("Another number of days")),
]


class GroupForm(KitForm):
    """What a group is called, and when it is billed."""

    name = forms.CharField(
        label=gettext_lazy("Group name"), max_length=200, help_text=gettext_lazy("It stands on its invoices.")
    )
    billing_day = forms.IntegerField(
        label=gettext_lazy("Billing day"),
        min_value=1,
        max_value=31,
        initial=1,
        help_text=gettext_lazy("31 is the last day of any month."),
    )


class NewGroupForm(GroupForm):
    """A new group: an existing business pays, or one that is made from the contact below (E27)."""

    payer = customer_field(
        label=gettext_lazy("An existing business pays"),
        required=False,
        help_text=gettext_lazy("Leave empty, and a payer with the group’s name is made from the fields below."),
    )
    contact_name = forms.CharField(
        label=gettext_lazy("Primary contact"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("Who gets the invoices."),
    )
    email = forms.EmailField(
        label=gettext_lazy("Email"), required=False, help_text=gettext_lazy("Where to send invoices.")
    )
    terms = forms.ChoiceField(
        label=gettext_lazy("Payment terms"), choices=_TERMS, initial="14", help_text=gettext_lazy("Of the new payer.")
    )
    terms_days = forms.IntegerField(
        label=gettext_lazy("Days"),
        min_value=0,
        max_value=365,
        required=False,
        help_text=gettext_lazy("Only for another number of days."),
    )
    currency = forms.ChoiceField(label=gettext_lazy("Currency"))
    field_order = ["name", "billing_day", "payer", "contact_name", "email", "terms", "terms_days", "currency"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choose_among(self, "currency", [(code, code) for code in usable_currencies()])

    def clean(self) -> dict[str, Any]:
        """This method will ask for a contact where no business is chosen."""
        told: dict[str, Any] = super().clean() or self.cleaned_data
        if told.get("payer"):
            return told
        for name, sentence in (
            ("contact_name", _("Enter who gets the invoices, or choose a business that pays.")),
            ("email", _("Enter the address to which the invoices go.")),
        ):
            if not told.get(name) and name not in self.errors:
                self.add_error(name, sentence)
        if told.get("terms") == "other" and told.get("terms_days") is None and "terms_days" not in self.errors:
            self.add_error("terms_days", _("Enter the number of days."))
        return told

    def values(self) -> dict[str, Any]:
        """This function will return what the use case takes."""
        told = self.cleaned_data
        common = {"name": told["name"], "billing_day": told["billing_day"]}
        if told["payer"]:
            return {**common, "payer_id": customer_id_of(told["payer"])}
        terms = told["terms_days"] if told["terms"] == "other" else int(told["terms"])
        contact = {"contact_name": told["contact_name"], "email": told["email"]}
        return {**common, "new_payer": {**contact, "currency": told["currency"], "terms_days": terms}}


class MemberForm(KitForm):
    """Who joins."""

    customer = customer_field(label=gettext_lazy("Customer"))


@page(Permission.CHANGE_GROUPS)
def new_group(request: StaffRequest) -> HttpResponse:
    """This function will make a billing group."""
    form = NewGroupForm(request.POST or None, initial={"currency": base_currency()})
    if form.is_valid():
        with refusals(form):
            shape = grouping.create_group(**asked(request), **form.values())
            url = reverse("office:group", args=[shape["id"]])
            return done(request, url, _("The billing group is made. Add the customers who belong to it."))
    act = Act(
        title=_("New billing group"),
        lead=_("The subscriptions of all its members come on one invoice, with one payment for all."),
        submit=_("Save"),
        back=reverse("office:groups"),
    )
    return show(request, act, form, template="backoffice/group_form.html")


@page(Permission.CHANGE_GROUPS)
def edit_group(request: StaffRequest, public: str) -> HttpResponse:
    """This function will change a group's name and billing day."""
    group_id = billing_group_id_of(public)
    row = queries.group(group_id)
    act = Act(
        title=_("Edit %(name)s") % {"name": row["name"]},
        submit=_("Save"),
        back=reverse("office:group", args=[public]),
        lead=_("A new billing day counts from the next one on. Terms and contacts are the payer’s."),
        done=_("The changes are saved."),
    )
    return carry_out(
        request,
        act,
        GroupForm(request.POST or None, initial=row),
        lambda told: grouping.change_group(**asked(request), group_id=group_id, changes=told),
    )


@page(Permission.CHANGE_GROUPS)
def archive_group(request: StaffRequest, public: str) -> HttpResponse:
    """This function will end a group."""
    group_id = billing_group_id_of(public)
    row = queries.group(group_id)
    act = Act(
        title=_("Archive %(name)s?") % {"name": row["name"]},
        submit=_("Archive"),
        tone="danger",
        back=reverse("office:group", args=[public]),
        happens=[
            _("All members leave today, and are billed alone from now on, also for what is not billed yet."),
            _("Invoices that were issued stay as they are, and the payer owes them."),
        ],
        done=_("The billing group is archived."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: grouping.archive_group(**asked(request), group_id=group_id),
    )


@page(Permission.CHANGE_GROUPS)
def add_member(request: StaffRequest, public: str) -> HttpResponse:
    """This function will let a customer join a group (E28)."""
    group_id = billing_group_id_of(public)
    row = queries.group(group_id)
    act = Act(
        title=_("Add customer"),
        lead=row["name"],
        submit=_("Add customer"),
        back=reverse("office:group", args=[public]),
        happens=[
            _("All subscriptions of the customer bill to the group: every period that begins from today on."),
            _("What began before today and is not billed yet is still billed to the customer."),
            _("Invoices that were issued stay where they are."),
        ],
        done=_("The customer belongs to the group."),
    )
    return carry_out(
        request,
        act,
        MemberForm(request.POST or None),
        lambda told: grouping.add_member(
            **asked(request), group_id=group_id, customer_id=customer_id_of(told["customer"])
        ),
    )


@page(Permission.CHANGE_GROUPS)
def remove_member(request: StaffRequest, public: str, customer: str) -> HttpResponse:
    """This function will let a member leave a group, and say first what becomes of its periods."""
    group_id, customer_id = billing_group_id_of(public), addresses.customer_id_of(customer)
    row, member = queries.group(group_id), queries.customer(customer_id)
    act = Act(
        title=_("Remove %(name)s?") % {"name": member["name"]},
        lead=row["name"],
        submit=_("Remove"),
        tone="danger",
        back=reverse("office:group", args=[public]),
        happens=[
            _("Every period that begins from today on is billed to the customer itself."),
            *_what_becomes_of(customer_id, request.today),
            _("Invoices that were issued stay with the group."),
        ],
        done=_("The customer left the group."),
    )
    return carry_out(
        request,
        act,
        KitForm(request.POST or None),
        lambda _told: grouping.remove_member(**asked(request), group_id=group_id, customer_id=customer_id),
    )


def _what_becomes_of(customer_id: UUID, today: date) -> list[str]:
    """A sentence for each subscription that has something to bill."""
    told = []
    for row in unbilled.of_customers([customer_id]):
        start = row["next_period_start"]
        if start is None:
            continue
        facts = {"number": row["number"], "day": format_day(start, markup.current_locale())}
        if start < today:
            told.append(_("%(number)s is unbilled from %(day)s on: what began before today stays the group’s.") % facts)
        else:
            told.append(_("%(number)s goes on alone with the period that begins on %(day)s.") % facts)
    return told
