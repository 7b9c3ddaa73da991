"""What reports of payments have in common: the sums that they read, the rows behind those, and what explains them."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final
from uuid import UUID

from tallystick.foundation.errors import InvalidField
from tallystick.foundation.months import months_after
from tallystick.payments import counting
from tallystick.payments.states import UNSETTLED
from tallystick.reports.frame.shape import Asked, Drill, Step, Why

Sums = Sequence[dict[str, Any]]

# More rows than these nobody reads, nor draws.
_MOST_STEPS: Final = 800


def counted(asked: Asked, *by: counting.Fact) -> list[tuple[str, list[dict[str, Any]]]]:
    """This function will return the sums of what is asked for, those of each currency by themselves.

    The status must be among the facts where only what is settled may be asked for.
    """
    found = counting.sums(
        by=by,
        first_day=asked.first_day,
        last_day=asked.last_day,
        currency=asked.currency,
        customer_id=asked.customer_id,
    )
    if asked.settled_only:
        found = [row for row in found if row["status"] not in UNSETTLED]
    return [(currency, list(rows)) for currency, rows in groupby(found, key=lambda row: str(row["currency"]))]


def of(rows: Iterable[dict[str, Any]], **facts: Any) -> tuple[int, int]:
    """This function will return how many payments have some facts, and their sum in minor units."""
    fitting = [row for row in rows if all(row[name] == value for name, value in facts.items())]
    return sum(row["count"] for row in fitting), sum(row["minor"] for row in fitting)


def rows_behind(
    asked: Asked,
    currency: str,
    *,
    days: tuple[date | None, date | None] | None = None,
    group_id: UUID | None = None,
    grouped: bool = False,
    status: str = "",
    kind: str = "",
    method: str = "",
    failure_code: str = "",
) -> Drill:
    """This function will return where the payments are that a figure counts: in one currency, in the days asked for or
    in some of those, and of one billing group where that is named, or of any.
    """
    first, last = days or (asked.first_day, asked.last_day)
    facts = {"status": status, "kind": kind, "method": method, "failure_code": failure_code}
    facts["grouped"] = "true" if grouped else ""
    return Drill(
        list="payments",
        query={"in_reports": "true", "currency": currency, **{name: value for name, value in facts.items() if value}},
        days={"counted": (first, last)} if first or last else {},
        customer_id=asked.customer_id,
        group_id=group_id,
        settled_only=asked.settled_only and not status,
    )


def explained(number: str, asked: Asked, currency: str, *, days: tuple[date | None, date | None] | None = None) -> Why:
    """This function will return what explains the sum of counted payments of one kind (`explain.of_reports`)."""
    first, last = days or (asked.first_day, asked.last_day)
    about = {"currency": currency, "first_day": first, "until": last, "customer": asked.customer_id}
    return Why(number=f"reports.{number}", about=about)


def steps(asked: Asked, sums: Sums) -> Iterator[tuple[date, tuple[date, date]]]:
    """This function will yield each step of the days asked for, by the name that sums have it by, with its days.

    An open end is where anything counts first or last, so that a step between in which nothing happened is there too.

    Raises:
        InvalidField: when there are more steps than anybody reads.
    """
    if not sums:
        return
    begins = [row[asked.step] for row in sums]
    first, last = asked.first_day or min(begins), asked.last_day or _end(max(begins), asked.step)
    found: list[tuple[date, tuple[date, date]]] = []
    step = _begin(first, asked.step)
    while step <= last:
        end = _end(step, asked.step)
        found.append((step, (max(step, first), min(end, last))))
        if len(found) > _MOST_STEPS:
            raise InvalidField(name="step", reason="These are too many steps. Choose longer ones, or fewer days.")
        step = end + timedelta(days=1)
    yield from found


def last_twelve_months(today: date) -> tuple[date, date]:
    """This function will return this month up to today, with the eleven months before it."""
    return months_after(today, -11, day=1), today


def _begin(day: date, step: Step) -> date:
    if step == "month":
        return day.replace(day=1)
    return day - timedelta(days=day.weekday()) if step == "week" else day


def _end(begin: date, step: Step) -> date:
    if step == "month":
        return months_after(begin, 1, day=1) - timedelta(days=1)
    return begin + timedelta(days=6) if step == "week" else begin
