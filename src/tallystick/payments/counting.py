"""Payments as reports count them (`docs/model.md`, 30): what is expected or was received, and is not reversed.

Each counts on one day: the received date of what is completed; of anything else the due date, or where it has none the
day on which it was made. Sums of days are kept, and what changed since stands beside them, so that a sum over ten
million payments reads some thousand rows and is exact at every moment.
"""

from collections.abc import Callable, Sequence
from datetime import date
from typing import Any, Final, Literal
from uuid import UUID

from django.db import connection

from tallystick.foundation.clock import business_zone
from tallystick.foundation.rows import fetch, fetch_one
from tallystick.foundation.transactions import needs_transaction

# What reports count, and the day on which it counts, in the time zone that is put in the place of `%s`.
COUNTED: Final = "p.kind IN ('scheduled', 'receipt') AND p.reversed_at IS NULL AND p.deleted_at IS NULL"
COUNTED_DAY: Final = (
    "CASE WHEN p.status = 'completed' THEN p.received_date "
    "ELSE coalesce(p.due_date, (p.created_at AT TIME ZONE %s)::date) END"
)
Fact = Literal["day", "week", "month", "status", "kind", "method", "reason", "group"]
_FACTS: Final[dict[Fact, str]] = {
    "day": "counted.day",
    # A moment without a zone: with one, each row would ask what the zone was on that day.
    "week": "date_trunc('week', counted.day::timestamp)::date",
    "month": "date_trunc('month', counted.day::timestamp)::date",
    "status": "counted.status",
    "kind": "counted.kind",
    "method": "counted.method",
    "reason": "counted.reason",
    "group": "counted.group_id",
}
# The facts of a payment or of a change of one (`p`), and the group of the invoice that it is expected for.
_FACTS_OF_ONE: Final = f"""{COUNTED_DAY.replace("%s", "%(zone)s")} AS day, p.currency::text AS currency,
       p.kind::text AS kind, p.status::text AS status, p.method::text AS method,
       CASE WHEN p.status = 'failed' THEN p.failure_code ELSE '' END::text AS reason"""
_KEY: Final = f"{_FACTS_OF_ONE}, invoice.group_id"
_INVOICE: Final = "LEFT JOIN invoices_invoice invoice ON invoice.id = p.invoice_id"
_ROWS: Final = f"""
SELECT {_KEY}, 1 AS payments, p.total_minor AS minor FROM payments_payment p {_INVOICE}
WHERE {COUNTED} AND (%(customer)s::uuid IS NULL OR p.customer_id = %(customer)s)"""  # noqa: S608 - our own text
# Without groups, all that is asked of a customer's payments stands in an index of theirs.
_ROWS_UNGROUPED: Final = _ROWS.replace(_KEY, f"{_FACTS_OF_ONE}, NULL::uuid AS group_id").replace(_INVOICE, "")
_CHANGES: Final = f"""
SELECT {_KEY}, p.sign AS payments, p.sign * p.total_minor AS minor
FROM payments_paymentchange p {_INVOICE}"""  # noqa: S608 - our own text
_NARROWED: Final = """
(%(first_day)s::date IS NULL OR counted.day >= %(first_day)s)
AND (%(last_day)s::date IS NULL OR counted.day <= %(last_day)s)
AND (%(currency)s = '' OR counted.currency = %(currency)s)
AND (%(group)s::uuid IS NULL OR counted.group_id = %(group)s)"""
# Nobody else adds up meanwhile. A lock of a table comes before the moment that a transaction sees.
_LOCK: Final = "LOCK TABLE payments_countingstate IN SHARE ROW EXCLUSIVE MODE"
_INTO: Final = """
INSERT INTO payments_dailysum AS kept (day, currency, kind, status, method, reason, group_id, payments, minor)"""
_ADDED: Final = """
ON CONFLICT ON CONSTRAINT one_sum_per_day_and_facts
DO UPDATE SET payments = kept.payments + excluded.payments, minor = kept.minor + excluded.minor"""
# The rows of some pages of the table.
_BUILD: Final = f"""
WITH counted AS ({_ROWS} AND p.ctid >= %(first)s::tid AND p.ctid < %(next)s::tid)
{_INTO} SELECT day, currency, kind, status, method, reason, group_id, count(*), sum(minor) FROM counted
GROUP BY 1, 2, 3, 4, 5, 6, 7 {_ADDED}"""  # noqa: S608 - our own text
_PAGES: Final = "SELECT pg_relation_size('payments_payment') / current_setting('block_size')::bigint AS pages"
# So many pages are added up before it is told how far it is: 128 MB.
_PAGES_AT_ONCE: Final = 16_384
_MOST_PAGES: Final = 2**32 - 1
_FOLD: Final = f"""
WITH taken AS (
    DELETE FROM payments_paymentchange WHERE id IN (SELECT id FROM payments_paymentchange ORDER BY id LIMIT %(limit)s)
    RETURNING *
), counted AS (SELECT {_KEY}, p.sign AS payments, p.sign * p.total_minor AS minor FROM taken p {_INVOICE}), folded AS (
    {_INTO}
    SELECT day, currency, kind, status, method, reason, group_id, sum(payments), sum(minor) FROM counted
    GROUP BY 1, 2, 3, 4, 5, 6, 7 {_ADDED}
)
SELECT count(*) AS taken FROM taken"""  # noqa: S608 - our own text


def sums(
    *,
    by: Sequence[Fact],
    first_day: date | None = None,
    last_day: date | None = None,
    currency: str = "",
    customer_id: UUID | None = None,
    group_id: UUID | None = None,
) -> list[dict[str, Any]]:
    """This function will count what reports count, and add it up, for each currency and each set of facts.

    Rows have `currency`, the facts by their names, `count`, and `minor` in minor units; they are in that order. A week
    is its Monday, a month its first day. A `reason` is that of what failed, and empty of anything else. The payments of
    one customer are read themselves; so are all, until there are sums of days.
    """
    named = "".join(f", {_name(fact)}" for fact in by)
    facts = "".join(f", {_FACTS[fact]} AS {_name(fact)}" for fact in by)
    places = ", ".join(str(place) for place in range(1, len(by) + 2))
    zone = _kept_zone()
    is_kept = zone is not None and customer_id is None
    rows = _ROWS if "group" in by or group_id is not None else _ROWS_UNGROUPED
    # Added up where the planner knows how few sets of facts there are: of all together it would sort every row.
    kept = f"""
SELECT counted.currency{facts}, sum(payments) AS payments, sum(minor) AS minor FROM payments_dailysum counted
WHERE {_NARROWED} GROUP BY {places} UNION ALL"""  # noqa: S608 - our own text
    return fetch(
        f"""
WITH found AS ({kept if is_kept else ""}
SELECT counted.currency{facts}, payments, minor FROM ({_CHANGES if is_kept else rows}) AS counted WHERE {_NARROWED})
SELECT currency::text AS currency{named}, sum(payments)::bigint AS count, sum(minor)::bigint AS minor FROM found
GROUP BY {places} HAVING sum(payments) <> 0 ORDER BY {places}""",  # noqa: S608 - our own text
        {
            "zone": zone or business_zone().key,
            "currency": currency,
            "customer": customer_id,
            "group": group_id,
            "first_day": first_day,
            "last_day": last_day,
        },
    )


def counting_zone() -> str:
    """This function will return the time zone in which the day of making is told: that of the sums that are kept."""
    return _kept_zone() or business_zone().key


def needs_building() -> bool:
    """This function will say whether there are no sums of days yet, or their days are of another time zone."""
    return _kept_zone() != business_zone().key


@needs_transaction
def build(*, told: Callable[[int, int], None] = lambda _done, _all: None) -> None:
    """This function will add up all payments anew; it takes some seconds for each million of them.

    Payments go on meanwhile: the sums, and the changes that they make needless, are of one moment, if the transaction
    is `steady`; later ones stay. `told` hears of how many pages of the table how many are added up.
    """
    zone = business_zone().key
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute("DELETE FROM payments_paymentchange")
        cursor.execute("DELETE FROM payments_dailysum")
        cursor.execute(_PAGES)
        pages: int = cursor.fetchone()[0]
        for first in range(0, max(pages, 1), _PAGES_AT_ONCE):
            after = first + _PAGES_AT_ONCE
            # What was appended since is not seen, but rows of this transaction may stand there.
            last = after if after < pages else _MOST_PAGES
            cursor.execute(_BUILD, {"zone": zone, "customer": None, "first": f"({first},0)", "next": f"({last},0)"})
            told(min(after, pages), pages)
        cursor.execute(
            "INSERT INTO payments_countingstate (id, zone) VALUES (TRUE, %s) "
            "ON CONFLICT (id) DO UPDATE SET zone = excluded.zone",
            [zone],
        )


@needs_transaction
def fold(*, limit: int = 10_000) -> int:
    """This function will fold up to `limit` changes into the sums of their days, and return how many it took."""
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
        cursor.execute(_FOLD, {"limit": limit, "zone": counting_zone()})
        taken: int = cursor.fetchone()[0]
        if taken:
            cursor.execute("DELETE FROM payments_dailysum WHERE payments = 0 AND minor = 0")
    return taken


def _kept_zone() -> str | None:
    row = fetch_one("SELECT zone FROM payments_countingstate", [])
    return None if row is None else str(row["zone"])


def _name(fact: Fact) -> str:
    return "group_id" if fact == "group" else fact
