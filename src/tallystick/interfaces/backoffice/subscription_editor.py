"""Beginning a subscription, and editing a draft, with its first bill and its schedule told before anything is saved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import islice
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.customers import queries as customers
from tallystick.customers.queries import group_names
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, carry_out, done, refusals, sentence, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, last_day
from tallystick.interfaces.backoffice.subscription_forms import LivingForm, TermsForm, terms_of
from tallystick.ledger import queries as ledger
from tallystick.money.currencies import all_currencies
from tallystick.subscriptions import queries
from tallystick.usecases import quote, subscribe
from tallystick.usecases.quote import Quote
from tallystick.usecases.roles import Permission

# How many bills of a contract stand in the preview before their number is told.
_SHOWN = 12


@dataclass(frozen=True, kw_only=True)
class Preview:
    """What the terms in the form come to, or why they cannot be agreed on."""

    refused: str = ""
    quote: Quote | None = None
    group: str = ""
    due_date: Any = None

    @property
    def bills(self) -> list[dict[str, Any]]:
        """The first bills, each with the last day that it pays for."""
        found = self.quote.periods if self.quote else ()
        return [
            {"day": each.period.start, "last": last_day(each.period.end), "total_minor": each.total_minor}
            for each in islice(found, _SHOWN)
        ]

    @property
    def more(self) -> int:
        """How many bills of the contract are not among them."""
        return len(self.quote.periods) - len(self.bills) if self.quote and self.quote.end_date else 0

    @property
    def contract_last(self) -> Any:
        """The last day of the contract, or None."""
        return last_day(self.quote.end_date) if self.quote and self.quote.end_date else None

    @property
    def trial_last(self) -> Any:
        """The last day of the trial, or None."""
        if self.quote is None or self.quote.start_date == self.quote.billing_start_date:
            return None
        return last_day(self.quote.billing_start_date)


@page(Permission.DRAFT_SUBSCRIPTIONS)
def new_subscription(request: StaffRequest) -> HttpResponse:
    """This function will draft a subscription."""
    form = _form(request, initial={"customer": request.GET.get("customer", ""), "price": request.GET.get("price", "")})
    if form.is_valid():
        with refusals(form):
            shape = subscribe.create_subscription(**asked(request), customer_id=form.customer_id(), **form.terms())
            url = reverse("office:subscription", args=[shape["id"]])
            return done(request, url, _("%(number)s is drafted. Activate it when it is agreed.") % shape)
    act = Act(
        title=_("New subscription"),
        lead=_("It stays a draft, and bills nothing, until it is activated."),
        submit=_("Save draft"),
        back=reverse("office:subscriptions"),
    )
    return show(
        request,
        act,
        form,
        template="backoffice/subscription_editor.html",
        context={
            "preview": _preview(request, form) if form.is_bound else None,
            "preview_url": reverse("office:preview-subscription"),
        },
    )


@page(Permission.DRAFT_SUBSCRIPTIONS)
def edit_subscription(request: StaffRequest, public: str) -> HttpResponse:
    """This function will change the terms of a draft; of a subscription that lives, how it is collected."""
    row = queries.subscription(addresses.subscription_id_of(public))
    if row["state"] != "draft" and "price" not in request.POST:
        return _edit_living(request, row)
    form = _form(request, initial=terms_of(row), for_draft=True)
    back = addresses.subscription_url(row["id"])
    if form.is_valid():
        with refusals(form):
            subscribe.edit_subscription(**asked(request), subscription_id=row["id"], changes=form.terms())
            return done(request, back, _("The terms are saved."))
    act = Act(
        title=_("Edit %(number)s") % row,
        lead=_("%(name)s. It is a draft: nothing is billed yet.") % {"name": row["customer__name"]},
        submit=_("Save terms"),
        back=back,
    )
    told = _preview(request, form, customer_id=row["customer_id"]) if form.is_bound else None
    context = {"preview": told, "preview_url": f"{reverse('office:preview-subscription')}?of={public}"}
    return show(request, act, form, template="backoffice/subscription_editor.html", context=context)


def _edit_living(request: StaffRequest, row: Row) -> HttpResponse:
    request.actor.require(Permission.CHANGE_SUBSCRIPTIONS)
    act = Act(
        title=_("Edit %(number)s") % row,
        lead=_("Price and quantity change by “Change plan”."),
        submit=_("Save"),
        back=addresses.subscription_url(row["id"]),
        done=_("The changes are saved."),
    )
    return carry_out(
        request,
        act,
        LivingForm(request.POST or None, initial={"collection": row["collection"], "remark": row["remark"]}),
        lambda told: subscribe.edit_subscription(**asked(request), subscription_id=row["id"], changes=told),
    )


@require_POST
@page(Permission.DRAFT_SUBSCRIPTIONS)
def preview(request: StaffRequest) -> HttpResponse:
    """This function will show what the terms in the form come to, while they are typed; it writes nothing."""
    of = request.GET.get("of", "")
    row = queries.subscription(addresses.subscription_id_of(of)) if of else None
    form = _form(request, initial={}, for_draft=row is not None)
    customer_id = row["customer_id"] if row else None
    found = _preview(request, form, customer_id=customer_id)
    return render(request, "backoffice/subscription_preview.html", {"preview": found})


def _form(request: StaffRequest, *, initial: Mapping[str, Any], for_draft: bool = False) -> TermsForm:
    usable = ledger.usable_currencies()
    return TermsForm(
        request.POST or None,
        initial=dict(initial),
        currencies=[*usable, *(code for code in all_currencies() if code not in usable)],
        today=request.today,
        for_draft=for_draft,
    )


def _preview(request: StaffRequest, form: TermsForm, *, customer_id: UUID | None = None) -> Preview | None:
    """What the form comes to, or None while it does not say enough."""
    form.is_valid()
    needed = {"price", "quantity", "start_date"} | (set() if customer_id else {"customer"})
    if set(form.errors) - {"collection", "remark"} or not needed <= form.cleaned_data.keys():
        return None
    return _quoted(request, customer_id or form.customer_id(), form.quoted())


def _quoted(request: StaffRequest, customer_id: UUID, terms: dict[str, Any]) -> Preview:
    try:
        told = quote.quote_subscription(actor=request.actor, at=request.at, customer_id=customer_id, **terms)
    except (Conflict, Invalid) as error:
        return Preview(refused=sentence(error))
    payer = told.payer
    names = group_names([payer.group_id]) if payer.group_id else {}
    terms_days = customers.customer(payer.customer_id)["terms_days"]
    return Preview(
        quote=told,
        group=names.get(payer.group_id, "") if payer.group_id else "",
        due_date=max(told.billing_start_date, request.today) + timedelta(days=terms_days),
    )
