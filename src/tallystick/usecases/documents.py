"""Documents as files: invoices and credit notes as PDF (E13, E31, E32a), several as one, and those that go by mail.

Facts are read, then drawn: no transaction is open meanwhile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final
from uuid import UUID

from tallystick.catalog.queries import tax_rates_by_id
from tallystick.correspondence.mime import Attached
from tallystick.foundation.errors import Conflict, Invalid, NotFound
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.invoices.document_queries import credit_notes_with_lines, invoices_with_lines
from tallystick.invoices.documents.bundles import as_one_pdf, as_zip
from tallystick.invoices.documents.drawing import render_credit_note, render_invoice
from tallystick.invoices.documents.facts import CreditNoteFacts, InvoiceFacts
from tallystick.invoices.states import DRAFT
from tallystick.usecases import topup
from tallystick.usecases.document_facts import (
    Row,
    credit_note_facts,
    invoice_facts,
    purchase_tax_facts,
    tax_document_facts,
)
from tallystick.usecases.frame import require_own, scope_of
from tallystick.usecases.receipts import RECEIPT, kept_receipt
from tallystick.usecases.roles import Permission
from tallystick.usecases.statements import STATEMENT, sent_statement
from tallystick.wallets import purchase_tax_queries
from tallystick.wallets import queries as wallets

PDF: Final = "application/pdf"
INVOICE: Final = "invoice"
CREDIT_NOTE: Final = "credit_note"
TAX_DOCUMENT: Final = "tax_document"
PURCHASE_TAX_DOCUMENT: Final = "purchase_tax_document"
# A second of drawing for each hundred is what somebody waits for.
MOST_AT_ONCE: Final = 200


class Bundle(StrEnum):
    """How several documents come."""

    ONE_PDF = "pdf"
    ZIP = "zip"


@dataclass(kw_only=True, eq=False)
class InvoiceNotIssued(Conflict):
    """A draft has no document; the back office shows a preview of it."""

    code: ClassVar[str] = "invoice_not_issued"
    sentence: ClassVar[str] = "A draft has no document yet. Issue it first."

    invoice_id: UUID


@dataclass(kw_only=True, eq=False)
class NoDocumentsChosen(Invalid):
    """Nothing was chosen, or more than can be drawn while somebody waits."""

    code: ClassVar[str] = "no_documents_chosen"
    sentence: ClassVar[str] = "Choose between 1 and {most} invoices."
    field: ClassVar[str | None] = "selected"

    most: int


def invoice_document(*, actor: Actor, invoice_id: UUID) -> File:
    """This function will return an issued invoice as PDF, as it was issued: what was paid since does not show.

    Raises:
        NotFound: when there is no such invoice, or not for this actor.
        InvoiceNotIssued: when it is a draft.
    """
    actor.require(Permission.DOWNLOAD)
    return _drawn(said_by_invoices(actor, [invoice_id])[0])


def topup_document(*, actor: Actor, request_id: UUID) -> File:
    """This function will return a top-up request that was sent as PDF: a pro forma, and not a tax invoice.

    Raises:
        NotFound: when there is no such request, or not for this actor.
        InvoiceNotIssued: when it is a draft.
    """
    actor.require(Permission.DOWNLOAD)
    topup.require_request(actor, request_id)
    return invoice_document(actor=actor, invoice_id=request_id)


def tax_document(*, actor: Actor, document_id: UUID) -> File:
    """This function will return the tax document of a top-up as PDF; one that was taken back is marked as void.

    Raises:
        NotFound: when there is none, or not for this actor.
    """
    actor.require(Permission.DOWNLOAD)
    return _drawn(said_by_tax_document(actor, document_id))


def purchase_tax_document(*, actor: Actor, document_id: UUID) -> File:
    """This function will return the tax invoice of a month's purchases from prepaid money as PDF.

    Raises:
        NotFound: when there is none, or not for this actor.
    """
    actor.require(Permission.DOWNLOAD)
    return _drawn(said_by_purchase_tax_document(actor, document_id))


def draft_preview(*, actor: Actor, invoice_id: UUID) -> File:
    """This function will return a draft as the PDF that it would become, marked as a draft; for staff.

    Raises:
        NotFound: when there is no such draft, or the actor is narrowed to one customer.
    """
    actor.require(Permission.DOWNLOAD)
    row = invoices_with_lines([invoice_id]).get(invoice_id)
    if row is None or row["state"] != DRAFT or actor.scope is not None:
        raise NotFound(kind="invoice")
    return _drawn(_said([row])[0])


def credit_note_document(*, actor: Actor, credit_note_id: UUID) -> File:
    """This function will return a credit note as PDF.

    Raises:
        NotFound: when there is no such credit note, or not for this actor.
    """
    actor.require(Permission.DOWNLOAD)
    facts = said_by_credit_note(actor, credit_note_id)
    return File(name=file_name(facts.number), media_type=PDF, content=render_credit_note(facts))


def invoice_documents(*, actor: Actor, invoice_ids: Sequence[UUID], bundle: Bundle) -> File:
    """This function will return several issued invoices as one PDF or one ZIP, in the order in which they are named.

    Raises:
        NoDocumentsChosen: when none is named, or more than `MOST_AT_ONCE`.
        NotFound: when one does not exist, or not for this actor.
        InvoiceNotIssued: when one is a draft.
    """
    actor.require(Permission.DOWNLOAD)
    chosen = list(dict.fromkeys(invoice_ids))
    if not 0 < len(chosen) <= MOST_AT_ONCE:
        raise NoDocumentsChosen(most=MOST_AT_ONCE)
    found = [_drawn(facts) for facts in said_by_invoices(actor, chosen)]
    if bundle is Bundle.ZIP:
        return File(name="invoices.zip", media_type="application/zip", content=as_zip(found))
    return File(name="invoices.pdf", media_type=PDF, content=as_one_pdf(found))


def attached_file(actor: Actor, attached: Attached) -> File:
    """This function will draw what goes with a mail.

    Raises:
        NotFound: when there is no such document.
        DocumentNotDrawn: when it cannot be drawn.
    """
    if attached.document_kind == STATEMENT:
        return sent_statement(actor=actor, statement_id=attached.document_id)
    if attached.document_kind == RECEIPT:
        return kept_receipt(actor=actor, receipt_id=attached.document_id)
    if attached.document_kind == CREDIT_NOTE:
        return credit_note_document(actor=actor, credit_note_id=attached.document_id)
    if attached.document_kind == TAX_DOCUMENT:
        return tax_document(actor=actor, document_id=attached.document_id)
    if attached.document_kind == PURCHASE_TAX_DOCUMENT:
        return purchase_tax_document(actor=actor, document_id=attached.document_id)
    return invoice_document(actor=actor, invoice_id=attached.document_id)


def file_name(number: str) -> str:
    """This function will return the name of a document's file."""
    return f"{number}.pdf"


def said_by_invoices(actor: Actor, invoice_ids: Sequence[UUID]) -> list[InvoiceFacts]:
    """This function will return what stands on issued invoices and requests, in the order in which they are named.

    Raises:
        NotFound: when one does not exist, or not for this actor.
        InvoiceNotIssued: when one is a draft.
    """
    rows = invoices_with_lines(invoice_ids, of_customer=scope_of(actor))
    chosen: list[Row] = []
    for invoice_id in invoice_ids:
        row = rows.get(invoice_id)
        if row is None:
            raise NotFound(kind="invoice")
        if row["state"] == DRAFT:
            raise InvoiceNotIssued(invoice_id=invoice_id)
        chosen.append(row)
    return _said(chosen)


def said_by_credit_note(actor: Actor, credit_note_id: UUID) -> CreditNoteFacts:
    """This function will return what stands on a credit note.

    Raises:
        NotFound: when there is no such credit note, or not for this actor.
    """
    row = credit_notes_with_lines([credit_note_id], of_customer=scope_of(actor)).get(credit_note_id)
    if row is None:
        raise NotFound(kind="credit note")
    return credit_note_facts(row, tax_rates_by_id(line["tax_rate_id"] for line in row["lines"]))


def said_by_tax_document(actor: Actor, document_id: UUID) -> InvoiceFacts:
    """This function will return what stands on the tax document of a top-up.

    Raises:
        NotFound: when there is none, or not for this actor.
    """
    row = wallets.tax_document(document_id)
    require_own(actor, row["lot__wallet__customer_id"], kind="tax document")
    return tax_document_facts(row, tax_rates_by_id([row["tax_rate_id"]]))


def said_by_purchase_tax_document(actor: Actor, document_id: UUID) -> InvoiceFacts:
    """This function will return what stands on the tax invoice of a month's purchases.

    Raises:
        NotFound: when there is none, or not for this actor.
    """
    row = purchase_tax_queries.document(document_id, of_customer=scope_of(actor))
    return purchase_tax_facts(row, tax_rates_by_id(line["tax_rate_id"] for line in row["lines"]))


def _said(rows: Sequence[Row]) -> list[InvoiceFacts]:
    rates = tax_rates_by_id(line["tax_rate_id"] for row in rows for line in row["lines"])
    return [invoice_facts(row, rates) for row in rows]


def _drawn(facts: InvoiceFacts) -> File:
    return File(name=file_name(facts.number or "draft"), media_type=PDF, content=render_invoice(facts))
