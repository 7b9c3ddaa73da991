"""Reports as API answers tell them: each figure by the name of its column, with the list of the rows behind it."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.foundation.ids import public_id
from tallystick.reports.frame.registry import REPORTS
from tallystick.reports.frame.shape import Asked, Cell, Column, Drill, Found, Part, Report, Row, Status, Why
from tallystick.wire.builders import BILLING_GROUP, CUSTOMER, day
from tallystick.wire.explain import ABOUT, NUMBER_WORDS
from tallystick.wire.shapes import CustomerId, Day, Moment, one_of

REPORT_WORDS = {name: str(report.answers) for name, report in REPORTS.items()}
COLUMN_KINDS = {
    "text": "words.",
    "money": "minor units of the part's currency, or of the base currency where `in_base` says so.",
    "count": "a number of things.",
    "day": "a local date.",
    "percent": "hundredths of a percent: 1234 is 12.34 %.",
    "rate": "ten-thousandths of a percent, which a rate of tax may need: 81250 is 8.125 %.",
}
STEPS = {"day": "a row for each day.", "week": "a row for each week, by its Monday.", "month": "a row for each month."}
LISTS = {"payments": "`/payments`.", "disputes": "`/disputes`."}


class ColumnShape(TypedDict):
    """A column of a report."""

    name: Annotated[str, Field(examples=["income"])]
    title: Annotated[str, Field(examples=["Total income"])]
    kind: Annotated[str, one_of(COLUMN_KINDS, example="money")]
    formula: Annotated[str, Field(description="The rule that makes its figures, in words; or empty.")]
    in_base: Annotated[bool, Field(description="Whether its money is in the base currency.")]


class RowsShape(TypedDict):
    """The rows behind a figure: a list, and the query under which it has them."""

    list: Annotated[str, one_of(LISTS, example="payments")]
    query: Annotated[dict[str, str], Field(examples=[{"status": "completed", "currency": "EUR", "in_reports": "true"}])]


class WhyShape(TypedDict):
    """What explains a figure, down to postings that add up to it."""

    number: Annotated[str, one_of(NUMBER_WORDS, example="account.balance")]
    query: Annotated[
        dict[str, str],
        Field(
            description="What `/explain` takes beside the number.",
            examples=[{"account": "1200", "currency": "EUR", "until": "2026-03-31"}],
        ),
    ]


class CellShape(TypedDict):
    """One figure or word."""

    value: Annotated[int | str | None, Field(description="By the kind of its column.", examples=[10680])]
    rows: Annotated[RowsShape | None, Field(description="Null where `why` tells it, or it is none of rows.")]
    why: Annotated[WhyShape | None, Field(description="Null where its rows tell it, or it is computed of others.")]


RowShape = Annotated[dict[str, CellShape], Field(description="Cells by the names of their columns.")]


class ReportPartShape(TypedDict):
    """What a report found in one currency."""

    currency: Annotated[str, Field(description="ISO 4217 code; empty where nothing of it is money.", examples=["EUR"])]
    rows: list[RowShape]
    total: Annotated[dict[str, CellShape] | None, Field(description="Of all rows, also of those on other pages.")]


class AskedShape(TypedDict):
    """What the report was asked; null where that is not narrowed, or not what it takes."""

    from_date: Day | None
    until_date: Day | None
    as_of: Day | None
    step: Annotated[str, one_of(STEPS, example="month", about="Of reports that take a step.")]
    currency: Annotated[str | None, Field(examples=["EUR"])]
    customer: CustomerId | None
    settled_only: bool


class ReportShape(TypedDict):
    """A report, with a page of its rows."""

    name: Annotated[str, one_of(REPORT_WORDS, example="metrics")]
    title: str
    formula: Annotated[str, Field(description="Which rows it goes over, in words.")]
    read_at: Moment
    asked: AskedShape
    columns: list[ColumnShape]
    parts: Annotated[list[ReportPartShape], Field(description="One for each currency: they are never added up.")]
    next_cursor: Annotated[str | None, Field(description="What `cursor` takes to go on; null at the end.")]


class ReportNameShape(TypedDict):
    """A report that can be asked for."""

    name: Annotated[str, one_of(REPORT_WORDS, example="metrics")]
    title: str
    answers: Annotated[str, Field(description="The question that it answers.")]
    takes: Annotated[
        list[str],
        Field(description="What it is narrowed by; `period` is `from_date` and `until_date`.", examples=[["period"]]),
    ]


class ReportNamesShape(TypedDict):
    """All reports."""

    data: list[ReportNameShape]


def report_name_shape(report: Report) -> ReportNameShape:
    """This function will return what a report answers, and what it takes."""
    return {
        "name": report.name,
        "title": str(report.title),
        "answers": str(report.answers),
        "takes": [*report.takes],
    }


def report_shape(report: Report, asked: Asked, found: Found, *, read_at: str) -> ReportShape:
    """This function will return a report as it was read."""
    return {
        "name": report.name,
        "title": str(report.title),
        "formula": str(report.formula),
        "read_at": read_at,
        "asked": _asked_shape(asked),
        "columns": [_column_shape(column) for column in report.columns],
        "parts": [_part_shape(part) for part in found.parts],
        "next_cursor": found.next_cursor or None,
    }


def _asked_shape(asked: Asked) -> AskedShape:
    return {
        "from_date": day(asked.first_day),
        "until_date": day(asked.last_day),
        "as_of": day(asked.as_of),
        "step": asked.step,
        "currency": asked.currency or None,
        "customer": public_id(CUSTOMER, asked.customer_id) if asked.customer_id else None,
        "settled_only": asked.settled_only,
    }


def _column_shape(column: Column) -> ColumnShape:
    return {
        "name": column.name,
        "title": str(column.title),
        "kind": column.kind,
        "formula": str(column.formula),
        "in_base": column.in_base,
    }


def _part_shape(part: Part) -> ReportPartShape:
    return {
        "currency": part.currency,
        "rows": [_row_shape(row) for row in part.rows],
        "total": _row_shape(part.total) if part.total else None,
    }


def _row_shape(row: Row) -> dict[str, CellShape]:
    return {
        name: {"value": _value(cell), "rows": rows_shape(cell.drill), "why": why_shape(cell.why)}
        for name, cell in row.items()
    }


def _value(cell: Cell) -> int | str | None:
    value: Any = cell.value
    if value is None or isinstance(value, int):
        return value
    if isinstance(value, Status):
        return value.code
    return value.isoformat() if isinstance(value, date) else str(value)


def why_shape(why: Why | None) -> WhyShape | None:
    """This function will return what explains a figure; None where nothing does by itself."""
    if why is None:
        return None
    told = {
        name: public_id(ABOUT[name], value) if isinstance(value, UUID) else str(value)
        for name, value in why.about.items()
        if value
    }
    return {"number": why.number, "query": told}


def rows_shape(drill: Drill | None) -> RowsShape | None:
    """This function will return the list with the rows behind a figure; None where no list has them."""
    if drill is None:
        return None
    query = dict(drill.query)
    if drill.settled_only:
        query["settled"] = "true"
    for name, (first, last) in drill.days.items():
        query |= {f"{name}_{side}": each.isoformat() for side, each in (("from", first), ("until", last)) if each}
    if drill.group_id is not None:
        query["billing_group"] = public_id(BILLING_GROUP, drill.group_id)
    if drill.customer_id is not None:
        query["customer"] = public_id(CUSTOMER, drill.customer_id)
    return {"list": drill.list, "query": query}
