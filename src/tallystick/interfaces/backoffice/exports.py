"""Lists as files."""

import csv
from collections.abc import Callable
from contextlib import closing
from datetime import date
from io import StringIO

from django.contrib import messages
from django.http import FileResponse, HttpResponseRedirect, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.utils.translation import gettext as _

from tallystick.foundation.clock import business_zone
from tallystick.interfaces.backoffice.door import StaffRequest
from tallystick.interfaces.kit.files import csv_download
from tallystick.interfaces.kit.formatting import format_number
from tallystick.interfaces.kit.markup import current_locale
from tallystick.interfaces.kit.spreadsheets import (
    MOST_ROWS,
    SheetColumn,
    TooManyRowsError,
    spreadsheet,
    spreadsheet_download,
)
from tallystick.interfaces.kit.tables import EXPORT, SPREADSHEET
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.reports import payment_files
from tallystick.usecases.roles import Permission
from tallystick.wire import words


def as_file(
    request: StaffRequest,
    *,
    text: Callable[[], HttpResponseBase],
    sheet: Callable[[int], HttpResponseBase],
) -> HttpResponseBase | None:
    """This function will answer with the list as the file that the address asks for; None when it asks for none.

    `sheet` is told how many rows it may have; a longer list is refused with words, on its page.

    Raises:
        NotAllowed: when the actor may not download.
    """
    wanted = (EXPORT[0], request.GET.get(EXPORT[0]))
    if wanted not in {EXPORT, SPREADSHEET}:
        return None
    request.actor.require(Permission.DOWNLOAD)
    if wanted == EXPORT:
        return text()
    try:
        return sheet(MOST_ROWS)
    except TooManyRowsError:
        too_many = _("A spreadsheet holds at most %(most)s rows. Narrow the list, or export it as CSV.")
        messages.error(request, too_many % {"most": format_number(MOST_ROWS, current_locale())})
        kept = request.GET.copy()
        del kept[SPREADSHEET[0]]
        return HttpResponseRedirect(f"{request.path}?{kept.urlencode()}")


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
        TooManyRowsError: when there are more than `most`.
    """
    if lists.more_than(wanted, most):
        raise TooManyRowsError
    zone = business_zone().key
    named = _headings(made=_("Made (%(zone)s)") % {"zone": zone}, completed=_("Completed (%(zone)s)") % {"zone": zone})
    columns = [
        SheetColumn(named[cell.name], "text" if cell.kind == "people" else cell.kind) for cell in payment_files.CELLS
    ]
    with closing(payment_files.rows(wanted, sort=sort, zone=zone, status_word=_status_word, yes=_("yes"))) as rows:
        file = spreadsheet(_("Payments"), columns, rows, most=most)
    return spreadsheet_download(f"payments-{today.isoformat()}", file)


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
