"""Reading what documents say: invoices and credit notes with all their lines, many at once in a few statements."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import F

from tallystick.foundation.errors import NotFound
from tallystick.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from tallystick.invoices.states import DRAFT

_INVOICE = (
    "id",
    "kind",
    "expires_months",
    "state",
    "number",
    "customer_id",
    "currency",
    "prices_include_tax",
    "title",
    "invoice_date",
    "due_date",
    "stated_due_date",
    "seller",
    "buyer",
    "net_minor",
    "tax_minor",
    "total_minor",
)
_LINE = (
    "description",
    "quantity",
    "unit_price_minor",
    "tax_rate_id",
    "tax_percent",
    "net_minor",
    "tax_minor",
    "period_start",
    "period_end",
    "member_id",
    "member_name",
    "arithmetic",
)
_CREDIT_NOTE = (
    "id",
    "number",
    "invoice_id",
    "customer_id",
    "currency",
    "reason",
    "credit_note_date",
    "seller",
    "buyer",
    "net_minor",
    "tax_minor",
    "total_minor",
)
_CREDITED = {
    name: F(f"invoice_line__{name}")
    for name in ("tax_rate_id", "tax_percent", "period_start", "period_end", "member_id", "member_name")
}


def invoices_with_lines(ids: Iterable[UUID], *, of_customer: UUID | None = None) -> dict[UUID, dict[str, Any]]:
    """This function will return invoices by id, each with its lines in order; what does not exist is left out.

    For a customer that is all that is not their own, and drafts: nothing more is read of them than of what is missing.
    """
    found = Invoice.objects.filter(id__in=set(ids))
    if of_customer is not None:
        found = found.filter(customer_id=of_customer).exclude(state=DRAFT)
    rows = {row["id"]: {**_as_stated(row), "lines": []} for row in found.values(*_INVOICE)}
    lines = InvoiceLine.objects.filter(invoice_id__in=rows).order_by("invoice_id", "position")
    for line in lines.values("invoice_id", *_LINE):
        rows[line["invoice_id"]]["lines"].append(line)
    return rows


def credit_notes_with_lines(ids: Iterable[UUID], *, of_customer: UUID | None = None) -> dict[UUID, dict[str, Any]]:
    """This function will return credit notes by id, each with its lines in order and what it says of its invoice; what
    does not exist, and for a customer what is not their own, is left out.
    """
    about = {
        "invoice_number": F("invoice__number"),
        "invoice_date": F("invoice__invoice_date"),
        "prices_include_tax": F("invoice__prices_include_tax"),
    }
    notes = CreditNote.objects.filter(id__in=set(ids))
    if of_customer is not None:
        notes = notes.filter(customer_id=of_customer)
    rows = {row["id"]: {**row, "lines": []} for row in notes.values(*_CREDIT_NOTE, **about)}
    lines = CreditNoteLine.objects.filter(credit_note_id__in=rows).order_by("credit_note_id", "position")
    for line in lines.values("credit_note_id", "description", "net_minor", "tax_minor", **_CREDITED):
        rows[line["credit_note_id"]]["lines"].append(line)
    return rows


def _as_stated(row: dict[str, Any]) -> dict[str, Any]:
    """A document never changes: it says the due date that it was issued with (P10)."""
    stated = row.pop("stated_due_date")
    return {**row, "due_date": stated or row["due_date"]}


def line(line_id: UUID) -> dict[str, Any]:
    """This function will return a line of an invoice, with the invoice's customer and currency.

    Raises:
        NotFound: when there is none.
    """
    columns = {"customer_id": F("invoice__customer_id"), "currency": F("invoice__currency")}
    row = InvoiceLine.objects.filter(id=line_id).values("id", "invoice_id", "description", **columns).first()
    if row is None:
        raise NotFound(kind="line")
    return {**row}
