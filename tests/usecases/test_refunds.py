"""Money back through the gateway that it came through."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tallystick.allocations.queries import allocations_of_invoice
from tallystick.foundation.ids import new_id, public_id
from tallystick.gateways.port import Answer, Outcome
from tallystick.interfaces.backoffice import addresses
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.usecases import follow_up, refund, settle
from tallystick.usecases.refund import NothingToRefundFrom
from tallystick.wire import builders
from tests.backoffice.business import member
from tests.sandbox_service import shape
from tests.scenarios.conftest import uid
from tests.usecases.shop import Shop, at

pytestmark = pytest.mark.django_db

PENDING_REFUNDS = "4000000000007726"
REFUNDS_FAIL_LATER = "4000000000005126"


def give_back(shop: Shop, payment: UUID, amount: int, **more: Any) -> dict[str, Any]:
    """This function will refund a part of a payment through its gateway."""
    arguments = {"still_owed": True, "reason": "Paid twice"} | more
    return dict(refund.refund_payment(actor=shop.staff, at=at(), payment_id=payment, amount_minor=amount, **arguments))


def doubts(refund_id: UUID) -> list[str]:
    """This function will return why the gateway's answers about a refund were not booked, as its timeline tells."""
    return [event["detail"]["reason"] for event in payments.timeline(refund_id) if event["event"] == "doubt"]


def test_j29_what_is_still_owed_opens_the_invoice_again(shop: Shop, posted: Any) -> None:
    customer, invoice, payment = shop.paid()
    done = give_back(shop, payment, 4000)
    back = uid("pay", done["id"])
    assert (done["kind"], done["status"], done["total_minor"], done["refund_of"]) == (
        "refund",
        "completed",
        -4000,
        f"pay_{payment.hex}",
    )
    assert shop.refunds() == [4000]
    assert posted(back) == [("J27", [("2100", "D", 4000), ("1120", "C", 4000)])]
    rules = [entry[0] for entry in posted(payment)]
    assert rules == ["J04", "J08", "J09", "J08", "J27"], "released whole, the rest set against the invoice again"
    row = payments.payment(payment)
    assert (row["refunded_minor"], row["allocated_minor"], row["unallocated_minor"]) == (4000, 6680, 0)
    assert (shop.owes(customer), shop.credit(customer), shop.standing(invoice)) == (4000, 0, ("issued", 4000))
    assert shop.expected_payment(invoice)["total_minor"] == 4000
    assert shop.mails("mail.refund") == [{"payment_id": str(back)}]
    assert shop.clearing_agrees()
    shop.deliver()
    assert (payments.payment(back)["status"], shop.clearing_agrees()) == ("completed", True)


def test_j28_what_is_owed_no_longer_is_credited_with_its_tax(shop: Shop, posted: Any) -> None:
    customer, invoice, payment = shop.paid()
    done = give_back(shop, payment, 10680, still_owed=False, reason="Cancelled")
    assert (done["status"], shop.refunds()) == ("completed", [10680])
    credited = invoices.invoice(invoice)
    assert (credited["credited_minor"], credited["open_minor"]) == (10680, 0)
    (part,) = [each for each in allocations_of_invoice(invoice) if each["credit_note_id"]]
    assert posted(part["credit_note_id"])[0] == (
        "J26",
        [("2100", "C", 10680), ("4000", "D", 8900), ("2300", "D", 1780)],
    )
    assert (shop.owes(customer), shop.credit(customer), shop.clearing_agrees()) == (0, 0, True)


def test_never_more_than_came_and_the_gateway_is_not_even_asked(shop: Shop) -> None:
    customer, _, payment = shop.paid()
    give_back(shop, payment, 10000)
    for too_much in (681, 10681):
        with pytest.raises(NothingToRefundFrom):
            give_back(shop, payment, too_much)
    give_back(shop, payment, 680)
    assert (shop.refunds(), shop.owes(customer)) == ([10000, 680], 10680)
    assert len(payments.refunds_of(payment)) == 2


def test_a_repeated_click_refunds_once(shop: Shop) -> None:
    _, _, payment = shop.paid()
    first = give_back(shop, payment, 100, idempotency_key="click")
    assert give_back(shop, payment, 100, idempotency_key="click") == first
    assert shop.refunds() == [100]


def test_a_refund_under_way_reserves_its_amount(shop: Shop) -> None:
    customer, invoice, payment = shop.paid(number=PENDING_REFUNDS)
    done = give_back(shop, payment, 10680)
    assert (done["status"], shop.owes(customer)) == ("processing", 10680)
    row = payments.payment(payment)
    assert (row["refund_reserved_minor"], row["refunded_minor"], row["unallocated_minor"]) == (10680, 0, 0)
    with pytest.raises(NothingToRefundFrom):
        give_back(shop, payment, 1)
    shop.service.advance(5)
    shop.deliver()
    row = payments.payment(payment)
    assert (row["refund_reserved_minor"], row["refunded_minor"], shop.clearing_agrees()) == (0, 10680, True)
    assert shop.standing(invoice) == ("issued", 10680)


def test_s32_j30_a_refund_that_fails_after_it_was_completed_is_taken_back(shop: Shop, posted: Any) -> None:
    customer, _, payment = shop.paid(number=REFUNDS_FAIL_LATER)
    back = uid("pay", give_back(shop, payment, 4000)["id"])
    shop.deliver()
    assert payments.payment(back)["reversed_at"] is None
    shop.service.advance(5)
    shop.deliver()
    row = payments.payment(back)
    assert (row["status"], row["reversed_at"] is not None, row["failure_code"]) == ("completed", True, "refund_failed")
    assert posted(back)[-1] == ("J30", [("2100", "C", 4000), ("1120", "D", 4000)])
    assert (payments.payment(payment)["unallocated_minor"], shop.credit(customer)) == (4000, 4000)
    assert (shop.clearing_agrees(), shop.refunds()) == (True, [])
    before = posted(back)
    for message in shop.merchant.get("/v1/events", type="refund.failed").json()["data"]:
        shape(shop.merchant.post(f"/v1/test/events/{message['id']}/resend"))
    shop.deliver()
    assert posted(back) == before


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "answer_500"])
def test_a_refund_whose_answer_never_came_is_found_out(shop: Shop, fault: str) -> None:
    _, _, payment = shop.paid()
    shop.fault(fault)
    done = give_back(shop, payment, 4000)
    assert (done["status"], payments.payment(payment)["refund_reserved_minor"]) == ("pending", 4000)
    follow_up.sweep_refunds(at=at(minutes=3))
    assert payments.payment(uid("pay", done["id"]))["status"] == "completed"
    assert (shop.refunds(), shop.clearing_agrees()) == ([4000], True)
    assert payments.payment(payment)["refund_reserved_minor"] == 0


def test_a_refund_that_the_gateway_refuses_fails_and_the_money_is_free_again(shop: Shop) -> None:
    customer, _, payment = shop.paid()
    (attempt,) = payments.attempts(payment)
    shape(shop.merchant.post(f"/v1/test/payments/{attempt['gateway_reference']}/dispute"))
    done = give_back(shop, payment, 4000)
    assert (done["status"], shop.refunds()) == ("failed", [])
    row = payments.payment(payment)
    assert (row["refund_reserved_minor"], row["unallocated_minor"], shop.credit(customer)) == (0, 4000, 4000)


def test_s08_another_amount_than_refunded_is_not_booked_and_staff_see_why(shop: Shop, posted: Any) -> None:
    customer, _, payment = shop.paid()
    shop.fault("wrong_amount")
    back = uid("pay", give_back(shop, payment, 4000)["id"])
    reason = "The gateway reports 41.00 EUR, ordered were 40.00 EUR."
    assert doubts(back) == [reason]
    row = payments.payment(payment)
    assert (payments.payment(back)["status"], row["refund_reserved_minor"], row["refunded_minor"]) == (
        "pending",
        4000,
        0,
    )
    assert (posted(back), shop.mails("mail.refund")) == ([], [])
    staff = Client()
    staff.force_login(member("Finance"))
    page = staff.get(addresses.payment_url(back)).content.decode()
    assert "Not booked as the payment service reports it" in page
    assert reason in page
    # Asked again the gateway names the amount that it was ordered to refund.
    follow_up.sweep_refunds(at=at(minutes=3))
    assert (payments.payment(back)["status"], doubts(back), shop.clearing_agrees()) == ("completed", [reason], True)
    assert shop.owes(customer) == 4000


def test_s08_another_currency_than_refunded_is_told_once_however_often_it_is_answered(shop: Shop, posted: Any) -> None:
    _, _, payment = shop.paid(number=PENDING_REFUNDS)
    back = uid("pay", give_back(shop, payment, 4000)["id"])
    reference = public_id(builders.REFUND_REFERENCE, back)
    in_dollars = Answer(outcome=Outcome.SUCCEEDED, gateway_reference=reference, amount_minor=4000, currency="USD")
    for _ in range(3):
        settled = settle.settle_refund(refund_id=back, answer=in_dollars, at=at())
        assert settled.doubt == "The gateway reports 40.00 USD, ordered were 40.00 EUR."
    assert (doubts(back), payments.payment(back)["status"], posted(back)) == ([settled.doubt], "processing", [])

    silent = settle.settle_refund(refund_id=back, answer=Answer(outcome=Outcome.UNKNOWN, message="No."), at=at())
    assert (silent.answered, len(doubts(back))) == (False, 1), "that nothing was said is no doubt"


def test_a_late_receipt_is_refunded_by_its_own_charge(shop: Shop) -> None:
    from datetime import UTC, datetime

    from tallystick.usecases import record
    from tests.usecases.test_unknown_outcomes import declined, succeeds_late

    customer, _, started, foreign = declined(shop)
    today = datetime.now(tz=UTC).date()
    record.mark_paid(
        actor=shop.staff, at=at(), payment_id=uid("pay", started["id"]), received_date=today, method="cash"
    )
    succeeds_late(shop, foreign)
    (late,) = payments.unallocated(customer, "EUR")
    done = give_back(shop, late["id"], 10680)
    assert (done["status"], shop.refunds(), shop.credit(customer)) == ("completed", [10680], 0)
    assert shop.merchant.payment(foreign)["amount_refunded"] == 10680


def test_refusals_leave_no_trace(shop: Shop) -> None:
    from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
    from tallystick.foundation.permissions import Actor
    from tallystick.payments.operations import AmountNotAccepted
    from tallystick.payments.refunds import RefundReasonMissing
    from tallystick.usecases.roles import Permission

    customer, invoice, payment = shop.paid(net=100_000)
    clerk = Actor(kind="staff", id="7", label="Jo", permissions=frozenset({Permission.REFUND_PAYMENTS}))
    back = uid("pay", give_back(shop, payment, 1)["id"])
    refusals: list[tuple[type[Exception], UUID, int, dict[str, Any]]] = [
        (NotAllowed, payment, 1, {"actor": Actor(kind="staff", id="8", label="Al", permissions=frozenset())}),
        (NotAllowed, payment, 100_001, {"actor": clerk}),
        (NotFound, new_id(), 1, {}),
        (AmountNotAccepted, payment, 0, {}),
        (AmountNotAccepted, payment, -1, {}),
        (RefundReasonMissing, payment, 1, {"reason": "  "}),
        (RefundReasonMissing, payment, 1, {"reason": "#He was angry", "still_owed": False}),
        (InvalidField, payment, 1, {"method": "barter"}),
        (InvalidField, back, 1, {}),
    ]
    for error, of, amount, changes in refusals:
        arguments = {"actor": shop.staff, "reason": "Why", "still_owed": True} | changes
        with pytest.raises(error):
            refund.refund_payment(at=at(), payment_id=of, amount_minor=amount, **arguments)
    assert (shop.refunds(), shop.standing(invoice), shop.owes(customer)) == ([1], ("issued", 1), 1)
    assert len(payments.refunds_of(payment)) == 1
