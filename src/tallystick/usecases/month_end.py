"""Month end (J63): a month is closed, which locks it and everything before, and the newest one may be reopened."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, ClassVar, Final

from django.utils.translation import gettext_lazy

from tallystick.foundation import audit
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import Conflict, InvalidField
from tallystick.foundation.months import is_month, months_after
from tallystick.foundation.permissions import Actor
from tallystick.ledger import periods
from tallystick.ledger import queries as ledger
from tallystick.ledger.periods import LONGEST_REASON
from tallystick.reports.journal import csv_blocks
from tallystick.reports.month_end import month_end, obstacles
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import month_end as wire
from tallystick.wire.month_end import BooksShape, MonthEndShape

# What must be done before a month is closed, where it is not.
_FIRST: Final = {
    "deferred_revenue": gettext_lazy("earn the deferred revenue of the month"),
    "trial_balance": gettext_lazy("find out why the books do not balance"),
}


@dataclass(kw_only=True, eq=False)
class MonthEndNotDone(Conflict):
    """Something of the month must be done before it is closed."""

    code: ClassVar[str] = "month_end_not_done"
    sentence: ClassVar[str] = "Before this month is closed, this must be done: {left}."

    left: str


def month_to_close(today: date) -> date:
    """This function will return the first day of the month that is closed next; of the last one when it is not over."""
    previous = months_after(today, -1, day=1)
    until = ledger.closed_until()
    return previous if until is None else min(previous, until + timedelta(days=1))


def told(*, actor: Actor, at: datetime, month: date | None = None) -> MonthEndShape:
    """This function will say how a month stands; the next to close, when none is named.

    Raises:
        NotAllowed: when the actor may not see customers and payments, or is narrowed to one customer.
        InvalidField: when `month` is not the first day of one.
    """
    actor.require(Permission.VIEW)
    require_unscoped(actor, Permission.VIEW)
    today = local_date(at)
    wanted = month or month_to_close(today)
    _require_first(wanted)
    return wire.month_end_shape(wanted, month_end(wanted), today=today)


def journal(*, actor: Actor, month: date, headings: Sequence[str]) -> Iterator[bytes]:
    """This function will return the general journal of a month as CSV, block by block (`reports.journal`).

    Raises:
        InvalidField: when `month` is not the first day of one.
    """
    actor.require(Permission.CLOSE_MONTHS)
    require_unscoped(actor, Permission.CLOSE_MONTHS)
    _require_first(month)
    return csv_blocks(month, headings=headings)


@use_case(Permission.CLOSE_MONTHS)
def close_month(*, actor: Actor, at: datetime, month: date, idempotency_key: str | None = None) -> BooksShape:
    """This function will lock a month, given by its first day, and everything before it (J63).

    What belongs to a day in it is posted on the first open day from now on; documents keep their true dates.

    Raises:
        InvalidField: when `month` is not the first day of one.
        MonthNotOver, MonthClosedOutOfOrder, MonthEndNotDone, BooksAreBusy: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CLOSE_MONTHS)
    _require_first(month)
    periods.close_month(month, today=local_date(at), at=at, by=actor.label)
    # Looked at when nobody posts any more: what closing waited for may have to be done, too.
    left = obstacles(month)
    if left:
        raise MonthEndNotDone(left=", ".join(str(_FIRST[key]) for key in left))
    return _recorded(actor, at, "close_month", month, {"month": f"{month:%Y-%m}"})


@use_case(Permission.REOPEN_MONTHS)
def reopen_month(
    *, actor: Actor, at: datetime, month: date, reason: str, idempotency_key: str | None = None
) -> BooksShape:
    """This function will let the days of the newest closed month be posted again (decision 0032).

    Raises:
        InvalidField: when `month` is not the first day of one, or there is no reason.
        MonthNotReopened, BooksAreBusy: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.REOPEN_MONTHS)
    _require_first(month)
    why = reason.strip()
    if not 0 < len(why) <= LONGEST_REASON:
        raise InvalidField(name="reason", reason=f"Say why, in up to {LONGEST_REASON} characters.")
    periods.reopen_month(month, at=at, by=actor.label, reason=why)
    return _recorded(actor, at, "reopen_month", month, {"month": f"{month:%Y-%m}", "reason": why})


def _recorded(actor: Actor, at: datetime, action: str, month: date, after: Mapping[str, Any]) -> BooksShape:
    audit.record(actor=actor, at=at, action=action, kind="month", object_id=wire.period_id(month), after=after)
    return wire.books_shape()


def _require_first(month: date) -> None:
    if not is_month(month):
        raise InvalidField(name="month", reason="Name a month by its first day.")
