"""The numbers of the tax report: net amounts and tax of one rate, over some days."""

from typing import Final

from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import Number, postings

_DAYS: Final = """(%(first_day)s::date IS NULL OR entry.effective_date >= %(first_day)s)
  AND (%(until)s::date IS NULL OR entry.effective_date <= %(until)s)"""
_ENTRIES: Final = "ledger_journalentry entry JOIN"
# What is taxed at each rate, with the sign that it has in the report: lines of issued invoices, and again below 0 of
# those that were voided; of credit notes; what relief of tax for a write-off comes from; tax documents of top-ups;
# purchases as far as their tax is due on use, on the days on which their entries count: a use has the true date.
NET: Final = f"""
SELECT line.tax_rate_id, invoice.currency::text AS currency, entry.effective_date AS day,
       CASE entry.rule WHEN 'J02' THEN line.net_minor ELSE -line.net_minor END AS minor,
       entry.rule || line.id AS leaf, invoice.id AS part, entry.id AS entry_id, entry.rule::text AS rule
FROM {_ENTRIES} invoices_invoice invoice ON invoice.id = entry.subject_id
JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
WHERE entry.rule IN ('J02', 'J15') AND {_DAYS}
UNION ALL
SELECT line.tax_rate_id, note.currency::text, entry.effective_date, -part.net_minor, 'J26' || part.id, note.id,
       entry.id, entry.rule::text
FROM {_ENTRIES} invoices_creditnote note ON note.id = entry.subject_id
JOIN invoices_creditnoteline part ON part.credit_note_id = note.id
JOIN invoices_invoiceline line ON line.id = part.invoice_line_id
WHERE entry.rule = 'J26' AND {_DAYS}
UNION ALL
SELECT document.tax_rate_id, wallet.currency::text, entry.effective_date,
       CASE entry.rule WHEN 'J16' THEN document.net_minor ELSE -document.net_minor END,
       entry.rule || document.id, lot.id, entry.id, entry.rule::text
FROM {_ENTRIES} wallets_lot lot ON lot.allocation_id = entry.subject_id
JOIN wallets_wallet wallet ON wallet.id = lot.wallet_id
JOIN wallets_taxdocument document ON document.lot_id = lot.id
WHERE entry.rule IN ('J16', 'J17') AND {_DAYS}
UNION ALL
SELECT posting.object_id, posting.currency::text, entry.effective_date,
       (CASE posting.side WHEN 'C' THEN 1 ELSE -1 END) * round(posting.amount_minor * 100 / rate.percent)::bigint,
       entry.rule || posting.id, entry.subject_id, entry.id, entry.rule::text
FROM {_ENTRIES} ledger_posting posting ON posting.entry_id = entry.id AND posting.account = '2300'
JOIN catalog_taxrate rate ON rate.id = posting.object_id
WHERE entry.rule IN ('J12', 'J13') AND {_DAYS}
UNION ALL
SELECT charge.tax_rate_id, payment.currency::text, entry.effective_date, used.gross_minor - used.tax_minor,
       'u' || lpad(used.id::text, 19, '0'), payment.id, NULL::uuid, NULL::text
FROM {_ENTRIES} wallets_taxeduse used ON used.charge_id = entry.subject_id
    AND (used.gross_minor > 0) = (entry.rule = 'J18') AND entry.id = (
        SELECT own.id FROM ledger_journalentry own
        WHERE own.subject_id = used.charge_id AND own.rule = entry.rule AND own.effective_date >= used.used_date
        ORDER BY own.effective_date, own.id LIMIT 1
    )
JOIN wallets_charge charge ON charge.payment_id = used.charge_id
JOIN payments_payment payment ON payment.id = charge.payment_id
WHERE entry.rule IN ('J18', 'J19') AND {_DAYS}
"""  # noqa: S608 - our own text
TAX: Final = f"""
SELECT posting.object_id AS tax_rate_id, posting.currency::text AS currency,
       CASE posting.side WHEN 'C' THEN posting.amount_minor ELSE -posting.amount_minor END AS minor
FROM {_ENTRIES} ledger_posting posting ON posting.entry_id = entry.id
WHERE posting.account = '2300' AND {_DAYS}
"""  # noqa: S608 - our own text
_ABOUT: Final = ("tax_rate", "currency", "first_day", "until")

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
SELECT leaf, day, minor, part, entry_id, rule, NULL::text AS account, NULL::text AS side FROM ({NET}) net
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
)
