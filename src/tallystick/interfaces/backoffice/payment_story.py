"""The page of one payment: header, what can be done next, where its money went, and what happened."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tallystick.allocations import queries as allocations
from tallystick.correspondence import queries as correspondence
from tallystick.customers import queries as customers
from tallystick.foundation import settings_store
from tallystick.gateways import queries as gateways
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.backoffice.acts import Link
from tallystick.interfaces.backoffice.approvals import waiting_line
from tallystick.interfaces.backoffice.audit import history
from tallystick.interfaces.backoffice.autopay import charge_shown
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.backoffice.money_shown import LISTED, money_shown
from tallystick.interfaces.backoffice.naming import Row, amount_word, in_suspense, payment_name, payment_status, signed
from tallystick.interfaces.backoffice.offers import offers_of_invoice
from tallystick.interfaces.backoffice.parts import journal_of, subscription_facts
from tallystick.interfaces.backoffice.payment_links import acts_of
from tallystick.interfaces.backoffice.wallet_shown import drawn, redeemed_shown
from tallystick.interfaces.kit.formatting import format_day
from tallystick.interfaces.kit.markup import current_locale
from tallystick.invoices import queries as invoices
from tallystick.payments import dispute_queries, proofs, queries, states
from tallystick.reports.money_map import money_map
from tallystick.subscriptions import references
from tallystick.usecases.autopay_run import charge_of
from tallystick.wire import words

# What each event of a payment is called, its icon and its tone. The word of `complete` is found in `_events`.
_EVENTS: dict[str, tuple[Any, str, str]] = {
    "create": (gettext_lazy("Made"), "plus", "neutral"),
    "start": (gettext_lazy("Attempt started"), "refresh", "accent"),
    "fail": (gettext_lazy("Failed"), "x", "danger"),
    "cancel": (gettext_lazy("Cancelled"), "stop", "neutral"),
    "assign": (gettext_lazy("Assigned to its customer"), "link", "accent"),
    "unassign": (gettext_lazy("Taken from its customer"), "unlink", "warning"),
    "reverse": (gettext_lazy("Reversed"), "undo", "danger"),
    "edit": (gettext_lazy("Edited"), "pencil", "neutral"),
    "dispute": (gettext_lazy("Disputed by the payer"), "flag", "danger"),
    "dispute_funds": (gettext_lazy("The payment service took the disputed money"), "minus", "danger"),
    "dispute_won": (gettext_lazy("Dispute won"), "check", "success"),
    "dispute_lost": (gettext_lazy("Dispute lost"), "x-circle", "danger"),
    "loss_taken": (gettext_lazy("Taken for the lost dispute: the refund had failed"), "minus", "danger"),
    "deposit": (gettext_lazy("Cheque deposited"), "check", "accent"),
    "bank_return": (gettext_lazy("Sent back by the bank"), "undo", "danger"),
    "credit": (gettext_lazy("Credited back"), "undo", "special"),
    "agree_due_date": (gettext_lazy("New due date agreed"), "calendar", "accent"),
    "accept_terms": (gettext_lazy("Terms accepted"), "check", "neutral"),
    "doubt": (gettext_lazy("Not booked as the payment service reports it"), "alert", "warning"),
}
_DETAILS = {
    "amount": gettext_lazy("Amount"),
    "reason": gettext_lazy("Reason"),
    "failure_code": gettext_lazy("Why"),
    "cancel_reason": gettext_lazy("Why"),
    "receipt_number": gettext_lazy("Receipt"),
    "received_date": gettext_lazy("Received"),
    "due_date": gettext_lazy("Due"),
    "reference": gettext_lazy("Reference"),
    "proof": gettext_lazy("Proof"),
}
_ATTEMPTS = {
    "created": ("pending", gettext_lazy("Not sent yet")),
    "sent": ("processing", gettext_lazy("Sent")),
    "pending": ("processing", gettext_lazy("The payment service works on it")),
    "action_required": ("pending", gettext_lazy("Waits for the customer")),
    "unknown": ("unknown", gettext_lazy("Being checked")),
    "succeeded": ("completed", gettext_lazy("Succeeded")),
    "declined": ("failed", gettext_lazy("Declined")),
    "not_performed": ("cancelled", gettext_lazy("Not performed")),
}
# So many allocations of one moment are told one by one.
_TOLD_SINGLY: Final = 3


def story(request: StaffRequest, payment_id: UUID) -> dict[str, Any]:
    """This function will return all that the page of a payment shows.

    Raises:
        NotFound: when there is no such payment.
    """
    row = queries.payment(payment_id)
    parts = allocations.allocations_of_payment(payment_id)
    invoice_ids = {part["invoice_id"] for part in parts}
    if row["invoice_id"]:
        invoice_ids.add(row["invoice_id"])
    numbers = invoices.numbers(invoice_ids)
    tries = queries.attempts(payment_id)
    mails = correspondence.messages_about(payment_id)
    disputed = dispute_queries.disputes_of(payment_id)
    draws = drawn(payment_id) if row["kind"] == states.CHARGE else []
    redeemed = redeemed_shown(payment_id) if row["kind"] == states.VOUCHER else None
    lots = [redeemed["lot_id"]] if redeemed else []
    left = any(draw["drawn_minor"] > draw["returned_minor"] for draw in draws)
    done = history(request, "payment", payment_id)
    main, others = acts_of(request, row, attempts=tries, is_left_to_credit=left)
    name = payment_name(row, numbers)
    return {
        "payment": row,
        "came_rate": row["came_rate"] and f"{row['came_rate'].normalize():f}",
        "name": name,
        "signed_minor": signed(row),
        "word": amount_word(row),
        "status_shown": payment_status(row),
        "customer": _customer(row),
        "in_suspense": in_suspense(row),
        "method": words.method_words(row["method"], **words.card_of(tries)) if row["method"] else "",
        "main": main,
        "others": others,
        "approval": waiting_line(request, payment_id),
        "offer": offers_of_invoice(request, row["invoice_id"]) if row["status"] == states.FAILED else None,
        "money": money_shown(request, money_map(payment_id, limit=LISTED)),
        "released": [
            {**part, "number": numbers[part["invoice_id"]], "url": addresses.invoice_url(part["invoice_id"])}
            for part in parts
            if part["released_at"] is not None
        ],
        "draws": draws,
        "proofs": [
            {**each, "url": addresses.proof_url(payment_id, each["id"])} for each in proofs.of_payment(payment_id)
        ],
        "redeemed": redeemed,
        "attempts": _attempts(tries),
        "autopay": _autopay(request, row),
        "related": _related(row),
        "events": _events(row, parts, mails, numbers, done["entries"]),
        "journal": journal_of([payment_id, *lots, *(each["id"] for each in (*parts, *disputed))]),
        "edits": _edits(row),
        "history_url": done["url"],
        "refundable_minor": _refundable(row),
        "mails": [{**mail, "url": addresses.message_url(mail["id"])} for mail in mails],
        "subscription": subscription_facts(
            references.of_invoices([row["invoice_id"]] if row["invoice_id"] else []).values()
        ),
        "invoice_url": addresses.invoice_url(row["invoice_id"]) if row["invoice_id"] else "",
        "invoice_pdf_url": addresses.document_url("invoice", row["invoice_id"]) if row["invoice_id"] else "",
        "invoice_number": numbers.get(row["invoice_id"], "") if row["invoice_id"] else "",
    }


def _autopay(request: StaffRequest, row: Row) -> dict[str, Any] | None:
    """When autopay charges an expected payment, or why it does not; None where nobody agreed to it."""
    if row["kind"] != states.SCHEDULED or row["customer_id"] is None:
        return None
    planned = charge_of(row["id"], customer_id=row["customer_id"])
    return None if planned is None else charge_shown(planned, request.today)


def _customer(row: Row) -> dict[str, Any] | None:
    if row["customer_id"] is None:
        return None
    found = customers.customer(row["customer_id"])
    return {"name": found["name"], "number": found["number"], "url": addresses.customer_url(row["customer_id"])}


def _attempts(tries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    accounts = {account["id"]: account["name"] for account in gateways.accounts()} if tries else {}
    shown = []
    for number, each in enumerate(tries, start=1):
        look, word = _ATTEMPTS[each["state"]]
        card = words.method_words("gateway", brand=each["brand"], last_four=each["last_four"])
        shown.append(
            {
                **each,
                "number": number,
                "look": look,
                "word": word,
                "account": accounts[each["account_id"]],
                "card": card,
            }
        )
    return shown[::-1]


def _related(row: Row) -> list[Link]:
    found = []
    if row["refund_of_id"]:
        url = addresses.payment_url(row["refund_of_id"])
        found.append(Link(label=_("The payment that this refunds"), url=url, dialog=False))
    if row["replaces_id"]:
        url = addresses.payment_url(row["replaces_id"])
        found.append(Link(label=_("The payment that this replaces"), url=url, dialog=False))
    return found


def _events(
    row: Row, parts: Sequence[Row], mails: Sequence[Row], numbers: dict[UUID, str], acts: Sequence[Row]
) -> list[dict[str, Any]]:
    """All that happened, and in it who did what; the newest first."""
    told = []
    # The word for money that has arrived is the business's choice (model, 2).
    events = {**_EVENTS, "complete": (words.status_word(kind=row["kind"], status="completed"), "check", "success")}
    labels = {**_DETAILS, "received_date": _("Sent back")} if row["kind"] == states.REFUND else _DETAILS
    for event in queries.timeline(row["id"]):
        title, icon, tone = events.get(event["event"], (event["event"], "circle", "neutral"))
        details = [(labels.get(name, name), _told(name, value)) for name, value in event["detail"].items() if value]
        told.append(
            {
                "at": event["at"],
                "title": title,
                "icon": icon,
                "tone": tone,
                "by": event["actor_label"],
                "details": details,
            }
        )
    told += _acts(told, acts)
    told += _moves(parts, numbers, "allocated", icon="link", tone="neutral")
    told += _moves(parts, numbers, "released", icon="unlink", tone="warning")
    told += [
        {
            "at": mail["created_at"],
            "title": _("Mail to %(address)s") % {"address": mail["recipient_email"]},
            "icon": "mail",
            "tone": "neutral",
        }
        for mail in mails
    ]
    # Of what happened in one moment the last comes first, too.
    return sorted(told, key=lambda each: each["at"])[::-1]


def _acts(told: Sequence[dict[str, Any]], acts: Sequence[Row]) -> list[dict[str, Any]]:
    """Say of what happened which act it was, by whom, and what it changed; what else was done is returned."""
    moments: dict[datetime, dict[str, Any]] = {}
    for event in told:
        # Of all that an act brought about at once, the first has its name.
        moments.setdefault(event["at"], event)
    others = []
    for act in acts:
        found = moments.pop(act["at"], None)
        if found is None:
            found = {"at": act["at"], "icon": "circle", "tone": "neutral", "details": []}
            others.append(found)
        details = [(label, value) for label, value in found["details"] if label not in act["labels"]]
        found |= {"title": act["word"], "by": act["who"], "changes": act["changes"], "details": details}
    return others


def _moves(parts: Sequence[Row], numbers: dict[UUID, str], event: str, *, icon: str, tone: str) -> list[dict[str, Any]]:
    """What was allocated or taken back; many at one moment are one event."""
    moments: dict[datetime, list[Row]] = defaultdict(list)
    for part in parts:
        if moment := part[f"{event}_at"]:
            moments[moment].append(part)
    told = []
    for moment, moved in moments.items():
        shown = moved if len(moved) <= _TOLD_SINGLY else [{**moved[0], "invoice_id": None}]
        for part in shown:
            one = part["invoice_id"] is not None
            count = ngettext("%(count)s invoice", "%(count)s invoices", len(moved)) % {"count": len(moved)}
            facts = {
                "number": numbers[part["invoice_id"]] if one else count,
                "minor": part["amount_minor"] if one else sum(each["amount_minor"] for each in moved),
                "currency": part["currency"],
            }
            told.append({"at": moment, "icon": icon, "tone": tone, event: facts})
    return told


def _told(name: str, value: str) -> str:
    return format_day(date.fromisoformat(value), current_locale()) if name.endswith("_date") else value


def _edits(row: Row) -> dict[str, int]:
    limit = settings_store.get(queries.ASSIGNMENT_EDITS)
    return {"used": row["assignment_edits"], "limit": limit, "left": max(0, limit - row["assignment_edits"])}


def _refundable(row: Row) -> int:
    if row["status"] != "completed" or row["reversed_at"] or row["kind"] not in {"receipt", "scheduled"}:
        return 0
    return int(row["unallocated_minor"] + row["allocated_minor"] - row["disputed_minor"])
