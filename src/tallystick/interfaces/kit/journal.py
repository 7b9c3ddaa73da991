"""What the journal-entry table shows. Values only: the caller reads them from the ledger."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class JournalLine:
    """One posting: an account, and minor units on one of the two sides."""

    account: str
    name: str
    currency: str
    debit_minor: int = 0
    credit_minor: int = 0
    customer: str = ""
    href: str = ""


@dataclass(frozen=True, kw_only=True)
class JournalEntry:
    """One balanced record. `rule` is its rule in the chart of accounts, such as J02."""

    number: str
    rule: str
    description: str
    effective_date: dt.date
    recorded_at: dt.datetime
    lines: Sequence[JournalLine]
    href: str = ""
