"""The customer's own documents to take away."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import NotFound
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.payments.receipts import NoReceipt
from tallystick.usecases import documents, e_invoices, receipts
from tallystick.usecases.e_invoices import NoEInvoice
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import (
    credit_note_id_of,
    invoice_id_of,
    payment_id_of,
    purchase_tax_document_id_of,
    tax_document_id_of,
)


@require_safe
@page(Permission.DOWNLOAD)
def invoice_pdf(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give an invoice as PDF, as it was issued."""
    return file_response(documents.invoice_document(actor=request.actor, invoice_id=invoice_id_of(public)))


@require_safe
@page(Permission.DOWNLOAD)
def credit_note_pdf(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give a credit note as PDF."""
    found = credit_note_id_of(public)
    return file_response(documents.credit_note_document(actor=request.actor, credit_note_id=found))


@require_safe
@page(Permission.DOWNLOAD)
def invoice_xml(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give an invoice as e-invoice; where it is none, no page leads here."""
    try:
        return file_response(e_invoices.invoice_xml(actor=request.actor, invoice_id=invoice_id_of(public)))
    except NoEInvoice:
        raise NotFound(kind="invoice") from None


@require_safe
@page(Permission.DOWNLOAD)
def credit_note_xml(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give a credit note as e-invoice; where it is none, it looks like one that is missing."""
    found = credit_note_id_of(public)
    try:
        return file_response(e_invoices.credit_note_xml(actor=request.actor, credit_note_id=found))
    except NoEInvoice:
        raise NotFound(kind="credit note") from None


@require_safe
@page(Permission.DOWNLOAD)
def tax_document_pdf(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a top-up as PDF."""
    return file_response(documents.tax_document(actor=request.actor, document_id=tax_document_id_of(public)))


@require_safe
@page(Permission.DOWNLOAD)
def purchase_tax_document_pdf(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a month's purchases as PDF."""
    found = purchase_tax_document_id_of(public)
    return file_response(documents.purchase_tax_document(actor=request.actor, document_id=found))


@require_safe
@page(Permission.DOWNLOAD)
def tax_document_xml(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a top-up as e-invoice; where it is none, no page leads here."""
    found = tax_document_id_of(public)
    try:
        return file_response(e_invoices.tax_document_xml(actor=request.actor, document_id=found))
    except NoEInvoice:
        raise NotFound(kind="tax document") from None


@require_safe
@page(Permission.DOWNLOAD)
def purchase_tax_document_xml(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give the tax document of a month's purchases as e-invoice; where it is none, no page leads
    here.
    """
    found = purchase_tax_document_id_of(public)
    try:
        return file_response(e_invoices.purchase_tax_document_xml(actor=request.actor, document_id=found))
    except NoEInvoice:
        raise NotFound(kind="tax document") from None


@require_safe
@page(Permission.DOWNLOAD)
def receipt_pdf(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give the receipt of a payment or refund as PDF, issued now if it never was."""
    try:
        found = receipts.receipt_document(actor=request.actor, at=request.at, payment_id=payment_id_of(public))
    except NoReceipt:
        raise NotFound(kind="receipt") from None
    return file_response(found)
