"""Charts: what stands on their axes is round, equally far apart, and covers nothing."""

import pytest
from lxml import etree

from tallystick.interfaces.kit.charts import Shape, draw_chart


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
