"""Figures of reports as pages and the API tell them, and following each to its rows or to what explains it."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import urljoin

from django.test import Client
from lxml import html

from tallystick.reports.frame.shape import Column, Report
from tests.api.caller import Caller
from tests.backoffice.test_explain import opened_part, read_minor

NOTHING = "\N{EN DASH}\N{EM DASH}"


@dataclass(frozen=True)
class Figure:
    """One number of a report: its value, where its rows are, and what explains it."""

    value: int | None
    words: str
    rows: Any = None
    why: Any = None
    # Pages say whole percentages: their hundredths are rounded.
    rounded_to: int = 0


Row = dict[str, Figure]


class Found:
    """Where a figure's rows are counted and added up, each list and each explanation once."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[int, int]] = {}
        self._why: dict[str, tuple[int, int]] = {}

    def rows(self, where: Any) -> tuple[int, int]:
        """This function will return how many rows a list has on all of its pages, and what they come to."""
        key = str(where)
        if key not in self._rows:
            self._rows[key] = self._listed(where)
        return self._rows[key]

    def why(self, where: Any) -> tuple[int, int]:
        """This function will return how many parts an explanation has, and what their leaves come to."""
        key = str(where)
        if key not in self._why:
            self._why[key] = self._explained(where)
        return self._why[key]

    def _listed(self, where: Any) -> tuple[int, int]:
        raise NotImplementedError

    def _explained(self, where: Any) -> tuple[int, int]:
        raise NotImplementedError


class OnPages(Found):
    """The figures of the pages, followed by their links."""

    def __init__(self, client: Client) -> None:
        super().__init__()
        self.client = client

    def page(self, address: str, query: dict[str, str] | None = None) -> Any:
        """This function will open a page."""
        answer = self.client.get(address, query)
        assert answer.status_code == 200, (address, query)
        return html.fromstring(answer.content.decode())

    def _listed(self, where: str) -> tuple[int, int]:
        count = minor = 0
        following = where
        while following:
            page = self.page(following)
            for row in page.xpath("//main//table//tbody/tr"):
                count += 1
                minor += read_minor(row.xpath(".//*[contains(@class, 'amount')][bdi]")[-1])
            following = next((urljoin(following, each) for each in page.xpath("//a[@rel='next']/@href")), "")
        return count, minor

    def _explained(self, where: str) -> tuple[int, int]:
        count = leaves = 0
        total, following = 0, where
        while following:
            page = self.page(following)
            total = int(page.xpath("//*[@data-total]/@data-total")[0])
            for part in page.xpath("//main//table[@class='journal']/tbody[.//th]"):
                count += 1
                rest = [each for each in part.xpath(".//a/@href") if "part=" in each]
                own = sum(map(int, part.xpath(".//*[@data-leaf]/@data-leaf")))
                leaves += opened_part(self.client, urljoin(following, rest[0])) if rest else own
            following = next((each for each in page.xpath("//main//a/@href") if "cursor=" in each), "")
        assert total == leaves, where
        return count, total


class OverTheApi(Found):
    """The figures of the API's answers, followed by what they name."""

    def __init__(self, api: Caller) -> None:
        super().__init__()
        self.api = api

    def _pages(self, path: str, **query: Any) -> Iterator[dict[str, Any]]:
        cursor = ""
        while True:
            answer = self.api.get(path, **query, **({"cursor": cursor} if cursor else {}))
            assert answer.status == 200, (path, query, answer.body)
            yield answer.body
            cursor = answer.body["next_cursor"]
            if not cursor:
                return

    def _listed(self, where: dict[str, Any]) -> tuple[int, int]:
        found = [row for page in self._pages(f"/{where['list']}", **where["query"], limit=200) for row in page["data"]]
        return len(found), sum(row.get("total_minor", row.get("amount_minor")) for row in found)

    def _explained(self, where: dict[str, Any]) -> tuple[int, int]:
        pages = list(self._pages("/explain", number=where["number"], **where["query"], limit=200))
        parts = [part for page in pages for part in page["parts"]]
        (total,) = {page["amount_minor"] for page in pages}
        assert sum(part["amount_minor"] for part in parts) == total, where
        for part in parts:
            leaves = part["leaves"]
            if part["leaves_count"] != len(leaves):
                whole = self._pages("/explain", number=where["number"], **where["query"], part=part["id"], limit=200)
                leaves = [leaf for page in whole for each in page["parts"] for leaf in each["leaves"]]
            assert sum(leaf["amount_minor"] for leaf in leaves) == part["amount_minor"], where
        return len(parts), total


def shown_number(cell: Any, kind: str) -> int | None:
    """This function will read a number as it is shown, whatever its kind."""
    if kind == "money":
        amounts = cell.xpath(".//*[contains(@class, 'amount')][bdi]")
        return read_minor(amounts[0]) if amounts else None
    text = words(cell)
    if not any(each.isdigit() for each in text):
        return None
    number = Decimal("".join(each for each in text if each.isdigit() or each == "."))
    return int(number * 100) if kind == "percent" else int(number)


def words(cell: Any) -> str:
    """This function will return what a cell says, without its heading on a phone and the question mark."""
    left_out = "ancestor::*[contains(@class, 'on-phone-only') or contains(@class, 'figure-why')]"
    return " ".join("".join(cell.xpath(f".//text()[not({left_out})]")).split())


def figure_of(cell: Any, kind: str) -> Figure:
    """This function will read a figure with its links."""
    rows, whys = (cell.xpath(f".//a[@class='{name}']/@href") for name in ("figure-rows", "figure-why"))
    value = shown_number(cell, kind) if kind in {"money", "count", "percent"} else None
    rounded_to = 100 if kind == "percent" else 0
    return Figure(value, words(cell), *(next(iter(each), None) for each in (rows, whys)), rounded_to)


def tables_of(report: Report, page: Any) -> Iterator[tuple[Any, list[Row], Row]]:
    """This function will yield each part of a report's page with its rows and total."""
    for section in page.xpath("//main//section[@aria-label][.//table]"):
        (table,) = section.xpath(".//table[not(ancestor::details)]")
        own = section.get("aria-label")
        columns = [column for column in report.columns if not (column.in_base and own == "EUR")]
        if [each.text_content().strip() for each in table.xpath("./thead//th")] == ["Metric", "Value"]:
            cells = table.xpath("./tbody/tr/td[2]")
            yield section, [_row(columns, cells)], {}
            continue
        rows = [_row(columns, row.xpath("./td")) for row in table.xpath("./tbody/tr")]
        totals = [_row(columns, row.xpath("./td")) for row in table.xpath("./tfoot/tr")]
        yield section, rows, next(iter(totals), {})


def _row(columns: list[Column], cells: list[Any]) -> Row:
    read = {
        column.name: figure_of(cell, column.kind) for column, cell in zip(columns, cells, strict=True) if words(cell)
    }
    return {name: each for name, each in read.items() if each.words.strip(NOTHING)}


def told_row(report: Report, row: dict[str, Any]) -> Row:
    """This function will read a row of the API's answer."""
    kinds = {column.name: column.kind for column in report.columns}
    return {
        name: Figure(
            cell["value"] if kinds[name] in {"money", "count", "percent"} else None,
            str(cell["value"]),
            cell["rows"],
            cell["why"],
        )
        for name, cell in row.items()
    }
