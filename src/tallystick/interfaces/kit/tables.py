"""Lists: what a table shows, what its address may ask for, and the page of rows that the template draws.

The kit reads nothing from the database. A view does four things with a `Table`:

    query = PAYMENTS.read(request.GET)                      # what the address asks for, checked
    found = queries.list_payments(...)                      # the view's own room: filters, sort, cursor
    page = PAYMENTS.page(query, request.path, found.rows, next_cursor=..., previous_cursor=...)
    return table_response(request, "backoffice/payments.html", page)   # {% data_table page %}
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar
from urllib.parse import urlencode

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django.utils.safestring import SafeString

from tallystick.interfaces.kit.filters import Filter, Text
from tallystick.interfaces.kit.markup import NOTHING
from tallystick.interfaces.kit.saved_views import NO_SAVED_VIEWS, VIEW, Parameters, SavedViews
from tallystick.interfaces.kit.writing import write_html

Row = TypeVar("Row")

SEARCH, SORT, AFTER, BEFORE = "q", "sort", "after", "before"
# The parameters by which a view gives the same rows as a file.
EXPORT: tuple[str, str] = ("format", "csv")
SPREADSHEET: tuple[str, str] = ("format", "xlsx")


@dataclass(frozen=True, kw_only=True)
class Column(Generic[Row]):
    """One column. `cell` returns text, which is escaped, or markup from `kit.markup`.

    `phone` says where the cell stands when a row becomes a small card: as its title, its amount, on its second line,
    or not at all. `sort` lets the heading sort; the key in the address is the column's.
    """

    key: str
    label: Text
    cell: Callable[[Row], object]
    sort: bool = False
    number: bool = False
    phone: Literal["title", "amount", "meta", "hidden"] = "hidden"
    wide_only: bool = False
    nowrap: bool = False

    @property
    def classes(self) -> str:
        is_so = {"is-number": self.number, "is-nowrap": self.nowrap, "is-wide-only": self.wide_only}
        return " ".join([f"on-phone-{self.phone}", *(name for name, holds in is_so.items() if holds)])


@dataclass(frozen=True, kw_only=True)
class BulkAction:
    """Something done to rows: the form posts `action`, and `selected` ids, or `everything` of the query in `list`."""

    name: str
    label: Text
    icon: str = ""
    tone: Literal["", "danger"] = ""


class View(NamedTuple):
    """A way to look at the list that everybody has: its name, and the parameters that make it."""

    label: Text
    parameters: Parameters = ()


@dataclass(frozen=True, kw_only=True)
class TableQuery:
    """What the address asks for. Everything in it is one of the table's own keys and values."""

    search: str = ""
    sort: str = ""
    descending: bool = False
    after: str = ""
    before: str = ""
    filters: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def is_narrowed(self) -> bool:
        return bool(self.search or self.filters)

    def values(self, key: str) -> tuple[str, ...]:
        """This function will return the chosen values of a filter; none means that it is not set."""
        return self.filters.get(key, ())

    def text(self, key: str) -> str:
        """This function will return the text of a text filter, or the empty text."""
        return next(iter(self.filters.get(key, ())), "")

    def sides(self, key: str) -> tuple[str, str]:
        """This function will return what was typed as the two ends of a filter, each empty when it is open."""
        first, last = self.filters.get(key, ("", ""))
        return first, last

    def days(self, key: str) -> tuple[dt.date | None, dt.date | None]:
        """This function will return the first and last day of a filter, each None when it is open."""
        first, last = self.sides(key)
        return (
            dt.date.fromisoformat(first) if first else None,
            dt.date.fromisoformat(last) if last else None,
        )


@dataclass(frozen=True, kw_only=True)
class Table(Generic[Row]):
    """A list as the page shows it. `sort` is the default order: a column's key, with `-` for descending."""

    name: str
    label: Text
    columns: Sequence[Column[Row]]
    row_id: Callable[[Row], str]
    row_href: Callable[[Row], str] | None = None
    filters: Sequence[Filter] = ()
    views: Sequence[View] = ()
    bulk_actions: Sequence[BulkAction] = ()
    search_label: Text = ""
    sort: str = ""
    exports: bool = True
    spreadsheets: bool = False
    empty_title: Text = ""
    empty_text: Text = ""
    empty_icon: str = "list"

    def read(self, parameters: QueryDict) -> TableQuery:
        """This function will read the query from an address.

        Raises:
            BadRequest: when it asks for a sort or a value that the table does not have. To leave such a part out
                would show, and export, more than was asked for.
        """
        order = parameters.get(SORT, self.sort)
        key = order.removeprefix("-")
        if key and not self._sorts_by(order):
            raise BadRequest(f"{self.name} cannot be sorted by {key!r}.")
        found = {each.key: each.read(parameters) for each in self.filters}
        return TableQuery(
            search=parameters.get(SEARCH, "").strip(),
            sort=key,
            descending=order.startswith("-"),
            after=parameters.get(AFTER, ""),
            before=parameters.get(BEFORE, ""),
            filters={name: values for name, values in found.items() if any(values)},
        )

    def still_taken(self, parameters: Parameters) -> tuple[Parameters, Parameters]:
        """This function will part parameters that were kept into those that the list takes, and those it does not.

        So a view opens whose filter, or a value of it, is no longer there.
        """
        filters = {name: each for each in self.filters for name in each.parameters}
        taken: list[tuple[str, str]] = []
        gone: list[tuple[str, str]] = []
        for name, value in parameters:
            fits = name in filters and filters[name].takes(value)
            is_order = name == SORT and self._sorts_by(value)
            (taken if fits or is_order or name == SEARCH else gone).append((name, value))
        return tuple(taken), tuple(gone)

    def _sorts_by(self, order: str) -> bool:
        return order.removeprefix("-") in {column.key for column in self.columns if column.sort}

    def page(
        self,
        query: TableQuery,
        path: str,
        rows: Sequence[Row],
        *,
        next_cursor: str = "",
        previous_cursor: str = "",
        count: str = "",
        keep: Parameters = (),
        bulk_url: str = "",
        saved: SavedViews = NO_SAVED_VIEWS,
    ) -> "TablePage[Row]":
        """This function will return what `{% data_table %}` draws.

        `count` is a text such as "about 1,284,000"; `keep` are parameters of the page that the list must not lose.
        """
        return TablePage(self, query, path, rows, next_cursor, previous_cursor, count, keep, bulk_url, saved)


class Heading(NamedTuple):
    """The head of a column, with the address that sorts by it."""

    column: Column[Any]
    href: str
    direction: str


class RowView(NamedTuple):
    """One row: its id, and its cells as they are written, the first of which leads to the row's page."""

    id: str
    cells: SafeString


class Chip(NamedTuple):
    """A filter with its present values, and the address without it."""

    filter: Filter
    values: tuple[str, ...]
    summary: str
    cleared: str
    kept: Parameters


class ViewTab(NamedTuple):
    """A view with its address, and whether somebody saved it for everybody."""

    label: Text
    href: str
    current: bool
    is_shared: bool = False


@dataclass(frozen=True)
class TablePage(Generic[Row]):
    """One page of a list: the rows that the caller found, and every address that leads on from here."""

    table: Table[Row]
    query: TableQuery
    path: str
    rows: Sequence[Row]
    next_cursor: str
    previous_cursor: str
    count: str
    keep: Parameters
    bulk_url: str
    saved: SavedViews

    @property
    def region(self) -> str:
        return f"table-{self.table.name}"

    @property
    def headings(self) -> list[Heading]:
        return [self._heading(column) for column in self.table.columns]

    def __iter__(self) -> Iterator[RowView]:
        # A page has hundreds of cells: written here, they take a small part of the time of a template, and column by
        # column a third less than row by row.
        openings = [write_html('<td class="{}">', column.classes) for column in self.table.columns]
        contents = [[_shown(column.cell(row)) for row in self.rows] for column in self.table.columns]
        for row, *cells in zip(self.rows, *contents, strict=True):
            if self.table.row_href:
                cells[0] = write_html('<a class="table-link" href="{}">{}</a>', self.table.row_href(row), cells[0])
            written = "".join(f"{opening}{cell}</td>" for opening, cell in zip(openings, cells, strict=True))
            yield RowView(self.table.row_id(row), SafeString(written))

    @property
    def chips(self) -> list[Chip]:
        return [self._chip(each) for each in self.table.filters]

    @property
    def views(self) -> list[ViewTab]:
        # What everybody has leaves the saved view.
        here, chosen, kept = set(self._filter_parameters()), self.saved.chosen, self.keep
        tabs = [
            ViewTab(
                view.label, self._joined((*kept, *view.parameters)), chosen is None and set(view.parameters) == here
            )
            for view in self.table.views
        ]
        return tabs + [ViewTab(view.label, view.href, view == chosen, view.is_shared) for view in self.saved.views]

    @property
    def is_unlike_its_view(self) -> bool:
        """Whether it shows anything else than the saved view that it was opened by, or than the list by itself."""
        chosen = self.saved.chosen.parameters if self.saved.chosen else ()
        return set(chosen) != set(self._shown_parameters())

    @property
    def shown_query(self) -> str:
        """What the list shows, wherever it stands, as a saved view keeps it."""
        return urlencode(self._shown_parameters())

    @property
    def save_url(self) -> str:
        """Where what is shown is saved as a new view; empty when there is such a view, or nothing to save."""
        shown = set(self._shown_parameters())
        is_known = not shown or any(set(view.parameters) == shown for view in self.table.views)
        if is_known or not self.is_unlike_its_view or not self.saved.save_url:
            return ""
        return f"{self.saved.save_url}&{urlencode({'query': self.shown_query})}"

    @property
    def search_keeps(self) -> Parameters:
        """What the search form must send along, so that searching does not undo the filters."""
        return (*self._kept, *self._filter_parameters(), *self._sort_parameters())

    @property
    def next_url(self) -> str:
        return self._here((AFTER, self.next_cursor)) if self.next_cursor else ""

    @property
    def previous_url(self) -> str:
        return self._here((BEFORE, self.previous_cursor)) if self.previous_cursor else ""

    @property
    def cleared_url(self) -> str:
        return self._address(self._sort_parameters())

    @property
    def export_url(self) -> str:
        """The same rows, all pages of them, as a file."""
        return self._here(EXPORT) if self.table.exports else ""

    @property
    def spreadsheet_url(self) -> str:
        """The same as a spreadsheet."""
        return self._here(SPREADSHEET) if self.table.spreadsheets else ""

    @property
    def list_query(self) -> str:
        """What the list shows, as a query without its path and place: for a bulk action on all of it."""
        return self._here().partition("?")[2]

    @property
    def return_url(self) -> str:
        """The address of exactly this page, for a bulk action to come back to."""
        cursor = (AFTER, self.query.after) if self.query.after else (BEFORE, self.query.before)
        return self._here(*([cursor] if cursor[1] else []))

    def _heading(self, column: Column[Row]) -> Heading:
        if not column.sort:
            return Heading(column, "", "")
        if column.key != self.query.sort:
            order = f"-{column.key}" if column.number else column.key
            return Heading(column, self._sorted_by(order), "")
        direction = "descending" if self.query.descending else "ascending"
        return Heading(column, self._sorted_by(column.key if self.query.descending else f"-{column.key}"), direction)

    def _chip(self, each: Filter) -> Chip:
        values = self.query.values(each.key)
        others = tuple(pair for pair in self._filter_parameters() if pair[0] not in each.parameters)
        kept = (*self._search_parameters(), *others, *self._sort_parameters())
        return Chip(each, values, each.summary(values), self._address(kept), (*self._kept, *kept))

    def _sorted_by(self, order: str) -> str:
        return self._address((*self._search_parameters(), *self._filter_parameters(), (SORT, order)))

    def _here(self, *more: tuple[str, str]) -> str:
        return self._address((*self._shown_parameters(), *more))

    def _shown_parameters(self) -> Parameters:
        return (*self._search_parameters(), *self._filter_parameters(), *self._sort_parameters())

    def _search_parameters(self) -> Parameters:
        return ((SEARCH, self.query.search),) if self.query.search else ()

    def _filter_parameters(self) -> Parameters:
        pairs: list[tuple[str, str]] = []
        for each in self.table.filters:
            values = self.query.values(each.key)
            names = each.parameters if each.has_sides else each.parameters * len(values)
            pairs += [(name, value) for name, value in zip(names, values, strict=False) if value]
        return tuple(pairs)

    def _sort_parameters(self) -> Parameters:
        order = f"-{self.query.sort}" if self.query.descending else self.query.sort
        return ((SORT, order),) if order != self.table.sort else ()

    @property
    def _kept(self) -> Parameters:
        chosen = self.saved.chosen
        return (*self.keep, (VIEW, chosen.key)) if chosen else self.keep

    def _address(self, parameters: Sequence[tuple[str, str]]) -> str:
        return self._joined((*self._kept, *parameters))

    def _joined(self, parameters: Parameters) -> str:
        return f"{self.path}?{urlencode(parameters)}" if parameters else self.path


def table_response(
    request: HttpRequest, template: str, page: TablePage[Any], context: Mapping[str, Any] | None = None
) -> HttpResponse:
    """This function will answer with the page, or with its list alone when htmx asked for just that."""
    only_list = request.headers.get("HX-Target", "") == f"{page.region}-rows"
    chosen = "kit/components/data_table_only.html" if only_list else template
    response = render(request, chosen, {**(context or {}), "page": page})
    # The same address has two bodies: without this the back button could show the smaller one.
    patch_vary_headers(response, ["HX-Target"])
    return response


def _shown(content: object) -> SafeString:
    if content is None or content == "":
        return NOTHING
    # People write in either direction, whatever the page's is.
    return content if isinstance(content, SafeString) else write_html("<bdi>{}</bdi>", content)
