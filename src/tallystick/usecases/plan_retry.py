"""A payment that failed is tried again on a day that its payer chooses (E21).

The try is one of autopay's: it charges the agreed method, while the agreement holds, as `autopay_run` does on its own
plan. Without an agreement nobody may charge a payer who is not there, so there is no day to choose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final
from uuid import UUID

from django.utils.translation import gettext as _

from tallystick.foundation import audit, settings_store
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.invoices import operations as invoices
from tallystick.payments import autopay, autopay_queries, states
from tallystick.payments import operations as payments
from tallystick.payments import queries as payment_queries
from tallystick.usecases.autopay_run import Charge, charges, ways_of
from tallystick.usecases.frame import require_own, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import builders
from tallystick.wire.shapes import PaymentShape

MOST_DAYS: Final = 60
CHOSEN_DAYS: Final = settings_store.Setting[int](
    "retry_chosen_days",
    7,
    "Within how many days a payer may choose when a payment that failed is tried again: "
    f"0 to {MOST_DAYS}; 0 for not at all.",
    lambda value: type(value) is int and 0 <= value <= MOST_DAYS,
)


@dataclass(frozen=True, kw_only=True)
class ComingTries:
    """The local date on which autopay charges a payment, by its plan or when it is due; and the first and the last day
    that its payer may choose for another try. None where there is none.
    """

    next_date: date | None
    days: tuple[date, date] | None


@dataclass(kw_only=True, eq=False)
class RetryNotPlanned(Conflict):
    """Nothing would be charged on a day to come, so none can be chosen."""

    code: ClassVar[str] = "retry_not_planned"
    sentence: ClassVar[str] = (
        "A day can be chosen only for a payment that failed, of one invoice that automatic payment can charge."
    )


@use_case(Permission.COLLECT_PAYMENTS)
def plan_retry(
    *, actor: Actor, at: datetime, payment_id: UUID, day: date, idempotency_key: str | None = None
) -> PaymentShape:
    """This function will have a failed payment tried again on a local date from tomorrow on, within the days that the
    business allows. It takes the place of the day that was planned before.

    Raises:
        NotFound: when there is no such payment.
        RetryNotPlanned: when automatic payment would not charge it then.
        InvalidField: when the day is not one of those that may be chosen.
    """
    del idempotency_key
    row = payment_queries.public_payment(payment_id)
    require_own(actor, row["customer_id"], kind="payment")
    if row["invoice_id"] is not None:
        invoices.locked_many([row["invoice_id"]])
    payment = payments.locked(payment_id)
    first, last = _bounds(local_date(at))
    _planned, chosen = _charges(payment_queries.public_payment(payment_id), first)
    if chosen is None:
        raise RetryNotPlanned
    if not first <= day <= last:
        days = {"first": first.isoformat(), "last": last.isoformat()}
        raise InvalidField(name="day", reason=_("Choose a day from %(first)s to %(last)s.") % days)
    before = payment.next_try_date
    autopay.plan_try(payment, day)
    payments.note(
        payment,
        event="plan_retry",
        before=payment.status,
        by=actor.label,
        at=at,
        detail={"day": day.isoformat()},
    )
    audit.record(
        actor=actor,
        at=at,
        action="plan_retry",
        kind="payment",
        object_id=payment_id,
        before={"next_try_date": builders.day(before)},
        after={"next_try_date": builders.day(day)},
    )
    return builders.one_payment(payment_id)


def coming_tries(row: Mapping[str, Any], *, today: date) -> ComingTries:
    """This function will return when autopay charges a payment, and when a payer may have it tried again instead.

    `row` has the payment's public columns.
    """
    first, last = _bounds(today)
    planned, chosen = _charges(row, first)
    days = (first, last) if chosen is not None and last >= first else None
    return ComingTries(next_date=None if planned is None else planned.charge_date, days=days)


def days_to_choose(row: Mapping[str, Any], *, today: date) -> tuple[date, date] | None:
    """This function will return the first and the last day on which a payment can be tried again; None when on none.

    `row` has the payment's public columns.
    """
    return coming_tries(row, today=today).days


def _bounds(today: date) -> tuple[date, date]:
    return today + timedelta(days=1), today + timedelta(days=settings_store.get(CHOSEN_DAYS))


def _charges(row: Mapping[str, Any], day: date) -> tuple[Charge | None, Charge | None]:
    """What autopay charges of an expected payment as things stand, and what it would if the day were planned after a
    failure; None when nothing.
    """
    if row["kind"] != states.SCHEDULED or row["customer_id"] is None:
        return None, None
    agreed = autopay_queries.agreements([row["customer_id"]])
    found = autopay_queries.candidate(row["id"]) if agreed else None
    if found is None:
        return None, None
    planned, chosen = charges([found, replace(found, next_try_date=day)], ways=ways_of(agreed))
    has_failed = row["status"] == states.FAILED
    return planned if planned.why_not is None else None, chosen if has_failed and chosen.why_not is None else None
