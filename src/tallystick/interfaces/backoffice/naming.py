"""How payments, invoices, subscriptions, their amounts and states are called on pages of the back office."""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.catalog.queries import tax_rates_by_id
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.formatting import format_amount, format_day, format_number
from tallystick.interfaces.kit.writing import write_html
from tallystick.invoices.states import display_state
from tallystick.wire import words
from tallystick.wire.subscriptions import period_totals

Row = Mapping[str, Any]

FREQUENCIES = {
    "monthly": gettext_lazy("Monthly"),
    "quarterly": gettext_lazy("Quarterly"),
    "annually": gettext_lazy("Annually"),
}
COLLECTIONS = {"autopay": gettext_lazy("Automatic"), "manual": gettext_lazy("By hand")}
_PER = {
    "monthly": gettext_lazy("a month"),
    "quarterly": gettext_lazy("a quarter"),
    "annually": gettext_lazy("a year"),
}
_AMOUNT_WORDS = {"refund": gettext_lazy("Refund"), "charge": gettext_lazy("Purchase")}


def payment_name(row: Row, numbers: Mapping[UUID, str]) -> str:
    """This function will return what people call a payment: its receipt's number, or what it is expected for."""
    number = numbers.get(row["invoice_id"], "") if row["invoice_id"] else ""
    if row["receipt_number"]:
        return str(row["receipt_number"])
    if row["kind"] == "refund":
        return _("Refund")
    if row["kind"] == "charge":
        return str(row["description"] or _("Purchase"))
    if row["kind"] == "voucher":
        return _("Voucher %(number)s") % {"number": row["reference"]}
    if number:
        return _("For %(number)s") % {"number": number}
    return _("Promised payment")


def amount_text(minor: int, currency: str) -> str:
    """This function will write an amount for a sentence: "60.85 EUR"."""
    return format_amount(minor, currency, markup.current_locale(), shape="code")


def signed(row: Row) -> int:
    """This function will return the total as people read it: money that leaves is negative (model, 1)."""
    total: int = row["total_minor"]
    return -total if row["kind"] in {"refund", "charge"} else total


def amount_word(row: Row) -> str:
    """This function will return the word beside a negative amount."""
    return str(_AMOUNT_WORDS.get(row["kind"], ""))


def payment_status(row: Row) -> SafeString:
    """This function will show the status of a payment, and as badges what else is true of it (model, 2)."""
    look = row["status"]
    if look == "completed":
        look = {"refund": "refunded", "charge": "purchase"}.get(row["kind"], look)
    shown = [markup.status(look, label=words.status_word(kind=row["kind"], status=row["status"]))]
    if row["reversed_at"]:
        shown.append(markup.status("reversed"))
    elif row["refunded_minor"]:
        whole = row["refunded_minor"] == row["total_minor"]
        shown.append(markup.status("refunded" if whole else "part_refunded"))
    if row["confirmed_by_customer"] and not row["reversed_at"]:
        shown.append(markup.status("confirmed_by_customer"))
    if row["disputed_minor"]:
        shown.append(markup.status("disputed"))
    if row["lost_minor"]:
        shown.append(markup.status("lost_in_dispute"))
    if in_suspense(row):
        shown.append(markup.status("unassigned"))
    return write_html('<span class="cluster">{}</span>', SafeString("".join(shown)))


def in_suspense(row: Row) -> bool:
    """This function will say whether money is here and nobody knows yet whose it is."""
    return bool(
        row["customer_id"] is None
        and row["status"] == "completed"
        and row["reversed_at"] is None
        and row["kind"] == "receipt"
    )


def invoice_state(row: Row, today: Any) -> str:
    """This function will return the word of the state of an invoice on a day."""
    shown = display_state(
        state=row["state"],
        total_minor=row["total_minor"],
        open_minor=row["open_minor"],
        credited_minor=row["credited_minor"],
        written_off_minor=row["written_off_minor"],
        due_date=row["due_date"],
        today=today,
    )
    # A mail that was sent has arrived somewhere; a request that was sent waits for money.
    return "requested" if shown == "sent" else shown


def invoice_name(row: Row) -> str:
    """This function will return the number of an invoice, or that it is a draft."""
    return str(row["number"] or _("Draft"))


def per_period(frequency: str) -> str:
    """This function will return how often a price is due, as it stands behind the price: "a month"."""
    return str(_PER[frequency])


def price_text(minor: int, currency: str, frequency: str) -> str:
    """This function will write a price for a sentence: "89.00 EUR a month"."""
    return f"{amount_text(minor, currency)} {per_period(frequency)}"


def tax_word(price: Row) -> str:
    """This function will say whether the tax is in a price already."""
    return _("tax included") if price["includes_tax"] else _("plus tax")


def quantity_text(quantity: Decimal) -> str:
    """This function will write a quantity without empty places: 1.0000 is "1"."""
    return format_number(quantity.normalize(), markup.current_locale())


def day_text(day: date) -> str:
    """This function will write a local date for a sentence: "Nov 21, 2026"."""
    return format_day(day, markup.current_locale())


def last_day(end: date) -> date:
    """This function will return the last day of what ends before `end`: people do not read half-open periods."""
    return end - timedelta(days=1)


def period_text(start: date, end: date) -> str:
    """This function will write the days of a period, the last one included: "Jan 1, 2026 – Jan 31, 2026"."""
    return f"{day_text(start)} \N{EN DASH} {day_text(last_day(end))}"


def subscription_status(row: Row) -> SafeString:
    """This function will show the state of a subscription, and as badges what is agreed to change of it."""
    shown = [markup.status(row["state"])]
    if row["cancelled_at"] and row["state"] not in {"cancelled", "ended"} and row["end_date"]:
        shown.append(markup.badge(_("Ends %(day)s") % {"day": day_text(last_day(row["end_date"]))}, symbol="stop"))
    if row["paused_date"] and row["state"] != "paused":
        planned = _("Pauses %(day)s") % {"day": day_text(row["paused_date"])}
        shown.append(markup.badge(planned, tone="warning", symbol="pause"))
    return write_html('<span class="cluster">{}</span>', SafeString("".join(shown)))


def next_bill(row: Row) -> SafeString | str:
    """This function will show the day of the next bill; greyed while it waits for activation or the end of a pause."""
    if row["state"] == "draft":
        return markup.day(row["billing_start_date"])
    if row["state"] == "paused":
        return markup.day(row["resume_date"]) if row["next_period_start"] and row["resume_date"] else ""
    return markup.day(row["next_period_start"]) if row["next_period_start"] else ""


def period_price(row: Row, percents: Mapping[UUID, Decimal]) -> SafeString:
    """This function will show what a whole period costs with tax, and below it how long that is."""
    total = period_totals(row, percents[row["tax_rate_id"]]).total_minor
    shown = markup.amount(total, row["currency"], shape="code")
    return write_html('{}<div class="muted small">{}</div>', shown, per_period(row["frequency"]))


def percents_of(rows: Iterable[Row]) -> dict[UUID, Decimal]:
    """This function will return the percentages of the tax rates of subscriptions."""
    return {each.id: each.percent for each in tax_rates_by_id(row["tax_rate_id"] for row in rows).values()}
