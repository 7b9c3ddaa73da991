"""Vouchers: the batches, the page of one with what was redeemed of it, and its codes as files (B14, B17)."""

from collections.abc import Iterator, Sequence
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import Conflict
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link, at_once
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, amount_text, quantity_text
from tallystick.interfaces.backoffice.parts import journal_of
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.files import csv_response, file_response, harmless
from tallystick.interfaces.kit.formatting import format_number
from tallystick.interfaces.kit.status import Tone
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.money.amounts import plain_decimal
from tallystick.usecases import make_vouchers
from tallystick.usecases.roles import Permission
from tallystick.wallets import voucher_queries as queries
from tallystick.wallets.voucher_queries import CodeFacts
from tallystick.wire.ids import voucher_batch_id_of
from tallystick.wire.vouchers import VOUCHER_BATCH
from tallystick.wire.words import method_words

_STATES: dict[str, tuple[Any, Tone, str]] = {
    queries.UNSOLD: (gettext_lazy("Not sold yet"), "warning", "clock"),
    queries.WAITING: (gettext_lazy("Not valid yet"), "neutral", "clock"),
    queries.ACTIVE: (gettext_lazy("Active"), "success", "check-circle"),
    queries.ENDED: (gettext_lazy("Ended"), "neutral", "stop"),
    queries.DEACTIVATED: (gettext_lazy("Deactivated"), "danger", "x-circle"),
}


def gives_words(row: Row) -> str:
    """This function will say what a voucher of a batch gives: "10.00 EUR", "Top-up × 1.5, at most 20.00 EUR more"."""
    amount = amount_text(row["amount_minor"], row["currency"])
    if row["gives"] == "free":
        return amount
    if row["gives"] == "additional":
        return _("%(amount)s on a top-up") % {"amount": amount}
    return _("Top-up × %(times)s, at most %(amount)s more") % {
        "times": quantity_text(row["multiplier"]),
        "amount": amount,
    }


def _state(row: Row) -> SafeString:
    word, tone, symbol = _STATES[row["state"]]
    return markup.badge(str(word), tone=tone, symbol=symbol)


BATCHES = Table[Row](
    name="vouchers",
    label=gettext_lazy("Vouchers"),
    columns=[
        Column(key="name", label=gettext_lazy("Batch"), cell=lambda row: row["name"], phone="title"),
        Column(key="number", label=gettext_lazy("Number"), cell=lambda row: row["number"], phone="meta", nowrap=True),
        Column(key="state", label=gettext_lazy("State"), cell=_state, phone="meta"),
        Column(key="gives", label=gettext_lazy("Each gives"), cell=gives_words, phone="meta"),
        Column(
            key="until",
            label=gettext_lazy("Until"),
            cell=lambda row: markup.day(row["valid_until"]),
            wide_only=True,
            nowrap=True,
        ),
        Column(
            key="redeemed",
            label=gettext_lazy("Redeemed"),
            cell=lambda row: _uses(row["redeemed"][0], row),
            number=True,
            phone="amount",
        ),
    ],
    row_id=lambda row: public_id(VOUCHER_BATCH, row["id"]),
    row_href=lambda row: addresses.object_url("voucher_batch", row["id"]),
    search_label=gettext_lazy("Name or number of a batch"),
    exports=False,
    empty_title=gettext_lazy("No vouchers yet"),
    empty_text=gettext_lazy("Make a batch, then download its codes to print or to send them."),
    empty_icon="ticket",
)


@require_safe
@page()
def batch_list(request: StaffRequest) -> HttpResponse:
    """This function will show the batches of vouchers, newest first."""
    query = BATCHES.read(request.GET)
    found = queries.batches_page(search=query.search, cursor=query.after or query.before)
    redeemed = queries.redeemed_of(row["id"] for row in found.rows)
    rows = [
        {**row, "redeemed": redeemed[row["id"]], "state": queries.state_of(row, today=request.today)}
        for row in found.rows
    ]
    listed = BATCHES.page(
        query,
        request.path,
        rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, BATCHES),
    )
    return table_response(request, "backoffice/vouchers.html", listed)


@require_safe
@page()
def batch(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a batch: what its vouchers are, and who redeemed them."""
    batch_id = voucher_batch_id_of(public)
    row = queries.batch(batch_id)
    row["state"] = queries.state_of(row, today=request.today)
    uses, minor = queries.redeemed_of([batch_id])[batch_id]
    found = queries.redemptions_page(batch_id, cursor=request.GET.get("after", "") or request.GET.get("before", ""))
    main, others = _acts(request, row, public)
    context = {
        "batch": row,
        "state": _state(row),
        "gives": gives_words(row),
        "customers": [
            {"name": name, "url": addresses.customer_url(customer_id)}
            for customer_id, name in queries.customers_of([batch_id])[batch_id]
        ],
        "uses": _uses(uses, row),
        "redeemed_minor": minor,
        "sold_method": method_words(row["sold_method"]) if row["sold_at"] else "",
        "redeemed": [_redeemed(each) for each in found.rows],
        "older": found.next_cursor,
        "newer": found.previous_cursor,
        "journal": journal_of([batch_id]) if row["sold_at"] else [],
        "history": history(request, "voucher_batch", batch_id),
        "main": main,
        "others": others,
        "public": public,
    }
    return render(request, "backoffice/voucher_batch.html", context)


@require_safe
@page(Permission.MANAGE_VOUCHERS)
def codes_csv(request: StaffRequest, public: str) -> HttpResponseBase:
    """This function will give the codes of a batch as CSV."""
    batch_id = voucher_batch_id_of(public)
    row = queries.batch(batch_id)
    try:
        listed = make_vouchers.voucher_codes(actor=request.actor, at=request.at, batch_id=batch_id)
    except Conflict as error:
        return _gone(request, public, error)
    headings = [_("Voucher"), _("Code"), _("Uses left"), _("Amount"), _("Currency"), _("Valid until"), _("Name")]
    return csv_response(row["number"], headings, _cells(row, listed))


@require_safe
@page(Permission.MANAGE_VOUCHERS)
def codes_pdf(request: StaffRequest, public: str) -> HttpResponseBase:
    """This function will give the vouchers of a batch as sheets to print and cut."""
    batch_id = voucher_batch_id_of(public)
    try:
        return file_response(make_vouchers.voucher_sheets(actor=request.actor, at=request.at, batch_id=batch_id))
    except Conflict as error:
        return _gone(request, public, error)


def _gone(request: StaffRequest, public: str, error: Conflict) -> HttpResponse:
    def refuse() -> None:
        raise error

    return at_once(request, refuse, back=reverse("office:voucher-batch", args=[public]), message="")


def _cells(row: Row, listed: Sequence[CodeFacts]) -> Iterator[Sequence[str]]:
    amount = plain_decimal(row["amount_minor"], row["currency"])
    until = row["valid_until"].isoformat() if row["valid_until"] else ""
    for each in listed:
        number = f"{row['number']}-{each.number}"
        yield [number, each.code, str(each.uses_left), amount, row["currency"], until, harmless(row["name"])]


def _uses(uses: int, row: Row) -> str:
    locale = markup.current_locale()
    most = row["quantity"] * row["uses_per_voucher"]
    return _("%(uses)s of %(most)s") % {"uses": format_number(uses, locale), "most": format_number(most, locale)}


def _redeemed(row: Row) -> dict[str, Any]:
    return {
        **row,
        "voucher": f"{row['batch__number']}-{row['voucher__number']}",
        "url": addresses.payment_url(row["payment_id"]),
        "customer_url": addresses.customer_url(row["payment__customer_id"]),
    }


def _acts(request: StaffRequest, row: Row, public: str) -> tuple[Link | None, list[Link]]:
    if row["deactivated_at"] or not request.actor.may(Permission.MANAGE_VOUCHERS):
        return None, []
    main = None
    if row["state"] == queries.UNSOLD:
        url = reverse("office:sell-vouchers", args=[public])
        main = Link(label=_("Record the sale"), url=url, icon="coins")
    end = reverse("office:deactivate-vouchers", args=[public])
    return main, [Link(label=_("Deactivate"), url=end, icon="stop", tone="danger")]
