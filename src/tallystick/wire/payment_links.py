"""The public shape of a link by which an invoice is paid without signing in."""

from datetime import datetime
from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.payments.links import state_of
from tallystick.wire.builders import INVOICE, moment
from tallystick.wire.shapes import InvoiceId, Moment, Row, one_of

PAYMENT_LINK: Final = "plk"

STATES: Final = {
    "live": "whoever has it can pay the invoice.",
    "expired": "its time is over.",
    "revoked": "it was revoked.",
}

PaymentLinkId = Annotated[str, Field(examples=["plk_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]


class PaymentLinkShape(TypedDict):
    """A link by which an invoice is paid without signing in."""

    id: PaymentLinkId
    invoice: InvoiceId
    state: Annotated[str, one_of(STATES, example="live")]
    made_at: Moment
    made_by: Annotated[str, Field(description="Who made it, by name.", examples=["Ada Lovelace"])]
    is_mailed: Annotated[bool, Field(description="Whether it was made for the mail of the invoice.")]
    expires_at: Moment
    revoked_at: Moment | None


class MadePaymentLink(PaymentLinkShape):
    """A link that was made just now, with the address that its reader opens."""

    url: Annotated[
        str,
        Field(
            description="A secret: whoever has it can see and pay the invoice. It is told here alone.",
            examples=["https://pay.example.com/pay/Zr3…/"],
        ),
    ]


def payment_link_shape(row: Row, *, at: datetime) -> PaymentLinkShape:
    """This function will return what is told of a link to an invoice; never its secret."""
    return {
        "id": public_id(PAYMENT_LINK, row["id"]),
        "invoice": public_id(INVOICE, row["invoice_id"]),
        "state": state_of(dict(row), at=at),
        "made_at": moment(row["made_at"]),
        "made_by": row["made_by"],
        "is_mailed": row["is_mailed"],
        "expires_at": moment(row["expires_at"]),
        "revoked_at": None if row["revoked_at"] is None else moment(row["revoked_at"]),
    }
