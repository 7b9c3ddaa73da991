"""Invoices: the list, and the page of one with what settled it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.allocations import queries as allocations
from tallystick.catalog.queries import tax_rates_by_id
from tallystick.correspondence import queries as correspondence
from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.dunning_pauses import reminders_of
from tallystick.interfaces.backoffice.exports import as_file
from tallystick.interfaces.backoffice.invoice_files import invoices_file, invoices_spreadsheet
from tallystick.interfaces.backoffice.invoice_links import invoice_acts_of
from tallystick.interfaces.backoffice.naming import Row, invoice_name, invoice_state
from tallystick.interfaces.backoffice.parts import journal_of, payment_lines, subscription_facts
from tallystick.interfaces.backoffice.payment_link_acts import payment_links_of
from tallystick.interfaces.backoffice.payment_table import customers_named, is_customer, is_group
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.formatting import format_number
from tallystick.interfaces.kit.tables import BulkAction, Column, Table, View, table_response
from tallystick.invoices import queries
from tallystick.invoices.queries import InvoiceFilter
from tallystick.invoices.states import INVOICE, ISSUED, TOPUP
from tallystick.ledger import queries as ledger
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.subscriptions import references
from tallystick.subscriptions.references import Reference
from tallystick.usecases.documents import Bundle
from tallystick.usecases.e_invoices import tax_documents_with_xml, why_no_e_invoice
from tallystick.usecases.roles import Permission
from tallystick.wallets import queries as wallets
from tallystick.wire import builders
from tallystick.wire.wallets import WALLET_DRAW

_STATES = {
    "draft": _("Draft"),
    "open": _("Open"),
    "overdue": _("Overdue"),
    "paid": _("Paid"),
    "sent": _("Sent"),
    "provisioned": _("Provisioned"),
    "void": _("Void"),
}
_CUT = _("Too many invoices fit. Type more: not all of them are shown.")
_KINDS = {INVOICE: _("Invoices"), TOPUP: _("Top-up requests")}

_BUNDLES = [
    BulkAction(name=Bundle.ONE_PDF, label=_("Download as one PDF"), icon="download"),
    BulkAction(name=Bundle.ZIP, label=_("Download as ZIP"), icon="download"),
]


def _columns(request: StaffRequest, names: dict[UUID, str]) -> list[Column[Row]]:
    return [
        Column(key="number", label=_("Invoice"), cell=invoice_name, phone="title", nowrap=True),
        Column(
            key="customer",
            label=_("Customer"),
            cell=lambda row: markup.person(names[row["customer_id"]]),
            phone="meta",
        ),
        Column(
            key="state",
            label=_("State"),
            cell=lambda row: markup.status(invoice_state(row, request.today)),
            phone="meta",
        ),
        Column(key="title", label=_("Title"), cell=lambda row: row["title"], wide_only=True),
        Column(key="date", label=_("Date"), cell=lambda row: markup.day(row["invoice_date"]), wide_only=True),
        Column(key="due", label=_("Due"), cell=lambda row: markup.day(row["due_date"]), phone="meta"),
        Column(
            key="total",
            label=_("Total"),
            cell=lambda row: markup.amount(row["total_minor"], row["currency"], shape="code"),
            number=True,
            phone="amount",
        ),
        Column(
            key="open",
            label=_("Open"),
            cell=lambda row: (
                markup.amount(row["open_minor"], row["currency"], shape="code")
                if row["state"] == "issued" and row["open_minor"]
                else ""
            ),
            number=True,
            wide_only=True,
        ),
    ]


def invoice_table(request: StaffRequest, names: dict[UUID, str]) -> Table[Row]:
    """This function will return the list of invoices; `names` are those of the customers of its rows."""
    may_download = request.actor.may(Permission.DOWNLOAD)
    return Table[Row](
        name="invoices",
        label=_("Invoices"),
        columns=_columns(request, names),
        row_id=lambda row: public_id(builders.INVOICE, row["id"]),
        row_href=lambda row: addresses.invoice_url(row["id"]),
        search_label=_("Number, title or customer"),
        filters=[
            Filter(key="kind", label=_("Kind"), choices=[Choice(kind, word) for kind, word in _KINDS.items()]),
            Filter(key="state", label=_("State"), choices=[Choice(state, word) for state, word in _STATES.items()]),
            Filter(key="customer", label=_("Customer"), kind="text", finds=is_customer),
            Filter(
                key="group",
                label=_("Billing group"),
                kind="text",
                finds=is_group,
            ),
            Filter(key="due", label=_("Due"), kind="days"),
            Filter(
                key="currency",
                label=_("Currency"),
                choices=[Choice(code, code) for code in ledger.usable_currencies()],
            ),
        ],
        views=[
            View(_("All")),
            View(_("Drafts"), (("state", "draft"),)),
            View(_("Open"), (("state", "open"),)),
            View(_("Overdue"), (("state", "overdue"),)),
            View(_("Paid"), (("state", "paid"),)),
            View(_("Top-up requests"), (("kind", TOPUP),)),
        ],
        bulk_actions=_BUNDLES if may_download else [],
        exports=may_download,
        spreadsheets=may_download,
        empty_title=_("No invoices yet"),
        empty_text=_("Write the first one: it stays a draft until you issue it."),
        empty_icon="invoice",
    )


@require_safe
@page()
def invoice_list(request: StaffRequest) -> HttpResponseBase:
    """This function will show the invoices that the address asks for, newest first, or give them as a file."""
    names: dict[UUID, str] = {}
    table = invoice_table(request, names)
    query = table.read(request.GET)
    due, typed, group = query.days("due"), query.text("customer"), query.text("group")
    kinds = query.values("kind")
    wanted = InvoiceFilter(
        kind=kinds[0] if len(kinds) == 1 else "",
        status=query.values("state"),
        currency=query.values("currency"),
        search=query.search,
        due_from=due[0],
        due_until=due[1],
        customer_ids=customers_named(typed) if typed else None,
        group_ids=customers.groups_named(group) if group else None,
    )
    file = as_file(
        request,
        text=lambda: invoices_file(wanted, today=request.today),
        sheet=lambda most: invoices_spreadsheet(wanted, today=request.today, most=most),
    )
    if file is not None:
        return file
    found = queries.invoices_page(wanted, today=request.today, cursor=query.after or query.before)
    names.update(customers.names(row["customer_id"] for row in found.rows))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        count=str(_CUT) if found.is_cut else "",
        bulk_url=reverse("office:invoice-documents"),
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/invoices.html", listed)


@require_safe
@page()
def invoice(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show an invoice: its lines, what settled it, and what happened."""
    invoice_id = addresses.invoice_id_of(public)
    row = queries.invoice(invoice_id)
    owner = customers.customer(row["customer_id"])
    lines = queries.lines(invoice_id)
    rates = tax_rates_by_id(line["tax_rate_id"] for line in lines)
    main, others = invoice_acts_of(request, row)
    subscriptions = references.of_lines([invoice_id])
    parts = allocations.allocations_of_invoice(invoice_id)
    notes = queries.credit_notes_of(invoice_id)
    draws = wallets.wallet_draws(invoice_id)
    context: dict[str, Any] = {
        "invoice": row,
        "is_topup": row["kind"] == TOPUP,
        "name": invoice_name(row),
        "display": invoice_state(row, request.today),
        "customer": {**owner, "url": addresses.customer_url(owner["id"])},
        "lines": [_line(line, rates[line["tax_rate_id"]].name, subscriptions.get(line["id"])) for line in lines],
        "subscription": subscription_facts(subscriptions.values()),
        "group": _group(row),
        "split": split_by_member(lines),
        "totals": _totals(row, lines, {each.id: each.name for each in rates.values()}),
        "main": main,
        "others": others,
        "settled": _settled(parts),
        "tax_documents": _tax_documents(request, invoice_id),
        "drawn": _drawn(request, row, draws),
        "credit_notes": [
            {
                **note,
                "pdf_url": addresses.document_url("credit_note", note["id"]),
                "xml_url": reverse("office:credit-note-xml", args=[public_id(builders.CREDIT_NOTE, note["id"])]),
            }
            for note in notes
        ],
        "e_invoice": _e_invoice(request, row),
        "expected": payment_lines(lists.payments_page(PaymentFilter(invoice_id=invoice_id)).rows),
        "reminders": reminders_of(request, row),
        "payment_links": payment_links_of(request, row),
        "mails": [
            {**mail, "url": addresses.message_url(mail["id"])} for mail in correspondence.messages_about(invoice_id)
        ],
        "journal": journal_of([invoice_id, *(each["id"] for each in (*parts, *draws, *notes))]),
        "history": history(request, "invoice", invoice_id),
    }
    return render(request, "backoffice/invoice.html", context)


def _e_invoice(request: StaffRequest, row: Row) -> dict[str, Any] | None:
    """Where the e-invoice is, or why there is none; nothing of what claims nothing."""
    if row["state"] != ISSUED:
        return None
    url = reverse("office:invoice-xml", args=[public_id(builders.INVOICE, row["id"])])
    return {"url": url, "reasons": why_no_e_invoice(actor=request.actor, invoice_id=row["id"])}


def _tax_documents(request: StaffRequest, request_id: UUID) -> list[dict[str, Any]]:
    """The tax documents of a top-up request, with their files."""
    rows = wallets.tax_documents([request_id])[request_id]
    with_xml = tax_documents_with_xml(actor=request.actor, of_topups=[each["id"] for each in rows]) if rows else set()
    return [
        {
            **each,
            "pdf_url": addresses.document_url("tax_document", each["id"]),
            "xml_url": addresses.e_invoice_url("tax_document", each["id"]) if each["id"] in with_xml else "",
        }
        for each in rows
    ]


def _group(row: Row) -> dict[str, Any] | None:
    """The billing group whose invoice this is."""
    if row["group_id"] is None:
        return None
    found = customers.group(row["group_id"])
    return {**found, "url": addresses.object_url("billing_group", found["id"])}


def split_by_member(lines: Sequence[Row]) -> list[dict[str, Any]]:
    """This function will return what of a group's invoice is for each member, in the order of the lines."""
    members: dict[UUID, dict[str, Any]] = {}
    for line in lines:
        if line["member_id"] is None:
            continue
        member = members.setdefault(
            line["member_id"],
            {
                "name": line["member_name"],
                "url": addresses.customer_url(line["member_id"]),
                "lines": 0,
                "net_minor": 0,
                "tax_minor": 0,
                "total_minor": 0,
            },
        )
        member["lines"] += 1
        member["net_minor"] += line["net_minor"]
        member["tax_minor"] += line["tax_minor"]
        member["total_minor"] += line["net_minor"] + line["tax_minor"]
    return list(members.values())


def _line(line: Row, rate: str, subscription: Reference | None) -> dict[str, Any]:
    """A line as people read it: the last day of its period, its quantity without empty places, and what it is for."""
    ends = line["period_end"]
    quantity = format_number(line["quantity"].normalize(), markup.current_locale())
    return {
        **line,
        "rate": rate,
        "quantity_shown": quantity,
        "period_last": ends - timedelta(days=1) if ends else None,
        "subscription_number": subscription.number if subscription else "",
        "subscription_url": addresses.subscription_url(subscription.id) if subscription else "",
    }


def _totals(row: Row, lines: list[dict[str, Any]], names: dict[UUID, str]) -> list[tuple[Any, int, str]]:
    """The net amount, then the tax of each rate in the order of the lines, each with the address that explains it."""
    sums: dict[UUID, int] = {}
    for line in lines:
        sums[line["tax_rate_id"]] = sums.get(line["tax_rate_id"], 0) + line["tax_minor"]
    net = addresses.explain_url("invoice.net", invoice=row["id"])
    return [
        (_("Net"), row["net_minor"], net),
        *(
            (names[rate], minor, addresses.explain_url("invoice.tax", invoice=row["id"], tax_rate=rate))
            for rate, minor in sums.items()
        ),
    ]


def _settled(parts: Sequence[Row]) -> list[dict[str, Any]]:
    """What stands against an invoice now: parts of payments and of credit notes, with their names."""
    live = [part for part in parts if part["released_at"] is None]
    paid = {each["id"]: each for each in payments.by_ids([part["payment_id"] for part in live if part["payment_id"]])}
    numbers = queries.credit_note_numbers(part["credit_note_id"] for part in live if part["credit_note_id"])
    return [
        {
            **part,
            "name": numbers[part["credit_note_id"]]
            if part["credit_note_id"]
            else paid[part["payment_id"]]["receipt_number"],
            "is_credit_note": bool(part["credit_note_id"]),
            "url": addresses.payment_url(part["payment_id"]) if part["payment_id"] else "",
        }
        for part in live
    ]


def _drawn(request: StaffRequest, row: Row, draws: Sequence[Row]) -> list[dict[str, Any]]:
    """What the wallet paid of an invoice, with what undoes it."""
    may = request.actor.may(Permission.ALLOCATE_PAYMENTS)
    public = public_id(builders.INVOICE, row["id"])
    return [
        {
            **each,
            "undo": Link(
                label=_("Take back"),
                url=reverse("office:take-back-draw", args=[public, public_id(WALLET_DRAW, each["id"])]),
                icon="undo",
                post=True,
            )
            if may
            else None,
        }
        for each in draws
        if each["taken_back_at"] is None
    ]
