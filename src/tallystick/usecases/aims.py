"""What money is meant for before it has come: parts of invoices, and what is paid on account."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from tallystick.allocations.operations import require_payable
from tallystick.allocations.queries import holders
from tallystick.customers.queries import customer_row
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import operations as invoices
from tallystick.payments import operations as payments
from tallystick.payments import states
from tallystick.payments.attempts import PaymentInProgress


@dataclass(frozen=True, kw_only=True)
class Aim:
    """What a customer wants to pay, in minor units of one currency.

    `amounts` names locked invoices and how much of each. What is paid on account names none: it becomes credit, or
    fills the wallet of a prepaid customer (`docs/model.md`, 22, Fixed Amount).
    """

    customer_id: UUID
    currency: str
    amounts: dict[UUID, int]
    on_account_minor: int
    description: str
    # Whether nothing of the invoices will stay open.
    is_whole: bool

    @property
    def total_minor(self) -> int:
        """All that will be paid."""
        return sum(self.amounts.values()) + self.on_account_minor

    @property
    def only_invoice(self) -> UUID | None:
        """The one invoice at which exactly this is aimed: its expected payment carries it (`docs/model.md`, 1)."""
        return next(iter(self.amounts)) if len(self.amounts) == 1 and not self.on_account_minor else None


@needs_transaction
def aimed(*, customer_id: UUID, amounts: Mapping[UUID, int | None], on_account_minor: int, currency: str | None) -> Aim:
    """This function will lock the invoices that shall be paid and say how much of each; None is all that is open.

    The currency is that of the invoices; only money that is all on account has to name one.

    Raises:
        InvalidField: when nothing is to be paid, or the currency is missing, unknown or not that of the invoices.
        AmountNotAccepted: when an amount is not above 0, or what is paid on account is below 0.
        NotFound, InvoiceNotOpen, InvoiceOverpaid, DifferentPayer: when an invoice cannot be paid so by this customer.
        PaymentInProgress: when a gateway is processing a payment of one of them.
    """
    if on_account_minor < 0:
        raise payments.AmountNotAccepted
    if not amounts and not on_account_minor:
        raise InvalidField(name="invoices", reason="Choose at least one invoice to pay, or an amount on account.")
    payer_id: UUID = customer_row(customer_id).id
    claims = invoices.locked_many(list(amounts)) if amounts else []
    paid_in = currency or (claims[0].currency if claims else "")
    require_currency(currency=paid_in)
    wanted: dict[UUID, int] = {}
    for claim in claims:
        require_payable(claim, customer_id=payer_id, currency=paid_in)
        amount = amounts[claim.id]
        wanted[claim.id] = claim.open_minor if amount is None else amount
        if wanted[claim.id] <= 0:
            raise payments.AmountNotAccepted
        if wanted[claim.id] > claim.open_minor:
            raise invoices.InvoiceOverpaid(invoice_id=claim.id)
    # Asked before a row is made, so that a refusal leaves none; the database refuses it again at `allocations.reserve`.
    if holders(list(wanted)):
        raise PaymentInProgress
    return Aim(
        customer_id=payer_id,
        currency=paid_in,
        amounts=wanted,
        on_account_minor=on_account_minor,
        description=", ".join(sorted(claim.number or "" for claim in claims))[:500],
        is_whole=all(wanted[claim.id] == claim.open_minor for claim in claims),
    )


@needs_transaction
def receipt_for(aim: Aim, *, by: str, at: datetime, **columns: Any) -> payments.PaymentRow:
    """This function will make the pending receipt of money that is meant for more, or for less, than one expected
    payment; `columns` are further ones of the payment.
    """
    return payments.create(
        kind=states.RECEIPT,
        status=states.PENDING,
        total_minor=aim.total_minor,
        currency=aim.currency,
        customer_id=aim.customer_id,
        description=aim.description,
        assignment_edits=1,
        by=by,
        at=at,
        **columns,
    )
