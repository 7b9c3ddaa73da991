"""Folding postings into sums per account and day, and per customer and month (decision 0033).

Postings are taken in the order of their ids, each once: `FoldMark` says how far. So it makes no difference how late
something is recorded, or for which day; what is not folded yet, `totals` reads from the postings themselves.
"""

from typing import Final

from django.db import connection

from tallystick.foundation.appended import settled_id
from tallystick.foundation.transactions import needs_transaction

CHUNK: Final = 100_000

_BEGIN: Final = "INSERT INTO ledger_foldmark (id, posting_id) VALUES (1, 0) ON CONFLICT DO NOTHING"
_NEXT: Final = """
SELECT max(id) FROM (
    SELECT id FROM ledger_posting WHERE id > %(after)s AND id <= %(until)s ORDER BY id LIMIT %(limit)s
) next
"""
_FOLD: Final = """
WITH mark AS (
    UPDATE ledger_foldmark SET posting_id = %(until)s WHERE id = 1
), taken AS (
    SELECT posting.account, posting.currency, posting.customer_id, entry.effective_date AS day,
           coalesce(sum(amount_minor) FILTER (WHERE side = 'D'), 0) AS debit,
           coalesce(sum(amount_minor) FILTER (WHERE side = 'C'), 0) AS credit,
           coalesce(sum(base_minor) FILTER (WHERE side = 'D'), 0) AS debit_base,
           coalesce(sum(base_minor) FILTER (WHERE side = 'C'), 0) AS credit_base
    FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
    WHERE posting.id > %(after)s AND posting.id <= %(until)s GROUP BY 1, 2, 3, 4
), of_customers AS (
    INSERT INTO ledger_customermonth AS kept (account, month, customer_id, currency, balance_minor, base_minor)
    SELECT account, date_trunc('month', day)::date, customer_id, currency, sum(debit - credit),
           sum(debit_base - credit_base)
    FROM taken WHERE customer_id IS NOT NULL GROUP BY 1, 2, 3, 4
    ON CONFLICT (account, month, customer_id, currency) DO UPDATE
    SET balance_minor = kept.balance_minor + excluded.balance_minor, base_minor = kept.base_minor + excluded.base_minor
)
INSERT INTO ledger_accountday AS kept
    (account, currency, day, debit_minor, credit_minor, debit_base_minor, credit_base_minor)
SELECT account, currency, day, sum(debit), sum(credit), sum(debit_base), sum(credit_base) FROM taken GROUP BY 1, 2, 3
ON CONFLICT (account, currency, day) DO UPDATE
SET debit_minor = kept.debit_minor + excluded.debit_minor,
    credit_minor = kept.credit_minor + excluded.credit_minor,
    debit_base_minor = kept.debit_base_minor + excluded.debit_base_minor,
    credit_base_minor = kept.credit_base_minor + excluded.credit_base_minor
"""


@needs_transaction
def settled_until() -> int | None:
    """This function will return the highest id of a posting, when none with a lower id can come any more.

    None says that somebody is posting for long: ask again later. Nobody posts until the transaction ends, so end it.
    """
    return settled_id("ledger_posting")


@needs_transaction
def fold_postings(*, until: int, limit: int = CHUNK) -> int:
    """This function will fold the next `limit` postings, none with an id above `until`, and return the id up to which
    all is folded: `until` when nothing is left.

    `until` is what `settled_until` said: otherwise a posting that is committed later would never be folded.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute("SELECT posting_id FROM ledger_foldmark WHERE id = 1 FOR UPDATE")
        after: int = cursor.fetchone()[0]
        cursor.execute(_NEXT, {"after": after, "until": until, "limit": limit})
        upto: int | None = cursor.fetchone()[0]
        if upto is None:
            return until
        cursor.execute(_FOLD, {"after": after, "until": upto})
    return upto
