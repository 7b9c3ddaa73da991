"""`/month_end`: up to which day the books are closed; closing the next month, reopening the newest closed one."""

from typing import Annotated

from django.http import StreamingHttpResponse
from ninja import Query
from pydantic import Field

from tallystick.foundation import clock
from tallystick.foundation.clock import local_date
from tallystick.interfaces.api.door import CSV_ANSWER, Request, RequiredKey, Room, call, viewer
from tallystick.interfaces.api.inputs import Input, Month, line
from tallystick.interfaces.kit.journal_file import journal_file
from tallystick.ledger.periods import LONGEST_REASON
from tallystick.usecases import earn_revenue, month_end, send_statements
from tallystick.wire.month_end import BooksShape, MonthEndShape, MonthStatementsShape, RevenueRunShape

router = Room(tags=["month end"])


class MonthInput(Input):
    """A month."""

    month: Month


class MonthQuery(Input):
    """Which month is asked about."""

    month: Annotated[Month | None, Field(description="The next one to close, when left out.")] = None


class ReopenInput(MonthInput):
    """The month that was closed last, and why it is reopened."""

    reason: Annotated[str, line(LONGEST_REASON), Field(description="It stands in the audit.", examples=["Late bill"])]


@router.get("", response=MonthEndShape, summary="Get how a month stands", operation_id="get_month_end")
def get_month_end(request: Request, query: Query[MonthQuery]) -> MonthEndShape:
    """Answers with what to look at before a month is closed, and up to which day the books are. Needs `view`, and a key
    that is not narrowed to one customer.
    """
    return month_end.told(actor=viewer(request), at=clock.now(), month=query.month)


@router.get(
    "/journal",
    summary="Download the general journal",
    operation_id="download_journal",
    openapi_extra=CSV_ANSWER,
)
def download_journal(request: Request, query: Query[MonthQuery]) -> StreamingHttpResponse:
    """Answers with every posting of a month as CSV; of the next one to close, when none is named. Needs
    `books.close`.
    """
    return journal_file(request.auth, query.month or month_end.month_to_close(local_date(clock.now())))


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


@router.post(
    "/statements",
    response=MonthStatementsShape,
    summary="Send all statements of a month",
    operation_id="send_month_statements",
)
def send_month_statements(request: Request, key: RequiredKey, body: MonthInput) -> MonthStatementsShape:
    """Mails a statement of a month that is over to every customer who has something on their account or moved something
    in it, and who has none of this month yet. Needs `mail.resend`, and a key that is not narrowed to one customer.
    """
    return send_statements.send_month_statements(month=body.month, **call(request, key))


@router.post("/reopen", response=BooksShape, summary="Reopen a month", operation_id="reopen_month")
def reopen_month(request: Request, key: RequiredKey, body: ReopenInput) -> BooksShape:
    """Lets the days of the month that was closed last be posted again. Needs `books.reopen`."""
    return month_end.reopen_month(month=body.month, reason=body.reason, **call(request, key))
