"""On which days a payer hears of coming invoices: what was told, and what will be as things stand today (C4; E39)."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from tallystick.correspondence.contents import ComingInvoice
from tallystick.correspondence.queries import mails_since
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.foundation.clock import local_date, start_of
from tallystick.foundation.months import months_after, on_day
from tallystick.subscriptions.coming import MOST_DAYS, heard
from tallystick.subscriptions.renewals import renewals
from tallystick.usecases.notify_coming import told_by

# How much the invoices of a day come to in a currency; None where that is not known before.
_Bills = Mapping[tuple[date, str], int | None]


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A notice of the invoices of a day, by the local date on which it goes out, or went out.

    `minor` is what they will come to with tax, in minor units; None where that is not known, or not any more.
    """

    day: date
    bill_date: date
    minor: int | None
    currency: str


def notices_of(customer_id: UUID, *, terms_days: int, first: date, last: date, today: date) -> list[Notice]:
    """This function will return the notices of a payer from `first` to `last`; `terms_days` are the payer's.

    The number of queries is the same for any number of invoices.
    """
    since = start_of(min(first, today - timedelta(days=MOST_DAYS + 1)))
    told = [
        (local_date(at), told_by(key), email)
        for key, email, at in mails_since(ComingInvoice.kind, customer_id, since=since)
    ]
    found: dict[tuple[date, date, str], int | None] = {(day, it.day, it.currency): None for day, it, _email in told}
    addressed = {(it.day, email) for _day, it, email in told}
    waits = _waits(customer_id, terms_days)
    if waits and last >= today:
        soonest = first + timedelta(days=min(waits)) if first > today else today + timedelta(days=1)
        bills = _bills(customer_id, first=soonest, last=last + timedelta(days=max(waits)), today=today)
        for (bill_date, currency), minor in bills.items():
            for days, emails in waits.items():
                if any((bill_date, email) not in addressed for email in emails):
                    # What should have been told before, and was not, is told today.
                    found[max(bill_date - timedelta(days=days), today), bill_date, currency] = minor
    return [
        Notice(day=day, bill_date=bill_date, minor=minor, currency=currency)
        for (day, bill_date, currency), minor in found.items()
        if first <= day <= last
    ]


def _waits(customer_id: UUID, terms_days: int) -> dict[int, list[str]]:
    """How many days before the invoice itself which addresses hear of it; whoever hears no sooner is left out."""
    found: dict[int, list[str]] = defaultdict(list)
    for each in recipients(Mail.COMING_INVOICES, customers.contacts(customer_id)):
        days = heard(each.notice_days) - terms_days
        if days > 0:
            found[days].append(each.email)
    return found


def _bills(customer_id: UUID, *, first: date, last: date, today: date) -> _Bills:
    """What the payer will be billed from `first` to `last`, which is after today; nothing that costs nothing."""
    found: dict[tuple[date, str], int | None] = defaultdict(int)
    for each in renewals(customer_id, first=first, last=last, today=today):
        if not each.is_grouped and each.total_minor > 0:
            place = (each.bill_date, each.currency)
            found[place] = (found[place] or 0) + each.total_minor
    for group in customers.groups_of_payer(customer_id):
        found |= {(day, ""): None for day in _billing_dates(group, first=first, last=last)}
    return found


def _billing_dates(group: Mapping[str, Any], *, first: date, last: date) -> Iterator[date]:
    day = group["next_billing_date"]
    if day < first:
        day = on_day(first.year, first.month, group["billing_day"])
    while day <= last:
        if day >= first:
            yield day
        day = months_after(day, 1, day=group["billing_day"])
