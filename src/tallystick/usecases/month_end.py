"""Month end (J63): a month is closed, which locks it and everything before, and the newest one may be reopened."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from tallystick.foundation import audit
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.permissions import Actor
from tallystick.ledger import periods
from tallystick.ledger.periods import LONGEST_REASON
from tallystick.usecases.frame import require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.wire import month_end as wire
from tallystick.wire.month_end import BooksShape


@use_case(Permission.CLOSE_MONTHS)
def close_month(*, actor: Actor, at: datetime, month: date, idempotency_key: str | None = None) -> BooksShape:
    """This function will lock a month, given by its first day, and everything before it (J63).

    What belongs to a day in it is posted on the first open day from now on; documents keep their true dates.

    Raises:
        InvalidField: when `month` is not the first day of one.
        MonthNotOver, MonthClosedOutOfOrder, BooksAreBusy: as the names say.
    """
    del idempotency_key
    require_unscoped(actor, Permission.CLOSE_MONTHS)
    _require_first(month)
    periods.close_month(month, today=local_date(at), at=at, by=actor.label)
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
    told = reason.strip()
    if not 0 < len(told) <= LONGEST_REASON:
        raise InvalidField(name="reason", reason=f"Say why, in up to {LONGEST_REASON} characters.")
    periods.reopen_month(month, at=at, by=actor.label, reason=told)
    return _recorded(actor, at, "reopen_month", month, {"month": f"{month:%Y-%m}", "reason": told})


def _recorded(actor: Actor, at: datetime, action: str, month: date, after: Mapping[str, Any]) -> BooksShape:
    audit.record(actor=actor, at=at, action=action, kind="month", object_id=wire.period_id(month), after=after)
    return wire.books_shape()


def _require_first(month: date) -> None:
    if month.day != 1:
        raise InvalidField(name="month", reason="Name a month by its first day.")
