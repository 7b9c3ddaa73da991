"""Every number of every report leads to rows that sum to it, or is computed of such numbers by the rule that it says.

Built from the list of reports: a new report, or a new column of one, is looked at here, and needs figures in the books.
Of each column the first figure of a row and the first one of a total each time; with `HYPOTHESIS_PROFILE=thorough`, as
`.ci/run` asks, every figure, and whatever a report can be narrowed by.
"""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from io import StringIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from hypothesis import settings

from tallystick.foundation import clock
from tallystick.foundation.ids import public_id
from tallystick.foundation.months import months_after
from tallystick.money.amounts import to_decimal
from tallystick.reports.frame.registry import REPORTS
from tallystick.reports.frame.shape import Asked, Chart, Column, Part, Report
from tallystick.usecases import keys, reports
from tallystick.usecases.frame import SYSTEM
from tallystick.usecases.roles import EVERYTHING
from tallystick.wire.ids import customer_id_of
from tests.api.caller import Caller
from tests.backoffice.drilled import rich_books
from tests.backoffice.following import (
    Figure,
    Found,
    OnPages,
    OverTheApi,
    Row,
    figure_of,
    shown_number,
    tables_of,
    told_row,
)
from tests.backoffice.test_explain import read_minor
from tests.backoffice.test_spreadsheets import sheet_of, when
from tests.conftest import standing

pytestmark = pytest.mark.django_db

IS_THOROUGH = settings().max_examples >= 1_000


def hundredths(part: int, whole: int) -> int | None:
    """A part of a whole in hundredths of a percent, half up."""
    return (part * 20_000 + whole) // (2 * whole) if whole else None


def _counted_of_payments(own: Figure, row: Row, _total: Row, found: Found) -> int | None:
    return hundredths(found.rows(own.rows)[0], row["payments"].value or 0)


def _share_of_all(_own: Figure, row: Row, total: Row, _found: Found) -> int | None:
    return hundredths(row["count"].value or 0, total["count"].value or 0)


def _mean(own: Figure, _row: Row, _total: Row, found: Found) -> int | None:
    count, minor = found.rows(own.rows)
    return (2 * minor + count) // (2 * count)


# How a figure that is no sum follows from others, of its row or of the total, or from the rows that it leads to.
COMPUTED: dict[tuple[str, str], Callable[[Figure, Row, Row, Found], int | None]] = {
    ("metrics", "success"): _counted_of_payments,
    ("metrics", "failed"): _counted_of_payments,
    ("metrics", "average"): _mean,
    ("payment-status", "share"): _share_of_all,
    ("failed-payments", "rate"): lambda _own, row, _total, _found: hundredths(
        row["count"].value or 0, row["payments"].value or 0
    ),
    ("failure-reasons", "share"): _share_of_all,
    ("billing-groups", "success"): _counted_of_payments,
    # A fact of the rate itself.
    ("tax", "percent"): lambda _own, row, _total, _found: {"VAT 20 %": 2000, "Exempt": 0}[row["rate"].words],
}


def follow(figure: Figure, column: Column, found: Found, where: str) -> None:
    """This function will go every way that leads from a figure, and find it again there."""
    ways = [(way, each) for way, each in ((found.rows, figure.rows), (found.why, figure.why)) if each]
    assert ways or figure.value == 0, f"{where} has no rows"
    for way, each in ways:
        count, minor = way(each)
        assert figure.value == (minor if column.kind == "money" else count), (where, each)


@dataclass
class Looked:
    """The figures that were looked at, of rows and of totals; of each column some must be something."""

    seen: set[tuple[str, str, bool]] = field(default_factory=set)

    def check(self, report: Report, rows: list[Row], total: Row, found: Found, about: str) -> None:
        """This function will follow the figures of a table to their rows, or compute them from others."""
        for row in [*rows, *([total] if total else [])]:
            for column in report.columns:
                key = (report.name, column.name, row is total)
                if column.kind not in {"money", "count", "percent"} or column.name not in row:
                    continue
                figure, where = row[column.name], f"{about}: {column.name} of {next(iter(row.values())).words}"
                if not IS_THOROUGH and (key in self.seen or not figure.value):
                    continue
                if key[:2] not in COMPUTED:
                    follow(figure, column, found, where)
                elif figure.value is not None:
                    told = COMPUTED[key[:2]](figure, row, total, found)
                    assert told is not None, where
                    assert abs(figure.value - told) * 2 <= figure.rounded_to, where
                if figure.value:
                    self.seen.add(key)

    def missing(self) -> set[tuple[str, str]]:
        """This function will return the columns in which there was nothing to look at."""
        wanted = {
            (report.name, column.name)
            for report in REPORTS.values()
            for column in report.columns
            if column.kind in {"money", "count", "percent"}
        }
        return wanted - {(report, column) for report, column, _is_total in self.seen}


@dataclass(frozen=True)
class Books:
    """The books of the tests, and what is asked of each report about them."""

    customer: str

    @cached_property
    def today(self) -> date:
        return clock.local_date(clock.now())

    def questions(self, report: Report) -> Iterator[dict[str, str]]:
        """This function will yield what each report is asked: everything that it takes, together and by itself."""
        base: dict[str, str] = {}
        if "period" in report.takes:
            base |= {
                "from_date": (self.today - timedelta(days=75)).isoformat(),
                "until_date": (self.today + timedelta(days=60)).isoformat(),
            }
        if "customer" in report.needs:
            base["customer"] = self.customer
        yield base
        if "settled" in report.takes:
            yield {**base, "settled_only": "true", "currency": "EUR"}
        if not IS_THOROUGH:
            return
        if "as_of" in report.takes:
            yield {"as_of": (self.today - timedelta(days=25)).isoformat(), "currency": "EUR"}
        if "customer" in report.takes and "customer" not in report.needs:
            yield {**base, "customer": self.customer, "currency": "EUR"}
        if "step" in report.takes:
            yield {**base, "step": "week", "currency": "EUR"}


@pytest.fixture(scope="module")
def books(django_db_setup: None, django_db_blocker: Any) -> Iterator[Books]:
    """The books, which no test changes."""
    with standing(django_db_blocker, rich_books) as customer:
        yield Books(public_id("cus", customer))


def test_every_number_of_every_page_leads_to_rows_that_sum_to_it(
    books: Books, as_role: Callable[[str], Client]
) -> None:
    found, looked = OnPages(as_role("Finance")), Looked()
    for report in REPORTS.values():
        for query in books.questions(report):
            page = found.page(reverse("office:report", args=[report.name]), query)
            text = " ".join(page.text_content().split())
            for section, rows, total in tables_of(report, page):
                looked.check(report, rows, total, found, f"{report.name} {query} {section.get('aria-label')}")
                check_points(section, rows, found)
            for name, column in COMPUTED:
                if name == report.name:
                    formula = next(each.formula for each in report.columns if each.name == column)
                    assert str(formula) in text, (name, column)
    assert not looked.missing(), "no figure of these columns was looked at"


def check_points(section: Any, rows: list[Row], found: OnPages) -> None:
    """This function will look at figures of a chart that the table does not have: they sum to those of it."""
    points = section.xpath(".//details//tbody/tr")
    for point in points:
        figure = figure_of(point.xpath("./td")[-1], "count")
        assert figure.value == found.rows(figure.rows)[0] > 0
    if points:
        listed = sum(figure_of(point.xpath("./td")[-1], "count").value or 0 for point in points)
        assert listed == sum(row["count"].value or 0 for row in rows)


def test_every_point_of_a_chart_is_a_figure_of_the_table_or_of_its_list(books: Books) -> None:
    drawn = 0
    for report in REPORTS.values():
        for query in books.questions(report):
            told = reports.read_report(actor=SYSTEM, at=clock.now(), name=report.name, asked=asked_for(query))
            for part in told.found.parts:
                for chart in part.charts:
                    drawn += 1
                    check_chart(chart, part)
    assert drawn > 5


def asked_for(query: dict[str, str]) -> Asked:
    """This function will return what a page's address asks."""
    days = {name: date.fromisoformat(query[name]) for name in ("from_date", "until_date", "as_of") if name in query}
    return Asked(
        first_day=days.get("from_date"),
        last_day=days.get("until_date"),
        as_of=days.get("as_of"),
        step="week" if query.get("step") == "week" else "month",
        currency=query.get("currency", ""),
        customer_id=customer_id_of(query["customer"]) if "customer" in query else None,
        settled_only="settled_only" in query,
    )


def check_chart(chart: Chart, part: Part) -> None:
    """This function will find what a chart draws among the figures beside it."""
    columns: list[list[Any]] = [[row[name].value for row in part.rows] for name in part.rows[0]]
    total = [cell.value for cell in (part.total or {}).values()]
    listed: dict[tuple[str, Any], int] = {}
    for point in chart.points:
        assert isinstance(point.cell.value, int)
        listed[str(point.name), point.days[0]] = point.cell.value
    begins = [row["from"].value for row in part.rows] if chart.points else []
    others = dict.fromkeys(begins, 0)
    drawn = {str(series.name) for series in chart.series}
    for (name, day), value in listed.items():
        if name not in drawn:
            others[day] += value
    for series in chart.series:
        values = list(series.values)
        own = [listed.get((str(series.name), day), 0) for day in begins]
        is_of_table = values in columns or any(
            total[place : place + len(values)] == values for place in range(len(total))
        )
        assert is_of_table or values == own or values == [others[day] for day in begins], series.name


def test_every_number_of_the_api_has_a_way_to_its_rows(books: Books) -> None:
    made = keys.create_api_key(actor=SYSTEM, at=clock.now(), name="Drill", permissions=EVERYTHING, customer_id=None)
    api = Caller(made["secret"])
    found, looked = OverTheApi(api), Looked()
    for report in REPORTS.values():
        for query in books.questions(report):
            answer = api.get(f"/reports/{report.name}", **query)
            assert answer.status == 200, (report.name, query, answer.body)
            for part in answer.body["parts"]:
                rows = [told_row(report, row) for row in part["rows"]]
                total = told_row(report, part["total"]) if part["total"] else {}
                looked.check(report, rows, total, found, f"{report.name} {query} {part['currency']}")
    assert not looked.missing(), "no figure of these columns was looked at"


# Of how many parts a unit is where a figure is no money.
PARTS = {"count": 1, "percent": 100, "rate": 10_000}


def test_files_have_the_rows_of_all_pages_and_the_totals(books: Books, as_role: Callable[[str], Client]) -> None:
    made = keys.create_api_key(actor=SYSTEM, at=clock.now(), name="Files", permissions=EVERYTHING, customer_id=None)
    api, client = Caller(made["secret"]), as_role("Finance")
    for report in REPORTS.values():
        query = next(books.questions(report))
        told = list(told_over_the_api(api, report, query))
        text, sheet = (file_of(client, report, {**query, "format": kind}) for kind in ("csv", "xlsx"))
        lines, cells = list(csv.DictReader(StringIO(text.decode("utf-8-sig")))), sheet_of(sheet)
        assert len(told) == len(lines) == len(cells) > 0, report.name
        for (currency, row), line, of_sheet in zip(told, lines, cells, strict=True):
            assert line["Currency"] == currency
            for (heading, written), column in zip(list(line.items())[1:], report.columns, strict=True):
                value, cell = row.get(column.name, {}).get("value"), of_sheet.get(heading)
                if isinstance(value, int):
                    own = "EUR" if column.in_base else currency
                    number = to_decimal(value, own) if column.kind == "money" else Decimal(value) / PARTS[column.kind]
                    assert Decimal(written) == number, (report.name, heading)
                    assert cell is not None
                    assert cell.number == float(number), (report.name, heading)
                else:
                    assert (written == value or column.name == "status") if value else not written
                    assert written == ("" if cell is None else cell.text or when(cell).date().isoformat())


def file_of(client: Client, report: Report, query: dict[str, str]) -> bytes:
    """This function will export a report."""
    answer: Any = client.get(reverse("office:report", args=[report.name]), query)
    assert answer.status_code == 200, report.name
    return b"".join(answer.streaming_content)


def told_over_the_api(api: Caller, report: Report, query: dict[str, str]) -> Iterator[tuple[str, Any]]:
    """The rows of a report by their currency, page by page, and then the total of each currency."""
    totals: dict[str, Any] = {}
    more: dict[str, str] = {}
    while True:
        body = api.get(f"/reports/{report.name}", **query, **more, limit=3).body
        for part in body["parts"]:
            yield from ((part["currency"], row) for row in part["rows"])
            if part["total"]:
                assert totals.setdefault(part["currency"], part["total"]) == part["total"]
        if not body["next_cursor"]:
            break
        more = {"cursor": body["next_cursor"]}
    yield from totals.items()


def test_every_number_of_month_end_leads_to_rows_that_sum_to_it(books: Books, as_role: Callable[[str], Client]) -> None:
    found = OnPages(as_role("Finance"))
    month = f"{months_after(books.today, -1, day=1):%Y-%m}"
    page = found.page(reverse("office:month-end"), {"month": month})
    (table,) = page.xpath("//table[.//th[normalize-space()='How it stands']]")
    looked = set()
    for row in table.xpath("./tbody/tr"):
        (link,) = row.xpath(".//a[@class='table-link']")
        count, name = shown_number(row.xpath("./td")[2], "count"), link.text_content().strip()
        if count is not None:
            assert count == found.rows(link.get("href"))[0], name
        sums = row.xpath("./td[4]//*[contains(@class, 'amount')][bdi]")
        for amount in sums:
            minor, whys = read_minor(amount), amount.xpath("ancestor::a[@class='amount-why']/@href")
            told = found.why(whys[0])[1] if whys else found.rows(link.get("href"))[1]
            assert minor == told, name
        if count or sums:
            looked.add(name)
    assert looked >= {
        *("Money in suspense", "Money that is not allocated", "Clearing accounts"),
        *("Deferred revenue", "Output tax of the month", "Trial balance"),
    }
