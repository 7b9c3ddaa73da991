"""Who is reminded of what today, and whether that is still so when it is written and when it is sent.

What a plan has happen is decided by `dunning.decisions`; here it is read for many invoices, kept and done.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.correspondence import letters
from tallystick.correspondence import operations as correspondence
from tallystick.correspondence.contents import Kind
from tallystick.correspondence.queries import on_their_way, what_for
from tallystick.dunning import decisions, operations, queries
from tallystick.dunning.decisions import Debt, Level, Stop
from tallystick.dunning.fee_queries import late_fee_of_reminder
from tallystick.dunning.operations import Decided
from tallystick.dunning.queries import Claim, ReminderFacts
from tallystick.foundation import jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.transactions import needs_transaction, transaction
from tallystick.usecases import late_fees, suspend
from tallystick.usecases.stops import stops_of

# How many invoices are looked at at once, and how many reminders one job writes.
_CHUNK: Final = 500
_A_JOB: Final = 50


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a part of a run found: reminders that are to be written, and invoices whose services are to be suspended."""

    reminder_ids: list[UUID]
    late: list[UUID]


def run(*, at: datetime) -> int:
    """This function will decide whose reminders are due by the local date of `at`, and which services are to be
    suspended, and have jobs do that. Returns how many reminders will be written.

    A run that was cut off is begun anew by the next one, and days that were missed are caught up with by one reminder,
    the newest (S70); what is found twice is kept once.
    """
    count = 0
    for part in parts(at=at):
        for reminder_ids in _some(part.reminder_ids):
            jobs.defer("mail.reminders", reminder_ids=reminder_ids)
        for invoice_ids in _some(part.late):
            jobs.defer("dunning.suspend", invoice_ids=invoice_ids)
        count += len(part.reminder_ids)
    return count


def parts(*, at: datetime) -> Iterator[Part]:
    """This function will look at the open invoices chunk by chunk, with a few statements for each, and keep and yield
    what is due of it; what is done about a part belongs to the transaction that keeps it.

    What was decided on before today and could not be written is taken back: the next run decides anew, so that nothing
    follows upon a reminder of which nobody heard.
    """
    today = local_date(at)
    until = queries.due_until(today)
    after: tuple[date, UUID] | None = None
    while page := queries.claims_page(due_until=until, after=after, limit=_CHUNK):
        after = (page[-1].debt.due_date, page[-1].payment_id)
        stops = stops_of(page, today=today)
        with transaction():
            for each in _unheard(queries.decided_of_late((claim.invoice_id for claim in page), today=today)):
                take_back(each, at=at)
            fresh = operations.decide(list(_decided(page, stops, today=today)), at=at)
            yield Part(reminder_ids=fresh, late=list(suspend.to_suspend(page, stops, today=today)))


def still_due(reminders: Iterable[ReminderFacts], *, at: datetime) -> dict[UUID, tuple[Claim, Level]]:
    """This function will return which reminders are to be written as things stand now, by their ids: whatever was paid,
    stopped or reached the next level since is left out. So is what was decided on another day, whose dates are not
    those of a letter of today: once it is taken back the next run decides anew.
    """
    waiting = [each for each in reminders if each.reminder_date == local_date(at)]
    claims = queries.claims(each.invoice_id for each in waiting)
    stops = stops_of(list(claims.values()), today=local_date(at))
    found = {}
    for each in waiting:
        claim = claims.get(each.invoice_id)
        if claim is None or claim.plan is None or each.invoice_id in stops:
            continue
        debt = before(claim, each)
        level = decisions.due_level(claim.plan.rules, debt, today=local_date(at))
        if claim.debt.from_date == each.from_date and level is not None and level.days == each.days:
            found[each.id] = (claim, level)
    return found


def before(claim: Claim, reminder: ReminderFacts) -> Debt:
    """This function will return what decides about an invoice, as if a reminder of it had not been told."""
    billed = late_fee_of_reminder(reminder.id) if reminder.fee_minor else None
    return decisions.without(claim.debt, reminder.days, fee_minor=0 if billed is None else billed.fee_minor)


@needs_transaction
def drop_if_overtaken(*, message_id: UUID, at: datetime) -> bool:
    """This function will not send a reminder whose invoice was paid, or is under way, since it was written (S74), or is
    due on another day.

    It says whether it dropped the message. When nobody got the reminder its level may be reached again.
    """
    kind, key = what_for(message_id) or ("", "")
    if kind != Kind.REMINDER:
        return False
    reason = why_overtaken(reminder_of(key), at=at)
    if reason is None:
        return False
    correspondence.drop(message_id=message_id, at=at, reason=reason)
    take_back(reminder_of(key), at=at)
    return True


def why_overtaken(reminder_id: UUID, *, at: datetime) -> str | None:
    """This function will say why what a reminder says is true no more, in words for staff; None while it is."""
    reminder = next(iter(queries.reminders([reminder_id])), None)
    claims = {} if reminder is None else queries.claims([reminder.invoice_id])
    claim = None if reminder is None else claims.get(reminder.invoice_id)
    stop = Stop.SETTLED if claim is None else stops_of([claim], today=local_date(at)).get(claim.invoice_id)
    if stop is not None:
        return _reason(stop)
    if claim is not None and reminder is not None and claim.debt.from_date != reminder.from_date:
        return _("Not sent: the invoice counts as due from another day by now.")
    return None


@needs_transaction
def take_back(reminder_id: UUID, *, at: datetime) -> None:
    """This function will forget a reminder that nobody got, and withdraw its late fee: its level may be reached again.

    One that somebody got stays. Of several mails and a letter that are dropped at once the last sees that.
    """
    operations.hold(reminder_id)
    if _unheard([reminder_id]):
        late_fees.take_back(reminder_id, at=at)
        operations.take_back([reminder_id])


def key_of(reminder_id: UUID) -> str:
    """This function will return the key under which the mails and the letter of a reminder are kept."""
    return f"reminder:{reminder_id}"


def reminder_of(key: str) -> UUID:
    """This function will return the reminder whose mails and letter are kept under a key."""
    return UUID(key.partition(":")[2])


def _unheard(reminder_ids: Sequence[UUID]) -> list[UUID]:
    """Those that nobody got, and nobody is to get."""
    keys = {key_of(each): each for each in reminder_ids}
    heard = on_their_way(keys) | letters.kept(keys)
    return [each for key, each in keys.items() if key not in heard]


def _some(ids: Sequence[UUID]) -> Iterator[list[str]]:
    for start in range(0, len(ids), _A_JOB):
        yield [each.hex for each in ids[start : start + _A_JOB]]


def _decided(claims: Sequence[Claim], stops: Mapping[UUID, Stop], *, today: date) -> Iterator[Decided]:
    for claim in claims:
        if claim.plan is None or claim.invoice_id in stops:
            continue
        level = decisions.due_level(claim.plan.rules, claim.debt, today=today)
        if level is not None:
            yield Decided(
                plan_id=claim.plan.id,
                invoice_id=claim.invoice_id,
                from_date=claim.debt.from_date,
                days=level.days,
                reminder_date=today,
                pay_by_date=decisions.pay_by(level, today),
                fee_minor=decisions.fee(level, claim.debt),
            )


def _reason(stop: Stop) -> str:
    """Why a reminder was not sent, in words for staff."""
    return {
        Stop.SETTLED: _("Not sent: nothing of the invoice is open any more."),
        Stop.NO_PLAN: _("Not sent: no dunning plan is chosen any more."),
        Stop.IN_PROGRESS: _("Not sent: a payment of the invoice is under way."),
        Stop.DISPUTED: _("Not sent: a payment of the invoice is disputed."),
        Stop.PAUSED: _("Not sent: the reminders are paused."),
        Stop.WITH_LATE: _("Not sent: the late fee is reminded of with the invoice that it is for."),
        Stop.AUTOPAY: _("Not sent: the invoice is charged automatically."),
    }[stop]
