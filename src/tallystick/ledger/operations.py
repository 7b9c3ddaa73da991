"""Writing the books: posting entries, undoing them, folding balances, typing in exchange rates."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from django.db import connection

from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import needs_transaction
from tallystick.ledger.entries import EntryDraft, mirror
from tallystick.ledger.models import ExchangeRate
from tallystick.ledger.queries import draft_of, first_open_day

# One statement for any number of entries: speed.md's lesson, and no entry is ever half written.
_POST = """
WITH entry AS (
    INSERT INTO ledger_journalentry
        (id, rule, effective_date, recorded_at, subject_kind, subject_id, reverses_id, rate, rate_source)
    SELECT id, rule, %(effective_date)s, %(recorded_at)s, subject_kind, subject_id, reverses_id, rate, rate_source
    FROM unnest(%(id)s::uuid[], %(rule)s::text[], %(subject_kind)s::text[], %(subject_id)s::uuid[],
                %(reverses_id)s::uuid[], %(rate)s::numeric[], %(rate_source)s::text[])
        AS draft (id, rule, subject_kind, subject_id, reverses_id, rate, rate_source)
), line AS (
    SELECT *, CASE side WHEN 'D' THEN 1 ELSE -1 END AS sign
    FROM unnest(%(entry_id)s::uuid[], %(account)s::text[], %(side)s::text[], %(amount_minor)s::bigint[],
                %(currency)s::text[], %(base_minor)s::bigint[], %(customer_id)s::uuid[], %(object_id)s::uuid[])
        AS draft (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
), posting AS (
    INSERT INTO ledger_posting (entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id)
    SELECT entry_id, account, side, amount_minor, currency, base_minor, customer_id, object_id FROM line
), of_customer AS (
    INSERT INTO ledger_customerbalance AS balance (customer_id, account, currency, balance_minor, base_minor)
    SELECT customer_id, account, currency, sum(sign * amount_minor), sum(sign * base_minor)
    FROM line WHERE customer_id IS NOT NULL GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
    ON CONFLICT (customer_id, account, currency) DO UPDATE
    SET balance_minor = balance.balance_minor + excluded.balance_minor,
        base_minor = balance.base_minor + excluded.base_minor
)
INSERT INTO ledger_balancedelta (account, currency, balance_minor, base_minor)
SELECT account, currency, sum(sign * amount_minor), sum(sign * base_minor)
FROM line WHERE customer_id IS NULL GROUP BY 1, 2 ORDER BY 1, 2
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
    lines = [(entry_id, line) for entry_id, draft in written for line in draft.lines]
    with connection.cursor() as cursor:
        cursor.execute(
            _POST,
            {
                "effective_date": first_open_day(effective_date),
                "recorded_at": at,
                "id": [entry_id for entry_id, _ in written],
                "rule": [draft.rule for _, draft in written],
                "subject_kind": [draft.subject_kind for _, draft in written],
                "subject_id": [draft.subject_id for _, draft in written],
                "reverses_id": [draft.reverses_id for _, draft in written],
                "rate": [draft.rate for _, draft in written],
                "rate_source": [draft.rate_source for _, draft in written],
                "entry_id": [entry_id for entry_id, _ in lines],
                "account": [line.account.code for _, line in lines],
                "side": [line.side for _, line in lines],
                "amount_minor": [line.worth.minor for _, line in lines],
                "currency": [line.worth.currency for _, line in lines],
                "base_minor": [line.worth.base_minor for _, line in lines],
                "customer_id": [line.customer_id for _, line in lines],
                "object_id": [line.per for _, line in lines],
            },
        )
    return [entry_id for entry_id, _ in written]


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
