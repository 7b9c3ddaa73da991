"""Programs act on many payments at once: each row by itself, and a repeat changes nothing."""

from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, a_payment

pytestmark = pytest.mark.django_db

PAID = {"action": "mark_paid", "received_date": TODAY, "method": "bank_transfer", "reference": "Batch 7"}


def promised(api: Caller, business: Business, count: int) -> list[str]:
    """Payments that wait, the first one first."""
    bodies = [a_payment(customer=business.cus_x, status="pending", total_minor=1000 + each) for each in range(count)]
    return [api.post("/payments", body).body["id"] for body in bodies]


def statuses(api: Caller, ids: list[str]) -> list[str]:
    """What became of payments."""
    return [api.get(f"/payments/{each}").body["status"] for each in ids]


def test_each_row_is_done_or_refused_by_itself(api: Caller, business: Business) -> None:
    first, second, third = promised(api, business, 3)
    api.post(f"/payments/{second}/cancel", {})
    act = api.post("/payments/bulk", {**PAID, "payments": [first, second, third]}).body
    assert (act["done"], act["refused"], act["waiting"]) == (2, 1, 0)
    assert act["finished_at"] is not None
    [refusal] = act["refusals"]
    assert (refusal["payment"], refusal["code"]) == (second, "payment_transition_refused")
    assert statuses(api, [first, second, third]) == ["completed", "cancelled", "completed"]
    paid = api.get(f"/payments/{first}").body
    assert (paid["received_date"], paid["method"], paid["reference"]) == (TODAY, "bank_transfer", "Batch 7")
    rows = api.get(f"/payments/bulk/{act['id']}/rows").body["data"]
    assert [(row["payment"], row["state"]) for row in rows] == [(first, "done"), (second, "refused"), (third, "done")]


def test_all_that_match_are_done_when_as_many_as_was_said(api: Caller, business: Business) -> None:
    ids = promised(api, business, 3)
    other = api.post("/payments", a_payment(customer=business.cus_y, status="pending")).body["id"]
    asked = {"action": "cancel", "matching": {"customer": business.cus_x, "status": "pending"}}
    refused = api.post("/payments/bulk", {**asked, "expected_count": 4})
    assert (refused.status, refused.body["code"]) == (409, "bulk_changed")
    assert statuses(api, [*ids, other]) == ["pending"] * 4
    act = api.post("/payments/bulk", {**asked, "expected_count": 3}).body
    assert act["done"] == 3
    assert statuses(api, [*ids, other]) == ["cancelled"] * 3 + ["pending"]


def test_money_in_suspense_is_given_to_one_customer(api: Caller, business: Business) -> None:
    ids = [api.post("/payments", a_payment(total_minor=500 + number)).body["id"] for number in range(2)]
    act = api.post("/payments/bulk", {"action": "assign", "payments": ids, "customer": business.cus_y}).body
    assert act["done"] == 2
    assert {api.get(f"/payments/{each}").body["customer"] for each in ids} == {business.cus_y}
    again = api.post("/payments/bulk", {"action": "assign", "payments": ids, "customer": business.cus_x}).body
    assert (again["done"], again["refused"]) == (0, 2)


def test_a_repeat_reads_the_first_answer(api: Caller, business: Business) -> None:
    ids = promised(api, business, 2)
    body = {**PAID, "payments": ids}
    first = api.post("/payments/bulk", body, key="batch-7")
    again = api.post("/payments/bulk", body, key="batch-7")
    assert again.replayed
    assert again.body == first.body


@pytest.mark.parametrize(
    "wrong",
    [
        {"payments": []},
        {"payments": None},
        {"action": "refund"},
        {"received_date": "2999-01-01"},
        {"received_date": None},
        {"method": "gateway"},
        {"method": None},
        {"reference": "4242 4242 4242 4242"},
        {"matching": {"status": "pending"}},
        {"action": "assign"},
    ],
)
def test_what_cannot_be_done_to_any_is_refused_at_once(api: Caller, business: Business, wrong: dict[str, Any]) -> None:
    [one] = promised(api, business, 1)
    assert api.post("/payments/bulk", {**PAID, "payments": [one], **wrong}).status == 422
    assert statuses(api, [one]) == ["pending"]


def test_strangers_rows_and_missing_rights_leave_no_trace(api: Caller, business: Business) -> None:
    [one] = promised(api, business, 1)
    [theirs] = [api.post("/payments", a_payment(customer=business.cus_y, status="pending")).body["id"]]
    narrow = business.caller(customer=business.x)
    assert narrow.post("/payments/bulk", {**PAID, "payments": [one, theirs]}).status == 404
    assert api.post("/payments/bulk", {**PAID, "payments": [one, "pay_" + "0" * 32]}).status == 404
    clerk = business.caller("view", "payments.record")
    for body in ({**PAID}, {"action": "cancel"}, {"action": "assign", "customer": business.cus_x}):
        assert clerk.post("/payments/bulk", {**body, "payments": [one]}).status == 403
    assert statuses(api, [one, theirs]) == ["pending", "pending"]
