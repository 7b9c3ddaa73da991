"""The activity of one customer, day by day for a month: what happened, and what is to come (C4).

What is kept is read by indexes of the customer in a range of days; what is to come of subscriptions and groups is
computed. The number of statements does not depend on how much there is, and neither does the size of the answer: of
each kind a day lists a few, and says how many more there are.
"""

from calendar import monthrange
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from tallystick.customers import queries as customers
from tallystick.foundation.clock import start_of
from tallystick.foundation.months import on_day
from tallystick.foundation.rows import fetch
from tallystick.payments.filters import MOMENT, MONEY_OUT, PaymentFilter, conditions
from tallystick.subscriptions.renewals import renewals

# How many events a day lists; of more kinds than that one each.
FEW: Final = 3


class EventKind(StrEnum):
    """What happens, in the order in which a day tells it."""

    INVOICE = "invoice"
    CREDIT_NOTE = "credit_note"
    DUE = "due"
    PAYMENT = "payment"
    CHARGE = "charge"
    RETRY = "retry"
    NOTICE = "notice"
    REMINDER = "reminder"
    SUSPENSION = "suspension"
    RENEWAL = "renewal"
    GROUP_INVOICE = "group_invoice"
    CARD_EXPIRES = "card_expires"
    PREPAID_EXPIRES = "prepaid_expires"


_ORDER: Final = {kind: place for place, kind in enumerate(EventKind)}


@dataclass(frozen=True, kw_only=True)
class Event:
    """One thing that happened, or will, on a local date.

    `about` is a payment, an invoice (of what is issued, credited, due, charged or late), a subscription, a group, a
    payment method, a lot, or the customer (of notices). `minor` is signed: what left the customer's account with the
    business is below zero; None where no amount is known. `name` is what the customer calls it, and of a notice the day
    of the invoice, such as `2026-11-30`: nothing private is in it.
    """

    kind: EventKind
    date: date
    about: UUID
    name: str
    minor: int | None
    currency: str
    # Of payments: their kind and status, and whether they were recorded by mistake.
    payment_kind: str = ""
    status: str = ""
    is_reversed: bool = False
    # Of renewals: the payer of the customer's billing group gets the bill.
    is_grouped: bool = False


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was found of one kind on one day: the first few, and how many there are."""

    events: tuple[Event, ...]
    count: int


@dataclass(frozen=True, kw_only=True)
class ActiveDay:
    """A day on which something happens, and of which kinds there is more than it lists, and how much more."""

    date: date
    events: tuple[Event, ...]
    more: dict[EventKind, int]


@dataclass(frozen=True, kw_only=True)
class Month:
    """The days of a month on which anything happens, in their order."""

    first: date
    days: tuple[ActiveDay, ...]

    @property
    def last(self) -> date:
        """The last day of the month."""
        return last_of(self.first)


def last_of(first: date) -> date:
    """This function will return the last day of a month, given its first one."""
    return first.replace(day=monthrange(first.year, first.month)[1])


# Each day is asked by itself: of a day with very many payments a few are read, and all are counted by the index.
_PAYMENTS: Final = f"""
SELECT span.day, counted.count, shown.*
FROM unnest(%s::date[], %s::timestamptz[], %s::timestamptz[]) AS span (day, starts_at, ends_at)
CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM payments_payment AS p
    WHERE {{listed}} AND {MOMENT} >= span.starts_at AND {MOMENT} < span.ends_at
) AS counted
CROSS JOIN LATERAL (
    SELECT p.id, p.kind, p.status, p.description, p.receipt_number, p.total_minor, p.currency,
           p.reversed_at IS NOT NULL AS is_reversed
    FROM payments_payment AS p
    WHERE {{listed}} AND {MOMENT} >= span.starts_at AND {MOMENT} < span.ends_at
    ORDER BY {MOMENT} DESC, p.id DESC LIMIT {FEW}
) AS shown
ORDER BY span.day
"""  # noqa: S608 - our own words
_ISSUED: Final = """
SELECT id, invoice_date AS day, number AS name, total_minor AS minor, currency FROM invoices_invoice
WHERE customer_id = %(customer)s AND state = 'issued' AND invoice_date BETWEEN %(first)s AND %(last)s
"""
# The index is by the moment, which is no further from the date than time zones are apart.
_CREDITED: Final = """
SELECT invoice_id AS id, credit_note_date AS day, number AS name, total_minor AS minor, currency
FROM invoices_creditnote WHERE customer_id = %(customer)s
  AND issued_at BETWEEN %(first)s::date - 2 AND %(last)s::date + 3
  AND credit_note_date BETWEEN %(first)s AND %(last)s
"""
_DUE: Final = """
SELECT id, due_date AS day, number AS name, open_minor AS minor, currency FROM invoices_invoice
WHERE customer_id = %(customer)s AND state = 'issued' AND open_minor > 0 AND due_date BETWEEN %(first)s AND %(last)s
"""
_EXPIRING: Final = """
SELECT lot.id, lot.expires_date AS day, coalesce(invoice.number, lot.source) AS name, lot.left_minor AS minor,
       wallet.currency
FROM wallets_wallet AS wallet JOIN wallets_lot AS lot ON lot.wallet_id = wallet.id
LEFT JOIN allocations_allocation AS allocation ON allocation.id = lot.allocation_id
LEFT JOIN invoices_invoice AS invoice ON invoice.id = allocation.invoice_id
WHERE wallet.customer_id = %(customer)s AND lot.left_minor > 0 AND lot.expires_date BETWEEN %(first)s AND %(last)s
"""
_KEPT: Final = {
    EventKind.INVOICE: _ISSUED,
    EventKind.CREDIT_NOTE: _CREDITED,
    EventKind.DUE: _DUE,
    EventKind.PREPAID_EXPIRES: _EXPIRING,
}
_FEW_A_DAY: Final = " UNION ALL ".join(
    f"SELECT '{kind}' AS kind, each.*, count(*) OVER (PARTITION BY day) AS count, "  # noqa: S608 - our own words
    f"row_number() OVER (PARTITION BY day ORDER BY minor DESC, id) AS place FROM ({found}) AS each"
    for kind, found in _KEPT.items()
)
# Of all kinds in one statement.
_ALL_KEPT: Final = f"SELECT * FROM ({_FEW_A_DAY}) AS ranked WHERE place <= {FEW} ORDER BY kind, day, place"  # noqa: S608


def month_of(
    customer_id: UUID,
    *,
    first: date,
    today: date,
    more: Iterable[Event] = (),
    charges: Mapping[tuple[date, EventKind], Found] | None = None,
) -> Month:
    """This function will return the activity of a customer in the month that begins on `first`.

    `more` are events that are known elsewhere, such as cards that expire, and `charges` those that are planned, by day
    and kind; those of other months are left out.
    """
    last = last_of(first)
    values = {"customer": customer_id, "first": first, "last": last}
    found = _payments(customer_id, first, last)
    found |= _kept(fetch(_ALL_KEPT, values))
    coming = [
        *_renewals(customer_id, first=first, last=last, today=today),
        *_group_invoices(customer_id, first=first, last=last, today=today),
        *(each for each in more if first <= each.date <= last),
    ]
    found |= _few_of(coming)
    found |= {place: each for place, each in (charges or {}).items() if first <= place[0] <= last}
    days: dict[date, list[tuple[EventKind, Found]]] = defaultdict(list)
    for (day, kind), each in sorted(found.items(), key=lambda item: (item[0][0], _ORDER[item[0][1]])):
        days[day].append((kind, each))
    return Month(first=first, days=tuple(_active_day(day, parts) for day, parts in days.items()))


def _active_day(day: date, parts: list[tuple[EventKind, Found]]) -> ActiveDay:
    # One of each kind, and as many more as there is room for.
    shown = {kind: 1 for kind, _each in parts}
    for kind, each in parts:
        shown[kind] = min(len(each.events), 1 + max(0, FEW - sum(shown.values())))
    return ActiveDay(
        date=day,
        events=tuple(event for kind, each in parts for event in each.events[: shown[kind]]),
        more={kind: each.count - shown[kind] for kind, each in parts if each.count > shown[kind]},
    )


def _payments(customer_id: UUID, first: date, last: date) -> dict[tuple[date, EventKind], Found]:
    """What was paid, bought and paid back, by Date / Time (model, 5): exactly what the customer's list has."""
    listed = conditions(PaymentFilter(customer_id=customer_id, made=True), public=True)
    days = [first + timedelta(days=after) for after in range((last - first).days + 1)]
    starts = [start_of(day) for day in [*days, last + timedelta(days=1)]]
    rows = fetch(_PAYMENTS.format(listed=listed.sql), [days, starts[:-1], starts[1:], *listed.values, *listed.values])
    by_day: dict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_day[row["day"]].append(row)
    return {
        (day, EventKind.PAYMENT): Found(events=tuple(_payment(row) for row in own), count=own[0]["count"])
        for day, own in by_day.items()
    }


def _payment(row: dict[str, Any]) -> Event:
    return Event(
        kind=EventKind.PAYMENT,
        date=row["day"],
        about=row["id"],
        name=row["description"] or row["receipt_number"] or "",
        minor=-row["total_minor"] if row["kind"] in MONEY_OUT else row["total_minor"],
        currency=row["currency"],
        payment_kind=row["kind"],
        status=row["status"],
        is_reversed=row["is_reversed"],
    )


def _kept(rows: list[dict[str, Any]]) -> dict[tuple[date, EventKind], Found]:
    by_day: dict[tuple[date, EventKind], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_day[row["day"], EventKind(row["kind"])].append(row)
    return {
        (day, kind): Found(
            events=tuple(
                Event(
                    kind=kind,
                    date=day,
                    about=row["id"],
                    name=row["name"],
                    minor=row["minor"],
                    currency=row["currency"],
                )
                for row in own
            ),
            count=own[0]["count"],
        )
        for (day, kind), own in by_day.items()
    }


def _few_of(events: Iterable[Event]) -> dict[tuple[date, EventKind], Found]:
    by_day: dict[tuple[date, EventKind], list[Event]] = defaultdict(list)
    for each in events:
        by_day[each.date, each.kind].append(each)
    return {place: Found(events=tuple(own[:FEW]), count=len(own)) for place, own in by_day.items()}


def _renewals(customer_id: UUID, *, first: date, last: date, today: date) -> Iterator[Event]:
    for each in renewals(customer_id, first=first, last=last, today=today):
        yield Event(
            kind=EventKind.RENEWAL,
            date=each.bill_date,
            about=each.subscription_id,
            name=each.description,
            minor=each.total_minor,
            currency=each.currency,
            is_grouped=each.is_grouped,
        )


def _group_invoices(customer_id: UUID, *, first: date, last: date, today: date) -> Iterator[Event]:
    """When the groups that the customer pays for are billed; how much that will be is not known before."""
    for group in customers.groups_of_payer(customer_id):
        day = max(group["next_billing_date"], today)
        if day < first:
            day = on_day(first.year, first.month, group["billing_day"])
        if day <= last:
            yield Event(
                kind=EventKind.GROUP_INVOICE,
                date=day,
                about=group["id"],
                name=group["name"],
                minor=None,
                currency="",
            )
