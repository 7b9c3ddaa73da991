"""What happened on a customer's account in a month and what will come, automatic charges among it (C4)."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.customers import queries as customers
from tallystick.dunning import decisions, suspension_queries
from tallystick.dunning import queries as dunning
from tallystick.dunning.queries import Claim
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.invoices import queries as invoices
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.payments.autopay_queries import Alike
from tallystick.reports import activity as reports
from tallystick.reports.activity import FEW, Event, EventKind, Found, Month, last_of
from tallystick.usecases import autopay_run
from tallystick.usecases.autopay_run import Ways
from tallystick.usecases.coming_notices import notices_of
from tallystick.usecases.frame import require_own
from tallystick.usecases.roles import Permission
from tallystick.usecases.stops import stops_of
from tallystick.wire import words

_MONTH: Final = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])")
# How far from today a month may lie: what is to come of a subscription without an end has no last one.
MOST_YEARS: Final = 10
# Of how many open invoices the calendar tells what comes if they are not paid.
MOST_LATE: Final = 30


@dataclass(frozen=True, kw_only=True)
class NextCharges:
    """The next day on which autopay charges anything, and how much in each currency, in minor units."""

    date: date
    sums: dict[str, int]


@dataclass(frozen=True, kw_only=True)
class Activity:
    """A month of a customer's account, and what autopay charges next, whenever that is; None when nothing.

    `foretells_all` says that what comes if nothing is paid is told of every open invoice, not of those alone that are
    due first.
    """

    customer_id: UUID
    month: Month
    autopay_is_on: bool
    next_charges: NextCharges | None
    foretells_all: bool


@dataclass(frozen=True, kw_only=True)
class _Charged:
    """Expected payments that are charged alike, and on which day."""

    date: date
    kind: EventKind
    alike: Alike


def activity(*, actor: Actor, at: datetime, customer_id: UUID, month: str = "") -> Activity:
    """This function will return what happens on a customer's account in a month such as `2026-11`; in this one for
    none.

    It takes the same number of queries however much happens.

    Raises:
        NotAllowed: when the actor may not see it.
        NotFound: when there is no such customer, or not for this actor.
        InvalidField: when the month is none, or too far away.
    """
    actor.require(Permission.VIEW)
    require_own(actor, customer_id, kind="customer")
    terms_days = customers.customer(customer_id)["terms_days"]
    today = local_date(at)
    first = _first_day(month, today)
    agreed = autopay_queries.agreements([customer_id])
    ways = autopay_run.ways_of(agreed)
    last = last_of(first)
    # Without an agreement nothing is charged, and what is open is not even looked at.
    # Nothing is charged before today, so that a month that is over shows none of it.
    charged = _charged(customer_id, ways, today, until=last, first=FEW if last >= today else 1) if agreed else []
    # What is over brings nothing any more.
    claims = dunning.first_claims(customer_id, limit=MOST_LATE + 1) if last >= today else []
    more = [
        *_expiring_cards(customer_id),
        *_notices(customer_id, terms_days, first=first, today=today),
        *_lateness(claims[:MOST_LATE], ways, today=today),
    ]
    found = reports.month_of(customer_id, first=first, today=today, more=more, charges=_by_day(charged))
    return Activity(
        customer_id=customer_id,
        month=found,
        autopay_is_on=bool(agreed),
        next_charges=_next(charged),
        foretells_all=len(claims) <= MOST_LATE,
    )


def _first_day(month: str, today: date) -> date:
    if not month:
        return today.replace(day=1)
    read = _MONTH.fullmatch(month)
    if read is None:
        raise InvalidField(name="month", reason=_("Write a month as year and month, such as 2026-11."))
    year, number = map(int, read.groups())
    if abs(year - today.year) > MOST_YEARS:
        raise InvalidField(name="month", reason=_("Choose a month that is at most ten years away."))
    return date(year, number, 1)


def _charged(customer_id: UUID, ways: Ways, today: date, *, until: date, first: int) -> list[_Charged]:
    return [
        _Charged(
            # What is late is charged by the next run.
            date=max(charge.charge_date, today),
            kind=EventKind.CHARGE if charge.payment.next_try_date is None else EventKind.RETRY,
            alike=alike,
        )
        for charge, alike in autopay_run.planned(customer_id, ways, today=today, until=until, first=first)
        if charge.charge_date is not None
    ]


def _by_day(charged: Iterable[_Charged]) -> dict[tuple[date, EventKind], Found]:
    """What is charged on a day, or tried again: how many, and the first few of them by due date."""
    by_day: dict[tuple[date, EventKind], list[_Charged]] = defaultdict(list)
    for each in charged:
        by_day[each.date, each.kind].append(each)
    return {
        (day, kind): Found(
            events=tuple(
                Event(
                    kind=kind,
                    date=day,
                    about=payment.invoice_id,
                    name=payment.invoice_number,
                    minor=payment.open_minor,
                    currency=payment.currency,
                )
                for payment in sorted(
                    (payment for each in own for payment in each.alike.first),
                    key=lambda payment: (payment.due_date, payment.payment_id),
                )[:FEW]
            ),
            count=sum(each.alike.count for each in own),
        )
        for (day, kind), own in by_day.items()
    }


def _notices(customer_id: UUID, terms_days: int, *, first: date, today: date) -> Iterator[Event]:
    for each in notices_of(customer_id, terms_days=terms_days, first=first, last=last_of(first), today=today):
        yield Event(
            kind=EventKind.NOTICE,
            date=each.day,
            about=customer_id,
            name=each.bill_date.isoformat(),
            minor=each.minor,
            currency=each.currency,
        )


def _lateness(claims: Sequence[Claim], ways: Ways, *, today: date) -> Iterator[Event]:
    """The reminders and suspensions that come if nothing is paid of these invoices."""
    if not claims:
        return
    stops = stops_of(claims, today=today, ways=ways)
    numbers = invoices.numbers(each.invoice_id for each in claims)
    suspendable = suspension_queries.suspendable_ahead(claims)
    for each in claims:
        if each.plan is None or each.invoice_id in stops:
            continue
        follows = decisions.coming(each.plan.rules, each.debt, today=today)
        days = [(EventKind.REMINDER, step.date, step.fee_minor or None) for step in follows.steps]
        if follows.suspension_date is not None and each.invoice_id in suspendable:
            days.append((EventKind.SUSPENSION, follows.suspension_date, None))
        for kind, day, minor in days:
            yield Event(
                kind=kind,
                date=day,
                about=each.invoice_id,
                name=numbers[each.invoice_id],
                minor=minor,
                currency=each.debt.currency if minor else "",
            )


def _expiring_cards(customer_id: UUID) -> Iterator[Event]:
    """A card is good until the end of its last month."""
    for each in payments.methods(customer_id):
        yield Event(
            kind=EventKind.CARD_EXPIRES,
            date=last_of(date(each["expiry_year"], each["expiry_month"], 1)),
            about=each["id"],
            name=words.method_words("gateway", brand=each["brand"], last_four=each["last_four"]),
            minor=None,
            currency="",
        )


def _next(charged: Iterable[_Charged]) -> NextCharges | None:
    sums: dict[date, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for each in charged:
        sums[each.date][each.alike.first[0].currency] += each.alike.minor
    if not sums:
        return None
    first = min(sums)
    return NextCharges(date=first, sums=dict(sums[first]))
