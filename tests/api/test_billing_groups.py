"""Billing groups over the API: made, joined, billed after a look, archived (E25 to E30)."""

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business
from tests.scenarios.conftest import uid
from tests.scenarios.subscribers import Subscribers

pytestmark = pytest.mark.django_db
FORM = {
    "name": "Acme Corp",
    "billing_day": 31,
    "new_payer": {"contact_name": "Ada", "email": "ada@acme.example", "currency": "EUR", "terms_days": 30},
}


class Shop(Subscribers, Business):
    """The business of the API, with prices."""


@pytest.fixture
def business(db: None) -> Business:
    return Shop()


def test_a_group_is_made_changed_joined_and_left(api: Caller, business: Business) -> None:
    made = api.post("/billing_groups", FORM)
    assert (made.status, made.body["members"], made.body["is_archived"]) == (201, 0, False)
    path = f"/billing_groups/{made.body['id']}"
    payer = api.get(f"/customers/{made.body['payer']}").body
    assert (payer["name"], payer["terms_days"], payer["contacts"][0]["email"]) == ("Acme Corp", 30, "ada@acme.example")
    changed = api.patch(path, {"name": "Acme Inc", "billing_day": 1})
    assert (changed.body["name"], changed.body["billing_day"]) == ("Acme Inc", 1)
    assert api.get("/billing_groups", search="acme").body["data"] == [changed.body] == [api.get(path).body]

    joined = api.post(f"{path}/members", {"customer": business.cus_x})
    assert (joined.status, [each["customer"] for each in joined.body["data"]]) == (201, [business.cus_x])
    twice = api.post(f"{path}/members", {"customer": business.cus_x})
    assert (twice.status, twice.body["code"], twice.body["field"]) == (409, "member_of_a_group", "customer")
    left = api.post(f"{path}/members/{business.cus_x}/leave")
    assert left.body["data"][0]["left_date"] == TODAY
    assert api.get(f"{path}/members").body == left.body


def test_a_group_is_billed_once_as_its_preview_told(api: Caller, business: Shop) -> None:
    group = api.post("/billing_groups", FORM).body["id"]
    yesterday = (date.fromisoformat(TODAY) - timedelta(days=1)).isoformat()
    business.join(uid("grp", group), business.x, yesterday)
    business.subscribe(business.x, business.price(8900), start=yesterday)
    path = f"/billing_groups/{group}"
    told = api.get(f"{path}/preview").body
    assert [(each["lines"], each["total_minor"]) for each in told["invoices"]] == [(1, 10680)]
    assert api.get(f"{path}/preview", as_of_date="2020-01-01").body["invoices"] == []

    stale = api.post(f"{path}/invoices", {"version": "0" * 64})
    assert (stale.status, stale.body["code"]) == (409, "preview_out_of_date")
    made = api.post(f"{path}/invoices", {"version": told["version"]}, key="once")
    assert made.status == 201
    assert [each["total_minor"] for each in made.body["invoices"]] == [10680]
    again = api.post(f"{path}/invoices", {"version": told["version"]}, key="once")
    assert (again.raw, again.replayed) == (made.raw, True)
    assert api.get(f"{path}/preview").body["invoices"] == []


def test_an_archived_group_takes_nobody(api: Caller, business: Business, traces: Callable[[], dict[str, int]]) -> None:
    group = api.post("/billing_groups", FORM).body["id"]
    assert api.post(f"/billing_groups/{group}/archive").body["is_archived"] is True
    assert api.get("/billing_groups").body["data"] == []
    assert len(api.get("/billing_groups", archived="true").body["data"]) == 1
    before = traces()
    for call in ("archive", "members", "invoices"):
        body = {"members": {"customer": business.cus_x}, "invoices": {"version": "seen"}}.get(call, {})
        refused = api.post(f"/billing_groups/{group}/{call}", body)
        assert (refused.status, refused.body["code"]) == (409, "group_is_archived")
    assert api.get(f"/billing_groups/{group}/preview").status == 409
    assert traces() == before


def test_a_narrowed_key_reaches_no_group(api: Caller, business: Business) -> None:
    group = api.post("/billing_groups", FORM).body["id"]
    narrow = business.caller(customer=business.x)
    for path in ("/billing_groups", f"/billing_groups/{group}", f"/billing_groups/{group}/members"):
        refused = narrow.get(path)
        assert (refused.status, refused.body["code"]) == (403, "scope_too_narrow")
    foreign = narrow.post(f"/billing_groups/{group}/members", {"customer": business.cus_y})
    own = narrow.post(f"/billing_groups/{group}/members", {"customer": business.cus_x})
    assert (foreign.status, own.status) == (404, 403)
