"""`/credit_notes`: documents that reduce invoices. They are issued at `/invoices/{id}/credit_notes`."""

from tallystick.foundation.ids import parse_public_id
from tallystick.interfaces.api.door import Request, Room, viewer
from tallystick.usecases.frame import scope_of
from tallystick.wire import builders
from tallystick.wire.shapes import CreditNoteShape

router = Room(tags=["invoices"])


@router.get("/{credit_note_id}", response=CreditNoteShape, summary="Get a credit note", operation_id="get_credit_note")
def get_credit_note(request: Request, credit_note_id: str) -> CreditNoteShape:
    """Answers with the credit note, and what of it is still the customer's credit."""
    actor = viewer(request)
    found = parse_public_id(builders.CREDIT_NOTE, credit_note_id, kind="credit note")
    return builders.one_credit_note(found, of_customer=scope_of(actor))
