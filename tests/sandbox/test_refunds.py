"""Refunds, disputes and the balance."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
from tests.sandbox_service import Account, SandboxService, shape

DAY = 24 * 60 * 60


def refund(merchant: Account, payment: dict[str, Any], amount: int, reference: str) -> dict[str, Any]:
    return shape(merchant.post("/v1/refunds", {"payment": payment["id"], "amount": amount, "reference": reference}))


def test_refunds_in_parts_end_at_what_was_received(merchant: Account) -> None:
    payment = merchant.paid(amount=1000)
    assert refund(merchant, payment, 400, "r1")["status"] == "succeeded"
    assert refund(merchant, payment, 400, "r1") == refund(merchant, payment, 400, "r1")
    order = {"payment": payment["id"], "amount": 601, "reference": "r2"}
    assert merchant.post("/v1/refunds", order).json()["error"]["code"] == "amount_too_large"
    assert merchant.post("/v1/refunds", order | {"reference": "r1"}).status_code == 409
    refund(merchant, payment, 600, "r3")
    assert merchant.payment(payment["id"])["amount_refunded"] == 1000
    assert [item["amount"] for item in shape(merchant.get("/v1/refunds"))["data"]] == [400, 600]
    assert merchant.events() == ["payment.succeeded", "refund.succeeded", "refund.succeeded"]


def test_refunds_at_once_never_pass_what_was_received(merchant: Account) -> None:
    payment = merchant.paid(amount=1000)
    orders = [{"payment": payment["id"], "amount": 300, "reference": f"r{number}"} for number in range(10)]
    with ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda order: merchant.post("/v1/refunds", order).status_code, orders))
    assert sorted(answers) == [201] * 3 + [422] * 7
    assert merchant.payment(payment["id"])["amount_refunded"] == 900


def test_s32_a_refund_fails_later(merchant: Account, service: SandboxService) -> None:
    payment = merchant.paid("4000000000005126", amount=1000)
    given = refund(merchant, payment, 1000, "r1")
    assert given["status"] == "succeeded"
    service.advance(3)
    failed = shape(merchant.get(f"/v1/refunds/{given['id']}"))
    assert (failed["status"], failed["failure_code"]) == ("failed", "refund_failed")
    assert merchant.payment(payment["id"])["amount_refunded"] == 0
    assert merchant.events()[1:] == ["refund.succeeded", "refund.failed"]


def test_a_pending_refund_counts_as_given_back(merchant: Account, service: SandboxService) -> None:
    payment = merchant.paid("4000000000007726", amount=1000)
    assert refund(merchant, payment, 700, "r1")["status"] == "pending"
    order = {"payment": payment["id"], "amount": 301, "reference": "r2"}
    assert merchant.post("/v1/refunds", order).status_code == 422
    service.advance(3)
    assert shape(merchant.get("/v1/refunds", reference="r1"))["data"][0]["status"] == "succeeded"


def test_nothing_is_refunded_of_what_was_not_received(merchant: Account) -> None:
    waiting = merchant.create_payment()
    answer = merchant.post("/v1/refunds", {"payment": waiting["id"], "amount": 1, "reference": "r"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "wrong_state")


def test_s30_a_dispute_is_opened_and_decided(merchant: Account, service: SandboxService) -> None:
    payment = merchant.paid("4000000000000259", amount=1000)
    service.advance(10)
    dispute = shape(merchant.get("/v1/disputes", payment=payment["id"]))["data"][0]
    assert (dispute["status"], dispute["amount"]) == ("open", 1000)
    assert merchant.payment(payment["id"])["disputed"] is True
    assert merchant.post(f"/v1/test/payments/{payment['id']}/dispute").status_code == 409
    answer = merchant.post("/v1/refunds", {"payment": payment["id"], "amount": 1, "reference": "r"})
    assert answer.json()["error"]["code"] == "payment_disputed"

    won = shape(merchant.post(f"/v1/test/disputes/{dispute['id']}/close", {"outcome": "won"}))
    assert won["status"] == "won"
    assert merchant.post(f"/v1/test/disputes/{dispute['id']}/close", {"outcome": "lost"}).status_code == 409
    assert merchant.payment(payment["id"])["disputed"] is False
    assert merchant.events() == ["payment.succeeded", "dispute.opened", "dispute.won"]


def test_an_inquiry_withdraws_nothing_until_it_is_escalated(merchant: Account) -> None:
    payment = merchant.paid(amount=1000)
    path = f"/v1/test/payments/{payment['id']}/dispute"
    assert merchant.post(path, {"amount": 1001}).json()["error"]["code"] == "amount_too_large"
    inquiry = shape(merchant.post(path, {"amount": 900, "inquiry": True}))
    assert (inquiry["status"], inquiry["funds_withdrawn"], inquiry["fee"]) == ("inquiry", False, None)
    assert (inquiry["amount"], merchant.payment(payment["id"])["disputed"]) == (900, False)
    of_it = f"/v1/test/disputes/{inquiry['id']}"
    assert merchant.post(f"{of_it}/close", {"outcome": "lost"}).status_code == 409
    before = shape(merchant.get("/v1/balance"))["available"][0]["amount"]
    opened = shape(merchant.post(f"{of_it}/escalate"))
    assert (opened["status"], opened["fee"]) == ("open", {"amount": 1500, "currency": "EUR"})
    assert shape(merchant.get("/v1/balance"))["available"][0]["amount"] == before - 900 - 1500
    assert merchant.post(f"{of_it}/escalate").status_code == 409
    won = shape(merchant.post(f"{of_it}/close", {"outcome": "won", "returns_fee": True}))
    assert (won["status"], won["fee_returned"]) == ("won", True)
    assert shape(merchant.get("/v1/balance"))["available"][0]["amount"] == before
    assert merchant.events() == ["payment.succeeded", "dispute.inquiry", "dispute.opened", "dispute.won"]


def test_whoever_plays_the_bank_decides_on_a_page(merchant: Account, service: SandboxService) -> None:
    payment = merchant.paid(amount=1000)
    opened = shape(merchant.post(f"/v1/test/payments/{payment['id']}/dispute"))
    page = httpx.get(f"{service.base_url}/disputes")
    assert (page.status_code, f"/disputes/{opened['id']}" in page.text) == (200, True)
    assert "script-src 'none'" in page.headers["Content-Security-Policy"]
    for outcome, status in (("nonsense", "open"), ("escalate", "open"), ("lost", "lost"), ("won", "lost")):
        answer = httpx.post(f"{service.base_url}/disputes/{opened['id']}", data={"outcome": outcome})
        assert answer.status_code == 303
        assert shape(merchant.get(f"/v1/disputes/{opened['id']}"))["status"] == status
    assert opened["id"] not in httpx.get(f"{service.base_url}/disputes").text
    assert httpx.post(f"{service.base_url}/disputes/none", data={"outcome": "won"}).status_code == 303
    assert merchant.events()[1:] == ["dispute.opened", "dispute.lost"]


def test_the_balance_is_the_sum_of_what_happened(merchant: Account, service: SandboxService) -> None:
    first, second = merchant.paid(amount=10_000), merchant.paid(amount=20_000)
    merchant.paid(amount=500, currency="JPY")
    refund(merchant, first, 3_000, "r1")
    dispute = shape(merchant.post(f"/v1/test/payments/{second['id']}/dispute"))
    shape(merchant.post(f"/v1/test/disputes/{dispute['id']}/close", {"outcome": "lost"}))
    received = 10_000 - 165 + 20_000 - 305
    balance = shape(merchant.get("/v1/balance"))
    assert balance["pending"] == [{"currency": "EUR", "amount": received}, {"currency": "JPY", "amount": 468}]
    assert balance["available"] == [{"currency": "EUR", "amount": -24_500}, {"currency": "JPY", "amount": 0}]
    service.advance(2 * DAY)
    balance = shape(merchant.get("/v1/balance"))
    assert balance["pending"] == [{"currency": "EUR", "amount": 0}, {"currency": "JPY", "amount": 0}]
    assert balance["available"][0] == {"currency": "EUR", "amount": received - 24_500}
