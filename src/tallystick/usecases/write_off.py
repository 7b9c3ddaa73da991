"""Claims that will not be paid: given up, and owed again when they are paid after all (J12, J13)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.allocations import operations as allocations
from tallystick.allocations.queries import holders
from tallystick.customers.queries import customer_row
from tallystick.dunning import operations as dunning
from tallystick.foundation import audit
from tallystick.foundation.business import locale_read
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.wording import spoken_language
from tallystick.invoices import credit_notes, queries, write_offs
from tallystick.invoices import operations as invoices
from tallystick.invoices.states import INVOICE, ISSUED
from tallystick.payments import expected
from tallystick.payments import operations as payments
from tallystick.payments.attempts import PaymentInProgress
from tallystick.payments.private_text import Description
from tallystick.usecases.crediting import credit_invoice
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import InvoiceShape


@use_case(Permission.WRITE_OFF_INVOICES)
def write_off_invoice(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    reason: str,
    amount_minor: int | None = None,
    idempotency_key: str | None = None,
) -> InvoiceShape:
    """This function will give up what is open of an issued invoice, or a part of it, in minor units.

    What of it was not earned yet is credited first (J26), by a credit note that no mail announces; the rest is written
    off (J12). The expected payment follows. The reason is internal. Services that are suspended because of it stay so,
    when nothing of it is left open, until staff lift that.

    Raises:
        NotFound: when there is no such invoice.
        InvoiceNotOpen, InvoiceOverpaid, PaymentInProgress, InvalidField: as the names say.
    """
    del idempotency_key
    refuse_card_numbers(reason=reason)
    claim = _reached(actor, invoice_id)
    if claim.state != ISSUED or claim.open_minor == 0:
        raise allocations.InvoiceNotOpen(invoice_id=invoice_id, state=claim.state)
    live = expected.live_of(invoice_id)
    if (live is not None and live.status == "processing") or holders([invoice_id]):
        raise PaymentInProgress
    amount = claim.open_minor if amount_minor is None else amount_minor
    write_offs.require_usable(amount, reason)
    if amount > claim.open_minor:
        raise invoices.InvoiceOverpaid(invoice_id=invoice_id)
    before = {"open_minor": claim.open_minor, "written_off_minor": claim.written_off_minor}
    credited = _credit_unearned(claim, amount, actor=actor, at=at)
    if credited < amount:
        held = invoices.locked(invoice_id)
        write_offs.write_off(held, amount - credited, reason=reason, day=local_date(at), at=at)
    if amount == claim.open_minor:
        dunning.leave_suspended(invoice_id, at=at)
    expected.follow(invoice_id, reason="written_off", by=actor.label, at=at)
    return _told(
        invoice_id,
        action="write_off_invoice",
        actor=actor,
        at=at,
        before=before,
        amount_minor=amount,
        credited_minor=credited,
        reason=reason,
    )


@use_case(Permission.WRITE_OFF_INVOICES)
def recover_invoice(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    reason: str,
    amount_minor: int | None = None,
    payment_id: UUID | None = None,
    idempotency_key: str | None = None,
) -> InvoiceShape:
    """This function will make what was written off of an invoice, or a part of it, owed again (J13).

    With a payment that is where the money is: it is set against the invoice in the same act (J08), and without an
    amount as much is owed again as is left of it. Else the invoice is open, and its payment expected.

    Raises:
        NotFound: when there is no such invoice or payment.
        NotWrittenOff, InvalidField: when that much is not written off, or no reason is given.
        PaymentNotCompleted, PaymentOverspent, DifferentPayer: when the payment cannot give it.
    """
    del idempotency_key
    refuse_card_numbers(reason=reason)
    claim = _reached(actor, invoice_id)
    payment = None
    most = claim.written_off_minor
    if payment_id is not None:
        actor.require(Permission.ALLOCATE_PAYMENTS)
        payment = payments.locked(payment_id)
        if payment.customer_id != claim.customer_id:
            raise NotFound(kind="payment")
        most = min(most, payment.unallocated_minor)
    amount = most if amount_minor is None else amount_minor
    before = {"open_minor": claim.open_minor, "written_off_minor": claim.written_off_minor}
    day = local_date(at)
    write_offs.recover(claim, amount, reason=reason, day=day, at=at)
    if payment is None:
        expected.follow(invoice_id, reason="superseded", by=actor.label, at=at)
    else:
        allocations.allocate(
            invoice_id=invoice_id,
            amount_minor=amount,
            day=day,
            by=actor.label,
            at=at,
            payment_id=payment_id,
            claim=claim,
            payment=payment,
        )
    return _told(
        invoice_id,
        action="recover_invoice",
        actor=actor,
        at=at,
        before=before,
        amount_minor=amount,
        reason=reason,
    )


def _reached(actor: Actor, invoice_id: UUID) -> invoices.InvoiceRow:
    claim = invoices.locked(invoice_id)
    require_own(actor, claim.customer_id, kind="invoice")
    if claim.kind != INVOICE:
        raise NotFound(kind="invoice")
    return claim


def _credit_unearned(claim: invoices.InvoiceRow, most_minor: int, *, actor: Actor, at: datetime) -> int:
    """Credit what of the claim is deferred revenue still, up to an amount, and return how much that was (J12, J26)."""
    if claim.is_usage:
        return 0
    left = claim.total_minor - claim.credit_noted_minor - claim.written_off_minor
    by_line = credit_notes.unearned_by_line(claim, min(most_minor, left))
    if sum(by_line.values()) <= 0:
        return 0
    locale = locale_read("", customer_row(claim.customer_id).language)
    with translation.override(spoken_language(locale)):
        says = _("Not delivered")
    credit_invoice(
        claim.id,
        reason=Description(says, ""),
        actor=actor,
        at=at,
        gross_by_line=by_line,
        sends_mail=False,
        is_unearned=True,
    )
    return sum(by_line.values())


def _told(
    invoice_id: UUID, *, action: str, actor: Actor, at: datetime, before: dict[str, int], **more: Any
) -> InvoiceShape:
    row = queries.invoice(invoice_id)
    audit.record(
        actor=actor,
        at=at,
        action=action,
        kind="invoice",
        object_id=invoice_id,
        before=before,
        after={"open_minor": row["open_minor"], "written_off_minor": row["written_off_minor"], **more},
    )
    return builders.one_invoice(invoice_id, today=local_date(at))
