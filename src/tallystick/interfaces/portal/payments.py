"""Payments: the list and its file, one with where it stands and what can be done, and its receipt for printing."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, date
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.functional import lazy
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from tallystick.allocations.queries import allocations_of_payment
from tallystick.foundation.business import bank_account, frozen_party
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import NotFound
from tallystick.foundation.wording import known_locale, written_number
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import Column, Table, table_response
from tallystick.interfaces.portal.addresses import invoice_url, pay_url, payment_url
from tallystick.interfaces.portal.checkout import day_form, forms_may_lead_to_gateways
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.interfaces.portal.offers import offers_shown
from tallystick.interfaces.portal.pay_exchange import ChargedForm, pay_exchange
from tallystick.interfaces.portal.showing import (
    PaymentView,
    Phase,
    checkout_url,
    shown_party,
    shown_payment,
    shown_payments,
    why_failed,
)
from tallystick.interfaces.portal.transfers import ConfirmForm, SentForm
from tallystick.invoices import queries as invoices
from tallystick.invoices.documents.facts import BankFacts
from tallystick.invoices.documents.transfer_code import transfer_code
from tallystick.money.amounts import plain_decimal
from tallystick.payments import lists, queries, states
from tallystick.payments.fields import PUBLIC_FIELDS
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.receipts import has_receipt
from tallystick.usecases.collect import owed_again
from tallystick.usecases.notify import how_paid
from tallystick.usecases.plan_retry import coming_tries
from tallystick.usecases.promise import may_complete
from tallystick.usecases.roles import Permission
from tallystick.usecases.transfers import meant_for, transfer_reference
from tallystick.wire import words
from tallystick.wire.ids import payment_id_of

_WORDS = {
    "pending": ("pending", "processing"),
    "completed": ("completed",),
    "failed": ("failed",),
    "cancelled": ("cancelled",),
}
# Read when it is shown: the language is the reader's, and the business may change the word of `completed` (model, 2).
_status_word = lazy(words.customer_status_word, str)


def _when(row: PaymentView) -> object:
    """Date / Time is the moment of completion; until then the day of creation, greyed (model, 5)."""
    return markup.moment(row.at, clock=row.is_done, muted=not row.is_done)


def _status(row: PaymentView) -> object:
    shown = markup.status(row.look, label=row.word)
    if not row.hint:
        return shown
    return format_html('<span class="cluster">{}<span class="muted small">{}</span></span>', shown, row.hint)


TABLE: Table[PaymentView] = Table(
    name="payments",
    label=gettext_lazy("Payments"),
    columns=[
        Column(key="at", label=gettext_lazy("Date / Time"), cell=_when, phone="meta", nowrap=True),
        Column(key="description", label=gettext_lazy("Description"), cell=lambda row: row.name, phone="title"),
        Column(key="status", label=gettext_lazy("Status"), cell=_status, phone="meta"),
        Column(
            key="total",
            label=gettext_lazy("Total"),
            number=True,
            cell=lambda row: markup.amount(row.minor, row.currency, word=row.amount_word),
            phone="amount",
        ),
    ],
    row_id=lambda row: row.url,
    row_href=lambda row: row.url,
    filters=[
        Filter(
            key="status",
            label=gettext_lazy("Status"),
            choices=[Choice(status, _status_word(kind="receipt", status=status)) for status in _WORDS],
        ),
        Filter(key="made", label=gettext_lazy("Date / Time"), kind="days"),
    ],
    search_label=gettext_lazy("Description, receipt or reference"),
    exports=False,
    empty_title=gettext_lazy("No payments yet"),
    empty_text=gettext_lazy("What you pay stands here, with its receipt."),
    empty_icon="coins",
)


@require_safe
@page()
def payment_list(request: ContactRequest) -> HttpResponse:
    """This function will list the payments made to date, newest first."""
    query = TABLE.read(request.GET)
    made_from, made_until = query.days("made")
    wanted = PaymentFilter(
        customer_id=request.customer_id,
        made_from=made_from,
        made_until=made_until,
        status=tuple(status for word in query.values("status") for status in _WORDS[word]),
        search=query.search,
        made=True,
    )
    found = lists.payments_page(wanted, cursor=query.after or query.before, public=True)
    shown = TABLE.page(
        query,
        request.path,
        shown_payments(found.rows),
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
    )
    return table_response(request, "portal/payments.html", shown)


@require_safe
@page(Permission.DOWNLOAD)
def payment_file(request: ContactRequest) -> HttpResponseBase:
    """This function will answer with all payments made to date as CSV (B9)."""
    chunks = lists.all_payments(PaymentFilter(customer_id=request.customer_id, made=True))
    headings = [_("Date / Time (UTC)"), _("Total"), _("Currency"), _("Status"), _("Description"), _("Receipt")]
    headings += [_("Method"), _("Reference")]
    return csv_response(f"payments-{request.today.isoformat()}", headings, _cells(chunks))


def _cells(chunks: Iterator[list[dict[str, Any]]]) -> Iterator[Sequence[str]]:
    for rows in chunks:
        for row, shown in zip(rows, shown_payments(rows), strict=True):
            yield [
                shown.at.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S"),
                plain_decimal(shown.minor, shown.currency),
                shown.currency,
                shown.word,
                harmless(row["description"]),
                harmless(row["receipt_number"]),
                words.method_words(row["method"]) if row["method"] else "",
                harmless(row["reference"]),
            ]


@require_safe
@page()
def payment_page(request: ContactRequest, public: str) -> HttpResponse:
    """This function will show one payment: where it stands, what it is for, and the one thing to do next."""
    payment_id = payment_id_of(public)
    row = queries.payment(payment_id, of_customer=request.customer_id)
    attempts = queries.attempts(payment_id)
    shown = shown_payment(row, attempts)
    owed = owed_again(row) if shown.phase is Phase.FAILED else (0, 0)
    tries = coming_tries(row, today=request.today)
    context = {
        "payment": shown,
        "badges": _badges(shown, row),
        "row": row,
        "public_id": public,
        "phases": Phase,
        "goes_to_wallet": request.customer["is_prepaid"],
        "method": how_paid(row) if row["method"] else "",
        "received_date": _received_apart(row),
        "came_rate": _came_rate(row),
        "charged": _charged(row, attempts),
        "paid_for": _paid_for(row),
        "continue_url": checkout_url(attempts) if shown.phase is Phase.WAITING else "",
        "acts": _acts(public),
        "pay_url": pay_url(row["invoice_id"]),
        "next_try_date": tries.next_date,
        "day_form": day_form(tries),
        "successor_url": _successor_url(row) if shown.phase is Phase.CANCELLED else "",
        "failure": why_failed(row) if shown.phase is Phase.FAILED else None,
        "offers": offers_shown(request, row["invoice_id"], tells_costs=True) if shown.phase is Phase.FAILED else None,
        "again": _again(request, row, *owed),
        "again_minor": sum(owed) if row["account_id"] is not None else 0,
        **(promise_facts(row) if shown.phase is Phase.PROMISED else {}),
        "confirm_form": ConfirmForm() if _may_complete(request, shown, row) else None,
        "refunds": shown_payments([_public(refund) for refund in queries.refunds_of(payment_id)]),
        "has_receipt": _has_receipt(row),
        "has_refund_receipt": row["kind"] == states.REFUND and has_receipt(row),
    }
    return forms_may_lead_to_gateways(render(request, "portal/payment.html", context))


@require_safe
@page()
def receipt(request: ContactRequest, public: str) -> HttpResponse:
    """This function will show the receipt of a completed payment, made for printing."""
    payment_id = payment_id_of(public)
    row = queries.payment(payment_id, of_customer=request.customer_id)
    if not _has_receipt(row):
        raise NotFound(kind="receipt")
    context = {
        "payment": shown_payment(row, []),
        "row": row,
        "method": how_paid(row),
        "received_date": _received_apart(row),
        "came_rate": _came_rate(row),
        "paid_for": _paid_for(row),
        "seller": shown_party(frozen_party()),
        "buyer": shown_party(request.customer),
        "public_id": public,
    }
    return render(request, "portal/receipt.html", context)


def _again(request: ContactRequest, row: dict[str, Any], of_invoices: int, on_account: int) -> dict[str, Any] | None:
    """What a try of a failed payment would charge, where it can be charged in other currencies, too."""
    own = request.customer["currency"]
    exchange = pay_exchange(request.GET, of_invoices + on_account, row["currency"], own=own, day=request.today)
    if not of_invoices + on_account or len(exchange.offered) == 1 or row["account_id"] is None:
        return None
    return {
        "form": ChargedForm(exchange=exchange, by_transfer=False),
        "exchange": exchange,
        "total_minor": of_invoices + on_account,
        "to_invoices_minor": of_invoices,
        "on_account_minor": on_account,
    }


def _may_complete(request: ContactRequest, shown: PaymentView, row: dict[str, Any]) -> bool:
    return shown.phase is Phase.PROMISED and may_complete(request.customer, row, day=request.today)


def _acts(public: str) -> dict[str, str]:
    """Where the forms of the payment's standing are sent."""
    acts = {
        "check": "check",
        "give_up": "give-up",
        "try_again": "try-again",
        "day": "choose-day",
        "sent": "sent",
        "complete": "complete",
        "withdraw": "withdraw",
        "promise": "promise-to-pay",
    }
    return {act: reverse(f"portal:{name}", args=[public]) for act, name in acts.items()}


def _badges(shown: PaymentView, row: dict[str, Any]) -> object:
    """The status, and beside it what the customer's bank did: never a status (model, 2)."""
    badges = [markup.status(shown.look, label=shown.word)]
    if row["disputed_minor"]:
        badges.append(markup.status("disputed", label=_("Disputed by you")))
    elif row["lost_minor"]:
        badges.append(markup.status("lost_in_dispute", label=_("Taken back by your bank")))
    return format_html('<span class="cluster">{}</span>', format_html_join("", "{}", ((each,) for each in badges)))


def promise_facts(row: dict[str, Any]) -> dict[str, Any]:
    """This function will return what the page of a promised transfer says: where to send it, and whether it was."""
    return {
        "bank": bank_account(row["currency"]),
        "reference": transfer_reference(row),
        "transfer_code": _transfer_code(row),
        "said_sent": any(event["event"] == "say_sent" for event in queries.timeline(row["id"])),
        "sent_form": SentForm(),
    }


def _transfer_code(row: dict[str, Any]) -> str:
    """The picture that a banking app reads the transfer from, where the standard knows one."""
    bank = bank_account(row["currency"])
    if bank is None:
        return ""
    drawn = transfer_code(
        BankFacts(**asdict(bank)),
        amount_minor=row["total_minor"],
        currency=row["currency"],
        reference=transfer_reference(row),
    )
    # Drawn by us, of squares alone.
    return "" if drawn is None else mark_safe(drawn)  # noqa: S308


def _successor_url(row: dict[str, Any]) -> str:
    """Where the invoice of a payment that was given up is to be paid now, if it still is."""
    live = queries.live_scheduled(row["invoice_id"]) if row["invoice_id"] else None
    return payment_url(live["id"]) if live is not None else ""


def _received_apart(row: dict[str, Any]) -> date | None:
    """The day that counts in the books, where it is another than that of the completion (model, 6)."""
    received: date | None = row["received_date"]
    completed = row["completed_at"]
    return None if completed is not None and local_date(completed) == received else received


def _charged(row: dict[str, Any], attempts: list[dict[str, Any]]) -> dict[str, Any] | None:
    """The try under way that is charged in another currency than the payment is in, if it is."""
    under_way = attempts[-1] if row["status"] == states.PROCESSING and attempts else None
    return under_way if under_way and under_way["currency"] != row["currency"] else None


def _came_rate(row: dict[str, Any]) -> str:
    """At which rate it was exchanged, if it was."""
    rate = row["came_rate"]
    return "" if rate is None else written_number(rate, known_locale(markup.current_locale()))


def _has_receipt(row: dict[str, Any]) -> bool:
    return bool(row["receipt_number"]) and row["kind"] not in {"refund", "charge"}


def _public(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in PUBLIC_FIELDS}


def _paid_for(row: dict[str, Any]) -> list[dict[str, Any]]:
    """What the money settled; until it is here, what it is meant for."""
    if row["status"] == "completed":
        settled = [each for each in allocations_of_payment(row["id"]) if each["released_at"] is None]
        amounts: dict[UUID, int] = {}
        for each in settled:
            amounts[each["invoice_id"]] = amounts.get(each["invoice_id"], 0) + each["amount_minor"]
    else:
        amounts = meant_for(row)
    numbers = invoices.numbers(amounts)
    return [
        {
            "number": numbers.get(invoice_id, ""),
            "minor": minor,
            "link": format_html('<a href="{}">{}</a>', invoice_url(invoice_id), numbers.get(invoice_id, "")),
        }
        for invoice_id, minor in amounts.items()
    ]
