"""Refunds through a gateway that were cut off: found out, ordered once, and told."""

from datetime import timedelta
from uuid import UUID

import pytest

from tallystick.interfaces.jobs import payments as jobs
from tallystick.payments import queries as payments
from tallystick.payments.models import Payment
from tallystick.usecases import collect, follow_up, refund
from tests.portal.conftest import STAFF, Business, now, uid
from tests.sandbox_service import Account, SandboxService, pay

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(house: Business, merchant: Account) -> UUID:
    """A card payment that came in."""
    account = house.gateway(merchant.base_url, secret_key=merchant.secret_key)
    customer = house.customer()
    shape = collect.pay(
        actor=STAFF,
        at=now(),
        customer_id=customer,
        amounts={house.invoice(customer): None},
        account_id=account,
        return_url="http://127.0.0.1:9/{attempt}",
    )
    attempt = shape["attempts"][-1]
    pay(attempt["action_url"])
    collect.ask(attempt_id=uid("att", attempt["id"]), at=now())
    return uid("pay", shape["id"])


def cut_off(paid: UUID, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """This function will begin a refund that dies before its order leaves."""
    with monkeypatch.context() as patch:
        patch.setattr(refund, "send", lambda **_: None)
        refund.refund_payment(
            actor=STAFF, at=now(), payment_id=paid, amount_minor=500, reason="Cancelled", still_owed=True
        )
    return Payment.objects.get(kind="refund").id


def test_a_refund_that_never_left_is_ordered(paid: UUID, merchant: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    refund_id = cut_off(paid, monkeypatch)
    jobs.ask_refund(refund_id=str(refund_id))
    jobs.ask_refund(refund_id=str(refund_id))
    assert [each["amount"] for each in merchant.get("/v1/refunds").json()["data"]] == [500]
    assert payments.payment(refund_id)["status"] == "completed"


def test_the_sweep_finds_refunds_that_nobody_asked_about(
    paid: UUID, merchant: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund_id = cut_off(paid, monkeypatch)
    assert follow_up.sweep_refunds(at=now()) == 0
    assert follow_up.sweep_refunds(at=now() + timedelta(minutes=3)) == 1
    assert payments.payment(refund_id)["status"] == "completed"
    assert follow_up.sweep_refunds(at=now() + timedelta(minutes=6)) == 0


def test_a_silent_service_leaves_the_refund_open(
    paid: UUID, sandbox: SandboxService, monkeypatch: pytest.MonkeyPatch
) -> None:
    refund_id = cut_off(paid, monkeypatch)
    sandbox.kill()
    try:
        follow_up.find_out_refund(refund_id=refund_id, at=now())
    finally:
        sandbox.start()
    row = payments.payment(refund_id)
    assert row["status"] == "pending"
    assert payments.payment(paid)["refund_reserved_minor"] == 500
