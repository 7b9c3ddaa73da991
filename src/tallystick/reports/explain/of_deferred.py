"""The numbers of deferred revenue: what is left of it, and in which months it will be earned (J03)."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports.deferred import held, spread
from tallystick.reports.explain.numbers import Number, postings

_NARROWED: Final = """(%(currency)s = '' OR invoice.currency = %(currency)s)
      AND (%(customer)s::uuid IS NULL OR invoice.customer_id = %(customer)s)"""
_HELD: Final = f"WITH RECURSIVE {held(lines=_NARROWED, counted='entry.effective_date <= %(until)s')}"
_SPREAD: Final = f"{_HELD}, own AS (SELECT 1 AS sign, held.* FROM held), {spread('own')}"  # noqa: S608 - our own text

_ON_ACCOUNT: Final = "posting.account = '2400' AND entry.effective_date <= %(until)s"
_POSTED: Final = postings(_ON_ACCOUNT, plus="C")
_LEFT: Final = f"""
SELECT leaf, day, minor, part, entry_id, rule, account, side FROM ({_HELD}
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
SELECT leaf, day, minor, part, entry_id, rule, account, side FROM ({_HELD}
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
SELECT leaf, day, minor, part, entry_id, rule, account, side FROM ({_SPREAD}
SELECT 'r' || id::text AS leaf, month AS day, part::bigint AS minor, id AS part, NULL::uuid AS entry_id,
       NULL::text AS rule, NULL::text AS account, NULL::text AS side
FROM spread WHERE month = %(first_day)s AND part <> 0) each""",  # noqa: S608 - our own text
        of_business=True,
        looks_ahead=True,
    ),
)
