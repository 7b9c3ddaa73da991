"""Lists as files."""

import csv
from collections.abc import Iterator
from datetime import date
from io import StringIO
from typing import Any

from django.http import FileResponse, StreamingHttpResponse
from django.utils.translation import gettext as _

from tallystick.foundation.clock import business_zone
from tallystick.interfaces.kit.files import csv_download
from tallystick.interfaces.kit.spreadsheets import SheetColumn, spreadsheet, spreadsheet_download
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.reports import payment_files
from tallystick.wire import words

Row = tuple[Any, ...]


class TooManyForSpreadsheetError(Exception):
    """The list has more rows than a spreadsheet can have."""


def payments_file(wanted: PaymentFilter, *, sort: str, today: date) -> StreamingHttpResponse:
    """This function will answer with payments as CSV. What is private is not in it (`docs/model.md`, 11)."""
    line = StringIO()
    named = _headings(made=_("Made (UTC)"), completed=_("Completed (UTC)"))
    csv.writer(line, lineterminator="\n").writerow(named[cell.name] for cell in payment_files.CELLS)
    blocks = payment_files.csv_blocks(
        wanted, sort=sort, headings=line.getvalue(), status_word=_status_word, yes=_("yes")
    )
    return csv_download(f"payments-{today.isoformat()}", blocks)


def payments_spreadsheet(wanted: PaymentFilter, *, sort: str, today: date, most: int) -> FileResponse:
    """This function will answer with the same payments and columns as a spreadsheet, moments in the business's zone.

    Raises:
        TooManyForSpreadsheetError: when there are more than `most`.
    """
    if lists.more_than(wanted, most):
        raise TooManyForSpreadsheetError
    zone = business_zone().key
    named = _headings(made=_("Made (%(zone)s)") % {"zone": zone}, completed=_("Completed (%(zone)s)") % {"zone": zone})
    columns = [
        SheetColumn(named[cell.name], "text" if cell.kind == "people" else cell.kind) for cell in payment_files.CELLS
    ]
    rows = payment_files.rows(wanted, sort=sort, zone=zone, status_word=_status_word, yes=_("yes"))
    file = spreadsheet(_("Payments"), columns, _at_most(most, rows))
    return spreadsheet_download(f"payments-{today.isoformat()}", file)


def _at_most(most: int, rows: Iterator[Row]) -> Iterator[Row]:
    """The rows; more may have come since they were counted."""
    for number, row in enumerate(rows):
        if number == most:
            raise TooManyForSpreadsheetError
        yield row


def _status_word(kind: str, status: str) -> str:
    return words.status_word(kind=kind, status=status)


def _headings(*, made: str, completed: str) -> dict[str, str]:
    """The headings of `payment_files.CELLS`, by their names."""
    return {
        "payment": _("Payment"),
        "receipt": _("Receipt"),
        "kind": _("Kind"),
        "status": _("Status"),
        "reversed": _("Reversed"),
        "customer_number": _("Customer number"),
        "customer": _("Customer"),
        "invoice": _("Invoice"),
        "total": _("Total"),
        "currency": _("Currency"),
        "allocated": _("Allocated"),
        "refunded": _("Refunded"),
        "disputed": _("In dispute"),
        "lost": _("Lost in disputes"),
        "unallocated": _("Not allocated"),
        "method": _("Method"),
        "reference": _("Reference"),
        "description": _("Description"),
        "note": _("Note of the customer"),
        "due": _("Due"),
        "received": _("Received"),
        "made": made,
        "completed": completed,
        "refund_of": _("Refund of"),
    }
