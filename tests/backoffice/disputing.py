"""Payments that are disputed, with what stands behind them, for the pages about disputes."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tallystick.payments import dispute_queries
from tallystick.usecases import dispute
from tests.backoffice.business import SYSTEM, Business, moment, uid
from tests.sandbox_service import SandboxService

VISA = "4242424242424242"


def paid_by_card(business: Business, sandbox: SandboxService, customer: UUID, net: int = 8900) -> tuple[UUID, UUID]:
    """This function will have an invoice paid by card, and return the invoice and its payment."""
    invoice = business.invoice(customer, net)
    return invoice, business.card_payment(customer, invoice, business.gateway(sandbox), VISA)


def disputed(payment: UUID, **more: Any) -> UUID:
    """This function will have staff record a dispute, and return its id."""
    made = dispute.open_dispute(actor=SYSTEM, at=moment(), payment_id=payment, **more)
    return uid(made["id"])


def in_days(days: int) -> date:
    """This function will return a day to come."""
    return moment().date() + timedelta(days=days)


def state_of(dispute_id: UUID) -> str:
    """This function will return the state of a dispute."""
    return str(dispute_queries.dispute(dispute_id)["state"])
