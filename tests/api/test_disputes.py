"""Disputes over the API: money that a bank sent back, told once however often, and found in lists."""

from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, a_payment


def test_a_bank_return_is_recorded_once_and_listed(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x, 1000)
    paid = a_payment(customer=business.cus_x, total_minor=1200, allocations=[{"invoice": invoice}])
    payment = api.post("/payments", {**paid, "method": "direct_debit"}).body["id"]
    body = {"reason": "insufficient_funds", "returned_date": TODAY}
    told = api.post(f"/payments/{payment}/bank_return", body, key="back")
    assert told.status == 201
    expected = ("bank_return", "lost", 1200, 1200, 0, "The account did not cover it")
    names = ("kind", "state", "amount_minor", "taken_minor", "loss_minor", "reason_text")
    assert tuple(told.body[name] for name in names) == expected
    assert api.post(f"/payments/{payment}/bank_return", body, key="back").raw == told.raw

    row = api.get(f"/payments/{payment}").body
    counted = [row[name] for name in ("status", "allocated_minor", "disputed_minor", "lost_minor", "unallocated_minor")]
    assert counted == ["completed", 0, 0, 1200, 0]
    assert api.get(f"/invoices/{invoice}").body["open_minor"] == 1200
    assert api.get("/disputes", payment=payment).body["data"] == [told.body]
    assert api.get("/disputes", state="lost", customer=business.cus_x).body["data"] == [told.body]
    assert api.get("/disputes", state="opened").body["data"] == []
    assert api.get(f"/disputes/{told.body['id']}").body == told.body


def test_refusals_say_why_and_leave_nothing(api: Caller, business: Business) -> None:
    payment = api.post("/payments", a_payment(customer=business.cus_x, total_minor=500)).body["id"]
    for path, body, status, code in (
        (f"/payments/{payment}/bank_return", {"amount_minor": 501}, 409, "dispute_exceeds_payment"),
        (f"/payments/{payment}/bank_return", {"returned_date": "2999-01-01"}, 422, "received_in_future"),
        (f"/payments/{payment}/bank_return", {"reason": "fraudulent"}, 422, "not_accepted"),
        ("/disputes", {"payment": payment}, 422, "dispute_not_accepted"),
        ("/disputes", {"payment": payment, "fee_minor": -1}, 422, "not_accepted"),
    ):
        told = api.post(path, body)
        assert (told.status, told.body["code"]) == (status, code), path
    assert api.get("/disputes").body["data"] == []
    narrow = business.caller(customer=business.y)
    assert narrow.get("/disputes", payment=payment).status == 404
    made = api.post(f"/payments/{payment}/bank_return", {"amount_minor": 100}).body["id"]
    assert api.post(f"/disputes/{made}/lose", {}).body["code"] == "dispute_transition_refused"
    assert api.post(f"/disputes/{made}/win", {}).body["code"] == "dispute_transition_refused"
