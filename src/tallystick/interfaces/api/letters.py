"""`/letters`: reminders on paper, which a program or staff print."""

from typing import Annotated, Literal

from ninja import Query
from typing_extensions import TypedDict

from tallystick.correspondence import letters
from tallystick.foundation.files import File
from tallystick.interfaces.api.door import PDF_ANSWER, Request, RequiredKey, Room, call
from tallystick.interfaces.api.inputs import InvoiceSearch, Nothing
from tallystick.interfaces.api.lists import Cursor, Listed, PageQuery, listed
from tallystick.usecases import reminder_letters
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire.ids import letter_id_of
from tallystick.wire.letters import STATES, LetterShape, letter_shape
from tallystick.wire.shapes import one_of

router = Room(tags=["letters"])

State = Annotated[Literal["waiting", "printed", "dropped"], one_of(STATES, example="waiting")]


class LetterQuery(PageQuery):
    """Which letters the list shows."""

    state: State | None = None
    search: InvoiceSearch = ""


class LetterPage(TypedDict):
    """A page of letters."""

    data: list[LetterShape]
    next_cursor: Cursor
    previous_cursor: Cursor


@router.get("", response=LetterPage, summary="List letters", operation_id="list_letters")
def list_letters(request: Request, query: Query[LetterQuery]) -> Listed:
    """Answers with the letters, the newest first. Needs `view`, and a key that is not narrowed to one customer."""
    request.auth.require(Permission.VIEW)
    require_unscoped(request.auth, Permission.VIEW)
    page = letters.letters_page(
        state=[query.state] if query.state else [], search=query.search, cursor=query.cursor, limit=query.limit
    )
    return listed([letter_shape(row) for row in page.rows], page)


@router.get("/{letter_id}/pdf", summary="Download a letter", operation_id="download_letter", openapi_extra=PDF_ANSWER)
def download_letter(request: Request, letter_id: str) -> File:
    """Answers with a letter as PDF, as it was written, followed by the invoice of its late fee; that prints nothing.
    One that was dropped has none (409). Needs `download`, and a key that is not narrowed to one customer.
    """
    return reminder_letters.letter_documents(actor=request.auth, letter_ids=[letter_id_of(letter_id)])


@router.post("/{letter_id}/print", response=LetterShape, summary="Print a letter", operation_id="print_letter")
def print_letter(request: Request, letter_id: str, key: RequiredKey, body: Nothing | None = None) -> LetterShape:
    """Marks a letter as printed, or drops it with its late fee when its invoice was paid, or is left alone, since it
    was written: the state in the answer says which. What was printed stays so. Needs `mail.resend`, `download` and
    a key that is not narrowed to one customer.
    """
    del body
    return reminder_letters.print_letters(letter_ids=[letter_id_of(letter_id)], **call(request, key))[0]
