"""Where money goes by what it is set against: an invoice is settled (J08), a top-up request provisioned (J16).

What use cases share; each holds its own permission, transaction and audit entry.
"""

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from tallystick.allocations import operations as allocations
from tallystick.catalog.operations import tax_on_use
from tallystick.customers.queries import customer_row
from tallystick.foundation import jobs, settings_store
from tallystick.invoices import operations as invoices
from tallystick.invoices.states import TOPUP
from tallystick.invoices.totals import LineInput
from tallystick.payments import operations as payments
from tallystick.wallets import operations as wallets
from tallystick.wallets import settling
from tallystick.wallets.expiry import TOPUP_MONTHS
from tallystick.wallets.queries import draws_from_lot, lot_of_allocation, tax_document_of

TOP_UP = "Top-up of prepaid credit"


def allocate(
    *,
    invoice_id: UUID,
    amount_minor: int,
    payment_id: UUID,
    day: date,
    by: str,
    at: datetime,
    claim: invoices.InvoiceRow | None = None,
    payment: payments.PaymentRow | None = None,
) -> UUID:
    """This function will set a part of a payment against an invoice, or a top-up request, and return its id.

    `claim` and `payment` are the rows as they are now, when the caller holds them locked. The tax document of a top-up
    that is taxed now goes out by mail.

    Raises:
        NotFound, InvoiceNotOpen, InvoiceOverpaid, AmountNotAccepted, PaymentNotCompleted, PaymentOverspent,
            DifferentPayer: as the names say.
    """
    held = invoices.locked(invoice_id) if claim is None else claim
    if held.kind != TOPUP:
        return allocations.allocate(
            invoice_id=invoice_id,
            amount_minor=amount_minor,
            payment_id=payment_id,
            day=day,
            by=by,
            at=at,
            claim=held,
            payment=payment,
        )
    source = payments.locked(payment_id) if payment is None else payment
    allocation_id = wallets.provision(held, source, amount_minor, day=day, at=at)
    document_id = tax_document_of(allocation_id)
    if document_id is not None:
        jobs.defer("mail.tax_document", document_id=str(document_id))
    return allocation_id


def release(allocation_id: UUID, *, day: date, by: str, at: datetime, even_spent: bool = False) -> None:
    """This function will undo an allocation: the invoice opens (J09), or the top-up is taken back (J17).

    Raises:
        NotFound: when there is none, or it was released before.
        TopupSpent: when a part of the top-up was spent, unless `even_spent`: then the wallet goes below zero (J42), and
            invoices that were paid with it are owed again.
    """
    lot = lot_of_allocation(allocation_id)
    if lot is None:
        allocations.release(allocation_id, day=day, by=by, at=at)
    else:
        for invoice_id, draw_id in draws_from_lot(lot["id"]) if even_spent else ():
            settling.take_back(invoice_id, draw_id, day=day, by=by, at=at)
        wallets.take_back(allocation_id, day=day, at=at, even_spent=even_spent)


def prepay(payment: payments.PaymentRow, amount_minor: int, *, day: date, at: datetime) -> UUID | None:
    """This function will top up with what was paid on account of completed, locked money, as far as it is left.

    For a prepaid customer its request is made, sent and provisioned in this act (`docs/model.md`, 20 and 22). Returns
    the request's id, or None when the money stays credit.
    """
    filling = min(amount_minor, payment.unallocated_minor)
    if payment.customer_id is None or filling <= 0:
        return None
    if not customer_row(payment.customer_id).is_prepaid:
        return None
    request_id = draft_topup(
        customer_id=payment.customer_id,
        currency=payment.currency,
        amount_minor=filling,
        title="",
        remark="",
        at=at,
    )
    invoices.send(request_id, day=day, at=at)
    wallets.provision(invoices.locked(request_id), payment, filling, day=day, at=at)
    return request_id


def draft_topup(
    *,
    customer_id: UUID,
    currency: str,
    amount_minor: int,
    title: str,
    remark: str,
    at: datetime,
    tax_rate_id: UUID | None = None,
) -> UUID:
    """This function will make a draft of a top-up request and return its id.

    Its tax is due when the money is used; with a rate it is due when it is paid, and within the amount (J16). How long
    the money can be used is the business's setting of now, which the request keeps.

    Raises:
        NotFound: when there is no such customer, or no such tax rate.
        AmountNotAccepted: when the amount is not above 0.
        InvoiceLinesNotAccepted: when it is beyond all measure.
    """
    if amount_minor <= 0:
        raise payments.AmountNotAccepted
    line = LineInput(
        description=TOP_UP,
        quantity=Decimal(1),
        unit_price_minor=amount_minor,
        tax_rate_id=tax_rate_id or tax_on_use(),
    )
    return invoices.create_draft(
        customer_id=customer_id,
        currency=currency,
        lines=[line],
        prices_include_tax=tax_rate_id is not None,
        title=title,
        remark=remark,
        at=at,
        kind=TOPUP,
        expires_months=settings_store.get(TOPUP_MONTHS) or None,
    )
