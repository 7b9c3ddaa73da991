"""`/allocations`: what settles which invoice. They are made at `/payments/{id}/allocate`."""

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call
from tallystick.interfaces.api.inputs import Nothing
from tallystick.usecases import allocate
from tallystick.wire.ids import allocation_id_of
from tallystick.wire.shapes import PaymentShape

router = Room(tags=["allocations"])


@router.post(
    "/{allocation_id}/release",
    response=PaymentShape,
    summary="Release an allocation",
    operation_id="release_allocation",
)
def release_allocation(
    request: Request, allocation_id: str, key: RequiredKey, body: Nothing | None = None
) -> PaymentShape:
    """Undoes one allocation of a payment: the invoice is open again, and the money is the customer's credit. Answers
    with the payment. Needs `payments.allocate`.
    """
    del body
    found = allocation_id_of(allocation_id)
    return allocate.release_allocation(allocation_id=found, **call(request, key))
