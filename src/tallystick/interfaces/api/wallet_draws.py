"""`/invoices/{id}/wallet_draws` and `/wallet_draws`: what prepaid money paid of invoices, and undoing that."""

from typing import Annotated

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Amount, Input, Nothing
from tallystick.invoices.queries import invoice
from tallystick.usecases import wallet_invoices
from tallystick.usecases.frame import require_own
from tallystick.wallets import queries
from tallystick.wire import wallets as wire
from tallystick.wire.ids import invoice_id_of, wallet_draw_id_of
from tallystick.wire.wallets import WalletDrawShape

of_invoices = Room(tags=["wallets"])
router = Room(tags=["wallets"])


class WalletDrawInput(Input):
    """How much of an invoice the wallet pays."""

    amount_minor: Annotated[Amount | None, Field(description="All that is open when left out.")] = None


class WalletDrawList(TypedDict):
    """What wallets paid of an invoice."""

    data: list[WalletDrawShape]


@of_invoices.get(
    "/{invoice_id}/wallet_draws",
    response=WalletDrawList,
    summary="List what the wallet paid",
    operation_id="list_wallet_draws",
)
def list_wallet_draws(request: Request, invoice_id: str) -> WalletDrawList:
    """Answers with what the payer's wallet paid of the invoice, also what was taken back, the oldest first. Needs
    `view`.
    """
    actor, found = viewer(request), invoice_id_of(invoice_id)
    require_own(actor, invoice(found)["customer_id"], kind="invoice")
    return {"data": [wire.wallet_draw_shape(row) for row in queries.wallet_draws(found)]}


@of_invoices.post(
    "/{invoice_id}/wallet_draws",
    response={201: WalletDrawShape},
    summary="Pay from the wallet",
    operation_id="pay_from_wallet",
)
def pay_from_wallet(request: Request, invoice_id: str, key: RequiredKey, body: WalletDrawInput) -> WalletDrawShape:
    """Pays an open invoice from paid money in its payer's wallet; promotional credit pays none (409,
    `wallet_too_small`), and no wallet pays a top-up request. Needs `payments.allocate`.
    """
    return wallet_invoices.pay_from_wallet(
        invoice_id=invoice_id_of(invoice_id), amount_minor=body.amount_minor, **call(request, key)
    )


@router.post(
    "/{wallet_draw_id}/take_back",
    response=WalletDrawShape,
    summary="Take back what the wallet paid",
    operation_id="take_back_to_wallet",
)
def take_back_to_wallet(
    request: Request, wallet_draw_id: str, key: RequiredKey, body: Nothing | None = None
) -> WalletDrawShape:
    """Undoes what a wallet paid: the invoice is open again, the money is in the wallet. Needs `payments.allocate`."""
    del body
    return wallet_invoices.take_back_to_wallet(draw_id=wallet_draw_id_of(wallet_draw_id), **call(request, key))
