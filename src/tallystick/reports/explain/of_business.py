"""The numbers of the home page: sums over all customers, in one currency each."""

from typing import Any, Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from tallystick.reports.explain.numbers import MADE_DAY, Number, rows

_MONEY_IN: Final = "kind NOT IN ('refund', 'charge', 'voucher') AND deleted_at IS NULL AND currency = %(currency)s"
_OPEN: Final = "state = 'issued' AND open_minor > 0 AND currency = %(currency)s"
_PAYMENT: Final[dict[str, Any]] = {"part_number": "payment.total", "part_takes": "payment", "of_business": True}
_INVOICE: Final[dict[str, Any]] = {"part_number": "invoice.open", "part_takes": "invoice", "of_business": True}
_DAYS: Final = "received_date BETWEEN %(first_day)s AND %(until)s"


def _received(name: str, title: Promise, formula: Promise, condition: str) -> Number:
    """What is left of payments, as the lists of those have them (`payments.filters`)."""
    return Number(
        name=f"received.{name}",
        title=title,
        formula=formula,
        takes=("currency", "until"),
        leaves=rows(
            "received_date",
            "unallocated_minor",
            "id",
            f"payments_payment WHERE {condition} AND status = 'completed' AND reversed_at IS NULL "
            "AND deleted_at IS NULL AND currency = %(currency)s AND received_date <= %(until)s",
        ),
        part_number="payment.unallocated",
        part_takes="payment",
        of_business=True,
        looks_ahead=True,
    )


NUMBERS: Final = (
    Number(
        name="home.owed",
        title=_("Owed"),
        formula=_("The sum of what each customer owes, from the running balances of account 1200."),
        takes=("currency",),
        leaves=rows(
            "current_date",
            "balance_minor",
            "customer_id",
            "ledger_customerbalance WHERE account = '1200' AND currency = %(currency)s AND balance_minor <> 0",
        ),
        excluded="""
SELECT 'draft' AS reason, id, total_minor AS minor, currency::text AS currency FROM invoices_invoice
WHERE state = 'draft' AND currency = %(currency)s""",
        part_number="customer.owes",
        part_takes="customer",
        of_business=True,
    ),
    Number(
        name="home.overdue",
        title=_("Overdue"),
        formula=_("The sum of what is open on issued invoices whose due date lies before the day."),
        takes=("currency", "until"),
        leaves=rows("due_date", "open_minor", "id", f"invoices_invoice WHERE {_OPEN} AND due_date < %(until)s"),
        excluded=f"""
SELECT 'not_due' AS reason, id, open_minor AS minor, currency::text AS currency FROM invoices_invoice
WHERE {_OPEN} AND due_date >= %(until)s""",  # noqa: S608 - our own text
        **_INVOICE,
    ),
    Number(
        name="home.received",
        title=_("Received"),
        formula=_("The sum of completed payments whose received date lies in these days, without those reversed."),
        takes=("currency", "first_day", "until"),
        leaves=rows(
            "received_date",
            "total_minor",
            "id",
            f"payments_payment WHERE {_MONEY_IN} AND status = 'completed' AND reversed_at IS NULL AND {_DAYS}",
        ),
        excluded=f"""
SELECT 'reversed' AS reason, id, total_minor AS minor, currency::text AS currency FROM payments_payment
WHERE {_MONEY_IN} AND status = 'completed' AND reversed_at IS NOT NULL AND {_DAYS}
UNION ALL SELECT 'refunded', id, total_minor, currency::text FROM payments_payment
WHERE kind = 'refund' AND status = 'completed' AND currency = %(currency)s AND {_DAYS}""",  # noqa: S608 - our own text
        **_PAYMENT,
    ),
    Number(
        name="home.suspense",
        title=_("In suspense"),
        formula=_("The sum of what is left of completed payments that have no customer yet."),
        takes=("currency",),
        leaves=rows(
            "received_date",
            "unallocated_minor",
            "id",
            f"payments_payment WHERE {_MONEY_IN} AND kind = 'receipt' AND status = 'completed' "
            "AND customer_id IS NULL AND reversed_at IS NULL",
        ),
        part_number="payment.unallocated",
        part_takes="payment",
        of_business=True,
    ),
    _received(
        "suspense",
        _("In suspense, received up to a day"),
        _("What is left of completed payments that have no customer yet, received up to the day."),
        "customer_id IS NULL AND kind NOT IN ('refund', 'charge')",
    ),
    _received(
        "unallocated",
        _("Not allocated, received up to a day"),
        _("What is left of completed payments, received up to the day."),
        "unallocated_minor > 0 AND kind NOT IN ('refund', 'charge', 'voucher')",
    ),
    Number(
        name="home.failed",
        title=_("Failed"),
        formula=_("The sum of payments whose last try failed. No money moved."),
        takes=("currency",),
        leaves=rows(MADE_DAY, "total_minor", "id", f"payments_payment WHERE {_MONEY_IN} AND status = 'failed'"),
        **_PAYMENT,
    ),
)
