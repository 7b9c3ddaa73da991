"""Reports of payments (E36, E37): what came in, what is expected, and what failed."""

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tallystick.payments import counting
from tallystick.payments.states import CANCELLED, COMPLETED, FAILED, PENDING, PROCESSING, SCHEDULED, STATUSES
from tallystick.reports.frame.shape import Asked, Cell, Chart, Column, Drill, Found, Part, Report, Row, Series, Text
from tallystick.reports.frame.shape import mean as mean_of
from tallystick.reports.frame.shape import share as share_of

Sums = Sequence[dict[str, Any]]

# What is not decided yet, and is left out where only what is settled shall count.
_UNSETTLED: Final = (PENDING, PROCESSING)
STATUS_WORDS: Final[dict[str, Text]] = {
    PENDING: _("Pending"),
    PROCESSING: _("Processing"),
    COMPLETED: _("Completed"),
    FAILED: _("Failed"),
    CANCELLED: _("Cancelled"),
}


def counted_rows(asked: Asked, currency: str, **query: str | Sequence[str]) -> Drill:
    """This function will return where the payments are that a figure counts, in one currency and the days asked for."""
    return Drill(
        list="payments",
        query={"in_reports": "true", "currency": currency, **query},
        days={"counted": (asked.first_day, asked.last_day)} if asked.first_day or asked.last_day else {},
        customer_id=asked.customer_id,
    )


def counted(asked: Asked, *by: counting.Fact) -> list[tuple[str, list[dict[str, Any]]]]:
    """This function will return the sums of what is asked for, those of each currency by themselves."""
    found = counting.sums(
        by=by,
        first_day=asked.first_day,
        last_day=asked.last_day,
        currency=asked.currency,
        customer_id=asked.customer_id,
    )
    if asked.settled_only:
        found = [row for row in found if row["status"] not in _UNSETTLED]
    return [(currency, list(rows)) for currency, rows in groupby(found, key=lambda row: str(row["currency"]))]


def _of(rows: Iterable[dict[str, Any]], **facts: str) -> tuple[int, int]:
    """How many payments have these facts, and their sum."""
    fitting = [row for row in rows if all(row[name] == value for name, value in facts.items())]
    return sum(row["count"] for row in fitting), sum(row["minor"] for row in fitting)


def _status_distribution(asked: Asked) -> Found:
    return Found(parts=[_statuses(asked, currency, rows) for currency, rows in counted(asked, "status")])


def _statuses(asked: Asked, currency: str, rows: Sums) -> Part:
    settled = asked.settled_only
    shown = [status for status in STATUSES if not (settled and status in _UNSETTLED)]
    every, total = _of(rows)
    of_status = {status: _of(rows, status=status) for status in shown}
    lines: list[Row] = [
        {
            "status": Cell(value=STATUS_WORDS[status]),
            "count": Cell(value=count, drill=counted_rows(asked, currency, status=status)),
            "share": Cell(value=share_of(count, every)),
            "amount": Cell(value=minor, drill=counted_rows(asked, currency, status=status)),
        }
        for status, (count, minor) in of_status.items()
    ]
    behind = counted_rows(asked, currency, **({"status": shown} if settled else {}))
    return Part(
        currency=currency,
        rows=lines,
        total={
            "status": Cell(value=_("All")),
            "count": Cell(value=every, drill=behind),
            "share": Cell(value=share_of(every, every)),
            "amount": Cell(value=total, drill=behind),
        },
        charts=[
            Chart(
                kind="bars",
                title=_("Payments by status"),
                labels=[STATUS_WORDS[status] for status in shown],
                series=[Series(name=_("Payments"), values=[count for count, _minor in of_status.values()])],
            )
        ],
    )


STATUS_DISTRIBUTION: Final = Report(
    name="payment-status",
    title=_("Payment status distribution"),
    answers=_("How many payments are in each status, and what they come to."),
    formula=_(
        "Expected payments and receipts that are not reversed, each in the status that it has now. What is completed "
        "counts on its received date; anything else on its due date, or on the day on which it was made."
    ),
    columns=[
        Column(name="status", title=_("Status")),
        Column(name="count", title=_("Payments"), kind="count", formula=_("How many payments are in this status.")),
        Column(name="share", title=_("Share"), kind="percent", formula=_("These payments divided by all of them.")),
        Column(name="amount", title=_("Amount"), kind="money", formula=_("The sum of their totals.")),
    ],
    takes=["period", "currency", "customer", "settled"],
    read=_status_distribution,
)


def _metrics(asked: Asked) -> Found:
    found = counted(asked, "status", "kind", "method")
    return Found(parts=[_metrics_in(asked, currency, rows) for currency, rows in found])


def _metrics_in(asked: Asked, currency: str, rows: Sums) -> Part:
    every, total = _of(rows)
    paid, income = _of(rows, status=COMPLETED)
    failed, _failed_minor = _of(rows, status=FAILED)
    _count, outstanding = _of(rows, status=PENDING, kind=SCHEDULED)
    _count, promised = _of(rows, status=PENDING, kind="receipt", method="bank_transfer")
    settled = {"status": [status for status in STATUSES if status not in _UNSETTLED]} if asked.settled_only else {}
    everything = counted_rows(asked, currency, **settled)
    row: Row = {
        "income": Cell(value=income, drill=counted_rows(asked, currency, status=COMPLETED)),
        "outstanding": Cell(value=outstanding, drill=counted_rows(asked, currency, status=PENDING, kind=SCHEDULED)),
        "promised": Cell(
            value=promised,
            drill=counted_rows(asked, currency, status=PENDING, kind="receipt", method="bank_transfer"),
        ),
        "success": Cell(value=share_of(paid, every), drill=counted_rows(asked, currency, status=COMPLETED)),
        "average": Cell(value=mean_of(total, every), drill=everything),
        "failed": Cell(value=share_of(failed, every), drill=counted_rows(asked, currency, status=FAILED)),
        "payments": Cell(value=every, drill=everything),
    }
    return Part(currency=currency, rows=[row])


METRICS: Final = Report(
    name="metrics",
    title=_("Payment metrics"),
    answers=_("What came in, what is outstanding, and how well paying goes."),
    formula=_(
        "Over expected payments and receipts that are not reversed, each currency for itself. What is completed counts "
        "on its received date; anything else on its due date, or on the day on which it was made."
    ),
    columns=[
        Column(
            name="income",
            title=_("Total income"),
            kind="money",
            formula=_("The sum of all completed payments."),
            is_tile=True,
        ),
        Column(
            name="outstanding",
            title=_("Outstanding balance"),
            kind="money",
            formula=_("The sum of expected payments that are pending."),
            is_tile=True,
        ),
        Column(
            name="promised",
            title=_("Promised transfers"),
            kind="money",
            formula=_("The sum of bank transfers that customers promised and that have not come; not outstanding."),
            is_tile=True,
        ),
        Column(
            name="success",
            title=_("Payment success rate"),
            kind="percent",
            formula=_("Completed payments divided by all payments."),
            is_tile=True,
        ),
        Column(
            name="average",
            title=_("Average payment value"),
            kind="money",
            formula=_("The sum of all payments divided by their number."),
            is_tile=True,
        ),
        Column(
            name="failed",
            title=_("Failed payment rate"),
            kind="percent",
            formula=_("Failed payments divided by all payments."),
            is_tile=True,
        ),
        Column(
            name="payments",
            title=_("Payments"),
            kind="count",
            formula=_("How many payments there are, in any status."),
        ),
    ],
    takes=["period", "currency", "customer", "settled"],
    read=_metrics,
)

REPORTS: Final = (METRICS, STATUS_DISTRIBUTION)
