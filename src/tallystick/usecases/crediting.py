"""One credit note: issued, set against its invoice as far as that is open, mailed, and in the audit (J26)."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import credit_notes, queries
from tallystick.payments.private_text import Description
from tallystick.wire import builders
from tallystick.wire.shapes import CreditNoteShape


@needs_transaction
def credit_invoice(
    invoice_id: UUID,
    *,
    reason: Description,
    actor: Actor,
    at: datetime,
    gross_minor: int | None = None,
    gross_by_line: Mapping[UUID, int] | None = None,
    says: str = "",
    sends_mail: bool = True,
    is_unearned: bool = False,
    ended_date: date | None = None,
) -> CreditNoteShape:
    """This function will credit an invoice, in whole or in part, with its tax, and return the credit note.

    What its own invoice does not need stays as the customer's credit. The credit note is a document of the customer:
    the private part of the reason stands in the audit alone (`docs/model.md`, 11). What `is_unearned`, or ends on
    `ended_date`, is as in `credit_notes.issue`.

    Raises:
        NotFound, InvoiceTransitionRefused, CreditNotAccepted, NothingLeftToCredit: as in `credit_notes.issue`.
    """
    day = local_date(at)
    note_id = credit_notes.issue(
        invoice_id,
        gross_by_line=gross_by_line,
        gross_minor=gross_minor,
        reason=reason.public,
        day=day,
        at=at,
        says=says,
        is_unearned=is_unearned,
        ended_date=ended_date,
    )
    own = min(queries.credit_note(note_id)["total_minor"], queries.invoice(invoice_id)["open_minor"])
    if own:
        allocations.allocate(
            invoice_id=invoice_id, amount_minor=own, credit_note_id=note_id, day=day, by=actor.label, at=at
        )
    if sends_mail:
        jobs.defer("mail.credit_note", credit_note_id=str(note_id))
    shape = builders.one_credit_note(note_id)
    told: dict[str, Any] = {**shape}
    if reason.private:
        told["private_text"] = reason.private
    audit.record(actor=actor, at=at, action="issue_credit_note", kind="invoice", object_id=invoice_id, after=told)
    return shape
