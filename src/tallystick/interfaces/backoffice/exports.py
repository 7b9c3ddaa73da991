"""Lists as files."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from django.http import StreamingHttpResponse
from django.utils.translation import gettext as _

from tallystick.customers import queries as customers
from tallystick.interfaces.backoffice.addresses import public
from tallystick.interfaces.backoffice.naming import Row, signed
from tallystick.interfaces.kit.files import csv_response, harmless
from tallystick.invoices import queries as invoices
from tallystick.money.amounts import plain_decimal
from tallystick.wire import builders, words


def payments_file(chunks: Iterator[list[dict[str, Any]]], *, today: date) -> StreamingHttpResponse:
    """This function will answer with payments as CSV. The private text and the remark stay in the house (model, 11)."""
    return csv_response(f"payments-{today.isoformat()}", _headings(), _payment_rows(chunks))


def _payment_rows(chunks: Iterator[list[dict[str, Any]]]) -> Iterator[list[str]]:
    for rows in chunks:
        names = customers.names(row["customer_id"] for row in rows if row["customer_id"])
        accounts = customers.numbers(names)
        numbers = invoices.numbers(row["invoice_id"] for row in rows if row["invoice_id"])
        for row in rows:
            customer_id = row["customer_id"]
            facts = (accounts.get(customer_id), names.get(customer_id), numbers.get(row["invoice_id"]))
            yield _cells(row, *facts)


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
        _("In dispute"),
        _("Lost in disputes"),
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
        plain_decimal(row["disputed_minor"], currency),
        plain_decimal(row["lost_minor"], currency),
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
