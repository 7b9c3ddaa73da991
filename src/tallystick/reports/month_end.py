"""Month end: what a finance person looks at before a month is closed, each a figure of rows that can be opened."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from tallystick.invoices import earning
from tallystick.ledger.accounts import CLEARING, DEFERRED_REVENUE, OUTPUT_TAX, Account
from tallystick.ledger.periods import last_day
from tallystick.ledger.queries import base_currency
from tallystick.ledger.totals import AccountTotal, account_totals
from tallystick.payments import counting, dispute_queries, lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.payments.states import PENDING, RECEIPT
from tallystick.reports.frame.shape import Drill, Why


class Standing(StrEnum):
    """How something stands: in order; worth a look, though the month can be closed; or to be done before."""

    DONE = "done"
    LOOK = "look"
    MUST = "must"


@dataclass(frozen=True, kw_only=True)
class Item:
    """One thing to look at: `count` of rows, where they are counted, and amounts in minor units by currency.

    `drill` is where the rows are; `why` explains each amount, in its currency.
    """

    key: str
    standing: Standing
    count: int | None = None
    sums: tuple[tuple[str, int], ...] = ()
    drill: Drill | None = None
    why: Why | None = None


def month_end(month: date) -> list[Item]:
    """This function will say how a month stands, given by its first day: what is left of its days, and its books.

    Payments that wait are those of its last day and before as they stand now; the books are those of the month.
    """
    last = last_day(month)
    totals = account_totals(month, last)
    return [
        _left("suspense", PaymentFilter(in_suspense=True, received_until=last)),
        _left("unallocated", PaymentFilter(unallocated=True, received_until=last)),
        _promised(last),
        _counted("unknown", payments.unknown_count(), Drill(list="payments", query={"unknown": "true"})),
        _counted("disputes", dispute_queries.open_count(), Drill(list="disputes", query={"is_open": "true"})),
        _clearing(totals, last),
        _deferred(month, totals),
        Item(
            key="tax",
            standing=Standing.DONE,
            sums=_sums(totals, [OUTPUT_TAX], lambda row: row.credit_minor - row.debit_minor),
            why=Why(number="taxes.due", about={"first_day": month, "until": last}),
        ),
        _trial_balance(totals, month),
    ]


def obstacles(month: date) -> list[str]:
    """This function will return the keys of what must be done before a month, given by its first day, is closed."""
    totals = account_totals(month, last_day(month))
    wanted = (_deferred(month, totals), _trial_balance(totals, month))
    return [item.key for item in wanted if item.standing is Standing.MUST]


def _left(key: str, wanted: PaymentFilter) -> Item:
    """What is left of payments that were received by a day."""
    found = lists.totals(wanted, "unallocated_minor")
    until = wanted.received_until
    return Item(
        key=key,
        standing=Standing.LOOK if found else Standing.DONE,
        count=sum(each.count for each in found),
        sums=tuple((each.currency, each.minor) for each in found),
        drill=Drill(list="payments", query={key: "true"}, days={"received": (None, until)}),
        why=Why(number=f"received.{key}", about={"until": until}),
    )


def _promised(last: date) -> Item:
    rows = counting.sums(by=["status", "kind"], last_day=last)
    found = [row for row in rows if (row["status"], row["kind"]) == (PENDING, RECEIPT)]
    return Item(
        key="pending",
        standing=Standing.LOOK if found else Standing.DONE,
        count=sum(row["count"] for row in found),
        sums=tuple((row["currency"], row["minor"]) for row in found),
        drill=Drill(
            list="payments",
            query={"in_reports": "true", "status": PENDING, "kind": RECEIPT},
            days={"counted": (None, last)},
        ),
    )


def _counted(key: str, count: int, drill: Drill) -> Item:
    return Item(key=key, standing=Standing.LOOK if count else Standing.DONE, count=count, drill=drill)


def _clearing(totals: Iterable[AccountTotal], last: date) -> Item:
    sums = _sums(totals, CLEARING, lambda row: row.closing_minor)
    return Item(
        key="clearing",
        standing=Standing.LOOK if sums else Standing.DONE,
        sums=sums,
        why=Why(number="clearing.balance", about={"until": last}),
    )


def _deferred(month: date, totals: Iterable[AccountTotal]) -> Item:
    left = _sums(totals, [DEFERRED_REVENUE], lambda row: -row.closing_minor)
    standing = Standing.MUST if earning.needs_run(month) else Standing.DONE
    why = Why(number="deferred.left", about={"until": last_day(month)})
    return Item(key="deferred_revenue", standing=standing, sums=left, why=why)


def _trial_balance(totals: Iterable[AccountTotal], month: date) -> Item:
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
        why=Why(number="books.moved", about={"first_day": month, "until": last_day(month)}),
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
