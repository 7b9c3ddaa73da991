"""Messages that are lost for good: what they told is found by asking, and walks the same way (S11, S12, S27, S30, S32).

A deaf shop has no webhook endpoint: nothing that its gateway does is told.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.ids import new_id, public_id
from tallystick.gateways import queries
from tallystick.gateways.message_states import OPEN
from tallystick.gateways.port import Answer, MessageRefused, Outcome
from tallystick.payments import lists
from tallystick.payments import queries as payments
from tallystick.payments.filters import PaymentFilter
from tallystick.usecases import collect, receive, record, settle
from tests.sandbox_service import shape
from tests.scenarios.conftest import uid
from tests.usecases.disputing import dispute_at_gateway, only_dispute
from tests.usecases.shop import DECLINED, Shop, at
from tests.usecases.test_refunds import REFUNDS_FAIL_LATER, give_back

pytestmark = pytest.mark.django_db

ASKED = "gateways.receive_changes"
HANDLED = "gateways.handle_message"


def declined(shop: Shop) -> tuple[UUID, UUID, UUID, str]:
    """This function will return a customer, an invoice, its payment that failed and is over, and the gateway's id."""
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.customer_pays(started, DECLINED)
    collect.ask(attempt_id=uid("att", started["attempts"][0]["id"]), at=at())
    payment = uid("pay", started["id"])
    assert payments.payment(payment)["status"] == "failed"
    return customer, invoice, payment, shop.at_gateway(started)["id"]


def succeed_late(shop: Shop, payment_at_gateway: str) -> None:
    """The bank reports a success after all, and nobody tells us."""
    shape(shop.merchant.post(f"/v1/test/payments/{payment_at_gateway}/succeed-late"))


# What was lost is found


def test_s11_s27_a_success_that_no_message_told_is_booked_once(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started)

    assert deaf.sweep() == [ASKED, HANDLED]

    payment = uid("pay", started["id"])
    assert (payments.payment(payment)["status"], deaf.standing(invoice)) == ("completed", ("issued", 0))
    (told,) = deaf.messages()
    facts = (told["kind"], told["state"], told["reference"])
    assert facts == ("payment.succeeded", "handled", started["attempts"][0]["id"])
    before = posted(payment, deaf.account_id)
    assert deaf.sweep() == [ASKED]
    assert (posted(payment, deaf.account_id), len(deaf.mails()), len(deaf.messages())) == (before, 1, 1)
    assert (deaf.charges(), deaf.owes(customer), deaf.clearing_agrees()) == ([10680], 0, True)


def test_s12_s27_money_for_a_checkout_that_was_given_up_is_a_new_receipt_linked(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    collect.sweep(at=at(hours=25))
    payment = uid("pay", started["id"])
    assert payments.payment(payment)["cancel_reason"] == "abandoned"
    succeed_late(deaf, deaf.at_gateway(started)["id"])
    assert collect.sweep(at=at(hours=25)) == 0, "our own row is final: nobody asks about it"

    for _ in range(2):
        deaf.sweep()

    assert payments.payment(payment)["status"] == "cancelled", "cancelled is final"
    (receipt,) = lists.payments_page(PaymentFilter(customer_id=customer, kind="receipt")).rows
    assert (receipt["status"], receipt["allocated_minor"], receipt["replaces_id"]) == ("completed", 10680, payment)
    assert [entry[0] for entry in posted(receipt["id"])] == ["J04", "J08"]
    assert (deaf.standing(invoice), deaf.owes(customer), deaf.credit(customer)) == (("issued", 0), 0, 0)
    assert deaf.mails() == [{"payment_id": str(receipt["id"])}]
    assert (deaf.charges(), deaf.clearing_agrees()) == ([10680], True)


def test_s12_s27_a_late_success_of_what_was_paid_otherwise_is_credit(deaf: Shop) -> None:
    customer, invoice, payment, foreign = declined(deaf)
    deaf.sweep()
    today = datetime.now(tz=UTC).date()
    record.mark_paid(actor=deaf.staff, at=at(), payment_id=payment, received_date=today, method="cash")
    succeed_late(deaf, foreign)

    for _ in range(2):
        deaf.sweep()

    (late,) = payments.unallocated(customer, "EUR")
    assert (late["replaces_id"], late["unallocated_minor"], late["account_id"]) == (payment, 10680, deaf.account_id)
    assert (deaf.standing(invoice), deaf.credit(customer), deaf.clearing_agrees()) == (("issued", 0), 10680, True)
    assert deaf.inbox() == [("payment.failed", "handled"), ("payment.succeeded", "handled")]


def test_s27_s32_j30_a_refund_that_failed_after_completion_is_taken_back(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started, REFUNDS_FAIL_LATER)
    collect.sweep(at=at(minutes=3))
    back = uid("pay", give_back(deaf, uid("pay", started["id"]), 4000)["id"])
    deaf.sweep()
    assert (payments.payment(back)["status"], payments.payment(back)["reversed_at"]) == ("completed", None)
    deaf.service.advance(5)

    for _ in range(2):
        deaf.sweep()

    row = payments.payment(back)
    assert (row["status"], row["reversed_at"] is not None, row["failure_code"]) == ("completed", True, "refund_failed")
    assert [entry[0] for entry in posted(back)] == ["J27", "J30"]
    assert (deaf.credit(customer), deaf.refunds(), deaf.clearing_agrees()) == (4000, [], True)
    assert deaf.inbox() == [
        ("payment.succeeded", "handled"),
        ("refund.succeeded", "handled"),
        ("refund.failed", "handled"),
    ]


def test_s19_s27_money_of_another_shop_at_our_account_waits_for_staff(deaf: Shop) -> None:
    deaf.merchant.paid(reference="order-4711 of another shop")
    deaf.merchant.paid(reference=public_id("att", new_id()))
    for _ in range(2):
        deaf.sweep()
    assert deaf.waiting() == ["payment.succeeded"] * 2


# Messages and asking tell the same


def test_what_a_message_told_is_no_news(shop: Shop) -> None:
    customer, invoice, _ = shop.paid()
    (told,) = shop.messages()
    assert told["fact"].endswith("/succeeded")
    assert receive.receive_changes(account_id=shop.account_id, at=at()) == 0
    assert (len(shop.messages()), shop.do_jobs(), shop.credit(customer)) == (1, [], 0)
    assert shop.standing(invoice) == ("issued", 0)


def test_s13_a_message_that_comes_after_the_sweep_changes_nothing(shop: Shop) -> None:
    customer, invoice = shop.bill()
    shop.customer_pays(shop.collect(customer, invoice))
    shop.sweep()
    assert shop.standing(invoice) == ("issued", 0)
    shop.deliver()
    assert shop.inbox() == [("payment.succeeded", "handled")] * 2
    assert (len(shop.mails()), shop.charges(), shop.credit(customer), shop.clearing_agrees()) == (1, [10680], 0, True)


@pytest.mark.parametrize("message_first", [True, False])
def test_s30_a_dispute_that_is_told_both_ways_is_opened_once(shop: Shop, *, message_first: bool) -> None:
    _, _, payment = shop.paid()
    dispute_at_gateway(shop, payment)
    both: list[Callable[[], object]] = [shop.deliver, shop.sweep]
    for tell in both if message_first else reversed(both):
        tell()
    assert (only_dispute(payment)["state"], shop.waiting(), shop.clearing_agrees()) == ("opened", [], True)


def test_a_checkout_that_waits_for_its_customer_is_no_news_and_a_setup_nothing_to_us(deaf: Shop) -> None:
    customer, invoice = deaf.bill()
    deaf.collect(customer, invoice)
    assert (deaf.sweep(), deaf.messages()) == ([ASKED], [])
    assert deaf.found_until is not None
    deaf.merchant.stored_card()
    deaf.sweep()
    assert deaf.inbox() == [("setup.succeeded", "ignored")]


# What our books cannot follow


def test_s08_s12_a_late_success_with_another_amount_waits_for_staff_and_is_not_booked(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    deaf.fault("cut_before")
    started = deaf.collect(customer, invoice)
    collect.sweep(at=at(minutes=3))
    payment, reference = uid("pay", started["id"]), started["attempts"][0]["id"]
    assert payments.payment(payment)["status"] == "cancelled"
    # The order comes through after all, and is not what we ordered.
    deaf.merchant.paid(reference=reference, amount=10780)

    for _ in range(2):
        deaf.sweep()

    (told,) = deaf.messages()
    reason = "The gateway reports 107.80 EUR, ordered were 106.80 EUR."
    assert (told["kind"], told["state"], told["remark"]) == ("payment.succeeded", "unmatched", reason)
    assert (payments.payment(payment)["status"], posted(payment)) == ("cancelled", [])
    assert payments.attempt(uid("att", reference))["state"] == "not_performed"
    assert (deaf.standing(invoice), deaf.credit(customer), deaf.mails()) == (("issued", 10680), 0, [])


def test_a_refund_that_the_gateway_paid_though_it_failed_here_waits_for_staff(deaf: Shop, posted: Any) -> None:
    customer, invoice = deaf.bill()
    started = deaf.collect(customer, invoice)
    deaf.customer_pays(started)
    deaf.sweep()
    payment, foreign = uid("pay", started["id"]), deaf.at_gateway(started)["id"]
    dispute = shape(deaf.merchant.post(f"/v1/test/payments/{foreign}/dispute"))["id"]
    refused = uid("pay", give_back(deaf, payment, 4000)["id"])
    assert payments.payment(refused)["status"] == "failed"
    shape(deaf.merchant.post(f"/v1/test/disputes/{dispute}/close", {"outcome": "won"}))
    # An order of ours that the gateway held back comes through after all.
    order = {"payment": foreign, "amount": 4000, "reference": public_id("ref", refused)}
    shape(deaf.merchant.post("/v1/refunds", order))

    for _ in range(2):
        deaf.sweep()

    reason = "The gateway paid this refund, which counts as not paid here: the money left, and is in no book."
    (told,) = [row for row in deaf.messages() if row["kind"] == "refund.succeeded"]
    assert (told["state"], told["remark"]) == ("unmatched", reason)
    doubts = [event["detail"] for event in payments.timeline(refused) if event["event"] == "doubt"]
    assert doubts == [{"reason": reason}]
    assert (payments.payment(refused)["status"], posted(refused), deaf.credit(customer)) == ("failed", [], 4000)
    assert not deaf.clearing_agrees(), "which is what staff have to see to"


def test_s31_a_success_that_the_gateway_takes_back_is_a_doubt_and_the_books_stay(shop: Shop, posted: Any) -> None:
    _, invoice, payment = shop.paid()
    (attempt,) = payments.attempts(payment)
    before = posted(payment)
    for outcome in (Outcome.DECLINED, Outcome.NOT_PERFORMED):
        settled = settle.settle_attempt(attempt_id=attempt["id"], answer=Answer(outcome=outcome), at=at())
        assert settled.doubt == "The gateway says that this was not paid; here it was, and stands in the books."
    settled = settle.settle_attempt(attempt_id=attempt["id"], answer=Answer(outcome=Outcome.PENDING), at=at())
    assert (settled.answered, settled.doubt) == (True, "")
    (now,) = payments.attempts(payment)
    assert (now["state"], posted(payment), shop.standing(invoice)) == ("succeeded", before, ("issued", 0))


def test_s18_changes_of_the_other_mode_are_refused_and_nothing_of_them_is_kept(deaf: Shop) -> None:
    deaf.merchant.paid()
    live = deaf.open_account(deaf.merchant, is_live=True)
    with pytest.raises(MessageRefused):
        receive.receive_changes(account_id=live, at=at())
    assert queries.account(live)["changes_found_until"] is None
    assert (queries.messages_page(states=OPEN).rows, deaf.do_jobs()) == ([], [])
