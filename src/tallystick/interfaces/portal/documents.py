"""The customer's own documents to take away."""

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from tallystick.foundation.errors import NotFound
from tallystick.interfaces.kit.files import file_response
from tallystick.interfaces.portal.door import ContactRequest, page
from tallystick.payments.receipts import NoReceipt
from tallystick.usecases import documents, receipts
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
def receipt_pdf(request: ContactRequest, public: str) -> HttpResponse:
    """This function will give the receipt of a payment or refund as PDF, issued now if it never was."""
    try:
        found = receipts.receipt_document(actor=request.actor, at=request.at, payment_id=payment_id_of(public))
    except NoReceipt:
        raise NotFound(kind="receipt") from None
    return file_response(found)
