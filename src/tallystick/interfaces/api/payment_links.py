"""`/invoices/{id}/payment_links`: addresses by which an invoice is paid without signing in."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation import clock
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Input, Nothing, Whole
from tallystick.invoices import queries as invoices
from tallystick.payments import links
from tallystick.usecases import payment_links
from tallystick.usecases.frame import require_own
from tallystick.usecases.payment_links import MOST_DAYS
from tallystick.wire.ids import invoice_id_of, payment_link_id_of
from tallystick.wire.payment_links import MadePaymentLink, PaymentLinkShape, payment_link_shape

router = Room(tags=["invoices"])


class PaymentLinkInput(Input):
    """How long a new link works."""

    days: Annotated[
        Whole | None,
        Field(ge=1, le=MOST_DAYS, description="For how many days; by the business's setting when left out."),
    ] = None


class PaymentLinkList(TypedDict):
    """The payment links of an invoice."""

    data: list[PaymentLinkShape]


@router.get(
    "/{invoice_id}/payment_links",
    response=PaymentLinkList,
    summary="List payment links",
    operation_id="list_payment_links",
)
def list_payment_links(request: Request, invoice_id: str) -> PaymentLinkList:
    """Answers with the payment links of the invoice, the newest first, without their addresses. Needs `view`."""
    actor, found = viewer(request), invoice_id_of(invoice_id)
    require_own(actor, invoices.invoice(found)["customer_id"], kind="invoice")
    at = clock.now()
    return {"data": [payment_link_shape(row, at=at) for row in links.links_of_invoice(found)]}


@router.post(
    "/{invoice_id}/payment_links",
    response={201: MadePaymentLink},
    summary="Make a payment link",
    operation_id="make_payment_link",
)
def make_payment_link(request: Request, invoice_id: str, key: RequiredKey, body: PaymentLinkInput) -> MadePaymentLink:
    """Makes an address by which whoever has it sees the invoice and pays what is open of it, without signing in. An
    invoice of which nothing is open gets none (409). Needs `payments.collect`.
    """
    shape = payment_links.make_payment_link(invoice_id=invoice_id_of(invoice_id), days=body.days, **call(request, key))
    return {**shape, "url": payment_links.address_of(payment_link_id_of(shape["id"]))}


@router.post(
    "/{invoice_id}/payment_links/{payment_link_id}/revoke",
    response=PaymentLinkShape,
    summary="Revoke a payment link",
    operation_id="revoke_payment_link",
)
def revoke_payment_link(
    request: Request, invoice_id: str, payment_link_id: str, key: RequiredKey, body: Nothing | None = None
) -> PaymentLinkShape:
    """Makes the address open nothing any more. Needs `payments.collect`."""
    del body
    return payment_links.revoke_payment_link(
        invoice_id=invoice_id_of(invoice_id), link_id=payment_link_id_of(payment_link_id), **call(request, key)
    )
