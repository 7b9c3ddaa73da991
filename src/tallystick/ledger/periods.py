"""Closing months, and reopening the newest closed one (J63). The database itself refuses what is not in order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import ClassVar

import psycopg.errors
from django.db import OperationalError, connection

from tallystick.foundation.errors import Conflict
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import needs_transaction, savepoint
from tallystick.ledger.models import PeriodAct
from tallystick.ledger.queries import closed_until

LONGEST_REASON = 200
# Whoever posts waits behind whoever closes: so closing gives up when a long transaction keeps it waiting itself.
_WAIT = "SET LOCAL lock_timeout = '5s'; LOCK TABLE ledger_periodact IN EXCLUSIVE MODE; SET LOCAL lock_timeout = DEFAULT"


@dataclass(kw_only=True, eq=False)
class MonthNotOver(Conflict):
    """The month still goes on, or is to come."""

    code: ClassVar[str] = "month_not_over"
    sentence: ClassVar[str] = "A month can be closed when it is over: from {day} on."
    field: ClassVar[str | None] = "month"

    day: date


@dataclass(kw_only=True, eq=False)
class MonthClosedOutOfOrder(Conflict):
    """Months are closed in order, and each once."""

    code: ClassVar[str] = "month_closed_out_of_order"
    sentence: ClassVar[str] = "The books are closed up to {until}, so the next month to close begins on the day after."
    field: ClassVar[str | None] = "month"

    until: date


@dataclass(kw_only=True, eq=False)
class MonthNotReopened(Conflict):
    """Only the newest closed month can be reopened."""

    code: ClassVar[str] = "month_not_reopened"
    sentence: ClassVar[str] = "Only the month that was closed last can be reopened."
    field: ClassVar[str | None] = "month"

    month: date


@dataclass(kw_only=True, eq=False)
class BooksAreBusy(Conflict):
    """Something long is being posted, which closing would have to wait for."""

    code: ClassVar[str] = "books_are_busy"
    sentence: ClassVar[str] = "Something is being posted that takes long. Try again in a moment."


def last_day(month: date) -> date:
    """This function will return the last day of the month that begins on `month`."""
    return months_after(month, 1, day=1) - timedelta(days=1)


def require_over(month: date, *, today: date) -> None:
    """This function will refuse a month, given by its first day, that is not over on the business's day `today`.

    Raises:
        MonthNotOver: when it still goes on, or is to come.
    """
    if last_day(month) >= today:
        raise MonthNotOver(day=last_day(month) + timedelta(days=1))


@needs_transaction
def close_month(month: date, *, today: date, at: datetime, by: str) -> None:
    """This function will lock every day up to the end of a month, given by its first day.

    The first month that is ever closed locks everything before it, too. It waits until everybody who posts is done;
    call it before the transaction locks anything else.

    Raises:
        MonthNotOver: when it still goes on on the business's day `today`.
        MonthClosedOutOfOrder: when it is not the one after the newest closed one.
        BooksAreBusy: when something is being posted for long.
    """
    require_over(month, today=today)
    end = last_day(month)
    with _alone():
        until = closed_until()
        if until is not None and month != until + timedelta(days=1):
            raise MonthClosedOutOfOrder(until=until)
        PeriodAct.objects.create(month=month, act=PeriodAct.Act.CLOSE, closed_until=end, acted_at=at, acted_by=by)


@needs_transaction
def reopen_month(month: date, *, at: datetime, by: str, reason: str) -> None:
    """This function will let dates in the newest closed month, given by its first day, be posted again.

    Raises:
        MonthNotReopened: when another one was closed last, or none.
        BooksAreBusy: when something is being posted for long.
    """
    with _alone():
        if closed_until() != last_day(month):
            raise MonthNotReopened(month=month)
        PeriodAct.objects.create(
            month=month,
            act=PeriodAct.Act.REOPEN,
            closed_until=month - timedelta(days=1),
            acted_at=at,
            acted_by=by,
            reason=reason,
        )


@contextmanager
def _alone() -> Iterator[None]:
    """Nobody posts, closes or reopens anything until the transaction ends."""
    try:
        with savepoint(), connection.cursor() as cursor:
            cursor.execute(_WAIT)
    except OperationalError as error:
        if isinstance(error.__cause__, psycopg.errors.LockNotAvailable):
            raise BooksAreBusy from None
        raise
    yield
