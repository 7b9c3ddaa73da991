"""How billing groups pay (E37)."""

from itertools import groupby
from typing import Any, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tallystick.customers import queries as customers
from tallystick.foundation.paging import write_position
from tallystick.payments.states import COMPLETED, FAILED, PENDING, SCHEDULED
from tallystick.reports.frame.counted import counted, last_twelve_months, of, rows_behind
from tallystick.reports.frame.keyset import position
from tallystick.reports.frame.shape import Asked, Cell, Column, Found, Part, Report, Row, share


def _groups(asked: Asked) -> Found:
    found = counted(asked, "group", "status", "kind")
    grouped = {
        currency: [row for row in rows if row["group_id"] and row["kind"] == SCHEDULED] for currency, rows in found
    }
    names = customers.group_names(row["group_id"] for rows in grouped.values() for row in rows)

    def place(currency: str, group_id: UUID) -> tuple[str, str, str]:
        return currency, names[group_id].casefold(), str(group_id)

    at = tuple(position(asked.cursor, currency=str, name=str, group=str).values())
    places = sorted({place(currency, row["group_id"]) for currency, rows in grouped.items() for row in rows})
    page = [each for each in places if at[0] is None or each > at][: asked.limit + 1]
    shown = set(page[: asked.limit])
    parts = [
        _groups_in(asked, currency, rows, names, [row for row in rows if place(currency, row["group_id"]) in shown])
        for currency, rows in grouped.items()
        if any(each[0] == currency for each in shown)
    ]
    return Found(parts=parts, next_cursor=write_position(page[asked.limit - 1]) if len(page) > asked.limit else "")


def _groups_in(
    asked: Asked, currency: str, sums: list[dict[str, Any]], names: dict[UUID, str], shown: list[dict[str, Any]]
) -> Part:
    lines: list[Row] = []
    for group_id, own in groupby(shown, key=lambda row: row["group_id"]):
        name = names[group_id]
        lines.append(
            {
                "group": Cell(value=name, thing=("billing_group", group_id)),
                **_cells(asked, currency, list(own), group_id=group_id),
            }
        )
    lines.sort(key=lambda row: str(row["group"].value).casefold())
    return Part(
        currency=currency,
        rows=lines,
        total={"group": Cell(value=_("All")), **_cells(asked, currency, sums, group_id=None)},
    )


def _cells(asked: Asked, currency: str, sums: list[dict[str, Any]], *, group_id: UUID | None) -> dict[str, Cell]:
    every, billed = of(sums)
    paid, income = of(sums, status=COMPLETED)

    def cell(value: int | None, status: str = "") -> Cell:
        behind = rows_behind(
            asked, currency, kind=SCHEDULED, group_id=group_id, grouped=group_id is None, status=status
        )
        return Cell(value=value, drill=behind)

    return {
        "payments": cell(every),
        "billed": cell(billed),
        "paid": cell(income, COMPLETED),
        "pending": cell(of(sums, status=PENDING)[1], status=PENDING),
        "failed": cell(of(sums, status=FAILED)[1], status=FAILED),
        "success": cell(share(paid, every), status=COMPLETED),
    }


GROUPS: Final = Report(
    name="billing-groups",
    title=_("Billing group performance"),
    answers=_("What each billing group was billed, what of it was paid, and what failed."),
    formula=_(
        "Payments that are expected for the invoices of a group and are not reversed. What is completed counts on its "
        "received date; anything else on its due date."
    ),
    columns=[
        Column(name="group", title=_("Billing group")),
        Column(name="payments", title=_("Payments"), kind="count", formula=_("All payments, in any status.")),
        Column(name="billed", title=_("Expected"), kind="money", formula=_("The sum of all of them.")),
        Column(name="paid", title=_("Paid"), kind="money", formula=_("The sum of completed payments."), is_tile=True),
        Column(
            name="pending", title=_("Pending"), kind="money", formula=_("The sum of pending payments."), is_tile=True
        ),
        Column(name="failed", title=_("Failed"), kind="money", formula=_("The sum of failed payments."), is_tile=True),
        Column(
            name="success",
            title=_("Payment success rate"),
            kind="percent",
            formula=_("Completed payments divided by all payments."),
        ),
    ],
    takes=["period", "currency"],
    read=_groups,
    usual=last_twelve_months,
)

REPORTS: Final = (GROUPS,)
