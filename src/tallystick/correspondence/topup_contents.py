"""What the mail of a top-up request says."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tallystick.correspondence.contents import BankLine, Kind, Letter
from tallystick.money.amounts import Money


@dataclass(frozen=True, kw_only=True)
class TopupRequested(Letter):
    """A top-up request went out. `left` is what can still be paid; `bank` and `reference` say how to transfer it."""

    kind: ClassVar[Kind] = Kind.TOPUP_REQUESTED

    number: str
    customer_name: str
    sent_date: date
    total: Money
    left: Money
    bank: tuple[BankLine, ...]
    reference: str
    request_url: str
