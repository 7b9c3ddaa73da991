"""`/credit_notes`: documents that reduce invoices. They are issued at `/invoices/{id}/credit_notes`."""

from tallystick.foundation.files import File
from tallystick.interfaces.api.door import PDF_ANSWER, Request, Room, viewer
from tallystick.usecases import documents
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
    """Answers with the credit note as PDF/A-3; the same one gives the same bytes. Needs `download`."""
    found = credit_note_id_of(credit_note_id)
    return documents.credit_note_document(actor=request.auth, credit_note_id=found)
