"""One key, one outcome: repeats get the first answer byte for byte, also when they come at once (S112)."""

import threading
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connections

from tallystick.foundation.models import IdempotencyRecord
from tallystick.usecases import collect
from tests.api.caller import Answer, Caller
from tests.api.conftest import Business, a_payment, row_counts
from tests.api.recipes import RECIPES, routes
from tests.api.things import Things, by_parameter, things_of
from tests.conftest import OwnDatabase, given_back
from tests.sandbox_service import SandboxService


@pytest.fixture
def own(business: Business) -> Things:
    return things_of(business, business.cus_x)


def test_every_post_needs_a_key_and_says_so(
    business: Business, api: Caller, own: Things, traces: Callable[[], dict[str, int]]
) -> None:
    before = traces()
    for route in routes():
        if route.method == "post":
            path = route.template.removeprefix("/api/v1").format(**dict.fromkeys(by_parameter(own), "x"))
            for key in (None, "", "x" * 256):
                refused = api.send("post", path, RECIPES[route.name].body(own), key=key)
                assert (refused.status, refused.body["code"]) == (400, "idempotency_key_missing"), route
                assert refused.body["field"] == "Idempotency-Key"
    assert traces() == before


def test_a_repeat_of_every_write_gets_the_first_answer_and_changes_nothing(
    business: Business, api: Caller, own: Things
) -> None:
    succeeded = set()
    for route in routes():
        if route.method == "get":
            continue
        key = uuid.uuid4().hex
        with given_back():
            first = route.make(api, own, key=key)
            assert first.status < 500, route
            if first.status >= 300:
                continue
            assert not first.replayed
            before = row_counts()
            again = route.make(api, own, key=key)
            assert (again.status, again.raw, again.replayed) == (first.status, first.raw, True), route
            assert row_counts() == before
        succeeded.add(route.name)
    assert succeeded >= {
        "create_customer",
        "change_customer",
        "add_contact",
        "invite_contact",
        "create_invoice",
        "void_invoice",
        "issue_credit_note",
        "write_off_invoice",
        "record_payment",
        "collect_payment",
        "allocate_payment",
        "unassign_payment",
        "reverse_payment",
        "refund_payment",
        "release_allocation",
    }


def test_a_key_belongs_to_its_request_and_to_its_program(business: Business, api: Caller) -> None:
    body = a_payment(customer=business.cus_x)
    first = api.post("/payments", body, key="order-1")
    for other in (a_payment(customer=business.cus_x, total_minor=5001), a_payment(customer=business.cus_y)):
        refused = api.post("/payments", other, key="order-1")
        assert (refused.status, refused.body["code"], refused.body["key"]) == (
            409,
            "idempotency_key_reused",
            "order-1",
        )
    elsewhere = api.post("/customers", {"kind": "business", "name": "New", "currency": "EUR"}, key="order-1")
    assert elsewhere.body["code"] == "idempotency_key_reused"
    another = business.caller().post("/payments", {**body, "allows_duplicate": True}, key="order-1")
    assert (another.status, another.replayed) == (201, False)
    assert another.body["id"] != first.body["id"]


def test_a_refused_request_leaves_its_key_free(business: Business, api: Caller) -> None:
    before = row_counts()
    refused = api.post("/payments", a_payment(customer=business.cus_x, method="cash", currency="XXX"), key="k")
    assert (refused.status, refused.body["field"]) == (422, "currency")
    assert row_counts() == before
    assert api.post("/payments", a_payment(customer=business.cus_x), key="k").status == 201


def test_a_change_may_have_a_key_or_none(business: Business, api: Caller) -> None:
    path = f"/customers/{business.cus_x}"
    assert api.patch(path, {"tax_id": "A"}).replayed is False
    first = api.patch(path, {"tax_id": "B"}, key="change")
    api.patch(path, {"tax_id": "C"})
    again = api.patch(path, {"tax_id": "B"}, key="change")
    assert (again.raw, again.replayed) == (first.raw, True)
    assert api.get(path).body["tax_id"] == "C"


def at_once(calls: list[Callable[[], Answer]]) -> list[Answer]:
    """This function will make the calls in threads that start together."""
    barrier, answers = threading.Barrier(len(calls)), list[Answer]()

    def run(call: Callable[[], Answer]) -> None:
        try:
            barrier.wait(20)
            answers.append(call())
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=[call]) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


def test_the_same_request_from_two_threads_acts_once(own_database: OwnDatabase) -> None:
    business = Business()
    key = business.key()
    for number in range(5):
        body = a_payment(customer=business.cus_x, reference=f"Race {number}", allows_duplicate=True)

        def send(body: dict[str, Any] = body, number: int = number) -> Answer:
            return Caller(key).post("/payments", body, key=f"race-{number}")

        answers = at_once([send, send, send])
        assert {answer.status for answer in answers} == {201}
        assert len({answer.raw for answer in answers}) == 1
        assert sorted(answer.replayed for answer in answers) == [False, True, True]
    assert IdempotencyRecord.objects.count() == 5
    assert len(Caller(key).get("/payments").body["data"]) == 5


def test_two_requests_for_the_same_money_do_not_both_succeed(own_database: OwnDatabase) -> None:
    business = Business()
    key, invoice = business.key(), business.open_invoice(business.x, 10000)
    body = a_payment(
        customer=business.cus_x, total_minor=12000, allocations=[{"invoice": invoice, "amount_minor": 12000}]
    )
    answers = at_once([lambda: Caller(key).post("/payments", body), lambda: Caller(key).post("/payments", body)])
    assert sorted(answer.status for answer in answers) == [201, 409]
    assert Caller(key).get(f"/invoices/{invoice}").body["open_minor"] == 0
    assert len(Caller(key).get("/payments", status="completed").body["data"]) == 1


def test_the_same_collection_from_two_threads_orders_once(own_database: OwnDatabase, sandbox: SandboxService) -> None:
    business = Business()
    merchant = sandbox.create_merchant(f"Race {uuid.uuid4().hex}")
    key, account = business.key(), business.gateway(merchant)
    body = {
        "customer": business.cus_x,
        "invoices": [{"invoice": business.open_invoice(business.x)}],
        "gateway_account": account,
        "return_url": "https://shop.example/back",
    }

    def send() -> Answer:
        return Caller(key).post("/payments/collect", body, key="collect")

    answers = at_once([send, send, send])
    assert {answer.status for answer in answers} == {201}
    assert len({answer.body["id"] for answer in answers}) == 1
    assert len(merchant.get("/v1/payments").json()["data"]) == 1
    # Whoever came while the order was on its way saw it so; from now on all get the answer of the one who sent it.
    assert send().body["attempts"][0]["state"] == "action_required"
    assert send().raw == send().raw


def test_a_request_that_was_cut_off_goes_on_with_its_key(
    own_database: OwnDatabase, sandbox: SandboxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    business = Business()
    merchant = sandbox.create_merchant(f"Cut {uuid.uuid4().hex}")
    api, account = business.caller(), business.gateway(merchant)
    body = {
        "customer": business.cus_x,
        "invoices": [{"invoice": business.open_invoice(business.x)}],
        "gateway_account": account,
        "return_url": "https://shop.example/back",
    }

    def die(**_: Any) -> None:
        raise RuntimeError("killed")

    with monkeypatch.context() as patch:
        patch.setattr(collect, "perform", die)
        assert api.post("/payments/collect", body, key="cut").status == 500
    assert merchant.get("/v1/payments").json()["data"] == []
    first = api.post("/payments/collect", body, key="cut")
    assert (first.status, first.body["attempts"][0]["state"]) == (201, "action_required")
    assert api.post("/payments/collect", body, key="cut").raw == first.raw
    assert len(merchant.get("/v1/payments").json()["data"]) == 1
