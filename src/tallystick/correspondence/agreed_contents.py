"""What mails say that confirm what was agreed about an open invoice: a promise to pay, or another due date (E22)."""

from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from tallystick.correspondence.contents import Kind, Letter
from tallystick.money.amounts import Money


@dataclass(frozen=True, kw_only=True)
class _Agreed(Letter):
    """What both mails say: what is open of which invoice, and on which day it is charged by itself all the same.

    `charge_date` is None where nothing is charged by the day that was agreed.
    """

    customer_name: str
    number: str
    left_open: Money
    charge_date: date | None
    invoice_url: str
    pay_url: str | None


@dataclass(frozen=True, kw_only=True)
class PromiseNoted(_Agreed):
    """Somebody promised to pay an amount of an invoice by a day."""

    kind: ClassVar[Kind] = Kind.PROMISE_NOTED

    promised: Money
    promised_date: date


@dataclass(frozen=True, kw_only=True)
class DueDateAgreed(_Agreed):
    """An invoice is due on another day than before. `stated_due_date` is what its document says, where that differs."""

    kind: ClassVar[Kind] = Kind.DUE_DATE_AGREED

    before_date: date
    due_date: date
    stated_due_date: date | None
