"""`/customers/{id}/method_setups`: storing a payment method of a customer without a payment."""

from typing import Annotated

from pydantic import Field, StringConstraints

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Flag, GatewayAccountRef, Input
from tallystick.interfaces.api.lists import customer_of
from tallystick.usecases import method_setups
from tallystick.wire import method_setups as wire
from tallystick.wire.ids import customer_id_of, gateway_account_id_of, method_setup_id_of
from tallystick.wire.method_setups import MethodSetupShape

router = Room(tags=["payment methods"])


class MethodSetupInput(Input):
    """Where a payment method is stored, and where its customer comes back to."""

    gateway_account: GatewayAccountRef
    return_url: Annotated[
        str,
        StringConstraints(max_length=500, pattern=r"^https?://[^\s\x00-\x1f\x7f]+$"),
        Field(
            description="Where the customer comes back to; `{setup}` in it becomes the id of the set-up.",
            examples=["https://shop.example/stored"],
        ),
    ]
    makes_default: Annotated[
        Flag, Field(description="Whether it becomes the default one. The first one of a customer does in any case.")
    ] = False


@router.post(
    "/{customer_id}/method_setups",
    response={201: MethodSetupShape},
    summary="Begin to store a payment method",
    operation_id="begin_method_setup",
)
def begin_method_setup(
    request: Request, customer_id: str, key: RequiredKey, body: MethodSetupInput
) -> MethodSetupShape:
    """Orders a page of the gateway on which the customer stores a payment method, without paying: send the customer to
    `action_url`, within 24 hours. No card number ever comes here. Needs `methods.manage`.
    """
    return method_setups.begin_setup(
        customer_id=customer_id_of(customer_id),
        account_id=gateway_account_id_of(body.gateway_account),
        return_url=body.return_url,
        makes_default=body.makes_default,
        **call(request, key),
    )


@router.get(
    "/{customer_id}/method_setups/{method_setup_id}",
    response=MethodSetupShape,
    summary="Get a set-up of a payment method",
    operation_id="get_method_setup",
)
def get_method_setup(request: Request, customer_id: str, method_setup_id: str) -> MethodSetupShape:
    """Answers with what became of it: the gateway's messages are followed, and it is asked every few minutes while the
    set-up is not over. Needs `view`.
    """
    found = customer_of(viewer(request), customer_id)
    return wire.one_setup(method_setup_id_of(method_setup_id), of_customer=found)
