"""Reports of deferred revenue: what is left of each line, and in which months it will be earned (J03)."""

from datetime import date
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tallystick.foundation.paging import write_position
from tallystick.reports import deferred
from tallystick.reports.frame.keyset import position
from tallystick.reports.frame.shape import Asked, Cell, Chart, Column, Found, Part, Report, Series, Why

# Each figure of a line by the name of its column, with what explains it, of one line and of all.
_FIGURES: Final = {
    "deferred": ("deferred", "line.deferred", "deferred.lines"),
    "left": ("minor", "line.deferred_left", "deferred.left"),
}


def _day(asked: Asked) -> date:
    assert asked.as_of is not None  # noqa: S101 - these reports take a day
    return asked.as_of


def _by_month(asked: Asked) -> Found:
    found = deferred.months(_day(asked), currency=asked.currency, customer_id=asked.customer_id)
    parts = []
    for currency, several in groupby(found, key=lambda row: str(row["currency"])):
        rows = list(several)
        minors = [int(row["minor"]) for row in rows]
        parts.append(
            Part(
                currency=currency,
                rows=[
                    {
                        "month": Cell(value=row["month"]),
                        "amount": Cell(
                            value=row["minor"],
                            why=_why(asked, "deferred.month", currency, first_day=row["month"]),
                        ),
                        "lines": Cell(
                            value=row["lines"],
                            why=_why(asked, "deferred.month", currency, first_day=row["month"]),
                        ),
                    }
                    for row in rows
                ],
                total={
                    "month": Cell(value=_("All")),
                    "amount": Cell(value=sum(minors), why=_why(asked, "deferred.left", currency)),
                },
                charts=[
                    Chart(
                        kind="bars",
                        title=_("Revenue to be earned"),
                        labels=[row["month"] for row in rows],
                        series=[Series(name=_("Amount"), values=minors)],
                        is_money=True,
                    )
                ],
            )
        )
    return Found(parts=parts)


def _why(asked: Asked, number: str, currency: str, **more: date) -> Why:
    about = {"currency": currency, "until": asked.as_of, "customer": asked.customer_id}
    return Why(number=number, about={**about, **more})


def _by_line(asked: Asked) -> Found:
    at = position(asked.cursor, at_currency=str, at_day=date.fromisoformat, at_line=UUID)
    day = _day(asked)
    narrowed: dict[str, Any] = {"currency": asked.currency, "customer_id": asked.customer_id}
    listed = deferred.lines(day, **narrowed, at=at, limit=asked.limit + 1)
    totals = deferred.totals(day, **narrowed)
    last = listed[asked.limit - 1] if len(listed) > asked.limit else None
    return Found(
        parts=[
            Part(
                currency=currency,
                rows=[
                    {
                        "invoice": Cell(value=row["number"], thing=("invoice", row["invoice_id"])),
                        "customer": Cell(value=row["name"], thing=("customer", row["customer_id"])),
                        "line": Cell(value=row["description"]),
                        "period_start": Cell(value=row["period_start"]),
                        "period_end": Cell(value=row["period_end"]),
                        **{
                            name: Cell(
                                value=int(row[column]),
                                why=Why(number=number, about={"line": row["id"], "until": asked.as_of}),
                            )
                            for name, (column, number, _of_all) in _FIGURES.items()
                        },
                    }
                    for row in several
                ],
                total={
                    "invoice": Cell(value=_("All")),
                    **{
                        name: Cell(value=totals[currency][column], why=_why(asked, number, currency))
                        for name, (column, _of_line, number) in _FIGURES.items()
                    },
                },
            )
            for currency, lines in groupby(listed[: asked.limit], key=lambda row: str(row["currency"]))
            for several in [list(lines)]
        ],
        next_cursor=write_position([last["currency"], last["period_end"], last["id"]]) if last else "",
    )


DEFERRED_REVENUE: Final = Report(
    name="deferred-revenue",
    title=_("Deferred revenue by month"),
    answers=_("How much revenue is deferred, and in which months it will be earned."),
    formula=_(
        "What is left on account 2400 of lines that cover more than a month, spread straight over the days that are "
        "not earned yet, as the runs of these months will earn it. A month that is over stands here until it is run."
    ),
    columns=[
        Column(name="month", title=_("Month from"), kind="day"),
        Column(
            name="amount",
            title=_("To be earned"),
            kind="money",
            formula=_("What the run of the month will earn. The total is the balance of account 2400."),
            is_tile=True,
        ),
        Column(name="lines", title=_("Lines"), kind="count", formula=_("Of how many lines of invoices.")),
    ],
    takes=["as_of", "currency", "customer"],
    read=_by_month,
)
DEFERRED_LINES: Final = Report(
    name="deferred-lines",
    title=_("Deferred revenue by line"),
    answers=_("Which lines of invoices have revenue that is not earned yet."),
    formula=_(
        "Account 2400 of each line that covers more than a month: what was deferred, less credit notes, and what "
        "month-end runs have earned of it up to the day."
    ),
    columns=[
        Column(name="invoice", title=_("Invoice")),
        Column(name="customer", title=_("Customer")),
        Column(name="line", title=_("Line")),
        Column(name="period_start", title=_("From"), kind="day"),
        Column(name="period_end", title=_("Until before"), kind="day"),
        Column(
            name="deferred",
            title=_("Deferred"),
            kind="money",
            formula=_("What was deferred when the invoice was issued, less what credit notes took of it."),
        ),
        Column(
            name="left",
            title=_("Left"),
            kind="money",
            formula=_("Deferred less what month-end runs earned of it. The total is the balance of account 2400."),
            is_tile=True,
        ),
    ],
    takes=["as_of", "currency", "customer"],
    read=_by_line,
)

REPORTS: Final = (DEFERRED_REVENUE, DEFERRED_LINES)
