"""Writing plans, whom they are for, and reminders."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, ClassVar, Final
from uuid import UUID

from django.db import IntegrityError

from tallystick.dunning.decisions import FIRST_DAY, LAST_DAY, LONGEST_TEXT, MOST_WAIT, Channel
from tallystick.dunning.models import (
    DunningLevel,
    DunningPause,
    DunningPlan,
    LateFee,
    LevelFee,
    PlanChoice,
    Reminder,
    Suspension,
)
from tallystick.foundation.errors import Conflict, InvalidField, NotFound
from tallystick.foundation.ids import new_id
from tallystick.foundation.transactions import needs_transaction, savepoint
from tallystick.money.amounts import LARGEST_MINOR, Money
from tallystick.money.currencies import UnknownCurrency, parse_currency

MOST_LEVELS: Final = 10


@dataclass(kw_only=True, eq=False)
class PlanNameTaken(Conflict):
    """Another plan has the name."""

    code: ClassVar[str] = "plan_name_taken"
    sentence: ClassVar[str] = "There is a dunning plan with this name. Choose another one."
    field: ClassVar[str | None] = "name"


@dataclass(kw_only=True, eq=False)
class PlanInUse(Conflict):
    """The plan counts for somebody."""

    code: ClassVar[str] = "plan_in_use"
    sentence: ClassVar[str] = (
        "This dunning plan is the default one, or chosen for a customer or a billing group. Choose another plan there "
        "first."
    )


@dataclass(frozen=True, kw_only=True)
class Decided:
    """A reminder that is to be written: dates are local."""

    plan_id: UUID
    invoice_id: UUID
    from_date: date
    days: int
    reminder_date: date
    pay_by_date: date | None
    fee_minor: int = 0


@needs_transaction
def create_plan(*, name: str, grace_days: int | None, at: datetime, fee_tax_rate_id: UUID | None = None) -> UUID:
    """This function will make a plan without levels, and return its id.

    Raises:
        InvalidField, PlanNameTaken: when the name or the days cannot be used.
    """
    _check(name, grace_days)
    row = DunningPlan(name=name, grace_days=grace_days, fee_tax_rate_id=fee_tax_rate_id, created_at=at)
    with _named_once():
        row.save(force_insert=True)
    return row.id


@needs_transaction
def change_plan(plan_id: UUID, *, name: str, grace_days: int | None, fee_tax_rate_id: UUID | None = None) -> None:
    """This function will name a plan anew, and say when services are suspended under it and how its fees are taxed.

    Raises:
        NotFound: when there is no such plan.
        InvalidField, PlanNameTaken: when the name or the days cannot be used.
    """
    row = _locked(plan_id)
    _check(name, grace_days)
    row.name, row.grace_days, row.fee_tax_rate_id = name, grace_days, fee_tax_rate_id
    with _named_once():
        row.save(update_fields=["name", "grace_days", "fee_tax_rate"])


@needs_transaction
def set_level(
    plan_id: UUID,
    *,
    days: int,
    pay_by_days: int | None,
    texts: Mapping[str, str],
    fees: Mapping[str, int] | None = None,
    channel: str = Channel.MAIL,
) -> None:
    """This function will put a level into a plan, in the place of the one on the same day if there is one.

    `fees` is what telling it adds, in minor units by currency; `channel` is how it is told.

    Raises:
        NotFound: when there is no such plan.
        InvalidField: when the days, the texts, the fees or the channel cannot be used, or there are too many levels.
    """
    if channel not in set(Channel):
        raise InvalidField(name="channel", reason="A reminder is told by mail, by letter, or by both.")
    _locked(plan_id)
    _check_fees(days, fees or {})
    if not FIRST_DAY <= days <= LAST_DAY:
        raise InvalidField(name="days", reason=f"Choose a day from {FIRST_DAY} to {LAST_DAY}.")
    if pay_by_days is not None and (days < 0 or not 0 < pay_by_days <= MOST_WAIT):
        reason = f"A reminder after the due date leaves 1 to {MOST_WAIT} days; one before it leaves none."
        raise InvalidField(name="pay_by_days", reason=reason)
    for language, text in texts.items():
        if len(text) > LONGEST_TEXT:
            raise InvalidField(name=f"text_{language}", reason=f"A text has at most {LONGEST_TEXT} characters.")
    others = DunningLevel.objects.filter(plan_id=plan_id).exclude(days=days)
    if others.count() >= MOST_LEVELS:
        raise InvalidField(name="days", reason=f"A plan has at most {MOST_LEVELS} levels.")
    values = {
        "pay_by_days": pay_by_days,
        "texts": {language: text for language, text in texts.items() if text},
        "channel": channel,
    }
    level, _ = DunningLevel.objects.update_or_create(plan_id=plan_id, days=days, defaults=values)
    LevelFee.objects.filter(level=level).delete()
    LevelFee.objects.bulk_create(
        LevelFee(level=level, currency=currency, fee_minor=minor) for currency, minor in (fees or {}).items()
    )


@needs_transaction
def remove_level(plan_id: UUID, *, days: int) -> None:
    """This function will take a level out of a plan. What was told stays told.

    Raises:
        NotFound: when there is no such plan, or no such level in it.
    """
    _locked(plan_id)
    LevelFee.objects.filter(level__plan_id=plan_id, level__days=days).delete()
    gone, _ = DunningLevel.objects.filter(plan_id=plan_id, days=days).delete()
    if not gone:
        raise NotFound(kind="level")


@needs_transaction
def archive_plan(plan_id: UUID, *, at: datetime) -> None:
    """This function will put a plan away that counts for nobody; what was told by it stays told.

    Raises:
        NotFound: when there is no such plan, or it is archived.
        PlanInUse: when it is the default one, or chosen for somebody.
    """
    row = _locked(plan_id)
    if row.is_default or PlanChoice.objects.filter(plan_id=plan_id).exists():
        raise PlanInUse
    row.archived_at = at
    row.save(update_fields=["archived_at"])


@needs_transaction
def choose_default(plan_id: UUID | None) -> None:
    """This function will make a plan the one of whoever has no other; None is that nobody is reminded by itself.

    Raises:
        NotFound: when there is no such plan.
    """
    # Two who choose at once take their turns.
    list(DunningPlan.objects.select_for_update().order_by("id").values_list("id", flat=True))
    DunningPlan.objects.filter(is_default=True).update(is_default=False)
    if plan_id is not None and not DunningPlan.objects.filter(id=plan_id, archived_at=None).update(is_default=True):
        raise NotFound(kind="dunning plan")


@needs_transaction
def choose_for(*, customer_id: UUID | None = None, group_id: UUID | None = None, plan_id: UUID | None) -> None:
    """This function will choose the plan of a customer or of a billing group; None is that they are not reminded.

    Raises:
        NotFound: when there is no such plan.
    """
    if plan_id is not None:
        _locked(plan_id)
    of: dict[str, Any] = {"customer_id": customer_id, "group_id": group_id}
    PlanChoice.objects.update_or_create(**of, defaults={"plan_id": plan_id})


@needs_transaction
def choose_usual_for(*, customer_id: UUID | None = None, group_id: UUID | None = None) -> None:
    """This function will let the default plan be that of a customer or of a billing group again."""
    of: dict[str, Any] = {"customer_id": customer_id, "group_id": group_id}
    PlanChoice.objects.filter(**of).delete()


@needs_transaction
def decide(found: Sequence[Decided], *, at: datetime) -> list[UUID]:
    """This function will keep reminders that are to be written, and return the ids of those that are new: the database
    keeps each level of an invoice once.
    """
    rows = [Reminder(id=new_id(), decided_at=at, **vars(each)) for each in found]
    Reminder.objects.bulk_create(rows, ignore_conflicts=True)
    stored = set(Reminder.objects.filter(id__in=[row.id for row in rows]).values_list("id", flat=True))
    return [row.id for row in rows if row.id in stored]


@needs_transaction
def hold(reminder_id: UUID) -> None:
    """This function will lock a reminder until the transaction ends, if it was not taken back before."""
    Reminder.objects.select_for_update().filter(id=reminder_id).first()


@needs_transaction
def take_back(reminder_ids: Sequence[UUID]) -> None:
    """This function will forget reminders that nobody got: their levels may be reached again. Their fees must have been
    taken back.
    """
    Reminder.objects.filter(id__in=list(reminder_ids)).delete()


@needs_transaction
def note_fee(*, reminder_id: UUID, late_invoice_id: UUID, invoice_id: UUID, fee: Money, at: datetime) -> None:
    """This function will keep on which invoice the fee of a reminder was billed: one for each reminder, ever."""
    LateFee.objects.create(
        reminder_id=reminder_id,
        late_invoice_id=late_invoice_id,
        invoice_id=invoice_id,
        currency=str(fee.currency),
        fee_minor=fee.minor,
        billed_at=at,
    )


@needs_transaction
def add_fee(reminder_id: UUID, *, fee_minor: int) -> None:
    """This function will keep what late fee a reminder adds, in minor units of the invoice's currency."""
    Reminder.objects.filter(id=reminder_id).update(fee_minor=fee_minor)


@needs_transaction
def take_back_fee(reminder_id: UUID, *, at: datetime) -> UUID | None:
    """This function will part a reminder from its fee, and return the invoice of it, which is to be withdrawn."""
    row = LateFee.objects.select_for_update().filter(reminder_id=reminder_id).first()
    if row is None:
        return None
    row.reminder, row.taken_back_at = None, at
    row.save(update_fields=["reminder", "taken_back_at"])
    return row.invoice_id


@needs_transaction
def pause(
    *,
    customer_id: UUID,
    invoice_id: UUID | None,
    until_date: date | None,
    reason: str,
    by: str,
    at: datetime,
    promised_minor: int | None = None,
    open_minor: int | None = None,
) -> UUID:
    """This function will pause the reminders of an invoice, or of all of a customer, in the place of a pause of before;
    to the end of a local date, if one is named. A promise says what will be paid by then, and what is open. The id of
    the pause is returned.
    """
    end_pause(customer_id=customer_id, invoice_id=invoice_id, at=at)
    row = DunningPause.objects.create(
        customer_id=customer_id,
        invoice_id=invoice_id,
        until_date=until_date,
        reason=reason,
        promised_minor=promised_minor,
        open_minor=open_minor,
        created_at=at,
        created_by=by,
    )
    return row.id


@needs_transaction
def end_pause(*, customer_id: UUID, invoice_id: UUID | None, at: datetime) -> bool:
    """This function will end the pause of an invoice, or of all of a customer, and say whether there was one."""
    of: dict[str, Any] = {"customer_id": customer_id, "invoice_id": invoice_id}
    return DunningPause.objects.filter(**of, ended_at=None).update(ended_at=at) > 0


@needs_transaction
def note_suspension(*, subscription_id: UUID, invoice_id: UUID, from_date: date, at: datetime) -> None:
    """This function will keep because of which invoice a subscription, which the caller holds locked, is suspended."""
    Suspension.objects.create(
        subscription_id=subscription_id, invoice_id=invoice_id, from_date=from_date, suspended_at=at
    )


@needs_transaction
def end_suspensions(subscription_id: UUID, *, at: datetime, settled: Iterable[UUID] | None = None) -> bool:
    """This function will end the suspensions of a subscription, which the caller holds locked, all of them or those
    whose invoices are settled, and say whether none is left in force.
    """
    rows = Suspension.objects.filter(subscription_id=subscription_id, lifted_at=None)
    (rows if settled is None else rows.filter(invoice_id__in=list(settled))).update(lifted_at=at)
    return not rows.exists()


@needs_transaction
def leave_suspended(invoice_id: UUID, *, at: datetime) -> None:
    """This function will leave it to staff to lift what is suspended because of an invoice that will not be paid."""
    Suspension.objects.filter(invoice_id=invoice_id, lifted_at=None).update(lifted_at=at)


@contextmanager
def _named_once() -> Iterator[None]:
    try:
        with savepoint():
            yield
    except IntegrityError as error:
        raise PlanNameTaken from error


def _locked(plan_id: UUID) -> DunningPlan:
    row = DunningPlan.objects.select_for_update().filter(id=plan_id, archived_at=None).first()
    if row is None:
        raise NotFound(kind="dunning plan")
    return row


def _check(name: str, grace_days: int | None) -> None:
    if not name or len(name) > 60:
        raise InvalidField(name="name", reason="A name has 1 to 60 characters.")
    if grace_days is not None and not 0 < grace_days <= LAST_DAY:
        raise InvalidField(name="grace_days", reason=f"Choose 1 to {LAST_DAY} days, or none for never.")


def _check_fees(days: int, fees: Mapping[str, int]) -> None:
    if fees and days < 0:
        raise InvalidField(name="fees", reason="Nothing is late before the due date, so there is no fee.")
    for currency, minor in fees.items():
        try:
            parse_currency(currency)
        except UnknownCurrency:
            raise InvalidField(name="fees", reason=f"There is no currency “{currency}”.") from None
        if not 0 < minor <= LARGEST_MINOR:
            raise InvalidField(name="fees", reason="A fee is an amount above 0.")
