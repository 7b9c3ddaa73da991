"""Month end: what a finance person looks at before a month is closed, each a figure of rows that can be opened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final

from tallystick.invoices import earning
from tallystick.ledger.accounts import (
    BANK_CLEARING,
    CHEQUES,
    DEFERRED_REVENUE,
    GATEWAY_CLEARING,
    OUTPUT_TAX,
    Account,
)
from tallystick.ledger.periods import last_day
from tallystick.ledger.queries import base_currency
from tallystick.ledger.totals import AccountTotal, account_totals
from tallystick.payments import counting, dispute_queries, lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.states import PENDING, RECEIPT

# What is open between us and banks or services; 0 when everything is matched.
_CLEARING: Final = (BANK_CLEARING, CHEQUES, GATEWAY_CLEARING)


class Standing(StrEnum):
    """How something stands: in order; worth a look, though the month can be closed; or to be done before."""

    DONE = "done"
    LOOK = "look"
    MUST = "must"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to look at: `count` of rows, where they are counted, and amounts in minor units by currency."""

    key: str
    standing: Standing
    count: int | None = None
    sums: tuple[tuple[str, int], ...] = ()


def month_end(month: date) -> list[Item]:
    """This function will say how a month stands, given by its first day: what is left of its days, and its books.

    Payments that wait are those of its last day and before as they stand now; the books are those of the month.
    """
    last = last_day(month)
    totals = account_totals(month, last)
    return [
        _payments("suspense", PaymentFilter(in_suspense=True, received_until=last), "unallocated_minor"),
        _payments("unallocated", PaymentFilter(unallocated=True, received_until=last), "unallocated_minor"),
        _promised(last),
        _counted("unknown", payments.unknown_count()),
        _counted("disputes", dispute_queries.open_count()),
        _clearing(totals),
        _deferred(month, totals),
        Item(
            key="tax",
            standing=Standing.DONE,
            sums=_sums(totals, [OUTPUT_TAX], lambda row: row.credit_minor - row.debit_minor),
        ),
        _trial_balance(totals),
    ]


def _payments(key: str, wanted: PaymentFilter, column: str) -> Item:
    found = lists.totals(wanted, column)
    return Item(
        key=key,
        standing=Standing.LOOK if found else Standing.DONE,
        count=sum(each.count for each in found),
        sums=tuple((each.currency, each.minor) for each in found),
    )


def _promised(last: date) -> Item:
    rows = counting.sums(by=["status", "kind"], last_day=last)
    found = [row for row in rows if (row["status"], row["kind"]) == (PENDING, RECEIPT)]
    return Item(
        key="pending",
        standing=Standing.LOOK if found else Standing.DONE,
        count=sum(row["count"] for row in found),
        sums=tuple((row["currency"], row["minor"]) for row in found),
    )


def _counted(key: str, count: int) -> Item:
    return Item(key=key, standing=Standing.LOOK if count else Standing.DONE, count=count)


def _clearing(totals: Iterable[AccountTotal]) -> Item:
    sums = _sums(totals, _CLEARING, lambda row: row.closing_minor)
    return Item(key="clearing", standing=Standing.LOOK if sums else Standing.DONE, sums=sums)


def _deferred(month: date, totals: Iterable[AccountTotal]) -> Item:
    left = _sums(totals, [DEFERRED_REVENUE], lambda row: -row.closing_minor)
    standing = Standing.MUST if earning.needs_run(month) else Standing.DONE
    return Item(key="deferred_revenue", standing=standing, sums=left)


def _trial_balance(totals: Iterable[AccountTotal]) -> Item:
    rows = list(totals)
    currencies = {row.currency for row in rows}
    unlevel = sum(row.closing_base_minor for row in rows) or any(
        sum(row.closing_minor for row in rows if row.currency == currency) for currency in currencies
    )
    debits = sum(row.debit_base_minor for row in rows)
    return Item(
        key="trial_balance",
        standing=Standing.MUST if unlevel else Standing.DONE,
        sums=((base_currency(), debits),) if debits else (),
    )


def _sums(
    totals: Iterable[AccountTotal], accounts: Iterable[Account], amount: Callable[[AccountTotal], int]
) -> tuple[tuple[str, int], ...]:
    codes = {account.code for account in accounts}
    found: dict[str, int] = {}
    for row in totals:
        if row.account in codes:
            found[row.currency] = found.get(row.currency, 0) + amount(row)
    return tuple((currency, minor) for currency, minor in sorted(found.items()) if minor)
