"""The numbers of deferred revenue: what is left of it, and in which months it will be earned (J03)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import Number, postings

# Lines of more than a month (as `invoices.earning` has them), what was deferred of each up to the day, and what the
# runs that are posted up to the day have earned of it.
HELD: Final = """
WITH RECURSIVE run AS (
    SELECT DISTINCT run.id, run.month FROM invoices_revenuerun run
    JOIN ledger_journalentry entry ON entry.subject_id = run.id WHERE entry.effective_date <= %(until)s
), line AS (
    SELECT line.id, line.invoice_id, line.description, line.period_start, line.period_end, invoice.number,
           invoice.invoice_date, invoice.customer_id, invoice.currency::text AS currency
    FROM invoices_invoiceline line JOIN invoices_invoice invoice ON invoice.id = line.invoice_id
    WHERE NOT line.is_fee AND line.period_end > line.period_start + interval '1 month'
      AND (%(currency)s = '' OR invoice.currency = %(currency)s)
      AND (%(customer)s::uuid IS NULL OR invoice.customer_id = %(customer)s)
), posted AS (
    SELECT line.id, sum(CASE posting.side WHEN 'C' THEN amount_minor ELSE -amount_minor END) AS minor
    FROM line JOIN ledger_posting posting ON posting.object_id = line.id AND posting.account = '2400'
    JOIN ledger_journalentry entry ON entry.id = posting.entry_id
    WHERE entry.effective_date <= %(until)s GROUP BY 1
), earned AS (
    SELECT line_id, sum(minor) AS minor, max(earned_until) AS until
    FROM invoices_earnedpart WHERE run_id IN (SELECT id FROM run) GROUP BY 1
), held AS (
    SELECT line.*, posted.minor AS deferred, coalesce(earned.minor, 0) AS earned,
           posted.minor - coalesce(earned.minor, 0) AS minor, greatest(line.period_start, earned.until) AS since
    FROM line JOIN posted ON posted.id = line.id LEFT JOIN earned ON earned.line_id = line.id
    WHERE posted.minor <> coalesce(earned.minor, 0)
)"""
# As the runs of the months to come will do it, one after the other: straight line by day over the days that are not
# earned, half up; a run that would earn nothing of a line leaves its days to the next one.
SPREAD: Final = f"""{HELD}, spread (id, invoice_id, currency, period_end, since, minor, month, part, ahead) AS (
    SELECT id, invoice_id, currency, period_end, since, minor, NULL::date, 0::numeric,
           greatest(date_trunc('month', since), date_trunc('month', invoice_date),
                    (SELECT max(month) + interval '1 month' FROM run))::date
    FROM held
    UNION ALL
    SELECT id, invoice_id, currency, period_end, CASE WHEN step.part = 0 THEN since ELSE step.until END,
           minor - step.part, ahead, step.part, (ahead + interval '1 month')::date
    FROM spread
    CROSS JOIN LATERAL (SELECT least(period_end, (ahead + interval '1 month')::date) AS until) month
    CROSS JOIN LATERAL (
        SELECT month.until, CASE WHEN month.until >= period_end THEN minor ELSE sign(minor) * div(
            2 * abs(minor) * (month.until - since) + (period_end - since), 2 * (period_end - since)) END AS part
    ) step
    WHERE minor <> 0
)"""  # noqa: S608 - our own text

_ON_ACCOUNT: Final = "posting.account = '2400' AND entry.effective_date <= %(until)s"
_POSTED: Final = postings(_ON_ACCOUNT, plus="C")
_LEFT: Final = f"""
SELECT leaf, day, minor, part, entry_id, rule, account, side FROM ({HELD}
SELECT leaf.* FROM held JOIN ({_POSTED}) leaf ON leaf.part = held.id
UNION ALL
SELECT 'r' || lpad(part.id::text, 19, '0'), part.earned_until - 1, -part.minor, held.id, NULL::uuid, 'J03', NULL::text,
       NULL::text
FROM held JOIN invoices_earnedpart part ON part.line_id = held.id AND part.run_id IN (SELECT id FROM run)
) each"""  # noqa: S608 - our own text

NUMBERS: Final = (
    Number(
        name="deferred.left",
        title=_("Deferred revenue"),
        formula=_(
            "What was deferred of lines that cover more than a month, less what month-end runs have earned of each: "
            "the balance of account 2400, credits less debits."
        ),
        takes=("currency", "until"),
        leaves=_LEFT,
        part_number="line.deferred_left",
        part_takes="line",
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="deferred.lines",
        title=_("Deferred when invoiced"),
        formula=_("What was deferred of lines of which something is left, less what credit notes took of it."),
        takes=("currency", "until"),
        leaves=f"""
SELECT leaf, day, minor, part, entry_id, rule, account, side FROM ({HELD}
SELECT leaf.* FROM held JOIN ({_POSTED}) leaf ON leaf.part = held.id) each""",  # noqa: S608 - our own text
        part_number="line.deferred",
        part_takes="line",
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="line.deferred",
        title=_("Deferred of a line"),
        formula=_("What was deferred of the line when it was invoiced, less what credit notes took of it."),
        takes=("line", "until"),
        leaves=postings(f"{_ON_ACCOUNT} AND posting.object_id = %(line)s", plus="C"),
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="line.deferred_left",
        title=_("Left of a line’s deferred revenue"),
        formula=_("What was deferred of the line, less what month-end runs have earned of it."),
        takes=("line", "until"),
        leaves=f"SELECT * FROM ({_LEFT}) whole WHERE part = %(line)s",  # noqa: S608 - our own text
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="deferred.month",
        title=_("Deferred revenue of a month"),
        formula=_(
            "What the run of the month that begins on the first day will earn, as things are: of each line, what is "
            "left of it times the month's days, divided by all its days that are not earned yet."
        ),
        takes=("currency", "first_day", "until"),
        leaves=f"""
SELECT leaf, day, minor, part, entry_id, rule, account, side FROM ({SPREAD}
SELECT 'r' || id::text AS leaf, month AS day, part::bigint AS minor, id AS part, NULL::uuid AS entry_id,
       NULL::text AS rule, NULL::text AS account, NULL::text AS side
FROM spread WHERE month = %(first_day)s AND part <> 0) each""",  # noqa: S608 - our own text
        of_business=True,
        looks_ahead=True,
    ),
)
