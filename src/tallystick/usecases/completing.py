"""Completing money that was expected or promised: one way, whoever may do it (J10; `docs/model.md`, 7).

What use cases share; each holds its own permission, transaction and audit entry.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tallystick.allocations.queries import oldest_first, targets
from tallystick.foundation import jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.payments import expected, states
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.payments.exchange import Exchange
from tallystick.payments.operations import PaymentRow
from tallystick.usecases import placing
from tallystick.usecases.frame import require_own


@dataclass(frozen=True, kw_only=True)
class Awaited:
    """A payment that shall complete, and the invoices that it is meant for, all locked.

    `before` are the payment's columns as they were when it was asked for; `amounts` is how much of which invoice.
    """

    payment: PaymentRow
    before: dict[str, Any]
    amounts: dict[UUID, int]
    claims: Mapping[UUID, invoices.InvoiceRow]


def awaited(actor: Actor, payment_id: UUID) -> Awaited:
    """This function will lock a payment that is expected from a customer, after the invoices that it is meant for.

    Raises:
        NotFound: when there is no such payment, or not for the actor.
        InvalidField: when it is no money that is expected from a customer.
    """
    before = payment_queries.payment(payment_id)
    require_own(actor, before["customer_id"], kind="payment")
    if before["kind"] not in {states.RECEIPT, states.SCHEDULED}:
        raise InvalidField(name="payment", reason="Only money that is expected from a customer can be marked as paid.")
    amounts = dict(targets(payment_id))
    if before["invoice_id"] is not None:
        amounts = {before["invoice_id"]: before["total_minor"]}
    claims = {row.id: row for row in invoices.locked_many(list(amounts))}
    return Awaited(payment=payments.locked(payment_id), before=before, amounts=amounts, claims=claims)


def complete(
    found: Awaited,
    *,
    received_date: date,
    described: Mapping[str, Any],
    sends_mail: bool,
    by: str,
    at: datetime,
    total_minor: int | None = None,
    exchange: Exchange | None = None,
) -> None:
    """This function will complete a payment, set it against what it was meant for, and have its receipt mailed.

    `total_minor` is what came, when that differs from what was expected, and `described` how it came. A smaller amount
    leaves the rest of the invoice open, with a new expected payment. What names no invoice is on account.

    Raises:
        PaymentTransitionRefused: when its status does not allow it.
        ReceivedInFuture: when the received date is after today.
        NoExchangeRate: when the currency has no rate on that day.
    """
    payment, amounts = found.payment, found.amounts
    payments.complete(
        payment,
        received_date=received_date,
        today=local_date(at),
        by=by,
        at=at,
        total_minor=total_minor,
        described=described,
        exchange=exchange,
    )
    fitting = oldest_first(
        payment.total_minor, [(each, min(amount, found.claims[each].open_minor)) for each, amount in amounts.items()]
    )
    if payment.customer_id is not None:
        on_account_minor = found.before["total_minor"] - sum(amounts.values()) if amounts else payment.total_minor
        place(payment, dict(fitting), found.claims, on_account_minor=on_account_minor, day=received_date, by=by, at=at)
    for invoice_id in amounts:
        expected.follow(invoice_id, reason="superseded", by=by, at=at, claim=found.claims[invoice_id])
    confirm(payment, by_mail=sends_mail and (payment.mails_confirmation or payment.kind == states.SCHEDULED))


def place(
    payment: PaymentRow,
    amounts: dict[UUID, int],
    claims: Mapping[UUID, invoices.InvoiceRow],
    *,
    on_account_minor: int,
    day: date,
    by: str,
    at: datetime,
) -> None:
    """This function will set a completed payment against what it is for; what is on account fills the wallet of a
    prepaid customer.
    """
    for invoice_id, amount in amounts.items():
        placing.allocate(
            invoice_id=invoice_id,
            amount_minor=amount,
            payment_id=payment.id,
            day=day,
            by=by,
            at=at,
            claim=claims.get(invoice_id),
            payment=payment,
        )
    placing.prepay(payment, on_account_minor, day=day, at=at)


def confirm(payment: PaymentRow, *, by_mail: bool) -> None:
    """This function will have the receipt of a completed payment mailed, if that is wanted and its customer known."""
    if by_mail and payment.customer_id is not None:
        jobs.defer("mail.receipt", payment_id=str(payment.id))
