"""Files of receipts: uploaded, their columns named, looked at line by line, recorded, and what became of each line."""

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe

from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Act, asked, at_once, done, refusals, show
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.import_forms import ColumnsForm, UploadForm
from tallystick.interfaces.backoffice.naming import Row, amount_text, day_text
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.interfaces.kit.status import Tone
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.ledger import queries as ledger
from tallystick.payments import import_queries
from tallystick.usecases import import_payments
from tallystick.usecases.roles import Permission
from tallystick.wire import payment_imports as wire
from tallystick.wire.ids import customer_id_of, payment_import_id_of

# Where the page of an import asks how far it is.
_PROGRESS = "import-progress"
# How many lines are shown beside the columns.
_SAMPLES = 5
_STATES: dict[str, tuple[Any, Tone, str]] = {
    "uploaded": (gettext_lazy("Columns to name"), "neutral", "columns"),
    "read": (gettext_lazy("To be recorded"), "warning", "eye"),
    "recording": (gettext_lazy("Being recorded"), "accent", "processing"),
    "finished": (gettext_lazy("Finished"), "success", "check-circle"),
}
_LINES: dict[str, tuple[Any, Tone, str]] = {
    "unread": (gettext_lazy("Not read"), "neutral", "circle"),
    "ready": (gettext_lazy("Will be recorded"), "accent", "check"),
    "duplicate": (gettext_lazy("Looks recorded"), "warning", "copy"),
    "refused": (gettext_lazy("Cannot be recorded"), "danger", "x-circle"),
    "recorded": (gettext_lazy("Recorded"), "success", "check-circle"),
}


def _state(row: Row) -> SafeString:
    word, tone, symbol = _STATES[wire.state_of(row)]
    return markup.badge(word, tone=tone, symbol=symbol)


IMPORTS = Table[Row](
    name="payment-imports",
    label=gettext_lazy("Files of payments"),
    columns=[
        Column(key="name", label=gettext_lazy("File"), cell=lambda row: row["name"], phone="title"),
        Column(key="state", label=gettext_lazy("State"), cell=_state, phone="meta"),
        Column(
            key="uploaded",
            label=gettext_lazy("Uploaded"),
            cell=lambda row: markup.moment(row["uploaded_at"]),
            phone="meta",
        ),
        Column(key="by", label=gettext_lazy("By"), cell=lambda row: row["uploaded_by"], wide_only=True),
        Column(
            key="recorded",
            label=gettext_lazy("Recorded"),
            cell=lambda row: row["lines"]["recorded"],
            number=True,
            phone="amount",
        ),
    ],
    row_id=lambda row: public_id(wire.PAYMENT_IMPORT, row["id"]),
    row_href=lambda row: addresses.object_url("payment_import", row["id"]),
    exports=False,
    empty_title=gettext_lazy("No file yet"),
    empty_text=gettext_lazy("Upload a CSV of receipts, and look at what each line becomes before it is recorded."),
    empty_icon="upload",
)


@require_safe
@page(Permission.RECORD_PAYMENTS)
def import_list(request: StaffRequest) -> HttpResponse:
    """This function will show the files of receipts, newest first."""
    query = IMPORTS.read(request.GET)
    found = import_queries.imports_page(cursor=query.after or query.before)
    counts = import_queries.counts_of([row["id"] for row in found.rows])
    rows = [{**row, "lines": counts[row["id"]]} for row in found.rows]
    listed = IMPORTS.page(
        query, request.path, rows, next_cursor=found.next_cursor, previous_cursor=found.previous_cursor
    )
    return table_response(request, "backoffice/payment_imports.html", listed)


@page(Permission.RECORD_PAYMENTS)
def upload(request: StaffRequest) -> HttpResponse:
    """This function will keep a file of receipts; what it holds is looked at next."""
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        assert isinstance(file, UploadedFile)  # noqa: S101 - the form asks for one
        with refusals(form):
            shape = import_payments.begin_import(**asked(request), name=file.name or "", content=file.read())
            return done(request, reverse("office:import-columns", args=[shape["id"]]), _("The file is uploaded."))
    act = Act(
        title=_("Import payments"),
        lead=_("A CSV of receipts, such as your bank or till writes it. Nothing is recorded before you have looked."),
        submit=_("Upload"),
        back=reverse("office:payment-imports"),
    )
    return show(request, act, form)


@page(Permission.RECORD_PAYMENTS)
def columns(request: StaffRequest, public: str) -> HttpResponse:
    """This function will say which column of a file is what."""
    import_id = payment_import_id_of(public)
    row = import_queries.one_import(import_id)
    samples = import_queries.cells_of(import_id, limit=_SAMPLES)
    form = ColumnsForm(
        request.POST or None,
        headings=row["headings"],
        samples=samples,
        proposed=import_payments.proposed_mapping(import_id),
        currencies=ledger.usable_currencies(),
        may_complete=request.actor.may(Permission.COMPLETE_PAYMENTS),
    )
    back = reverse("office:payment-import", args=[public])
    if form.is_valid():
        with refusals(form):
            import_payments.map_import(**asked(request), import_id=import_id, **form.values())
            return done(request, back, _("Look at each line, then record the payments."))
    act = Act(
        title=_("Which column is what?"),
        lead=_("The next file with the same headings is read in the same way."),
        submit=_("Show what will happen"),
        back=reverse("office:payment-imports") if row["mapping"] is None else back,
    )
    context = {"headings": row["headings"], "samples": samples}
    return show(request, act, form, template="backoffice/import_columns.html", context=context)


@require_safe
@page(Permission.RECORD_PAYMENTS)
def one_import(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a file: what its lines will become, how far it is, or what became of them."""
    import_id = payment_import_id_of(public)
    row = import_queries.one_import(import_id)
    counts = import_queries.counts_of([import_id])[import_id]
    wanted = request.GET.get("state", "")
    state = wanted if wanted in _LINES else ""
    found = import_queries.rows_page(
        import_id, state=state, cursor=request.GET.get("after", "") or request.GET.get("before", "")
    )
    stage = wire.state_of(row)
    may_complete = (row["mapping"] or {}).get("status") != "completed" or request.actor.may(
        Permission.COMPLETE_PAYMENTS
    )
    ready = counts["ready"] + counts["allowed"]
    context: dict[str, Any] = {
        "file": row,
        "public": public,
        "state": _state(row),
        "stage": stage,
        "counts": counts,
        "ready": ready,
        "whole": counts["recorded"] + ready,
        "can_record": stage == "read" and ready > 0 and may_complete,
        "lacks_right": stage == "read" and not may_complete,
        "tabs": _tabs(counts, public, chosen=state),
        "chosen": state,
        "lines": _lines(found.rows, public, open_=stage == "read"),
        "older": found.next_cursor,
        "newer": found.previous_cursor,
        "target": _PROGRESS,
        # Called by the page, and not by the part of it that is asked for again and again.
        "history": lambda: history(request, "payment_import", import_id),
    }
    part = request.headers.get("HX-Target") == _PROGRESS
    response = render(request, "backoffice/import_progress.html" if part else "backoffice/payment_import.html", context)
    response["Vary"] = "HX-Target"
    return response


@require_POST
@page(Permission.RECORD_PAYMENTS)
def allow(request: StaffRequest, public: str, line: int) -> HttpResponse:
    """This function will say of a line that looks recorded that it is another payment, or take that back."""
    allows = request.POST.get("allows") == "on"
    return at_once(
        request,
        lambda: import_payments.allow_duplicates(
            **asked(request), import_id=payment_import_id_of(public), lines=[line], allows=allows
        ),
        back=f"{reverse('office:payment-import', args=[public])}?state=duplicate",
        message=_("The line will be recorded too.") if allows else _("The line will be left out."),
    )


@require_POST
@page(Permission.RECORD_PAYMENTS)
def record(request: StaffRequest, public: str) -> HttpResponse:
    """This function will have the payments of a file recorded."""
    return at_once(
        request,
        lambda: import_payments.record_import(**asked(request), import_id=payment_import_id_of(public)),
        back=reverse("office:payment-import", args=[public]),
        message=_("The payments are being recorded."),
    )


@require_safe
@page(Permission.RECORD_PAYMENTS)
def result_file(request: StaffRequest, public: str) -> HttpResponseBase:
    """This function will give the file back as CSV, with what became of each line in front."""
    row = import_queries.one_import(payment_import_id_of(public))
    headings = [_("Line"), _("State"), _("Why"), _("Payment")]
    name = f"payments-{request.today.isoformat()}-result"
    return csv_response(name, [*headings, *map(harmless, row["headings"])], _cells(row["id"]))


def _cells(import_id: UUID) -> Iterator[Sequence[str]]:
    for row in import_queries.all_rows(import_id):
        shape = wire.line_shape(row)
        yield [
            str(row["number"]),
            str(_LINES[row["state"]][0]),
            harmless(" ".join(part for part in (row["sentence"], row["warning"]) if part)),
            shape["payment"] or "",
            *map(harmless, row["cells"]),
        ]


def _tabs(counts: dict[str, int], public: str, *, chosen: str) -> list[dict[str, Any]]:
    here = reverse("office:payment-import", args=[public])
    shown = {state: counts[state] + (counts["allowed"] if state == "duplicate" else 0) for state in _LINES}
    tabs = [{"state": "", "word": _("All lines"), "count": sum(shown.values())}]
    tabs += [{"state": state, "word": _LINES[state][0], "count": count} for state, count in shown.items() if count]
    return [
        {**tab, "is_chosen": tab["state"] == chosen, "url": f"{here}?state={tab['state']}" if tab["state"] else here}
        for tab in tabs
    ]


def _lines(rows: Sequence[Row], public: str, *, open_: bool) -> list[dict[str, Any]]:
    shapes = [wire.line_shape(row) for row in rows]
    names = customers.names([customer_id_of(shape["customer"]) for shape in shapes if shape["customer"]])
    return [_line(row, shape, names, public, open_=open_) for row, shape in zip(rows, shapes, strict=True)]


def _line(row: Row, shape: wire.ImportLineShape, names: dict[UUID, str], public: str, *, open_: bool) -> dict[str, Any]:
    word, tone, symbol = _LINES[row["state"]]
    customer = shape["customer"]
    day, minor, currency = shape["received_date"], shape["total_minor"], shape["currency"]
    return {
        "number": row["number"],
        "badge": markup.badge(word, tone=tone, symbol=symbol),
        "customer": _linked(names.get(customer_id_of(customer), ""), addresses.customer_url(customer_id_of(customer)))
        if customer
        else "",
        "day": day_text(date.fromisoformat(day)) if day else "",
        "minor": minor,
        "currency": currency,
        "cells": row["cells"],
        "reference": (row["facts"] or {}).get("reference", ""),
        "parts": [
            {"number": part["number"], "amount": amount_text(part["amount_minor"], str(currency))}
            for part in shape["allocations"]
        ],
        "sentence": row["sentence"],
        "warning": row["warning"],
        "alike_url": reverse("office:payment", args=[shape["looks_like"]]) if shape["looks_like"] else "",
        "payment_url": reverse("office:payment", args=[shape["payment"]]) if shape["payment"] else "",
        "allow_url": reverse("office:import-allow", args=[public, row["number"]])
        if open_ and row["state"] == "duplicate"
        else "",
        "allowed": row["allows_duplicate"],
    }


def _linked(name: str, url: str) -> SafeString:
    return format_html('<a href="{}"><bdi>{}</bdi></a>', url, name)
