"""Charts: what stands on their axes is round, equally far apart, and covers nothing."""

import pygal
import pytest
from lxml import etree

from tallystick.interfaces.kit import drawing
from tallystick.interfaces.kit.charts import Shape, draw_chart

_OF_POINTERS = ("text-overlay", "tooltip-overlay", "titles")


def axes(shape: Shape, labels: list[str], *series: list[int | None]) -> tuple[list[str], list[str]]:
    """This function will return what stands below a chart and beside it."""
    svg = draw_chart(
        shape,
        label="What it shows",
        labels=labels,
        series=[(f"Series {place}", values) for place, values in enumerate(series)],
        written=str,
        on_axis=str,
    )
    root = etree.fromstring(str(svg))

    def texts(axis: str) -> list[str]:
        found = root.iter("{*}g")
        return [
            "".join(text.itertext())
            for each in found
            if each.get("class", "").split()[:2] == ["axis", axis]
            for text in each.iter("{*}text")
        ]

    return texts("x"), texts("y")


@pytest.mark.parametrize(
    ("values", "steps"),
    [
        ([[0, 0, 0]], ["0", "1"]),
        ([[]], ["0", "1"]),
        ([[1, 2, 3]], ["0", "1", "2", "3"]),
        ([[4_900, 100, None]], ["0", "1000", "2000", "3000", "4000", "5000"]),
        ([[-2_000, 61_000, 3]], ["-20000", "0", "20000", "40000", "60000", "80000"]),
        ([[-7, -3, -1]], ["-8", "-6", "-4", "-2", "0"]),
        ([[10**13, 1, 1]], [str(each * 10**12) for each in (0, 2, 4, 6, 8, 10)]),
    ],
)
def test_the_steps_of_an_axis_are_round_and_as_far_apart(values: list[list[int | None]], steps: list[str]) -> None:
    assert axes("bars", ["a", "b", "c"][: len(values[0])], *values)[1] == steps


def test_a_stack_is_as_high_as_its_parts_together() -> None:
    assert axes("stacked", ["a", "b"], [30, 40], [30, 50], [-20, 0])[1] == ["-50", "0", "50", "100"]


def test_labels_leave_room_for_one_another() -> None:
    months = [f"Nov {year}" for year in range(2000, 2012)]
    assert axes("bars", months, [1] * 12)[0] == ["Nov2000", "Nov2002", "Nov2004", "Nov2006", "Nov2008", "Nov2010"]
    words = ["Pending", "Processing", "Completed", "Failed", "Cancelled"]
    assert axes("bars", words, [1] * 5)[0] == words
    ages = ["Not due", "1–30 days", "31–60 days", "61–90 days", "Over 90 days"]
    assert axes("bars", ages, [1] * 5)[0] == ["Notdue", "1–30days", "31–60days", "61–90days", "Over 90days"]
    assert axes("bars", ["Long " * 30], [1])[0] == ["Long " * 30]


@pytest.mark.parametrize(("shape", "kind"), [("line", "Line"), ("bars", "Bar"), ("stacked", "StackedBar")])
@pytest.mark.parametrize("values", [[3, 70, 12], [-4, 9, None], [-4, -9, -1], [0, 0, 0]])
def test_what_is_drawn_is_what_the_library_draws(
    shape: Shape, kind: str, values: list[int | None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def drawn() -> list[tuple[str, dict[str, str], str | None]]:
        svg = draw_chart(
            shape,
            label="What it shows",
            labels=["Jan", "Feb", "Mar"],
            series=[("One", values), ("Two", [5, 6, 7])],
            written="{} pieces".format,
            on_axis=str,
        )
        root = etree.fromstring(str(svg))
        for each in root.xpath("//*[local-name() = 'g']"):
            if any(name in each.get("class", "").split() for name in _OF_POINTERS):
                each.getparent().remove(each)
        found = root.iter("{*}g", "{*}path", "{*}rect", "{*}circle", "{*}text")
        return [(each.tag, dict(each.attrib), each.text) for each in found]

    ours = drawn()
    monkeypatch.setattr(drawing, kind, getattr(pygal, kind))
    assert ours == drawn()


def test_a_chart_says_its_values_and_has_neither_style_nor_script() -> None:
    svg = draw_chart(
        "stacked",
        label="What <it> shows",
        labels=["Jan", "Feb"],
        series=[("One", [1, 2]), ("Two", [3, None])],
        written="<{}> pieces".format,
        on_axis="{}.".format,
    )
    root = etree.fromstring(str(svg))
    assert {etree.QName(each).localname for each in root.iter()} == {"svg", "g", "rect", "path", "text", "title"}
    assert not {name for each in root.iter() for name in each.attrib} & {"style", "id", "href"}
    assert root.xpath("//*[@class = 'bar']/*[local-name() = 'title']/text()") == [
        f"<{value}> pieces" for value in (1, 2, 3, 0)
    ]
    assert dict(root.attrib) == {
        "class": "pygal-chart",
        "viewBox": "0 0 480 200",
        "role": "img",
        "aria-label": "What <it> shows",
    }
