"""Reading invoices and credit notes."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db.models import Count, F, Q, Sum

from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_for, fetch_one
from tallystick.invoices import searching
from tallystick.invoices.models import CreditNote, CreditNoteLine, Invoice, InvoiceLine
from tallystick.invoices.states import ISSUED, PAYABLE, SENT

FIELDS = (
    "id",
    "kind",
    "is_usage",
    "expires_months",
    "state",
    "number",
    "customer_id",
    "group_id",
    "currency",
    "prices_include_tax",
    "title",
    "remark",
    "invoice_date",
    "due_date",
    "stated_due_date",
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
    "member_id",
    "member_name",
    "arithmetic",
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

_ONE = f"SELECT {', '.join(FIELDS)} FROM invoices_invoice WHERE id = %s"  # noqa: S608 - our own columns
_LINES = f"SELECT {', '.join(_LINE_FIELDS)} FROM invoices_invoiceline WHERE invoice_id = %s ORDER BY position"  # noqa: S608
_NUMBERS = "SELECT id, number FROM invoices_invoice WHERE id = ANY(%s) AND number IS NOT NULL"

# What a file has of an invoice: nothing that only staff read, and no document.
_FILE_FIELDS: Final = tuple(name for name in FIELDS if name not in {"remark", "seller", "buyer"})
_NAMES: Final = {
    "customer_number": "customer__number",
    "customer_name": "customer__name",
    "group_name": "group__name",
}
# How many rows of a file are read at once.
_CHUNK: Final = 2000
_NEWEST: Final = ("-created_at", "-id")


@dataclass(frozen=True)
class InvoiceFilter:
    """Which invoices a list shows. Empty fields do not narrow; `status` is a word that people read (`states`)."""

    customer_id: UUID | None = None
    # Of which kind: `states.INVOICE` or `states.TOPUP`.
    kind: str = ""
    status: str | tuple[str, ...] = ""
    currency: str | tuple[str, ...] = ""
    search: str = ""
    issued_from: date | None = None
    issued_until: date | None = None
    due_from: date | None = None
    due_until: date | None = None
    without_drafts: bool = False
    # Only invoices of these customers, or of these billing groups; None does not narrow.
    customer_ids: tuple[UUID, ...] | None = None
    group_ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True)
class InvoicesPage(Page):
    """A page of invoices. When it is cut, more invoices fit the search than are listed."""

    is_cut: bool


@dataclass(frozen=True)
class OpenTotal:
    """What is open on issued invoices in one currency, in minor units, and the part of it that is overdue."""

    currency: str
    open_minor: int
    overdue_minor: int
    count: int
    overdue_count: int


def invoice(invoice_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return an invoice's columns, narrowed to a customer's own when one is given.

    Raises:
        NotFound: when there is none.
    """
    if of_customer is None:
        row = fetch_one(_ONE, [invoice_id])
    else:
        row = fetch_one(f"{_ONE} AND customer_id = %s AND state <> 'draft'", [invoice_id, of_customer])
    if row is None:
        raise NotFound(kind="invoice")
    return row


def invoices_by_id(ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the columns of several invoices, in one query; what does not exist is left out."""
    return {row["id"]: row for row in Invoice.objects.filter(id__in=set(ids)).values(*FIELDS)}


def lines_of(invoice_ids: Iterable[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """This function will return the lines of several invoices in order, by invoice, in one query."""
    by_invoice: dict[UUID, list[dict[str, Any]]] = {invoice_id: [] for invoice_id in invoice_ids}
    rows = InvoiceLine.objects.filter(invoice_id__in=list(by_invoice)).order_by("invoice_id", "position")
    for row in rows.values("invoice_id", *_LINE_FIELDS):
        by_invoice[row["invoice_id"]].append(row)
    return by_invoice


def lines(invoice_id: UUID) -> list[dict[str, Any]]:
    """This function will return the lines of an invoice in order."""
    return fetch(_LINES, [invoice_id])


def invoices_page(wanted: InvoiceFilter, *, today: date, cursor: str = "", limit: int = 50) -> InvoicesPage:
    """This function will return a page of invoices, newest first."""
    rows, named = _narrowed(wanted, today), _named(wanted)

    def read(rows: Any, ordering: Sequence[str], most: int) -> list[dict[str, Any]]:
        if named is not None:
            near = searching.nearest(rows, ordering, named.customer_ids, most) if named.customer_ids else []
            rows = rows.filter(id__in={*named.ids, *near})
        elif wanted.customer_id is not None:
            # An index has what a customer's list is narrowed by: nothing that is passed is read.
            rows = rows.filter(id__in=rows.order_by(*ordering).values("id")[:most])
        return list(rows.order_by(*ordering)[:most])

    found = page(rows.values(*FIELDS), order=_NEWEST, cursor=cursor, limit=limit, read=read)
    is_cut = named is not None and named.is_cut
    return InvoicesPage(found.rows, found.next_cursor, found.previous_cursor, is_cut)


def all_invoices(wanted: InvoiceFilter, *, today: date) -> Iterator[dict[str, Any]]:
    """This function will return every invoice of a list, newest first, with the names of its customer and its group.

    They are read some at a time, from one snapshot.
    """
    names = {
        "customer_number": F("customer__number"),
        "customer_name": F("customer__name"),
        "group_name": F("group__name"),
    }
    rows = _all(wanted, today).order_by(*_NEWEST).values(*FIELDS, **names)
    yield from rows.iterator(chunk_size=_CHUNK)


def more_than(wanted: InvoiceFilter, most: int, *, today: date) -> bool:
    """This function will say whether a list has more than so many invoices; it counts no further."""
    return bool(_all(wanted, today).order_by()[: most + 1].count() > most)


def open_invoices(customer_id: UUID, currency: str = "", *, limit: int | None = None) -> list[dict[str, Any]]:
    """This function will return a customer's open invoices, oldest due date first: the order in which credit pays. With
    a `limit`, that many of them at most.
    """
    rows = Invoice.objects.filter(customer_id=customer_id, state=ISSUED, open_minor__gt=0)
    if currency:
        rows = rows.filter(currency=currency)
    return list(rows.order_by("due_date", "id").values(*FIELDS)[:limit])


def open_totals(today: date) -> list[OpenTotal]:
    """This function will return what all customers owe, and what of it is overdue, for each currency."""
    late = Q(due_date__lt=today)
    rows = (
        Invoice.objects.filter(state=ISSUED, open_minor__gt=0)
        .values("currency")
        .annotate(
            minor=Sum("open_minor"), late=Sum("open_minor", filter=late), n=Count("id"), n_late=Count("id", filter=late)
        )
        .order_by("currency")
    )
    return [OpenTotal(row["currency"], row["minor"], row["late"] or 0, row["n"], row["n_late"]) for row in rows]


def found(text: str, *, open_only: bool = False, limit: int = 8) -> list[dict[str, Any]]:
    """This function will find issued invoices, newest first, by their number, title or customer (`searching.named`).

    Top-up requests that were sent are among them: they can be paid too (D9).
    """
    rows = Invoice.objects.filter(state__in=PAYABLE)
    if open_only:
        rows = rows.filter(open_minor__gt=0)
    named = searching.named(text)
    near = searching.nearest(rows, _NEWEST, named.customer_ids, limit) if named.customer_ids else []
    return list(rows.filter(id__in={*named.ids, *near}).order_by(*_NEWEST).values(*FIELDS)[:limit])


def payable(
    *,
    number: str = "",
    issued_date: date | None = None,
    customer_ids: tuple[UUID, ...] | None = None,
    customer_id: UUID | None = None,
    currency: str = "",
    without: Sequence[UUID] = (),
    limit: int,
) -> list[dict[str, Any]]:
    """This function will find open invoices, and top-up requests that were sent, by all that is said (D7).

    A number fits at its beginning or its end. Those of one customer come oldest due date first, else the newest first.
    """
    rows = Invoice.objects.filter(state__in=PAYABLE, open_minor__gt=0).exclude(id__in=without)
    exact = {"invoice_date": issued_date, "customer_id": customer_id, "currency": currency}
    rows = rows.filter(**{column: value for column, value in exact.items() if value})
    if customer_ids is not None:
        rows = rows.filter(customer_id__in=customer_ids)
    if number.strip():
        rows = rows.filter(searching.by_number(number))
    rows = rows.order_by(*(("due_date", "id") if customer_id else ("-created_at", "-id")))
    # An index has order and number: of what is passed until enough fit nothing else is read.
    found = list(rows.values_list("id", flat=True)[:limit])
    return list(rows.filter(id__in=found).values(*FIELDS))


def by_number(number: str) -> dict[str, Any] | None:
    """This function will return the issued invoice, or the top-up request that was sent, with a number, or None."""
    row: dict[str, Any] | None = (
        Invoice.objects.filter(number=number.strip().upper()).exclude(state="void").values(*FIELDS).first()
    )
    return row


def of_groups(group_ids: Iterable[UUID], *, limit: int) -> list[UUID]:
    """This function will return the invoices of billing groups, the newest first."""
    rows = Invoice.objects.filter(group_id__in=set(group_ids)).order_by("-created_at", "-id")
    return list(rows.values_list("id", flat=True)[:limit])


def by_numbers(numbers: Iterable[str]) -> dict[str, dict[str, Any]]:
    """This function will return the issued invoices with these numbers, by number; what fits none is left out."""
    wanted = {number.strip().upper() for number in numbers}
    rows = Invoice.objects.filter(number__in=wanted).exclude(state="void").values(*FIELDS)
    return {row["number"]: row for row in rows}


def numbers(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the invoices' numbers by id; a draft has none and is left out."""
    return {row["id"]: row["number"] for row in fetch_for(_NUMBERS, ids)}


def credit_notes_of(invoice_id: UUID) -> list[dict[str, Any]]:
    """This function will return the credit notes of an invoice, oldest first."""
    return list(CreditNote.objects.filter(invoice_id=invoice_id).order_by("issued_at").values(*_CREDIT_NOTE_FIELDS))


def credit_note(credit_note_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return a credit note's columns and its lines; for a customer only of one of their own.

    Raises:
        NotFound: when there is none.
    """
    notes = CreditNote.objects.filter(id=credit_note_id)
    if of_customer is not None:
        notes = notes.filter(customer_id=of_customer)
    row: dict[str, Any] | None = notes.values(*_CREDIT_NOTE_FIELDS).first()
    if row is None:
        raise NotFound(kind="credit note")
    found = CreditNoteLine.objects.filter(credit_note_id=credit_note_id).order_by("position")
    return {**row, "lines": list(found.values("position", "description", "net_minor", "tax_minor"))}


def credit_note_numbers(ids: Iterable[UUID]) -> dict[UUID, str]:
    """This function will return the numbers of credit notes by id."""
    return dict(CreditNote.objects.filter(id__in=set(ids)).values_list("id", "number"))


def credit_notes_with_credit(customer_id: UUID, currency: str) -> list[dict[str, Any]]:
    """This function will return a customer's credit notes that have something left, oldest first."""
    rows = CreditNote.objects.filter(customer_id=customer_id, currency=currency).order_by("issued_at", "id")
    left = rows.filter(total_minor__gt=F("allocated_minor") + F("refunded_minor"))
    return list(left.values(*_CREDIT_NOTE_FIELDS))


def _all(wanted: InvoiceFilter, today: date) -> Any:
    """All that a list shows, in no order."""
    rows, named = _narrowed(wanted, today), _named(wanted)
    return rows if named is None else rows.filter(Q(id__in=named.ids) | Q(customer_id__in=named.customer_ids))


def _named(wanted: InvoiceFilter) -> searching.Named | None:
    """What a filter names by a search or by customers; None when it names nothing, or searches one customer's own."""
    searches = bool(wanted.search) and wanted.customer_id is None
    if not searches:
        return None if wanted.customer_ids is None else searching.Named((), wanted.customer_ids)
    named = searching.named(wanted.search)
    if wanted.customer_ids is None:
        return named
    return replace(named, customer_ids=tuple(set(named.customer_ids).intersection(wanted.customer_ids)))


def _narrowed(wanted: InvoiceFilter, today: date) -> Any:
    """All that a filter asks for but a search of everybody's."""
    exact = {"kind": wanted.kind, "customer_id": wanted.customer_id}
    rows = Invoice.objects.filter(**{column: value for column, value in exact.items() if value})
    if wanted.without_drafts:
        rows = rows.exclude(state="draft")
    if wanted.customer_ids is not None:
        rows = rows.filter(customer_id__in=wanted.customer_ids)
    if wanted.group_ids is not None:
        rows = rows.filter(group_id__in=wanted.group_ids)
    if currencies := _each(wanted.currency):
        rows = rows.filter(currency__in=currencies)
    if wanted.search and wanted.customer_id is not None:
        rows = rows.filter(searching.of_one(wanted.search, wanted.customer_id))
    days = {
        "invoice_date__gte": wanted.issued_from,
        "invoice_date__lte": wanted.issued_until,
        "due_date__gte": wanted.due_from,
        "due_date__lte": wanted.due_until,
    }
    rows = rows.filter(**{column: day for column, day in days.items() if day})
    states = Q()
    for status in _each(wanted.status):
        states |= _IN_STATE.get(status, Q(state=status)) & (Q(due_date__lt=today) if status == "overdue" else Q())
    return rows.filter(states)


_CREDITED = Q(total_minor__gt=0, credited_minor=F("total_minor"))
# What people read, as what is stored; a draft and a void invoice are stored by their word.
_IN_STATE = {
    "open": Q(state=ISSUED, open_minor__gt=0),
    "overdue": Q(state=ISSUED, open_minor__gt=0),
    "part_paid": Q(state=ISSUED, open_minor__gt=0, open_minor__lt=F("total_minor")),
    "paid": Q(state=ISSUED, open_minor=0, written_off_minor=0) & ~_CREDITED,
    "credited": Q(state=ISSUED, open_minor=0, written_off_minor=0) & _CREDITED,
    "written_off": Q(state=ISSUED, open_minor=0, written_off_minor__gt=0),
    "sent": Q(state=SENT, open_minor=F("total_minor")),
    "part_provisioned": Q(state=SENT, open_minor__gt=0, open_minor__lt=F("total_minor")),
    "provisioned": Q(state=SENT, open_minor=0),
}


def _each(value: str | tuple[str, ...]) -> list[str]:
    return [each for each in ((value,) if isinstance(value, str) else value) if each]
