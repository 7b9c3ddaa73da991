"""Reports of what customers owe and have, on any day: aged receivables, credit balances, wallet balances."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tallystick.foundation.paging import write_position
from tallystick.foundation.rows import fetch
from tallystick.ledger.accounts import CUSTOMER_CREDIT, WALLET_PAID, WALLET_PROMOTIONAL, Account
from tallystick.ledger.totals import CUSTOMER_PARTS_AFTER, CUSTOMER_PARTS_ON, balances_on
from tallystick.reports.frame.keyset import position
from tallystick.reports.frame.shape import Asked, Cell, Chart, Column, Found, Part, Report, Row, Series, Text, Why
from tallystick.reports.statements import AGES

_NARROWED: Final = """(%(customer)s::uuid IS NULL OR customer_id = %(customer)s)
  AND (%(currency)s = '' OR currency = %(currency)s)"""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a report finds what customers have or owe on a day, as SQL.

    `parts` are rows of customers that add up to it, those that came `after` the day among them; `together` the same
    without the customers. `now` has a row of each customer and currency with the `total` of what stands at present.
    `sums` are what each column adds up of the parts.
    """

    parts: str
    together: str
    after: str
    now: str
    sums: Mapping[str, str]


_ALL: Final = "SELECT currency, {sums} FROM ({together}) part GROUP BY 1"
# The largest totals of a currency first: as they are now, where nothing came after the day, or added up.
_IS_PAST: Final = "SELECT EXISTS (SELECT FROM ({after}) part) AS is_past"
_NOW: Final = f"SELECT currency, customer_id, total FROM ({{now}}) part WHERE {_NARROWED}"  # noqa: S608 - our own text
_THEN: Final = "SELECT currency, customer_id, {total} AS total FROM ({parts}) part GROUP BY 1, 2 HAVING {some}"
_PAGE: Final = """
SELECT currency, customer_id, total FROM ({each}) each
WHERE %(at_currency)s::text IS NULL OR currency > %(at_currency)s OR (currency = %(at_currency)s
  AND (-total, customer_id) > (-(%(at_minor)s::bigint), %(at_customer)s::uuid))
ORDER BY 1, 3 DESC, 2 LIMIT %(limit)s
"""
_ROWS: Final = """
SELECT part.currency, part.customer_id, customer.name, {sums}
FROM ({parts}) part JOIN customers_customer customer ON customer.id = part.customer_id
WHERE part.customer_id = ANY(%(customers)s) GROUP BY 1, 2, 3
"""
# What is open now, less what came after the day: of the recent past that is little to read (decision 0033).
_OPEN_AFTER: Final = f"""
SELECT * FROM (
    SELECT invoice.currency, invoice.customer_id, invoice.due_date,
           CASE side WHEN 'D' THEN -amount_minor ELSE amount_minor END AS minor
    FROM ledger_journalentry entry
    JOIN ledger_posting posting ON posting.entry_id = entry.id AND posting.account = '1200'
    JOIN invoices_invoice invoice ON invoice.id = posting.object_id
    WHERE entry.effective_date > %(day)s
) after WHERE {_NARROWED}"""  # noqa: S608 - our own text
_OPEN: Final = f"FROM invoices_invoice WHERE state = 'issued' AND open_minor > 0 AND {_NARROWED}"
_DAYS: Final = "%(day)s::date - coalesce(due_date, %(day)s) AS days"
_OWED: Final = Source(
    parts=f"""
SELECT currency, customer_id, {_DAYS}, minor FROM (
    SELECT currency, customer_id, due_date, open_minor AS minor {_OPEN} UNION ALL {_OPEN_AFTER}
) each""",  # noqa: S608 - our own text
    together=f"""
SELECT currency, {_DAYS}, minor FROM (
    SELECT currency, due_date, sum(open_minor) AS minor {_OPEN} GROUP BY 1, 2
    UNION ALL SELECT currency, due_date, minor FROM ({_OPEN_AFTER}) later
) each""",  # noqa: S608 - our own text
    after=_OPEN_AFTER,
    now="""
SELECT currency, customer_id, balance_minor AS total FROM ledger_customerbalance
WHERE account = '1200' AND balance_minor <> 0""",
    sums={
        "not_due": "sum(minor) FILTER (WHERE days <= 0)",
        "days_1_30": "sum(minor) FILTER (WHERE days BETWEEN 1 AND 30)",
        "days_31_60": "sum(minor) FILTER (WHERE days BETWEEN 31 AND 60)",
        "days_61_90": "sum(minor) FILTER (WHERE days BETWEEN 61 AND 90)",
        "over_90": "sum(minor) FILTER (WHERE days > 90)",
        "total": "sum(minor)",
    },
)
# Of accounts that stand in credit.
_CREDIT: Final = Source(
    parts=CUSTOMER_PARTS_ON,
    together=CUSTOMER_PARTS_ON,
    after=CUSTOMER_PARTS_AFTER,
    now="""
SELECT currency, customer_id, -balance_minor AS total FROM ledger_customerbalance
WHERE account = '2100' AND balance_minor <> 0""",
    sums={"total": "-sum(balance_minor)"},
)
_WALLETS: Final = Source(
    parts=CUSTOMER_PARTS_ON,
    together=CUSTOMER_PARTS_ON,
    after=CUSTOMER_PARTS_AFTER,
    now="""
SELECT currency, customer_id, -sum(balance_minor)::bigint AS total FROM ledger_customerbalance
WHERE account IN ('2200', '2210') AND balance_minor <> 0 GROUP BY 1, 2""",
    sums={
        "paid": "-sum(balance_minor) FILTER (WHERE account = '2200')",
        "promotional": "-sum(balance_minor) FILTER (WHERE account = '2210')",
        "total": "-sum(balance_minor)",
    },
)
_OF_NOTES: Final = """
SELECT note.customer_id, note.currency,
       sum(CASE side WHEN 'C' THEN amount_minor ELSE -amount_minor END)::bigint AS minor
FROM invoices_creditnote note JOIN ledger_posting posting ON posting.object_id = note.id AND posting.account = '2100'
JOIN ledger_journalentry entry ON entry.id = posting.entry_id
WHERE note.customer_id = ANY(%(customers)s) AND entry.effective_date <= %(day)s
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
_OWED_BY: Final = {**{age: age for age in AGES}, "total": "owes"}
_PREPAID_BY: Final = {"paid": "wallet_paid", "promotional": "wallet_promotional", "total": "wallet"}


def _found(
    asked: Asked,
    source: Source,
    values: dict[str, Any],
    *,
    columns: Mapping[str, str],
    rows: Callable[[Sequence[dict[str, Any]]], Sequence[Row]],
    charts: Callable[[dict[str, Any]], Sequence[Chart]] = lambda _row: (),
) -> Found:
    """A page of customers by currency; `columns` are those that have a total, each with the number that explains it."""
    sums = {name: f"coalesce({each}, 0)::bigint" for name, each in source.sums.items()}
    texts = {
        "parts": source.parts,
        "together": source.together,
        "after": source.after,
        "now": source.now,
        "total": sums["total"],
        "sums": ", ".join(f"{each} AS {name}" for name, each in sums.items()),
        "some": " OR ".join(f"{each} <> 0" for each in sums.values()),
    }
    at = position(asked.cursor, at_currency=str, at_minor=int, at_customer=UUID)
    (found,) = fetch(_IS_PAST.format(**texts), values)
    each = (_THEN if found["is_past"] else _NOW).format(**texts)
    listed = fetch(_PAGE.format(each=each), {**values, **at, "limit": asked.limit + 1})
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
        _OWED,
        {"day": _day(asked), "customer": asked.customer_id, "currency": asked.currency},
        columns=_OWED_BY,
        rows=lambda several: [
            {
                "customer": _customer(row),
                **{column: _figure(asked, row, column, number) for column, number in _OWED_BY.items()},
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


def _holding(asked: Asked, source: Source, accounts: Sequence[Account], **more: Any) -> Found:
    values = balances_on(_day(asked), accounts, customer_id=asked.customer_id, currency=asked.currency)
    return _found(asked, source, values, **more)


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

    return _holding(asked, _CREDIT, [CUSTOMER_CREDIT], columns={"total": "credit"}, rows=rows)


def _wallet_balances(asked: Asked) -> Found:
    return _holding(
        asked,
        _WALLETS,
        [WALLET_PAID, WALLET_PROMOTIONAL],
        columns=_PREPAID_BY,
        rows=lambda several: [
            {
                "customer": _customer(row),
                **{column: _figure(asked, row, column, number) for column, number in _PREPAID_BY.items()},
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
