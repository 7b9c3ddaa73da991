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
from tallystick.ledger.totals import CUSTOMER_BALANCES_ON, balances_on
from tallystick.reports.frame.keyset import position
from tallystick.reports.frame.shape import Asked, Cell, Chart, Column, Found, Part, Report, Row, Series, Text, Why
from tallystick.reports.statements import AGES

# Rows by customer, each with the sums of its currency beside it; the largest amounts of a currency first.
_PAGED: Final = """
SELECT held.*, customer.name FROM held JOIN customers_customer customer ON customer.id = held.customer_id
WHERE %(at_currency)s::text IS NULL OR held.currency > %(at_currency)s OR (held.currency = %(at_currency)s
  AND (-held.total, held.customer_id) > (-(%(at_minor)s::bigint), %(at_customer)s::uuid))
ORDER BY held.currency, held.total DESC, held.customer_id LIMIT %(limit)s
"""
# What is open now, less what came after the day: of the recent past that is little to read (decision 0033).
_AGED: Final = f"""
WITH later AS (
    SELECT posting.object_id, sum(CASE side WHEN 'D' THEN -amount_minor ELSE amount_minor END) AS minor
    FROM ledger_journalentry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
    WHERE entry.effective_date > %(day)s AND posting.account = '1200' GROUP BY 1
), open AS (
    SELECT id, sum(minor) AS minor FROM (
        SELECT id, open_minor AS minor FROM invoices_invoice WHERE state = 'issued' AND open_minor > 0
        UNION ALL SELECT object_id, minor FROM later
    ) each GROUP BY 1 HAVING sum(minor) <> 0
), aged AS (
    SELECT invoice.currency, invoice.customer_id, open.minor, %(day)s::date - coalesce(due_date, %(day)s) AS days
    FROM open JOIN invoices_invoice invoice ON invoice.id = open.id
    WHERE (%(customer)s::uuid IS NULL OR invoice.customer_id = %(customer)s)
      AND (%(currency)s = '' OR invoice.currency = %(currency)s)
), summed AS (
    SELECT currency, customer_id, sum(minor)::bigint AS total,
           coalesce(sum(minor) FILTER (WHERE days <= 0), 0)::bigint AS not_due,
           coalesce(sum(minor) FILTER (WHERE days BETWEEN 1 AND 30), 0)::bigint AS days_1_30,
           coalesce(sum(minor) FILTER (WHERE days BETWEEN 31 AND 60), 0)::bigint AS days_31_60,
           coalesce(sum(minor) FILTER (WHERE days BETWEEN 61 AND 90), 0)::bigint AS days_61_90,
           coalesce(sum(minor) FILTER (WHERE days > 90), 0)::bigint AS over_90
    FROM aged GROUP BY 1, 2
), held AS (
    SELECT *, (sum(total) OVER own)::bigint AS all_total, (sum(not_due) OVER own)::bigint AS all_not_due,
           (sum(days_1_30) OVER own)::bigint AS all_days_1_30, (sum(days_31_60) OVER own)::bigint AS all_days_31_60,
           (sum(days_61_90) OVER own)::bigint AS all_days_61_90, (sum(over_90) OVER own)::bigint AS all_over_90
    FROM summed WINDOW own AS (PARTITION BY currency)
) {_PAGED}"""  # noqa: S608 - our own text
# Of accounts that stand in credit.
_HELD: Final = f"""
WITH balance AS ({CUSTOMER_BALANCES_ON}), summed AS (
    SELECT currency, customer_id, -sum(balance_minor)::bigint AS total,
           -coalesce(sum(balance_minor) FILTER (WHERE account = '2200'), 0)::bigint AS paid,
           -coalesce(sum(balance_minor) FILTER (WHERE account = '2210'), 0)::bigint AS promotional
    FROM balance GROUP BY 1, 2
), held AS (
    SELECT *, (sum(total) OVER own)::bigint AS all_total, (sum(paid) OVER own)::bigint AS all_paid,
           (sum(promotional) OVER own)::bigint AS all_promotional
    FROM summed WINDOW own AS (PARTITION BY currency)
) {_PAGED}"""  # noqa: S608 - our own text
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
    columns: Mapping[str, str],
    rows: Callable[[Sequence[dict[str, Any]]], Sequence[Row]],
    charts: Callable[[dict[str, Any]], Sequence[Chart]] = lambda _row: (),
) -> Found:
    """A page of customers by currency.

    `columns` are summed for the total, and `all_` stands before their sums; each with the number that explains it.
    """
    at = position(asked.cursor, at_currency=str, at_minor=int, at_customer=UUID)
    listed = fetch(sql, {**values, **at, "limit": asked.limit + 1})
    last = listed[asked.limit - 1] if len(listed) > asked.limit else None
    parts = []
    for currency, several in groupby(listed[: asked.limit], key=lambda row: str(row["currency"])):
        own = list(several)
        total = {
            name: Cell(value=own[0][f"all_{name}"], why=_why(asked, currency, number, asked.customer_id))
            for name, number in columns.items()
        }
        parts.append(
            Part(
                currency=currency,
                rows=rows(own),
                total={"customer": Cell(value=_("All")), **total},
                charts=() if asked.cursor else charts(own[0]),
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
                series=[Series(name=_("Open"), values=[row[f"all_{age}"] for age in AGES])],
                is_money=True,
            )
        ],
    )


def _holding(asked: Asked, accounts: Sequence[Account], **more: Any) -> Found:
    values = balances_on(_day(asked), accounts, customer_id=asked.customer_id, currency=asked.currency)
    return _found(asked, _HELD, values, **more)


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

    return _holding(asked, [CUSTOMER_CREDIT], columns={"total": "credit"}, rows=rows)


def _wallet_balances(asked: Asked) -> Found:
    return _holding(
        asked,
        [WALLET_PAID, WALLET_PROMOTIONAL],
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
