"""Autopay killed with SIGKILL at each point: the next runs charge what is due once, whatever was cut off."""

from signal import SIGKILL

import pytest

from tallystick.payments import queries as payments
from tallystick.usecases import autopay_run, collect
from tests.crashes.conftest import Scene
from tests.crashes.test_kills import PAID
from tests.usecases.autopay_stories import agree, behave, in_days, run, tries
from tests.usecases.shop import at

pytestmark = pytest.mark.processes

GATEWAY = "tallystick.gateways.adapters.sandbox.adapter.SandboxGateway.pay"


@pytest.mark.parametrize(
    "dies",
    [
        # Before the try is committed, between the commit and the gateway, around the order, and after it.
        "after tallystick.payments.attempts.begin",
        "before tallystick.usecases.collect.perform",
        f"before {GATEWAY}",
        f"after {GATEWAY}",
        "after tallystick.payments.operations.complete",
        "after tallystick.usecases.settle.settle_attempt",
    ],
)
def test_killed_around_the_charge_it_is_charged_once(scene: Scene, dies: str) -> None:
    agree(scene.shop, scene.customer)
    expected = scene.shop.expected_payment(scene.invoice)["id"]
    assert scene.run("autopay", payment_id=expected, dies=dies) == -SIGKILL
    left = tries(expected)
    assert len(left) == (0 if "begin" in dies else 1)

    # Nobody charges a second time what may be on its way.
    again = run(scene.shop, seconds=30)
    assert (again, len(tries(expected))) == ((1, 1) if "begin" in dies else (0, 1))

    scene.shop.deliver()
    collect.sweep(at=at(minutes=3))
    run(scene.shop, hours=1)
    assert run(scene.shop, hours=2) == 0
    assert scene.outcome() == PAID


def test_killed_while_a_decline_is_written_down_the_plan_begins_on_the_day_of_the_charge(scene: Scene) -> None:
    agree(scene.shop, scene.customer)
    behave(scene.shop, scene.method, "insufficient_funds")
    expected = scene.shop.expected_payment(scene.invoice)["id"]
    assert scene.run("autopay", payment_id=expected, dies="after tallystick.payments.autopay.plan_try") == -SIGKILL
    assert tries(expected) == [("sent", "")]
    collect.sweep(at=at(minutes=3))
    assert tries(expected) == [("declined", "insufficient_funds")]
    assert payments.payment(expected)["next_try_date"] == in_days(1)


@pytest.mark.parametrize(
    ("dies", "waiting"),
    [("after tallystick.foundation.jobs.defer", 0), ("after tallystick.usecases.autopay_run.run", 1)],
)
def test_a_run_that_was_killed_is_begun_anew_and_charges_once(scene: Scene, dies: str, waiting: int) -> None:
    agree(scene.shop, scene.customer)
    assert scene.run("autopay run", dies=dies) == -SIGKILL
    assert len(scene.shop.mails("autopay.charge")) == waiting
    assert autopay_run.run(at=at(hours=1)) == 1
    scene.shop.do_jobs(hours=1)
    assert scene.outcome() == PAID
