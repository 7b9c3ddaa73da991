"""How payments and invoices read for the customer: plain words, signs, and where each stands. Reads, never writes."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from babel import Locale
from django.utils.translation import gettext as _

from tallystick.correspondence.contents import Decline
from tallystick.correspondence.in_words import DeclineWords, decline_words
from tallystick.gateways.registry import origin, page_origins
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.portal.addresses import invoice_url, payment_url
from tallystick.invoices.states import PAYABLE, display_state
from tallystick.payments import queries as payments
from tallystick.payments import states
from tallystick.usecases.promise import is_promised
from tallystick.wire import words

Row = Mapping[str, Any]
_MONEY_OUT = frozenset({states.REFUND, states.CHARGE})


class Phase(StrEnum):
    """Where a payment stands, as the customer sees it: what they can do depends on it."""

    PAID = "paid"
    REVERSED = "reversed"
    # The gateway waits for the customer.
    WAITING = "waiting"
    PROCESSING = "processing"
    # Nobody knows yet: it must not be paid a second time.
    CHECKED = "checked"
    FAILED = "failed"
    PROMISED = "promised"
    EXPECTED = "expected"
    CANCELLED = "cancelled"


_LIVE = {"action_required": Phase.WAITING, "pending": Phase.PROCESSING}
_LOOKS = {Phase.CHECKED: "unknown", Phase.REVERSED: "reversed"}
_ENDED = frozenset({"succeeded", "declined", "not_performed"})


@dataclass(frozen=True, kw_only=True)
class PaymentView:
    """A payment as a list or a page shows it. `minor` is signed; `at` is Date / Time, greyed while not `is_done`."""

    url: str
    name: str
    minor: int
    currency: str
    phase: Phase
    look: str
    word: str
    hint: str
    amount_word: str
    at: datetime
    is_done: bool


@dataclass(frozen=True, kw_only=True)
class InvoiceView:
    """An invoice as a list or a page shows it."""

    url: str
    number: str
    title: str
    state: str
    invoice_date: date
    # None of a top-up request, which is no debt.
    due_date: date | None
    # What its document says, where another day was agreed since.
    stated_due_date: date | None
    total_minor: int
    open_minor: int
    currency: str


def phase_of(row: Row, attempts: Sequence[Row]) -> Phase:
    """This function will say where a payment stands."""
    if row["reversed_at"] is not None:
        return Phase.REVERSED
    if row["status"] == states.COMPLETED:
        return Phase.PAID
    if row["status"] == states.PROCESSING:
        live = [each["state"] for each in attempts if each["state"] not in _ENDED]
        if row["kind"] == states.REFUND:
            return Phase.PROCESSING
        return _LIVE.get(live[-1], Phase.CHECKED) if live else Phase.PROCESSING
    if row["status"] == states.PENDING:
        return Phase.PROMISED if is_promised(dict(row)) else Phase.EXPECTED
    return Phase.FAILED if row["status"] == states.FAILED else Phase.CANCELLED


def shown_payment(row: Row, attempts: Sequence[Row]) -> PaymentView:
    """This function will return a payment as the customer reads it (model, 5)."""
    phase = phase_of(row, attempts)
    out = row["kind"] in _MONEY_OUT
    hints = {
        Phase.WAITING: _("waiting for you"),
        Phase.PROCESSING: _("being processed"),
        Phase.CHECKED: _("being checked, do not pay again"),
        Phase.PROMISED: _("waiting for your transfer"),
    }
    look: str = row["status"]
    if phase is Phase.PAID:
        look = {states.REFUND: "refunded", states.CHARGE: "purchase"}.get(row["kind"], look)
    elif phase in _LOOKS:
        look = _LOOKS[phase]
    return PaymentView(
        url=payment_url(row["id"]),
        name=row["description"] or row["receipt_number"] or _("Payment"),
        minor=-row["total_minor"] if out else row["total_minor"],
        currency=row["currency"],
        phase=phase,
        look=look,
        word=_("Reversed")
        if phase is Phase.REVERSED
        else words.customer_status_word(kind=row["kind"], status=row["status"]),
        hint=hints.get(phase, "") or _taken_back(row),
        amount_word={states.REFUND: _("Refund"), states.CHARGE: _("Purchase")}.get(row["kind"], ""),
        at=row["completed_at"] or row["created_at"],
        is_done=row["completed_at"] is not None,
    )


def _taken_back(row: Row) -> str:
    """What the customer's bank does with money that had arrived here."""
    if row["disputed_minor"]:
        return _("you dispute it through your bank")
    return _("taken back through your bank") if row["lost_minor"] else ""


def shown_payments(rows: Sequence[Row]) -> list[PaymentView]:
    """This function will return payments as a list shows them, with one query for the tries of all."""
    tries: dict[UUID, list[Row]] = defaultdict(list)
    for attempt in payments.attempts_of([row["id"] for row in rows if row["status"] == states.PROCESSING]):
        tries[attempt["payment_id"]].append(attempt)
    return [shown_payment(row, tries[row["id"]]) for row in rows]


def shown_invoice(row: Row, today: date) -> InvoiceView:
    """This function will return an invoice as the customer reads it on a day."""
    return InvoiceView(
        url=invoice_url(row["id"]),
        number=row["number"],
        title=row["title"],
        state=display_state(
            state=row["state"],
            total_minor=row["total_minor"],
            open_minor=row["open_minor"],
            credited_minor=row["credited_minor"],
            written_off_minor=row["written_off_minor"],
            due_date=row["due_date"],
            today=today,
        ),
        invoice_date=row["invoice_date"],
        due_date=row["due_date"],
        stated_due_date=row["stated_due_date"],
        total_minor=row["total_minor"],
        open_minor=row["open_minor"] if row["state"] in PAYABLE else 0,
        currency=row["currency"],
    )


def why_failed(row: Row) -> DeclineWords:
    """This function will say in plain words why a payment failed and what to do."""
    return decline_words(Decline.of(row["failure_code"]))


def checkout_url(attempts: Sequence[Row]) -> str:
    """This function will return where the customer goes on with a checkout under way, or the empty text.

    Only the address that the gateway gave for this very try, and only on the gateway's own pages (S109).
    """
    for attempt in reversed(attempts):
        if attempt["state"] == "action_required" and attempt["action_url"]:
            url: str = attempt["action_url"]
            return url if origin(url) in page_origins(attempt["account_id"]) else ""
    return ""


def shown_party(party: Row) -> dict[str, Any]:
    """This function will return a party of a document as it is addressed: lines in order, the country by its name."""
    place = " ".join(part for part in (party.get("postal_code", ""), party.get("city", "")) if part)
    country = Locale.parse(current_locale().replace("-", "_")).territories.get(party["country"], party["country"])
    lines = [*party["address_lines"].splitlines(), place, party.get("region", ""), country]
    return {"name": party["name"], "lines": [line for line in lines if line], "tax_id": party["tax_id"]}
