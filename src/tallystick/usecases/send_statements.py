"""Statements of a month to everybody who has something on their account at its end: one mail each, however often it is
asked for.

A job sends some and queues the next. Whoever has a statement of exactly these days is left out, so that a run that was
killed, or begun twice, writes to nobody twice.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from tallystick.foundation import audit, jobs
from tallystick.foundation.clock import local_date
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.months import is_month
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import needs_transaction, transaction
from tallystick.ledger import periods
from tallystick.reports.month_statements import count_waiting, customers_waiting
from tallystick.usecases.frame import SYSTEM, require_unscoped, use_case
from tallystick.usecases.roles import Permission
from tallystick.usecases.statements import NobodyGetsMail, send_statement
from tallystick.wire.month_end import MonthStatementsShape, period_id

# A job writes so many and queues the next: a worker that shall stop is not kept waiting.
MAILS_PER_JOB: Final = 200


@use_case(Permission.RESEND_MAIL)
def send_month_statements(
    *, actor: Actor, at: datetime, month: date, idempotency_key: str | None = None
) -> MonthStatementsShape:
    """This function will have every customer who has something on their account get a statement of a month, given by
    its first day, unless they have it already. Jobs write the mails.

    Raises:
        InvalidField: when `month` is not the first day of one.
        MonthNotOver: as the name says.
    """
    del idempotency_key
    require_unscoped(actor, Permission.RESEND_MAIL)
    if not is_month(month):
        raise InvalidField(name="month", reason="Name a month by its first day.")
    periods.require_over(month, today=local_date(at))
    shape: MonthStatementsShape = {"month": f"{month:%Y-%m}", "customers": count_waiting(month, today=local_date(at))}
    audit.record(
        actor=actor, at=at, action="send_statements", kind="month", object_id=period_id(month), after=dict(shape)
    )
    _go_on(month, None)
    return shape


def work(*, at: datetime, month: date, after: UUID | None, limit: int = MAILS_PER_JOB) -> None:
    """This function will write the next statements of a month, and see to the others."""
    found = customers_waiting(month, today=local_date(at), after=after, limit=limit)
    for customer_id in found:
        _send(customer_id, month, at)
    if found:
        with transaction():
            _go_on(month, found[-1])


def _send(customer_id: UUID, month: date, at: datetime) -> None:
    try:
        send_statement(
            actor=SYSTEM, at=at, customer_id=customer_id, from_date=month, until_date=periods.last_day(month)
        )
    except NobodyGetsMail:
        # None of its contacts wants any mail: there is nobody to tell.
        return


@needs_transaction
def _go_on(month: date, after: UUID | None) -> None:
    # One after another: two at once could write to somebody twice.
    jobs.defer(
        "statements.send_month",
        lock=f"statements {month:%Y-%m}",
        month=month.isoformat(),
        after=None if after is None else str(after),
    )
