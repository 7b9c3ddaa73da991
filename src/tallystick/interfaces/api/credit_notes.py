"""`/credit_notes`: documents that reduce invoices. They are issued at `/invoices/{id}/credit_notes`."""

from tallystick.foundation.files import File
from tallystick.interfaces.api.door import PDF_ANSWER, XML_ANSWER, Request, Room, viewer
from tallystick.usecases import documents, e_invoices
from tallystick.usecases.frame import scope_of
from tallystick.wire import builders
from tallystick.wire.ids import credit_note_id_of
from tallystick.wire.shapes import CreditNoteShape

router = Room(tags=["invoices"])


@router.get("/{credit_note_id}", response=CreditNoteShape, summary="Get a credit note", operation_id="get_credit_note")
def get_credit_note(request: Request, credit_note_id: str) -> CreditNoteShape:
    """Answers with the credit note, and what of it is still the customer's credit."""
    actor = viewer(request)
    found = credit_note_id_of(credit_note_id)
    return builders.one_credit_note(found, of_customer=scope_of(actor))


@router.get(
    "/{credit_note_id}/pdf",
    summary="Download a credit note",
    operation_id="download_credit_note",
    openapi_extra=PDF_ANSWER,
)
def download_credit_note(request: Request, credit_note_id: str) -> File:
    """Answers with the credit note as PDF/A-3; the same one gives the same bytes. The e-invoice is in it, where there
    is one. Needs `download`.
    """
    found = credit_note_id_of(credit_note_id)
    return documents.credit_note_document(actor=request.auth, credit_note_id=found)


@router.get(
    "/{credit_note_id}/xml",
    summary="Download an electronic credit note",
    operation_id="download_credit_note_xml",
    openapi_extra=XML_ANSWER,
)
def download_credit_note_xml(request: Request, credit_note_id: str) -> File:
    """Answers with the credit note as XML, the very one that is in its PDF, as `download_invoice_xml` does for an
    invoice; one that is no e-invoice is refused for the same reasons (409). Needs `download`.
    """
    found = credit_note_id_of(credit_note_id)
    return e_invoices.credit_note_xml(actor=request.auth, credit_note_id=found)
