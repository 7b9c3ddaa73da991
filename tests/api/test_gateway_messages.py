"""Programs look after the messages of payment services that fit nothing."""

from collections.abc import Callable

import pytest

from tests.api.caller import Caller
from tests.api.conftest import Business

pytestmark = pytest.mark.django_db


def test_messages_are_listed_closed_and_opened_again(business: Business, api: Caller) -> None:
    account = business.gateway()
    messages = [business.message(account, f"evt_{number}") for number in range(3)]
    path = f"/gateway_messages/{messages[1]}"
    told = api.get(path).body
    assert (told["state"], told["gateway_account"], told["reference"]) == (
        "unmatched",
        {"id": account, "name": "Cards"},
        "order-4711",
    )
    done = api.post(f"{path}/close", {"reason": "Of another shop"})
    assert (done.status, done.body["state"], done.body["closed_reason"]) == (200, "closed", "Of another shop")
    assert api.get("/gateway_messages", state="closed").body["data"] == [done.body]
    first = api.get("/gateway_messages", limit=1).body
    second = api.get("/gateway_messages", limit=1, cursor=first["next_cursor"]).body
    assert [page["data"][0]["id"] for page in (first, second)] == [messages[0], messages[2]]
    assert second["next_cursor"] is None
    again = api.post(f"{path}/close", {"reason": "Once more"})
    assert (again.status, again.body["code"], again.body["state"]) == (409, "message_transition_refused", "closed")
    assert api.post(f"{path}/reopen").body == told


def test_refusals_leave_no_trace(business: Business, api: Caller, traces: Callable[[], dict[str, int]]) -> None:
    account = business.gateway()
    waiting = business.message(account)
    stored = business.message(account, "evt_2", state="stored")
    finance = business.caller("view", "payments.complete")
    narrow = business.caller(customer=business.x)
    before = traces()
    assert api.post(f"/gateway_messages/{stored}/close", {"reason": "Too early"}).status == 409
    assert api.post(f"/gateway_messages/{waiting}/reopen").status == 409
    for wrong in ({}, {"reason": ""}, {"reason": "x" * 201}, {"reason": "4242424242424242"}):
        assert api.post(f"/gateway_messages/{waiting}/close", wrong).status == 422
    assert api.get("/gateway_messages", state="handled").status == 422
    for caller, code in ((finance, "not_allowed"), (narrow, "scope_too_narrow")):
        for told in (
            caller.get("/gateway_messages"),
            caller.get(f"/gateway_messages/{waiting}"),
            caller.post(f"/gateway_messages/{waiting}/close", {"reason": "Not ours"}),
            caller.post(f"/gateway_messages/{waiting}/reopen"),
        ):
            assert (told.status, told.body["code"]) == (403, code)
    assert traces() == before
