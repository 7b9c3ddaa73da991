"""`/invoices/{invoice_id}/offers`: what can be offered to a payer whose payment failed several times (E22)."""

from typing_extensions import TypedDict

from tallystick.foundation import clock
from tallystick.interfaces.api.door import Request, Room, viewer
from tallystick.invoices import queries as invoices
from tallystick.usecases import after_failures
from tallystick.usecases.frame import require_own
from tallystick.wire.ids import invoice_id_of
from tallystick.wire.offers import OffersShape

of_invoices = Room(tags=["dunning"])


class InvoiceOffers(TypedDict):
    """What can be offered to the payer of an invoice."""

    offers: OffersShape | None


@of_invoices.get("/{invoice_id}/offers", response=InvoiceOffers, summary="Get offers", operation_id="get_offers")
def get_offers(request: Request, invoice_id: str) -> InvoiceOffers:
    """Answers with what can be offered to the payer of an invoice, which is advised after three failures: another due
    date, a promise to pay, and an early end of what is billed, with its costs; null when nothing is open. Needs `view`.
    """
    actor, found = viewer(request), invoice_id_of(invoice_id)
    require_own(actor, invoices.invoice(found)["customer_id"], kind="invoice")
    return {
        "offers": after_failures.offers_of(
            found, today=clock.local_date(clock.now()), tells_private=actor.scope is None
        )
    }
