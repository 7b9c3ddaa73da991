"""The public shape of a set-up: a customer's way to a gateway's page on which a payment method is stored."""

from typing import Annotated, Final
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.payments import setups
from tallystick.wire.autopay import PaymentMethodId
from tallystick.wire.builders import CUSTOMER, GATEWAY_ACCOUNT, PAYMENT_METHOD, moment
from tallystick.wire.shapes import CustomerId, GatewayAccountId, Moment, one_of

METHOD_SETUP: Final = "pms"

STATES: Final = {
    "created": "written down, not sent yet.",
    "sent": "sent, not answered yet.",
    "pending": "the gateway is at it.",
    "action_required": "the customer has to go on at `action_url`.",
    "unknown": "no answer came: the gateway is asked again.",
    "succeeded": "the method is stored: `payment_method`.",
    "declined": "the bank refused it, or the customer did not confirm it.",
    "not_performed": "the customer gave it up, its time is over, or the gateway could not be reached.",
}


class MethodSetupShape(TypedDict):
    """A try to store a payment method of a customer without a payment."""

    id: Annotated[str, Field(examples=["pms_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    customer: CustomerId
    gateway_account: GatewayAccountId
    state: Annotated[str, one_of(STATES, example="action_required")]
    action_url: Annotated[
        str,
        Field(
            description="The gateway's page for the customer, while action is required.",
            examples=["https://gateway.example/pay/chk_1"],
        ),
    ]
    makes_default: Annotated[bool, Field(description="Whether the method becomes the default one once it is stored.")]
    payment_method: Annotated[PaymentMethodId | None, Field(description="The method that it stored.")]
    decline_code: str
    created_at: Moment
    ended_at: Moment | None


def one_setup(setup_id: UUID, *, of_customer: UUID | None = None) -> MethodSetupShape:
    """This function will read a set-up and return its shape; of a customer only one of their own.

    Raises:
        NotFound: when there is none such.
    """
    row = setups.setup(setup_id, of_customer=of_customer)
    return {
        "id": public_id(METHOD_SETUP, row["id"]),
        "customer": public_id(CUSTOMER, row["customer_id"]),
        "gateway_account": public_id(GATEWAY_ACCOUNT, row["account_id"]),
        "state": row["state"],
        "action_url": row["action_url"],
        "makes_default": row["makes_default"],
        "payment_method": None if row["method_id"] is None else public_id(PAYMENT_METHOD, row["method_id"]),
        "decline_code": row["decline_code"],
        "created_at": moment(row["created_at"]),
        "ended_at": None if row["ended_at"] is None else moment(row["ended_at"]),
    }
