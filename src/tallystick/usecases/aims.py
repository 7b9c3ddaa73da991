"""What money is meant for before it has come: parts of invoices, and what is paid on account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from tallystick.allocations.operations import require_payable
from tallystick.allocations.pay_options import PayOption, Plan, plan
from tallystick.allocations.queries import holders
from tallystick.customers.queries import customer_row
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import open_queries
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


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What a customer chose on a form, in the form's own words (C5 to C10; `docs/model.md`, 22). What that comes to is
    found out when the payment begins, so a form that is sent again asks for the same as before, whatever was paid.

    `total_minor`, and `to_invoices_minor` of it, are what the form showed: nothing else is taken.
    """

    option: PayOption
    total_minor: int
    to_invoices_minor: int
    latest: UUID | None = None
    selected: tuple[UUID, ...] = ()
    fixed_minor: int = 0


class ChoiceChanged(Conflict):
    """What was chosen comes to something else than what was shown."""

    code: ClassVar[str] = "choice_changed"
    sentence: ClassVar[str] = "What was chosen comes to another amount now. Look at it again."


@needs_transaction
def aimed(
    *,
    customer_id: UUID,
    amounts: Mapping[UUID, int | None] | Chosen,
    on_account_minor: int,
    currency: str | None,
) -> Aim:
    """This function will lock the invoices that shall be paid and say how much of each; None is all that is open.

    The currency is that of the invoices; only money that is all on account has to name one, and a choice, of which
    nothing else is paid on account than it says.

    Raises:
        InvalidField: when nothing is to be paid, or the currency is missing, unknown or not that of the invoices.
        AmountNotAccepted: when an amount is not above 0, or what is paid on account is below 0.
        NotFound, InvoiceNotOpen, InvoiceOverpaid, DifferentPayer: when an invoice cannot be paid so by this customer.
        PaymentInProgress: when a gateway is processing a payment of one of them.
        ChoiceChanged: when a choice comes to something else than it showed.
    """
    chosen = amounts if isinstance(amounts, Chosen) else None
    if isinstance(amounts, Chosen):
        amounts, on_account_minor = _meant(amounts, customer_id=customer_id, currency=currency or "")
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
    aim = Aim(
        customer_id=payer_id,
        currency=paid_in,
        amounts=wanted,
        on_account_minor=on_account_minor,
        description=", ".join(sorted(claim.number or "" for claim in claims))[:500],
        is_whole=all(wanted[claim.id] == claim.open_minor for claim in claims),
    )
    if chosen is not None and not _is_as_shown(chosen, Plan(amounts=wanted, on_account_minor=on_account_minor)):
        raise ChoiceChanged
    return aim


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


def _meant(chosen: Chosen, *, customer_id: UUID, currency: str) -> tuple[Mapping[UUID, int | None], int]:
    """The invoices that a choice is for, how much of each, and what is paid on account.

    Named ones are paid whole. All that is open leaves out what a payment under way holds; who chose before that began
    was shown more, and is told of it.
    """
    if chosen.option is PayOption.SELECTED_INVOICES:
        return dict.fromkeys(chosen.selected), 0
    if chosen.option is PayOption.CURRENT_CHARGES:
        return dict.fromkeys([] if chosen.latest is None else [chosen.latest]), 0
    opened = open_queries.open_amounts(customer_id, currency)
    held = holders([invoice_id for invoice_id, _ in opened])
    found = _planned(chosen, [each for each in opened if each[0] not in held])
    if held and not _is_as_shown(chosen, found) and _is_as_shown(chosen, _planned(chosen, opened)):
        raise PaymentInProgress
    return dict(found.amounts), found.on_account_minor


def _planned(chosen: Chosen, opened: Sequence[tuple[UUID, int]]) -> Plan:
    return plan(opened, fixed_minor=chosen.fixed_minor if chosen.option is PayOption.FIXED_AMOUNT else None)


def _is_as_shown(chosen: Chosen, found: Plan) -> bool:
    return (found.total_minor, sum(found.amounts.values())) == (chosen.total_minor, chosen.to_invoices_minor)
