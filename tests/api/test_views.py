"""Programs save views of lists: for themselves, or for everybody in the back office."""

from collections.abc import Callable

import pytest

from tests.api.caller import Caller
from tests.api.conftest import Business

pytestmark = pytest.mark.django_db
FAILED = {"list": "payments", "name": "Failed cards", "query": "status=failed&method=card&sort=-due"}


def test_a_view_is_saved_changed_and_deleted(api: Caller) -> None:
    made = api.post("/views", FAILED)
    assert made.status == 201
    assert (made.body["query"], made.body["is_shared"], made.body["saved_by"]) == (FAILED["query"], False, "Program")
    path = f"/views/{made.body['id']}"
    changed = api.patch(path, {"name": "Declined", "query": "q=Zo%C3%AB&due_from=2026-01-01", "is_shared": True})
    assert (changed.status, changed.body["name"], changed.body["is_shared"]) == (200, "Declined", True)
    assert changed.body["query"] == "q=Zo%C3%AB&due_from=2026-01-01"
    assert api.get(path).body == changed.body
    assert api.get("/views", list="payments").body["data"] == [changed.body]
    assert api.get("/views", list="invoices").body["data"] == []
    assert api.post(f"{path}/delete").body == changed.body
    assert api.get(path).status == 404


def test_what_cannot_be_saved_leaves_no_trace(api: Caller, traces: Callable[[], dict[str, int]]) -> None:
    taken = api.post("/views", FAILED).body
    shared = api.post("/views", {**FAILED, "is_shared": True}).body
    other = api.post("/views", {**FAILED, "name": "Other"}).body
    before = traces()
    for told in (
        api.post("/views", {**FAILED, "name": "FAILED CARDS"}),
        api.post("/views", {**FAILED, "is_shared": True}),
        api.patch(f"/views/{other['id']}", {"name": taken["name"]}),
        api.patch(f"/views/{shared['id']}", {"is_shared": False}),
    ):
        assert (told.status, told.body["code"], told.body["field"]) == (409, "view_name_taken", "name")
    for wrong in (
        {"list": "bill_runs"},
        {"name": ""},
        {"name": "  "},
        {"name": "x" * 61},
        {"query": "colour=red"},
        {"query": "after=x"},
        {"query": "q=%00"},
        {"query": "q=4111111111111111"},
        {"query": f"q={'x' * 2000}"},
    ):
        assert api.post("/views", {**FAILED, "name": "New", **wrong}).status == 422, wrong
    assert traces() == before


def test_a_view_of_ones_own_is_nobody_elses(business: Business, api: Caller) -> None:
    mine = api.post("/views", FAILED).body["id"]
    shared = api.post("/views", {**FAILED, "is_shared": True}).body["id"]
    other = business.caller()
    assert [each["id"] for each in other.get("/views").body["data"]] == [shared]
    assert other.get(f"/views/{mine}").status == 404
    assert other.patch(f"/views/{mine}", {"name": "Theirs"}).status == 404
    assert other.post(f"/views/{mine}/delete").status == 404
    # What is shared no more belongs to whoever took it back.
    assert other.patch(f"/views/{shared}", {"is_shared": False}).status == 200
    assert api.get(f"/views/{shared}").status == 404


def test_sharing_needs_a_permission_of_its_own(business: Business, api: Caller) -> None:
    shared = api.post("/views", {**FAILED, "is_shared": True}).body["id"]
    looker = business.caller("view")
    mine = looker.post("/views", FAILED).body["id"]
    for told in (
        looker.post("/views", {**FAILED, "name": "For all", "is_shared": True}),
        looker.patch(f"/views/{mine}", {"is_shared": True}),
        looker.patch(f"/views/{shared}", {"name": "Mine"}),
        looker.post(f"/views/{shared}/delete"),
    ):
        assert (told.status, told.body["permission"]) == (403, "views.share")
    assert looker.post(f"/views/{mine}/delete").status == 200
    narrow = business.caller(customer=business.x)
    for told in (narrow.get("/views"), narrow.get(f"/views/{shared}"), narrow.post("/views", FAILED)):
        assert (told.status, told.body["code"]) == (403, "scope_too_narrow")


def test_a_view_of_the_audit_needs_to_see_the_audit(business: Business, api: Caller) -> None:
    audit = {"list": "audit", "name": "Issued", "query": "action=issue&as=staff", "is_shared": True}
    made = api.post("/views", audit)
    assert made.status == 201
    path, looker = f"/views/{made.body['id']}", business.caller("view", "views.share")
    assert looker.get("/views").body["data"] == []
    for told in (
        looker.get(path),
        looker.post("/views", {**audit, "name": "Mine"}),
        looker.patch(path, {"name": "Mine"}),
        looker.post(f"{path}/delete"),
    ):
        assert (told.status, told.body["permission"]) == (403, "audit.view")
    assert api.get(path).body == made.body
