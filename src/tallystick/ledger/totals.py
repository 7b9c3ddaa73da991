"""What stood on the books at the end of any day: from folded sums, and from what is not folded yet (decision 0033).

Each answer is one statement, so that it sees the sums and the postings of the same moment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, date
from typing import Final
from uuid import UUID

from tallystick.foundation.months import months_after
from tallystick.foundation.rows import fetch
from tallystick.ledger.accounts import Account

_MARK: Final = "coalesce((SELECT posting_id FROM ledger_foldmark), 0)"
# Behind the mark is little, which the planner cannot know: it is walked by its ids, and each entry looked up.
_TOTALS: Final = f"""
WITH each AS (
    SELECT account, currency, day, debit_minor, credit_minor, debit_base_minor, credit_base_minor
    FROM ledger_accountday WHERE day <= %(last)s
    UNION ALL
    SELECT posting.account, posting.currency, entry.effective_date,
           CASE side WHEN 'D' THEN amount_minor ELSE 0 END, CASE side WHEN 'C' THEN amount_minor ELSE 0 END,
           CASE side WHEN 'D' THEN base_minor ELSE 0 END, CASE side WHEN 'C' THEN base_minor ELSE 0 END
    FROM (SELECT * FROM ledger_posting WHERE id > {_MARK} ORDER BY id OFFSET 0) posting
    CROSS JOIN LATERAL (SELECT effective_date FROM ledger_journalentry WHERE id = posting.entry_id OFFSET 0) entry
    WHERE entry.effective_date <= %(last)s
)
SELECT account, currency,
       coalesce(sum(debit_minor - credit_minor) FILTER (WHERE day < %(first)s), 0)::bigint AS opening_minor,
       coalesce(sum(debit_minor) FILTER (WHERE day >= %(first)s), 0)::bigint AS debit_minor,
       coalesce(sum(credit_minor) FILTER (WHERE day >= %(first)s), 0)::bigint AS credit_minor,
       coalesce(sum(debit_base_minor - credit_base_minor) FILTER (WHERE day < %(first)s), 0)::bigint
           AS opening_base_minor,
       coalesce(sum(debit_base_minor) FILTER (WHERE day >= %(first)s), 0)::bigint AS debit_base_minor,
       coalesce(sum(credit_base_minor) FILTER (WHERE day >= %(first)s), 0)::bigint AS credit_base_minor
FROM each GROUP BY account, currency ORDER BY currency, account
"""  # noqa: S608 - our own text
# Whose balances, and in which currency.
_NARROWED: Final = """(%(customer)s::uuid IS NULL OR customer_id = %(customer)s)
  AND (%(currency)s = '' OR currency = %(currency)s)"""
# What came after a day, to be taken off what stands now: of the recent past that is little to read.
CUSTOMER_PARTS_AFTER: Final = f"""
SELECT customer_id, account, currency, balance_minor
FROM (
    SELECT customer_id, account, currency, -balance_minor AS balance_minor FROM ledger_customermonth
    WHERE account = ANY(%(accounts)s) AND month >= %(next_month)s
    UNION ALL
    SELECT posting.customer_id, posting.account, posting.currency,
           CASE side WHEN 'D' THEN -amount_minor ELSE amount_minor END
    FROM ledger_journalentry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
    WHERE entry.effective_date > %(day)s AND entry.effective_date < %(next_month)s
      AND posting.account = ANY(%(accounts)s)
    UNION ALL
    SELECT posting.customer_id, posting.account, posting.currency,
           CASE side WHEN 'D' THEN -amount_minor ELSE amount_minor END
    FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
    WHERE posting.id > {_MARK} AND posting.account = ANY(%(accounts)s) AND entry.effective_date >= %(next_month)s
) each
WHERE {_NARROWED}"""  # noqa: S608 - our own text
# Rows that add up to the balances of customers at the end of a day.
CUSTOMER_PARTS_ON: Final = f"""
SELECT customer_id, account, currency, balance_minor FROM ledger_customerbalance
WHERE account = ANY(%(accounts)s) AND balance_minor <> 0 AND {_NARROWED}
UNION ALL {CUSTOMER_PARTS_AFTER}"""  # noqa: S608 - our own text


@dataclass(frozen=True, kw_only=True)
class AccountTotal:
    """One account in one currency over some days: debits less credits before them, and what they brought.

    Each amount stands beside the same one in base currency.
    """

    account: str
    currency: str
    opening_minor: int
    debit_minor: int
    credit_minor: int
    opening_base_minor: int
    debit_base_minor: int
    credit_base_minor: int

    @property
    def closing_minor(self) -> int:
        """Debits less credits up to the last day."""
        return self.opening_minor + self.debit_minor - self.credit_minor

    @property
    def closing_base_minor(self) -> int:
        """Debits less credits up to the last day, in base currency."""
        return self.opening_base_minor + self.debit_base_minor - self.credit_base_minor


def account_totals(first_day: date | None, last_day: date | None) -> list[AccountTotal]:
    """This function will return every account that was ever posted to up to a day, by currency and code.

    An open first day is the beginning, so that nothing stood there before; an open last day is the end of all postings.
    """
    return [
        AccountTotal(**row) for row in fetch(_TOTALS, {"first": first_day or date.min, "last": last_day or date.max})
    ]


def balances_on(
    day: date, accounts: Sequence[Account], *, customer_id: UUID | None = None, currency: str = ""
) -> dict[str, object]:
    """This function will return the values that `CUSTOMER_PARTS_ON` takes: the end of a day, and whose accounts.

    The rows of that statement (debits less credits, in minor units) add up to each customer's balance of an account in
    a currency; so do those of `CUSTOMER_PARTS_AFTER`, with what stands now.
    """
    return {
        "day": day,
        # The calendar's last month has none behind it.
        "next_month": months_after(day, 1, day=1) if (day.year, day.month) < (MAXYEAR, 12) else date.max,
        "accounts": [account.code for account in accounts],
        "customer": customer_id,
        "currency": currency,
    }
