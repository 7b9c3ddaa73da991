"""Reading invoices and credit notes."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from tallystick.invoices.states import ISSUED

FIELDS = (
    "id",
    "state",
    "number",
    "customer_id",
    "currency",
    "prices_include_tax",
    "title",
    "remark",
    "invoice_date",
    "due_date",
    "issued_at",
    "voided_at",
    "created_at",
    "seller",
    "buyer",
    "net_minor",
    "tax_minor",
    "total_minor",
    "allocated_minor",
    "credited_minor",
    "written_off_minor",
    "difference_minor",
    "wallet_minor",
    "credit_noted_minor",
    "open_minor",
)
_LINE_FIELDS = (
    "id",
    "position",
    "description",
    "quantity",
    "unit_price_minor",
    "is_fee",
    "tax_rate_id",
    "tax_percent",
    "net_minor",
    "tax_minor",
    "period_start",
    "period_end",
)
_CREDIT_NOTE_FIELDS = (
    "id",
    "number",
    "invoice_id",
    "customer_id",
    "currency",
    "reason",
    "credit_note_date",
    "issued_at",
    "seller",
    "buyer",
    "net_minor",
    "tax_minor",
    "total_minor",
    "allocated_minor",
    "refunded_minor",
)


@dataclass(frozen=True)
class InvoiceFilter:
    """Which invoices a list shows. Empty fields do not narrow; `status` is a word that people read (`states`)."""

    customer_id: UUID | None = None
    status: str = ""
    currency: str = ""
    search: str = ""
    due_from: date | None = None
    due_until: date | None = None
    without_drafts: bool = False


def invoice(invoice_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return an invoice's columns, narrowed to a customer's own when one is given.

    Raises:
        NotFound: when there is none.
    """
    rows = Invoice.objects.filter(id=invoice_id)
    if of_customer is not None:
        rows = rows.filter(customer_id=of_customer).exclude(state=Invoice.State.DRAFT)
    row = rows.values(*FIELDS).first()
    if row is None:
        raise NotFound(kind="invoice")
    return row


def lines(invoice_id: UUID) -> list[dict[str, Any]]:
    """This function will return the lines of an invoice in order."""
    return list(InvoiceLine.objects.filter(invoice_id=invoice_id).order_by("position").values(*_LINE_FIELDS))


def invoices_page(wanted: InvoiceFilter, *, today: date, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of invoices, newest first."""
    rows = _narrowed(wanted, today)
    return page(rows.values(*FIELDS), order=("-created_at", "-id"), cursor=cursor, limit=limit)


def open_invoices(customer_id: UUID, currency: str = "") -> list[dict[str, Any]]:
    """This function will return a customer's open invoices, oldest due date first: the order in which credit pays."""
    rows = Invoice.objects.filter(customer_id=customer_id, state=ISSUED, open_minor__gt=0)
    if currency:
        rows = rows.filter(currency=currency)
    return list(rows.order_by("due_date", "id").values(*FIELDS))


def by_number(number: str) -> dict[str, Any] | None:
    """This function will return the issued invoice with a number, or None."""
    return Invoice.objects.filter(number=number.strip().upper()).exclude(state="void").values(*FIELDS).first()


def numbers(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the invoices' numbers by id; a draft has none and is left out."""
    rows = Invoice.objects.filter(id__in=set(ids), number__isnull=False).values_list("id", "number")
    return {invoice_id: number for invoice_id, number in rows if number is not None}


def credit_notes_of(invoice_id: UUID) -> list[dict[str, Any]]:
    """This function will return the credit notes of an invoice, oldest first."""
    return list(CreditNote.objects.filter(invoice_id=invoice_id).order_by("issued_at").values(*_CREDIT_NOTE_FIELDS))


def credit_note(credit_note_id: UUID) -> dict[str, Any]:
    """This function will return a credit note's columns and its lines.

    Raises:
        NotFound: when there is none.
    """
    row = CreditNote.objects.filter(id=credit_note_id).values(*_CREDIT_NOTE_FIELDS).first()
    if row is None:
        raise NotFound(kind="credit note")
    found = CreditNoteLine.objects.filter(credit_note_id=credit_note_id).order_by("position")
    return {**row, "lines": list(found.values("position", "description", "net_minor", "tax_minor"))}


def credit_notes_with_credit(customer_id: UUID, currency: str) -> list[dict[str, Any]]:
    """This function will return a customer's credit notes that have something left, oldest first."""
    rows = CreditNote.objects.filter(customer_id=customer_id, currency=currency).order_by("issued_at", "id")
    found = []
    for row in rows.values(*_CREDIT_NOTE_FIELDS):
        if row["total_minor"] > row["allocated_minor"] + row["refunded_minor"]:
            found.append(row)
    return found


def _narrowed(wanted: InvoiceFilter, today: date) -> Any:
    rows = Invoice.objects.all()
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    if wanted.without_drafts:
        rows = rows.exclude(state="draft")
    if wanted.currency:
        rows = rows.filter(currency=wanted.currency)
    if wanted.search:
        rows = rows.filter(Q(number__icontains=wanted.search) | Q(title__icontains=wanted.search))
    if wanted.due_from:
        rows = rows.filter(due_date__gte=wanted.due_from)
    if wanted.due_until:
        rows = rows.filter(due_date__lte=wanted.due_until)
    if wanted.status in {"draft", "void"}:
        rows = rows.filter(state=wanted.status)
    elif wanted.status == "open":
        rows = rows.filter(state=ISSUED, open_minor__gt=0)
    elif wanted.status == "overdue":
        rows = rows.filter(state=ISSUED, open_minor__gt=0, due_date__lt=today)
    elif wanted.status == "paid":
        rows = rows.filter(state=ISSUED, open_minor=0)
    return rows
