"""The page of one subscription: what is agreed, what is billed, what comes, what it brought in, and what happened."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.catalog import queries as catalog
from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.naming import (
    COLLECTIONS,
    FREQUENCIES,
    Row,
    day_text,
    invoice_state,
    last_day,
    payment_status,
    price_text,
    quantity_text,
    subscription_status,
)
from tallystick.interfaces.backoffice.subscription_links import act_url, acts_of
from tallystick.interfaces.kit.formatting import format_percent
from tallystick.interfaces.kit.markup import current_locale
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.subscriptions import queries
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import invoice_id_of
from tallystick.wire.subscriptions import CONTRACT_FILE, income_shape, period_totals

# How many billed periods and how many to come stand on the page at once.
_SHOWN = 12

# What each event is called, its icon and its tone.
_EVENTS: dict[str, tuple[Any, str, str]] = {
    "create": (gettext_lazy("Drafted"), "plus", "neutral"),
    "edit": (gettext_lazy("Terms changed"), "pencil", "neutral"),
    "start_trial": (gettext_lazy("Trial began"), "clock", "accent"),
    "activate": (gettext_lazy("Activated"), "check", "success"),
    "pause": (gettext_lazy("Paused"), "pause", "warning"),
    "plan_pause": (gettext_lazy("Pause agreed"), "pause", "neutral"),
    "withdraw_pause": (gettext_lazy("Pause withdrawn"), "undo", "neutral"),
    "resume": (gettext_lazy("Resumed"), "repeat", "success"),
    "plan_resume": (gettext_lazy("End of the pause agreed"), "repeat", "neutral"),
    "suspend": (gettext_lazy("Service suspended"), "lock", "danger"),
    "lift": (gettext_lazy("Suspension lifted"), "check", "success"),
    "cancel": (gettext_lazy("Cancelled"), "stop", "danger"),
    "plan_cancel": (gettext_lazy("Cancellation agreed"), "stop", "warning"),
    "end": (gettext_lazy("Ended"), "flag", "neutral"),
    "change_plan": (gettext_lazy("Plan changed"), "refresh", "accent"),
    "plan_change": (gettext_lazy("Change of plan agreed"), "refresh", "neutral"),
    "withdraw_change": (gettext_lazy("Change of plan withdrawn"), "undo", "neutral"),
}
_DETAILS = {
    "reason": gettext_lazy("Reason"),
    "from_date": gettext_lazy("From"),
    "resume_date": gettext_lazy("Resumes"),
    "effective_date": gettext_lazy("From"),
    "from": gettext_lazy("Before"),
    "to": gettext_lazy("Then"),
}


def story(request: StaffRequest, subscription_id: UUID) -> dict[str, Any]:
    """This function will return all that the page of a subscription shows.

    Raises:
        NotFound: when there is no such subscription.
    """
    row = queries.subscription(subscription_id)
    rate = catalog.tax_rate(row["tax_rate_id"])
    billed = _billed(request, row)
    main, others = acts_of(request, row)
    owner = customers.customer(row["customer_id"])
    group = customers.group_of(row["customer_id"], on=row["next_period_start"] or request.today)
    may_change = request.actor.may(Permission.CHANGE_SUBSCRIPTIONS)
    return {
        "subscription": row,
        "status_shown": subscription_status(row),
        "customer": {**owner, "url": addresses.customer_url(owner["id"])},
        "group": group,
        "per_period": period_totals(row, rate.percent),
        "frequency": FREQUENCIES[row["frequency"]],
        "quantity": quantity_text(row["quantity"]),
        "price": price_text(row["unit_price_minor"], row["currency"], row["frequency"]),
        "rate": rate,
        "collection": COLLECTIONS[row["collection"]],
        "trial_last": last_day(row["billing_start_date"]) if row["start_date"] < row["billing_start_date"] else None,
        "contract_last": last_day(row["end_date"]) if row["end_date"] else None,
        "product_url": addresses.product_url(catalog.variant(row["variant_id"])["product_id"]),
        "main": main,
        "others": others,
        "billed": billed[:_SHOWN],
        "older": billed[_SHOWN:],
        **_coming(row),
        **_income(row),
        "change": _waiting(row),
        "withdraw_change": _button(_("Withdraw the change"), act_url("withdraw-change", row)) if may_change else None,
        "withdraw_pause": _button(_("Withdraw the pause"), act_url("subscription-resume", row)) if may_change else None,
        "files": [_file(request, row, each) for each in queries.files(row["id"])],
        "add_file": Link(label=_("Add"), url=act_url("add-contract-file", row), icon="upload") if may_change else None,
        "events": _events(row),
        "history": history(request, "subscription", row["id"]),
    }


def _button(label: str, url: str) -> Link:
    return Link(label=label, url=url, icon="undo", post=True)


def _billed(request: StaffRequest, row: Row) -> list[dict[str, Any]]:
    """The billed periods, newest first, each with the state of its invoice and of the payment that it expects."""
    periods = queries.periods(row["id"])
    found = invoices.invoices_by_id(each["invoice_id"] for each in periods)
    expected = payments.expected_of(found)
    return [
        {
            "start": each["period_start"],
            "last": last_day(each["period_end"]),
            "is_taken_back": each["period_end"] == each["period_start"],
            "number": each["invoice__number"],
            "url": addresses.invoice_url(each["invoice_id"]),
            "pdf_url": addresses.document_url("invoice", each["invoice_id"]),
            "due_date": each["invoice__due_date"],
            "display": invoice_state(found[each["invoice_id"]], request.today),
            "payment_shown": payment_status(expected[each["invoice_id"]]) if each["invoice_id"] in expected else "",
            "payment_url": addresses.payment_url(expected[each["invoice_id"]]["id"])
            if each["invoice_id"] in expected
            else "",
            "total_minor": each["line__net_minor"] + each["line__tax_minor"],
        }
        for each in periods
    ]


def _coming(row: Row) -> dict[str, Any]:
    """What is to come: of a contract how many and how much in all, without an end the next ones."""
    coming = iter(queries.periods_to_come(row))
    ends = row["end_date"] is not None
    shown = list(islice(coming, _SHOWN))
    rest = list(coming) if ends else []
    return {
        "coming": [
            {"day": each.period.start, "last": last_day(each.period.end), "total_minor": each.total_minor}
            for each in shown
        ],
        "more_to_come": len(rest),
        "coming_minor": sum(each.total_minor for each in [*shown, *rest]),
        "comes_to_an_end": ends,
        "contract_minor": queries.contract_minor(row),
    }


def _income(row: Row) -> dict[str, Any]:
    variant = catalog.variant(row["variant_id"])
    found = queries.income(row, cost=(variant["cost_minor"], variant["cost_currency"]))
    shape = income_shape(found)
    recovered = shape["recovered_percent"]
    return {
        "income": found,
        "recovered": format_percent(Decimal(recovered) / 100, current_locale()) if recovered else "",
    }


def _waiting(row: Row) -> dict[str, Any] | None:
    change = queries.waiting_changes([row["id"]]).get(row["id"])
    if change is None:
        return None
    price = catalog.price(change["price_id"])
    return {
        "day": change["effective_date"],
        "plan": _plan(
            {
                "description": price.description,
                "quantity": change["quantity"],
                "unit_price_minor": price.amount_minor,
                "frequency": price.frequency,
            },
            row["currency"],
        ),
    }


def _plan(facts: Mapping[str, Any], currency: str) -> str:
    """A plan in a line: "Fibre – Pro, 2 × 89.00 EUR a month"."""
    price = price_text(facts["unit_price_minor"], currency, facts["frequency"])
    return f"{facts['description']}, {quantity_text(Decimal(facts['quantity']))} × {price}"


def _file(request: StaffRequest, row: Row, each: Row) -> dict[str, Any]:
    ids = [act_url("subscription", row).rstrip("/").rpartition("/")[2], public_id(CONTRACT_FILE, each["id"])]
    remove = Link(
        label=_("Remove %(name)s") % {"name": each["name"]}, url=reverse("office:remove-file", args=ids), icon="trash"
    )
    return {
        **each,
        "url": reverse("office:contract-file", args=ids),
        "remove": remove if request.actor.may(Permission.CHANGE_SUBSCRIPTIONS) else None,
    }


def _events(row: Row) -> list[dict[str, Any]]:
    """What happened, the newest first, and last what happened first."""
    told = []
    for event in queries.timeline(row["id"]):
        title, icon, tone = _EVENTS.get(event["event"], (event["event"], "circle", "neutral"))
        detail = event["detail"]
        told.append(
            {
                "at": event["at"],
                "title": title,
                "icon": icon,
                "tone": tone,
                "by": event["actor_label"],
                "details": _details(detail, row["currency"]),
                "invoice_url": addresses.invoice_url(invoice_id_of(detail["invoice"])) if detail.get("invoice") else "",
                "credited": len(detail.get("credit_notes") or []),
            }
        )
    return told[::-1]


def _details(detail: Mapping[str, Any], currency: str) -> list[tuple[Any, str]]:
    told: list[tuple[Any, str]] = [
        (_DETAILS[name], _told(name, detail[name], currency)) for name in _DETAILS if detail.get(name)
    ]
    if detail.get("end_date"):
        told.append((_("Last day"), day_text(last_day(date.fromisoformat(detail["end_date"])))))
    return told


def _told(name: str, value: Any, currency: str) -> str:
    if isinstance(value, dict):
        return _plan(value, currency)
    return day_text(date.fromisoformat(value)) if name.endswith("_date") else str(value)
