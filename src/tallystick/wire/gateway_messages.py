"""The public shape of messages of payment services. What they say word for word stays inside."""

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.wire.builders import GATEWAY_ACCOUNT, moment
from tallystick.wire.shapes import GatewayAccountShape, Moment, Row, one_of

GATEWAY_MESSAGE: Final = "gwm"

STATES: Final = {
    "stored": "nothing has acted on it yet; that is tried again by itself.",
    "unmatched": "it fits nothing of ours, and waits for staff.",
    "closed": "staff are done with it.",
    "handled": "it was acted upon.",
    "ignored": "it is nothing to us.",
}


class GatewayMessageShape(TypedDict):
    """What a payment service told us, or what was found by asking it."""

    id: Annotated[str, Field(examples=["gwm_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    gateway_account: GatewayAccountShape
    external_id: Annotated[str, Field(description="The service's own id of it.", examples=["evt_1"])]
    kind: Annotated[str, Field(description="In the service's own word.", examples=["payment.succeeded"])]
    reference: Annotated[str, Field(description="The reference that it names, perhaps none.", examples=["order-4711"])]
    state: Annotated[str, one_of(STATES, example="unmatched")]
    remark: Annotated[str, Field(description="Why it fits nothing.", examples=["It fits no payment of ours."])]
    closed_reason: Annotated[str, Field(description="Why it was closed; empty while it is not.", examples=[""])]
    received_at: Moment
    handled_at: Annotated[Moment | None, Field(description="When it was acted upon, with whatever result.")]


def message_shape(row: Row) -> GatewayMessageShape:
    """This function will return what is told of a message of a payment service."""
    return {
        "id": public_id(GATEWAY_MESSAGE, row["id"]),
        "gateway_account": {
            "id": public_id(GATEWAY_ACCOUNT, row["account_id"]),
            "name": row["account__name"],
        },
        "external_id": row["external_id"],
        "kind": row["kind"],
        "reference": row["reference"],
        "state": row["state"],
        "remark": row["remark"],
        "closed_reason": row["closed_reason"],
        "received_at": moment(row["received_at"]),
        "handled_at": None if row["handled_at"] is None else moment(row["handled_at"]),
    }
