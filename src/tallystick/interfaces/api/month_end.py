"""`/month_end`: up to which day the books are closed; closing the next month, reopening the newest closed one."""

from typing import Annotated

from pydantic import Field

from tallystick.interfaces.api.door import Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Input, Month, line
from tallystick.ledger.periods import LONGEST_REASON
from tallystick.usecases import earn_revenue, month_end
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission
from tallystick.wire import month_end as wire
from tallystick.wire.month_end import BooksShape, RevenueRunShape

router = Room(tags=["month end"])


class MonthInput(Input):
    """A month."""

    month: Month


class ReopenInput(MonthInput):
    """The month that was closed last, and why it is reopened."""

    reason: Annotated[str, line(LONGEST_REASON), Field(description="It stands in the audit.", examples=["Late bill"])]


@router.get("", response=BooksShape, summary="Get up to which day the books are closed", operation_id="get_books")
def get_books(request: Request) -> BooksShape:
    """Answers with the last day on which nothing can be posted any more, and who closed what. Needs `view`."""
    require_unscoped(viewer(request), Permission.VIEW)
    return wire.books_shape()


@router.post("/close", response=BooksShape, summary="Close a month", operation_id="close_month")
def close_month(request: Request, key: RequiredKey, body: MonthInput) -> BooksShape:
    """Locks a month that is over, the next one in order. The first that is ever closed locks everything before it, too.
    What belongs to a locked day is posted on the first open one from then on; documents keep their true dates. Needs
    `books.close`.
    """
    return month_end.close_month(month=body.month, **call(request, key))


@router.post(
    "/revenue_run", response={201: RevenueRunShape}, summary="Earn deferred revenue", operation_id="begin_revenue_run"
)
def begin_revenue_run(request: Request, key: RequiredKey, body: MonthInput) -> RevenueRunShape:
    """Begins to earn the deferred revenue of a month that is over, straight line by day, and answers at once. Months
    before it that had no run have theirs first; a second run of a month earns what came since. Needs `books.close`.
    """
    return earn_revenue.begin_revenue_run(month=body.month, **call(request, key))


@router.post("/reopen", response=BooksShape, summary="Reopen a month", operation_id="reopen_month")
def reopen_month(request: Request, key: RequiredKey, body: ReopenInput) -> BooksShape:
    """Lets the days of the month that was closed last be posted again. Needs `books.reopen`."""
    return month_end.reopen_month(month=body.month, reason=body.reason, **call(request, key))
