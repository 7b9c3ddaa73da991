"""Charts as SVG inside the page, drawn by pygal: it takes ink and colours from the page, and holds no style or script.

A chart says nothing that the table beside it does not; to those who do not see it, it is its label.
"""

import zlib
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

from django.utils.safestring import SafeString, mark_safe
from lxml import etree

Shape = Literal["line", "bars", "stacked"]

_SVG: Final = "{http://www.w3.org/2000/svg}"
_SIZE: Final = {"width": 720, "height": 280}
# More names than these would cover one another.
_MOST_LABELS: Final = 6
# What is drawn. Everything else that the library writes is style, script, or belongs to its own pointer effects.
_ELEMENTS: Final = frozenset({"svg", "g", "path", "rect", "line", "circle", "text", "title"})
_ATTRIBUTES: Final = frozenset(
    {"class", "cx", "cy", "d", "height", "r", "rx", "ry", "transform", "viewBox", "width", "x", "x1", "x2", "y", "y1"}
    | {"y2"}
)
_POINTER_EFFECTS: Final = ("text-overlay", "tooltip-overlay", "titles", "legends")


def draw_chart(
    shape: Shape,
    *,
    label: str,
    labels: Sequence[str],
    series: Sequence[tuple[str, Sequence[int | None]]],
    written: Callable[[float], str],
) -> SafeString:
    """This function will draw values as SVG; `written` writes a value, on the axis and where a value is pointed at.

    `label` says what the picture shows.
    """
    # Half a second that pages without a chart, and commands, do not wait for.
    import pygal

    kinds: dict[Shape, Any] = {"line": pygal.Line, "bars": pygal.Bar, "stacked": pygal.StackedBar}
    every = max(1, -(-len(labels) // _MOST_LABELS))
    chart = kinds[shape](
        **_SIZE,
        js=(),
        css=(),
        explicit_size=False,
        disable_xml_declaration=True,
        show_legend=False,
        show_dots=len(labels) <= _MOST_LABELS * 4,
        include_x_axis=True,
        y_labels_major_count=5,
        show_minor_y_labels=False,
        show_minor_x_labels=False,
        value_formatter=written,
        truncate_label=-1,
        margin_left=20,
    )
    # The same numbers make the same bytes.
    chart.uuid = f"{zlib.crc32(repr((labels, series)).encode()):x}"
    chart.x_labels = list(labels)
    chart.x_labels_major = list(labels)[::every]
    for name, values in series:
        chart.add(name, list(values))
    return mark_safe(_cleaned(chart.render(), label))  # noqa: S308 - only known elements and attributes are left


def _cleaned(svg: str, label: str) -> str:
    root = etree.fromstring(svg.encode())
    etree.strip_tags(root, etree.Comment)
    for element in list(root.iter()):
        name = etree.QName(element).localname
        parent = element.getparent()
        if parent is None:
            continue
        if name == "desc" and element.get("class") == "value":
            # What the pointer rests on says its value.
            etree.SubElement(parent, f"{_SVG}title").text = element.text
        if name not in _ELEMENTS or _is_pointer_effect(element) or (name == "title" and parent is root):
            parent.remove(element)
    for element in root.iter():
        for attribute in [each for each in element.attrib if each not in _ATTRIBUTES]:
            del element.attrib[attribute]
    root.set("role", "img")
    root.set("aria-label", label)
    etree.cleanup_namespaces(root)
    return str(etree.tostring(root, encoding="unicode"))


def _is_pointer_effect(element: Any) -> bool:
    return any(name in _POINTER_EFFECTS for name in element.get("class", "").split())
