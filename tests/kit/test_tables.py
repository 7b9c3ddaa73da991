"""Lists: what an address may ask for, and the addresses that lead on."""

import datetime as dt
from dataclasses import replace
from typing import NamedTuple

import pytest
from django.core.exceptions import BadRequest
from django.http import QueryDict
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.utils.safestring import mark_safe

from tallystick.interfaces.kit.filters import Choice, Filter
from tallystick.interfaces.kit.tables import BulkAction, Column, Table, TablePage, View, table_response

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.kit.urls")]


class Row(NamedTuple):
    id: str
    name: str


TABLE = Table[Row](
    name="rows",
    label="Rows",
    columns=[
        Column(key="name", label="Name", cell=lambda row: row.name, sort=True, phone="title"),
        Column(key="total", label="Total", cell=lambda _row: mark_safe("<b>1</b>"), sort=True, number=True),
        Column(key="note", label="Note", cell=lambda _row: ""),
    ],
    row_id=lambda row: row.id,
    row_href=lambda row: f"/rows/{row.id}/",
    search_label="Search rows",
    sort="-name",
    views=[View("All"), View("Failed", (("status", "failed"),))],
    filters=[
        Filter(key="status", label="Status", choices=[Choice("failed", "Failed"), Choice("paid", "Paid")]),
        Filter(key="received", label="Received", kind="days"),
        Filter(key="number", label="Number", kind="text"),
    ],
    bulk_actions=[BulkAction(name="cancel", label="Cancel", tone="danger")],
    empty_title="No rows yet",
)
ROWS = [Row("r1", "Ada"), Row("r2", "<script>alert(1)</script>")]


def page(address: str = "", rows: list[Row] | None = None, **more: str) -> TablePage[Row]:
    return TABLE.page(TABLE.read(QueryDict(address)), "/rows/", ROWS if rows is None else rows, **more)  # type: ignore[arg-type]


def draw(shown: TablePage[Row]) -> str:
    return render_to_string("kit/components/data_table_only.html", {"page": shown}, RequestFactory().get("/rows/"))


def test_an_address_becomes_a_query() -> None:
    query = TABLE.read(
        QueryDict("q=+ada+&status=failed&status=paid&received_from=2026-11-01&number=A-1&sort=total&after=x")
    )
    assert query.search == "ada"
    assert query.values("status") == ("failed", "paid")
    assert query.days("received") == (dt.date(2026, 11, 1), None)
    assert query.text("number") == "A-1"
    assert (query.sort, query.descending, query.after) == ("total", False, "x")


def test_an_empty_address_is_the_default() -> None:
    query = TABLE.read(QueryDict(""))
    assert (query.sort, query.descending, query.is_narrowed) == ("name", True, False)
    assert query.days("received") == (None, None)
    assert query.text("number") == ""


@pytest.mark.parametrize(
    "address",
    ["sort=note", "sort=secret", "sort=--name", "status=unknown", "received_from=01.11.2026", "received_to=x"],
)
def test_what_the_table_does_not_have_is_refused(address: str) -> None:
    with pytest.raises(BadRequest):
        TABLE.read(QueryDict(address))


def test_every_link_keeps_what_was_chosen() -> None:
    shown = page("q=a&status=failed&received_to=2026-11-30&sort=total&after=k1", next_cursor="k2", previous_cursor="k0")
    kept = "q=a&status=failed&received_to=2026-11-30"
    assert shown.next_url == f"/rows/?{kept}&sort=total&after=k2"
    assert shown.previous_url == f"/rows/?{kept}&sort=total&before=k0"
    assert shown.export_url == f"/rows/?{kept}&sort=total&format=csv"
    assert shown.return_url == f"/rows/?{kept}&sort=total&after=k1"
    assert shown.cleared_url == "/rows/?sort=total"
    name, total, note = shown.headings
    # A new order starts at the first page, or the cursor would point into another order.
    assert name.href == f"/rows/?{kept}&sort=name"
    assert total.href == f"/rows/?{kept}&sort=-total"
    assert (total.direction, note.href) == ("ascending", "")


def test_a_number_is_sorted_largest_first() -> None:
    assert page().headings[1].href == "/rows/?sort=-total"
    assert page().headings[0].direction == "descending"


def test_a_chip_says_what_it_holds_and_how_to_drop_it() -> None:
    status, received, number = page(
        "q=a&status=failed&status=paid&received_from=2026-11-01&received_to=2026-11-30"
    ).chips
    assert status.summary == "Failed, Paid"
    assert received.summary == "Nov 1, 2026 – Nov 30, 2026"
    assert number.summary == ""
    assert status.cleared == "/rows/?q=a&received_from=2026-11-01&received_to=2026-11-30"
    assert ("q", "a") in status.kept
    assert page("received_to=2026-11-30").chips[1].summary == "until Nov 30, 2026"


def test_a_view_is_current_when_its_filters_are_set() -> None:
    assert [view.current for view in page().views] == [True, False]
    assert [view.current for view in page("status=failed").views] == [False, True]
    assert [view.current for view in page("status=paid").views] == [False, False]


def test_parameters_of_the_page_are_kept() -> None:
    shown = TABLE.page(TABLE.read(QueryDict("")), "/rows/", ROWS, keep=(("tab", "payments"),), next_cursor="k")
    assert shown.next_url == "/rows/?tab=payments&after=k"


def test_people_text_is_escaped_and_markup_of_ours_is_not() -> None:
    drawn = draw(page())
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert "<b>1</b>" in drawn
    assert 'href="/rows/r1/"' in drawn
    assert 'aria-sort="descending"' in drawn


def test_hostile_parameters_are_escaped() -> None:
    drawn = draw(page("q=%22%3E%3Cscript%3E&number=%22%3E%3Cscript%3E"))
    assert "<script>" not in drawn


def test_an_empty_list_says_why() -> None:
    assert "No rows yet" in draw(page(rows=[]))
    narrowed = draw(page("q=zzz", rows=[]))
    assert "Nothing matches" in narrowed
    assert 'href="/rows/"' in narrowed


def test_a_list_without_extras_draws_no_extras() -> None:
    plain = replace(TABLE, bulk_actions=(), filters=(), views=(), search_label="", exports=False)
    drawn = draw(plain.page(plain.read(QueryDict("")), "/rows/", ROWS))
    assert "checkbox" not in drawn
    assert "format=csv" not in drawn


def test_htmx_gets_the_list_alone() -> None:
    factory = RequestFactory()
    whole = table_response(factory.get("/rows/"), "kit/found.html", page())
    part = table_response(factory.get("/rows/", headers={"HX-Target": "table-rows-rows"}), "kit/found.html", page())
    assert b"<!DOCTYPE html>" in whole.content
    assert b"<!DOCTYPE html>" not in part.content
    assert b'id="table-rows-rows"' in part.content
    assert "HX-Target" in whole["Vary"]
    assert "HX-Target" in part["Vary"]
