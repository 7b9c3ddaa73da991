"""The four ways to say what to pay, and what each would pay (C5 to C10; `docs/model.md`, 22). Decides, never writes."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from tallystick.allocations.queries import oldest_first


class PayOption(StrEnum):
    """How a customer says what to pay."""

    TOTAL_BALANCE = "total_balance"
    CURRENT_CHARGES = "current_charges"
    FIXED_AMOUNT = "fixed_amount"
    SELECTED_INVOICES = "selected_invoices"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a payment would be for, in minor units: parts of invoices, oldest first, and the rest on account."""

    amounts: dict[UUID, int]
    on_account_minor: int = 0

    @property
    def total_minor(self) -> int:
        """What would be charged: the Payment Total (C10)."""
        return sum(self.amounts.values()) + self.on_account_minor


def plan(
    option: PayOption,
    open_amounts: Sequence[tuple[UUID, int]],
    *,
    latest: UUID | None = None,
    fixed_minor: int = 0,
    selected: Collection[UUID] = (),
) -> Plan:
    """This function will say what an option comes to, over the invoices that are open, given oldest first.

    `latest` is the invoice that was issued last: Current Charges pays it if it is open, else nothing. A Fixed Amount
    pays the oldest first, and what they leave of it is paid on account.
    """
    if option is PayOption.FIXED_AMOUNT:
        spread = dict(oldest_first(fixed_minor, open_amounts))
        return Plan(amounts=spread, on_account_minor=max(0, fixed_minor) - sum(spread.values()))
    if option is PayOption.CURRENT_CHARGES:
        return Plan(amounts={each: amount for each, amount in open_amounts if each == latest})
    if option is PayOption.SELECTED_INVOICES:
        return Plan(amounts={each: amount for each, amount in open_amounts if each in selected})
    return Plan(amounts=dict(open_amounts))
