"""The public shape of what waits for a second person. What was asked with stays inside: it may hold private text."""

from collections.abc import Sequence
from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.payments.approval_queries import approval
from tallystick.wire.builders import CUSTOMER, PAYMENT, moment
from tallystick.wire.shapes import CurrencyCode, CustomerId, Minor, Moment, PaymentId, Row, one_of

APPROVAL: Final = "apr"

ACTS: Final = {
    "record": "recording money that came.",
    "mark_paid": "marking a payment as paid.",
    "refund": "refunding a payment.",
}
STATES: Final = {
    "waiting": "nobody decided yet; the payment is as it was.",
    "approved": "a second person approved it, and it was done.",
    "declined": "it was declined, or taken back.",
}

ApprovalId = Annotated[str, Field(examples=["apr_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class ApprovalShape(TypedDict):
    """An act above the business's limit, which a second person decides about."""

    id: ApprovalId
    act: Annotated[str, one_of(ACTS, example="refund")]
    state: Annotated[str, one_of(STATES, example="waiting")]
    payment: Annotated[PaymentId | None, Field(description="What it is about; null for what is to be recorded.")]
    customer: CustomerId | None
    amount_minor: Minor
    currency: CurrencyCode
    asked_by: Annotated[str, Field(description="Who asked, by name.", examples=["Ada Lovelace"])]
    asked_at: Moment
    decided_by: Annotated[str, Field(description="Who decided, by name; empty while it waits.", examples=[""])]
    decided_at: Moment | None
    reason: Annotated[str, Field(description="Why it was declined.", examples=[""])]
    result: Annotated[
        PaymentId | None,
        Field(description="The payment that came of it: what was recorded or marked as paid, or the refund."),
    ]


def approval_shape(row: Row) -> ApprovalShape:
    """This function will return what is told of a request."""
    return {
        "id": public_id(APPROVAL, row["id"]),
        "act": row["act"],
        "state": row["state"],
        "payment": None if row["payment_id"] is None else public_id(PAYMENT, row["payment_id"]),
        "customer": None if row["customer_id"] is None else public_id(CUSTOMER, row["customer_id"]),
        "amount_minor": row["amount_minor"],
        "currency": row["currency"],
        "asked_by": row["asked_label"],
        "asked_at": moment(row["asked_at"]),
        "decided_by": row["decided_label"],
        "decided_at": None if row["decided_at"] is None else moment(row["decided_at"]),
        "reason": row["reason"],
        "result": None if row["result_id"] is None else public_id(PAYMENT, row["result_id"]),
    }


def approval_shapes(rows: Sequence[Row]) -> list[ApprovalShape]:
    """This function will return what is told of several requests."""
    return [approval_shape(row) for row in rows]


def one_approval(request_id: UUID) -> ApprovalShape:
    """This function will return a request by its id.

    Raises:
        NotFound: when there is none.
    """
    return approval_shape(approval(request_id))
