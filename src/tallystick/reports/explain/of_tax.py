"""The numbers of the tax report: net amounts and tax of one rate, over some days."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import Number, postings
from tallystick.reports.taxed import net

_DAYS: Final = """(%(first_day)s::date IS NULL OR entry.effective_date >= %(first_day)s)
  AND (%(until)s::date IS NULL OR entry.effective_date <= %(until)s)"""
_NET: Final = net("ledger_journalentry", counted=_DAYS, used=_DAYS)
_ALL: Final = ("currency", "first_day", "until")
_ABOUT: Final = ("tax_rate", *_ALL)

NUMBERS: Final = (
    Number(
        name="tax.net",
        title=_("Net amount at a tax rate"),
        formula=_(
            "The sum of what the rate was applied to, without tax: issued invoices less voided ones and credit notes, "
            "what was written off with relief of tax, tax documents of top-ups, and purchases as far as they are taxed "
            "on use."
        ),
        takes=_ABOUT,
        leaves=f"""
SELECT leaf, day, minor, part, entry_id, rule, NULL::text AS account, NULL::text AS side FROM ({_NET}) net
WHERE tax_rate_id = %(tax_rate)s AND currency = %(currency)s AND minor <> 0""",  # noqa: S608 - our own text
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="tax.due",
        title=_("Tax at a rate"),
        formula=_("What moved on account 2300 of the rate: credits less debits."),
        takes=_ABOUT,
        leaves=postings(
            "posting.object_id = %(tax_rate)s AND posting.account = '2300' AND posting.currency = %(currency)s "
            f"AND {_DAYS}",
            plus="C",
            part="entry.subject_id",
        ),
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="taxes.net",
        title=_("Net amount at all tax rates"),
        formula=_("The sum of what each rate was applied to, without tax."),
        takes=_ALL,
        leaves=f"""
SELECT leaf, day, minor, tax_rate_id AS part, entry_id, rule, NULL::text AS account, NULL::text AS side
FROM ({_NET}) net WHERE currency = %(currency)s AND minor <> 0""",  # noqa: S608 - our own text
        part_number="tax.net",
        part_takes="tax_rate",
        of_business=True,
        looks_ahead=True,
    ),
    Number(
        name="taxes.due",
        title=_("Tax at all rates"),
        formula=_("What moved on account 2300: credits less debits."),
        takes=_ALL,
        leaves=postings(
            f"posting.account = '2300' AND posting.currency = %(currency)s AND {_DAYS}",
            plus="C",
        ),
        part_number="tax.due",
        part_takes="tax_rate",
        of_business=True,
        looks_ahead=True,
    ),
)
