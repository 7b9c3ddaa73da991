"""Reports of payments as they stand (E36, E37): the metrics, and how many are in which status."""

from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tallystick.payments.states import COMPLETED, FAILED, PENDING, RECEIPT, SCHEDULED, STATUSES, UNSETTLED
from tallystick.reports.frame.counted import counted, explained, of, rows_behind
from tallystick.reports.frame.shape import (
    Asked,
    Cell,
    Chart,
    Column,
    Found,
    Part,
    Report,
    Row,
    Series,
    Status,
    mean,
    share,
)

Sums = list[dict[str, Any]]


def _status_distribution(asked: Asked) -> Found:
    return Found(parts=[_statuses(asked, currency, rows) for currency, rows in counted(asked, "status")])


def _statuses(asked: Asked, currency: str, rows: Sums) -> Part:
    settled = asked.settled_only
    shown = [status for status in STATUSES if not (settled and status in UNSETTLED)]
    every, total = of(rows)
    of_status = {status: of(rows, status=status) for status in shown}
    lines: list[Row] = [
        {
            "status": Cell(value=Status(status)),
            "count": Cell(value=count, drill=rows_behind(asked, currency, status=status)),
            "share": Cell(value=share(count, every)),
            "amount": Cell(value=minor, drill=rows_behind(asked, currency, status=status)),
        }
        for status, (count, minor) in of_status.items()
    ]
    behind = rows_behind(asked, currency)
    return Part(
        currency=currency,
        rows=lines,
        total={
            "status": Cell(value=_("All")),
            "count": Cell(value=every, drill=behind),
            "share": Cell(value=share(every, every)),
            "amount": Cell(value=total, drill=behind),
        },
        charts=[
            Chart(
                kind="bars",
                title=_("Payments by status"),
                labels=[Status(status) for status in shown],
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
    every, total = of(rows)
    paid, income = of(rows, status=COMPLETED)
    failed, _failed_minor = of(rows, status=FAILED)
    _count, outstanding = of(rows, status=PENDING, kind=SCHEDULED)
    _count, promised = of(rows, status=PENDING, kind=RECEIPT, method="bank_transfer")
    everything = rows_behind(asked, currency)
    row: Row = {
        "income": Cell(
            value=income,
            drill=rows_behind(asked, currency, status=COMPLETED),
            why=explained("income", asked, currency),
        ),
        "outstanding": _expected(asked, currency, "outstanding", outstanding, kind=SCHEDULED),
        "promised": _expected(asked, currency, "promised", promised, kind=RECEIPT, method="bank_transfer"),
        "success": Cell(value=share(paid, every), drill=rows_behind(asked, currency, status=COMPLETED)),
        "average": Cell(value=mean(total, every), drill=everything),
        "failed": Cell(value=share(failed, every), drill=rows_behind(asked, currency, status=FAILED)),
        "payments": Cell(value=every, drill=everything),
    }
    return Part(currency=currency, rows=[row])


def _expected(asked: Asked, currency: str, number: str, minor: int, *, kind: str, method: str = "") -> Cell:
    """A sum of what is pending: nothing, and nothing behind it, where only what is settled counts."""
    if asked.settled_only:
        return Cell(value=0)
    behind = rows_behind(asked, currency, status=PENDING, kind=kind, method=method)
    return Cell(value=minor, drill=behind, why=explained(number, asked, currency))


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
