"""Many who decide about one request at the same instant leave one outcome, and the books balance."""

from functools import partial
from typing import Any

from tallystick.foundation.ids import new_id
from tallystick.foundation.permissions import Actor
from tallystick.payments import approval_queries
from tallystick.payments import queries as payments
from tallystick.usecases import approve, configure
from tallystick.usecases.roles import EVERYTHING
from tallystick.wire.ids import approval_id_of
from tests.concurrency.race import race
from tests.concurrency.test_races import received
from tests.usecases.shop import Shop, at

EACH = 20


def person(name: str) -> Actor:
    return Actor(kind="staff", id=str(new_id()), label=name, permissions=EVERYTHING)


def test_one_hundred_approve_and_decline_a_refund_at_once(shop: Shop) -> None:
    customer, _invoice = shop.bill()
    payment = received(shop, customer, 20_000)
    limit = {"minor": 10_000, "currency": "EUR"}
    configure.change_settings(actor=shop.staff, at=at(), changes={"second_person_refunding_above": limit})
    asked: dict[str, Any] = {"payment_id": payment, "amount_minor": 15_000, "reason": "Left", "method": "cash"}
    ada = person("Ada")

    asking = race(*[partial(approve.refund_payment, actor=ada, at=at(), **asked)] * EACH)
    assert (len(asking.results), dict(asking.refusals)) == (1, {"ApprovalWaits": EACH - 1})
    request_id = approval_id_of(asking.results[0]["id"])

    yes = [partial(approve.approve, actor=person(f"P {n}"), at=at(), approval_id=request_id) for n in range(EACH)]
    no = [
        partial(approve.decline, actor=person(f"N {n}"), at=at(), approval_id=request_id, reason="No")
        for n in range(EACH)
    ]
    finish = race(*(each for pair in zip(yes, no, strict=True) for each in pair))
    assert (len(finish.results), dict(finish.refusals)) == (1, {"ApprovalDecided": 2 * EACH - 1})
    row = approval_queries.approval(request_id)
    assert row["state"] == finish.results[0]["state"]
    paid_back = 15_000 if row["state"] == "approved" else 0
    assert payments.payment(payment)["refunded_minor"] == paid_back
    assert len(payments.refunds_of(payment)) == (1 if paid_back else 0)
