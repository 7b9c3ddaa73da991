"""Invoices: the list, and one as it was issued, with how to pay it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.allocations.queries import allocations_of_invoice, holders
from tallystick.foundation.business import bank_account
from tallystick.foundation.ids import public_id
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.formatting import format_number
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.interfaces.portal.addresses import payment_url
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.showing import InvoiceView, shown_invoice, shown_party
from tallystick.invoices import queries
from tallystick.invoices.states import INVOICE, TOPUP
from tallystick.payments import queries as payments
from tallystick.wallets.queries import tax_documents
from tallystick.wire import builders
from tallystick.wire.ids import invoice_id_of
from tallystick.wire.wallets import TAX_DOCUMENT

TABLE: Table[InvoiceView] = Table(
    name="invoices",
    label=_("Invoices"),
    columns=[
        Column(key="number", label=_("Invoice"), cell=lambda row: row.number, phone="title", nowrap=True),
        Column(key="date", label=_("Date"), cell=lambda row: markup.day(row.invoice_date)),
        Column(key="due", label=_("Due"), cell=lambda row: markup.day(row.due_date), phone="meta"),
        Column(key="status", label=_("Status"), cell=lambda row: markup.status(row.state), phone="meta"),
        Column(
            key="total",
            label=_("Total"),
            number=True,
            cell=lambda row: markup.amount(row.total_minor, row.currency),
            phone="amount",
        ),
        Column(
            key="open",
            label=_("To pay"),
            number=True,
            cell=lambda row: markup.amount(row.open_minor, row.currency, tone="" if row.open_minor else "muted"),
        ),
    ],
    row_id=lambda row: row.number,
    row_href=lambda row: row.url,
    filters=[
        Filter(
            key="status",
            label=_("Status"),
            choices=[Choice("open", _("To pay")), Choice("overdue", _("Overdue")), Choice("paid", _("Paid"))],
        )
    ],
    search_label=_("Number or title"),
    exports=False,
    empty_title=_("No invoices yet"),
    empty_text=_("As soon as one is issued to you, you find it here."),
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
    """This function will list the customer's invoices, newest first."""
    query = TABLE.read(request.GET)
    found = queries.invoices_page(
        queries.InvoiceFilter(
            customer_id=request.customer_id,
            kind=INVOICE,
            status=query.text("status"),
            search=query.search,
            without_drafts=True,
        ),
        today=request.today,
        cursor=query.after or query.before,
    )
    rows = [shown_invoice(row, request.today) for row in found.rows]
    shown = TABLE.page(query, request.path, rows, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor)
    return table_response(request, "portal/invoices.html", shown)


@require_safe
@page()
def invoice_page(request: ContactRequest, public: str) -> HttpResponse:
    """This function will show one invoice: lines, tax by rate, what was paid, and how to pay what is left."""
    invoice_id = invoice_id_of(public)
    row = queries.invoice(invoice_id, of_customer=request.customer_id)
    lines = [_line(line) for line in queries.lines(invoice_id)]
    live = payments.live_scheduled(invoice_id)
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
        "tax_documents": [
            {**each, "public_id": public_id(TAX_DOCUMENT, each["id"])}
            for each in tax_documents([invoice_id])[invoice_id]
        ],
        "credit_notes": _credit_notes(invoice_id),
        "bank": bank_account(),
        "under_way": payment_url(live["id"]) if live and holders([invoice_id]) else "",
        "promised": payment_url(live["id"]) if live and live["method"] == "bank_transfer" else "",
    }
    return render(request, "portal/invoice.html", context)


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
    numbers = {
        each["payment_id"]: payments.public_payment(each["payment_id"])["receipt_number"]
        for each in parts
        if each["payment_id"]
    }
    return [
        {
            **each,
            "receipt_number": numbers.get(each["payment_id"], ""),
            "url": payment_url(each["payment_id"]) if each["payment_id"] else "",
        }
        for each in parts
    ]
