"""Generating a group's invoice: what would be on it and what would not, and then the invoice (E29, E30)."""

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.customers import queries
from tallystick.foundation.errors import Conflict, Invalid
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import asked, done, sentence
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.formatting import format_day
from tallystick.interfaces.kit.forms import DateField, KitForm
from tallystick.subscriptions.unbilled import TO_BE_LOOKED_AT
from tallystick.usecases import group_bill
from tallystick.usecases.roles import Permission
from tallystick.wire.group_bills import GroupMemberShape, GroupPreviewShape, UnbilledShape
from tallystick.wire.ids import billing_group_id_of, invoice_id_of, subscription_id_of

# A word for the badge, and what it means.
_REASONS = {
    "no_subscription": (gettext_lazy("No subscription"), gettext_lazy("Nothing of this customer can be billed.")),
    "draft": (gettext_lazy("Draft"), gettext_lazy("It is not activated. Activate it, and it is billed.")),
    "trial": (gettext_lazy("Trial"), gettext_lazy("Billed from %(day)s on.")),
    "paused": (gettext_lazy("Paused"), gettext_lazy("It rests.")),
    "cancelled": (gettext_lazy("Cancelled"), gettext_lazy("Nothing is left to bill.")),
    "ended": (gettext_lazy("Ended"), gettext_lazy("Nothing is left to bill.")),
    "billed_already": (gettext_lazy("Billed already"), gettext_lazy("Billed until %(last)s on %(invoice)s.")),
    "billed_alone": (
        gettext_lazy("Billed alone"),
        gettext_lazy("What begins on %(day)s lies outside of the membership: a bill run bills it to the customer."),
    ),
    "begins_later": (gettext_lazy("Begins later"), gettext_lazy("Its first period begins on %(day)s.")),
    "cannot_be_billed": (gettext_lazy("Cannot be billed"), ""),
}


class DayForm(KitForm):
    """Up to which day is billed."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["as_of_date"] = DateField(
            label=_("Bill what begins up to and including"), latest=today, initial=today
        )


@page(Permission.RUN_BILLING)
def generate(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show what a group would be billed, and bill it when that is confirmed."""
    group_id = billing_group_id_of(public)
    row = queries.group(group_id)
    sent = request.POST or request.GET
    form = DayForm(sent if "as_of_date" in sent else None, today=request.today)
    as_of = form.cleaned_data["as_of_date"] if form.is_valid() else request.today
    problem = ""
    if request.method == "POST" and form.is_valid():
        version = request.POST.get("version", "")
        try:
            made = group_bill.generate_group_invoice(
                **asked(request), group_id=group_id, version=version, as_of_date=as_of
            )
        except (Conflict, Invalid) as error:
            problem = sentence(error)
        else:
            return _billed(request, public, [each["id"] for each in made["invoices"]])
    context: dict[str, Any] = {"group": row, "form": form, "problem": problem, "back": _back(public), "as_of": as_of}
    try:
        preview = group_bill.preview_group_invoice(
            actor=request.actor, at=request.at, group_id=group_id, as_of_date=as_of
        )
        context |= _shown(preview, queries.customer(row["payer_id"]))
    except (Conflict, Invalid) as error:
        context["problem"] = sentence(error)
    failed = bool(context["problem"]) or (form.is_bound and not form.is_valid())
    return render(request, "backoffice/group_generate.html", context, status=422 if failed else 200)


def _billed(request: StaffRequest, public: str, made: list[str]) -> HttpResponse:
    if len(made) == 1:
        url = addresses.invoice_url(invoice_id_of(made[0]))
        return done(request, url, _("The invoice is issued, and on its way to the billing contacts."))
    messages.info(request, _("There is one invoice for each currency."))
    return done(request, _back(public), _("The invoices are issued, and on their way to the billing contacts."))


def _back(public: str) -> str:
    return reverse("office:group", args=[public])


def _shown(preview: GroupPreviewShape, payer: dict[str, Any]) -> dict[str, Any]:
    members = [_member(each) for each in preview["members"]]
    open_points = [
        {"name": member["name"], "anchor": member["anchor"], **point}
        for member in members
        for point in (member, *member["subscriptions"])
        if point["reason"] and point["reason"]["is_open"]
    ]
    return {
        "preview": preview,
        "payer": {**payer, "url": addresses.customer_url(payer["id"])},
        "invoice_date": date.fromisoformat(preview["invoice_date"]),
        "due_date": date.fromisoformat(preview["due_date"]),
        "next_date": date.fromisoformat(preview["next_billing_date"]),
        "members": members,
        "open_points": open_points,
    }


def _member(member: GroupMemberShape) -> dict[str, Any]:
    return {
        **member,
        "anchor": member["customer"],
        "url": reverse("office:customer", args=[member["customer"]]),
        "reason": _reason(member["unbilled"]),
        "subscriptions": [
            {
                **each,
                "url": addresses.object_url("subscription", subscription_id_of(each["subscription"])),
                "reason": _reason(each["unbilled"]),
                "periods": [
                    {
                        **period,
                        "first": date.fromisoformat(period["period_start"]),
                        "last": date.fromisoformat(period["period_end"]) - timedelta(days=1),
                    }
                    for period in each["periods"]
                ],
            }
            for each in member["subscriptions"]
        ],
    }


def _reason(told: UnbilledShape | None) -> dict[str, Any] | None:
    if told is None:
        return None
    word, text = _REASONS[told["code"]]
    facts = {"invoice": told["invoice_number"], "day": "", "last": ""}
    if told["date"]:
        day = date.fromisoformat(told["date"])
        locale = markup.current_locale()
        facts |= {"day": format_day(day, locale), "last": format_day(day - timedelta(days=1), locale)}
    return {
        "word": word,
        "text": str(text) % facts if text else told["detail"],
        "url": reverse("office:invoice", args=[told["invoice"]]) if told["invoice"] else "",
        "is_open": told["code"] in TO_BE_LOOKED_AT,
        "tone": "warning" if told["code"] in TO_BE_LOOKED_AT else "neutral",
    }
