"""Dunning plans over the API: made level by level, and chosen."""

import pytest

from tallystick.dunning import queries
from tests.api.caller import Caller
from tests.api.conftest import Business

pytestmark = pytest.mark.django_db


def test_a_plan_is_made_changed_and_chosen(api: Caller, business: Business) -> None:
    made = api.post("/dunning_plans", {"name": "Strict", "grace_days": 7})
    assert (made.status, made.body["is_default"], made.body["levels"]) == (201, False, [])
    path = f"/dunning_plans/{made.body['id']}"
    api.post(f"{path}/levels", {"days": 10, "pay_by_days": 5})
    told = api.post(f"{path}/levels", {"days": 1, "texts": {"en": " Pay now. ", "de": ""}}).body
    assert told["levels"] == [
        {"days": 1, "pay_by_days": None, "texts": {"en": "Pay now."}},
        {"days": 10, "pay_by_days": 5, "texts": {}},
    ]
    assert api.post(f"{path}/levels/remove", {"days": 10}).body["levels"] == told["levels"][:1]
    assert api.post(f"{path}/levels/remove", {"days": 10}).status == 404
    assert api.post(path, {"name": "Swift", "grace_days": None}).body["grace_days"] is None
    taken = api.post("/dunning_plans", {"name": "Swift"})
    assert (taken.status, taken.body["code"]) == (409, "plan_name_taken")
    chosen = api.post("/dunning_plans/default", {"plan": made.body["id"]}).body["data"]
    assert [(each["name"], each["is_default"]) for each in chosen] == [("Swift", True), ("Standard", False)]
    of = f"/customers/{business.cus_x}/dunning_plan"
    assert api.get(of).body["plan"]["name"] == "Swift"
    assert api.post(of, {"choice": "none"}).body == {"choice": "none", "plan": None}
    assert api.post(of, {"choice": "dpl_nothing"}).status == 404
    assert api.post(of, {"choice": "default"}).body["choice"] == "default"
    assert api.post("/dunning_plans/default", {"plan": None}).status == 200
    assert api.get(of).body == {"choice": "default", "plan": None}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [({"days": 400}, "days"), ({"days": -3, "pay_by_days": 2}, "pay_by_days"), ({"days": 3, "pay_by_days": 0}, "")],
)
def test_a_level_that_cannot_be_is_refused_and_leaves_nothing(api: Caller, wrong: dict[str, int], field: str) -> None:
    plan = api.get("/dunning_plans").body["data"][0]
    refused = api.post(f"/dunning_plans/{plan['id']}/levels", wrong)
    assert refused.status == 422
    assert field in refused.body["field"]
    assert api.get("/dunning_plans").body["data"] == [plan]


def test_a_key_of_one_customer_or_without_the_permission_changes_none(business: Business) -> None:
    before = queries.plans()
    for key in (business.key("view"), business.key("view", "settings.change", customer=business.x)):
        assert Caller(key).post("/dunning_plans", {"name": "Mine"}).status == 403
        assert Caller(key).post("/dunning_plans/default", {"plan": None}).status == 403
    assert queries.plans() == before
