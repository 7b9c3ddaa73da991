"""What the next months bring, as they stand and with a change, without anything happening."""

from datetime import date
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.catalog import queries as catalog
from tallystick.catalog.queries import PriceFilter
from tallystick.customers import queries as customers
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.backoffice.acts import sentence
from tallystick.interfaces.backoffice.catalog_forms import MoveForm
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.kit.forms import DateField, KitForm
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import what_if as usecases
from tallystick.usecases.roles import Permission
from tallystick.usecases.what_if import MOST_MONTHS, Change, PriceMoves, SubscriptionEnds
from tallystick.wire.ids import billing_group_id_of, customer_id_of, price_id_of, subscription_id_of

# How many prices of a variant in one currency can be chosen among.
_MOST_PRICES = 20
_ABOUT = ("customer", "group", "price", "subscription")


class MonthsForm(KitForm):
    """How far to look."""

    months = forms.IntegerField(label=gettext_lazy("How many months?"), min_value=1, max_value=MOST_MONTHS, initial=12)


class PriceForm(MonthsForm, MoveForm):
    """How far to look when a price's subscriptions take another one."""

    field_order = ("to", "months")


class EndForm(MonthsForm):
    """How far to look when a subscription ends."""

    field_order = ("end_date", "months")

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["end_date"] = DateField(label=_("It ends on"), earliest=today, initial=today)
        self.order_fields(self.field_order)


@require_safe
@page(Permission.RUN_BILLING)
def what_if(request: StaffRequest) -> HttpResponse:
    """This function will tell what the next months bring, of everybody or of whom the address names."""
    about = {name: request.GET[name] for name in _ABOUT if request.GET.get(name)}
    sent = request.GET if "months" in request.GET else None
    form, lead = _form(request, about, sent)
    context: dict[str, Any] = {"form": form, "about": about, "lead": lead}
    if form.is_valid():
        try:
            told = usecases.what_if(
                actor=request.actor,
                at=request.at,
                months=form.cleaned_data["months"],
                customer_id=customer_id_of(about["customer"]) if "customer" in about else None,
                group_id=billing_group_id_of(about["group"]) if "group" in about else None,
                change=_change(form, about),
            )
            currencies = [{**each, "months": [_month(row) for row in each["months"]]} for each in told["currencies"]]
            context |= {
                "told": told,
                "currencies": currencies,
                "has_change": bool({"price", "subscription"} & {*about}),
            }
        except (Conflict, Invalid) as error:
            context["problem"] = sentence(error)
    failed = "problem" in context or bool(form.errors)
    return render(request, "backoffice/what_if.html", context, status=422 if failed else 200)


def _form(request: StaffRequest, about: dict[str, str], sent: Any) -> tuple[MonthsForm, str]:
    """The form of what is asked, and a sentence about it."""
    if "price" in about:
        row = catalog.price_row(price_id_of(about["price"]))
        name = f"{row['variant__product__name']}, {row['variant__name']}"
        told = _("Every subscription of a price of %(name)s takes another one at its next renewal.")
        return PriceForm(sent, prices=_other_prices(row)), told % {"name": name}
    if "subscription" in about:
        found = subscriptions.subscription(subscription_id_of(about["subscription"]))
        told = _("%(number)s ends early: what is not used is credited, and a fee for it is billed at once.")
        return EndForm(sent, today=request.today), told % {"number": found["number"]}
    if "customer" in about:
        owner = customers.customer(customer_id_of(about["customer"]))
        return MonthsForm(sent), _("What %(name)s pays for, as it stands.") % {"name": owner["name"]}
    if "group" in about:
        group = customers.group(billing_group_id_of(about["group"]))
        return MonthsForm(sent), _("The invoices of %(name)s, as they stand.") % {"name": group["name"]}
    return MonthsForm(sent), _("Everything, as it stands.")


def _other_prices(row: dict[str, Any]) -> list[dict[str, Any]]:
    wanted = PriceFilter(variant_id=row["variant_id"], currency=row["currency"])
    return [each for each in catalog.prices_page(wanted, limit=_MOST_PRICES).rows if each["id"] != row["id"]]


def _change(form: MonthsForm, about: dict[str, str]) -> Change | None:
    if isinstance(form, PriceForm):
        to_price_id: UUID = form.to_price_id()
        return PriceMoves(price_id=price_id_of(about["price"]), to_price_id=to_price_id)
    if isinstance(form, EndForm):
        subscription_id = subscription_id_of(about["subscription"])
        return SubscriptionEnds(subscription_id=subscription_id, end_date=form.cleaned_data["end_date"])
    return None


def _month(row: Any) -> dict[str, Any]:
    return {**row, "month": date.fromisoformat(row["month"])}
