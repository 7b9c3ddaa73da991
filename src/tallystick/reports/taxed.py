"""What is taxed at each rate: the rows, and their sums by day (decision 0042).

Postings, and uses of prepaid money that are taxed, are folded into sums in the order of their ids, each once: `TaxMark`
says how far. What is not folded yet is read from the rows themselves, so that an answer is exact at every moment.
"""

from datetime import date
from typing import Any, Final, NamedTuple

from django.db import connection

from tallystick.foundation.appended import settled_id
from tallystick.foundation.rows import fetch, fetch_one
from tallystick.foundation.transactions import needs_transaction, snapshot

CHUNK: Final = 100_000
# The entries of documents that are taxed, and of those that take tax back.
_RULES: Final = "('J02', 'J12', 'J13', 'J15', 'J16', 'J17', 'J26')"


def net(entries: str, *, counted: str, used: str) -> str:
    """This function will return the query of what is taxed at each rate, with the sign that it has in the report.

    These are lines of issued invoices, and again below 0 of those that were voided; of credit notes; what relief of tax
    for a write-off comes from; tax documents of top-ups; purchases as far as their tax is due on use, on the days on
    which their entries count: a use has the true date. What was written off is told as it was where one rate explains
    its tax, and is told from the tax of each rate where there are several. `entries` is where entries of documents are
    read (`entry`); `counted` says which of them count, and `used` which uses, with their entries.
    """
    return f"""
SELECT line.tax_rate_id, invoice.currency::text AS currency, entry.effective_date AS day,
       CASE entry.rule WHEN 'J02' THEN line.net_minor ELSE -line.net_minor END AS minor,
       entry.rule || line.id AS leaf, invoice.id AS part, entry.id AS entry_id, entry.rule::text AS rule
FROM {entries} entry JOIN invoices_invoice invoice ON invoice.id = entry.subject_id
JOIN invoices_invoiceline line ON line.invoice_id = invoice.id
WHERE entry.rule IN ('J02', 'J15') AND {counted}
UNION ALL
SELECT line.tax_rate_id, note.currency::text, entry.effective_date, -part.net_minor, 'J26' || part.id, note.id,
       entry.id, entry.rule::text
FROM {entries} entry JOIN invoices_creditnote note ON note.id = entry.subject_id
JOIN invoices_creditnoteline part ON part.credit_note_id = note.id
JOIN invoices_invoiceline line ON line.id = part.invoice_line_id
WHERE entry.rule = 'J26' AND {counted}
UNION ALL
SELECT document.tax_rate_id, wallet.currency::text, entry.effective_date,
       CASE entry.rule WHEN 'J16' THEN document.net_minor ELSE -document.net_minor END,
       entry.rule || document.id, lot.id, entry.id, entry.rule::text
FROM {entries} entry JOIN wallets_lot lot ON lot.allocation_id = entry.subject_id
JOIN wallets_wallet wallet ON wallet.id = lot.wallet_id
JOIN wallets_taxdocument document ON document.lot_id = lot.id
WHERE entry.rule IN ('J16', 'J17') AND {counted}
UNION ALL
SELECT posting.object_id, posting.currency::text, entry.effective_date,
       (CASE posting.side WHEN 'C' THEN 1 ELSE -1 END)
           * coalesce(whole.amount_minor, round(posting.amount_minor * 100 / rate.percent)::bigint),
       entry.rule || posting.id, entry.subject_id, entry.id, entry.rule::text
FROM {entries} entry JOIN ledger_posting posting ON posting.entry_id = entry.id AND posting.account = '2300'
JOIN catalog_taxrate rate ON rate.id = posting.object_id
LEFT JOIN ledger_posting whole ON whole.entry_id = entry.id AND whole.account = '6200'
    AND abs(whole.amount_minor * rate.percent - posting.amount_minor * 100) <= 100
WHERE entry.rule IN ('J12', 'J13') AND {counted}
UNION ALL
SELECT charge.tax_rate_id, payment.currency::text, entry.effective_date, used.gross_minor - used.tax_minor,
       'u' || lpad(used.id::text, 19, '0'), payment.id, NULL::uuid, NULL::text
FROM ledger_journalentry entry JOIN wallets_taxeduse used ON used.charge_id = entry.subject_id
    AND (used.gross_minor > 0) = (entry.rule = 'J18') AND entry.id = (
        SELECT own.id FROM ledger_journalentry own
        WHERE own.subject_id = used.charge_id AND own.rule = entry.rule AND own.effective_date >= used.used_date
        ORDER BY own.effective_date, own.id LIMIT 1
    )
JOIN wallets_charge charge ON charge.payment_id = used.charge_id
JOIN payments_payment payment ON payment.id = charge.payment_id
WHERE entry.rule IN ('J18', 'J19') AND {used}"""  # noqa: S608 - our own text


# What came in some ids. An entry counts once, with the first of its postings: one written beside it may have ids that
# lie between them.
_FRESH: Final = f"""
fresh AS MATERIALIZED (
    SELECT entry.id, entry.rule, entry.subject_id, entry.effective_date FROM ledger_journalentry entry
    WHERE entry.rule IN {_RULES} AND entry.id IN (
        SELECT entry_id FROM ledger_posting WHERE id > %(after)s AND id <= %(until)s
    ) AND NOT EXISTS (SELECT FROM ledger_posting early WHERE early.entry_id = entry.id AND early.id <= %(after)s)
), taken AS (
    SELECT day, tax_rate_id, currency, minor AS net_minor, 0 AS tax_minor
    FROM ({net("fresh", counted="TRUE", used="used.id > %(after_use)s AND used.id <= %(until_use)s")}) net
    UNION ALL
    SELECT entry.effective_date, posting.object_id, posting.currency, 0,
           CASE posting.side WHEN 'C' THEN posting.amount_minor ELSE -posting.amount_minor END
    FROM ledger_posting posting JOIN ledger_journalentry entry ON entry.id = posting.entry_id
    WHERE posting.account = '2300' AND posting.id > %(after)s AND posting.id <= %(until)s
)"""  # noqa: S608 - our own text
_FOLD: Final = f"""
WITH mark AS (
    UPDATE reports_taxmark SET posting_id = %(until)s, taxed_use_id = %(until_use)s WHERE id = 1
), {_FRESH}
INSERT INTO reports_taxday AS kept (day, tax_rate_id, currency, net_minor, tax_minor)
SELECT day, tax_rate_id, currency, sum(net_minor), sum(tax_minor) FROM taken GROUP BY 1, 2, 3
ON CONFLICT (day, tax_rate_id, currency) DO UPDATE
SET net_minor = kept.net_minor + excluded.net_minor, tax_minor = kept.tax_minor + excluded.tax_minor
"""  # noqa: S608 - our own text
_BEGIN: Final = "INSERT INTO reports_taxmark (id, posting_id, taxed_use_id) VALUES (1, 0, 0) ON CONFLICT DO NOTHING"
_MARK: Final = "SELECT posting_id, taxed_use_id FROM reports_taxmark"
_NEXT: Final = """
SELECT coalesce(max(id), %(until)s) FROM (
    SELECT id FROM {table} WHERE id > %(after)s AND id <= %(until)s ORDER BY id LIMIT %(limit)s
) next
"""
_DAYS: Final = "day >= %(first_day)s AND day <= %(last_day)s"
_SUMS: Final = f"""
WITH {_FRESH}, each AS (
    SELECT tax_rate_id, currency, net_minor, tax_minor FROM reports_taxday WHERE {_DAYS}
    UNION ALL SELECT tax_rate_id, currency, net_minor, tax_minor FROM taken WHERE {_DAYS}
)
SELECT each.currency, each.tax_rate_id, rate.name, rate.percent, rate.country, rate.category,
       sum(net_minor)::bigint AS net, sum(tax_minor)::bigint AS tax
FROM each JOIN catalog_taxrate rate ON rate.id = each.tax_rate_id
WHERE %(currency)s = '' OR each.currency = %(currency)s
GROUP BY 1, 2, 3, 4, 5, 6 HAVING sum(net_minor) <> 0 OR sum(tax_minor) <> 0
ORDER BY 1, rate.country, rate.percent DESC, rate.name
"""  # noqa: S608 - our own text
_NO_END: Final = 2**63 - 1


class Place(NamedTuple):
    """How far something is: the id of a posting, and that of a taxed use."""

    posting_id: int
    taxed_use_id: int


def sums(*, first_day: date | None, last_day: date | None, currency: str = "") -> list[dict[str, Any]]:
    """This function will add up what was taxed in some days, for each currency and rate.

    Rows have `currency`, the rate's `tax_rate_id`, `name`, `percent`, `country` and `category`, and `net` and `tax` in
    minor units.
    """
    with snapshot():
        # The mark as a value, and not as a question inside: the planner shall know how little lies behind it.
        row = fetch_one(_MARK, []) or {}
        return fetch(
            _SUMS,
            {
                "first_day": first_day or date.min,
                "last_day": last_day or date.max,
                "currency": currency,
                "after": row.get("posting_id", 0),
                "until": _NO_END,
                "after_use": row.get("taxed_use_id", 0),
                "until_use": _NO_END,
            },
        )


@needs_transaction
def settled_use() -> int | None:
    """This function will return the highest id of a taxed use, when none with a lower id can come any more.

    None says that somebody is charging for long: ask again later. Nobody charges until the transaction ends, so end it.
    """
    return settled_id("wallets_taxeduse")


@needs_transaction
def fold(*, until: Place, limit: int = CHUNK) -> Place:
    """This function will fold the next `limit` postings and uses, none behind `until`, and return up to where all is
    folded: `until` when nothing is left.

    `until` is what `ledger.folding.settled_until` and `settled_use` said: otherwise what is committed later would never
    be folded.
    """
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN)
        cursor.execute(f"{_MARK} FOR UPDATE")
        after, after_use = cursor.fetchone()

        def upto(table: str, begin: int, end: int) -> int:
            cursor.execute(_NEXT.format(table=table), {"after": begin, "until": end, "limit": limit})
            found: int = cursor.fetchone()[0]
            return found

        place = Place(
            upto("ledger_posting", after, max(until.posting_id, after)),
            upto("wallets_taxeduse", after_use, max(until.taxed_use_id, after_use)),
        )
        if place != (after, after_use):
            cursor.execute(
                _FOLD,
                {"after": after, "until": place.posting_id, "after_use": after_use, "until_use": place.taxed_use_id},
            )
    return place
