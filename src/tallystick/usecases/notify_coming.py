"""The notice of a coming invoice: where little time is left to pay it, its payer is told before (`docs/model.md`, 29).

An invoice goes out on its date. When that is less than `coming.NOTICE_DAYS` before it is due, a notice goes out so many
days before the due date, or as many as somebody chose (B3). What it says is what the bill run would write, foreseen at
the moment of writing; it posts nothing and is no document. Each of a payer's people gets one at most for a day and a
currency, whatever changes afterwards.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from tallystick.correspondence.contents import ComingInvoice, ComingLine, Letter
from tallystick.correspondence.queries import letterhead, queued_before, told_by_mail
from tallystick.customers import group_billing
from tallystick.customers import queries as customers
from tallystick.customers.mails import Mail, recipients
from tallystick.customers.queries import ContactFacts
from tallystick.foundation import jobs
from tallystick.foundation.business import bank_account
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction, undone
from tallystick.gateways import queries as gateways
from tallystick.invoices.bulk import Bill
from tallystick.invoices.totals import LineInput
from tallystick.ledger.queries import standings_of
from tallystick.payments import autopay_queries
from tallystick.payments.autopay_queries import ChargedMethod
from tallystick.subscriptions import coming
from tallystick.subscriptions.collection import by_hand
from tallystick.subscriptions.coming import Coming, heard
from tallystick.usecases import autopay_run, bill_run, places
from tallystick.usecases.autopay_run import NEEDS, NotCharged
from tallystick.usecases.frame import SYSTEM, use_case
from tallystick.usecases.letters import money, queue_letter
from tallystick.usecases.roles import Permission
from tallystick.wire import words

# How many payers' notices one job writes: as long as what it foresees is held, nobody else bills it.
PAYERS_PER_JOB: Final = 200
# A notice of a large group tells so many lines, and how many more there are.
MOST_LINES: Final = 100
# What follows it in a key says how many days before its people chose to hear.
_OWN_DAYS: Final = "~"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Foreseen:
    """An invoice as the run would write it, and whether autopay leaves it alone because of a subscription on it."""

    bill: Bill
    is_exempt: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Ground:
    """What decides how many payers will pay, read for all of them."""

    credits: Mapping[tuple[UUID, str], int]
    agreed: Mapping[UUID, dict[str, Any]]
    methods: Mapping[UUID, ChargedMethod]
    enabled: AbstractSet[UUID]


@dataclass(slots=True, kw_only=True)
class _Payment:
    """How some invoices will be paid: from credit, by autopay or by hand, in minor units; and what is in its way."""

    credit_minor: int = 0
    charged_minor: int = 0
    by_hand_minor: int = 0
    why_not: NotCharged | None = None


def find(*, at: datetime) -> int:
    """This function will have the notices written that are to go out by the local date of `at`, and were not yet.

    Each job writes those of some payers. Returns how many payers are looked at; not all of them need get one.
    """
    count = 0
    for payer_ids in found(at=at):
        with transaction():
            jobs.defer("mail.coming_invoices", payer_ids=[each.hex for each in payer_ids])
        count += len(payer_ids)
    return count


def found(*, at: datetime) -> Iterator[list[UUID]]:
    """This function will yield payers who may be told of a coming invoice by the local date of `at`, some at a time."""
    seen: set[UUID] = set()
    for own_days in (None, *customers.chosen_notice_days()):
        days = heard(own_days)
        if not days:
            return
        for page in coming.pages(today=local_date(at), notice_days=days, own_days=own_days):
            keys = {_key(each, own_days): each.payer_id for each in page}
            told = queued_before(keys)
            fresh = sorted({payer_id for key, payer_id in keys.items() if key not in told} - seen)
            seen.update(fresh)
            for first in range(0, len(fresh), PAYERS_PER_JOB):
                yield fresh[first : first + PAYERS_PER_JOB]


def write(*, payer_ids: Sequence[UUID], at: datetime) -> int:
    """This function will write to payers what the bill run would bill them soon, and return how many mails are new.

    Everything is looked at anew: what was cancelled, paused or billed since is in no notice, and nobody is told twice.

    Raises:
        InOtherHands: when something of it is being billed at this moment.
        RecipientNotAccepted: when the only payer has an address that is none; one of many gets a job of its own.
    """
    hearing = {payer_id: _hearing(people) for payer_id, people in customers.contacts_of(payer_ids).items()}
    days = {own_days: heard(own_days) for own_days in {each for by_days in hearing.values() for each in by_days}}
    if not any(days.values()):
        return 0
    foreseen = _foresee(actor=SYSTEM, at=at, payer_ids=payer_ids, notice_days=max(days.values()))
    payers = customers.customers_by_id({each.payer_id for each in foreseen})
    waiting = _waiting(foreseen, payers, hearing, days, at=at)
    if not waiting:
        return 0
    ground = _ground({each.payer_id for each, _key in waiting})
    fresh = 0
    for (each, key), people in waiting.items():
        try:
            fresh += _write(each, foreseen[each], payers[each.payer_id], people, ground, key=key, at=at)
        except ExpectedError:
            if len(payer_ids) == 1:
                raise
            # It stops no other, and staff find it as a job of its own.
            with transaction():
                jobs.defer("mail.coming_invoices", payer_ids=[each.payer_id.hex])
    return fresh


def _hearing(people: Sequence[ContactFacts]) -> dict[int | None, list[ContactFacts]]:
    """A payer's people who hear of coming invoices, by how many days before they chose to."""
    found: dict[int | None, list[ContactFacts]] = {}
    for each in recipients(Mail.COMING_INVOICES, people):
        found.setdefault(each.notice_days, []).append(each)
    return found


def _waiting(
    foreseen: Iterable[Coming],
    payers: Mapping[UUID, Mapping[str, Any]],
    hearing: Mapping[UUID, Mapping[int | None, Sequence[ContactFacts]]],
    days: Mapping[int | None, int],
    *,
    at: datetime,
) -> dict[tuple[Coming, str], list[ContactFacts]]:
    """Who is to hear today of what comes, under which key; whoever heard of it before does not, nor anybody who chose
    the same days after others had heard.
    """
    today = local_date(at)
    due = {
        (each, _key(each, own_days)): people
        for each in foreseen
        for own_days, people in hearing[each.payer_id].items()
        if each.day + timedelta(days=payers[each.payer_id]["terms_days"]) <= today + timedelta(days=days[own_days])
    }
    told = queued_before(key for _each, key in due)
    since = at - timedelta(days=coming.MOST_DAYS + 1)
    addressed = {
        (key.partition(_OWN_DAYS)[0], email) for key, email in told_by_mail(ComingInvoice.kind, payers, since=since)
    }
    waiting = {
        (each, key): [person for person in people if (_key(each, None), person.email) not in addressed]
        for (each, key), people in due.items()
        if key not in told
    }
    return {what: people for what, people in waiting.items() if people}


@use_case(Permission.RUN_BILLING)
def _foresee(
    *, actor: Actor, at: datetime, payer_ids: Sequence[UUID], notice_days: int
) -> dict[Coming, list[_Foreseen]]:
    """What the runs after today would bill to some payers, as far as it is due in so many days and costs anything."""
    today = local_date(at)
    last = today + timedelta(days=notice_days)
    payers = customers.customer_rows(payer_ids)
    bills: dict[Coming, list[Bill]] = {}
    subscriptions: dict[UUID, list[UUID]] = {}
    with undone():
        circle = group_billing.circle_of(payer_ids)
        plans = list(bill_run.foreseen(as_of=last, of=circle, by=actor.label, at=at))
    units = [(unit.bill_date, unit) for plan in plans for unit in plan.units]
    for day, unit in units:
        if day is None or day <= today:
            continue
        for bill in unit.bills:
            payer = payers.get(bill.customer_id)
            if payer is not None and day + timedelta(days=payer.terms_days) <= last:
                bills.setdefault(Coming(payer.id, day, bill.currency), []).append(bill)
        for period in unit.periods:
            subscriptions.setdefault(period.invoice_id, []).append(period.subscription_id)
    exempt = by_hand(each for found in subscriptions.values() for each in found)
    return {
        each: [_Foreseen(bill=bill, is_exempt=not exempt.isdisjoint(subscriptions[bill.invoice_id])) for bill in of_day]
        for each, of_day in bills.items()
        if any(bill.shape.amounts.total_minor for bill in of_day)
    }


def _ground(payer_ids: AbstractSet[UUID]) -> _Ground:
    agreed = autopay_queries.agreements(payer_ids)
    return _Ground(
        credits={
            (payer_id, standing.currency): standing.credit_minor
            for payer_id, standings in standings_of(payer_ids).items()
            for standing in standings
        },
        agreed=agreed,
        methods=autopay_queries.charged_methods({payer: row["method_id"] for payer, row in agreed.items()}),
        enabled={account["id"] for account in gateways.accounts(enabled_only=True)},
    )


def _write(
    what: Coming,
    found: Sequence[_Foreseen],
    payer: Mapping[str, Any],
    people: Sequence[ContactFacts],
    ground: _Ground,
    *,
    key: str,
    at: datetime,
) -> int:
    payment = _payment(what, found, payer, ground)
    due_date = what.day + timedelta(days=payer["terms_days"])
    agreed, method = ground.agreed.get(what.payer_id), ground.methods.get(what.payer_id)
    amounts = [each.bill.shape.amounts for each in found]
    lines = [line for each in found for line in _lines(each.bill)]

    def letter(locale: str) -> Letter:
        return ComingInvoice(
            business=letterhead(),
            locale=locale,
            customer_name=payer["name"],
            count=len(found),
            groups=tuple(dict.fromkeys(each.bill.title for each in found if each.bill.title)),
            invoice_date=what.day,
            due_date=due_date,
            lines=tuple(lines[:MOST_LINES]),
            more_lines=max(len(lines) - MOST_LINES, 0),
            net=money(sum(each.net_minor for each in amounts), what.currency),
            tax=money(sum(each.tax_minor for each in amounts), what.currency),
            total=money(sum(each.total_minor for each in amounts), what.currency),
            credit=money(payment.credit_minor, what.currency),
            charged=money(payment.charged_minor, what.currency),
            by_hand=money(payment.by_hand_minor, what.currency),
            method=_method_words(method) if payment.charged_minor and method else "",
            charge_date=(
                autopay_run.charge_date(what.day, due_date, agreed["charge_day"])
                if payment.charged_minor and agreed
                else None
            ),
            need=None if payment.why_not is None else NEEDS.get(payment.why_not),
            takes_transfers=bank_account(what.currency) is not None,
            portal_url=places.portal(),
            autopay_url=places.portal_autopay(),
        )

    return queue_letter(
        letter,
        payer,
        people,
        about=("customer", what.payer_id),
        unique_key=key,
        at=at,
    )


def _payment(what: Coming, found: Sequence[_Foreseen], payer: Mapping[str, Any], ground: _Ground) -> _Payment:
    """How the invoices are paid as things stand today: from credit in their order, then by autopay if it may."""
    payment = _Payment()
    credit = ground.credits.get((what.payer_id, what.currency), 0) if payer["applies_credit"] else 0
    agreed, method = ground.agreed.get(what.payer_id), ground.methods.get(what.payer_id)
    for each in found:
        total = each.bill.shape.amounts.total_minor
        used = min(total, max(credit - payment.credit_minor, 0))
        payment.credit_minor += used
        left = total - used
        if agreed is None or each.is_exempt:
            payment.by_hand_minor += left
        elif why_not := autopay_run.why_refused(left, what.currency, agreed, method, enabled=ground.enabled):
            payment.by_hand_minor += left
            payment.why_not = why_not if left else payment.why_not
        else:
            payment.charged_minor += left
    return payment


def _lines(bill: Bill) -> Iterator[ComingLine]:
    for line, amounts in zip(bill.lines, bill.shape.amounts.lines, strict=True):
        if line.period_start is not None and line.period_end is not None:
            yield ComingLine(
                what=_what(line),
                member_name=line.member_name,
                first_date=line.period_start,
                last_date=line.period_end - timedelta(days=1),
                amount=money(amounts.net_minor, bill.currency),
            )


def _what(line: LineInput) -> str:
    return line.description if line.quantity == 1 else f"{line.quantity.normalize():f} × {line.description}"


def _method_words(method: ChargedMethod) -> str:
    return words.method_words("gateway", brand=method.brand, last_four=method.last_four)


def told_by(key: str) -> Coming:
    """This function will return what a mail of this module announced, by the key under which it was queued."""
    _kind, payer_id, day, currency = key.partition(_OWN_DAYS)[0].split(":")
    return Coming(UUID(payer_id), date.fromisoformat(day), currency)


def _key(what: Coming, own_days: int | None) -> str:
    """Under which key those of a payer's people are told, once, who hear so many days before."""
    usual = f"coming_invoice:{what.payer_id}:{what.day}:{what.currency}"
    return usual if own_days is None else f"{usual}{_OWN_DAYS}{own_days}"
