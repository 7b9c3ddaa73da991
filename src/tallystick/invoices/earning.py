"""Earning deferred revenue (J03): month by month, straight line by day over what is left of each line's period.

What a line has left in account 2400 is spread over the days of its period that are not earned yet, so that the parts
add up to what was deferred, whatever credit notes took in between. A run goes through the lines in chunks; at its end
it posts one entry for each product and currency, and the parts stay as the detail beside it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from tallystick.foundation.errors import Conflict, NotFound
from tallystick.foundation.months import months_after
from tallystick.foundation.rows import execute, fetch, fetch_one
from tallystick.foundation.transactions import needs_transaction
from tallystick.invoices import posting_rules
from tallystick.invoices.models import EarnedPart, Invoice, RevenueRun
from tallystick.invoices.posting_rules import EarnedSum
from tallystick.ledger import operations as ledger
from tallystick.ledger.periods import last_day
from tallystick.ledger.queries import closed_until

# As `posting_rules.revenue_account` decides it, and as the index `deferred_lines` has it.
_DEFERRED: Final = "NOT line.is_fee AND line.period_end > line.period_start + interval '1 month'"

_DUE: Final = f"""
SELECT line.id, line.invoice_id
FROM invoices_invoiceline AS line JOIN invoices_invoice AS invoice ON invoice.id = line.invoice_id
WHERE {_DEFERRED} AND line.period_start <= %(last)s AND (%(after)s::uuid IS NULL OR line.id > %(after)s)
    AND invoice.kind = 'invoice' AND invoice.state = 'issued' AND invoice.invoice_date <= %(last)s
    AND NOT EXISTS (
        SELECT FROM invoices_earnedpart AS part
        WHERE part.line_id = line.id AND (part.is_last OR part.earned_until > %(last)s)
    )
ORDER BY line.id LIMIT %(limit)s
"""  # noqa: S608 - our own words
_FIRST_DAY: Final = f"""
SELECT min(line.period_start) AS day
FROM invoices_invoiceline AS line JOIN invoices_invoice AS invoice ON invoice.id = line.invoice_id
WHERE {_DEFERRED} AND invoice.kind = 'invoice' AND invoice.state = 'issued'
"""  # noqa: S608
# A credit note locks its invoice, too: of what a line has deferred, each unit leaves once.
_LOCK: Final = "SELECT id FROM invoices_invoice WHERE id = ANY(%s) ORDER BY id FOR NO KEY UPDATE"

_EARN: Final = """
WITH wanted AS (
    SELECT * FROM unnest(%(lines)s::uuid[], %(products)s::uuid[]) AS each (line_id, product_id)
), posted AS (
    SELECT object_id AS line_id, min(currency) AS currency,
           sum(CASE side WHEN 'C' THEN amount_minor ELSE -amount_minor END) AS minor,
           sum(CASE side WHEN 'C' THEN base_minor ELSE -base_minor END) AS base
    FROM ledger_posting WHERE object_id = ANY(%(lines)s) AND account = '2400' GROUP BY 1
), earned AS (
    SELECT line_id, sum(minor) AS minor, sum(base_minor) AS base, max(earned_until) AS earned_until
    FROM invoices_earnedpart WHERE line_id = ANY(%(lines)s) GROUP BY 1
), held AS (
    SELECT wanted.line_id, wanted.product_id, posted.currency,
           posted.minor - coalesce(earned.minor, 0) AS minor,
           posted.base - coalesce(earned.base, 0) AS base,
           ends.day - since.day AS of_days, least(ends.day, %(last)s::date + 1) - since.day AS days,
           greatest(since.day, least(ends.day, %(last)s::date + 1)) AS until, ends.day <= %(last)s::date + 1 AS is_over
    FROM wanted
    JOIN invoices_invoiceline AS line ON line.id = wanted.line_id
    JOIN posted ON posted.line_id = wanted.line_id
    LEFT JOIN earned ON earned.line_id = wanted.line_id
    CROSS JOIN LATERAL (SELECT greatest(line.period_start, earned.earned_until) AS day) AS since
    CROSS JOIN LATERAL (
        -- A service that ended early is delivered by then.
        SELECT least(line.period_end, min(ended_date)) AS day FROM invoices_creditnoteline
        WHERE invoice_line_id = line.id
    ) AS ends
), share AS (
    -- Half up, as `money.split.pro_rata`; on the last day everything that is left.
    SELECT *, CASE
        WHEN is_over THEN minor ELSE sign(minor) * div(2 * abs(minor) * days + of_days, 2 * of_days)
    END AS part
    FROM held WHERE minor <> 0 AND (days > 0 OR is_over)
)
INSERT INTO invoices_earnedpart
    (run_id, line_id, product_id, currency, minor, base_minor, earned_until, is_last)
SELECT %(run)s, line_id, product_id, currency, part,
       CASE
           WHEN base * minor <= 0 THEN 0
           WHEN part = minor THEN base
           ELSE sign(base) * div(2 * abs(base) * abs(part) + abs(minor), 2 * abs(minor))
       END,
       until, part = minor
FROM share WHERE part <> 0
"""
_SUMS: Final = """
SELECT product_id, currency,
       coalesce(sum(minor) FILTER (WHERE minor > 0), 0)::bigint AS earned_minor,
       coalesce(sum(base_minor) FILTER (WHERE minor > 0), 0)::bigint AS earned_base,
       coalesce(-sum(minor) FILTER (WHERE minor < 0), 0)::bigint AS lowered_minor,
       coalesce(-sum(base_minor) FILTER (WHERE minor < 0), 0)::bigint AS lowered_base
FROM invoices_earnedpart WHERE run_id = %s GROUP BY 1, 2 ORDER BY 1, 2
"""


@dataclass(kw_only=True, eq=False)
class MonthIsClosed(Conflict):
    """Nothing can be earned in a closed month any more."""

    code: ClassVar[str] = "month_is_closed"
    sentence: ClassVar[str] = (
        "The books are closed up to {until}. What was not earned by then is earned in a later month."
    )
    field: ClassVar[str | None] = "month"

    until: date


@dataclass(kw_only=True, eq=False)
class RevenueIsEarned(Conflict):
    """A part of the invoice is in the revenue of a month that was run."""

    code: ClassVar[str] = "revenue_is_earned"
    sentence: ClassVar[str] = "Revenue of this invoice is earned already. Issue a credit note instead."

    invoice_id: UUID


@dataclass(kw_only=True, eq=False)
class InvoiceMonthIsClosed(Conflict):
    """The invoice belongs to a month of which the books are closed."""

    code: ClassVar[str] = "invoice_month_is_closed"
    sentence: ClassVar[str] = (
        "The books are closed up to {until}, with this invoice in them. Issue a credit note instead."
    )

    invoice_id: UUID
    until: date


@dataclass(frozen=True, slots=True, kw_only=True)
class DueLine:
    """A line of which a run may earn something, and its invoice."""

    id: UUID
    invoice_id: UUID


@needs_transaction
def begin(month: date, *, at: datetime, by: str) -> list[UUID]:
    """This function will begin the run of a month, given by its first day, and of those before it that had none.

    Returns their ids, the earliest month first. A month that was run before is run again for what came since; a run of
    it that goes on is returned as it is.

    Raises:
        MonthIsClosed: when the month is closed.
    """
    until = closed_until()
    if until is not None and month <= until:
        raise MonthIsClosed(until=until)
    months, first = [month], _first_month(until)
    while (earlier := months_after(months[0], -1, day=1)) >= first:
        months.insert(0, earlier)
    begun = {"begun_at": at, "begun_by": by}
    # Of several who begin at once one makes the run, and the others find it.
    runs = RevenueRun.objects.select_for_update()
    return [runs.get_or_create(month=each, finished_at=None, defaults=begun)[0].id for each in months]


def _first_month(until: date | None) -> date:
    """The first month that has to be run: behind the last one that was, behind what is closed, or the very first."""
    last = RevenueRun.objects.filter(finished_at__isnull=False).order_by("-month").values_list("month", flat=True)
    ends = [end for end in (until, last_day(last[0]) if last else None) if end is not None]
    if ends:
        return max(ends) + timedelta(days=1)
    row = fetch_one(_FIRST_DAY, [])
    day: date | None = row["day"] if row else None
    return date.max if day is None else day.replace(day=1)


@needs_transaction
def locked_run(run_id: UUID) -> RevenueRun:
    """This function will lock a run until the transaction ends: its steps follow one another.

    Raises:
        NotFound: when there is none.
    """
    run = RevenueRun.objects.select_for_update().filter(id=run_id).first()
    if run is None:
        raise NotFound(kind="revenue run")
    return run


def due(run: RevenueRun, *, limit: int) -> list[DueLine]:
    """This function will return the next lines of which the run may earn something, in order."""
    values = {"last": last_day(run.month), "after": run.position, "limit": limit}
    return [DueLine(**row) for row in fetch(_DUE, values)]


@needs_transaction
def earn(run: RevenueRun, lines: Sequence[DueLine], products: Mapping[UUID, UUID]) -> None:
    """This function will write what the run earns of each of these lines; `products` says what is sold on which line.

    It locks their invoices. Nothing is posted before `finish`.
    """
    fetch(_LOCK, [[line.invoice_id for line in lines]])
    ids = [line.id for line in lines]
    execute(
        _EARN,
        {"run": run.id, "lines": ids, "products": [products.get(each) for each in ids], "last": last_day(run.month)},
    )
    run.position = ids[-1]
    run.save(update_fields=["position"])


@needs_transaction
def finish(run: RevenueRun, *, at: datetime) -> None:
    """This function will post what the run earned, one entry for each product and currency, dated the month's last day.

    A month that was closed since the run began has its first open day.
    """
    sums = [EarnedSum(**row) for row in fetch(_SUMS, [run.id])]
    drafts = [posting_rules.earn(each, run_id=run.id) for each in sums]
    ledger.post(drafts, effective_date=last_day(run.month), at=at)
    run.finished_at = at
    run.save(update_fields=["finished_at"])


def needs_run(month: date) -> bool:
    """This function will say whether a month, given by its first day, has a run that goes on, or something to earn and
    no finished run.
    """
    run = RevenueRun.objects.filter(month=month).order_by("-begun_at", "-id").first()
    if run is not None:
        return run.finished_at is None
    return bool(fetch(_DUE, {"last": last_day(month), "after": None, "limit": 1}))


def earned_of(line_id: UUID) -> tuple[int, int]:
    """This function will return what was earned of a line, in minor units and in base with its sign, posted or about to
    be.
    """
    row = fetch_one(
        "SELECT coalesce(sum(minor), 0)::bigint AS minor, coalesce(sum(base_minor), 0)::bigint AS base "
        "FROM invoices_earnedpart WHERE line_id = %s",
        [line_id],
    )
    return (int(row["minor"]), int(row["base"])) if row else (0, 0)


def require_not_in_closed_books(invoice: Invoice) -> None:
    """This function will refuse an invoice that cannot be voided any more, but credited (J15; `docs/model.md`, 23).

    Raises:
        InvoiceMonthIsClosed: when its invoice date lies in a closed month.
        RevenueIsEarned: when a run has earned a part of it.
    """
    until = closed_until()
    if until is not None and invoice.invoice_date is not None and invoice.invoice_date <= until:
        raise InvoiceMonthIsClosed(invoice_id=invoice.id, until=until)
    if EarnedPart.objects.filter(line__invoice_id=invoice.id).exists():
        raise RevenueIsEarned(invoice_id=invoice.id)


def last_run(month: date) -> dict[str, Any] | None:
    """This function will return the newest run of a month, given by its first day, or None."""
    columns = ("id", "month", "begun_at", "begun_by", "finished_at")
    rows = RevenueRun.objects.filter(month=month).order_by("-begun_at", "-id")
    found: dict[str, Any] | None = rows.values(*columns).first()
    return found


def earned_sums(run_id: UUID) -> list[dict[str, Any]]:
    """This function will return what a run earned: `product_id`, `currency`, `minor`, and of how many lines."""
    return fetch(
        "SELECT product_id, currency, sum(minor)::bigint AS minor, count(*) AS lines FROM invoices_earnedpart "
        "WHERE run_id = %s GROUP BY 1, 2 ORDER BY 2, 1",
        [run_id],
    )


def unfinished() -> UUID | None:
    """This function will return the run of the earliest month that goes on, or None."""
    rows = RevenueRun.objects.filter(finished_at=None).order_by("month").values_list("id", flat=True)
    return rows.first()
