"""How payments, invoices, their amounts and what happened to them are called on pages of the back office."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.formatting import format_amount
from tallystick.interfaces.kit.writing import write_html
from tallystick.invoices.states import display_state
from tallystick.wire import words

Row = Mapping[str, Any]

_AMOUNT_WORDS = {"refund": gettext_lazy("Refund"), "charge": gettext_lazy("Purchase")}


def payment_name(row: Row, numbers: Mapping[UUID, str]) -> str:
    """This function will return what people call a payment: its receipt's number, or what it is expected for."""
    number = numbers.get(row["invoice_id"], "") if row["invoice_id"] else ""
    if row["receipt_number"]:
        return str(row["receipt_number"])
    if row["kind"] == "refund":
        return _("Refund")
    if number:
        return _("Expected for %(number)s") % {"number": number}
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
    if row["lost_minor"]:
        shown.append(markup.status("disputed"))
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
    return display_state(
        state=row["state"],
        total_minor=row["total_minor"],
        open_minor=row["open_minor"],
        credited_minor=row["credited_minor"],
        written_off_minor=row["written_off_minor"],
        due_date=row["due_date"],
        today=today,
    )


def invoice_name(row: Row) -> str:
    """This function will return the number of an invoice, or that it is a draft."""
    return str(row["number"] or _("Draft"))
