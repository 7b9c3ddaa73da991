"""Statements of account: what moved on a customer's accounts, by effective date, and how old is what is open.

What counts on a day is what the books date to that day or before: the invoice date, the received date, the day of an
act (`docs/chart-of-accounts.md`, rules for every entry). So what is recorded late changes a statement of the past;
`known_before` leaves out what was recorded from a moment on, and gives the statement as it was then.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tallystick.foundation.rows import fetch

# The ages of open invoices: the first and the last day after the due date; 0 is not due, None has no end.
AGES: Final[dict[str, tuple[int, int | None]]] = {
    "not_due": (0, 0),
    "days_1_30": (1, 30),
    "days_31_60": (31, 60),
    "days_61_90": (61, 90),
    "over_90": (91, None),
}
_BEGINNING: Final = date(1, 1, 1)
_CHUNK: Final = 1_000

_SIGNED = "CASE posting.side WHEN 'D' THEN posting.amount_minor ELSE -posting.amount_minor END"
# Debits less credits of receivables; credits less debits of what the customer has.
_TRUTHS = f"""
    coalesce(sum({_SIGNED}) FILTER (WHERE posting.account = '1200'), 0)::bigint AS owes,
    coalesce(-sum({_SIGNED}) FILTER (WHERE posting.account = '2100'), 0)::bigint AS credit,
    coalesce(-sum({_SIGNED}) FILTER (WHERE posting.account IN ('2200', '2210')), 0)::bigint AS wallet,
    bool_or(posting.account IN ('2200', '2210')) AS has_wallet
"""
_COUNTED = """
FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
WHERE posting.customer_id = %(customer)s AND entry.effective_date <= %(until)s
  AND (%(known)s::timestamptz IS NULL OR entry.recorded_at < %(known)s)
"""
_BALANCES = f"""
WITH each AS (
    SELECT posting.currency, entry.id, entry.effective_date < %(from)s AS is_before, {_TRUTHS} {_COUNTED}
    GROUP BY posting.currency, entry.id
)
SELECT currency, coalesce(sum(owes) FILTER (WHERE is_before), 0)::bigint AS owes_before,
       coalesce(sum(credit) FILTER (WHERE is_before), 0)::bigint AS credit_before,
       coalesce(sum(wallet) FILTER (WHERE is_before), 0)::bigint AS wallet_before,
       sum(owes)::bigint AS owes, sum(credit)::bigint AS credit, sum(wallet)::bigint AS wallet,
       count(*) FILTER (WHERE NOT is_before) AS movements, bool_or(has_wallet) AS has_wallet
FROM each GROUP BY currency ORDER BY currency
"""  # noqa: S608 - our own text
_AGEING = f"""
WITH open AS (
    SELECT posting.currency, posting.object_id, sum({_SIGNED}) AS minor {_COUNTED} AND posting.account = '1200'
    GROUP BY posting.currency, posting.object_id HAVING sum({_SIGNED}) <> 0
)
SELECT open.currency,
       CASE WHEN invoice.due_date IS NULL OR invoice.due_date >= %(until)s THEN 'not_due'
            WHEN %(until)s - invoice.due_date <= 30 THEN 'days_1_30'
            WHEN %(until)s - invoice.due_date <= 60 THEN 'days_31_60'
            WHEN %(until)s - invoice.due_date <= 90 THEN 'days_61_90'
            ELSE 'over_90' END AS age,
       sum(open.minor)::bigint AS minor, count(*) AS count
FROM open LEFT JOIN invoices_invoice invoice ON invoice.id = open.object_id GROUP BY 1, 2
"""  # noqa: S608 - our own text
# Every movement from the beginning on is added up, so that the balances beside a page of them are those of the books.
_MOVEMENTS = f"""
WITH each AS (
    SELECT posting.currency, entry.id, entry.effective_date, entry.recorded_at, entry.rule,
           (array_agg(posting.object_id ORDER BY posting.id) FILTER (WHERE posting.account = '1200'))[1] AS invoice_id,
           (array_agg(posting.object_id ORDER BY posting.id) FILTER (WHERE posting.account = '2100'))[1] AS source_id,
           {_TRUTHS} {_COUNTED} AND (%(currency)s = '' OR posting.currency = %(currency)s)
    GROUP BY posting.currency, entry.id
), ran AS (
    SELECT *, (sum(owes) OVER run)::bigint AS owes_after, (sum(credit) OVER run)::bigint AS credit_after,
           (sum(wallet) OVER run)::bigint AS wallet_after
    FROM each WINDOW run AS (PARTITION BY currency ORDER BY effective_date, recorded_at, id)
)
SELECT * FROM ran WHERE effective_date >= %(from)s
  AND (%(at_id)s::uuid IS NULL OR (currency, effective_date, recorded_at, id)
       > (%(at_currency)s::text, %(at_date)s::date, %(at_moment)s::timestamptz, %(at_id)s::uuid))
"""  # noqa: S608 - our own text
_IN_ORDER = "ORDER BY currency, effective_date, recorded_at, id"
_BACKWARDS = "ORDER BY currency, effective_date DESC, recorded_at DESC, id DESC"
_NAMES = """
SELECT id, 'invoice' AS kind, coalesce(number, '') AS number,
       NULL::bigint AS came_minor, '' AS came_currency, NULL::numeric AS came_rate
FROM invoices_invoice WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'credit_note', number, NULL, '', NULL FROM invoices_creditnote WHERE id = ANY(%(ids)s)
UNION ALL SELECT id, 'payment', coalesce(receipt_number, ''), came_minor, came_currency, came_rate
FROM payments_payment WHERE id = ANY(%(ids)s)
"""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """Whose statement, from the first to the last day; None is from the beginning.

    `known_before` leaves out what was recorded at that moment or later; None is everything that is known.
    """

    customer_id: UUID
    from_date: date | None
    until_date: date
    known_before: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Truths:
    """What a customer owes, has as credit and has prepaid, in minor units; side by side, never netted (model 18)."""

    owes_minor: int
    credit_minor: int
    wallet_minor: int


@dataclass(frozen=True, kw_only=True)
class Age:
    """What is open of invoices of one age, and how many they are."""

    minor: int
    count: int


@dataclass(frozen=True, kw_only=True)
class Balance:
    """One currency of a statement: before its first day and at the end of its last, and the ageing of what is owed."""

    currency: str
    opening: Truths
    closing: Truths
    movements: int
    # Whether anything ever moved on the wallet: otherwise nothing needs to be said of it.
    has_wallet: bool
    ageing: dict[str, Age]


@dataclass(frozen=True, kw_only=True)
class Movement:
    """One entry of the books as the customer's accounts see it: what it changed, and what stood there afterwards.

    `invoice_id` and `source_id` are what its postings name: an invoice, and a payment or credit note.
    """

    entry_id: UUID
    currency: str
    effective_date: date
    recorded_at: datetime
    rule: str
    invoice_id: UUID | None
    source_id: UUID | None
    change: Truths
    after: Truths


@dataclass(frozen=True, kw_only=True)
class Named:
    """What a movement names: an invoice, a payment or a credit note, and the number on its document."""

    kind: str
    number: str
    # What came of a payment in another currency than it is credited in, in minor units, and at which rate.
    came_minor: int | None = None
    came_currency: str = ""
    came_rate: Decimal | None = None


@dataclass(frozen=True, kw_only=True)
class Position:
    """Where a page of movements ended."""

    currency: str
    effective_date: date
    recorded_at: datetime
    entry_id: UUID


def balances(asked: Asked) -> list[Balance]:
    """This function will return opening and closing balances with the ageing, for each currency that ever moved.

    The ages of a currency add up to what is owed in it.
    """
    values = _values(asked)
    ages: dict[str, dict[str, Age]] = {}
    for row in fetch(_AGEING, values):
        ages.setdefault(row["currency"], {})[row["age"]] = Age(minor=row["minor"], count=row["count"])
    nothing = Age(minor=0, count=0)
    return [
        Balance(
            currency=row["currency"],
            opening=_truths(row, "_before"),
            closing=_truths(row, ""),
            movements=row["movements"],
            has_wallet=row["has_wallet"],
            ageing={age: ages.get(row["currency"], {}).get(age, nothing) for age in AGES},
        )
        for row in fetch(_BALANCES, values)
    ]


def movements(asked: Asked, *, currency: str = "", after: Position | None = None, limit: int) -> list[Movement]:
    """This function will return movements by currency and date, the first `limit` of those behind a position."""
    found = fetch(f"{_MOVEMENTS} {_IN_ORDER} LIMIT %(limit)s", {**_values(asked, currency, after), "limit": limit})
    return [_movement(row) for row in found]


def last_movements(asked: Asked, *, currency: str, limit: int) -> list[Movement]:
    """This function will return the last `limit` movements in a currency, oldest first."""
    found = fetch(f"{_MOVEMENTS} {_BACKWARDS} LIMIT %(limit)s", {**_values(asked, currency), "limit": limit})
    return [_movement(row) for row in reversed(found)]


def all_movements(asked: Asked, *, currency: str) -> Iterator[list[Movement]]:
    """This function will return every movement in a currency in chunks, read from one snapshot while they are taken."""
    with connection.chunked_cursor() as cursor:
        cursor.execute(f"{_MOVEMENTS} {_IN_ORDER}", _values(asked, currency))
        while rows := cursor.fetchmany(_CHUNK):
            columns = [column[0] for column in cursor.description]
            yield [_movement(dict(zip(columns, row, strict=True))) for row in rows]


def names(moved: Iterable[Movement]) -> dict[UUID, Named]:
    """This function will return the invoices, payments and credit notes that movements name, by their ids."""
    ids = {each for one in moved for each in (one.invoice_id, one.source_id) if each is not None}
    found = fetch(_NAMES, {"ids": list(ids)}) if ids else []
    return {row.pop("id"): Named(**row) for row in found}


def _values(asked: Asked, currency: str = "", after: Position | None = None) -> dict[str, Any]:
    return {
        "customer": asked.customer_id,
        "from": asked.from_date or _BEGINNING,
        "until": asked.until_date,
        "known": asked.known_before,
        "currency": currency,
        "at_currency": after and after.currency,
        "at_date": after and after.effective_date,
        "at_moment": after and after.recorded_at,
        "at_id": after and after.entry_id,
    }


def _movement(row: dict[str, Any]) -> Movement:
    return Movement(
        entry_id=row["id"],
        currency=row["currency"],
        effective_date=row["effective_date"],
        recorded_at=row["recorded_at"],
        rule=row["rule"],
        invoice_id=row["invoice_id"],
        source_id=row["source_id"],
        change=_truths(row, ""),
        after=_truths(row, "_after"),
    )


def _truths(row: dict[str, Any], when: str) -> Truths:
    return Truths(owes_minor=row[f"owes{when}"], credit_minor=row[f"credit{when}"], wallet_minor=row[f"wallet{when}"])
