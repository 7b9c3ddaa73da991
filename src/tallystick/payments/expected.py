"""The expected payment of an issued invoice: exactly one live row while anything of it is open (`docs/model.md`, 1).

Its kind is `scheduled`.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import columns, copy_in, fetch_one, instances
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import queries as invoices
from tallystick.invoices.bulk import IssuedInvoice
from tallystick.invoices.operations import InvoiceRow
from tallystick.invoices.states import ISSUED
from tallystick.payments import operations, states
from tallystick.payments.models import Payment

_LIVE = (
    f"SELECT {columns(Payment)} FROM payments_payment WHERE invoice_id = %s AND kind = 'scheduled' "  # noqa: S608
    "AND status IN ('pending', 'processing', 'failed') FOR UPDATE"
)

_LAST = (
    "SELECT id, next_try_date FROM payments_payment WHERE invoice_id = %s AND kind = 'scheduled' "
    "ORDER BY created_at DESC, id DESC LIMIT 1"
)


# A newborn's columns, and those that nothing has happened to yet.
_BORN_COLUMNS: Final = (
    *("id", "kind", "status", "customer_id", "total_minor", "currency"),
    *("description", "invoice_id", "due_date", "created_at"),
    *(
        "private_text",
        "remark",
        "customer_note",
        "method",
        "reference",
        "invoice_text",
        "cancel_reason",
        "failure_code",
    ),
    *("mails_confirmation", "assignment_edits", "allocated_minor", "difference_minor", "refunded_minor"),
    *("refund_reserved_minor", "lost_minor"),
)
_NOTHING_YET: Final = (*[""] * 8, False, *[0] * 6)


@needs_transaction
def live_of(invoice_id: UUID) -> Payment | None:
    """This function will lock and return the live expected payment of an invoice, or None."""
    return next(iter(instances(Payment, _LIVE, [invoice_id])), None)


@needs_transaction
def follow(invoice_id: UUID, *, reason: str, by: str, at: datetime, claim: InvoiceRow | None = None) -> None:
    """This function will make the expected payment follow what is open of its invoice.

    Its total is the open amount; at zero it is cancelled with the reason (`superseded`, `credited`, `written_off`,
    `withdrawn`); when the invoice is open and has none, one is born, linked to the one before. A row that is being
    processed is left alone: only the gateway can say what becomes of it. `claim` is the invoice as it is now, when the
    caller holds it locked.
    """
    facts = invoices.invoice(invoice_id) if claim is None else vars(claim)
    open_minor = facts["open_minor"] if facts["state"] == ISSUED else 0
    live = live_of(invoice_id)
    if live is None and open_minor > 0:
        _bear(facts, open_minor, by=by, at=at)
    elif live is not None and live.status != states.PROCESSING and open_minor == 0:
        operations.move(live, states.CANCEL, by=by, at=at, cancel_reason=reason)
    elif live is not None and live.status != states.PROCESSING and live.total_minor != open_minor:
        live.total_minor = open_minor
        live.save(update_fields=["total_minor"])


@needs_transaction
def agree_due_date(live: Payment, day: date, *, by: str, at: datetime) -> None:
    """This function will make a locked expected payment due on another day that was agreed. A try that autopay planned
    waits for that day, too.
    """
    tried = None if live.next_try_date is None else day
    operations.describe(live, due_date=day, next_try_date=tried)
    detail = {"due_date": day.isoformat()}
    operations.note(live, event="agree_due_date", before=live.status, by=by, at=at, detail=detail)


@needs_transaction
def expect_many(issued: Sequence[IssuedInvoice], *, by: str, at: datetime) -> None:
    """This function will bear the expected payment of each of many invoices that were issued just now, at once.

    An invoice of total 0 expects none.
    """
    states.require_birth(kind=states.SCHEDULED, status=states.PENDING)
    expected = [(new_id(), each) for each in issued if each.total_minor]
    copy_in(
        "payments_payment",
        _BORN_COLUMNS,
        (
            (
                *(payment_id, states.SCHEDULED, states.PENDING, each.customer_id, each.total_minor, each.currency),
                *(each.number, each.id, each.due_date, at),
                *_NOTHING_YET,
            )
            for payment_id, each in expected
        ),
    )
    copy_in(
        "payments_paymentevent",
        ("payment_id", "at", "event", "from_status", "to_status", "actor_label", "detail"),
        ((payment_id, at, "create", "", states.PENDING, by, "{}") for payment_id, _ in expected),
    )


def _bear(claim: Mapping[str, Any], open_minor: int, *, by: str, at: datetime) -> None:
    before = fetch_one(_LAST, [claim["id"]])
    operations.create(
        kind=Payment.Kind.SCHEDULED,
        status=states.PENDING,
        total_minor=open_minor,
        currency=claim["currency"],
        customer_id=claim["customer_id"],
        invoice_id=claim["id"],
        due_date=claim["due_date"],
        description=claim["number"],
        replaces_id=before["id"] if before else None,
        # A charge that is planned to be tried again stays so when the checkout in between was given up.
        next_try_date=before["next_try_date"] if before else None,
        by=by,
        at=at,
    )
