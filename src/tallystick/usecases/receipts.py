"""Receipts as PDF: issued when somebody first wants one, and the same bytes from then on (E35)."""

from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.utils import translation

from tallystick.allocations.queries import standing_allocations
from tallystick.customers import queries as customers
from tallystick.foundation import audit, business
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.foundation.wording import spoken_language
from tallystick.gateways import queries as gateways
from tallystick.invoices.documents.drawing import render_receipt
from tallystick.invoices.documents.facts import CameFacts, ReceiptFacts
from tallystick.invoices.queries import numbers
from tallystick.payments import operations, receipts
from tallystick.payments import queries as payments
from tallystick.usecases.document_facts import Row, paper_of
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders, words
from tallystick.wire.shapes import CameShape

RECEIPT: Final = "receipt"
_PDF: Final = "application/pdf"


@use_case(Permission.DOWNLOAD)
def issue_receipt(*, actor: Actor, at: datetime, payment_id: UUID) -> tuple[UUID, str]:
    """This function will issue the receipt of a completed payment or refund, unless it was, and return id and number.

    What it says is what is true now: both parties, the method, the invoices that the money settles. It never says more
    than the customer may read.

    Raises:
        NotFound: when there is no such payment, or not for this actor.
        NoReceipt: when it is not completed, or nobody knows whose it is.
    """
    row = payments.public_payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    found = receipts.receipt_of(payment_id, row["customer_id"])
    if found is None:
        payment = operations.locked(payment_id)
        row = payments.public_payment(payment_id)
        if not receipts.has_receipt(row):
            raise receipts.NoReceipt(payment_id=payment_id)
        found = receipts.issue(payment, _facts(row), at=at)
        audit.record(
            actor=actor,
            at=at,
            action="issue_receipt",
            kind="payment",
            object_id=payment_id,
            after={"number": found["number"]},
        )
    return found["id"], found["number"]


def receipt_document(*, actor: Actor, at: datetime, payment_id: UUID) -> File:
    """This function will return the receipt of a payment or refund as PDF, issued now if it never was.

    Raises:
        NotFound, NoReceipt: as `issue_receipt`.
        DocumentNotDrawn: when it cannot be drawn.
    """
    receipt_id, _number = issue_receipt(actor=actor, at=at, payment_id=payment_id)
    return kept_receipt(actor=actor, receipt_id=receipt_id)


def kept_receipt(*, actor: Actor, receipt_id: UUID) -> File:
    """This function will return a receipt as it was issued; one of a payment that was reversed since is marked.

    Raises:
        NotFound: when there is none, or not for this actor.
        DocumentNotDrawn: when it cannot be drawn.
    """
    actor.require(Permission.DOWNLOAD)
    row = receipts.receipt(receipt_id)
    require_own(actor, row["customer_id"], kind="receipt")
    return File(name=f"{row['number']}.pdf", media_type=_PDF, content=render_receipt(_drawn_facts(row)))


def _facts(row: Row) -> dict[str, Any]:
    settled: dict[UUID, int] = {}
    for part in standing_allocations(row["id"]):
        settled[part["invoice_id"]] = settled.get(part["invoice_id"], 0) + part["amount_minor"]
    named = numbers(settled)
    source = payments.public_payment(row["refund_of_id"]) if row["refund_of_id"] else None
    account = gateways.account(row["account_id"])["name"] if row["account_id"] else ""
    tried = payments.attempts(source["id"] if source and row["method"] == source["method"] else row["id"])
    return {
        "seller": business.frozen_party(),
        "buyer": customers.frozen_party(customers.customer_row(row["customer_id"])),
        "currency": row["currency"],
        "total_minor": row["total_minor"],
        "received_date": row["received_date"].isoformat(),
        "method": row["method"],
        "account": account,
        "card": words.card_of(tried) if row["method"] == "gateway" else {},
        "reference": row["reference"],
        "description": row["description"],
        "settled": [[named[invoice_id], minor] for invoice_id, minor in settled.items()],
        "credit_minor": 0 if source else row["unallocated_minor"],
        "of_receipt": source["receipt_number"] if source else "",
        "came": builders.came_shape(dict(row)),
    }


def _came(kept: CameShape | None) -> CameFacts | None:
    """What a receipt keeps of an exchange; the oldest receipts know of none."""
    if kept is None:
        return None
    rate = Decimal(kept["rate"])
    return CameFacts(minor=kept["amount_minor"], currency=kept["currency"], rate=rate, source=kept["rate_source"])


def _drawn_facts(row: Row) -> ReceiptFacts:
    facts = row["facts"]
    with translation.override(spoken_language(facts["buyer"]["language"])):
        method = words.method_words(facts["method"], account=facts["account"], **facts["card"])
    same = ("currency", "total_minor", "reference", "description", "credit_minor", "of_receipt")
    return ReceiptFacts(
        **paper_of(facts["seller"], facts["buyer"]),
        number=row["number"],
        received_date=date.fromisoformat(facts["received_date"]),
        method=method,
        settled=tuple((number, minor) for number, minor in facts["settled"]),
        is_void=row["payment__reversed_at"] is not None,
        came=_came(facts.get("came")),
        **{name: facts[name] for name in same},
    )
