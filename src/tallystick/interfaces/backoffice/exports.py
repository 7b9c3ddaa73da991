"""Lists as files: streamed, one snapshot, and nothing in them that a spreadsheet would take for a formula."""

import csv
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice.addresses import public
from tallystick.interfaces.backoffice.naming import Row, signed
from tallystick.invoices import queries as invoices
from tallystick.money.amounts import plain_decimal
from tallystick.wire import builders, words

# A spreadsheet runs what begins with one of these (OWASP ASVS 5.0, 1.2.10); the mark makes it text.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n", "\0")
# Spreadsheets read UTF-8 when the file says so first.
_BYTE_ORDER_MARK = "\ufeff"


class _Echo:
    """Gives back what a csv writer writes, so that each row can be sent at once."""

    def write(self, text: str) -> str:
        """This method will return the text."""
        return text


def harmless(text: object) -> str:
    """This function will write people's text so that a spreadsheet shows it and does not run it (S90)."""
    shown = "" if text is None else str(text).replace("\0", "")
    return f"'{shown}" if shown.startswith(_FORMULAS) else shown


def payments_file(chunks: Iterator[list[dict[str, Any]]], *, today: date) -> StreamingHttpResponse:
    """This function will answer with payments as CSV. The private text and the remark stay in the house (model, 11)."""
    response = StreamingHttpResponse(_payment_rows(chunks), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="payments-{today.isoformat()}.csv"'
    return response


def _payment_rows(chunks: Iterator[list[dict[str, Any]]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield _BYTE_ORDER_MARK + str(writer.writerow(_headings()))
    for rows in chunks:
        names = customers.names(row["customer_id"] for row in rows if row["customer_id"])
        accounts = customers.numbers(names)
        numbers = invoices.numbers(row["invoice_id"] for row in rows if row["invoice_id"])
        for row in rows:
            customer_id = row["customer_id"]
            facts = (accounts.get(customer_id), names.get(customer_id), numbers.get(row["invoice_id"]))
            yield str(writer.writerow(_cells(row, *facts)))


def _headings() -> list[str]:
    return [
        _("Payment"),
        _("Receipt"),
        _("Kind"),
        _("Status"),
        _("Reversed"),
        _("Customer number"),
        _("Customer"),
        _("Invoice"),
        _("Total"),
        _("Currency"),
        _("Allocated"),
        _("Refunded"),
        _("Not allocated"),
        _("Method"),
        _("Reference"),
        _("Description"),
        _("Note of the customer"),
        _("Due"),
        _("Received"),
        _("Made (UTC)"),
        _("Completed (UTC)"),
        _("Refund of"),
    ]


def _cells(row: Row, account: str | None, name: str | None, number: str | None) -> list[str]:
    currency = row["currency"]
    left = row["unallocated_minor"] if row["status"] == "completed" and row["kind"] != "refund" else 0
    return [
        public(builders.PAYMENT, row["id"]),
        harmless(row["receipt_number"]),
        row["kind"],
        words.status_word(kind=row["kind"], status=row["status"]),
        _("yes") if row["reversed_at"] else "",
        harmless(account),
        harmless(name),
        harmless(number),
        # Amounts stay numbers, negative ones too: a plain decimal cannot be a formula.
        plain_decimal(signed(row), currency),
        currency,
        plain_decimal(row["allocated_minor"], currency),
        plain_decimal(row["refunded_minor"], currency),
        plain_decimal(left, currency),
        row["method"],
        harmless(row["reference"]),
        harmless(row["description"]),
        harmless(row["customer_note"]),
        row["due_date"].isoformat() if row["due_date"] else "",
        row["received_date"].isoformat() if row["received_date"] else "",
        builders.moment(row["created_at"]),
        builders.moment(row["completed_at"]) if row["completed_at"] else "",
        public(builders.PAYMENT, row["refund_of_id"]),
    ]
