"""Automatic payment goes by the due date that was agreed, and none is agreed while it is under way (E22)."""

from datetime import date
from uuid import UUID

import pytest

from tallystick.payments import queries as payments
from tallystick.payments.attempts import PaymentInProgress
from tallystick.usecases import autopay_run
from tallystick.usecases.due_dates import agree_due_date
from tests.trails import trail_of
from tests.usecases.autopay_stories import behave, in_days, plan, run, subscriber
from tests.usecases.shop import YESTERDAY, Shop, at

pytestmark = pytest.mark.django_db


def agreed(shop: Shop, invoice: UUID, day: date) -> None:
    agree_due_date(actor=shop.staff, at=at(), invoice_id=invoice, due_date=day)


def test_a_charge_waits_for_the_agreed_day(shop: Shop) -> None:
    customer, _method = subscriber(shop)
    invoice = shop.invoice(customer, day=YESTERDAY)
    agreed(shop, invoice, in_days(3))
    (planned,) = autopay_run.charges_of(customer)
    assert (planned.charge_date, planned.why_not) == (in_days(3), None)
    assert [run(shop, days=days) for days in (0, 2, 3)] == [0, 0, 1]
    assert shop.charges() == [10680]


def test_a_try_that_is_planned_waits_for_it_too(shop: Shop) -> None:
    plan(2)
    customer, method = subscriber(shop)
    behave(shop, method, "insufficient_funds")
    invoice = shop.invoice(customer, day=YESTERDAY)
    run(shop)
    assert shop.expected_payment(invoice)["next_try_date"] == in_days(2)
    agreed(shop, invoice, in_days(6))
    assert shop.expected_payment(invoice)["next_try_date"] == in_days(6)
    behave(shop, method, "success")
    assert [run(shop, days=days) for days in (2, 5, 6)] == [0, 0, 1]
    assert shop.charges() == [10680]


def test_nothing_is_agreed_while_a_payment_is_under_way(shop: Shop) -> None:
    customer, invoice = shop.bill()
    payment = shop.collect(customer, invoice)
    trail = trail_of(invoice)
    with pytest.raises(PaymentInProgress):
        agreed(shop, invoice, in_days(6))
    assert trail_of(invoice) == trail
    assert payments.live_scheduled(invoice) is not None
    shop.customer_pays(payment)
    shop.deliver()
