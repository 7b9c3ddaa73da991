"""`/customers/{id}/wallets`: prepaid money, in lots."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation import clock
from tallystick.foundation.clock import local_date
from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import CurrencyInput, Flag, Input, Whole
from tallystick.interfaces.api.lists import customer_of
from tallystick.money.amounts import LARGEST_MINOR
from tallystick.usecases import charge, wallet_invoices
from tallystick.wire import wallets as wire
from tallystick.wire.ids import customer_id_of
from tallystick.wire.shapes import InvoiceShape
from tallystick.wire.wallets import WalletShape

router = Room(tags=["wallets"])


class LimitInput(Input):
    """How far below zero authorisations may bring a wallet."""

    currency: CurrencyInput
    debit_limit_minor: Annotated[
        Whole, Field(ge=0, le=LARGEST_MINOR, description="Minor units; 0 is pure prepaid.", examples=[0])
    ]


class UsageInput(Input):
    """Which wallet is below zero."""

    currency: CurrencyInput
    sends_mail: Annotated[Flag, Field(description="Whether the billing contacts get the invoice by mail.")] = True


class WalletList(TypedDict):
    """A customer's wallets."""

    data: list[WalletShape]


@router.get("/{customer_id}/wallets", response=WalletList, summary="List wallets", operation_id="list_wallets")
def list_wallets(request: Request, customer_id: str) -> WalletList:
    """Answers with a wallet for each currency that the customer ever had one in, with the lots that have something
    left, in the order in which purchases use them. Needs `view`.
    """
    found = customer_of(viewer(request), customer_id)
    return {"data": wire.wallet_shapes(found, today=local_date(clock.now()))}


@router.post(
    "/{customer_id}/debit_limits", response=WalletShape, summary="Set a debit limit", operation_id="set_debit_limit"
)
def set_debit_limit(request: Request, customer_id: str, key: RequiredKey, body: LimitInput) -> WalletShape:
    """Says how far below zero authorisations may bring the wallet in a currency. Needs `wallets.set_limit`."""
    return charge.set_debit_limit(customer_id=customer_id_of(customer_id), **body.model_dump(), **call(request, key))


@router.post(
    "/{customer_id}/usage_invoices",
    response={201: InvoiceShape},
    summary="Invoice what was used beyond prepaid",
    operation_id="invoice_usage",
)
def invoice_usage(request: Request, customer_id: str, key: RequiredKey, body: UsageInput) -> InvoiceShape:
    """Issues an invoice for all that the wallet was used beyond prepaid money; the wallet is at 0 then. Its tax was
    booked with the purchases, so that its line has none; it cannot be voided or credited (409, `usage_is_final`):
    purchases are. Needs `invoices.issue`.
    """
    return wallet_invoices.invoice_usage(
        customer_id=customer_id_of(customer_id), **body.model_dump(), **call(request, key)
    )
