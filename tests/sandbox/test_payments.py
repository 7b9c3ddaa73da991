"""Payments: what cards do, and what callers may not."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.sandbox_service import VISITOR, Account, SandboxService, pay, query_of, running_sandbox, shape

ORDER = {"amount": 11900, "currency": "EUR", "reference": "att_1", "return_url": "http://127.0.0.1:9/return"}


def refusal(response: httpx.Response) -> tuple[int, str, str | None]:
    error = response.json()["error"]
    assert error["message"]
    return response.status_code, error["code"], error["field"]


def test_a_customer_pays_on_the_hosted_page(merchant: Account) -> None:
    payment = merchant.create_payment(
        reference="att_1", metadata={"invoice": "inv_1"}, return_url="http://a.test/r?x=1"
    )
    assert payment["status"] == "requires_action"
    assert payment["fee"] is None
    assert payment["livemode"] is False

    back = pay(payment["checkout_url"])

    assert back.status_code == 303
    assert query_of(back.headers["Location"]) == {"x": ["1"], "payment": [payment["id"]]}
    paid = merchant.payment(payment["id"])
    assert paid["status"] == "succeeded"
    assert paid["card"] == {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040}
    assert paid["fee"] == {"amount": 192, "currency": "EUR"}
    assert paid["checkout_url"] is None
    assert paid["metadata"] == {"invoice": "inv_1"}
    assert paid["token"] is None
    assert merchant.events() == ["payment.succeeded"]


@pytest.mark.parametrize(
    ("number", "at_once", "later"),
    [
        ("5555555555554444", ("succeeded", None), "succeeded"),
        ("378282246310005", ("succeeded", None), "succeeded"),
        ("4000000000000002", ("failed", "card_declined"), "failed"),
        ("4000000000009995", ("failed", "insufficient_funds"), "failed"),
        ("4000000000000069", ("failed", "expired_card"), "failed"),
        ("4000000000009979", ("failed", "stolen_card"), "failed"),
        ("4000002760003184", ("succeeded", None), "succeeded"),
        ("4000002500003155", ("succeeded", None), "succeeded"),
        ("4000000000100109", ("processing", None), "succeeded"),
        ("4000000000100208", ("processing", None), "failed"),
        ("4000000000100307", ("succeeded", None), "succeeded"),
        ("4000000000100406", ("requires_action", None), "requires_action"),
    ],
)
def test_what_cards_do(
    service: SandboxService, merchant: Account, number: str, at_once: tuple[str, str | None], later: str
) -> None:
    payment = merchant.paid(number)
    assert (payment["status"], payment["failure_code"]) == at_once
    service.advance(3)
    assert merchant.payment(payment["id"])["status"] == later


@pytest.mark.parametrize(
    ("amount", "currency", "fee"),
    [
        (1, "EUR", 1),
        (100, "EUR", 26),
        (250, "EUR", 29),
        (10_000, "EUR", 165),
        (10_000, "JPY", 165),
        (5_000, "KWD", 320),
    ],
)
def test_fees_are_exact(merchant: Account, amount: int, currency: str, fee: int) -> None:
    assert merchant.paid(amount=amount, currency=currency)["fee"] == {"amount": fee, "currency": currency}


def test_the_bank_may_be_told_no(merchant: Account) -> None:
    payment = merchant.create_payment()
    assert pay(payment["checkout_url"], "4000002760003184", bank="reject").status_code == 303
    assert merchant.payment(payment["id"])["failure_code"] == "authentication_failed"


def test_a_saved_card_is_charged_off_session(merchant: Account) -> None:
    token = merchant.paid(save_card=True, customer_reference="cus_1")["token"]
    assert shape(merchant.get(f"/v1/tokens/{token}"))["customer_reference"] == "cus_1"

    payment = merchant.create_payment(token=token, off_session=True, return_url=None)
    assert (payment["status"], payment["token"]) == ("succeeded", token)

    shape(merchant.http.delete(f"/v1/tokens/{token}"))
    refused = merchant.create_payment(token=token, off_session=True)
    assert (refused["status"], refused["failure_code"]) == ("failed", "token_revoked")


def test_a_setup_stores_a_card_without_paying(merchant: Account) -> None:
    setup = shape(merchant.post("/v1/setups", {"reference": "set_1", "return_url": "http://a.test/r"}))
    back = pay(setup["checkout_url"], "4000002760003184")
    assert query_of(back.headers["Location"]) == {"setup": [setup["id"]]}
    stored = shape(merchant.get("/v1/setups", reference="set_1"))["data"][0]
    assert stored["status"] == "succeeded"
    assert merchant.events() == ["setup.succeeded"]
    # The bank was asked when the card was stored: off-session charges go through, on-session it is asked again.
    assert merchant.create_payment(token=stored["token"], off_session=True)["status"] == "succeeded"
    assert merchant.create_payment(token=stored["token"])["status"] == "requires_action"


def test_s34_the_bank_may_ask_at_an_off_session_charge(merchant: Account) -> None:
    token = merchant.stored_card("4000002500003155")
    payment = merchant.create_payment(token=token, off_session=True)
    assert (payment["status"], payment["failure_code"]) == ("requires_action", None)
    asked = VISITOR.get(payment["checkout_url"], follow_redirects=True)
    assert "Do you approve this payment?" in asked.text
    VISITOR.post(f"{payment['checkout_url']}/challenge", data={"answer": "approve"})
    assert merchant.payment(payment["id"])["status"] == "succeeded"


def test_a_stored_card_expires_with_the_clock(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as service:
        shop = service.create_merchant("Shop")
        token = shop.stored_card()
        for _ in range(2):
            service.advance(10 * 366 * 24 * 60 * 60)
        assert shop.create_payment(token=token, off_session=True)["failure_code"] == "expired_card"


def test_s03_a_timeout_with_the_charge_done(merchant: Account) -> None:
    order = ORDER | {"token": merchant.stored_card("4000000000100307"), "off_session": True}
    with pytest.raises(httpx.TransportError):
        merchant.post("/v1/payments", order, key="k1")
    found = shape(merchant.get("/v1/payments", reference="att_1"))["data"]
    assert [payment["status"] for payment in found] == ["succeeded"]
    again = merchant.post("/v1/payments", order, key="k1")
    assert again.headers["Idempotent-Replay"] == "true"
    assert again.json()["id"] == found[0]["id"]


def test_s04_a_timeout_with_the_charge_not_done(merchant: Account) -> None:
    order = ORDER | {"token": merchant.stored_card("4000000000100406"), "off_session": True}
    with pytest.raises(httpx.TransportError):
        merchant.post("/v1/payments", order, key="k1")
    assert shape(merchant.get("/v1/payments", reference="att_1"))["data"] == []


def test_s12_a_failed_payment_may_succeed_late(merchant: Account) -> None:
    payment = merchant.paid("4000000000000002")
    late = shape(merchant.post(f"/v1/test/payments/{payment['id']}/succeed-late"))
    assert (late["status"], late["failure_code"]) == ("succeeded", None)
    assert merchant.events() == ["payment.failed", "payment.succeeded"]
    assert refusal(merchant.post(f"/v1/test/payments/{payment['id']}/succeed-late"))[0] == 409


def test_cancelling_ends_the_waiting_only(merchant: Account) -> None:
    waiting, paid = merchant.create_payment(), merchant.paid()
    for _ in range(2):
        assert shape(merchant.post(f"/v1/payments/{waiting['id']}/cancel"))["status"] == "cancelled"
    assert refusal(merchant.post(f"/v1/payments/{paid['id']}/cancel")) == (409, "wrong_state", None)
    assert merchant.events() == ["payment.succeeded", "payment.cancelled"]


def test_a_key_replays_its_first_answer(merchant: Account) -> None:
    first = merchant.post("/v1/payments", ORDER, key="k1")
    again = merchant.post("/v1/payments", ORDER, key="k1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert (first.headers.get("Idempotent-Replay"), again.headers.get("Idempotent-Replay")) == (None, "true")
    assert first.json() == again.json()
    other = merchant.post("/v1/payments", ORDER | {"amount": 1}, key="k1")
    assert refusal(other) == (422, "idempotency_key_reused", "Idempotency-Key")


def test_keys_belong_to_one_merchant_and_refusals_are_not_stored(merchant: Account, listening: Account) -> None:
    shape(merchant.post("/v1/payments", ORDER, key="k1"))
    assert listening.post("/v1/payments", ORDER, key="k1").status_code == 201
    assert refusal(merchant.post("/v1/payments", ORDER | {"amount": 0}, key="k2"))[0] == 422
    assert merchant.post("/v1/payments", ORDER | {"reference": "att_2"}, key="k2").status_code == 201
    bare = merchant.http.post("/v1/payments", json=ORDER)
    assert refusal(bare) == (400, "idempotency_key_missing", "Idempotency-Key")


def test_a_key_in_use_is_refused(merchant: Account) -> None:
    shape(merchant.post("/v1/test/faults", {"kind": "answer_late", "seconds": 1}))
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: merchant.post("/v1/payments", ORDER, key="k1"), range(4)))
    assert sorted(answer.status_code for answer in answers) == [201, 409, 409, 409]
    assert merchant.post("/v1/payments", ORDER, key="k1").headers["Idempotent-Replay"] == "true"


def test_one_payment_for_one_reference(merchant: Account) -> None:
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: merchant.post("/v1/payments", ORDER), range(16)))
    assert sorted(answer.status_code for answer in answers) == [200] * 15 + [201]
    assert len({answer.json()["id"] for answer in answers}) == 1
    assert refusal(merchant.post("/v1/payments", ORDER | {"amount": 1})) == (409, "reference_taken", "reference")


@pytest.mark.parametrize(
    ("change", "code", "field"),
    [
        ({"amount": 0}, "invalid_field", "amount"),
        ({"amount": -1}, "invalid_field", "amount"),
        ({"amount": 1.0}, "invalid_field", "amount"),
        ({"amount": True}, "invalid_field", "amount"),
        ({"amount": "100"}, "invalid_field", "amount"),
        ({"amount": 10**13}, "invalid_field", "amount"),
        ({"amount": None}, "missing_field", "amount"),
        ({"currency": "eur"}, "invalid_field", "currency"),
        ({"currency": "XYZ"}, "invalid_field", "currency"),
        ({"currency": "DEM"}, "invalid_field", "currency"),
        ({"reference": " "}, "invalid_field", "reference"),
        ({"reference": 5}, "invalid_field", "reference"),
        ({"reference": "a\x00"}, "invalid_field", "reference"),
        ({"description": "x" * 501}, "invalid_field", "description"),
        ({"return_url": None}, "missing_field", "return_url"),
        ({"return_url": "javascript:alert(1)"}, "invalid_field", "return_url"),
        ({"return_url": "http://a.test;script-src/"}, "invalid_field", "return_url"),
        ({"return_url": "http://a.test/a b"}, "invalid_field", "return_url"),
        ({"return_url": "http://user@a.test/"}, "invalid_field", "return_url"),
        ({"save_card": "yes"}, "invalid_field", "save_card"),
        ({"off_session": True}, "missing_field", "token"),
        ({"token": "tok_none"}, "unknown_token", "token"),
        ({"metadata": {"a": 1}}, "invalid_field", "metadata"),
        ({"status": "succeeded"}, "unknown_field", "status"),
    ],
)
def test_what_is_refused(merchant: Account, change: dict[str, Any], code: str, field: str) -> None:
    assert refusal(merchant.post("/v1/payments", ORDER | change)) == (422, code, field)
    assert shape(merchant.get("/v1/payments"))["data"] == []


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"amount": NaN}', b'{"a": "\\ud800"}', b"\xff", b"[" * 50_000])
def test_what_is_no_json(merchant: Account, body: bytes) -> None:
    answer = merchant.http.post("/v1/payments", content=body, headers={"Idempotency-Key": "k"})
    assert refusal(answer)[:2] == (400, "invalid_json")


def test_keys_open_their_own_merchant_only(merchant: Account, listening: Account, service: SandboxService) -> None:
    payment = merchant.paid(save_card=True)
    event = shape(merchant.get("/v1/events"))["data"][0]
    for path in (f"payments/{payment['id']}", f"tokens/{payment['token']}", f"events/{event['id']}", "refunds/x"):
        assert refusal(listening.get(f"/v1/{path}"))[0] == 404
    assert refusal(listening.post(f"/v1/test/payments/{payment['id']}/dispute"))[0] == 404
    assert refusal(listening.post("/v1/payments", ORDER | {"token": payment["token"]}))[1] == "unknown_token"
    for header in ({}, {"Authorization": f"Bearer {merchant.publishable_key}"}, {"Authorization": "Basic x"}):
        answer = VISITOR.get(f"{service.base_url}/v1/payments", headers=header)
        assert refusal(answer) == (401, "unauthorised", None)


def test_a_sweeper_misses_no_change(merchant: Account) -> None:
    made = [merchant.create_payment()["id"] for _ in range(5)]
    page = shape(merchant.get("/v1/payments", limit=3))
    assert [payment["id"] for payment in page["data"]] == made[:3]
    assert page["has_more"] is True

    shape(merchant.post(f"/v1/payments/{made[0]}/cancel"))
    rest = shape(merchant.get("/v1/payments", limit=3, after=page["next"]))
    assert [payment["id"] for payment in rest["data"]] == [*made[3:], made[0]]
    assert rest["has_more"] is False
    nothing = shape(merchant.get("/v1/payments", after=rest["next"]))
    assert (nothing["data"], nothing["next"]) == ([], rest["next"])

    changed = rest["data"][-1]
    since = shape(merchant.get("/v1/payments", updated_since=changed["updated"]))["data"]
    assert since == [changed]
    for query in ({"limit": "0"}, {"limit": "101"}, {"after": "x"}, {"updated_since": "yesterday"}, {"colour": "red"}):
        assert merchant.get("/v1/payments", **query).status_code == 422
