"""Reading a report (E36, E37): who may, over which days, and all of its pages as one for a file."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar, Final

from tallystick.customers import queries as customers
from tallystick.foundation.clock import local_date
from tallystick.foundation.currency_codes import require_currency
from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import snapshot
from tallystick.reports.frame.registry import REPORTS
from tallystick.reports.frame.shape import Asked, Found, Narrowing, Report
from tallystick.usecases.frame import require_unscoped
from tallystick.usecases.roles import Permission

# What belongs to each narrowing.
_FIELDS: Final[dict[Narrowing, tuple[str, ...]]] = {
    "period": ("first_day", "last_day", "all_days"),
    "as_of": ("as_of",),
    "step": ("step",),
    "currency": ("currency",),
    "customer": ("customer_id",),
    "settled": ("settled_only",),
}
# So many rows of a file are read at once.
_CHUNK: Final = 2000


@dataclass(kw_only=True, eq=False)
class ReportUnknown(NotFound):
    """There is no report of this name."""

    code: ClassVar[str] = "report_unknown"
    sentence: ClassVar[str] = "There is no report “{kind}”."


@dataclass(frozen=True, kw_only=True)
class Told:
    """A report as it was read: what it was asked, in full, and what it found at a moment."""

    report: Report
    asked: Asked
    found: Found
    at: datetime


def reports_for(actor: Actor) -> list[Report]:
    """This function will return the reports that the actor may read; none for one that is narrowed to a customer."""
    if actor.scope is not None:
        return []
    return [report for report in REPORTS.values() if actor.may(report.permission)]


def report_named(name: str) -> Report:
    """This function will return a report by its name.

    Raises:
        ReportUnknown: when there is none.
    """
    report = REPORTS.get(name)
    if report is None:
        raise ReportUnknown(kind=name)
    return report


def read_report(*, actor: Actor, at: datetime, name: str, asked: Asked) -> Told:
    """This function will read a report, or a page of a long one, in one snapshot.

    A period that nobody names is the report's usual one; a day that it takes is today. Amounts are minor units.

    Raises:
        ReportUnknown: when there is no such report.
        NotAllowed: when the actor may not read it, or is narrowed to one customer.
        InvalidField: when the report does not take what is asked, or there is no such currency or period.
        NotFound: when there is no such customer.
        CursorNotAccepted: when the cursor is of another list.
    """
    report, whole = _understood(actor, at, name, asked)
    with snapshot():
        return Told(report=report, asked=whole, found=report.read(whole), at=at)


def read_whole(*, actor: Actor, at: datetime, name: str, asked: Asked) -> tuple[Report, Iterator[Found]]:
    """This function will read all pages of a report, one after the other, from one snapshot, for a file.

    Raises as `read_report` does, and NotAllowed when the actor may not download.
    """
    actor.require(Permission.DOWNLOAD)
    report, whole = _understood(actor, at, name, asked)
    whole = replace(whole, cursor="", limit=_CHUNK)
    # What a report refuses when it is read is refused here, and not inside a file that has begun.
    with snapshot():
        first = report.read(whole)
    return report, _pages(report, whole) if first.next_cursor else iter([first])


def _pages(report: Report, asked: Asked) -> Iterator[Found]:
    with snapshot():
        while True:
            found = report.read(asked)
            yield found
            if not found.next_cursor:
                return
            asked = replace(asked, cursor=found.next_cursor)


def _understood(actor: Actor, at: datetime, name: str, asked: Asked) -> tuple[Report, Asked]:
    report = report_named(name)
    require_unscoped(actor, Permission(report.permission))
    actor.require(report.permission)
    _refuse_others(report, asked)
    for narrowing in report.needs:
        if not any(getattr(asked, field) for field in _FIELDS[narrowing]):
            raise InvalidField(name=narrowing, reason="Say what the report is about.")
    if asked.currency:
        require_currency(currency=asked.currency)
    if asked.customer_id:
        customers.customer_row(asked.customer_id)
    today = local_date(at)
    whole: dict[str, Any] = {"today": today}
    if "period" in report.takes and not (asked.first_day or asked.last_day or asked.all_days):
        whole["first_day"], whole["last_day"] = report.usual(today)
    if "as_of" in report.takes:
        whole["as_of"] = asked.as_of or today
    if asked.first_day and asked.last_day and asked.first_day > asked.last_day:
        raise InvalidField(name="until_date", reason="The last day lies before the first.")
    return report, replace(asked, **whole)


def _refuse_others(report: Report, asked: Asked) -> None:
    """Refuse a narrowing that the report does not take: to leave it out would answer another question."""
    usual = {each.name: each.default for each in fields(Asked)}
    for narrowing, names in _FIELDS.items():
        if narrowing not in report.takes and any(getattr(asked, name) != usual[name] for name in names):
            raise InvalidField(name=narrowing, reason="This report is not narrowed by that.")
