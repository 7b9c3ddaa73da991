"""The public shape of letters on paper."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.correspondence import letters
from tallystick.foundation.ids import public_id
from tallystick.wire.builders import CUSTOMER, INVOICE, moment
from tallystick.wire.shapes import CustomerId, InvoiceId, Moment, Row, one_of

LETTER: Final = "let"

STATES: Final = {
    letters.WAITING: "it waits to be printed.",
    letters.PRINTED: "it was printed, which is its sending; it can be printed again.",
    letters.DROPPED: "it is not sent: what it says was true no more when it was to be printed.",
}


class LetterShape(TypedDict):
    """A reminder on paper."""

    id: Annotated[str, Field(examples=["let_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    customer: CustomerId
    invoice: InvoiceId
    number: Annotated[str, Field(description="The number of the invoice.", examples=["INV-2026-00001"])]
    state: Annotated[str, one_of(STATES, example=letters.WAITING)]
    reason: Annotated[str, Field(description="Why it was dropped; empty while it was not.", examples=[""])]
    written_at: Moment
    settled_at: Annotated[Moment | None, Field(description="When it was printed first, or dropped.")]


def letter_shape(row: Row) -> LetterShape:
    """This function will return what is told of a letter."""
    return {
        "id": public_id(LETTER, row["id"]),
        "customer": public_id(CUSTOMER, row["customer_id"]),
        "invoice": public_id(INVOICE, row["about_id"]),
        "number": row["title"],
        "state": row["state"],
        "reason": row["reason"],
        "written_at": moment(row["written_at"]),
        "settled_at": None if row["settled_at"] is None else moment(row["settled_at"]),
    }


def letter_shapes(letter_ids: Sequence[UUID]) -> list[LetterShape]:
    """This function will read letters and return their shapes, in the order in which they are named.

    Raises:
        NotFound: when one of them does not exist.
    """
    return [letter_shape(row) for row in letters.letters_with_facts(letter_ids)]
