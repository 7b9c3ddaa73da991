"""Invoices: draft, issue, void, credit."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.allocations.queries import holders, oldest_first
from tallystick.catalog.operations import Archived
from tallystick.catalog.queries import tax_rates_by_id
from tallystick.customers.queries import customer_row
from tallystick.foundation import audit, jobs
from tallystick.foundation.card_numbers import refuse_card_numbers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries
from tallystick.invoices.totals import LineInput
from tallystick.ledger.queries import has_credit
from tallystick.payments import expected, private_text
from tallystick.payments import queries as payments
from tallystick.payments.attempts import PaymentInProgress
from tallystick.usecases.crediting import credit_invoice
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import CreditNoteShape, InvoiceShape


@use_case(Permission.DRAFT_INVOICES)
def create_invoice(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    currency: str,
    lines: Sequence[LineInput],
    prices_include_tax: bool = False,
    title: str = "",
    remark: str = "",
    idempotency_key: str | None = None,
) -> InvoiceShape:
    """This function will make a draft of an invoice (E31) and return it.

    Raises:
        NotFound: when the customer or a tax rate does not exist.
        Archived: when a tax rate cannot be chosen any more.
        InvoiceLinesNotAccepted, InvalidField: when the input cannot make an invoice.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    if any(rate.is_archived for rate in tax_rates_by_id(line.tax_rate_id for line in lines).values()):
        raise Archived(kind="tax rate")
    refuse_card_numbers(title=title, remark=remark, lines=[line.description for line in lines])
    require_currency(currency=currency)
    invoice_id = invoices.create_draft(
        customer_id=customer_id,
        currency=currency,
        lines=lines,
        prices_include_tax=prices_include_tax,
        title=title,
        remark=remark,
        at=at,
    )
    shape = builders.one_invoice(invoice_id, today=local_date(at))
    audit.record(actor=actor, at=at, action="create_invoice", kind="invoice", object_id=invoice_id, after=shape)
    return shape


@use_case(Permission.ISSUE_INVOICES)
def issue_invoice(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    invoice_date: date | None = None,
    due_date: date | None = None,
    sends_mail: bool = True,
    idempotency_key: str | None = None,
) -> InvoiceShape:
    """This function will issue a draft: it gets its number, posts (J02), expects its payment, and goes out by mail.

    Without a date it is dated today, and due by the customer's terms (E23, E24). Credit of the customer pays it at
    once, oldest first, unless that is switched off (`docs/model.md`, 18).

    Raises:
        NotFound, InvoiceTransitionRefused: when there is no such draft.
        DueDateNotAccepted, NoExchangeRate: as the names say.
        InvalidField: when the date is in the future.
    """
    del idempotency_key
    today = local_date(at)
    dated = invoice_date or today
    if dated > today:
        raise InvalidField(name="invoice_date", reason="An invoice cannot be dated in the future.")
    claim = queries.invoice(invoice_id)
    require_own(actor, claim["customer_id"], kind="invoice")
    invoices.issue(invoice_id, invoice_date=dated, due_date=due_date, at=at)
    expected.follow(invoice_id, reason="superseded", by=actor.label, at=at)
    if customer_row(claim["customer_id"]).applies_credit:
        apply_credit(invoice_id, claim["customer_id"], claim["currency"], day=dated, by=actor.label, at=at)
    if sends_mail:
        jobs.defer("mail.invoice", invoice_id=str(invoice_id))
    shape = builders.one_invoice(invoice_id, today=today)
    audit.record(
        actor=actor,
        at=at,
        action="issue_invoice",
        kind="invoice",
        object_id=invoice_id,
        before={"state": "draft"},
        after={"state": shape["state"], "number": shape["number"]},
    )
    return shape


@use_case(Permission.VOID_INVOICES)
def void_invoice(
    *, actor: Actor, at: datetime, invoice_id: UUID, reason: str, idempotency_key: str | None = None
) -> InvoiceShape:
    """This function will withdraw an issued invoice that nothing settled; its expected payment is cancelled (J15).

    Raises:
        NotFound, InvoiceTransitionRefused, InvoiceIsSettled, PaymentInProgress: as the names say.
        InvalidField: when no reason is given.
    """
    del idempotency_key
    require_own(actor, queries.invoice(invoice_id)["customer_id"], kind="invoice")
    withdraw(invoice_id, reason=reason, actor=actor, at=at)
    return builders.one_invoice(invoice_id, today=local_date(at))


def withdraw(invoice_id: UUID, *, reason: str, actor: Actor, at: datetime) -> None:
    """This function will void what nothing settled: an issued invoice (J15), or a top-up request that was sent (D11).

    Raises:
        NotFound, InvoiceTransitionRefused, InvoiceIsSettled, PaymentInProgress, InvalidField: as in `void_invoice`.
    """
    if not reason.strip():
        raise InvalidField(name="reason", reason="Say why this is withdrawn.")
    refuse_card_numbers(reason=reason)
    before = invoices.locked(invoice_id).state
    live = expected.live_of(invoice_id)
    if (live is not None and live.status == "processing") or holders([invoice_id]):
        raise PaymentInProgress
    invoices.void(invoice_id, day=local_date(at), at=at)
    expected.follow(invoice_id, reason="withdrawn", by=actor.label, at=at)
    audit.record(
        actor=actor,
        at=at,
        action="void_invoice",
        kind="invoice",
        object_id=invoice_id,
        before={"state": before},
        after={"state": "void", "reason": reason},
    )


@use_case(Permission.ISSUE_CREDIT_NOTES)
def issue_credit_note(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    reason: str,
    gross_minor: int | None = None,
    gross_by_line: Mapping[UUID, int] | None = None,
    sends_mail: bool = True,
    idempotency_key: str | None = None,
) -> CreditNoteShape:
    """This function will credit an invoice, in whole or in part, with its tax (J26), and set the credit against it.

    What its own invoice does not need stays as the customer's credit. The credit note goes out by mail, with the reason
    as far as it does not stand behind `#` (`docs/model.md`, 11).

    Raises:
        NotFound, InvoiceTransitionRefused, CreditNotAccepted, NothingLeftToCredit: as the names say.
    """
    del idempotency_key
    refuse_card_numbers(reason=reason)
    require_own(actor, queries.invoice(invoice_id)["customer_id"], kind="invoice")
    return credit_invoice(
        invoice_id,
        reason=private_text.split(reason),
        actor=actor,
        at=at,
        gross_minor=gross_minor,
        gross_by_line=gross_by_line,
        sends_mail=sends_mail,
    )


def apply_credit(invoice_id: UUID, customer_id: UUID, currency: str, *, day: date, by: str, at: datetime) -> None:
    """This function will pay a new invoice from its customer's credit, oldest first (`docs/model.md`, 18)."""
    # Most customers have none: one read of the running balance tells.
    if not has_credit(customer_id, currency):
        return
    open_minor = queries.invoice(invoice_id)["open_minor"]
    notes = {
        row["id"]: row["total_minor"] - row["allocated_minor"] - row["refunded_minor"]
        for row in queries.credit_notes_with_credit(customer_id, currency)
    }
    received = {row["id"]: row["unallocated_minor"] for row in payments.unallocated(customer_id, currency)}
    for source_id, part in oldest_first(open_minor, [*notes.items(), *received.items()]):
        allocations.allocate(
            invoice_id=invoice_id,
            amount_minor=part,
            day=day,
            by=by,
            at=at,
            payment_id=source_id if source_id in received else None,
            credit_note_id=source_id if source_id in notes else None,
        )
