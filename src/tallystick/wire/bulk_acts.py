"""The public shape of an act on many payments."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.payments import bulk
from tallystick.wire.builders import PAYMENT, moment
from tallystick.wire.shapes import Moment, PaymentId, Row

BULK_ACT: Final = "blk"
# How many refused rows an act tells of itself; the others are on their own pages.
SHOWN: Final = 100

BulkActId = Annotated[str, Field(examples=["blk_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class BulkRowShape(TypedDict):
    """A payment of the act, and what became of it."""

    payment: PaymentId
    state: Annotated[str, Field(description="`waiting`, `done` or `refused`.", examples=["refused"])]
    code: Annotated[str, Field(description="Why it was refused: a stable word; else empty.", examples=["invalid"])]
    detail: Annotated[str, Field(description="Why it was refused: a sentence for people; else empty.")]


class BulkActShape(TypedDict):
    """An act on many payments, and how far it is."""

    id: BulkActId
    action: Annotated[str, Field(description="`mark_paid`, `cancel` or `assign`.", examples=["mark_paid"])]
    started_at: Moment
    started_by: str
    finished_at: Annotated[Moment | None, Field(description="Null while rows wait.")]
    waiting: Annotated[int, Field(examples=[0])]
    done: Annotated[int, Field(examples=[12])]
    refused: Annotated[int, Field(examples=[1])]
    refusals: Annotated[list[BulkRowShape], Field(description=f"The first {SHOWN} rows that were refused.")]


def one_act(act_id: UUID) -> BulkActShape:
    """This function will read an act and return its shape, with its first refusals.

    Raises:
        NotFound: when there is none.
    """
    row = bulk.act(act_id)
    refused = bulk.rows_page(act_id, state=bulk.REFUSED, limit=SHOWN).rows if row["refused"] else []
    return {
        "id": public_id(BULK_ACT, row["id"]),
        "action": row["action"],
        "started_at": moment(row["started_at"]),
        "started_by": row["started_by"],
        "finished_at": moment(row["finished_at"]) if row["finished_at"] else None,
        "waiting": row["waiting"],
        "done": row["done"],
        "refused": row["refused"],
        "refusals": row_shapes(refused),
    }


def row_shapes(rows: Sequence[Row]) -> list[BulkRowShape]:
    """This function will return rows of an act."""
    return [
        {
            "payment": public_id(PAYMENT, row["payment_id"]),
            "state": row["state"],
            "code": row["code"],
            "detail": row["sentence"],
        }
        for row in rows
    ]
