"""The audit over the API: the same entries as in the back office, for keys that see everything."""

from datetime import UTC, datetime, timedelta

from tallystick.foundation import audit
from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment


def test_what_a_program_did_is_told_with_before_and_after(business: Business, api: Caller) -> None:
    made = api.post("/payments", a_payment(customer=business.cus_x, status="pending")).body
    api.patch(f"/payments/{made['id']}", {"reference": "B-18", "remark": "Ask twice"})
    auditor = business.caller("audit.view")
    edited, recorded = auditor.get("/audit", object=made["id"]).body["data"]
    assert (recorded["action"], recorded["before"]) == ("record_payment", None)
    assert recorded["object"] == {"kind": "payment", "id": made["id"]}
    assert recorded["after"]["total_minor"] == made["total_minor"]
    assert (edited["action"], edited["before"], edited["after"]) == (
        "edit_payment",
        {"reference": made["reference"]},
        {"reference": "B-18"},
    )
    assert edited["private"] == ["remark"]
    assert (edited["actor"]["kind"], edited["actor"]["name"]) == ("api_key", "Program")
    assert auditor.get(f"/audit/{edited['id']}").body == edited
    assert auditor.get(f"/audit/{made['id']}").status == 404
    mine = auditor.get("/audit", actor=edited["actor"]["id"], action="edit_payment").body["data"]
    assert mine == [edited]
    assert auditor.get("/audit", search="b-18").body["data"] == [edited]


def test_the_list_is_narrowed_and_refuses_what_it_does_not_know(business: Business, api: Caller) -> None:
    with transaction():
        audit.record(
            actor=Actor(kind="system", id="Clock", label="Clock", permissions=frozenset()),
            at=datetime(2020, 2, 29, 23, 59, tzinfo=UTC),
            action="change_setting",
            kind="setting",
            object_id=new_id(),
            after={"time_zone": "UTC"},
        )
    [found] = api.get("/audit", day_from="2020-02-29", day_until="2020-02-29").body["data"]
    assert found["actor"] == {"kind": "system", "id": "Clock", "name": "Clock"}
    assert api.get("/audit", day_until="2020-02-28").body["data"] == []
    assert found in api.get("/audit", object_kind="setting", actor_kind="system", limit=200).body["data"]
    assert found not in api.get("/audit", object_kind="setting", actor_kind="staff", limit=200).body["data"]
    tomorrow = (datetime.now(tz=UTC) + timedelta(days=2)).date().isoformat()
    assert api.get("/audit", day_from=tomorrow).body["data"] == []
    for wrong in ({"object": "xyz_1"}, {"actor": "cus_1"}):
        assert api.get("/audit", **wrong).status == 404
    for wrong in ({"object_kind": "secret"}, {"day_from": "soon"}, {"who": "me"}, {"cursor": "bm90aGluZw=="}):
        assert api.get("/audit", **wrong).status == 422


def test_a_key_of_one_customer_sees_none_of_it(business: Business) -> None:
    narrow = business.caller("audit.view", customer=business.x)
    refused = narrow.get("/audit")
    assert (refused.status, refused.body["code"]) == (403, "scope_too_narrow")
