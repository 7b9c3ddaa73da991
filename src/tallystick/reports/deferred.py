"""Deferred revenue (J03) line by line, and in which months it will be earned: the rows, and what is kept of them.

What is left of each line, and what each month will earn, is kept as it stood up to a posting (`DeferredMark`). Only
lines of which something changed since, or is dated later than the day asked for, are read from the rows: what was kept
of them is taken off again, and what they are now is added (decision 0042).
"""

from datetime import date
from typing import Any, Final
from uuid import UUID

from django.db import connection

from tallystick.foundation.rows import fetch, fetch_one
from tallystick.foundation.transactions import needs_transaction, snapshot

CHUNK: Final = 100_000


def held(*, lines: str, counted: str) -> str:
    """This function will return the parts of a WITH clause, of which `held` has each line of which something is left.

    Lines of more than a month (as `invoices.earning` has them), up to the day on which their service ended early, what
    was deferred of each, and what the posted runs have earned of it. `lines` narrows the lines (`line`, `invoice`),
    `counted` says which postings (`posting`, `entry`) count.
    """
    return f"""
run AS (
    SELECT DISTINCT run.id, run.month FROM invoices_revenuerun run
    JOIN ledger_journalentry entry ON entry.subject_id = run.id
    JOIN ledger_posting posting ON posting.entry_id = entry.id WHERE {counted}
), line AS (
    SELECT line.id, line.invoice_id, line.description, line.period_start, line.period_end, invoice.number,
           invoice.invoice_date, invoice.customer_id, invoice.currency::text AS currency
    FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
    WHERE NOT line.is_fee AND line.period_end > line.period_start + interval '1 month' AND {lines}
), posted AS (
    SELECT line.id, sum(CASE posting.side WHEN 'C' THEN amount_minor ELSE -amount_minor END)::bigint AS minor,
           min(given_back.ended_date) AS ended_date
    FROM line JOIN ledger_posting posting ON posting.object_id = line.id AND posting.account = '2400'
    JOIN ledger_journalentry entry ON entry.id = posting.entry_id
    LEFT JOIN invoices_creditnoteline given_back ON entry.rule = 'J26'
        AND given_back.credit_note_id = entry.subject_id AND given_back.invoice_line_id = line.id
    WHERE {counted} GROUP BY 1
), earned AS (
    SELECT part.line_id, sum(part.minor)::bigint AS minor, max(part.earned_until) AS until
    FROM posted JOIN invoices_earnedpart part ON part.line_id = posted.id
    WHERE part.run_id IN (SELECT id FROM run) GROUP BY 1
), held AS (
    SELECT known.*, greatest(own_month, (SELECT max(month) + interval '1 month' FROM run))::date AS begins
    FROM (
        SELECT line.id, line.invoice_id, line.description, line.number, line.invoice_date, line.customer_id,
               line.currency, line.period_start, least(line.period_end, posted.ended_date) AS period_end,
               posted.minor AS deferred, posted.minor - coalesce(earned.minor, 0) AS minor,
               greatest(line.period_start, earned.until) AS since,
               greatest(date_trunc('month', greatest(line.period_start, earned.until)),
                        date_trunc('month', line.invoice_date))::date AS own_month
        FROM line JOIN posted ON posted.id = line.id LEFT JOIN earned ON earned.line_id = line.id
        WHERE posted.minor <> coalesce(earned.minor, 0)
    ) known
)"""  # noqa: S608 - our own text


def spread(lines: str) -> str:
    """This function will return the part of a WITH RECURSIVE clause that spreads what is left of `lines` over months.

    As the runs of the months to come will do it, one after the other: straight line by day over the days that are not
    earned, half up; a run that would earn nothing of a line leaves its days to the next one. Its rows with a `part`
    other than 0 are what the `month` will earn; `sign` is that of the line.
    """
    return f"""
spread (sign, id, currency, period_end, since, minor, month, part, ahead) AS (
    SELECT sign, id, currency, period_end, since, minor::numeric, NULL::date, 0::numeric, begins FROM {lines}
    UNION ALL
    SELECT sign, id, currency, period_end, CASE WHEN step.part = 0 THEN since ELSE step.until END,
           minor - step.part, ahead, step.part, (ahead + interval '1 month')::date
    FROM spread
    CROSS JOIN LATERAL (SELECT least(period_end, (ahead + interval '1 month')::date) AS until) month
    CROSS JOIN LATERAL (
        SELECT month.until, CASE WHEN month.until >= period_end THEN minor ELSE sign(minor) * div(
            2 * abs(minor) * (month.until - since) + (period_end - since), 2 * (period_end - since)) END AS part
    ) step
    WHERE minor <> 0
)"""  # noqa: S608 - our own text


_KEPT: Final = """
SELECT line_id AS id, customer_id, currency, period_end, deferred_minor AS deferred, left_minor AS minor, since, begins
FROM reports_deferredline kept"""
_HELD: Final = "SELECT id, customer_id, currency, period_end, deferred, minor, since, begins FROM held"
# Lines that postings speak of, by themselves or through the run that earned of them.
_NAMED: Final = """
SELECT posting.object_id AS id FROM ledger_posting posting
WHERE posting.id > %(after)s AND posting.id <= %(upto)s AND posting.account = '2400' AND posting.object_id IS NOT NULL
UNION
SELECT part.line_id FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
JOIN invoices_earnedpart part ON part.run_id = entry.subject_id
WHERE posting.id > %(after)s AND posting.id <= %(upto)s AND posting.account = '2400' AND entry.rule = 'J03'"""
# A run that did not find a line leaves what it would have earned of it to the next one.
_PASSED: Final = "SELECT line_id FROM reports_deferredline WHERE begins <= (SELECT max(month) FROM {run})"
_RUN: Final = """
SELECT run.month FROM invoices_revenuerun run JOIN ledger_journalentry entry ON entry.subject_id = run.id
JOIN ledger_posting posting ON posting.entry_id = entry.id WHERE {counted}"""
_UP_TO: Final = "posting.id <= %(upto)s"
_UNTIL: Final = "entry.effective_date <= %(until)s"
# What is not as it was kept, on a day.
_CHANGED: Final = f"""
changed AS MATERIALIZED (
    {_NAMED}
    UNION
    SELECT posting.object_id FROM ledger_journalentry entry JOIN ledger_posting posting ON posting.entry_id = entry.id
    WHERE entry.effective_date > %(until)s AND posting.account = '2400' AND posting.object_id IS NOT NULL
    UNION
    SELECT part.line_id FROM ledger_journalentry entry JOIN invoices_earnedpart part ON part.run_id = entry.subject_id
    WHERE entry.effective_date > %(until)s AND entry.rule = 'J03'
    UNION
    {_PASSED.format(run=f"({_RUN.format(counted=_UNTIL)}) run")}
    UNION
    SELECT line_id FROM reports_deferredline
    WHERE is_late AND %(run_month)s IS DISTINCT FROM (SELECT max(month) FROM ({_RUN.format(counted=_UNTIL)}) run)
), {held(lines="line.id IN (SELECT id FROM changed)", counted=_UNTIL)}, each AS (
    {_KEPT} WHERE NOT EXISTS (SELECT FROM changed WHERE changed.id = kept.line_id) UNION ALL {_HELD}
)"""  # noqa: S608 - our own text
_NARROWED: Final = """(%(currency)s = '' OR currency = %(currency)s)
  AND (%(customer)s::uuid IS NULL OR customer_id = %(customer)s)"""
_MONTHS: Final = f"""
WITH RECURSIVE {_CHANGED}, moved AS (
    SELECT -1 AS sign, gone.* FROM ({_KEPT}) gone WHERE id IN (SELECT id FROM changed)
    UNION ALL SELECT 1, fresh.* FROM ({_HELD}) fresh
), {spread("moved")}
SELECT currency, month, sum(minor)::bigint AS minor, sum(lines)::bigint AS lines FROM (
    SELECT currency, month, minor, lines FROM reports_deferredmonth
    UNION ALL SELECT currency, month, sign * part, sign FROM spread WHERE part <> 0
) each
WHERE %(currency)s = '' OR currency = %(currency)s
GROUP BY 1, 2 HAVING sum(lines) <> 0 ORDER BY 1, 2"""  # noqa: S608 - our own text
_MONTHS_OF_ONE: Final = f"""
WITH RECURSIVE {_CHANGED}, own AS (SELECT 1 AS sign, each.* FROM each WHERE {_NARROWED}), {spread("own")}
SELECT currency, month, sum(part)::bigint AS minor, count(*) AS lines FROM spread WHERE part <> 0
GROUP BY 1, 2 ORDER BY 1, 2"""  # noqa: S608 - our own text
_TOTALS: Final = f"""
WITH {_CHANGED}
SELECT currency, sum(deferred)::bigint AS deferred, sum(minor)::bigint AS minor FROM each WHERE {_NARROWED} GROUP BY 1
"""  # noqa: S608 - our own text
_PAGE: Final = f"""
WITH {_CHANGED}, page AS MATERIALIZED (
    SELECT * FROM each
    WHERE {_NARROWED} AND (%(at_currency)s::text IS NULL OR (currency, period_end, id)
        > (%(at_currency)s::text, %(at_day)s::date, %(at_line)s::uuid))
    ORDER BY currency, period_end, id LIMIT %(limit)s
)
SELECT page.id, page.currency, page.period_end, page.deferred, page.minor, line.invoice_id, line.description,
       line.period_start, invoice.number, customer.id AS customer_id, customer.name
FROM page JOIN invoices_invoiceline line ON line.id = page.id
JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
JOIN customers_customer customer ON customer.id = page.customer_id
ORDER BY page.currency, page.period_end, page.id"""  # noqa: S608 - our own text

_BEGIN: Final = "INSERT INTO reports_deferredmark (id, posting_id) VALUES (1, 0) ON CONFLICT DO NOTHING"
_MARK: Final = "SELECT posting_id, run_month FROM reports_deferredmark"
_NEXT: Final = """
SELECT coalesce(max(id), %(until)s) FROM (
    SELECT id FROM ledger_posting WHERE id > %(after)s AND id <= %(until)s ORDER BY id LIMIT %(limit)s
) next"""
_TOUCHED: Final = f"{_NAMED} UNION {_PASSED.format(run=f'({_RUN.format(counted=_UP_TO)}) run')}"
_ADD: Final = f"""
WITH RECURSIVE own AS (SELECT %(sign)s AS sign, kept.* FROM ({_KEPT} WHERE line_id = ANY(%(lines)s)) kept),
{spread("own")}
INSERT INTO reports_deferredmonth AS kept (currency, month, minor, lines)
SELECT currency, month, sum(sign * part)::bigint, sum(sign)::bigint FROM spread WHERE part <> 0 GROUP BY 1, 2
ON CONFLICT (currency, month) DO UPDATE SET minor = kept.minor + excluded.minor, lines = kept.lines + excluded.lines
"""  # noqa: S608 - our own text
_KEEP: Final = f"""
WITH {held(lines="line.id = ANY(%(lines)s)", counted=_UP_TO)}
INSERT INTO reports_deferredline
    (line_id, customer_id, currency, period_end, deferred_minor, left_minor, since, begins, is_late)
SELECT id, customer_id, currency, period_end, deferred, minor, since, begins, begins > own_month FROM held
"""  # noqa: S608 - our own text
_MOVE_MARK: Final = f"""
UPDATE reports_deferredmark SET posting_id = %(upto)s,
    run_month = (SELECT max(month) FROM ({_RUN.format(counted=_UP_TO)}) run)
"""  # noqa: S608 - our own text


def months(until: date, *, currency: str = "", customer_id: UUID | None = None) -> list[dict[str, Any]]:
    """This function will return what each month will earn, as it stands at the end of a day, in order.

    Rows have `currency`, the first day of the `month`, `minor` in minor units, and of how many `lines`.
    """
    return _asked(_MONTHS if customer_id is None else _MONTHS_OF_ONE, until, currency, customer_id)


def totals(until: date, *, currency: str = "", customer_id: UUID | None = None) -> dict[str, dict[str, Any]]:
    """This function will return, by currency, what was `deferred` of all lines of which something is left at the end of
    a day, and what is left (`minor`), in minor units.
    """
    return {row["currency"]: row for row in _asked(_TOTALS, until, currency, customer_id)}


def lines(
    until: date, *, currency: str = "", customer_id: UUID | None = None, at: dict[str, Any], limit: int
) -> list[dict[str, Any]]:
    """This function will return a page of the lines of which something is left at the end of a day.

    They are in the order of currency, last day and id; `at` is the place behind which the page begins. Rows have the
    line's `id`, `description`, `period_start` and `period_end`, its invoice (`invoice_id`, `number`) and customer
    (`customer_id`, `name`), and in minor units what was `deferred` and what is left (`minor`).
    """
    return _asked(_PAGE, until, currency, customer_id, **at, limit=limit)


def _asked(sql: str, until: date, currency: str, customer_id: UUID | None, **more: Any) -> list[dict[str, Any]]:
    with snapshot():
        # The mark as a value, and not as a question inside: the planner shall know how little lies behind it.
        mark = fetch_one(_MARK, []) or {"posting_id": 0, "run_month": None}
        asked: dict[str, Any] = {"until": until, "currency": currency, "customer": customer_id, **more}
        return fetch(sql, {**asked, "after": mark["posting_id"], "run_month": mark["run_month"], "upto": 2**63 - 1})


@needs_transaction
def fold(*, until: int, limit: int = CHUNK) -> int:
    """This function will look at the next `limit` postings, none with an id above `until`, keep what lines are by them,
    and return the id up to which all is kept: `until` when nothing is left.

    `until` is what `ledger.folding.settled_until` said.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(f"{_MARK} FOR UPDATE")
        after = cursor.fetchone()[0]
        if after >= until:
            return until
        cursor.execute(_NEXT, {"after": after, "until": until, "limit": limit})
        upto: int = cursor.fetchone()[0]
        cursor.execute(_TOUCHED, {"after": after, "upto": upto})
        touched = [line_id for (line_id,) in cursor.fetchall()]
        if touched:
            values: dict[str, Any] = {"lines": touched, "upto": upto}
            cursor.execute(_ADD, {**values, "sign": -1})
            cursor.execute("DELETE FROM reports_deferredline WHERE line_id = ANY(%(lines)s)", values)
            cursor.execute(_KEEP, values)
            cursor.execute(_ADD, {**values, "sign": 1})
            cursor.execute("DELETE FROM reports_deferredmonth WHERE minor = 0 AND lines = 0")
        cursor.execute(_MOVE_MARK, {"upto": upto})
    return upto
