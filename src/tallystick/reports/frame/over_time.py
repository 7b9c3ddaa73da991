"""Reports of payments over time (E37): income, failed payments and why they failed, and what one customer paid."""

from collections import Counter, defaultdict
from datetime import date
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from tallystick.payments.states import COMPLETED, FAILED, PENDING
from tallystick.reports.frame.counted import counted, explained, last_twelve_months, of, rows_behind, steps
from tallystick.reports.frame.shape import (
    Asked,
    Cell,
    Chart,
    Column,
    Found,
    Part,
    Point,
    Report,
    Row,
    Series,
    Text,
    share,
)

# Reasons that have a colour of their own in the chart; the others are drawn as one.
_DRAWN_REASONS: Final = 5
_COUNTED: Final = _(
    "Expected payments and receipts that are not reversed. What is completed counts on its received date; anything "
    "else on its due date, or on the day on which it was made."
)
_FROM: Final = Column(name="from", title=_("From"), kind="day")
_UNTIL: Final = Column(name="until", title=_("Up to and including"), kind="day")


def _days(days: tuple[date, date]) -> dict[str, Cell]:
    return {"from": Cell(value=days[0]), "until": Cell(value=days[1])}


def _income(asked: Asked) -> Found:
    found = counted(asked, asked.step, "status")
    return Found(parts=[_income_in(asked, currency, rows) for currency, rows in found if of(rows, status=COMPLETED)[0]])


def _income_in(asked: Asked, currency: str, sums: list[dict[str, Any]]) -> Part:
    paid = [row for row in sums if row["status"] == COMPLETED]
    lines: list[Row] = []
    labels: list[date] = []
    for step, days in steps(asked, paid):
        count, minor = of(paid, **{asked.step: step})
        behind = rows_behind(asked, currency, days=days, status=COMPLETED)
        why = explained("income", asked, currency, days=days)
        lines.append(
            {
                **_days(days),
                "count": Cell(value=count, drill=behind),
                "income": Cell(value=minor, drill=behind, why=why),
            }
        )
        labels.append(step)
    count, minor = of(paid)
    behind = rows_behind(asked, currency, status=COMPLETED)
    incomes = [row["income"].value for row in lines]
    return Part(
        currency=currency,
        rows=lines,
        total={
            "from": Cell(value=_("All")),
            "count": Cell(value=count, drill=behind),
            "income": Cell(value=minor, drill=behind, why=explained("income", asked, currency)),
        },
        charts=[
            Chart(
                kind="bars",
                title=_("Income"),
                labels=labels,
                series=[Series(name=_("Income"), values=[value for value in incomes if isinstance(value, int)])],
                is_money=True,
            )
        ],
    )


INCOME: Final = Report(
    name="income",
    title=_("Income over time"),
    answers=_("What came in, by day, week or month."),
    formula=_("Completed expected payments and receipts that are not reversed, on their received dates."),
    columns=[
        _FROM,
        _UNTIL,
        Column(name="count", title=_("Payments"), kind="count", formula=_("How many payments completed.")),
        Column(name="income", title=_("Income"), kind="money", formula=_("The sum of their totals."), is_tile=True),
    ],
    takes=["period", "step", "currency", "customer"],
    read=_income,
    usual=last_twelve_months,
)


def reason_words(code: str) -> Text:
    """This function will say why a payment failed, as the payment service calls it."""
    return code.replace("_", " ").capitalize() if code else _("No reason was given")


def _failed(asked: Asked) -> Found:
    found = counted(asked, asked.step, "status", "reason")
    return Found(parts=[_failed_in(asked, currency, rows) for currency, rows in found])


def _failed_in(asked: Asked, currency: str, sums: list[dict[str, Any]]) -> Part:
    lines: list[Row] = []
    stepped = list(steps(asked, sums))
    here = _by_step(asked, sums)
    for step, days in stepped:
        lines.append({**_days(days), **_failures(asked, currency, here[step], days=days)})
    return Part(
        currency=currency,
        rows=lines,
        total={"from": Cell(value=_("All")), **_failures(asked, currency, sums, days=None)},
        charts=_failures_drawn(asked, currency, sums, stepped),
    )


def _by_step(asked: Asked, sums: list[dict[str, Any]]) -> defaultdict[date, list[dict[str, Any]]]:
    here: defaultdict[date, list[dict[str, Any]]] = defaultdict(list)
    for row in sums:
        here[row[asked.step]].append(row)
    return here


def _failures(
    asked: Asked, currency: str, sums: list[dict[str, Any]], *, days: tuple[date, date] | None
) -> dict[str, Cell]:
    every, _total = of(sums)
    count, minor = of(sums, status=FAILED)
    behind = rows_behind(asked, currency, days=days, status=FAILED)
    return {
        "payments": Cell(value=every, drill=rows_behind(asked, currency, days=days)),
        "count": Cell(value=count, drill=behind),
        "rate": Cell(value=share(count, every)),
        "amount": Cell(value=minor, drill=behind, why=explained("failed", asked, currency, days=days)),
    }


def _failures_drawn(
    asked: Asked, currency: str, sums: list[dict[str, Any]], stepped: list[tuple[date, tuple[date, date]]]
) -> list[Chart]:
    failed = [row for row in sums if row["status"] == FAILED]
    labels, days_of = [step for step, _days in stepped], dict(stepped)
    common, counts = Counter[str](), Counter[tuple[str, date]]()
    for row in failed:
        common[row["reason"]] += row["count"]
        counts[row["reason"], row[asked.step]] += row["count"]
    drawn = [reason for reason, _count in common.most_common(_DRAWN_REASONS)]
    series = [Series(name=reason_words(reason), values=[counts[reason, label] for label in labels]) for reason in drawn]
    others = [reason for reason in common if reason not in drawn]
    if others:
        values = [sum(counts[reason, label] for reason in others) for label in labels]
        series.append(Series(name=_("Other reasons"), values=values))
    if not series:
        return []
    points = [
        Point(
            days=days_of[row[asked.step]],
            name=reason_words(row["reason"]),
            cell=Cell(
                value=row["count"],
                drill=rows_behind(
                    asked,
                    currency,
                    days=days_of[row[asked.step]],
                    status=FAILED,
                    failure_code=row["reason"] or "none",
                ),
            ),
        )
        for row in failed
    ]
    title = _("Failed payments by reason")
    return [Chart(kind="stacked", title=title, labels=labels, series=series, points=points)]


FAILED_PAYMENTS: Final = Report(
    name="failed-payments",
    title=_("Failed payments over time"),
    answers=_("How many payments stand failed, by the days on which they count."),
    formula=_COUNTED,
    columns=[
        _FROM,
        _UNTIL,
        Column(name="payments", title=_("Payments"), kind="count", formula=_("All payments, in any status.")),
        Column(
            name="count",
            title=_("Failed"),
            kind="count",
            formula=_("Payments that failed and were not paid since."),
            is_tile=True,
        ),
        Column(
            name="rate",
            title=_("Failed payment rate"),
            kind="percent",
            formula=_("Failed payments divided by all payments."),
            is_tile=True,
        ),
        Column(
            name="amount",
            title=_("Failed amount"),
            kind="money",
            formula=_("The sum of their totals."),
            is_tile=True,
        ),
    ],
    takes=["period", "step", "currency", "customer"],
    read=_failed,
    usual=last_twelve_months,
)


def _reasons(asked: Asked) -> Found:
    found = counted(asked, "status", "reason")
    return Found(parts=[_reasons_in(asked, currency, rows) for currency, rows in found if of(rows, status=FAILED)[0]])


def _reasons_in(asked: Asked, currency: str, sums: list[dict[str, Any]]) -> Part:
    failed = sorted((row for row in sums if row["status"] == FAILED), key=lambda row: (-row["count"], row["reason"]))
    every, total = of(failed)
    behind = rows_behind(asked, currency, status=FAILED)
    lines: list[Row] = []
    for row in failed:
        own = rows_behind(asked, currency, status=FAILED, failure_code=row["reason"] or "none")
        lines.append(
            {
                "reason": Cell(value=reason_words(row["reason"])),
                "count": Cell(value=row["count"], drill=own),
                "share": Cell(value=share(row["count"], every)),
                "amount": Cell(value=row["minor"], drill=own),
            }
        )
    return Part(
        currency=currency,
        rows=lines,
        total={
            "reason": Cell(value=_("All")),
            "count": Cell(value=every, drill=behind),
            "share": Cell(value=share(every, every)),
            "amount": Cell(value=total, drill=behind, why=explained("failed", asked, currency)),
        },
    )


FAILURE_REASONS: Final = Report(
    name="failure-reasons",
    title=_("Why payments failed"),
    answers=_("For which reasons payments stand failed."),
    formula=_COUNTED,
    columns=[
        Column(name="reason", title=_("Reason")),
        Column(name="count", title=_("Failed"), kind="count", formula=_("How many payments failed for this reason.")),
        Column(name="share", title=_("Share"), kind="percent", formula=_("These divided by all that failed.")),
        Column(name="amount", title=_("Failed amount"), kind="money", formula=_("The sum of their totals.")),
    ],
    takes=["period", "currency", "customer"],
    read=_reasons,
    usual=last_twelve_months,
)


def _history(asked: Asked) -> Found:
    found = counted(asked, asked.step, "status")
    return Found(parts=[_history_in(asked, currency, rows) for currency, rows in found])


def _history_in(asked: Asked, currency: str, sums: list[dict[str, Any]]) -> Part:
    lines: list[Row] = []
    labels: list[date] = []
    here = _by_step(asked, sums)
    for step, days in steps(asked, sums):
        lines.append({**_days(days), **_history_cells(asked, currency, here[step], days=days)})
        labels.append(step)
    series = [
        Series(name=name, values=[of(here[label], status=status)[1] for label in labels])
        for name, status in ((_("Paid"), COMPLETED), (_("Pending"), PENDING), (_("Failed"), FAILED))
    ]
    return Part(
        currency=currency,
        rows=lines,
        total={"from": Cell(value=_("All")), **_history_cells(asked, currency, sums, days=None)},
        charts=[Chart(kind="stacked", title=_("What was paid"), labels=labels, series=series, is_money=True)],
    )


def _history_cells(
    asked: Asked, currency: str, sums: list[dict[str, Any]], *, days: tuple[date, date] | None
) -> dict[str, Cell]:
    every, _total = of(sums)
    cells = {"payments": Cell(value=every, drill=rows_behind(asked, currency, days=days))}
    for name, status in (("paid", COMPLETED), ("pending", PENDING), ("failed", FAILED)):
        minor = of(sums, status=status)[1]
        cells[name] = Cell(value=minor, drill=rows_behind(asked, currency, days=days, status=status))
    return cells


CUSTOMER_HISTORY: Final = Report(
    name="customer-payments",
    title=_("Customer payment history"),
    answers=_("What one customer paid, when, and what is pending or failed."),
    formula=_COUNTED,
    columns=[
        _FROM,
        _UNTIL,
        Column(name="payments", title=_("Payments"), kind="count", formula=_("All payments, in any status.")),
        Column(name="paid", title=_("Paid"), kind="money", formula=_("The sum of completed payments."), is_tile=True),
        Column(
            name="pending", title=_("Pending"), kind="money", formula=_("The sum of pending payments."), is_tile=True
        ),
        Column(name="failed", title=_("Failed"), kind="money", formula=_("The sum of failed payments."), is_tile=True),
    ],
    takes=["customer", "period", "step", "currency"],
    needs=["customer"],
    read=_history,
    usual=last_twelve_months,
)

REPORTS: Final = (INCOME, FAILED_PAYMENTS, FAILURE_REASONS, CUSTOMER_HISTORY)
