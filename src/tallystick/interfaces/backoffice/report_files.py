"""Reports as files: all rows and totals, streamed, currencies below one another."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.interfaces.kit.spreadsheets import Kind, SheetColumn, spreadsheet, spreadsheet_download
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import to_decimal
from tallystick.reports.frame.shape import Column, Found, Report, Row, Status
from tallystick.wire.words import status_word

_KINDS: dict[str, Kind] = {
    "text": "text",
    "day": "day",
    **dict.fromkeys(("money", "count", "percent", "rate"), "amount"),
}
_WHOLE = Decimal(1)
_PERCENTAGES = ("percent", "rate")


def as_csv(name: str, report: Report, pages: Iterable[Found]) -> StreamingHttpResponse:
    """This function will answer with a report as CSV: amounts are plain decimals, percentages have two places, and
    rates of tax as many as they need.
    """
    rows = ([_text(value) for value in row] for row in _rows(report, pages))
    return csv_response(name, _headings(report), rows)


def as_spreadsheet(name: str, report: Report, pages: Iterable[Found], *, most: int) -> FileResponse:
    """This function will answer with the same as a spreadsheet: amounts are numbers, days are dates.

    Raises:
        TooManyRowsError: when there are more than `most`.
    """
    headings = _headings(report)
    kinds: list[Kind] = ["text", *(_KINDS[column.kind] for column in report.columns)]
    columns = [SheetColumn(heading, kind) for heading, kind in zip(headings, kinds, strict=True)]
    return spreadsheet_download(name, spreadsheet(_("Report"), columns, _rows(report, pages), most=most))


def _headings(report: Report) -> list[str]:
    shown = (f"{column.title} (%)" if column.kind in _PERCENTAGES else str(column.title) for column in report.columns)
    return [_("Currency"), *shown]


def _rows(report: Report, pages: Iterable[Found]) -> Iterator[Sequence[Any]]:
    """Rows as they come, and when all are through, the total of each currency: it belongs to all pages alike."""
    base = ledger.base_currency()
    totals: dict[str, Row] = {}
    for found in pages:
        for part in found.parts:
            for row in part.rows:
                yield _written(report, row, part.currency, base)
            if part.total:
                totals[part.currency] = part.total
    for currency, total in totals.items():
        yield _written(report, total, currency, base)


def _written(report: Report, row: Row, currency: str, base: str) -> list[Any]:
    return [currency, *(_cell(column, row, base if column.in_base else currency) for column in report.columns)]


def _cell(column: Column, row: Row, currency: str) -> Any:
    value = row[column.name].value if column.name in row else None
    if isinstance(value, int):
        if column.kind == "money":
            return to_decimal(value, currency)
        if column.kind == "rate":
            rate = Decimal(value).scaleb(-4)
            return rate.quantize(_WHOLE) if rate == rate.to_integral() else rate.normalize()
        return Decimal(value).scaleb(-2) if column.kind == "percent" else Decimal(value)
    if isinstance(value, Status):
        return status_word(kind="receipt", status=value.code)
    return value if value is None or isinstance(value, date) else str(value)


def _text(value: Any) -> str:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return value.isoformat() if isinstance(value, date) else harmless(value)
