"""Lists as files."""

import csv
from datetime import date
from io import StringIO

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from tallystick.interfaces.kit.files import csv_download
from tallystick.payments.filters import PaymentFilter
from tallystick.reports import payment_files
from tallystick.wire import words


def payments_file(wanted: PaymentFilter, *, sort: str, today: date) -> StreamingHttpResponse:
    """This function will answer with payments as CSV. What is private is not in it (`docs/model.md`, 11)."""
    line = StringIO()
    csv.writer(line, lineterminator="\n").writerow(_headings())
    blocks = payment_files.csv_blocks(
        wanted, sort=sort, headings=line.getvalue(), status_word=_status_word, yes=_("yes")
    )
    return csv_download(f"payments-{today.isoformat()}", blocks)


def _status_word(kind: str, status: str) -> str:
    return words.status_word(kind=kind, status=status)


def _headings() -> list[str]:
    """The headings of `payment_files.CELLS`."""
    named = {
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
        "made": _("Made (UTC)"),
        "completed": _("Completed (UTC)"),
        "refund_of": _("Refund of"),
    }
    return [named[cell.name] for cell in payment_files.CELLS]
