"""What a reminder of an unpaid invoice says, and what happens if nothing is paid (E40)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tallystick.correspondence.contents import BankLine, Kind, Letter
from tallystick.money.amounts import Money


@dataclass(frozen=True, kw_only=True)
class Fee:
    """A late fee, or what is open of one, and the number of the invoice that it stands on."""

    amount: Money
    number: str


@dataclass(frozen=True, kw_only=True)
class Reminder(Letter):
    """An invoice is due soon, or was due. `own_words` are the business's lines in the place of ours, if it has any.

    `stated_due_date` is the due date that its document says, where another one was agreed since; None otherwise.
    Without a `pay_by_date` payment is asked for at once, or by a due date that is still to come. The last two dates are
    what follows if nothing is paid; None for what does not follow. `is_last` says that no reminder follows.

    `fee` is added with this reminder, and `next_fee` from a day on, if nothing is paid. `open_fees` were added before.
    """

    kind: ClassVar[Kind] = Kind.REMINDER

    customer_name: str
    number: str
    due_date: date
    stated_due_date: date | None
    left_open: Money
    is_late: bool
    is_last: bool
    pay_by_date: date | None
    own_words: tuple[str, ...]
    next_reminder_date: date | None
    suspension_date: date | None
    fee: Fee | None
    open_fees: tuple[Fee, ...]
    next_fee: Money | None
    next_fee_date: date | None
    bank: tuple[BankLine, ...]
    invoice_url: str
    pay_url: str | None
