"""What is unknown, late or given up: nothing is lost, and nothing is taken twice without a human hearing of it."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from tallystick.payments import queries as payments
from tallystick.payments.attempts import PaymentInProgress
from tallystick.payments.edits import FactsAreFixed, PaymentNotDeletable
from tallystick.usecases import amend, collect, record
from tests import stored_cards
from tests.sandbox_service import shape
from tests.scenarios.conftest import uid
from tests.usecases.shop import DECLINED, RETURN_URL, Shop, at

pytestmark = pytest.mark.django_db


def stored_card(shop: Shop, customer: UUID) -> UUID:
    """This function will return a stored card of the customer, without any payment."""
    return stored_cards.stored_card(customer, shop.account_id, token=shop.merchant.stored_card())


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "answer_500"])
def test_s03_s05_s07_an_answer_that_never_came_is_unknown_and_blocks_a_second_try(shop: Shop, fault: str) -> None:
    customer, invoice = shop.bill()
    method = stored_card(shop, customer)
    shop.fault(fault)
    payment = shop.collect(customer, invoice, method_id=method)
    assert (payment["status"], payment["attempts"][0]["state"]) == ("processing", "unknown")
    with pytest.raises(PaymentInProgress):
        shop.collect(customer, invoice, method_id=method)

    collect.sweep(at=at(minutes=3))

    if fault == "cut_after":
        assert payments.payment(uid("pay", payment["id"]))["status"] == "completed"
        assert (shop.standing(invoice), shop.charges()) == (("issued", 0), [10680])
    else:
        given_up = payments.payment(uid("pay", payment["id"]))
        assert (given_up["status"], given_up["cancel_reason"], shop.charges()) == ("cancelled", "abandoned", [])
        expected = shop.expected_payment(invoice)
        assert (expected["status"], expected["replaces_id"]) == ("pending", given_up["id"])
        assert shop.collect(customer, invoice, method_id=method)["status"] == "completed"
        assert shop.charges() == [10680]
    assert shop.clearing_agrees()


def test_s04_an_order_that_may_be_on_its_way_is_not_given_up(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = stored_card(shop, customer)
    shop.fault("cut_before")
    payment = shop.collect(customer, invoice, method_id=method)
    attempt = uid("att", payment["attempts"][0]["id"])

    collect.ask(attempt_id=attempt, at=at(seconds=60))
    assert payments.attempt(attempt)["state"] == "unknown"
    with pytest.raises(PaymentInProgress):
        shop.collect(customer, invoice)

    assert shop.do_jobs(minutes=3) == ["payments.ask"]
    assert payments.attempt(attempt)["state"] == "not_performed"


def test_a_gateway_that_stays_silent_keeps_the_payment_unknown(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = stored_card(shop, customer)
    shop.fault("answer_500", method=None, times=None)
    payment = shop.collect(customer, invoice, method_id=method)
    for minutes in (3, 6, 60 * 24 * 3):
        assert collect.sweep(at=at(minutes=minutes)) == 1
    assert payments.attempt(uid("att", payment["attempts"][0]["id"]))["state"] == "unknown"
    shop.clear_faults()
    collect.sweep(at=at(days=4))
    assert shop.standing(invoice) == ("issued", 10680)


def test_one_attempt_that_cannot_be_settled_does_not_keep_the_others_waiting(shop: Shop) -> None:
    customer, first = shop.bill()
    second = shop.invoice(customer)
    shop.customer_pays(shop.collect(customer, first))
    shop.customer_pays(shop.collect(customer, second))
    _break_account_of(shop, shop.expected_payment(first)["id"])
    with pytest.raises(ExceptionGroup) as failure:
        collect.sweep(at=at(minutes=3))
    assert len(failure.value.exceptions) == 1
    assert (shop.standing(first), shop.standing(second)) == (("issued", 10680), ("issued", 0))


def test_a_checkout_that_nobody_finished_is_cancelled_after_a_day_and_the_invoice_expects_anew(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    payment = uid("pay", started["id"])
    collect.sweep(at=at(hours=23))
    assert payments.payment(payment)["status"] == "processing"

    collect.sweep(at=at(hours=25))

    row = payments.payment(payment)
    assert (row["status"], row["cancel_reason"]) == ("cancelled", "abandoned")
    assert shop.at_gateway(started)["status"] == "cancelled"
    expected = shop.expected_payment(invoice)
    assert (expected["status"], expected["replaces_id"], expected["total_minor"]) == ("pending", payment, 10680)
    assert shop.told(payment)[-1] == ("cancel", "processing", "cancelled")
    shop.deliver()
    assert shop.inbox() == [("payment.cancelled", "handled")]
    again = shop.collect(customer, invoice)
    assert uid("pay", again["id"]) == expected["id"]


def test_what_a_gateway_tried_is_not_deleted_because_it_may_still_report_about_it(shop: Shop) -> None:
    customer, first = shop.bill()
    payment = uid("pay", shop.collect(customer, first, shop.invoice(customer))["id"])
    told = {"actor": shop.staff, "at": at(), "payment_id": payment}
    with pytest.raises(PaymentInProgress):
        amend.delete_payment(**told)
    with pytest.raises(FactsAreFixed):
        amend.edit_payment(**told, changes={"total_minor": 1})
    collect.sweep(at=at(hours=25))
    assert payments.payment(payment)["status"] == "cancelled"
    with pytest.raises(PaymentNotDeletable):
        amend.delete_payment(**told)


def test_a_customer_who_pays_while_staff_give_the_checkout_up_has_paid(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.customer_pays(started)
    shape_ = collect.cancel_checkout(actor=shop.staff, at=at(), payment_id=uid("pay", started["id"]))
    assert (shape_["status"], shop.standing(invoice)) == ("completed", ("issued", 0))

    other = shop.collect(customer, shop.invoice(customer))
    gone = collect.cancel_checkout(actor=shop.staff, at=at(), payment_id=uid("pay", other["id"]))
    assert (gone["status"], gone["cancel_reason"]) == ("cancelled", "abandoned")


def succeeds_late(shop: Shop, payment_at_gateway: str) -> None:
    """The bank reports a success days after, and a message says so."""
    shape(shop.merchant.post(f"/v1/test/payments/{payment_at_gateway}/succeed-late"))
    shop.deliver()


def declined(shop: Shop) -> tuple[UUID, UUID, dict[str, Any], str]:
    """This function will return a customer, an invoice, its failed payment, and the gateway's id of it."""
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    shop.customer_pays(started, DECLINED)
    shop.deliver()
    return customer, invoice, started, shop.at_gateway(started)["id"]


def test_s12_a_late_success_completes_the_failed_payment(shop: Shop) -> None:
    _, invoice, started, foreign = declined(shop)
    succeeds_late(shop, foreign)
    row = payments.payment(uid("pay", started["id"]))
    assert (row["status"], row["failure_code"], shop.standing(invoice)) == ("completed", "", ("issued", 0))
    assert shop.told(row["id"])[-1] == ("complete", "failed", "completed")
    assert shop.clearing_agrees()


def test_s12_a_late_success_after_the_invoice_was_paid_otherwise_is_a_linked_receipt_and_credit(
    shop: Shop, posted: Any
) -> None:
    customer, _, started, foreign = declined(shop)
    payment = uid("pay", started["id"])
    today = datetime.now(tz=UTC).date()
    record.mark_paid(actor=shop.staff, at=at(), payment_id=payment, received_date=today, method="cash")

    succeeds_late(shop, foreign)

    (late,) = payments.unallocated(customer, "EUR")
    assert (late["kind"], late["replaces_id"], late["unallocated_minor"]) == ("receipt", payment, 10680)
    assert late["reference"] == started["attempts"][0]["id"]
    assert (shop.owes(customer), shop.credit(customer), shop.clearing_agrees()) == (0, 10680, True)
    assert [entry[0] for entry in posted(late["id"])] == ["J04"]
    assert [each["state"] for each in payments.attempts(late["id"])] == ["succeeded"], "so that it can be refunded"
    assert shop.mails()[-1] == {"payment_id": str(late["id"])}

    succeeds = shop.merchant.get("/v1/events", type="payment.succeeded").json()["data"][-1]["id"]
    shape(shop.merchant.post(f"/v1/test/events/{succeeds}/resend"))
    shop.deliver()
    assert (shop.credit(customer), shop.clearing_agrees()) == (10680, True), "once"


def test_s12_a_late_success_after_the_checkout_was_given_up_pays_the_open_invoice(shop: Shop) -> None:
    customer, invoice = shop.bill()
    started = shop.collect(customer, invoice)
    collect.sweep(at=at(hours=25))
    shop.deliver()
    expected = shop.expected_payment(invoice)["id"]
    succeeds_late(shop, shop.at_gateway(started)["id"])
    assert (shop.standing(invoice), shop.owes(customer), shop.credit(customer)) == (("issued", 0), 0, 0)
    assert payments.payment(uid("pay", started["id"]))["status"] == "cancelled", "cancelled is final"
    assert payments.payment(expected)["cancel_reason"] == "superseded"


@pytest.mark.parametrize("card", [DECLINED, "4242424242424242"])
def test_s12_a_late_success_while_the_customer_tries_again(shop: Shop, card: str) -> None:
    customer, invoice, started, foreign = declined(shop)
    payment = uid("pay", started["id"])
    again = collect.retry(
        actor=shop.staff, at=at(), payment_id=payment, account_id=shop.account_id, return_url=RETURN_URL
    )
    succeeds_late(shop, foreign)
    assert (payments.payment(payment)["status"], shop.standing(invoice)) == ("completed", ("issued", 0))

    shop.customer_pays(dict(again), card)
    shop.deliver()

    twice = card != DECLINED
    assert shop.charges() == ([10680, 10680] if twice else [10680])
    assert (shop.credit(customer), shop.clearing_agrees()) == (10680 if twice else 0, True)
    states = {each["state"] for each in payments.attempts(payment)}
    assert states == ({"succeeded"} if twice else {"succeeded", "declined"})


def test_processing_takes_a_while_and_then_succeeds_or_fails(shop: Shop) -> None:
    for number, end, left in (("4000000000100109", "completed", 0), ("4000000000100208", "failed", 10680)):
        customer, invoice = shop.bill()
        started = shop.collect(customer, invoice)
        shop.customer_pays(started, number)
        shop.deliver()
        (attempt,) = payments.attempts(uid("pay", started["id"]))
        assert attempt["state"] == "pending"
        shop.service.advance(5)
        shop.deliver()
        assert payments.payment(uid("pay", started["id"]))["status"] == end
        assert shop.standing(invoice) == ("issued", left)


def _break_account_of(shop: Shop, payment_id: UUID) -> None:
    """Have an attempt point at an account that cannot be opened, as after a mistake in its configuration."""
    from tallystick.gateways.models import GatewayAccount
    from tallystick.payments.models import Attempt

    broken = GatewayAccount.objects.create(
        adapter="sandbox", name="Broken", configuration={}, is_live=False, created_at=at()
    )
    Attempt.objects.filter(payment_id=payment_id).update(account=broken)


def test_s12_a_late_success_is_booked_at_the_account_that_took_it(shop: Shop) -> None:
    _, invoice, started, foreign = declined(shop)
    second = shop.open_account(shop.service.create_merchant("Second account of the business"))
    payment = uid("pay", started["id"])
    collect.retry(actor=shop.staff, at=at(), payment_id=payment, account_id=second, return_url=RETURN_URL)
    succeeds_late(shop, foreign)
    row = payments.payment(payment)
    assert (row["status"], row["account_id"], shop.standing(invoice)) == (
        "completed",
        shop.account_id,
        ("issued", 0),
    )
    assert shop.clearing_agrees()
