"""Drafts of journal entries: plain values that a posting rule returns and `operations.post` writes."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from tallystick.ledger.accounts import CREDIT, DEBIT, EXCHANGE_REALISED, Account


@dataclass(frozen=True, slots=True)
class Worth:
    """An amount in minor units of a currency, beside what it is worth in minor units of the base currency."""

    minor: int
    currency: str
    base_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One side of a draft. A customer account names its customer; `per` is the object of the chart's column "per"."""

    account: Account
    side: str
    worth: Worth
    customer_id: UUID | None
    per: UUID | None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryDraft:
    """What will be posted: the rule of the chart, what it happened to, and the lines."""

    rule: str
    subject_kind: str
    subject_id: UUID
    lines: tuple[Line, ...]
    reverses_id: UUID | None = None
    rate: Decimal | None = None
    rate_source: str = ""


def debit(account: Account, worth: Worth, *, customer_id: UUID | None = None, per: UUID | None = None) -> Line:
    """This function will return a debit line."""
    return Line(account=account, side=DEBIT, worth=worth, customer_id=customer_id, per=per)


def credit(account: Account, worth: Worth, *, customer_id: UUID | None = None, per: UUID | None = None) -> Line:
    """This function will return a credit line."""
    return Line(account=account, side=CREDIT, worth=worth, customer_id=customer_id, per=per)


def exchange_difference(debited: Worth, credited: Worth, *, per: UUID | None) -> tuple[Line, ...]:
    """This function will return the line that levels two sides carried at different base amounts (J51).

    The sides have the same amount in the same currency; account 6810 takes the difference in base, with amount 0.
    """
    difference = credited.base_minor - debited.base_minor
    if difference == 0:
        return ()
    worth = Worth(0, debited.currency, abs(difference))
    return ((debit if difference > 0 else credit)(EXCHANGE_REALISED, worth, per=per),)


def mirror(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """This function will return the lines with their sides turned round: the undo of an entry."""
    return tuple(
        Line(
            account=line.account,
            side=CREDIT if line.side == DEBIT else DEBIT,
            worth=line.worth,
            customer_id=line.customer_id,
            per=line.per,
        )
        for line in lines
    )
