"""The general journal of a month as CSV: every posting, written by the database and streamed, whatever its length."""

import csv
import json
from collections.abc import Iterator, Sequence
from datetime import date
from io import StringIO
from typing import Any, Final

from django.db import connection

from tallystick.foundation.transactions import snapshot
from tallystick.ledger.accounts import CHART
from tallystick.ledger.periods import last_day
from tallystick.ledger.queries import base_currency
from tallystick.money.currencies import all_currencies, exponent
from tallystick.reports.payment_files import Cell

# So many bytes are handed on at once.
_BLOCK: Final = 65_536
_CUSTOMER: Final = Cell("customer", "customer.number", "people")
_ROWS: Final = f"""
SELECT entry.effective_date, 'jrn_' || replace(entry.id::text, '-', ''), entry.rule, posting.account,
       %(names)s::jsonb ->> posting.account, {_CUSTOMER.as_csv}, posting.currency,
       CASE posting.side WHEN 'D' THEN posting.amount_minor * scale.unit END,
       CASE posting.side WHEN 'C' THEN posting.amount_minor * scale.unit END,
       CASE posting.side WHEN 'D' THEN posting.base_minor * %(base_unit)s::numeric END,
       CASE posting.side WHEN 'C' THEN posting.base_minor * %(base_unit)s::numeric END,
       to_char(entry.recorded_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')
FROM ledger_journalentry AS entry
JOIN ledger_posting AS posting ON posting.entry_id = entry.id
JOIN LATERAL (SELECT (%(units)s::jsonb ->> posting.currency)::numeric AS unit) AS scale ON TRUE
LEFT JOIN customers_customer AS customer ON customer.id = posting.customer_id
WHERE entry.effective_date BETWEEN %(first)s AND %(last)s
ORDER BY entry.effective_date, entry.id, posting.id
"""  # noqa: S608 - our own words


def csv_blocks(month: date, *, headings: Sequence[str]) -> Iterator[bytes]:
    """This function will return the postings of a month, given by its first day, as CSV in UTF-8, block by block.

    Amounts are in major units, with the places of their currency; debits and credits stand in columns of their own.
    There are as many `headings` as columns: day, entry, rule, account, its name, customer, currency, debit, credit,
    debit and credit in base currency, and the moment at which it was recorded.
    """
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(headings)
    waiting = bytearray(line.getvalue().encode())
    values = {
        "names": json.dumps({code: account.name for code, account in CHART.items()}),
        "units": json.dumps({code: _unit(code) for code in all_currencies()}),
        "base_unit": _unit(base_currency()),
        "first": month,
        "last": last_day(month),
    }
    with snapshot(), connection.cursor() as cursor:
        driver: Any = cursor.cursor
        with driver.copy(f"COPY ({_ROWS}) TO STDOUT (FORMAT CSV)", values) as rows:
            for row in rows:
                waiting += row
                if len(waiting) >= _BLOCK:
                    yield bytes(waiting)
                    waiting.clear()
    yield bytes(waiting)


def _unit(currency: str) -> str:
    """One minor unit in major ones, with all its places: 0.01 for EUR, 1 for JPY."""
    places = exponent(currency)
    return "1" if places == 0 else f"0.{1:0{places}d}"
