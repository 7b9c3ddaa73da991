"""Automatic charges that are declined, unknown or want the cardholder: tried again by the plan, or by nobody."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from tallystick.payments import queries as payments
from tallystick.usecases import autopay, autopay_run, collect, record
from tallystick.usecases.autopay_run import NotCharged
from tests.sandbox_service import VISITOR
from tests.scenarios.conftest import uid
from tests.usecases.autopay_stories import (
    CHALLENGE_OFF_SESSION,
    agree,
    behave,
    card,
    in_days,
    letters,
    paid_by_link,
    plan,
    run,
    subscriber,
    subscription,
    tries,
    write_mails,
)
from tests.usecases.shop import DECLINED, RETURN_URL, YESTERDAY, Shop, at

pytestmark = pytest.mark.django_db

FAILED = "mail.payment_failed"
CONFIRM = "mail.confirmation_needed"


def test_a_decline_is_tried_again_by_the_plan_until_it_goes_through(shop: Shop) -> None:
    customer, method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    behave(shop, method, "insufficient_funds")

    assert run(shop) == 1
    row = payments.payment(expected)
    assert (row["status"], row["failure_code"], row["next_try_date"]) == ("failed", "insufficient_funds", in_days(1))
    assert run(shop) == 0, "not again on the same day"
    write_mails(FAILED)
    assert f"{in_days(1):%b} {in_days(1).day}, {in_days(1).year}" in letters("payment_failed")[0].text_body

    assert run(shop, days=1) == 1
    assert payments.payment(expected)["next_try_date"] == in_days(3)
    behave(shop, method, "success")
    assert [run(shop, days=days) for days in (2, 3, 7)] == [0, 1, 0]

    assert tries(expected) == [("declined", "insufficient_funds")] * 2 + [("succeeded", "")]
    assert (shop.charges(), shop.standing(invoice), shop.clearing_agrees()) == ([10680], ("issued", 0), True)
    assert (payments.payment(expected)["status"], len(shop.mails(FAILED))) == ("completed", 2)


def test_the_plan_ends_and_the_last_letter_says_so(shop: Shop) -> None:
    plan(1, 3)
    customer, method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    behave(shop, method, "insufficient_funds")
    found = [run(shop, days=days) for days in range(9)]
    assert found == [1, 1, 0, 1, 0, 0, 0, 0, 0]
    assert (len(tries(expected)), payments.payment(expected)["next_try_date"]) == (3, None)
    write_mails(FAILED, days=3)
    assert "We do not try again by ourselves." in letters("payment_failed")[-1].text_body
    (planned,) = autopay_run.charges_of(customer)
    assert (planned.charge_date, planned.why_not) == (None, NotCharged.GIVEN_UP)
    assert autopay_run.charge(payment_id=expected, at=at(days=9)) is NotCharged.GIVEN_UP


def test_a_worker_that_slept_for_days_makes_up_for_one_try_not_for_all(shop: Shop) -> None:
    customer, method = subscriber(shop)
    expected = shop.expected_payment(shop.invoice(customer, day=YESTERDAY))["id"]
    behave(shop, method, "insufficient_funds")
    run(shop)
    assert run(shop, days=5) == 1
    assert (len(tries(expected)), payments.payment(expected)["next_try_date"]) == (2, in_days(7))


def test_an_empty_plan_tries_nothing_again(shop: Shop) -> None:
    plan()
    customer, method = subscriber(shop)
    expected = shop.expected_payment(shop.invoice(customer, day=YESTERDAY))["id"]
    behave(shop, method, "insufficient_funds")
    assert [run(shop, days=days) for days in (0, 1, 3, 7)] == [1, 0, 0, 0]
    assert payments.payment(expected)["next_try_date"] is None


@pytest.mark.parametrize("code", ["stolen_card", "expired_card"])
def test_a_card_that_is_declined_for_good_is_never_charged_again(shop: Shop, code: str) -> None:
    customer, method = subscriber(shop)
    first = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(first)["id"]
    behave(shop, method, code)
    assert [run(shop, days=days) for days in (0, 1, 3, 7, 30)] == [1, 0, 0, 0, 0]
    assert (tries(expected), payments.payment(expected)["next_try_date"]) == ([("declined", code)], None)
    assert payments.method(method)["refused_code"] == code
    write_mails(FAILED)
    assert "We do not try again by ourselves." in letters("payment_failed")[0].text_body

    # Not for the next invoice either: the payer is asked for another card, once.
    second = shop.invoice(customer, day=YESTERDAY)
    for hours in (1, 2):
        assert run(shop, hours=hours) == 0
        write_mails("mail.action_needed")
    later = shop.expected_payment(second)["id"]
    assert tries(later) == []
    (letter,) = letters("action_needed")
    assert "We have no card of yours that can be charged." in letter.text_body

    # A checkout that the customer begins and leaves changes nothing of that.
    collect.retry(actor=shop.staff, at=at(), payment_id=expected, account_id=shop.account_id, return_url=RETURN_URL)
    collect.sweep(at=at(hours=25))
    assert run(shop, days=2) == 0
    newborn = shop.expected_payment(first)
    assert (newborn["id"] == expected, newborn["status"]) == (False, "pending")

    # Another card is charged for what comes, and never for what was given up.
    agree(shop, customer, method_id=card(shop, customer, "5555555555554444"))
    assert run(shop, hours=3) == 1
    assert (shop.standing(second), shop.standing(first)) == (("issued", 0), ("issued", 10680))
    assert autopay_run.charge(payment_id=newborn["id"], at=at(days=2)) is NotCharged.GIVEN_UP


def test_s35_a_token_that_was_revoked_ends_the_charges_of_that_card_with_the_reason(shop: Shop) -> None:
    customer, method = subscriber(shop)
    shop.invoice(customer, day=YESTERDAY)
    token, _account = payments.method_token(method, of_customer=customer)
    shop.merchant.http.delete(f"/v1/tokens/{token}")
    assert [run(shop, days=days) for days in (0, 1, 3)] == [1, 0, 0]
    assert payments.method(method)["refused_code"] == "method_unusable"


def test_a_card_that_pays_after_all_may_be_charged_again(shop: Shop) -> None:
    customer, method = subscriber(shop)
    first = shop.invoice(customer, day=YESTERDAY)
    behave(shop, method, "expired_card")
    run(shop)
    behave(shop, method, "success")
    assert shop.collect(customer, first, method_id=method)["status"] == "completed"
    assert payments.method(method)["refused_code"] == ""
    shop.invoice(customer, day=YESTERDAY)
    assert run(shop) == 1
    assert shop.charges() == [10680, 10680]


def test_the_customers_own_try_in_between_changes_nothing_of_the_plan(shop: Shop) -> None:
    customer, method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    behave(shop, method, "insufficient_funds")
    run(shop)
    again = collect.retry(
        actor=shop.staff, at=at(), payment_id=expected, account_id=shop.account_id, return_url=RETURN_URL
    )
    shop.customer_pays(dict(again), DECLINED)
    shop.deliver()
    assert payments.payment(expected)["next_try_date"] == in_days(1)

    # Nor does a checkout that is left; what it leaves behind is charged on the same day.
    collect.retry(actor=shop.staff, at=at(), payment_id=expected, account_id=shop.account_id, return_url=RETURN_URL)
    collect.sweep(at=at(hours=25))
    newborn = shop.expected_payment(invoice)
    assert (newborn["id"] == expected, newborn["next_try_date"]) == (False, in_days(1))
    behave(shop, method, "success")
    assert (run(shop), run(shop, days=1, hours=2), shop.charges()) == (0, 1, [10680])


def test_a_payment_that_failed_at_the_customers_hands_is_charged_when_it_is_due(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY, terms_days=3)
    card(shop, customer)
    agree(shop, customer)
    invoice = shop.invoice(customer, day=YESTERDAY)
    started = shop.collect(customer, invoice)
    shop.customer_pays(started, DECLINED)
    shop.deliver()
    assert payments.payment(uid("pay", started["id"]))["status"] == "failed"
    assert [run(shop, days=days) for days in (0, 1, 2)] == [0, 0, 1]
    assert shop.charges() == [10680]


def test_what_staff_try_by_hand_makes_no_plan(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = card(shop, customer)
    behave(shop, method, "insufficient_funds")
    started = shop.collect(customer, invoice, method_id=method, off_session=True)
    row = payments.payment(uid("pay", started["id"]))
    assert (row["status"], row["next_try_date"]) == ("failed", None)
    write_mails(FAILED)
    assert "by ourselves" not in letters("payment_failed")[0].text_body


def test_the_end_of_the_agreement_ends_the_plan(shop: Shop) -> None:
    customer, method = subscriber(shop)
    expected = shop.expected_payment(shop.invoice(customer, day=YESTERDAY))["id"]
    behave(shop, method, "insufficient_funds")
    run(shop)
    autopay.end(actor=shop.staff, at=at(), customer_id=customer)
    assert payments.payment(expected)["next_try_date"] is None
    behave(shop, method, "success")
    agree(shop, customer)
    assert [run(shop, days=days) for days in (0, 1, 3, 7)] == [0, 0, 0, 0], "a new agreement begins without plans"


def test_a_change_of_the_agreement_keeps_the_plan(shop: Shop) -> None:
    customer, method = subscriber(shop)
    expected = shop.expected_payment(shop.invoice(customer, day=YESTERDAY))["id"]
    behave(shop, method, "insufficient_funds")
    run(shop)
    agree(shop, customer, method_id=card(shop, customer, "5555555555554444"))
    assert payments.payment(expected)["next_try_date"] == in_days(1)
    assert (run(shop, days=1), shop.charges()) == (1, [10680])


def test_a_subscription_that_turned_to_manual_is_tried_no_more(shop: Shop) -> None:
    from tallystick.subscriptions.models import Subscription

    customer, method = subscriber(shop)
    invoice = subscription(shop, customer, collection="autopay")
    behave(shop, method, "insufficient_funds")
    assert run(shop) == 1
    Subscription.objects.filter(customer_id=customer).update(collection="manual")
    behave(shop, method, "success")
    assert [run(shop, days=days) for days in (1, 3, 7)] == [0, 0, 0]
    assert shop.standing(invoice)[1] > 0


def test_money_that_comes_in_another_way_ends_the_plan(shop: Shop) -> None:
    customer, method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    behave(shop, method, "insufficient_funds")
    run(shop)
    expected = shop.expected_payment(invoice)["id"]
    today = datetime.now(tz=UTC).date()
    record.mark_paid(actor=shop.staff, at=at(), payment_id=expected, received_date=today, method="cash")
    behave(shop, method, "success")
    assert (run(shop, days=1), shop.charges()) == (0, [])


def answer_the_bank(payment_id: UUID, answer: str) -> None:
    """This function will open the page that the last try waits at, and answer the bank there."""
    url = payments.attempts(payment_id)[-1]["action_url"]
    assert VISITOR.get(url, follow_redirects=True).is_success
    VISITOR.post(f"{url}/challenge", data={"answer": answer})


def test_s34_a_bank_that_wants_the_cardholder_is_told_by_mail_and_paid_on_its_page(shop: Shop) -> None:
    customer, _ = subscriber(shop, CHALLENGE_OFF_SESSION)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    assert run(shop) == 1
    assert tries(expected) == [("action_required", "")]
    assert (shop.mails(FAILED), len(shop.mails(CONFIRM))) == ([], 1)
    write_mails(CONFIRM)
    (letter,) = letters("action_needed")
    assert "Your bank wants you to confirm this payment." in letter.text_body
    assert paid_by_link(letter) == expected, "it opens this payment alone"
    assert run(shop, hours=1) == 0, "it waits, and is charged no second time"

    answer_the_bank(expected, "approve")
    shop.deliver()
    assert (shop.charges(), shop.standing(invoice)) == ([10680], ("issued", 0))


def test_s34_what_nobody_confirmed_has_failed_and_is_paid_by_the_same_link(shop: Shop) -> None:
    customer, _ = subscriber(shop, CHALLENGE_OFF_SESSION)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    run(shop)
    collect.sweep(at=at(hours=25))
    row = payments.payment(expected)
    assert (row["status"], row["failure_code"]) == ("failed", "authentication_required")
    assert row["next_try_date"] is None
    write_mails(FAILED, CONFIRM, "mail.action_needed", hours=25)
    assert (len(letters("action_needed")), letters("payment_failed")) == (1, []), "told once"
    assert [run(shop, days=days) for days in (2, 3, 8)] == [0, 0, 0]

    again = collect.retry(
        actor=shop.staff, at=at(), payment_id=expected, account_id=shop.account_id, return_url=RETURN_URL
    )
    assert uid("pay", again["id"]) == expected, "the link in the mail goes on to lead here"
    shop.customer_pays(dict(again))
    shop.deliver()
    assert (shop.charges(), shop.standing(invoice)) == ([10680], ("issued", 0))


def test_s34_a_cardholder_who_says_no_is_not_asked_again(shop: Shop) -> None:
    customer, _ = subscriber(shop, CHALLENGE_OFF_SESSION)
    expected = shop.expected_payment(shop.invoice(customer, day=YESTERDAY))["id"]
    run(shop)
    answer_the_bank(expected, "reject")
    shop.deliver()
    row = payments.payment(expected)
    assert (row["status"], row["failure_code"], row["next_try_date"]) == ("failed", "authentication_failed", None)
    assert run(shop, days=1) == 0


@pytest.mark.parametrize("fault", ["cut_after", "cut_before", "answer_500"])
def test_s03_a_charge_of_unknown_outcome_is_not_made_a_second_time(shop: Shop, fault: str) -> None:
    customer, _ = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    shop.fault(fault)
    assert run(shop) == 1
    assert tries(expected) == [("unknown", "")]
    assert autopay_run.charge(payment_id=expected, at=at()) is NotCharged.SETTLED
    assert run(shop, seconds=60) == 0
    assert len(tries(expected)) == 1

    collect.sweep(at=at(minutes=3))

    # What never arrived is charged by the next run; what did is not.
    assert run(shop, hours=1) == (0 if fault == "cut_after" else 1)
    assert (shop.charges(), shop.standing(invoice), shop.clearing_agrees()) == ([10680], ("issued", 0), True)


def test_a_charge_that_takes_its_time_is_waited_for(shop: Shop) -> None:
    customer, method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    behave(shop, method, "processing_failure")
    assert (run(shop), run(shop, minutes=1), tries(expected)) == (1, 0, [("pending", "")])
    shop.service.advance(5)
    shop.deliver()
    row = payments.payment(expected)
    assert (row["status"], row["next_try_date"]) == ("failed", in_days(1))
    assert len(shop.mails(FAILED)) == 1
