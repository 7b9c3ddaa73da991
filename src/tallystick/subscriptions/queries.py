"""Reading subscriptions, what is billed of them, what is to come, and what they brought in."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from tallystick.catalog.queries import TaxRateFacts, prices_by_id, tax_rates_by_id
from tallystick.foundation.errors import NotFound
from tallystick.foundation.paging import Page, page
from tallystick.foundation.rows import fetch, fetch_for
from tallystick.money.rounding import half_up
from tallystick.subscriptions import plans, references
from tallystick.subscriptions.models import BilledPeriod, ContractFile, Subscription, SubscriptionEvent
from tallystick.subscriptions.proration import CreditableDays, Plan, Upcoming, income_share, upcoming
from tallystick.subscriptions.states import DRAFT, PAUSED

FIELDS = (
    "id",
    "number",
    "state",
    "customer_id",
    "customer__name",
    "variant_id",
    "price_id",
    "description",
    "quantity",
    "unit_price_minor",
    "currency",
    "prices_include_tax",
    "tax_rate_id",
    "frequency",
    "collection",
    "start_date",
    "billing_start_date",
    "anchor_date",
    "anchor_day",
    "contract_months",
    "end_date",
    "early_return_fee_minor",
    "next_period_start",
    "paused_date",
    "resume_date",
    "cancelled_at",
    "cancel_reason",
    "remark",
    "created_at",
    "activated_at",
)
_WAITING = (
    "SELECT subscription_id, effective_date, price_id, quantity, created_at FROM subscriptions_planchange "
    "WHERE subscription_id = ANY(%s) AND applied_at IS NULL AND withdrawn_at IS NULL"
)
_PERIOD_FIELDS = (
    "id",
    "period_start",
    "period_end",
    "billed_at",
    "invoice_id",
    "invoice__number",
    "invoice__state",
    "invoice__due_date",
    "line_id",
    "line__net_minor",
    "line__tax_minor",
)
_FILE_FIELDS = ("id", "subscription_id", "name", "media_type", "size", "sha256", "added_at", "added_by")

# The lines of a subscription, each with what of it and before it on its invoice no credit note has taken, and what of
# the invoice was paid: by money, or by credit that came from elsewhere, but no more than is still claimed.
_LINES = """
WITH own AS (
    SELECT line_id, invoice_id FROM subscriptions_billedperiod WHERE subscription_id = %(id)s
    UNION
    SELECT line_id, invoice_id FROM subscriptions_adjustmentline WHERE subscription_id = %(id)s
), counted AS (
    SELECT line.id, line.invoice_id, line.is_fee,
        line.net_minor - COALESCE(credited.net, 0) AS net_minor,
        line.net_minor + line.tax_minor - COALESCE(credited.gross, 0) AS gross_minor,
        SUM(line.net_minor - COALESCE(credited.net, 0))
            OVER (PARTITION BY line.invoice_id ORDER BY line.position)::bigint AS net_until_minor
    FROM invoices_invoiceline AS line
    LEFT JOIN LATERAL (
        SELECT SUM(part.net_minor)::bigint AS net, SUM(part.net_minor + part.tax_minor)::bigint AS gross
        FROM invoices_creditnoteline AS part WHERE part.invoice_line_id = line.id
    ) AS credited ON true
    WHERE line.invoice_id IN (SELECT invoice_id FROM own)
)
SELECT counted.id, counted.invoice_id, counted.is_fee, counted.net_minor, counted.gross_minor,
    counted.net_until_minor - counted.net_minor AS net_before_minor,
    invoice.total_minor - invoice.credit_noted_minor - invoice.written_off_minor AS left_minor,
    LEAST(
        invoice.total_minor - invoice.credit_noted_minor - invoice.written_off_minor,
        invoice.wallet_minor + COALESCE((
            SELECT SUM(allocation.amount_minor) FROM allocations_allocation AS allocation
            LEFT JOIN invoices_creditnote AS note ON note.id = allocation.credit_note_id
            WHERE allocation.invoice_id = invoice.id AND allocation.released_at IS NULL
                AND note.invoice_id IS DISTINCT FROM invoice.id
        ), 0)
    )::bigint AS paid_minor
FROM counted JOIN invoices_invoice AS invoice ON invoice.id = counted.invoice_id
WHERE invoice.state = 'issued' AND counted.id IN (SELECT line_id FROM own)
"""


@dataclass(frozen=True)
class SubscriptionFilter:
    """Which subscriptions a list shows. Empty fields do not narrow; of several values any one fits."""

    customer_id: UUID | None = None
    state: str | tuple[str, ...] = ""
    variant_id: UUID | None = None
    product_id: UUID | None = None
    price_id: UUID | None = None
    frequency: str | tuple[str, ...] = ""
    currency: str | tuple[str, ...] = ""
    search: str = ""
    # Only subscriptions of these customers; None does not narrow.
    customer_ids: tuple[UUID, ...] | None = None


@dataclass(frozen=True, kw_only=True)
class Income:
    """What a subscription brought in until now, net of tax, in minor units; and what it has to recover (E6)."""

    currency: str
    income_minor: int
    # The variant's cost times the quantity; None when it is not known, or known in another currency.
    cost_minor: int | None


def subscription(subscription_id: UUID, *, of_customer: UUID | None = None) -> dict[str, Any]:
    """This function will return a subscription's columns, narrowed to a customer's own when one is given.

    Raises:
        NotFound: when there is none.
    """
    rows = Subscription.objects.filter(id=subscription_id)
    if of_customer is not None:
        rows = rows.filter(customer_id=of_customer).exclude(state=DRAFT)
    row: dict[str, Any] | None = rows.values(*FIELDS).first()
    if row is None:
        raise NotFound(kind="subscription")
    return row


def subscriptions_page(wanted: SubscriptionFilter, *, cursor: str = "", limit: int = 50) -> Page:
    """This function will return a page of subscriptions, newest first; `search` finds number, customer and product."""
    return page(_narrowed(wanted).values(*FIELDS), order=("-created_at", "-id"), cursor=cursor, limit=limit)


def count(wanted: SubscriptionFilter) -> dict[str, int]:
    """This function will return how many subscriptions fit, for each state that has any."""
    rows = _narrowed(wanted).values("state").annotate(found=Count("id")).order_by("state")
    return {row["state"]: row["found"] for row in rows}


def by_ids(subscription_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the columns of several subscriptions by id."""
    rows = Subscription.objects.filter(id__in=set(subscription_ids)).values(*FIELDS)
    return {row["id"]: row for row in rows}


def of_invoices(invoice_ids: Iterable[UUID]) -> dict[UUID, UUID]:
    """This function will return the subscription that each invoice is for; those of none or of several are left out."""
    return {invoice_id: each.id for invoice_id, each in references.of_invoices(invoice_ids).items()}


def invoice_ids(subscription_id: UUID) -> list[UUID]:
    """This function will return the invoices on which something of a subscription stands."""
    rows = fetch(
        "SELECT invoice_id FROM subscriptions_billedperiod WHERE subscription_id = %(id)s "
        "UNION SELECT invoice_id FROM subscriptions_adjustmentline WHERE subscription_id = %(id)s",
        {"id": subscription_id},
    )
    return [row["invoice_id"] for row in rows]


def invoices_of_number(number: str) -> list[UUID]:
    """This function will return the invoices on which something of the subscription with a number stands."""
    found = numbered(number)
    return invoice_ids(found) if found else []


def numbered(number: str) -> UUID | None:
    """This function will return the subscription with a number, or None."""
    return Subscription.objects.filter(number=number.strip().upper()).values_list("id", flat=True).first()


def waiting_changes(subscription_ids: Iterable[UUID]) -> dict[UUID, dict[str, Any]]:
    """This function will return the change of plan that waits for the renewal of each subscription, if one does."""
    return {row["subscription_id"]: row for row in fetch_for(_WAITING, subscription_ids)}


def periods(subscription_id: UUID) -> list[dict[str, Any]]:
    """This function will return the billed periods of a subscription, newest first, with invoice and line."""
    rows = BilledPeriod.objects.filter(subscription_id=subscription_id).order_by("-period_start", "-period_end")
    return [dict(row) for row in rows.values(*_PERIOD_FIELDS)]


def timeline(subscription_id: UUID) -> list[dict[str, Any]]:
    """This function will return what happened to a subscription, oldest first."""
    rows = SubscriptionEvent.objects.filter(subscription_id=subscription_id).order_by("id")
    return [dict(row) for row in rows.values("at", "event", "from_state", "to_state", "actor_label", "detail")]


def files(subscription_id: UUID) -> list[dict[str, Any]]:
    """This function will return the contract files of a subscription without their content, oldest first."""
    rows = ContractFile.objects.filter(subscription_id=subscription_id, removed_at=None).order_by("added_at", "id")
    return list(rows.values(*_FILE_FIELDS))


def file_content(file_id: UUID, *, of_subscription: UUID) -> tuple[dict[str, Any], bytes]:
    """This function will return a contract file's columns and its content.

    Raises:
        NotFound: when there is none, or it was removed.
    """
    rows = ContractFile.objects.filter(id=file_id, subscription_id=of_subscription, removed_at=None)
    row: dict[str, Any] | None = rows.values(*_FILE_FIELDS, "content").first()
    if row is None:
        raise NotFound(kind="contract file")
    return row, bytes(row.pop("content"))


def plan_of(row: Mapping[str, Any]) -> Plan:
    """This function will return the plan in a subscription's columns."""
    return _plan(row, tax_rates_by_id([row["tax_rate_id"]]))


def _plan(row: Mapping[str, Any], rates: Mapping[UUID, TaxRateFacts]) -> Plan:
    names = Plan.__dataclass_fields__.keys() - {"tax_percent"}
    return Plan(tax_percent=rates[row["tax_rate_id"]].percent, **{name: row[name] for name in names})


def periods_to_come(row: Mapping[str, Any]) -> Iterable[Upcoming]:
    """This function will return the periods of a subscription that are not billed yet, as they will be (E2).

    A draft is told as if it were activated. Without an end there is no last one; a pause without a day to resume has
    nothing to come.
    """
    return all_periods_to_come([row])[row["id"]]


def all_periods_to_come(
    rows: Sequence[Mapping[str, Any]], *, since: date | None = None
) -> dict[UUID, Iterable[Upcoming]]:
    """This function will return the periods to come of several subscriptions by id, in as many queries as for one.

    With `since` periods that end on that day or before may be left out, so that nobody computes years to skip them.
    """
    changes = waiting_changes(row["id"] for row in rows)
    prices = prices_by_id(change["price_id"] for change in changes.values())
    used = {row["tax_rate_id"] for row in rows} | {price.tax_rate_id for price in prices.values()}
    rates = tax_rates_by_id(used)
    found: dict[UUID, Iterable[Upcoming]] = {}
    for row in rows:
        change, start = changes.get(row["id"]), _first_to_come(row)
        if start is None:
            found[row["id"]] = ()
            continue
        plan, then = _plan(row, rates), None
        if change is not None:
            day = max(start, change["effective_date"])
            columns = plans.plan_columns(row, price=prices[change["price_id"]], quantity=change["quantity"], day=day)
            then = _plan({**row, **columns}, rates)
        elif since is not None:
            start = max(start, plan.schedule.whole_period(since).start)
        to_come = upcoming(
            plan,
            start=start,
            until=row["end_date"],
            then=then,
            then_from=change["effective_date"] if change else None,
        )
        pauses = row["state"] != PAUSED and row["paused_date"]
        found[row["id"]] = _around_pause(to_come, row) if pauses else to_come
    return found


def _first_to_come(row: Mapping[str, Any]) -> date | None:
    start: date | None = row["billing_start_date"] if row["state"] == DRAFT else row["next_period_start"]
    if start is None or row["state"] != PAUSED:
        return start
    return max(start, row["resume_date"]) if row["resume_date"] else None


def _around_pause(found: Iterable[Upcoming], row: Mapping[str, Any]) -> Iterable[Upcoming]:
    """What comes until a pause that is planned; what comes after it is told once it has begun."""
    for each in found:
        if each.period.start >= row["paused_date"]:
            return
        yield each


def billed_days(subscription_id: UUID, *, until: date | None = None) -> list[CreditableDays]:
    """This function will return the billed periods, with what is left of the lines that pay for them, newest first.

    `until` leaves out those that end on that day or before.
    """
    lines = {row["id"]: row for row in fetch(_LINES, {"id": subscription_id})}
    rows = BilledPeriod.objects.filter(subscription_id=subscription_id)
    if until is not None:
        rows = rows.filter(period_end__gt=until)
    found = []
    for row in rows.order_by("-period_start", "-period_end"):
        line = lines.get(row.line_id)
        found.append(
            CreditableDays(
                id=row.id,
                start=row.period_start,
                end=row.period_end,
                invoice_id=row.invoice_id,
                line_id=row.line_id,
                left_net_minor=line["net_minor"] if line else 0,
                left_gross_minor=line["gross_minor"] if line else 0,
                invoice_left_minor=line["left_minor"] if line else 0,
            )
        )
    return found


def income(row: Mapping[str, Any], *, cost: tuple[int | None, str]) -> Income:
    """This function will return what a subscription brought in: what was paid × its lines' share, net of tax (E6).

    `cost` is what one unit cost, and its currency.
    """
    brought = sum(share["minor"] for share in income_lines(row["id"]))
    cost_minor, currency = cost
    known = cost_minor is not None and currency == row["currency"]
    return Income(
        currency=row["currency"],
        income_minor=brought,
        cost_minor=half_up(cost_minor * row["quantity"]) if known and cost_minor is not None else None,
    )


def income_lines(subscription_id: UUID) -> list[dict[str, Any]]:
    """This function will return what each line of a subscription brought in: `line`, its `invoice_id`, and `minor`."""
    return [
        {
            "line": line["id"],
            "invoice_id": line["invoice_id"],
            "minor": income_share(
                line["paid_minor"],
                total_minor=line["left_minor"],
                net_before=line["net_before_minor"],
                net_minor=line["net_minor"],
            ),
        }
        for line in fetch(_LINES, {"id": subscription_id})
    ]


def contract_minor(row: Mapping[str, Any]) -> int | None:
    """This function will return what a whole contract comes to with tax: what is billed of it, less what was credited
    and without fees, and what is to come. None when it is open-ended.
    """
    if row["contract_months"] is None:
        return None
    billed: int = sum(line["gross_minor"] for line in fetch(_LINES, {"id": row["id"]}) if not line["is_fee"])
    return billed + sum(each.total_minor for each in periods_to_come(row))


def _narrowed(wanted: SubscriptionFilter) -> Any:
    exact = {
        "customer_id": wanted.customer_id,
        "variant_id": wanted.variant_id,
        "variant__product_id": wanted.product_id,
        "price_id": wanted.price_id,
        "state__in": _each(wanted.state),
        "frequency__in": _each(wanted.frequency),
        "currency__in": _each(wanted.currency),
    }
    rows = Subscription.objects.filter(**{column: value for column, value in exact.items() if value})
    if wanted.customer_ids is not None:
        rows = rows.filter(customer_id__in=wanted.customer_ids)
    if wanted.search:
        text = wanted.search
        rows = rows.filter(Q(number__iexact=text) | Q(customer__name__icontains=text) | Q(description__icontains=text))
    return rows


def _each(value: str | tuple[str, ...]) -> list[str]:
    return [each for each in ((value,) if isinstance(value, str) else value) if each]
