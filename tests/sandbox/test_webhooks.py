"""Webhooks: signed, at least once, and as badly ordered as a test wants."""

import hashlib
import hmac
import time

import pytest
from tests.sandbox.conftest import Receiver
from tests.sandbox_service import Account, SandboxService, shape


def valid(receiver: Receiver, index: int, secret: str) -> bool:
    """This function will verify a signature from its description alone."""
    pairs = [part.split("=", 1) for part in receiver.signatures[index].split(",")]
    timestamp = next(value for name, value in pairs if name == "t")
    assert abs(time.time() - int(timestamp)) < 60
    signed = timestamp.encode() + b"." + receiver.bodies[index]
    expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest()
    return expected in [value for name, value in pairs if name == "v1"]


def deliveries(merchant: Account, index: int = 0) -> list[dict[str, object]]:
    event = shape(merchant.get("/v1/events"))["data"][index]
    found: list[dict[str, object]] = shape(merchant.get(f"/v1/events/{event['id']}/deliveries"))["data"]
    return found


def test_an_event_carries_the_object_and_is_signed(
    service: SandboxService, listening: Account, receiver: Receiver
) -> None:
    payment = listening.paid(description="Über 5 €")
    service.run_due()
    (event,) = receiver.events
    assert event == shape(listening.get("/v1/events"))["data"][0]
    assert event == shape(listening.get(f"/v1/events/{event['id']}"))
    assert (event["type"], event["merchant"], event["livemode"]) == ("payment.succeeded", listening.id, False)
    assert event["data"]["object"] == payment
    assert valid(receiver, 0, listening.webhook_secret)
    assert not valid(receiver, 0, "whsec_other")


def test_a_failed_delivery_is_repeated_by_plan_and_then_given_up(
    service: SandboxService, listening: Account, receiver: Receiver
) -> None:
    receiver.answers = [500] * 9
    listening.paid()
    service.run_due()
    assert deliveries(listening)[0] | {"due": ""} == {
        "state": "pending",
        "attempts": 1,
        "due": "",
        "last_answer": "500",
    }
    service.advance(4)
    assert len(receiver.bodies) == 1
    for attempt, seconds in enumerate((5, 30, 120, 600, 3_600, 21_600, 86_400, 172_800), start=2):
        service.advance(seconds)
        assert len(receiver.bodies) == attempt
    assert len(set(receiver.bodies)) == 1
    assert deliveries(listening)[0]["state"] == "given_up"


def test_an_endpoint_that_comes_back_gets_what_it_missed(
    service: SandboxService, listening: Account, receiver: Receiver
) -> None:
    shape(listening.post("/v1/webhook_endpoint", {"url": "http://127.0.0.1:9/closed"}))
    listening.paid()
    service.run_due()
    assert deliveries(listening)[0]["last_answer"] == "ConnectError"
    shape(listening.post("/v1/webhook_endpoint", {"url": receiver.url}))
    service.advance(5)
    assert receiver.types == ["payment.succeeded"]


def test_the_cards_with_strange_webhooks(service: SandboxService, listening: Account, receiver: Receiver) -> None:
    listening.paid("4000000000100604")
    service.run_due()
    assert receiver.types == ["payment.succeeded"] * 2
    assert len(set(receiver.bodies)) == 1
    receiver.bodies.clear()

    listening.paid("4000000000100505")
    service.advance(599)
    assert receiver.types == []
    service.advance(1)
    assert receiver.types == ["payment.succeeded"]
    receiver.bodies.clear()

    listening.paid("4000000000100703")
    service.run_due()
    assert receiver.types == []
    service.advance(3)
    assert receiver.types == ["payment.succeeded", "payment.processing"]


def test_secrets_roll_with_both_valid_for_a_while(
    service: SandboxService, listening: Account, receiver: Receiver
) -> None:
    endpoint = shape(listening.post("/v1/webhook_endpoint/rotate_secret", {"overlap_seconds": 3_600}))
    new, old = (row["secret"] for row in endpoint["secrets"])
    assert old == listening.webhook_secret
    listening.paid()
    service.run_due()
    assert valid(receiver, 0, old)
    assert valid(receiver, 0, new)
    service.advance(3_600)
    listening.paid()
    service.run_due()
    assert not valid(receiver, 1, old)
    assert valid(receiver, 1, new)


def test_an_event_is_sent_again_on_demand(service: SandboxService, listening: Account, receiver: Receiver) -> None:
    listening.paid()
    service.run_due()
    shape(listening.post(f"/v1/test/events/{receiver.events[0]['id']}/resend"))
    service.run_due()
    assert len(receiver.bodies) == 2
    assert receiver.bodies[0] == receiver.bodies[1]


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [("duplicate_webhooks", 2, 2), ("hold_webhooks", 0, 1), ("reorder_webhooks", 0, 1)],
)
def test_faults_of_webhooks(listening: Account, receiver: Receiver, kind: str, before: int, after: int) -> None:
    shape(listening.post("/v1/test/faults", {"kind": kind}))
    listening.paid()
    shape(listening.post("/v1/test/run-due"))
    assert receiver.types == ["payment.succeeded"] * before
    shape(listening.http.delete("/v1/test/faults"))
    shape(listening.post("/v1/test/run-due"))
    assert receiver.types == ["payment.succeeded"] * after


def test_a_reordered_event_comes_after_the_next(
    service: SandboxService, listening: Account, receiver: Receiver
) -> None:
    shape(listening.post("/v1/test/faults", {"kind": "reorder_webhooks"}))
    payment = listening.paid()
    shape(listening.post("/v1/refunds", {"payment": payment["id"], "amount": 1, "reference": "r"}))
    service.run_due()
    assert receiver.types == ["refund.succeeded", "payment.succeeded"]


def test_events_are_listed_by_type(merchant: Account) -> None:
    merchant.paid()
    merchant.paid("4000000000000002")
    assert [event["type"] for event in shape(merchant.get("/v1/events", type="payment.failed"))["data"]] == [
        "payment.failed"
    ]
