"""The public shapes of month end: up to which day the books are closed, and who closed and reopened what."""

from typing import Annotated, Final

from pydantic import Field
from typing_extensions import TypedDict

from tallystick.ledger import queries as ledger
from tallystick.wire.builders import moment
from tallystick.wire.shapes import Day, Moment, one_of

# How many acts the books tell of themselves.
SHOWN_ACTS: Final = 24
PERIOD_ACTS: Final = {
    "close": "nothing can be posted in the month any more.",
    "reopen": "the month can be posted in again.",
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
