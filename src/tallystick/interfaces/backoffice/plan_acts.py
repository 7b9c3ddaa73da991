"""Changing a plan and ending a subscription: what it comes to is told first, and exactly that is done or refused."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Generic, TypeVar
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html_join
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.customers import queries as customers
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, at_once, done, refusals, sentence, show
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, amount_text, last_day, period_text, price_text, quantity_text
from tallystick.interfaces.backoffice.subscription_forms import CancelForm, ChangeForm
from tallystick.interfaces.backoffice.subscription_links import act_url
from tallystick.subscriptions import queries
from tallystick.usecases import change_plan, unsubscribe
from tallystick.usecases.roles import Permission
from tallystick.wire.catalog import PRICE
from tallystick.wire.ids import customer_id_of, price_id_of
from tallystick.wire.shapes import ArithmeticShape
from tallystick.wire.subscriptions import CancelPreviewShape, PlanChangePreviewShape

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Outcome(Generic[T]):
    """What the use case says that it would do, or why it would not."""

    told: T | None = None
    refused: str = ""
    # Who is billed, where that is not the customer.
    payer: str = ""
    lines: tuple[Mapping[str, Any], ...] = ()
    # The last day of the service, or the first of the new plan.
    day: date | None = None
    # The day of the next bill under the new plan.
    next_day: date | None = None


# --- Another price or quantity ---------------------------------------------------------------------------------------


@page(Permission.CHANGE_SUBSCRIPTIONS)
def change(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give a subscription another price or quantity, now or at the renewal."""
    row = _row(public)
    form = _change_form(request, row)
    back = addresses.subscription_url(row["id"])
    if form.is_valid():
        with refusals(form):
            change_plan.change_plan(
                **asked(request), subscription_id=row["id"], preview=_token(request), **_wanted(form.cleaned_data)
            )
            return done(request, back, _("The change of plan is noted, and what it comes to is issued."))
    act = Act(
        title=_("Change the plan of %(number)s") % row,
        lead=_("Now %(quantity)s × %(plan)s, %(price)s.")
        % {
            "quantity": quantity_text(row["quantity"]),
            "plan": row["description"],
            "price": price_text(row["unit_price_minor"], row["currency"], row["frequency"]),
        },
        submit=_("Change plan"),
        back=back,
    )
    context = {"outcome": _change_outcome(request, row, form), "preview_url": act_url("preview-change", row)}
    return show(request, act, form, template="backoffice/change_plan.html", context=context)


@require_POST
@page(Permission.CHANGE_SUBSCRIPTIONS)
def preview_change(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show what the change in the form comes to; it writes nothing."""
    row = _row(public)
    outcome = _change_outcome(request, row, _change_form(request, row))
    return render(request, "backoffice/change_outcome.html", {"outcome": outcome})


@require_POST
@page(Permission.CHANGE_SUBSCRIPTIONS)
def withdraw_change(request: StaffRequest, public: str) -> HttpResponse:
    """This function will withdraw the change that waits for the renewal."""
    row = _row(public)
    return at_once(
        request,
        lambda: change_plan.withdraw_change(**asked(request), subscription_id=row["id"]),
        back=addresses.subscription_url(row["id"]),
        message=_("The change of plan is withdrawn."),
    )


def _change_form(request: StaffRequest, row: Row) -> ChangeForm:
    initial = {"price": public_id(PRICE, row["price_id"]), "quantity": row["quantity"].normalize(), "when": "now"}
    return ChangeForm(request.POST or None, row=row, initial=initial)


def _wanted(told: Mapping[str, Any]) -> dict[str, Any]:
    return {"price_id": price_id_of(told["price"]), "quantity": told["quantity"], "when": told["when"]}


def _change_outcome(request: StaffRequest, row: Row, form: ChangeForm) -> Outcome[PlanChangePreviewShape] | None:
    """What the form asks for, or None while it asks for nothing that could be done."""
    if not form.is_bound:
        return None
    form.is_valid()
    if {"price", "quantity", "when"} & set(form.errors):
        return None
    wanted = _wanted(form.cleaned_data)
    if (wanted["price_id"], wanted["quantity"]) == (row["price_id"], row["quantity"]):
        return None
    return _outcome(
        lambda: change_plan.preview_change(actor=request.actor, at=request.at, subscription_id=row["id"], **wanted),
        row,
        lambda told: {
            "lines": tuple(_part(each, row["currency"]) for each in told["lines"]),
            "day": date.fromisoformat(told["effective_date"]),
            "next_day": date.fromisoformat(told["next_period"]["period_start"]) if told["next_period"] else None,
        },
    )


# --- The end ---------------------------------------------------------------------------------------------------------


@page(Permission.CHANGE_SUBSCRIPTIONS)
def cancel(request: StaffRequest, public: str) -> HttpResponse:
    """This function will end a subscription now, at the end of the period, or on a day."""
    row = _row(public)
    form = _cancel_form(request, row)
    back = addresses.subscription_url(row["id"])
    if form.is_valid():
        told = form.cleaned_data
        with refusals(form):
            unsubscribe.cancel_subscription(
                **asked(request),
                subscription_id=row["id"],
                reason=told["reason"],
                preview=_token(request),
                **_ending(told),
            )
            return done(request, back, _("The cancellation is noted, and what it comes to is issued."))
    is_draft = row["state"] == "draft"
    act = Act(
        title=(_("Discard %(number)s?") if is_draft else _("Cancel %(number)s?")) % row,
        lead=_("%(plan)s for %(name)s") % {"plan": row["description"], "name": row["customer__name"]},
        submit=_("Discard draft") if is_draft else _("Cancel subscription"),
        tone="danger",
        back=back,
        leave=_("Keep it"),
    )
    context = {
        "outcome": _cancel_outcome(request, row, form),
        "preview_url": act_url("preview-cancel", row),
        "is_draft": is_draft,
    }
    return show(request, act, form, template="backoffice/cancel_subscription.html", context=context)


@require_POST
@page(Permission.CHANGE_SUBSCRIPTIONS)
def preview_cancel(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show what the cancellation in the form comes to; it writes nothing."""
    row = _row(public)
    outcome = _cancel_outcome(request, row, _cancel_form(request, row))
    return render(request, "backoffice/cancel_outcome.html", {"outcome": outcome, "is_draft": row["state"] == "draft"})


def _cancel_form(request: StaffRequest, row: Row) -> CancelForm:
    # A draft ends at once. One that was discarded a moment ago is asked for in the same words by a second click.
    asks_when = row["state"] != "draft" and (request.method != "POST" or "when" in request.POST)
    return CancelForm(request.POST or None, ends=row["end_date"], today=request.today, asks_when=asks_when)


def _ending(told: Mapping[str, Any]) -> dict[str, Any]:
    """When it ends, as the use case takes it: the end is the day after the last one."""
    last = told.get("last_day") if told.get("when") == "date" else None
    return {
        "when": told.get("when") or "now",
        "end_date": last + timedelta(days=1) if last else None,
        "credits_unused": bool(told.get("credits_unused")),
    }


def _cancel_outcome(request: StaffRequest, row: Row, form: CancelForm) -> Outcome[CancelPreviewShape] | None:
    if form.is_bound:
        form.is_valid()
        if {"when", "last_day"} & set(form.errors):
            return None
        wanted = _ending(form.cleaned_data)
    else:
        wanted = _ending({"when": form.fields["when"].initial} if "when" in form.fields else {})
    return _outcome(
        lambda: unsubscribe.preview_cancel(actor=request.actor, at=request.at, subscription_id=row["id"], **wanted),
        row,
        lambda told: {
            "lines": tuple(_part(each, row["currency"]) for each in told["unused"]),
            "day": last_day(date.fromisoformat(told["end_date"])),
        },
    )


# --- Both ------------------------------------------------------------------------------------------------------------


def _outcome(preview: Callable[[], T], row: Row, shown: Callable[[T], dict[str, Any]]) -> Outcome[T]:
    try:
        told = preview()
    except (Conflict, Invalid) as error:
        return Outcome(refused=sentence(error))
    payer_id: UUID = customer_id_of(told["payer"])  # type: ignore[index]
    payer = customers.names([payer_id])[payer_id] if payer_id != row["customer_id"] else ""
    return Outcome(told=told, payer=payer, **shown(told))


def _row(public: str) -> Row:
    return queries.subscription(addresses.subscription_id_of(public))


def _token(request: StaffRequest) -> str:
    """What stands for the preview that was on the page when the form was sent."""
    return request.POST.get("preview", "")


def _part(part: Mapping[str, Any], currency: str) -> dict[str, Any]:
    """A part of a preview under a label that says what it is for, and how it was computed."""
    start, end, facts = part["period_start"], part["period_end"], part["arithmetic"]
    days = period_text(date.fromisoformat(start), date.fromisoformat(end)) if start and end else ""
    named = [part.get("description", ""), days, _computed(facts, currency) if facts else ""]
    shown = format_html_join("", "<div><bdi>{}</bdi></div>", ((each,) for each in named if each))
    return {**part, "label": shown}


def _computed(facts: ArithmeticShape, currency: str) -> str:
    """How a part of a period was computed: "12 of 30 days of 2 × 89.00 EUR"."""
    return _("%(days)s of %(of_days)s days of %(quantity)s × %(price)s") % {
        "days": facts["days"],
        "of_days": facts["of_days"],
        "quantity": quantity_text(Decimal(facts["quantity"])),
        "price": amount_text(facts["price_minor"], currency),
    }
