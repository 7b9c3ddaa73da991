"""Autopay: what a payer agrees to, and what is charged by it on which day."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.usecases import (
    allocate,
    autopay,
    autopay_run,
    collect,
    configure,
    promise,
    record,
    refund,
)
from tallystick.usecases.autopay_run import NotCharged
from tests.scenarios.conftest import uid
from tests.usecases.autopay_stories import (
    agree,
    card,
    in_days,
    letters,
    paid_by_link,
    run,
    subscriber,
    subscription,
    told_alike,
    write_mails,
)
from tests.usecases.shop import YESTERDAY, Shop, at

pytestmark = pytest.mark.django_db


def test_what_is_due_is_charged_once_and_the_receipt_says_that_it_was_automatic(shop: Shop, posted: Any) -> None:
    customer, method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]

    assert run(shop) == 1
    assert run(shop) == 0

    assert (shop.charges(), shop.standing(invoice), shop.owes(customer)) == ([10680], ("issued", 0), 0)
    (attempt,) = payments.attempts(expected)
    agreement = autopay_queries.agreement(customer)
    assert agreement is not None
    assert (attempt["method_id"], attempt["agreement_id"]) == (method, agreement["id"])
    assert (attempt["state"], attempt["off_session"]) == ("succeeded", True)
    assert [rule for rule, _ in posted(expected, shop.account_id)] == ["J04", "J08", "J35"]
    assert shop.clearing_agrees()
    write_mails("mail.receipt")
    (receipt,) = letters("receipt")
    assert "We charged it automatically, as agreed." in receipt.text_body


def test_without_an_agreement_nothing_is_charged(shop: Shop) -> None:
    customer, invoice = shop.bill()
    card(shop, customer)
    assert run(shop) == 0
    expected = shop.expected_payment(invoice)["id"]
    assert autopay_run.charge(payment_id=expected, at=at()) is NotCharged.ENDED
    assert (shop.charges(), payments.attempts(expected)) == ([], [])


def test_one_off_invoices_are_charged_on_their_due_date(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY, terms_days=15)
    card(shop, customer)
    agree(shop, customer)
    invoice = shop.invoice(customer, day=YESTERDAY)
    assert shop.expected_payment(invoice)["due_date"] == in_days(14)
    assert [run(shop, days=days) for days in (0, 13, 14, 14)] == [0, 0, 1, 0]
    assert shop.charges() == [10680]


def test_a_charge_day_comes_before_the_due_date(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY, terms_days=15)
    card(shop, customer)
    agree(shop, customer, charge_day=in_days(5).day)
    shop.invoice(customer, day=YESTERDAY)
    assert [run(shop, days=days) for days in (0, 4, 5)] == [0, 0, 1]
    assert shop.charges() == [10680]


def test_a_charge_above_the_cap_is_not_made_and_the_payer_is_told_once(shop: Shop) -> None:
    customer, _ = subscriber(shop, cap_minor=10679, cap_currency="EUR")
    invoice = shop.invoice(customer, day=YESTERDAY)
    expected = shop.expected_payment(invoice)["id"]
    for hours in (0, 1, 2):
        assert run(shop, hours=hours) == 0
        write_mails("mail.action_needed")
    assert autopay_run.charge(payment_id=expected, at=at()) is NotCharged.ABOVE_CAP
    assert (shop.charges(), payments.attempts(expected)) == ([], [])
    (letter,) = letters("action_needed")
    assert letter.subject.endswith("needs you for the payment of €106.80")
    assert "Charged automatically up to: €106.79" in letter.text_body
    assert paid_by_link(letter) == expected, "it opens this payment alone"

    agree(shop, customer, cap_minor=10680, cap_currency="EUR")
    assert run(shop) == 1
    assert shop.charges() == [10680]


def test_a_cap_in_another_currency_says_nothing_of_an_invoice(shop: Shop) -> None:
    customer, _ = subscriber(shop, cap_minor=10**9, cap_currency="USD")
    invoice = shop.invoice(customer, day=YESTERDAY)
    assert run(shop) == 0
    assert autopay_run.charge(payment_id=shop.expected_payment(invoice)["id"], at=at()) is NotCharged.ABOVE_CAP


def test_a_subscription_of_manual_collection_is_exempt(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    manual = subscription(shop, customer, collection="manual")
    by_itself = subscription(shop, customer, collection="autopay")
    assert run(shop, days=1) == 1
    assert (shop.standing(by_itself)[1], shop.standing(manual)[1] > 0) == (0, True)
    assert autopay_run.charge(payment_id=shop.expected_payment(manual)["id"], at=at(days=1)) is NotCharged.EXEMPT


def test_what_a_transfer_is_promised_for_is_left_alone(shop: Shop) -> None:
    from tallystick.foundation import business, settings_store
    from tallystick.foundation.transactions import transaction

    with transaction():
        settings_store.put(business.BANK_IBAN, "DE89370400440532013000")
        settings_store.put(business.BANK_HOLDER, "Shop Ltd")
    customer, _ = subscriber(shop)
    alone, first, second = (shop.invoice(customer, net, day=YESTERDAY) for net in (1000, 2000, 3000))
    common: dict[str, Any] = {"actor": shop.staff, "at": at(), "customer_id": customer}
    one = promise.promise_transfer(**common, amounts=dict.fromkeys([alone]))
    both = promise.promise_transfer(**common, amounts=dict.fromkeys([first, second]))
    assert run(shop) == 0
    for invoice in (alone, first, second):
        found = shop.expected_payment(invoice)["id"]
        assert autopay_run.charge(payment_id=found, at=at()) is NotCharged.PROMISED

    for each in (one, both):
        promise.withdraw_promise(actor=shop.staff, at=at(), payment_id=uid("pay", each["id"]))
    assert run(shop) == 3
    assert sorted(shop.charges()) == [1200, 2400, 3600]


def test_money_that_went_back_is_not_taken_again_by_itself(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    run(shop)
    paid = payments.paid_scheduled(invoice)
    assert paid is not None
    refund.refund_payment(
        actor=shop.staff, at=at(), payment_id=paid["id"], amount_minor=10680, reason="Paid twice", still_owed=True
    )
    assert shop.standing(invoice) == ("issued", 10680)
    assert run(shop, hours=1) == 0
    again = shop.expected_payment(invoice)["id"]
    assert autopay_run.charge(payment_id=again, at=at()) is NotCharged.PAID_BACK
    assert shop.charges() == [10680]


def test_a_record_that_was_wrong_leaves_the_invoice_to_autopay(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    today = datetime.now(tz=UTC).date()
    paid = shop.expected_payment(invoice)["id"]
    record.mark_paid(actor=shop.staff, at=at(), payment_id=paid, received_date=today, method="cash")
    assert run(shop) == 0
    allocate.reverse_payment(actor=shop.staff, at=at(), payment_id=paid, reason="Another customer's cash")
    assert run(shop) == 1
    assert shop.charges() == [10680]


def test_what_is_left_of_an_invoice_is_charged(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    part = shop.collect(customer, amounts={invoice: 680})
    assert run(shop) == 0, "the customer's own checkout holds the invoice"
    shop.customer_pays(part)
    shop.deliver()
    assert run(shop) == 1
    assert shop.charges() == [680, 10000]


def test_a_checkout_of_several_invoices_holds_each_of_them(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    first, second = shop.invoice(customer, 1000, day=YESTERDAY), shop.invoice(customer, 2000, day=YESTERDAY)
    shop.collect(customer, first, second)
    assert run(shop) == 0
    found = shop.expected_payment(first)["id"]
    assert autopay_run.charge(payment_id=found, at=at()) is NotCharged.IN_PROGRESS
    collect.sweep(at=at(hours=25))
    assert run(shop, hours=25) == 2
    assert sorted(shop.charges()) == [1200, 2400]


def test_an_agreement_that_ended_since_the_payment_was_found_charges_nothing(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    assert autopay_run.run(at=at()) == 1
    autopay.end(actor=shop.staff, at=at(), customer_id=customer, reason="By phone")
    assert shop.do_jobs() == ["autopay.charge"]
    assert (shop.charges(), shop.standing(invoice)) == ([], ("issued", 10680))
    assert payments.attempts(shop.expected_payment(invoice)["id"]) == []


def test_what_was_paid_or_changed_since_it_was_found_is_looked_at_again(shop: Shop) -> None:
    customer, _ = subscriber(shop, cap_minor=20000, cap_currency="EUR")
    paid, grown = shop.invoice(customer, day=YESTERDAY), shop.invoice(customer, 9000, day=YESTERDAY)
    assert autopay_run.run(at=at()) == 2
    today = datetime.now(tz=UTC).date()
    record.mark_paid(
        actor=shop.staff,
        at=at(),
        payment_id=shop.expected_payment(paid)["id"],
        received_date=today,
        method="cash",
    )
    agree(shop, customer, cap_minor=10799, cap_currency="EUR")
    shop.do_jobs()
    assert (shop.charges(), shop.standing(grown)) == ([], ("issued", 10800))


def test_a_gateway_account_that_was_switched_off_charges_nothing_and_stops_no_other(shop: Shop) -> None:
    from tallystick.gateways.models import GatewayAccount

    second = shop.open_account(shop.service.create_merchant("Second account"))
    off, _ = subscriber(shop)
    held_up = shop.invoice(off, day=YESTERDAY)
    assert autopay_run.run(at=at()) == 1
    GatewayAccount.objects.filter(id=shop.account_id).update(enabled=False)
    shop.do_jobs()
    assert run(shop, hours=1) == 0
    found = shop.expected_payment(held_up)["id"]
    assert autopay_run.charge(payment_id=found, at=at()) is NotCharged.GATEWAY_OFF
    assert (shop.charges(), shop.mails("mail.action_needed")) == ([], []), "the payer cannot mend it"
    (planned,) = autopay_run.charges_of(off)
    assert (planned.charge_date, planned.why_not) == (in_days(-1), NotCharged.GATEWAY_OFF)

    GatewayAccount.objects.filter(id=shop.account_id).update(enabled=True)
    assert run(shop, hours=2) == 1
    assert (shop.charges(), second != shop.account_id) == ([10680], True)


def test_one_charge_that_fails_stops_no_other(shop: Shop) -> None:
    from tallystick.gateways.models import GatewayAccount
    from tallystick.interfaces.jobs.autopay import charge
    from tallystick.payments.models import PaymentMethod

    broken = GatewayAccount.objects.create(
        adapter="sandbox", name="Broken", configuration={}, is_live=False, created_at=at()
    )
    customers = [subscriber(shop) for _ in range(3)]
    invoices = [shop.invoice(customer, day=YESTERDAY) for customer, _ in customers]
    PaymentMethod.objects.filter(id=customers[1][1]).update(account=broken)
    expected = [shop.expected_payment(invoice)["id"] for invoice in invoices]

    with pytest.raises(ExceptionGroup) as failure:
        charge([each.hex for each in expected])

    assert len(failure.value.exceptions) == 1
    assert [shop.standing(invoice)[1] for invoice in invoices] == [0, 10680, 0]
    charge([each.hex for each in expected])
    assert shop.charges() == [10680, 10680], "a second run of the job charges nothing twice"


def test_what_will_be_charged_is_told_beforehand(shop: Shop) -> None:
    customer, _ = subscriber(shop, cap_minor=11000, cap_currency="EUR")
    due = shop.invoice(customer, day=YESTERDAY)
    dear = shop.invoice(customer, 10000, day=YESTERDAY, tax=shop.vat)
    for days in (-3, 0, 20):
        told_alike(in_days(days))
    told = {each.payment.invoice_id: (each.charge_date, each.why_not) for each in autopay_run.charges_of(customer)}
    assert told == {due: (in_days(-1), None), dear: (in_days(-1), NotCharged.ABOVE_CAP)}
    autopay.end(actor=shop.staff, at=at(), customer_id=customer)
    assert {each.why_not for each in autopay_run.charges_of(customer)} == {NotCharged.ENDED}


def test_settings_take_a_plan_and_words(shop: Shop) -> None:
    from tallystick.foundation.settings_store import SettingNotAccepted

    for bad in ([0], [3, 1], [1, 1], [61], [True], list(range(1, 12)), "1", ["1"], [Decimal(1)]):
        with pytest.raises((SettingNotAccepted, TypeError)):
            configure.change_settings(actor=shop.staff, at=at(), changes={"autopay_retry_days": bad})
    for words in ("", " ", "x" * 5001, 5):
        with pytest.raises(SettingNotAccepted):
            configure.change_settings(actor=shop.staff, at=at(), changes={"autopay_terms": words})
    configure.change_settings(actor=shop.staff, at=at(), changes={"autopay_retry_days": []})
