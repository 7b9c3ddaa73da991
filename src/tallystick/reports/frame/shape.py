"""What a report is: its columns and filters, what it was asked, and what it found.

Currencies are never added up: what a report finds are parts, one for each currency, each with its own total.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import Literal, TypeAlias
from uuid import UUID

from django.utils.functional import Promise

from tallystick.money.rounding import half_up

Text: TypeAlias = str | Promise
# `money` is minor units of the part's currency; `percent` is hundredths of a percent, so that 12.34 % is 1234;
# `rate`, of tax, is ten-thousandths of it, so that 8.125 % is 81250 and no place is lost.
Kind = Literal["text", "money", "count", "day", "percent", "rate"]
# `period` is a first and a last day, `as_of` one day.
Narrowing = Literal["period", "as_of", "step", "currency", "customer", "settled"]
Step = Literal["day", "week", "month"]


@dataclass(frozen=True)
class Status:
    """A payment's status, which each door says in the words that the business chose."""

    code: str


Value: TypeAlias = int | Text | date | Status | None


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: what it is called, what its values are, and the rule that makes them.

    `in_base` says that its money is in the base currency, whatever the part's is. `is_tile` shows the column's total
    large above the table, too.
    """

    name: str
    title: Text
    kind: Kind = "text"
    formula: Text = ""
    in_base: bool = False
    is_tile: bool = False


@dataclass(frozen=True, kw_only=True)
class Drill:
    """The rows behind a figure: a list, and the filters under which it has exactly those rows.

    The names are those that the list's filters have on the page and over the API; each of `days` is a first and a last
    day. `customer_id` narrows to one customer, `group_id` to a billing group, `settled_only` to what is neither pending
    nor processing.
    """

    list: Literal["payments", "disputes"]
    query: Mapping[str, str] = field(default_factory=dict)
    days: Mapping[str, tuple[date | None, date | None]] = field(default_factory=dict)
    customer_id: UUID | None = None
    group_id: UUID | None = None
    settled_only: bool = False


@dataclass(frozen=True, kw_only=True)
class Why:
    """The number that explains a figure (`reports.explain.registry`), and what it is about."""

    number: str
    about: Mapping[str, UUID | date | str | None]


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One figure or word, with what is behind it. `thing` is the kind and id of what a word names."""

    value: Value
    drill: Drill | None = None
    why: Why | None = None
    thing: tuple[str, UUID] | None = None


# The cells of a row by the names of their columns; a column without one has nothing to say there.
Row: TypeAlias = Mapping[str, Cell]


@dataclass(frozen=True, kw_only=True)
class Series:
    """One line or one set of bars: a value for each label of its chart, None where there is none."""

    name: Text
    values: Sequence[int | None]


@dataclass(frozen=True, kw_only=True)
class Point:
    """A figure of a chart: over which days, of what, and how many."""

    days: tuple[date, date]
    name: Text
    cell: Cell


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A picture of figures that the table has, too. The values of one of money are minor units of its part.

    Figures that the table has not are its `points`: they are listed below it.
    """

    kind: Literal["line", "bars", "stacked"]
    title: Text
    labels: Sequence[Text | date | Status]
    series: Sequence[Series]
    is_money: bool = False
    points: Sequence[Point] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """What a report found in one currency; in none, where nothing of it is money."""

    currency: str
    rows: Sequence[Row]
    total: Row | None = None
    charts: Sequence[Chart] = ()


@dataclass(frozen=True, kw_only=True)
class Found:
    """All parts; of a long report a page of their rows, with the cursor of the next one. Totals are of all rows."""

    parts: Sequence[Part]
    next_cursor: str = ""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What somebody wants to know. What a report does not take is left as it is; `today` is the business's day.

    Without any end of the period it is the report's usual one, or with `all_days` every day. With `cursor` it is the
    page behind that, of `limit` rows.
    """

    today: date = date.min
    first_day: date | None = None
    last_day: date | None = None
    all_days: bool = False
    as_of: date | None = None
    step: Step = "month"
    currency: str = ""
    customer_id: UUID | None = None
    settled_only: bool = False
    cursor: str = ""
    limit: int = 100


@dataclass(frozen=True, kw_only=True)
class Report:
    """One report. `name` stands in addresses; `answers` is the question, `formula` the rule that makes its figures.

    `read` finds it; it runs in one snapshot. `usual` is the period that is meant today when nobody names one.
    """

    name: str
    title: Text
    answers: Text
    formula: Text
    columns: Sequence[Column]
    takes: Sequence[Narrowing]
    read: Callable[[Asked], Found]
    # What it cannot do without.
    needs: Sequence[Narrowing] = ()
    usual: Callable[[date], tuple[date | None, date | None]] = lambda _today: (None, None)
    # The permission that it needs, as `usecases.roles` calls it.
    permission: str = "view"


def share(part: int, whole: int) -> int | None:
    """This function will return a part of a whole in hundredths of a percent, half up; None of nothing."""
    return half_up(Fraction(part * 10_000, whole)) if whole else None


def mean(minor: int, count: int) -> int | None:
    """This function will return a sum divided by a count in minor units, half up; None for no count."""
    return half_up(Fraction(minor, count)) if count else None
