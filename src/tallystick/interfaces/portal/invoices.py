"""Invoices: the list, and one as it was issued, with how to pay it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.allocations.queries import allocations_of_invoice, holders
from tallystick.foundation.business import bank_account
from tallystick.foundation.ids import public_id
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.components.actions import button
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.formatting import format_number
from tallystick.interfaces.kit.tables import Column, Table, View, table_response
from tallystick.interfaces.portal.addresses import invoice_pdf_url, pay_url, payment_url
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.lateness import lateness
from tallystick.interfaces.portal.showing import InvoiceView, shown_invoice, shown_party
from tallystick.invoices import queries
from tallystick.invoices.states import INVOICE, TOPUP
from tallystick.ledger.queries import standings
from tallystick.payments import queries as payments
from tallystick.usecases.e_invoices import tax_documents_with_xml, why_no_e_invoice
from tallystick.wallets.queries import tax_documents
from tallystick.wire import builders
from tallystick.wire.ids import invoice_id_of
from tallystick.wire.wallets import TAX_DOCUMENT


@dataclass(frozen=True, kw_only=True)
class ListedInvoice:
    """An invoice in the list, and what the contact may do about it: empty for what they may not, or need not."""

    shown: InvoiceView
    pay_url: str
    pdf_url: str


def _named(row: ListedInvoice) -> object:
    return markup.thing(row.shown.number, detail=markup.day(row.shown.invoice_date))


def _acts(row: ListedInvoice) -> object:
    links = []
    if row.pay_url:
        label = _("Pay %(number)s") % {"number": row.shown.number}
        links.append(
            button(_("Pay"), href=row.pay_url, size="small", variant="primary", in_dialog=True, aria_label=label)
        )
    if row.pdf_url:
        label = _("PDF of %(number)s") % {"number": row.shown.number}
        links.append(button(label, href=row.pdf_url, size="small", icon="download", only_icon=True))
    return format_html(
        '<span class="cluster cluster--end">{}</span>', format_html_join("", "{}", ((each,) for each in links))
    )


def _due(row: ListedInvoice) -> object:
    # On a phone no heading says which of the two dates it is.
    return format_html('<span class="on-phone-only">{}</span> <bdi>{}</bdi>', _("Due"), markup.day(row.shown.due_date))


TABLE: Table[ListedInvoice] = Table(
    name="invoices",
    label=gettext_lazy("Invoice history"),
    columns=[
        Column(key="number", label=gettext_lazy("Invoice"), cell=_named, phone="title", nowrap=True),
        Column(key="due", label=gettext_lazy("Due"), cell=_due, phone="meta"),
        Column(
            key="status", label=gettext_lazy("Status"), cell=lambda row: markup.status(row.shown.state), phone="meta"
        ),
        Column(
            key="total",
            label=gettext_lazy("Total"),
            number=True,
            cell=lambda row: markup.amount(row.shown.total_minor, row.shown.currency),
            phone="amount",
        ),
        Column(
            key="open",
            label=gettext_lazy("To pay"),
            number=True,
            cell=lambda row: markup.amount(
                row.shown.open_minor, row.shown.currency, tone="" if row.shown.open_minor else "muted"
            ),
        ),
        Column(key="acts", label=gettext_lazy("What you can do"), cell=_acts, phone="meta", nowrap=True),
    ],
    row_id=lambda row: row.shown.number,
    row_href=lambda row: row.shown.url,
    views=[
        View(gettext_lazy("All")),
        View(gettext_lazy("To pay"), (("status", "open"),)),
    ],
    filters=[
        Filter(
            key="status",
            label=gettext_lazy("Status"),
            choices=[
                Choice("open", gettext_lazy("To pay")),
                Choice("overdue", gettext_lazy("Overdue")),
                Choice("paid", gettext_lazy("Paid")),
            ],
        ),
        Filter(key="issued", label=gettext_lazy("Date"), kind="days"),
        Filter(key="due", label=gettext_lazy("Due"), kind="days"),
    ],
    search_label=gettext_lazy("Number or title"),
    exports=False,
    empty_title=gettext_lazy("No invoices yet"),
    empty_text=gettext_lazy("As soon as one is issued to you, you find it here."),
    empty_icon="invoice",
)

# The rest of an invoice's columns, the remark above all, is the business's own.
_SHOWN = (
    "net_minor",
    "tax_minor",
    "total_minor",
    "open_minor",
    "credited_minor",
    "wallet_minor",
    "written_off_minor",
    "state",
    "expires_months",
)


@dataclass(frozen=True, kw_only=True)
class TaxSum:
    """What is taxed at one rate."""

    percent: str
    net_minor: int
    tax_minor: int


@require_safe
@page()
def invoice_list(request: ContactRequest) -> HttpResponse:
    """This function will list the customer's invoices, newest first, with what can be done about each (C3)."""
    query = TABLE.read(request.GET)
    issued, due = query.days("issued"), query.days("due")
    found = queries.invoices_page(
        queries.InvoiceFilter(
            customer_id=request.customer_id,
            kind=INVOICE,
            status=query.values("status"),
            search=query.search,
            issued_from=issued[0],
            issued_until=issued[1],
            due_from=due[0],
            due_until=due[1],
            without_drafts=True,
        ),
        today=request.today,
        cursor=query.after or query.before,
    )
    rows = [_listed(request, row) for row in found.rows]
    shown = TABLE.page(query, request.path, rows, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor)
    owed = [each for each in standings(request.customer_id) if each.owes_minor > 0] if request.may["pay"] else []
    return table_response(request, "portal/invoices.html", shown, {"owed": owed})


def _listed(request: ContactRequest, row: dict[str, Any]) -> ListedInvoice:
    shown = shown_invoice(row, request.today)
    pays = request.may["pay"] and shown.open_minor > 0
    return ListedInvoice(
        shown=shown,
        pay_url=pay_url(row["id"]) if pays else "",
        pdf_url=invoice_pdf_url(row["id"]) if request.may["download"] else "",
    )


@require_safe
@page()
def invoice_page(request: ContactRequest, public: str) -> HttpResponse:
    """This function will show one invoice: lines, tax by rate, what was paid, and how to pay what is left."""
    invoice_id = invoice_id_of(public)
    row = queries.invoice(invoice_id, of_customer=request.customer_id)
    lines = [_line(line) for line in queries.lines(invoice_id)]
    live = payments.live_scheduled(invoice_id)
    # It may be a payment of more than this.
    held_by = holders([invoice_id]).get(invoice_id)
    context = {
        "invoice": shown_invoice(row, request.today),
        "is_topup": row["kind"] == TOPUP,
        "facts": {name: row[name] for name in _SHOWN},
        "seller": shown_party(row["seller"]),
        "buyer": shown_party(row["buyer"]),
        "public_id": public,
        "lines": lines,
        "taxes": _taxes(lines),
        "paid": _paid(invoice_id),
        "tax_documents": _tax_documents(request, invoice_id),
        "credit_notes": _credit_notes(invoice_id),
        "is_e_invoice": not why_no_e_invoice(actor=request.actor, invoice_id=invoice_id),
        "bank": bank_account(row["currency"]),
        "under_way": "" if held_by is None else payment_url(payments.attempt(held_by)["payment_id"]),
        "late": lateness(row, today=request.today),
        "promised": payment_url(live["id"]) if live and live["method"] == "bank_transfer" else "",
    }
    return render(request, "portal/invoice.html", context)


def _tax_documents(request: ContactRequest, request_id: UUID) -> list[dict[str, Any]]:
    """The tax documents of a top-up request, and which of them are e-invoices."""
    rows = tax_documents([request_id])[request_id]
    with_xml = tax_documents_with_xml(actor=request.actor, of_topups=[each["id"] for each in rows]) if rows else set()
    return [
        {**each, "public_id": public_id(TAX_DOCUMENT, each["id"]), "is_e_invoice": each["id"] in with_xml}
        for each in rows
    ]


def _line(line: dict[str, Any]) -> dict[str, Any]:
    quantity: Decimal = line["quantity"]
    last = line["period_end"] - timedelta(days=1) if line["period_end"] else None
    return {
        **line,
        "quantity": format_number(quantity.normalize() + 0, markup.current_locale()),
        "percent": format_number(line["tax_percent"].normalize() + 0, markup.current_locale()),
        "period_last": last,
    }


def _taxes(lines: list[dict[str, Any]]) -> list[TaxSum]:
    sums: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for line in lines:
        sums[line["percent"]][0] += line["net_minor"]
        sums[line["percent"]][1] += line["tax_minor"]
    return [TaxSum(percent=percent, net_minor=net, tax_minor=tax) for percent, (net, tax) in sorted(sums.items())]


def _credit_notes(invoice_id: UUID) -> list[dict[str, Any]]:
    shown = ("number", "credit_note_date", "reason", "total_minor", "currency")
    return [
        {**{name: note[name] for name in shown}, "public_id": public_id(builders.CREDIT_NOTE, note["id"])}
        for note in queries.credit_notes_of(invoice_id)
    ]


def _paid(invoice_id: Any) -> list[dict[str, Any]]:
    parts = [each for each in allocations_of_invoice(invoice_id) if each["released_at"] is None]
    paying = payments.public_payments(each["payment_id"] for each in parts if each["payment_id"])
    numbers = {row["id"]: row["receipt_number"] for row in paying}
    return [
        {
            **each,
            "receipt_number": numbers.get(each["payment_id"], ""),
            "url": payment_url(each["payment_id"]) if each["payment_id"] else "",
        }
        for each in parts
    ]
