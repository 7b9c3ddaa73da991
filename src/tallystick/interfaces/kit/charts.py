"""Charts as SVG inside the page, drawn by pygal: it takes ink and colours from the page, and holds no style or script.

A chart says nothing that the table beside it does not; to those who do not see it, it is its label.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import count, pairwise
from typing import Any, Final, Literal

from django.utils.safestring import SafeString, mark_safe
from lxml import etree

Shape = Literal["line", "bars", "stacked"]

_SIZE: Final = {"width": 480, "height": 200}
# In units of the size; the style sheet gives letters this size on a phone, where they are the largest.
_LETTERS: Final = 15
# How much room there is below a chart, how much a label leaves to its neighbour, and how wide letters are, all in the
# height of letters.
_ROOM: Final = 28.7
_GAP: Final = 0.6
_NARROW, _WIDE, _USUAL = 0.3, 0.62, 0.55
_MOST_DOTS: Final = 24
# Into how many parts of a round size the axis is parted at most.
_MOST_STEPS: Final = 5


def draw_chart(
    shape: Shape,
    *,
    label: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int | None]]],
    written: Callable[[float], str],
    on_axis: Callable[[int], str],
) -> SafeString:
    """This function will draw values as SVG; `written` writes a value where it is pointed at, and `on_axis` on the
    axis, where it has little room.

    `label` says what the picture shows.
    """
    # Half a second that pages without a chart, and commands, do not wait for.
    from pygal.style import Style

    from tallystick.interfaces.kit import drawing

    kinds: dict[Shape, Any] = {"line": drawing.Line, "bars": drawing.Bar, "stacked": drawing.StackedBar}
    chart = kinds[shape](
        **_SIZE,
        js=(),
        css=(),
        explicit_size=False,
        disable_xml_declaration=True,
        show_legend=False,
        show_dots=len(labels) <= _MOST_DOTS,
        include_x_axis=True,
        show_minor_x_labels=False,
        value_formatter=written,
        truncate_label=-1,
        margin=8,
        style=Style(label_font_size=_LETTERS, major_label_font_size=_LETTERS),
    )
    chart.x_labels = list(labels)
    lines = [[label] for label in labels]
    if _every(lines) > 1:
        lines = [_in_two(label) for label in labels]
        chart.margin_bottom = _LETTERS + 8
    chart.x_labels_major = list(labels)[:: _every(lines)]
    chart.y_labels = [{"value": each, "label": on_axis(each)} for each in _steps(*_range(shape, series))]
    for name, values in series:
        chart.add(name, list(values))
    return mark_safe(_finished(chart.render_tree(), label, dict(zip(labels, lines, strict=True))))  # noqa: S308 - only known elements and attributes are drawn


def _every(labels: Sequence[Sequence[str]]) -> int:
    """The how many-th labels are shown, each given by its lines, so that none covers its neighbour."""
    widths = [max(map(_width, lines)) for lines in labels]
    for every in range(1, len(labels)):
        room = _ROOM * every / len(labels) - _GAP
        if all((one + other) / 2 <= room for one, other in pairwise(widths[::every])):
            return every
    return max(1, len(labels))


def _width(text: str) -> float:
    return sum(
        _NARROW if each in "fijlrt.,:'’-–() " else _WIDE if each.isdigit() or each.isupper() else _USUAL
        for each in text
    )


def _in_two(label: str) -> list[str]:
    """A label in two lines that are as equally wide as its spaces allow, or in one when it has none."""
    words = label.split(" ")
    ways = [[" ".join(words[:place]), " ".join(words[place:])] for place in range(1, len(words))]
    return min(ways, key=lambda lines: max(map(_width, lines)), default=[label])


def _range(shape: Shape, series: Sequence[tuple[str, Sequence[int | None]]]) -> tuple[int, int]:
    """How low and how high what is drawn reaches, zero included."""
    known = [[value or 0 for value in values] for _name, values in series]
    if shape == "stacked":
        columns = list(zip(*known, strict=True))
        known = [[sum(value for value in each if value * sign > 0) for each in columns] for sign in (-1, 1)]
    reached = [0, *(value for values in known for value in values)]
    return min(reached), max(reached)


def _steps(low: int, high: int) -> list[int]:
    """Round values, equally far from one another, from one that is not above `low` to one that is not below `high`."""
    step = next(
        step
        for power in count()
        for step in (10**power, 2 * 10**power, 5 * 10**power)
        if -(-high // step) - low // step <= _MOST_STEPS
    )
    return [step * each for each in range(low // step, max(-(-high // step), low // step + 1) + 1)]


def _finished(root: Any, label: str, lines: Mapping[str, Sequence[str]]) -> str:
    for axis in root.iterfind(".//g[@class='axis x']"):
        for text in axis.iter("text"):
            _break(text, lines[text.text or ""])
    root.set("role", "img")
    root.set("aria-label", label)
    return str(etree.tostring(root, encoding="unicode"))


def _break(text: Any, lines: Sequence[str]) -> None:
    text.text, *more = lines
    for each in more:
        etree.SubElement(text, "tspan", x=text.get("x"), dy="1.1em").text = each
