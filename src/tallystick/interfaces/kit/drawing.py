"""The charts of pygal, drawn once each and with nothing that a page would leave out: the same pictures in a fifth of
the time.

pygal looks at each of some ten thousand accesses whether the chart is being drawn, so that it can be drawn again
otherwise; and it writes styles, scripts and what its own script needs to show at the pointer. Importing it takes half
a second, so pages without a chart, and commands, do not import this module.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

import pygal
from lxml import etree
from pygal.config import SerieConfig
from pygal.graph.graph import Graph
from pygal.serie import Serie
from pygal.svg import Svg

# What is drawn. Everything else that the library writes is style, script, or belongs to its own pointer effects.
_ELEMENTS: Final = frozenset({"svg", "g", "path", "rect", "line", "circle", "text", "title"})
_ATTRIBUTES: Final = frozenset(
    {"class", "cx", "cy", "d", "height", "r", "rx", "ry", "transform", "viewBox", "width", "x", "x1", "x2", "y", "y1"}
    | {"y2"}
)
_POINTER_EFFECTS: Final = frozenset({"text-overlay", "tooltip-overlay", "titles", "legends"})
# What a series says about how it is drawn.
_OF_SERIES: Final = frozenset(name for name in dir(SerieConfig) if not name.startswith("_"))


class _Picture(Svg):  # type: ignore[misc]
    """What is drawn: known elements and attributes alone."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.root = etree.Element("svg", {"class": " ".join(graph.classes)}, nsmap={None: self.ns})

    def node(self, parent: Any = None, tag: str = "g", attrib: dict[str, Any] | None = None, **extras: Any) -> Any:
        named = {name: value for name, value in {**(attrib or {}), **extras}.items() if name in _ATTRIBUTES}
        if "class_" in extras:
            named["class"] = extras["class_"]
        for place, size in (("x", "width"), ("y", "height")):
            if named.get(size, 0) < 0:
                named[size] = -named[size]
                named[place] -= named[size]
        written = {name: str(value) for name, value in named.items()}
        if tag not in _ELEMENTS or not _POINTER_EFFECTS.isdisjoint(written.get("class", "").split()):
            return etree.Element(tag, written)
        return etree.SubElement(self.root if parent is None else parent, tag, written)

    def pre_render(self) -> None:
        self.root.set("viewBox", f"0 0 {self.graph.width} {self.graph.height}")


class _DrawnOnce(Graph):  # type: ignore[misc]
    """A chart that keeps what one drawing needs where it keeps everything else."""

    __getattribute__ = object.__getattribute__
    __setattr__ = object.__setattr__

    @property
    def state(self) -> Any:
        return self

    @state.setter
    def state(self, state: Any) -> None:
        if state is not None:
            self.__dict__ |= {name: value for name, value in vars(state).items() if not name.startswith("__")}

    def teardown(self) -> None:
        pass

    def prepare_values(
        self, raw: Iterable[tuple[Sequence[int | None], dict[str, Any]]], offset: int = 0
    ) -> list[Serie]:
        [self._adapt] = self._adapters or [lambda value: value]
        drawn_as = SerieConfig()
        drawn_as.__dict__ |= {name: self.__dict__[name] for name in _OF_SERIES & self.__dict__.keys()}
        return [Serie(place, list(map(self._adapt, values)), drawn_as) for place, (values, _) in enumerate(raw, offset)]

    def _draw(self) -> None:
        self.svg = _Picture(self)
        super()._draw()

    def _format(self, serie: Serie, i: int) -> Any:
        return self.value_formatter(serie.values[i])

    def _tooltip_data(self, node: Any, value: Any, *_: Any, **__: Any) -> None:
        # What the pointer rests on says its value.
        self.svg.node(node, "title").text = value

    def _static_value(self, *_: Any, **__: Any) -> None:
        pass


class Line(_DrawnOnce, pygal.Line):  # type: ignore[misc]
    """Lines."""


class Bar(_DrawnOnce, pygal.Bar):  # type: ignore[misc]
    """Bars beside one another."""


class StackedBar(_DrawnOnce, pygal.StackedBar):  # type: ignore[misc]
    """Bars on top of one another."""
