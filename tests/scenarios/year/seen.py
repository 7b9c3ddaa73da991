"""What the product says of a month at its end, as plain values: nothing here decides what is right."""

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, TypeAlias

from tallystick.correspondence.models import Message
from tallystick.customers import queries as customers
from tallystick.foundation.permissions import Actor
from tallystick.ledger.periods import last_day
from tallystick.reports.frame.shape import Asked, Part
from tallystick.usecases import month_end, reports
from tests.scenarios.subscribers import rows

_DAY = timedelta(days=1)
_AMOUNT = re.compile(r"€[\d,]+\.\d\d")
_POSTED = """
SELECT rule, account, side, sum(amount_minor)::bigint FROM ledger_journalentry AS entry
JOIN ledger_posting AS posting ON posting.entry_id = entry.id
WHERE effective_date BETWEEN %s AND %s GROUP BY 1, 2, 3
"""
_SUSPENDED = """
SELECT event.at::date, customer.name, event.event FROM subscriptions_subscriptionevent AS event
JOIN subscriptions_subscription AS subscription ON subscription.id = event.subscription_id
JOIN customers_customer AS customer ON customer.id = subscription.customer_id
WHERE event.event IN ('suspend', 'lift') AND event.at::date BETWEEN %s AND %s ORDER BY event.at
"""

# The day, the kind, to whom, and the amount that the subject names, if any.
Mail: TypeAlias = tuple[str, str, str, str]
# Rule, account, side.
Posted: TypeAlias = Counter[tuple[str, str, str]]
METRICS = ("income", "outstanding", "promised", "success", "average", "failed", "payments")
AGES = ("not_due", "days_1_30", "days_31_60", "days_61_90", "over_90", "total")


@dataclass(frozen=True, kw_only=True)
class Month:
    """A month as its people saw it on the first day of the next."""

    mails: list[Mail]
    suspensions: list[tuple[str, str, str]]
    posted: Posted
    # Account by account: opening, debits, credits, closing; what stands in credit is below 0.
    balances: dict[str, tuple[int, int, int, int]]
    aged: dict[str, tuple[int, ...]]
    credits: dict[str, int]
    # Rate by rate: net and tax.
    tax: dict[str, tuple[int, int]]
    # Of the month alone, and of the year so far.
    metrics: tuple[int, ...]
    metrics_so_far: tuple[int, ...]
    # Month by month of the year so far: how many payments, and what they come to.
    income: list[tuple[int, int]]
    # Month by month: what is still to be earned.
    deferred: dict[str, int]
    # Key by key: standing, count, amount.
    items_before: dict[str, tuple[str, int | None, int]]
    items: dict[str, tuple[str, int | None, int]]


def of_month(staff: Actor, now: datetime, month: date, *, before: Any) -> Month:
    """This function will read what the product says of a month; `before` is what its page said before the run."""
    last = last_day(month)
    year = month.replace(month=1)

    def read(name: str, **asked: Any) -> Part | None:
        found = reports.read_report(actor=staff, at=now, name=name, asked=Asked(**asked)).found
        assert not found.next_cursor
        assert [part.currency for part in found.parts] in ([], ["EUR"])
        return found.parts[0] if found.parts else None

    return Month(
        mails=_mails(month, last),
        suspensions=[(str(day), name, event) for day, name, event in rows(_SUSPENDED, month, last)],
        posted=Counter({(rule, account, side): minor for rule, account, side, minor in rows(_POSTED, month, last)}),
        balances=_table(
            read("trial-balance", first_day=month, last_day=last),
            "account",
            *("opening_minor", "debit_minor", "credit_minor", "closing_minor"),
        ),
        aged=_table(read("aged-receivables", as_of=last), "customer", *AGES),
        credits=_column(read("credit-balances", as_of=last), "customer", "total"),
        tax=_table(read("tax", first_day=month, last_day=last), "rate", "net", "tax"),
        metrics=_row(read("metrics", first_day=month, last_day=last), *METRICS),
        metrics_so_far=_row(read("metrics", first_day=year, last_day=last), *METRICS),
        income=list(
            _table(read("income", first_day=year, last_day=last, step="month"), "from", "count", "income").values()
        ),
        deferred=_column(read("deferred-revenue", as_of=last), "month", "amount"),
        items_before=_items(before),
        items=_items(month_end.told(actor=staff, at=now, month=month)),
    )


def _mails(first: date, last: date) -> list[Mail]:
    """Every mail from the second day of a month to the first of the next one, when its statements are written."""
    days = (first + _DAY, last + _DAY)
    found = Message.objects.filter(created_at__date__range=days).order_by("created_at", "id")
    names = customers.customers_by_id({each.customer_id for each in found if each.customer_id})
    assert {each.state for each in found} <= {"sent"}
    return sorted(
        (
            each.created_at.date().isoformat(),
            each.kind,
            str(names[each.customer_id]["name"]) if each.customer_id else "",
            "".join(_AMOUNT.findall(each.subject)),
        )
        for each in found
    )


def _table(part: Part | None, key: str, *names: str) -> dict[str, Any]:
    """The rows of a report by what stands in one column."""
    rows_found = [] if part is None else part.rows
    return {str(row[key].value): tuple(row[name].value for name in names) for row in rows_found}


def _column(part: Part | None, key: str, name: str) -> dict[str, int]:
    return {each: value for each, (value,) in _table(part, key, name).items()}


def _row(part: Part | None, *names: str) -> tuple[Any, ...]:
    if part is None:
        return ()
    (row,) = part.rows
    return tuple(row[name].value for name in names)


def _items(shape: Any) -> dict[str, tuple[str, int | None, int]]:
    found: dict[str, tuple[str, int | None, int]] = {}
    for each in shape["items"]:
        found[each["key"]] = (each["standing"], each["count"], sum(one["minor"] for one in each["sums"]))
    return found
