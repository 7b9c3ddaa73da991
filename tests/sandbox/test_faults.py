"""Faults on order: the API answers late, wrongly or not at all."""

import time

import httpx
import pytest
from tests.sandbox_service import Account, shape

ORDER = {"amount": 11900, "currency": "EUR", "reference": "att_1", "return_url": "http://127.0.0.1:9/return"}


def order_fault(merchant: Account, **fault: str | int | None) -> None:
    shape(merchant.post("/v1/test/faults", fault))


def references(merchant: Account) -> list[str]:
    return [payment["reference"] for payment in shape(merchant.get("/v1/payments"))["data"]]


def test_s02_cut_before_the_effect(merchant: Account) -> None:
    order_fault(merchant, kind="cut_before")
    with pytest.raises(httpx.RemoteProtocolError):
        merchant.post("/v1/payments", ORDER, key="k1")
    assert references(merchant) == []
    assert merchant.post("/v1/payments", ORDER, key="k1").status_code == 201


def test_s07_cut_after_the_effect(merchant: Account) -> None:
    order_fault(merchant, kind="cut_after")
    with pytest.raises(httpx.RemoteProtocolError):
        merchant.post("/v1/payments", ORDER, key="k1")
    assert references(merchant) == ["att_1"]
    assert merchant.post("/v1/payments", ORDER, key="k1").headers["Idempotent-Replay"] == "true"


def test_s05_answers_500_until_cleared(merchant: Account) -> None:
    order_fault(merchant, kind="answer_500", times=None)
    for _ in range(3):
        answer = merchant.post("/v1/payments", ORDER, key="k1")
        assert (answer.status_code, answer.json()["error"]["code"]) == (500, "internal_error")
    shape(merchant.http.delete("/v1/test/faults"))
    assert references(merchant) == []
    assert merchant.post("/v1/payments", ORDER, key="k1").status_code == 201


def test_s06_answers_429_a_number_of_times(merchant: Account) -> None:
    order_fault(merchant, kind="answer_429", times=2)
    answers = [merchant.post("/v1/payments", ORDER, key="k1").status_code for _ in range(3)]
    assert answers == [429, 429, 201]


def test_s08_a_wrong_amount_in_the_answer_only(merchant: Account) -> None:
    order_fault(merchant, kind="wrong_amount")
    payment = shape(merchant.post("/v1/payments", ORDER))
    assert payment["amount"] == 12000
    assert merchant.payment(payment["id"])["amount"] == 11900


def test_answers_late(merchant: Account) -> None:
    order_fault(merchant, kind="answer_late", seconds=1)
    begin = time.monotonic()
    shape(merchant.get("/v1/payments"))
    assert 1 <= time.monotonic() - begin < 3


def test_a_fault_may_spare_reads(merchant: Account) -> None:
    order_fault(merchant, kind="answer_500", method="POST")
    assert references(merchant) == []
    assert merchant.post("/v1/payments", ORDER).status_code == 500


def test_faults_are_listed_and_strict(merchant: Account, listening: Account) -> None:
    order_fault(merchant, kind="answer_500", times=2)
    expected = [{"kind": "answer_500", "times": 2, "method": None, "seconds": None}]
    assert shape(merchant.get("/v1/test/faults"))["data"] == expected
    assert shape(listening.get("/v1/payments"))["data"] == []
    bad: tuple[dict[str, object], ...] = ({"kind": "x"}, {"kind": "cut_after", "times": 0}, {"kind": "answer_late"}, {})
    for fault in bad:
        assert merchant.post("/v1/test/faults", fault).status_code == 422
