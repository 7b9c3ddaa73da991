"""Who gets a statement of account of a month: customers with something on their account at its end, or who moved
something in it.
"""

from datetime import date
from typing import Final
from uuid import UUID

from tallystick.foundation.months import months_after
from tallystick.foundation.rows import fetch, fetch_one
from tallystick.ledger.accounts import CHART
from tallystick.ledger.periods import last_day

_ACCOUNTS: Final = sorted(code for code, account in CHART.items() if account.of_customer)
_WANTED: Final = """
FROM customers_customer AS customer
WHERE (%(after)s::uuid IS NULL OR customer.id > %(after)s)
    AND EXISTS (SELECT FROM customers_contact AS contact WHERE contact.customer_id = customer.id)
    AND (
        EXISTS (
            SELECT FROM ledger_customermonth AS moved
            WHERE moved.account = ANY(%(accounts)s) AND moved.month = %(first)s AND moved.customer_id = customer.id
        ) OR EXISTS (
            SELECT FROM ledger_posting AS posting JOIN ledger_journalentry AS entry ON entry.id = posting.entry_id
            WHERE posting.customer_id = customer.id
                AND posting.id > coalesce((SELECT posting_id FROM ledger_foldmark), 0)
                AND entry.effective_date BETWEEN %(first)s AND %(last)s
        ) OR EXISTS (
            -- What stands now, less what came after the last day, as `ledger.totals` has it.
            SELECT FROM (
                SELECT account, currency, balance_minor FROM ledger_customerbalance
                WHERE customer_id = customer.id
                UNION ALL
                SELECT account, currency, -balance_minor FROM ledger_customermonth
                WHERE customer_id = customer.id AND account = ANY(%(accounts)s) AND month = ANY(%(later)s)
                UNION ALL
                SELECT posting.account, posting.currency,
                    CASE posting.side WHEN 'D' THEN -posting.amount_minor ELSE posting.amount_minor END
                FROM ledger_posting AS posting JOIN ledger_journalentry AS entry ON entry.id = posting.entry_id
                WHERE posting.customer_id = customer.id AND entry.effective_date > %(last)s
                    AND posting.id > coalesce((SELECT posting_id FROM ledger_foldmark), 0)
            ) AS stood
            GROUP BY account, currency HAVING sum(balance_minor) <> 0
        )
    )
    AND NOT EXISTS (
        SELECT FROM correspondence_sentstatement AS sent
        WHERE sent.customer_id = customer.id AND sent.from_date = %(first)s AND sent.until_date = %(last)s
    )
"""


def customers_waiting(month: date, *, today: date, after: UUID | None, limit: int) -> list[UUID]:
    """This function will return the next customers who have no statement of the month yet, given by its first day;
    `today` is the business's day.
    """
    sql = f"SELECT customer.id {_WANTED} ORDER BY customer.id LIMIT %(limit)s"
    return [row["id"] for row in fetch(sql, {**_values(month, today, after), "limit": limit})]


def count_waiting(month: date, *, today: date) -> int:
    """This function will return how many customers have no statement of the month yet, given by its first day; `today`
    is the business's day.
    """
    row = fetch_one(f"SELECT count(*) AS waiting {_WANTED}", _values(month, today, None))
    return int(row["waiting"]) if row else 0


def _values(month: date, today: date, after: UUID | None) -> dict[str, object]:
    # Nothing is dated later than a month ahead.
    later = [months_after(month, 1, day=1)]
    while later[-1] <= today:
        later.append(months_after(later[-1], 1, day=1))
    return {"accounts": _ACCOUNTS, "first": month, "last": last_day(month), "after": after, "later": later}
