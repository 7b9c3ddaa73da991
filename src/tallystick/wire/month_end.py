"""The public shapes of month end: up to which day the books are closed, and who closed and reopened what."""

from collections.abc import Sequence
from datetime import date
from typing import Annotated, Final
from uuid import UUID, uuid5

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.catalog import queries as catalog
from tallystick.foundation.ids import public_id
from tallystick.invoices import earning
from tallystick.ledger import queries as ledger
from tallystick.ledger.periods import last_day
from tallystick.reports.month_end import Item
from tallystick.wire.builders import moment
from tallystick.wire.catalog import PRODUCT, ProductId
from tallystick.wire.reports import RowsShape, WhyShape, rows_shape, why_shape
from tallystick.wire.shapes import CurrencyCode, Day, Minor, Moment, one_of

_AUDITED: Final = UUID("f2b0c1de-7a7b-5f0e-8c46-6d6f6e746873")
REVENUE_RUN: Final = "rev"
# How many acts the books tell of themselves.
SHOWN_ACTS: Final = 24
PERIOD_ACTS: Final = {
    "close": "nothing can be posted in the month any more.",
    "reopen": "the month can be posted in again.",
}
ITEMS: Final = {
    "suspense": "money received by its last day that has no customer yet.",
    "unallocated": "money received by its last day of which something is allocated to nothing.",
    "pending": "payments promised by its last day that have neither come nor been cancelled.",
    "unknown": "attempts of which the payment service has not said what became of them.",
    "disputes": "disputes that are open.",
    "clearing": "what the books say is on its way from or to the bank and payment services (1100, 1110, 1120); it is "
    "compared with no statement of theirs.",
    "deferred_revenue": "what stays deferred after it (2400); its run must be finished before it is closed.",
    "tax": "output tax of it (2300).",
    "trial_balance": "debits of it in base currency; they must equal the credits before it is closed.",
}
STANDINGS: Final = {
    "done": "in order.",
    "look": "worth a look; the month can be closed.",
    "must": "to be done before the month is closed.",
}
Month = Annotated[str, Field(description="A month, `YYYY-MM`.", examples=["2026-03"])]


class PeriodActShape(TypedDict):
    """The closing or the reopening of a month."""

    month: Month
    act: Annotated[str, one_of(PERIOD_ACTS, example="close")]
    at: Moment
    by: Annotated[str, Field(description="Who did it.", examples=["Grace Hopper"])]
    reason: Annotated[str, Field(description="Why it was reopened; empty for a closing.", examples=[""])]


class BooksShape(TypedDict):
    """Up to which day the books are closed."""

    closed_until: Annotated[
        Day | None, Field(description="Nothing is posted on this day or before; null when no month was closed.")
    ]
    acts: Annotated[list[PeriodActShape], Field(description=f"The last {SHOWN_ACTS} closings, the newest first.")]


class EarnedShape(TypedDict):
    """What was earned with one product in one currency."""

    product: Annotated[ProductId | None, Field(description="Null for lines that belong to no subscription.")]
    name: Annotated[str, Field(description="The product's name; empty for none.", examples=["Hosting"])]
    currency: CurrencyCode
    minor: Minor
    lines: Annotated[int, Field(description="Of how many lines of invoices.", examples=[12])]


class RevenueRunShape(TypedDict):
    """A run that earned the deferred revenue of a month, straight line by day (J03)."""

    id: Annotated[str, Field(examples=["rev_01922f0b8c7d7a3ab1c2d3e4f5a6b7c8"])]
    month: Month
    begun_at: Moment
    begun_by: str
    finished_at: Annotated[Moment | None, Field(description="Null while the run goes on: nothing is posted yet.")]
    earned: Annotated[list[EarnedShape], Field(description="What it earned so far.")]


class MonthStatementsShape(TypedDict):
    """Statements of a month that go to everybody who has something on their account."""

    month: Month
    customers: Annotated[int, Field(description="How many customers had none of this month yet.", examples=[12])]


class SumShape(TypedDict):
    """An amount of one currency."""

    currency: CurrencyCode
    minor: Minor


class MonthEndItemShape(TypedDict):
    """One thing to look at before a month is closed."""

    key: Annotated[str, one_of(ITEMS, example="suspense")]
    standing: Annotated[str, one_of(STANDINGS, example="done")]
    count: Annotated[int | None, Field(description="Of how many; null where they are not counted.", examples=[0])]
    sums: Annotated[list[SumShape], Field(description="By currency; empty for nothing.")]
    rows: Annotated[RowsShape | None, Field(description="Null where `why` tells it.")]
    why: Annotated[
        WhyShape | None,
        Field(description="What explains each of the sums, with its currency beside it; null where the rows tell it."),
    ]


class MonthEndShape(TypedDict):
    """How a month stands, and up to which day the books are closed."""

    month: Month
    last_day: Day
    is_over: Annotated[bool, Field(description="A month is closed when it is over.")]
    is_closed: bool
    items: list[MonthEndItemShape]
    revenue_run: Annotated[RevenueRunShape | None, Field(description="The newest run that earned its revenue.")]
    books: BooksShape


def month_end_shape(month: date, items: Sequence[Item], *, today: date) -> MonthEndShape:
    """This function will return how a month stands, given by its first day."""
    until, last = ledger.closed_until(), last_day(month)
    return {
        "month": f"{month:%Y-%m}",
        "last_day": last.isoformat(),
        "is_over": last < today,
        "is_closed": until is not None and last <= until,
        "items": [
            {
                "key": item.key,
                "standing": item.standing.value,
                "count": item.count,
                "sums": [{"currency": currency, "minor": minor} for currency, minor in item.sums],
                "rows": rows_shape(item.drill),
                "why": why_shape(item.why),
            }
            for item in items
        ],
        "revenue_run": revenue_run_shape(month),
        "books": books_shape(),
    }


def period_id(month: date) -> UUID:
    """This function will return the id under which the acts on a month stand in the audit trail."""
    return uuid5(_AUDITED, month.isoformat())


def revenue_run_shape(month: date) -> RevenueRunShape | None:
    """This function will return the newest run of a month, given by its first day; None when there was none."""
    row = earning.last_run(month)
    if row is None:
        return None
    sums = earning.earned_sums(row["id"])
    names = catalog.product_names(each["product_id"] for each in sums if each["product_id"])
    return {
        "id": public_id(REVENUE_RUN, row["id"]),
        "month": f"{month:%Y-%m}",
        "begun_at": moment(row["begun_at"]),
        "begun_by": row["begun_by"],
        "finished_at": moment(row["finished_at"]) if row["finished_at"] else None,
        "earned": [
            {
                "product": each["product_id"] and public_id(PRODUCT, each["product_id"]),
                "name": names.get(each["product_id"], ""),
                "currency": each["currency"],
                "minor": each["minor"],
                "lines": each["lines"],
            }
            for each in sums
        ],
    }


def books_shape() -> BooksShape:
    """This function will return up to which day the books are closed, and the last closings."""
    until = ledger.closed_until()
    return {
        "closed_until": until.isoformat() if until else None,
        "acts": [
            {
                "month": f"{row['month']:%Y-%m}",
                "act": row["act"],
                "at": moment(row["acted_at"]),
                "by": row["acted_by"],
                "reason": row["reason"],
            }
            for row in ledger.period_acts(SHOWN_ACTS)
        ],
    }
