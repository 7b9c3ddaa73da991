"""Reports of what customers owe and have, on any day: aged receivables, credit balances, wallet balances."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tallystick.foundation.paging import write_position
from tallystick.foundation.rows import fetch
from tallystick.ledger.accounts import CUSTOMER_CREDIT, WALLET_PAID, WALLET_PROMOTIONAL, Account
from tallystick.ledger.totals import CUSTOMER_PARTS_ON, balances_on
from tallystick.reports.frame.keyset import position
from tallystick.reports.frame.shape import Asked, Cell, Chart, Column, Found, Part, Report, Row, Series, Text, Why
from tallystick.reports.statements import AGES

# `parts` are rows of customers that add up to what they have or owe, `sums` what each column adds up of them: for all
# of a currency, and for a page of customers, the largest amounts of a currency first. Those are found by their totals.
_ALL: Final = "SELECT currency, {sums} FROM ({parts}) part GROUP BY 1"
_PAGE: Final = """
SELECT currency, customer_id, {total} AS total FROM ({parts}) part GROUP BY 1, 2
HAVING ({some}) AND (%(at_currency)s::text IS NULL OR currency > %(at_currency)s OR (currency = %(at_currency)s
  AND (-{total}, customer_id) > (-(%(at_minor)s::bigint), %(at_customer)s::uuid)))
ORDER BY 1, 3 DESC, 2 LIMIT %(limit)s
"""
_ROWS: Final = """
SELECT part.currency, part.customer_id, customer.name, {sums}
FROM ({parts}) part JOIN customers_customer customer ON customer.id = part.customer_id
WHERE part.customer_id = ANY(%(customers)s) GROUP BY 1, 2, 3
"""
# What is open now, less what came after the day: of the recent past that is little to read (decision 0033).
_AGED: Final = """
SELECT currency, customer_id, %(day)s::date - coalesce(due_date, %(day)s) AS days, minor
FROM (
    SELECT currency, customer_id, due_date, open_minor AS minor FROM invoices_invoice
    WHERE state = 'issued' AND open_minor > 0
    UNION ALL
    SELECT invoice.currency, invoice.customer_id, invoice.due_date,
           CASE side WHEN 'D' THEN -amount_minor ELSE amount_minor END
    FROM ledger_journalentry entry
    JOIN ledger_posting posting ON posting.entry_id = entry.id AND posting.account = '1200'
    JOIN invoices_invoice invoice ON invoice.id = posting.object_id
    WHERE entry.effective_date > %(day)s
) each
WHERE (%(customer)s::uuid IS NULL OR customer_id = %(customer)s) AND (%(currency)s = '' OR currency = %(currency)s)
"""
_SUMS_BY_AGE: Final = {
    "not_due": "sum(minor) FILTER (WHERE days <= 0)",
    "days_1_30": "sum(minor) FILTER (WHERE days BETWEEN 1 AND 30)",
    "days_31_60": "sum(minor) FILTER (WHERE days BETWEEN 31 AND 60)",
    "days_61_90": "sum(minor) FILTER (WHERE days BETWEEN 61 AND 90)",
    "over_90": "sum(minor) FILTER (WHERE days > 90)",
    "total": "sum(minor)",
}
# Of accounts that stand in credit.
_SUM_IN_CREDIT: Final = {"total": "-sum(balance_minor)"}
_SUMS_PREPAID: Final = {
    "paid": "-sum(balance_minor) FILTER (WHERE account = '2200')",
    "promotional": "-sum(balance_minor) FILTER (WHERE account = '2210')",
    **_SUM_IN_CREDIT,
}
_OF_NOTES: Final = """
SELECT posting.customer_id, posting.currency,
       sum(CASE side WHEN 'C' THEN amount_minor ELSE -amount_minor END)::bigint AS minor
FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
JOIN invoices_creditnote note ON note.id = posting.object_id
WHERE posting.customer_id = ANY(%(customers)s) AND posting.account = '2100' AND entry.effective_date <= %(day)s
GROUP BY 1, 2
"""
AGE_TITLES: Final[dict[str, Text]] = {
    "not_due": _("Not due"),
    "days_1_30": _("1–30 days"),
    "days_31_60": _("31–60 days"),
    "days_61_90": _("61–90 days"),
    "over_90": _("Over 90 days"),
}

# What explains each column of figures.
_OWED: Final = {**{age: age for age in AGES}, "total": "owes"}
_PREPAID: Final = {"paid": "wallet_paid", "promotional": "wallet_promotional", "total": "wallet"}


def _found(
    asked: Asked,
    sql: str,
    values: dict[str, Any],
    *,
    sums: Mapping[str, str],
    columns: Mapping[str, str],
    rows: Callable[[Sequence[dict[str, Any]]], Sequence[Row]],
    charts: Callable[[dict[str, Any]], Sequence[Chart]] = lambda _row: (),
) -> Found:
    """A page of customers by currency.

    `sums` are what is added up of what `sql` reads; `columns` are those that have a total, each with the number that
    explains it.
    """
    in_minor = {name: f"coalesce({each}, 0)::bigint" for name, each in sums.items()}
    texts = {
        "parts": sql,
        "total": in_minor["total"],
        "sums": ", ".join(f"{each} AS {name}" for name, each in in_minor.items()),
        "some": " OR ".join(f"{each} <> 0" for each in in_minor.values()),
    }
    at = position(asked.cursor, at_currency=str, at_minor=int, at_customer=UUID)
    listed = fetch(_PAGE.format(**texts), {**values, **at, "limit": asked.limit + 1})
    last = listed[asked.limit - 1] if len(listed) > asked.limit else None
    shown = listed[: asked.limit]
    totals = {row["currency"]: row for row in fetch(_ALL.format(**texts), values)}
    wanted = {**values, "customers": list({row["customer_id"] for row in shown})}
    known = {(row["currency"], row["customer_id"]): row for row in fetch(_ROWS.format(**texts), wanted)}
    parts = []
    for currency, several in groupby(shown, key=lambda row: str(row["currency"])):
        total = {
            name: Cell(value=totals[currency][name], why=_why(asked, currency, number, asked.customer_id))
            for name, number in columns.items()
        }
        parts.append(
            Part(
                currency=currency,
                rows=rows([known[currency, row["customer_id"]] for row in several]),
                total={"customer": Cell(value=_("All")), **total},
                charts=() if asked.cursor else charts(totals[currency]),
            )
        )
    return Found(
        parts=parts,
        next_cursor=write_position([last["currency"], last["total"], last["customer_id"]]) if last else "",
    )


def _day(asked: Asked) -> date:
    assert asked.as_of is not None  # noqa: S101 - these reports take a day
    return asked.as_of


def _customer(row: dict[str, Any]) -> Cell:
    return Cell(value=row["name"], thing=("customer", row["customer_id"]))


def _why(asked: Asked, currency: str, number: str, customer_id: UUID | None) -> Why:
    """What explains a figure of one customer, or of all. A number of an age is that of its name."""
    age = {"age": number} if number in AGES else {}
    name = "ageing" if age else number
    about: dict[str, UUID | date | str | None] = {"currency": currency, "until": asked.as_of, **age}
    if customer_id is None:
        return Why(number=f"customers.{name}", about=about)
    return Why(number=f"customer.{name}", about={"customer": customer_id, **about})


def _figure(asked: Asked, row: dict[str, Any], column: str, number: str) -> Cell:
    return Cell(value=row[column], why=_why(asked, row["currency"], number, row["customer_id"]))


def _aged_receivables(asked: Asked) -> Found:
    return _found(
        asked,
        _AGED,
        {"day": _day(asked), "customer": asked.customer_id, "currency": asked.currency},
        sums=_SUMS_BY_AGE,
        columns=_OWED,
        rows=lambda several: [
            {
                "customer": _customer(row),
                **{column: _figure(asked, row, column, number) for column, number in _OWED.items()},
            }
            for row in several
        ],
        charts=lambda row: [
            Chart(
                kind="bars",
                title=_("Open, by age"),
                labels=list(AGE_TITLES.values()),
                series=[Series(name=_("Open"), values=[row[age] for age in AGES])],
                is_money=True,
            )
        ],
    )


def _holding(asked: Asked, accounts: Sequence[Account], **more: Any) -> Found:
    values = balances_on(_day(asked), accounts, customer_id=asked.customer_id, currency=asked.currency)
    return _found(asked, CUSTOMER_PARTS_ON, values, **more)


def _credit_balances(asked: Asked) -> Found:
    def rows(several: Sequence[dict[str, Any]]) -> Sequence[Row]:
        notes = {
            (row["customer_id"], row["currency"]): row["minor"]
            for row in fetch(_OF_NOTES, {"customers": [row["customer_id"] for row in several], "day": _day(asked)})
        }
        told: list[Row] = []
        for row in several:
            of_notes = notes.get((row["customer_id"], row["currency"]), 0)
            split = {**row, "payments": row["total"] - of_notes, "credit_notes": of_notes}
            told.append(
                {
                    "customer": _customer(row),
                    "payments": _figure(asked, split, "payments", "credit_of_payments"),
                    "credit_notes": _figure(asked, split, "credit_notes", "credit_of_notes"),
                    "total": _figure(asked, split, "total", "credit"),
                }
            )
        return told

    return _holding(asked, [CUSTOMER_CREDIT], sums=_SUM_IN_CREDIT, columns={"total": "credit"}, rows=rows)


def _wallet_balances(asked: Asked) -> Found:
    return _holding(
        asked,
        [WALLET_PAID, WALLET_PROMOTIONAL],
        sums=_SUMS_PREPAID,
        columns=_PREPAID,
        rows=lambda several: [
            {
                "customer": _customer(row),
                **{column: _figure(asked, row, column, number) for column, number in _PREPAID.items()},
            }
            for row in several
        ],
    )


AGED_RECEIVABLES: Final = Report(
    name="aged-receivables",
    title=_("Aged receivables"),
    answers=_("Who owes how much, and for how long it has been due."),
    formula=_(
        "What is open on issued invoices on the day, by the days since each was due: entries dated after the day do "
        "not count. The total is the balance of account 1200."
    ),
    columns=[
        Column(name="customer", title=_("Customer")),
        *(
            Column(
                name=age,
                title=title,
                kind="money",
                formula=_("What is open on invoices of this age, on the day."),
                is_tile=True,
            )
            for age, title in AGE_TITLES.items()
        ),
        Column(
            name="total", title=_("Total"), kind="money", formula=_("The sum of all ages: account 1200."), is_tile=True
        ),
    ],
    takes=["as_of", "currency", "customer"],
    read=_aged_receivables,
)
CREDIT_BALANCES: Final = Report(
    name="credit-balances",
    title=_("Credit balances"),
    answers=_("Whose payments and credit notes no invoice has taken yet."),
    formula=_("Account 2100 of each customer, credits less debits, up to the day. It is never taken off what is owed."),
    columns=[
        Column(name="customer", title=_("Customer")),
        Column(name="payments", title=_("From payments"), kind="money", formula=_("The total less credit notes.")),
        Column(
            name="credit_notes",
            title=_("From credit notes"),
            kind="money",
            formula=_("What is left of credit notes that settled no invoice."),
        ),
        Column(name="total", title=_("Credit"), kind="money", formula=_("The balance of account 2100."), is_tile=True),
    ],
    takes=["as_of", "currency", "customer"],
    read=_credit_balances,
)
WALLET_BALANCES: Final = Report(
    name="wallet-balances",
    title=_("Wallet balances"),
    answers=_("How much prepaid money each customer has."),
    formula=_(
        "Accounts 2200 and 2210 of each customer, credits less debits, up to the day. Below 0 more was used than was "
        "prepaid."
    ),
    columns=[
        Column(name="customer", title=_("Customer")),
        Column(name="paid", title=_("Paid"), kind="money", formula=_("The balance of account 2200."), is_tile=True),
        Column(
            name="promotional",
            title=_("Promotional"),
            kind="money",
            formula=_("The balance of account 2210."),
            is_tile=True,
        ),
        Column(name="total", title=_("Wallet"), kind="money", formula=_("Paid and promotional."), is_tile=True),
    ],
    takes=["as_of", "currency", "customer"],
    read=_wallet_balances,
)

REPORTS: Final = (AGED_RECEIVABLES, CREDIT_BALANCES, WALLET_BALANCES)
