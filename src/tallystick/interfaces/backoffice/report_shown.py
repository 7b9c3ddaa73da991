"""The figures of reports as pages show them: each leads to the rows behind it, and to what explains it."""

from collections.abc import Callable, Sequence
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any, Final
from urllib.parse import quote_plus

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from tallystick.foundation.ids import public_id
from tallystick.foundation.months import is_month
from tallystick.interfaces.backoffice import addresses
from tallystick.interfaces.kit import formatting, markup
from tallystick.interfaces.kit.charts import draw_chart
from tallystick.interfaces.kit.icons import icon
from tallystick.interfaces.kit.writing import write_html
from tallystick.ledger import queries as ledger
from tallystick.money.amounts import to_decimal
from tallystick.payments.states import STATUSES, UNSETTLED
from tallystick.reports.frame.shape import Cell, Chart, Column, Drill, Part, Report, Row, Status, Text
from tallystick.wire.builders import BILLING_GROUP
from tallystick.wire.words import status_word

# The lists that figures of reports lead to: their addresses for a customer, or for all.
_LISTS: Final = {"payments": addresses.payments_url}
# With more columns nothing fits beside a table.
_MOST_BESIDE: Final = 5
# A figure of a chart that the table has not.
_POINT: Final = Column(name="", title="", kind="count")
# How many digits behind the point of a share are kept of a percentage and of a rate of tax, and how many behind that of
# the percentage are written.
_DIGITS: Final = {"percent": (4, 1), "rate": (6, 4)}


def drill_url(drill: Drill) -> str:
    """This function will return the address of the list that has the rows behind a figure."""
    query = list(drill.query.items())
    if drill.settled_only:
        query += [("status", status) for status in STATUSES if status not in UNSETTLED]
    for name, (first, last) in drill.days.items():
        query += [(f"{name}_{side}", day.isoformat()) for side, day in (("from", first), ("to", last)) if day]
    if drill.group_id is not None:
        query.append(("group", public_id(BILLING_GROUP, drill.group_id)))
    # Hundreds of them on a page say the same few days, states and reasons.
    said = "&".join([f"{name}={_quoted(value)}" for name, value in query])
    return f"{_LISTS[drill.list](drill.customer_id)}?{said}"


@lru_cache(maxsize=4096)
def _quoted(value: str) -> str:
    return quote_plus(value)


def tiles_shown(report: Report, part: Part) -> list[dict[str, Any]]:
    """This function will return the figures that stand large above a part's table: those of its total, or only row."""
    row = part.total or (part.rows[0] if len(part.rows) == 1 else {})
    return [
        {
            "label": column.title,
            "formula": column.formula,
            "value": _shown(column, row[column.name], part.currency, code=True),
        }
        for column in report.columns
        if column.is_tile and column.name in row
    ]


def table_shown(report: Report, part: Part) -> dict[str, Any]:
    """This function will return a part's table: its columns, and its rows as they are written.

    One row of figures without words is `turned`: it is read from top to bottom, each figure beside its column. In the
    base currency nothing is said a second time in base.
    """
    is_base = part.currency == ledger.base_currency()
    columns = [column for column in report.columns if not (column.in_base and is_base)]
    if len(part.rows) == 1 and not part.total and _is_of_figures(report):
        [row] = part.rows
        return {"turned": [(column, _figure(column, row.get(column.name), part.currency)) for column in columns]}
    edges = [_edges(column, is_first=place == 0) for place, column in enumerate(columns)]
    return {
        "columns": columns,
        "rows": SafeString("".join([_row(edges, row, part.currency) for row in part.rows])),
        "total": _row(edges, part.total, part.currency) if part.total else None,
    }


def is_wide(report: Report) -> bool:
    """This function will say whether a report has so many columns that its table takes the whole width of a page."""
    return not _is_of_figures(report) and sum(not column.in_base for column in report.columns) > _MOST_BESIDE


def _is_of_figures(report: Report) -> bool:
    return all(column.kind != "text" for column in report.columns)


def chart_shown(chart: Chart, currency: str) -> dict[str, Any]:
    """This function will return a chart with its picture, and the names of its lines or bars where it has several."""
    locale = markup.current_locale()

    def written(value: float) -> str:
        if chart.is_money:
            return formatting.format_amount(round(value), currency, locale, shape="number")
        return formatting.format_number(round(value), locale)

    def on_axis(value: int) -> str:
        return formatting.format_short(to_decimal(value, currency) if chart.is_money else value, locale)

    several = len(chart.series) > 1
    return {
        "title": chart.title,
        "points": _points(chart, currency),
        "names": [(place, each.name) for place, each in enumerate(chart.series, 1)] if several else [],
        "svg": draw_chart(
            chart.kind,
            label=(
                _("%(title)s; its figures are below.")
                if chart.points
                else _("%(title)s; the table has the same figures.")
            )
            % {"title": chart.title},
            labels=_labels(chart.labels, locale),
            series=[(str(each.name), each.values) for each in chart.series],
            written=written,
            on_axis=on_axis,
        ),
    }


def _points(chart: Chart, currency: str) -> SafeString:
    """The figures of a chart as rows of a table, written as `_row` writes them. Many share their days."""
    days = cache(markup.day)
    rows = [
        write_html(
            '<tr><td class="on-phone-meta">{}</td><td class="on-phone-meta">{}</td><td class="on-phone-title">{}</td>'
            '<td class="is-number on-phone-amount">{}</td></tr>',
            days(point.days[0]),
            days(point.days[1]),
            point.name,
            _shown(_POINT, point.cell, currency),
        )
        for point in chart.points
    ]
    return SafeString("".join(rows))


def _labels(labels: Sequence[Text | date | Status], locale: str) -> list[str]:
    """Days that all begin a month are said as months."""
    months = all(isinstance(each, date) and is_month(each) for each in labels)
    return [_label(each, locale, formatting.format_short_month if months else formatting.format_day) for each in labels]


def _label(label: Text | date | Status, locale: str, written: Callable[[date, str], str]) -> str:
    if isinstance(label, Status):
        return status_word(kind="receipt", status=label.code)
    return written(label, locale) if isinstance(label, date) else str(label)


def _edges(column: Column, *, is_first: bool) -> tuple[Column, list[str], str, SafeString]:
    """What the cells of a column have in common: their classes, that of a phone's line, and what is said there."""
    classes = ["is-number"] if column.kind not in {"text", "day"} else []
    if is_first:
        return column, classes, "on-phone-title", SafeString("")
    return column, classes, "on-phone-meta", write_html('<span class="on-phone-only">{}</span> ', column.title)


def _row(edges: Sequence[tuple[Column, list[str], str, SafeString]], row: Row, currency: str) -> SafeString:
    """A row of the table. Templates take three times as long, and a page has hundreds of cells."""
    cells = []
    for column, common, on_phone, label in edges:
        cell = row.get(column.name)
        classes = [*common]
        # A number that breaks at its hyphens is three lines high.
        if cell is not None and cell.thing is not None and cell.thing[0] == "invoice":
            classes.append("is-nowrap")
        classes.append("on-phone-hidden" if cell is None or cell.value is None else on_phone)
        cells.append(f'<td class="{" ".join(classes)}">{label}{_figure(column, cell, currency)}</td>')
    return SafeString(f"<tr>{''.join(cells)}</tr>")


def _figure(column: Column, cell: Cell | None, currency: str) -> SafeString:
    return markup.NOTHING if cell is None else _shown(column, cell, currency)


def _shown(column: Column, cell: Cell, currency: str, *, code: bool = False) -> SafeString:
    shown = _value(column, cell, currency, code=code)
    if cell.drill is not None:
        shown = write_html('<a class="figure-rows" href="{}">{}</a>', drill_url(cell.drill), shown)
    elif cell.thing is not None and (url := addresses.object_url(*cell.thing)):
        shown = write_html('<a href="{}">{}</a>', url, shown)
    if cell.why is None:
        return shown
    return write_html("{} {}", shown, _why(addresses.explain_url(cell.why.number, **cell.why.about)))


def _why(address: str) -> SafeString:
    return write_html(
        '<a class="figure-why" href="{0}" title="{1}" hx-get="{0}" hx-target="#kit-dialog-body" hx-swap="innerHTML" '
        'data-opens="kit-dialog">{2}<span class="visually-hidden">{1}</span></a>',
        address,
        _("Explain this number"),
        icon("help"),
    )


def _value(column: Column, cell: Cell, currency: str, *, code: bool) -> SafeString:
    value, locale = cell.value, markup.current_locale()
    if value is None or value == "":
        return markup.NOTHING
    if isinstance(value, date):
        return markup.day(value)
    if not isinstance(value, int):
        said = status_word(kind="receipt", status=value.code) if isinstance(value, Status) else value
        return write_html("<bdi>{}</bdi>", said)
    if column.kind == "money":
        own = ledger.base_currency() if column.in_base else currency
        return markup.amount(value, own, shape="code" if code else "number")
    if column.kind in _DIGITS:
        digits, places = _DIGITS[column.kind]
        # What is written of numbers holds nothing to escape.
        return SafeString(formatting.format_percent(Decimal(value).scaleb(-digits), locale, places=places))
    return SafeString(formatting.format_number(value, locale))
