"""Disputes: the list of what needs an answer, and the page of one with what to check and what to send (E38d)."""

from collections import Counter
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from tallystick.allocations.queries import standing_allocations
from tallystick.customers import queries as customers
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.door import StaffRequest, page
from tallystick.interfaces.backoffice.naming import Row, payment_name, payment_status
from tallystick.interfaces.backoffice.parts import invoice_lines, journal_of
from tallystick.interfaces.backoffice.saved_views import saved_views_of
from tallystick.interfaces.kit import markup
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import Column, Table, View, table_response
from tallystick.invoices import queries as invoices
from tallystick.payments import dispute_queries as queries
from tallystick.payments import queries as payments
from tallystick.payments.dispute_queries import DisputeFilter
from tallystick.payments.dispute_states import LOST, OPEN, STATES
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import dispute_evidence
from tallystick.usecases.roles import Permission
from tallystick.wallets.queries import untaxed_by_loss
from tallystick.wire import builders
from tallystick.wire import disputes as wire
from tallystick.wire.ids import dispute_id_of
from tallystick.wire.references import only_subscription

KINDS = {"chargeback": _("Dispute"), "bank_return": _("Bank return")}
_STATES = {"inquiry": _("Inquiry"), "opened": _("Open"), "won": _("Won"), "lost": _("Lost")}


def dispute_table(names: dict[UUID, str]) -> Table[Row]:
    """This function will return the list of disputes; `names` are those of its customers."""
    return Table[Row](
        name="disputes",
        label=_("Disputes"),
        columns=[
            Column(
                key="reason",
                label=_("Reason"),
                cell=lambda row: wire.reason_word(row["reason_code"]) or KINDS[row["kind"]],
                phone="title",
            ),
            Column(
                key="customer",
                label=_("Customer"),
                cell=lambda row: (
                    markup.person(names[row["payment__customer_id"]]) if row["payment__customer_id"] else ""
                ),
                phone="meta",
            ),
            Column(key="state", label=_("State"), cell=lambda row: markup.status(row["state"]), phone="meta"),
            Column(key="kind", label=_("Kind"), cell=lambda row: KINDS[row["kind"]], wide_only=True, nowrap=True),
            Column(key="due", label=_("Evidence due"), cell=_due, phone="meta", nowrap=True),
            Column(
                key="opened",
                label=_("Opened"),
                cell=lambda row: markup.moment(row["opened_at"], clock=False),
                wide_only=True,
                nowrap=True,
            ),
            Column(
                key="amount",
                label=_("Amount"),
                cell=lambda row: markup.amount(row["amount_minor"], row["currency"], shape="code"),
                number=True,
                phone="amount",
            ),
        ],
        row_id=lambda row: public_id(wire.DISPUTE, row["id"]),
        row_href=lambda row: addresses.dispute_url(row["id"]),
        filters=[
            Filter(key="state", label=_("State"), choices=[Choice(state, _STATES[state]) for state in STATES]),
        ],
        views=[
            View(_("All")),
            View(_("Need an answer"), tuple(("state", state) for state in OPEN)),
            View(_("Lost"), (("state", "lost"),)),
        ],
        exports=False,
        empty_title=_("No disputes"),
        empty_text=_("What payers take back through their banks stands here, with what to send and until when."),
        empty_icon="flag",
    )


def _due(row: Row) -> SafeString | str:
    return markup.day(row["evidence_due_date"]) if row["evidence_due_date"] and row["state"] in OPEN else ""


@require_safe
@page()
def dispute_list(request: StaffRequest) -> HttpResponseBase:
    """This function will show disputes: open ones first, by the day on which evidence is due."""
    names: dict[UUID, str] = {}
    table = dispute_table(names)
    query = table.read(request.GET)
    wanted = DisputeFilter(states=query.values("state"))
    found = queries.disputes_page(wanted, cursor=query.after or query.before)
    names.update(customers.names(row["payment__customer_id"] for row in found.rows if row["payment__customer_id"]))
    listed = table.page(
        query,
        request.path,
        found.rows,
        next_cursor=found.next_cursor,
        previous_cursor=found.previous_cursor,
        saved=saved_views_of(request, table),
    )
    return table_response(request, "backoffice/disputes.html", listed)


@require_safe
@page()
def dispute(request: StaffRequest, public: str) -> HttpResponse:
    """This function will show a dispute: how it stands, what is at stake, and what to check and send before it ends."""
    row = queries.dispute(dispute_id_of(public))
    paid = payments.payment(row["payment_id"])
    invoice_ids = dispute_evidence.paid_invoices(row["payment_id"])
    billed = dispute_evidence.billed_subscriptions(invoice_ids)
    rows = [invoices.invoice(each) for each in invoice_ids]
    paid_minor = _paid_minor(row["payment_id"])
    context: dict[str, Any] = {
        "dispute": row,
        "title": KINDS[row["kind"]],
        "untaxed": untaxed_by_loss(row["payment_id"], at=row["closed_at"]) if row["state"] == LOST else [],
        "reason": wire.reason_word(row["reason_code"]),
        "state_shown": markup.status(row["state"]),
        "is_open": row["state"] in OPEN,
        "customer": _customer(paid),
        "payment": paid,
        "payment_name": payment_name(paid, invoices.numbers(invoice_ids)),
        "payment_status": payment_status(paid),
        "payment_url": addresses.payment_url(paid["id"]),
        "decisions": _decisions(request, row),
        "subscriptions": [
            {
                **(only_subscription([each]) or {}),
                "url": addresses.subscription_url(each.id),
                "files": len(subscriptions.files(each.id)),
            }
            for each in billed
        ],
        "invoices": [
            {**each, "paid_minor": paid_minor[each["id"]]} for each in invoice_lines(rows, today=request.today)
        ],
        "evidence_url": reverse("office:dispute-evidence", args=[public])
        if invoice_ids and request.actor.may(Permission.DOWNLOAD)
        else "",
        "adjust": _adjusting(request, paid, rows),
        "history": history(request, "dispute", row["id"]),
        "journal": journal_of([row["id"]]),
    }
    return render(request, "backoffice/dispute.html", context)


@require_safe
@page(Permission.DOWNLOAD)
def evidence(request: StaffRequest, public: str) -> HttpResponse:
    """This function will give the invoices and contracts that answer a dispute, as one file."""
    found = dispute_evidence.dispute_evidence(actor=request.actor, at=request.at, dispute_id=dispute_id_of(public))
    return file_response(found)


def dispute_lines(rows: Sequence[Row]) -> list[dict[str, Any]]:
    """This function will return what a short list of disputes shows, in their order."""
    return [
        {
            **row,
            "url": addresses.dispute_url(row["id"]),
            "kind_word": KINDS[row["kind"]],
            "reason": wire.reason_word(row["reason_code"]),
            "state_shown": markup.status(row["state"]),
            "due": row["evidence_due_date"] if row["state"] in OPEN else None,
        }
        for row in rows
    ]


def _customer(paid: Row) -> dict[str, Any] | None:
    if paid["customer_id"] is None:
        return None
    found = customers.customer(paid["customer_id"])
    return {"name": found["name"], "number": found["number"], "url": addresses.customer_url(paid["customer_id"])}


def _paid_minor(payment_id: UUID) -> Counter[UUID]:
    """What the payment settles of each invoice, in minor units."""
    settled: Counter[UUID] = Counter()
    for part in standing_allocations(payment_id):
        settled[part["invoice_id"]] += part["amount_minor"]
    return settled


def _decisions(request: StaffRequest, row: Row) -> list[Link]:
    """What decides a dispute that staff recorded; a payment service decides its own."""
    if row["state"] not in OPEN or row["external_id"] or not request.actor.may(Permission.DISPUTE_PAYMENTS):
        return []
    public = [public_id(wire.DISPUTE, row["id"])]
    won = Link(label=_now("Won"), url=reverse("office:dispute-win", args=public), icon="check")
    lost = Link(label=_now("Lost"), url=reverse("office:dispute-lose", args=public), icon="x-circle", tone="danger")
    return [won, lost]


def _adjusting(request: StaffRequest, paid: Row, rows: Sequence[Row]) -> list[Link]:
    """A credit note for an invoice, or money back: what settles the matter with the customer afterwards."""
    found = []
    free = paid["unallocated_minor"] + paid["allocated_minor"] - paid["disputed_minor"]
    if free > 0 and request.actor.may(Permission.REFUND_PAYMENTS):
        url = reverse("office:payment-refund", args=[public_id(builders.PAYMENT, paid["id"])])
        found.append(Link(label=_now("Refund a part"), url=url, icon="undo"))
    if request.actor.may(Permission.ISSUE_CREDIT_NOTES):
        for each in rows:
            if each["state"] == "issued" and each["credited_minor"] < each["total_minor"]:
                url = reverse("office:invoice-credit", args=[public_id(builders.INVOICE, each["id"])])
                label = _now("Credit note for %(number)s") % {"number": each["number"]}
                found.append(Link(label=label, url=url, icon="minus"))
    return found
