"""The four ways to say what to pay, and what of all that is open two of them pay (C5 to C10; `docs/model.md`, 22).

Current Charges and Selected Invoices name their invoices. Decides, never writes.
"""

from collections.abc import Sequence
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


def plan(open_amounts: Sequence[tuple[UUID, int]], *, fixed_minor: int | None = None) -> Plan:
    """This function will say what is paid of the invoices that are open, given oldest first: all of them, the Total
    Balance; or as far as a Fixed Amount goes, and what they leave of it is paid on account.
    """
    if fixed_minor is None:
        return Plan(amounts=dict(open_amounts))
    spread = dict(oldest_first(fixed_minor, open_amounts))
    return Plan(amounts=spread, on_account_minor=max(0, fixed_minor) - sum(spread.values()))
