"""The list of invoices as a file: exactly what it shows, in its order. What only staff read is in no column of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.http import FileResponse, StreamingHttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.foundation.clock import business_zone
from tallystick.foundation.ids import public_id
from tallystick.interfaces.backoffice.naming import Row, invoice_state
from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.interfaces.kit.spreadsheets import (
    Kind,
    SheetColumn,
    TooManyRowsError,
    spreadsheet,
    spreadsheet_download,
)
from tallystick.interfaces.kit.status import look_of
from tallystick.invoices import queries
from tallystick.invoices.queries import InvoiceFilter
from tallystick.money.amounts import to_decimal
from tallystick.wire.builders import INVOICE


@dataclass(frozen=True)
class _Cell:
    """A column of the file: its heading, what it is, and its value of a row on a day. Amounts are minor units."""

    heading: str | Promise
    value: Callable[[Row, date], Any]
    kind: Kind = "text"


def _column(name: str) -> Callable[[Row, date], Any]:
    return lambda row, _today: row[name]


_CELLS: Final = (
    _Cell(gettext_lazy("Invoice"), lambda row, _today: public_id(INVOICE, row["id"])),
    _Cell(gettext_lazy("Number"), _column("number")),
    _Cell(gettext_lazy("Kind"), _column("kind")),
    _Cell(gettext_lazy("State"), lambda row, today: str(look_of(invoice_state(row, today)).word)),
    _Cell(gettext_lazy("Customer number"), _column("customer_number")),
    _Cell(gettext_lazy("Customer"), _column("customer_name")),
    _Cell(gettext_lazy("Billing group"), _column("group_name")),
    _Cell(gettext_lazy("Title"), _column("title")),
    _Cell(gettext_lazy("Date"), _column("invoice_date"), "day"),
    _Cell(gettext_lazy("Due"), _column("due_date"), "day"),
    _Cell(gettext_lazy("Net"), _column("net_minor"), "amount"),
    _Cell(gettext_lazy("Tax"), _column("tax_minor"), "amount"),
    _Cell(gettext_lazy("Total"), _column("total_minor"), "amount"),
    _Cell(gettext_lazy("Currency"), _column("currency")),
    _Cell(gettext_lazy("Paid"), _column("allocated_minor"), "amount"),
    _Cell(gettext_lazy("Credited"), _column("credited_minor"), "amount"),
    _Cell(gettext_lazy("From the wallet"), _column("wallet_minor"), "amount"),
    _Cell(gettext_lazy("Small differences"), _column("difference_minor"), "amount"),
    _Cell(gettext_lazy("Written off"), _column("written_off_minor"), "amount"),
    _Cell(gettext_lazy("Open"), _column("open_minor"), "amount"),
    _Cell(gettext_lazy("Made (%(zone)s)"), _column("created_at"), "moment"),
    _Cell(gettext_lazy("Issued (%(zone)s)"), _column("issued_at"), "moment"),
)


def invoices_file(wanted: InvoiceFilter, *, today: date) -> StreamingHttpResponse:
    """This function will answer with invoices as CSV, moments in UTC."""
    headings = [column.heading for column in _columns("UTC")]
    return csv_response(f"invoices-{today.isoformat()}", headings, _lines(wanted, today))


def invoices_spreadsheet(wanted: InvoiceFilter, *, today: date, most: int) -> FileResponse:
    """This function will answer with the same invoices and columns as a spreadsheet, moments in the business's zone.

    Raises:
        TooManyRowsError: when there are more than `most`.
    """
    if queries.more_than(wanted, most, today=today):
        raise TooManyRowsError
    zone = business_zone()
    rows = ([_in_sheet(cell, row, today, zone) for cell in _CELLS] for row in queries.all_invoices(wanted, today=today))
    file = spreadsheet(_("Invoices"), _columns(zone.key), rows, most=most)
    return spreadsheet_download(f"invoices-{today.isoformat()}", file)


def _columns(zone: str) -> list[SheetColumn]:
    return [SheetColumn(str(cell.heading) % {"zone": zone}, cell.kind) for cell in _CELLS]


def _lines(wanted: InvoiceFilter, today: date) -> Iterator[list[str]]:
    for row in queries.all_invoices(wanted, today=today):
        yield [_in_text(cell, row, today) for cell in _CELLS]


def _in_sheet(cell: _Cell, row: Row, today: date, zone: ZoneInfo) -> Any:
    value = cell.value(row, today)
    if cell.kind == "amount":
        return to_decimal(value, row["currency"])
    return value.astimezone(zone).replace(tzinfo=None) if isinstance(value, datetime) else value


def _in_text(cell: _Cell, row: Row, today: date) -> str:
    value = cell.value(row, today)
    if cell.kind == "amount":
        return str(to_decimal(value, row["currency"]))
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    return value.isoformat() if isinstance(value, date) else harmless(value)
