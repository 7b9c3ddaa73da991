"""Invoices and prepaid money: invoicing what was used beyond it (J20), and paying invoices from it (J21; model 18)."""

from datetime import datetime
from uuid import UUID

from django.utils import translation
from django.utils.translation import gettext as _

from tallystick.allocations.queries import holders
from tallystick.customers.queries import customer_row
from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.permissions import Actor
from tallystick.foundation.wording import spoken_language
from tallystick.invoices import operations as invoices
from tallystick.invoices import queries
from tallystick.payments import expected
from tallystick.payments.attempts import PaymentInProgress
from tallystick.usecases.bill import apply_credit
from tallystick.usecases.frame import require_own, scope_of, use_case
from tallystick.usecases.roles import Permission
from tallystick.wallets import queries as wallets
from tallystick.wallets import settling
from tallystick.wire import builders
from tallystick.wire import wallets as wire
from tallystick.wire.shapes import InvoiceShape
from tallystick.wire.wallets import WalletDrawShape


@use_case(Permission.ISSUE_INVOICES)
def invoice_usage(
    *,
    actor: Actor,
    at: datetime,
    customer_id: UUID,
    currency: str,
    sends_mail: bool = True,
    idempotency_key: str | None = None,
) -> InvoiceShape:
    """This function will issue an invoice for all that a customer used beyond prepaid money (J20).

    It is due by the customer's terms, and goes out by mail; credit pays it as any other. The wallet is at 0 then.

    Raises:
        NotFound: when there is no such customer.
        NothingUsedBeyond: when the wallet is not below zero.
        InvalidField, NoExchangeRate: when the currency cannot be used.
    """
    del idempotency_key
    require_own(actor, customer_id, kind="customer")
    require_currency(currency=currency)
    customer, day = customer_row(customer_id), local_date(at)
    with translation.override(spoken_language(customer.language)):
        description = _("Purchases beyond what was prepaid, tax included")
    invoice_id = settling.invoice_usage(
        customer_id=customer_id, currency=currency, description=description, day=day, by=actor.label, at=at
    )
    if customer.applies_credit:
        apply_credit(invoice_id, customer_id, currency, day=day, by=actor.label, at=at)
    if sends_mail:
        jobs.defer("mail.invoice", invoice_id=str(invoice_id))
    shape = builders.one_invoice(invoice_id, today=day)
    audit.record(actor=actor, at=at, action="invoice_usage", kind="invoice", object_id=invoice_id, after=shape)
    return shape


@use_case(Permission.ALLOCATE_PAYMENTS)
def pay_from_wallet(
    *,
    actor: Actor,
    at: datetime,
    invoice_id: UUID,
    amount_minor: int | None = None,
    idempotency_key: str | None = None,
) -> WalletDrawShape:
    """This function will pay an invoice from its payer's wallet (J21); without an amount all that is open.

    Paid money alone pays invoices; a top-up request is never paid from the wallet.

    Raises:
        NotFound, InvoiceNotOpen, InvoiceOverpaid, WalletTooSmall, AmountNotAccepted: as the names say.
        PaymentInProgress: when a payment service is at work on it.
    """
    del idempotency_key
    require_own(actor, queries.invoice(invoice_id)["customer_id"], kind="invoice")
    invoices.locked(invoice_id)
    live = expected.live_of(invoice_id)
    if (live is not None and live.status == "processing") or holders([invoice_id]):
        raise PaymentInProgress
    draw_id = settling.pay_invoice(invoice_id, amount_minor, day=local_date(at), by=actor.label, at=at)
    return _told(draw_id, invoice_id, action="pay_from_wallet", actor=actor, at=at)


@use_case(Permission.ALLOCATE_PAYMENTS)
def take_back_to_wallet(
    *, actor: Actor, at: datetime, draw_id: UUID, idempotency_key: str | None = None
) -> WalletDrawShape:
    """This function will undo what a wallet paid of an invoice: the invoice opens, the money is in the wallet again.

    Raises:
        NotFound: when there is no such thing, or it was taken back before.
    """
    del idempotency_key
    invoice_id = wallets.wallet_draw(draw_id, of_customer=scope_of(actor))["invoice_id"]
    settling.take_back(invoice_id, draw_id, day=local_date(at), by=actor.label, at=at)
    return _told(draw_id, invoice_id, action="take_back_to_wallet", actor=actor, at=at)


def _told(draw_id: UUID, invoice_id: UUID, *, action: str, actor: Actor, at: datetime) -> WalletDrawShape:
    shape = wire.one_wallet_draw(draw_id)
    audit.record(actor=actor, at=at, action=action, kind="invoice", object_id=invoice_id, after=shape)
    return shape
