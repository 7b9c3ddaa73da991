"""Killed with SIGKILL at each point and started again, nothing is lost or charged twice (S01, S02, S45)."""

import base64
import time
from collections import Counter
from collections.abc import Callable
from signal import SIGKILL
from typing import Any

import pytest

from tallystick.foundation.jobs import rescue_stalled, work
from tallystick.gateways import queries as gateways
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import collect, follow_up, receive, refund
from tests.crashes.conftest import Scene
from tests.sandbox_service import shape
from tests.usecases.shop import RETURN_URL, at

pytestmark = pytest.mark.processes

# The undisturbed story: one charge, one completed payment, one receipt.
PAID = {
    "charges": [10680],
    "refunds": [],
    "completed": [("scheduled", 10680, 10680)],
    "invoice": ("issued", 0),
    "entries": ["J02", "J04", "J08", "J35"],
    "receipts": 1,
    "refund mails": 0,
    "standing": (0, 0),
    "clearing agrees": True,
}
REFUNDED = PAID | {
    "refunds": [4000],
    "completed": [("refund", 4000, 0), ("scheduled", 10680, 6680)],
    "invoice": ("issued", 4000),
    "entries": ["J02", "J04", "J08", "J08", "J09", "J27", "J35"],
    "refund mails": 1,
    "standing": (4000, 0),
}


def pays_again(scene: Scene) -> dict[str, Any]:
    """The customer presses Pay once more, in the process that was started again."""
    from tests.scenarios.conftest import actor

    return dict(
        collect.pay(
            actor=actor(),
            at=at(),
            customer_id=scene.customer,
            amounts={scene.invoice: None},
            account_id=scene.shop.account_id,
            method_id=scene.method,
            return_url=RETURN_URL,
            idempotency_key="click",
        )
    )


def recover(scene: Scene) -> None:
    """Everything that runs by itself after a start: messages come, the sweeper asks, jobs are done."""
    scene.shop.deliver()
    collect.sweep(at=at(minutes=3))
    follow_up.sweep_refunds(at=at(minutes=3))
    scene.shop.do_jobs(minutes=3)


def test_the_undisturbed_stories(scene: Scene) -> None:
    assert scene.run("pay") == 0
    recover(scene)
    assert scene.outcome() == PAID
    (paid,) = _payments(scene)
    assert scene.run("refund", payment_id=paid) == 0
    recover(scene)
    assert scene.outcome() == REFUNDED


@pytest.mark.parametrize(
    ("dies", "first"),
    [
        ("before tallystick.usecases.collect.perform", "the customer"),
        ("before tallystick.usecases.collect.perform", "the sweeper"),
        ("before tallystick.gateways.adapters.sandbox.adapter.SandboxGateway.pay", "the customer"),
        ("after tallystick.gateways.adapters.sandbox.adapter.SandboxGateway.pay", "the customer"),
        ("after tallystick.gateways.adapters.sandbox.adapter.SandboxGateway.pay", "the sweeper"),
        ("after tallystick.payments.operations.complete", "the sweeper"),
        ("after tallystick.usecases.settle.settle_attempt", "the customer"),
    ],
)
def test_killed_around_the_call_of_the_gateway(scene: Scene, dies: str, first: str) -> None:
    assert scene.run("pay", dies=dies) == -SIGKILL
    steps: list[Callable[[Scene], object]] = [pays_again, recover]
    for step in steps if first == "the customer" else reversed(steps):
        step(scene)
    never_left = "SandboxGateway.pay" in dies and dies.startswith("before")
    if never_left or (first == "the sweeper" and dies.endswith("perform")):
        # Given up, for the gateway surely knows nothing of it: the invoice is free to be paid, and nothing was taken.
        assert (scene.shop.charges(), scene.shop.standing(scene.invoice)) == ([], ("issued", 10680))
        assert payments.live_scheduled(scene.invoice) is not None
        scene.shop.collect(scene.customer, scene.invoice, method_id=scene.method)
        recover(scene)
    assert scene.outcome() == PAID


def test_killed_during_the_call_of_the_gateway(scene: Scene) -> None:
    scene.shop.fault("answer_late", seconds=1)
    process = scene.begin("pay")
    # The fault is used up once the order has arrived; the answer comes a second later.
    eventually(lambda: not shape(scene.shop.merchant.get("/v1/test/faults"))["data"])
    process.kill()
    assert process.wait() == -SIGKILL
    assert scene.shop.charges() == [], "it is on its way"
    assert pays_again(scene)["attempts"][-1]["state"] == "sent", "and is not sent a second time"
    eventually(lambda: scene.shop.charges() == [10680])
    recover(scene)
    assert scene.outcome() == PAID


@pytest.mark.parametrize(
    "dies",
    [
        "before tallystick.gateways.adapters.sandbox.adapter.SandboxGateway.refund",
        "after tallystick.gateways.adapters.sandbox.adapter.SandboxGateway.refund",
        "after tallystick.payments.refunds.complete",
    ],
)
def test_killed_around_a_refund(scene: Scene, dies: str) -> None:
    from tests.scenarios.conftest import actor

    pays_again(scene)
    recover(scene)
    (paid,) = _payments(scene)
    assert scene.run("refund", payment_id=paid, dies=dies) == -SIGKILL
    if dies.startswith("before"):
        recover(scene)
    for _ in range(2):
        refund.refund_payment(
            actor=actor(),
            at=at(),
            payment_id=paid,
            amount_minor=4000,
            reason="Paid twice",
            still_owed=True,
            idempotency_key="refund",
        )
    recover(scene)
    assert scene.outcome() == REFUNDED


@pytest.mark.parametrize(
    "dies", ["before tallystick.foundation.jobs.defer", "after tallystick.usecases.receive.receive_messages"]
)
def test_killed_around_the_storing_of_a_message(scene: Scene, dies: str) -> None:
    started = scene.shop.collect(scene.customer, scene.invoice)
    scene.shop.customer_pays(started)
    (post,) = scene.shop.posts()
    body = base64.b64encode(post.body).decode()
    assert scene.run("receive", body=body, headers=post.headers, dies=dies) == -SIGKILL
    stored = dies.startswith("after")
    assert scene.shop.inbox() == ([("payment.succeeded", "stored")] if stored else [])
    # It was not acknowledged, and so comes again.
    assert scene.shop.receive(post) == [0 if stored else 1]
    assert scene.shop.do_jobs() == ["gateways.handle_message"]
    assert scene.outcome() == PAID


@pytest.mark.parametrize(
    "dies", ["after tallystick.payments.operations.complete", "after tallystick.usecases.settle.settle_attempt"]
)
def test_killed_in_the_middle_of_a_job(scene: Scene, dies: str) -> None:
    started = scene.shop.collect(scene.customer, scene.invoice)
    scene.shop.customer_pays(started)
    assert scene.shop.receive(*scene.shop.posts()) == [1]
    assert scene.run("work", dies=dies) == -SIGKILL
    assert scene.shop.inbox() == [("payment.succeeded", "stored")]
    assert scene.shop.standing(scene.invoice)[1] == (0 if "settle" in dies else 10680)
    # Another worker takes over what the silent one held.
    eventually(lambda: rescue_stalled() == 1)
    work(concurrency=1, until_empty=True)
    # The worker may also have asked what changed, and then found the card that was stored before the story.
    told = [message for message in scene.shop.inbox() if message[0] != "setup.succeeded"]
    assert told == [("payment.succeeded", "handled")]
    assert scene.outcome() == PAID


@pytest.mark.parametrize(
    ("dies", "kept"),
    [
        # The transaction of the first part is lost whole; after it, what it kept stays.
        ("after tallystick.gateways.operations.keep_changes", 0),
        ("after tallystick.usecases.receive._keep", 100),
        ("before tallystick.usecases.receive._take_up_forgotten", 103),
    ],
)
def test_s27_killed_between_the_pages_of_what_changed(scene: Scene, dies: str, kept: int) -> None:
    token = scene.shop.merchant.stored_card()
    for _ in range(100):
        scene.shop.merchant.create_payment(token=token, amount=100)
    # Ours is on the last page, and the message that told of it is lost.
    scene.shop.customer_pays(scene.shop.collect(scene.customer, scene.invoice))
    assert scene.run("changes", dies=dies) == -SIGKILL
    assert len(scene.shop.inbox()) == kept
    assert (gateways.account(scene.shop.account_id)["changes_found_until"] is None) is (kept == 0)

    for new in (103 - kept, 0):
        assert receive.receive_changes(account_id=scene.shop.account_id, at=at()) == new
    done = scene.shop.do_jobs()

    assert done.count("gateways.handle_message") == 103, "one for each of the changes, whoever kept it"
    # Two cards were stored; the hundred payments are none of ours.
    assert Counter(scene.shop.inbox()) == {
        ("setup.succeeded", "ignored"): 2,
        ("payment.succeeded", "unmatched"): 100,
        ("payment.succeeded", "handled"): 1,
    }
    assert scene.shop.standing(scene.invoice) == ("issued", 0)
    assert (len(scene.shop.mails()), scene.shop.credit(scene.customer)) == (1, 0)


def eventually(is_so: Callable[[], bool], *, seconds: float = 20) -> None:
    """This function will wait until something is so."""
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, "it never was so"
        time.sleep(0.05)


def _payments(scene: Scene) -> list[Any]:
    rows = lists.payments_page(PaymentFilter(status="completed", kind="scheduled")).rows
    return [row["id"] for row in rows]
