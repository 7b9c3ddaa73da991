"""The second person over the API: 202 and a request, decided by the key of somebody else."""

from tallystick.usecases import configure
from tallystick.usecases.frame import SYSTEM
from tests.api.caller import Caller
from tests.api.conftest import NOTHING, Business, a_payment
from tests.backoffice.business import moment


def test_a_program_asks_and_another_approves(business: Business, api: Caller) -> None:
    changes = {"second_person_completing_above": NOTHING, "second_person_refunding_above": NOTHING}
    configure.change_settings(actor=SYSTEM, at=moment(), changes=changes)
    other = business.caller()
    asked = api.post("/payments", a_payment(customer=business.cus_x), key="k")
    assert (asked.status, asked.body["state"], asked.body["customer"]) == (202, "waiting", business.cus_x)
    again = api.post("/payments", a_payment(customer=business.cus_x), key="k")
    assert (again.status, again.raw) == (202, asked.raw)
    path = f"/approvals/{asked.body['id']}"
    own = api.post(f"{path}/approve")
    assert (own.status, own.body["code"]) == (409, "own_approval")
    done = other.post(f"{path}/approve", key="y")
    assert (done.status, done.body["state"]) == (200, "approved")
    assert other.post(f"{path}/approve", key="y").raw == done.raw
    payment = done.body["result"]
    assert api.get(f"/payments/{payment}").body["status"] == "completed"
    refund = {"amount_minor": 5000, "reason": "Left", "method": "cash"}
    waits = api.post(f"/payments/{payment}/refund", refund)
    assert (waits.status, waits.body["payment"]) == (202, payment)
    listed = api.get("/approvals", state="waiting", payment=payment).body["data"]
    assert [each["id"] for each in listed] == [waits.body["id"]]
    declined = other.post(f"/approvals/{waits.body['id']}/decline", {"reason": "Not owed"})
    assert (declined.body["state"], declined.body["reason"]) == ("declined", "Not owed")
    narrow = business.caller(customer=business.y)
    assert narrow.get("/approvals").body["data"] == []
    assert narrow.get("/approvals", payment=payment).status == 404
    assert narrow.get(path).status == 404
