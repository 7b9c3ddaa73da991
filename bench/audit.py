"""How quick the audit is searched: each filter and search through the office's page, among ten million entries."""

import time
from pathlib import Path
from typing import Final

import click
from django.db import transaction

from bench.ground import query, site
from bench.load import settle_down, staff_cookie
from bench.timing import fetch, table, timed

RESULTS = Path(__file__).with_name("audit.md")
QUICK: Final = 100_000
TIMES: Final = 40
QUICK_TIMES: Final = 10
# The aim for the first page, at the 99th percentile.
AIM_MS: Final = 100
SLICE: Final = 500_000

# Of ten entries eight are of the system, two of sixty people and five programs. Each names a receipt by its number; one
# in fifty thousand of the people's tells of a chargeback, one in ten of a transfer.
_ENTRIES = """
INSERT INTO foundation_auditentry (at, actor_kind, actor_id, actor_label, action, object_kind, object_id, before, after)
SELECT now() - (%(all)s - n) * (interval '1826 days' / %(all)s),
    CASE WHEN n %% 10 < 8 THEN 'system' WHEN n %% 10 = 8 THEN 'staff' ELSE 'api_key' END,
    CASE WHEN n %% 10 < 8 THEN 'Tallystick' WHEN n %% 10 = 8 THEN 'member-' || n / 10 %% 60
         ELSE 'program-' || n / 10 %% 5 END,
    CASE WHEN n %% 10 < 8 THEN 'Tallystick' WHEN n %% 10 = 8 THEN 'Member ' || n / 10 %% 60
         ELSE 'Program ' || n / 10 %% 5 END,
    (ARRAY['record_payment', 'complete_payment', 'issue_invoice', 'allocate', 'edit_payment'])[1 + n / 10 %% 5],
    CASE WHEN n / 10 %% 5 = 2 THEN 'invoice' ELSE 'payment' END, gen_random_uuid(), NULL,
    jsonb_build_object(
        'total', n %% 100000, 'currency', 'EUR', 'receipt_number', 'R-' || lpad(n::text, 8, '0'), 'description',
        CASE WHEN hashint8extended(n, 1) %% 50000 = 0 THEN 'chargeback of ' WHEN n / 10 %% 10 = 0 THEN 'Transfer '
             ELSE 'Order ' END || md5((n %% 5000)::text)
    )
FROM generate_series(%(first)s, %(last)s) AS n
"""

_ASKED: Final = {
    "all": "",
    "a day of years ago": "day_from={day}&day_to={day}",
    "one member": "who=Member+17",
    "programs": "as=api_key",
    "people": "as=staff",
    "invoices": "kind=invoice",
    "payments by people": "kind=payment&as=staff",
    "what is called refund": "action=refund",
    "what is called record": "action=record",
    "search: receipt": "q={receipt}",
    "search: receipts, begun": "q=R-0",
    "search: rare word": "q=chargeback",
    "search: common word": "q=transfer",
    "search: word begun, very common": "q=tra",
    "search: rare and common word": "q=chargeback+of",
    "search: minor figures": "q={figures}",
    "search: word by one member": "q=chargeback&who=Member+17",
    "search: nothing": "q=zzzzzz",
}


def measure(*, quick: bool, entries: int) -> None:
    """This function will load, measure, show the figures, and write them to `audit.md` unless `quick`."""
    entries = QUICK if quick else entries
    load(entries)
    ((day, receipt),) = query(
        "SELECT at::date, after ->> 'receipt_number' FROM foundation_auditentry WHERE actor_kind = 'staff' "
        "ORDER BY at OFFSET 1000 LIMIT 1"
    )
    facts = {"day": day, "receipt": receipt, "figures": receipt[-4:]}
    headers = {"Cookie": staff_cookie()}
    rows = []
    with site(workers=1) as address:
        for what, asked in _ASKED.items():
            once = fetch(f"{address}/office/audit/?{asked.format(**facts)}", headers)
            took = timed(what, once, QUICK_TIMES if quick else TIMES)
            beyond = "" if took.at(99) <= AIM_MS else "above the aim"
            rows.append((what, f"{took.median_ms:.1f}", f"{took.at(99):.1f}", beyond))
    text = table(f"The audit of {entries:,} entries", ("what", "median ms", "p99 ms", f"aim {AIM_MS} ms"), rows)
    if not quick:
        RESULTS.write_text(text)


def load(entries: int) -> None:
    """This function will fill the audit of an empty installation, and leave it vacuumed and analysed."""
    dropped = query(
        "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index "
        "WHERE indrelid = 'foundation_auditentry'::regclass AND NOT indisunique"
    )
    for name, _ in dropped:
        query(f"DROP INDEX {name}")
    for first in range(1, entries + 1, SLICE):
        began = time.monotonic()
        last = min(first + SLICE - 1, entries)
        with transaction.atomic():
            query(_ENTRIES, {"all": entries, "first": first, "last": last})
        click.echo(f"  {last:,} entries ({time.monotonic() - began:.0f} s)")
    for _, definition in dropped:
        began = time.monotonic()
        query(definition.replace("%", "%%"))
        click.echo(f"  {definition.split(' ON ')[0]} ({time.monotonic() - began:.0f} s)")
    settle_down()
