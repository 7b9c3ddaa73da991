"""`/reports`: figures over many payments, by their rules."""

from typing import Annotated, Literal

from ninja import Query
from pydantic import Field

from tallystick.interfaces.api.door import Request, Room, asked, viewer
from tallystick.interfaces.api.inputs import CurrencyInput, CustomerRef, Day, QueryFlag
from tallystick.interfaces.api.lists import PageQuery
from tallystick.reports.frame.shape import Asked
from tallystick.usecases import reports
from tallystick.wire.builders import moment
from tallystick.wire.ids import customer_id_of
from tallystick.wire.reports import (
    STEPS,
    ReportNamesShape,
    ReportShape,
    report_name_shape,
    report_shape,
)
from tallystick.wire.shapes import one_of

router = Room(tags=["reports"])


class ReportQuery(PageQuery):
    """What a report is narrowed by; each says in `takes` which of these it knows."""

    from_date: Annotated[
        Day | None, Field(description="The first day. Without both days it is the report's usual period.")
    ] = None
    until_date: Annotated[Day | None, Field(description="The last day.")] = None
    as_of: Annotated[Day | None, Field(description="The day at whose end it is read; without it, today.")] = None
    step: Annotated[Literal["day", "week", "month"], one_of(STEPS, example="month")] = "month"
    currency: CurrencyInput | None = None
    customer: CustomerRef = ""
    settled_only: Annotated[QueryFlag, Field(description="Leaves out what is pending and processing.")] = False


@router.get("", response=ReportNamesShape, summary="List reports", operation_id="list_reports")
def list_reports(request: Request) -> ReportNamesShape:
    """Answers with the reports that the key may read; none for a key of one customer. Needs `view`."""
    return {"data": [report_name_shape(report) for report in reports.reports_for(viewer(request))]}


@router.get("/{report}", response=ReportShape, summary="Read a report", operation_id="get_report")
def get_report(request: Request, report: str, query: Query[ReportQuery]) -> ReportShape:
    """Answers with a report: a table for each currency, whose figures name the list that has the rows behind them. What
    it does not take is refused. Needs the permission of the report, `view` for most, and is not for a key of one
    customer.
    """
    told = reports.read_report(
        **asked(request),
        name=report,
        asked=Asked(
            first_day=query.from_date,
            last_day=query.until_date,
            as_of=query.as_of,
            step=query.step,
            currency=query.currency or "",
            customer_id=customer_id_of(query.customer) if query.customer else None,
            settled_only=query.settled_only,
            cursor=query.cursor,
            limit=query.limit,
        ),
    )
    return report_shape(told.report, told.asked, told.found, read_at=moment(told.at))
