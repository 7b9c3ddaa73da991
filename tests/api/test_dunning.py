"""Dunning plans over the API: made level by level, and chosen."""

from typing import Any

import pytest

from tallystick.dunning import queries
from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business
from tests.api.recipes import LATER

pytestmark = pytest.mark.django_db


def test_a_plan_is_made_changed_and_chosen(api: Caller, business: Business) -> None:
    made = api.post("/dunning_plans", {"name": "Strict", "grace_days": 7})
    assert (made.status, made.body["is_default"], made.body["levels"]) == (201, False, [])
    path = f"/dunning_plans/{made.body['id']}"
    api.post(
        f"{path}/levels",
        {"days": 10, "pay_by_days": 5, "channel": "letter", "fees": [{"currency": "EUR", "fee_minor": 500}]},
    )
    told = api.post(f"{path}/levels", {"days": 1, "texts": {"en": " Pay now. ", "de": ""}}).body
    assert told["levels"] == [
        {"days": 1, "pay_by_days": None, "texts": {"en": "Pay now."}, "channel": "mail", "fees": []},
        {
            "days": 10,
            "pay_by_days": 5,
            "texts": {},
            "channel": "letter",
            "fees": [{"currency": "EUR", "fee_minor": 500}],
        },
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
    [
        ({"days": 400}, "days"),
        ({"days": -3, "pay_by_days": 2}, "pay_by_days"),
        ({"days": 3, "pay_by_days": 0}, ""),
        ({"days": -3, "fees": [{"currency": "EUR", "fee_minor": 500}]}, "fees"),
        ({"days": 3, "fees": [{"currency": "EUR", "fee_minor": 500}] * 2}, "fees"),
        ({"days": 3, "fees": [{"currency": "XXZ", "fee_minor": 500}]}, "fees"),
        ({"days": 3, "fees": [{"currency": "EUR", "fee_minor": 0}]}, "fee_minor"),
        ({"days": 3, "channel": "pigeon"}, "channel"),
    ],
)
def test_a_level_that_cannot_be_is_refused_and_leaves_nothing(api: Caller, wrong: dict[str, Any], field: str) -> None:
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


def test_an_invoice_says_what_comes_next_and_waits_for_a_promise(api: Caller, business: Business) -> None:
    path = f"/invoices/{business.open_invoice(business.x, 3000)}/dunning"
    before = api.get(path).body
    assert (before["stop"], before["reminders"], before["pause"]) == ("none", [], None)
    assert before["next_reminder_date"] is not None
    assert before["suspension_date"] is None, "it bills no service"
    paused = api.post(f"{path}/pause", {"reason": "Is looked into"}).body
    assert (paused["stop"], paused["pause"]["until_date"], paused["next_reminder_date"]) == ("paused", None, None)
    promised = api.post(f"{path}/promise", {"pay_date": TODAY, "amount_minor": 100}).body["pause"]
    assert (promised["promised_minor"], promised["outcome"]) == (100, "waiting")
    assert api.post(f"{path}/promise", {"pay_date": "2020-01-01"}).body["field"] == "pay_date"
    assert api.post(f"{path}/resume", {}).body == before
    again = api.post(f"{path}/resume", {})
    assert (again.status, again.body["code"]) == (409, "reminders_not_paused")
    other = Caller(business.key("view", "payments.record", customer=business.y))
    assert other.post(f"{path}/pause", {"reason": "Not theirs"}).status == 404


def test_why_and_by_whom_reminders_are_paused_is_told_to_no_key_of_the_customer(
    api: Caller, business: Business
) -> None:
    invoice = business.open_invoice(business.x, 3000)
    own = business.caller("view", "payments.record", customer=business.x)
    paths = (f"/invoices/{invoice}/dunning", f"/customers/{business.cus_x}/dunning/pause")
    of_invoice, of_customer = (f"{path.removesuffix('/pause')}/pause" for path in paths)
    for path in (of_invoice, of_customer):
        full = api.post(path, {"reason": "Cannot be trusted"}).body["pause"]
        assert (full["reason"], full["created_by"]) == ("Cannot be trusted", api.get("/me").body["name"])
    for path in (*paths, f"/invoices/{invoice}/offers"):
        seen, found = (caller.get(path).body for caller in (own, api))
        told, full = (each["offers"]["pause"] if "offers" in each else each["pause"] for each in (seen, found))
        assert full["reason"] == "Cannot be trusted"
        assert told == {**full, "reason": "", "created_by": ""}
    for path in (of_invoice, of_customer):
        written = own.post(path, {"reason": "As we said"}, key=path)
        assert (written.body["pause"]["reason"], written.body["pause"]["created_by"]) == ("", "")
        assert own.post(path, {"reason": "As we said"}, key=path).raw == written.raw
    assert [api.get(path).body["pause"]["reason"] for path in paths] == ["As we said"] * 2


def test_another_due_date_is_agreed_once_for_a_key_and_by_who_may(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x, 3000)
    path = f"/invoices/{invoice}"
    stated = api.get(path).body["due_date"]
    told = {"due_date": LATER, "note": "Ada on the phone"}
    after = api.post(f"{path}/due_date", told, key="one").body
    assert (after["due_date"], after["stated_due_date"], after["state"]) == (LATER, stated, "open")
    assert api.post(f"{path}/due_date", told, key="one").body == after
    for wrong in ("2020-01-01", "2099-01-01", LATER):
        refused = api.post(f"{path}/due_date", {"due_date": wrong})
        assert (refused.status, refused.body["field"]) == (422, "due_date")
    assert Caller(business.key("view")).post(f"{path}/due_date", told).status == 403
    other = Caller(business.key("view", "payments.record", customer=business.y))
    assert other.post(f"{path}/due_date", told).status == 404
    assert api.get(path).body == after


def test_what_can_be_offered_is_told_before_it_is_advised(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x, 3000)
    found = api.get(f"/invoices/{invoice}/offers").body["offers"]
    assert (found["invoice"], found["open_minor"], found["failures"], found["is_advised"]) == (invoice, 3600, 0, False)
    assert found["due_dates"]["first_date"] == api.get(f"/invoices/{invoice}").body["due_date"]
    assert (found["own_promise"], found["pause"], found["ends"], found["more_ends"]) == (None, None, [], 0)
    api.post(f"/invoices/{invoice}/void", {"reason": "Twice"})
    assert api.get(f"/invoices/{invoice}/offers").body == {"offers": None}
    other = Caller(business.key("view", customer=business.y))
    assert other.get(f"/invoices/{invoice}/offers").status == 404
