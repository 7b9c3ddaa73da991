"""Writing the books: posting entries, undoing them, folding balances, typing in exchange rates."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.db import connection

from tallystick.foundation.ids import new_id
from tallystick.foundation.rows import copy_in, execute, fetch_one
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger.accounts import DEBIT
from tallystick.ledger.entries import EntryDraft, Line, mirror
from tallystick.ledger.models import ExchangeRate
from tallystick.ledger.queries import draft_of

# One statement for any number of entries: speed.md's lesson, and no entry is ever half written. Whoever moves money of
# a customer holds the customer first, so that two of them never wait in a circle for balances, nor for a wallet.
_POST = """
WITH entry AS (
    INSERT INTO ledger_journalentry
        (id, rule, effective_date, recorded_at, subject_kind, subject_id, reverses_id, rate, rate_source)
    SELECT id, rule, (SELECT ledger_first_open_day(%(effective_date)s::date)), %(recorded_at)s, subject_kind,
        subject_id, reverses_id, rate, rate_source
    FROM jsonb_to_recordset(%(entries)s::jsonb) AS draft (
        id uuid, rule text, subject_kind text, subject_id uuid, reverses_id uuid, rate numeric, rate_source text)
), line AS (
    SELECT *, CASE side WHEN 'D' THEN 1 ELSE -1 END AS sign
    FROM jsonb_to_recordset(%(lines)s::jsonb) AS draft (
        entry_id uuid, account text, side text, amount_minor bigint, currency text, base_minor bigint, customer_id uuid,
        object_id uuid)
), held AS MATERIALIZED (
    SELECT id FROM customers_customer WHERE id IN (SELECT customer_id FROM line) ORDER BY id FOR NO KEY UPDATE
), posting AS (
    INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
    SELECT entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id FROM line
), of_customer AS (
    INSERT INTO ledger_customerbalance AS balance (customer_id, account, currency, balance_minor, base_minor)
    SELECT customer_id, account, currency, sum(sign * amount_minor), sum(sign * base_minor)
    FROM line WHERE customer_id IN (SELECT id FROM held) GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (customer_id, account, currency) DO UPDATE
    SET balance_minor = balance.balance_minor + excluded.balance_minor,
        base_minor = balance.base_minor + excluded.base_minor
)
INSERT INTO ledger_balancedelta (account, currency, balance_minor, base_minor)
SELECT account, currency, sum(sign * amount_minor), sum(sign * base_minor)
FROM line WHERE customer_id IS NULL GROUP BY 1, 2 ORDER BY 1, 2
"""

# The balances of many entries, added up beforehand. Rows are locked in order, so that two runs never wait in a circle.
_BALANCES = """
WITH moved AS (
    SELECT customer_id, account, currency, balance_minor, base_minor
    FROM jsonb_to_recordset(%(moved)s::jsonb) AS moved (
        customer_id uuid, account text, currency text, balance_minor bigint, base_minor bigint)
), held AS MATERIALIZED (
    SELECT id FROM customers_customer WHERE id IN (SELECT customer_id FROM moved) ORDER BY id FOR NO KEY UPDATE
), of_customer AS (
    INSERT INTO ledger_customerbalance AS balance (customer_id, account, currency, balance_minor, base_minor)
    SELECT customer_id, account, currency, balance_minor, base_minor
    FROM moved WHERE customer_id IN (SELECT id FROM held) ORDER BY 1, 2, 3
    ON CONFLICT (customer_id, account, currency) DO UPDATE
    SET balance_minor = balance.balance_minor + excluded.balance_minor,
        base_minor = balance.base_minor + excluded.base_minor
)
INSERT INTO ledger_balancedelta (account, currency, balance_minor, base_minor)
SELECT account, currency, balance_minor, base_minor FROM moved WHERE customer_id IS NULL ORDER BY 1, 2
"""

_FOLD = """
WITH taken AS (
    DELETE FROM ledger_balancedelta WHERE id IN (
        SELECT id FROM ledger_balancedelta ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED
    ) RETURNING account, currency, balance_minor, base_minor
), folded AS (
    INSERT INTO ledger_controlbalance AS balance (account, currency, balance_minor, base_minor)
    SELECT account, currency, sum(balance_minor), sum(base_minor) FROM taken GROUP BY 1, 2 ORDER BY 1, 2
    ON CONFLICT (account, currency) DO UPDATE
    SET balance_minor = balance.balance_minor + excluded.balance_minor,
        base_minor = balance.base_minor + excluded.base_minor
)
SELECT count(*) FROM taken
"""


_ENTRY_COLUMNS = (
    "id",
    "rule",
    "effective_date",
    "recorded_at",
    "subject_kind",
    "subject_id",
    "reverses_id",
    "rate",
    "rate_source",
)
_POSTING_COLUMNS = (
    "entry_id",
    "account",
    "side",
    "amount_minor",
    "currency",
    "base_minor",
    "customer_id",
    "object_id",
)


@needs_transaction
def post(drafts: Sequence[EntryDraft], *, effective_date: date, at: datetime) -> list[UUID]:
    """This function will write the entries, in one statement, and return their ids in order.

    A date in a closed period becomes the first open day; the true date stays on the document. A draft without lines
    is an event of amount 0, which posts nothing (chart, rules for every entry); its place in the result is skipped.

    Raises:
        IntegrityError: when a draft breaks a rule of the books (its constraint names the rule).
    """
    written = [(new_id(), draft) for draft in drafts if draft.lines]
    if not written:
        return []
    execute(
        _POST,
        {
            "effective_date": effective_date,
            "recorded_at": at,
            "entries": _json([_entry(entry_id, draft) for entry_id, draft in written]),
            "lines": _json([_posting(entry_id, line) for entry_id, draft in written for line in draft.lines]),
        },
    )
    return [entry_id for entry_id, _ in written]


@needs_transaction
def post_many(drafts: Sequence[EntryDraft], *, effective_date: date, at: datetime) -> None:
    """This function will write thousands of entries at once, as `post` writes a few.

    Raises:
        IntegrityError: when a draft breaks a rule of the books (its constraint names the rule).
    """
    written = [(new_id(), draft) for draft in drafts if draft.lines]
    if not written:
        return
    day = _first_open_day(effective_date)
    copy_in(
        "ledger_journalentry", _ENTRY_COLUMNS, (_entry_row(entry_id, draft, day, at) for entry_id, draft in written)
    )
    copy_in(
        "ledger_posting",
        _POSTING_COLUMNS,
        (_posting_row(entry_id, line) for entry_id, draft in written for line in draft.lines),
    )
    execute(_BALANCES, {"moved": _json(_moved(draft for _, draft in written))})


def _first_open_day(day: date) -> date:
    """The day itself, or the day after the newest closed month when it lies before; closing waits from here on."""
    row = fetch_one("SELECT ledger_first_open_day(%s::date) AS day", [day])
    assert row is not None  # noqa: S101 - a function of the database answers with one row
    open_day: date = row["day"]
    return open_day


def _entry_row(entry_id: UUID, draft: EntryDraft, day: date, at: datetime) -> tuple[Any, ...]:
    about = (draft.subject_kind, draft.subject_id, draft.reverses_id, draft.rate, draft.rate_source)
    return (entry_id, draft.rule, day, at, *about)


def _posting_row(entry_id: UUID, line: Line) -> tuple[Any, ...]:
    worth = line.worth
    return (
        entry_id,
        line.account.code,
        line.side,
        worth.minor,
        worth.currency,
        worth.base_minor,
        line.customer_id,
        line.per,
    )


def _moved(drafts: Iterable[EntryDraft]) -> list[dict[str, Any]]:
    """What the entries add to each running balance: debits less credits."""
    sums: dict[tuple[UUID | None, str, str], list[int]] = {}
    for draft in drafts:
        for line in draft.lines:
            moved = sums.setdefault((line.customer_id, line.account.code, line.worth.currency), [0, 0])
            sign = 1 if line.side == DEBIT else -1
            moved[0] += sign * line.worth.minor
            moved[1] += sign * line.worth.base_minor
    return [
        {"customer_id": customer, "account": account, "currency": currency, "balance_minor": minor, "base_minor": base}
        for (customer, account, currency), (minor, base) in sums.items()
    ]


def _entry(entry_id: UUID, draft: EntryDraft) -> dict[str, Any]:
    return {
        "id": entry_id,
        "rule": draft.rule,
        "subject_kind": draft.subject_kind,
        "subject_id": draft.subject_id,
        "reverses_id": draft.reverses_id,
        "rate": None if draft.rate is None else str(draft.rate),
        "rate_source": draft.rate_source,
    }


def _posting(entry_id: UUID, line: Line) -> dict[str, Any]:
    return {
        "entry_id": entry_id,
        "account": line.account.code,
        "side": line.side,
        "amount_minor": line.worth.minor,
        "currency": line.worth.currency,
        "base_minor": line.worth.base_minor,
        "customer_id": line.customer_id,
        "object_id": line.per,
    }


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows).decode()


@needs_transaction
def reverse(entry_id: UUID, *, rule: str, effective_date: date, at: datetime) -> UUID:
    """This function will write the mirror of an entry, linked to it: the only undo there is.

    Raises:
        IntegrityError: when the entry was reversed before (`ledger_journalentry_reverses_id_key`).
    """
    first = draft_of(entry_id)
    undo = EntryDraft(
        rule=rule,
        subject_kind=first.subject_kind,
        subject_id=first.subject_id,
        lines=mirror(first.lines),
        reverses_id=entry_id,
        rate=first.rate,
        rate_source=first.rate_source,
    )
    return post([undo], effective_date=effective_date, at=at)[0]


@needs_transaction
def fold_balances(*, limit: int = 10_000) -> int:
    """This function will fold up to `limit` appended deltas into the control balances and return how many it took."""
    with connection.cursor() as cursor:
        cursor.execute(_FOLD, [limit])
        taken: int = cursor.fetchone()[0]
    return taken


@needs_transaction
def set_rate(*, currency: str, valid_from: date, rate: Decimal, source: str) -> UUID:
    """This function will store the rate (units of base currency for one unit) that holds from a day on."""
    row, _ = ExchangeRate.objects.update_or_create(
        currency=currency, valid_from=valid_from, defaults={"rate": rate, "source": source}
    )
    return row.id
