"""Refunds through a gateway of money that was taken from its customer, and given to one again meanwhile."""

from uuid import UUID

import pytest

from tallystick.payments import queries as payments
from tallystick.payments.operations import PaymentInUse
from tallystick.usecases import allocate
from tallystick.usecases.record import Part
from tests.scenarios.conftest import uid
from tests.usecases.shop import Shop, at
from tests.usecases.test_refunds import PENDING_REFUNDS, REFUNDS_FAIL_LATER, give_back

pytestmark = pytest.mark.django_db


def unassigned(shop: Shop, number: str) -> tuple[UUID, UUID, UUID]:
    """This function will return a customer, an invoice of theirs, and 100.00 paid by card that are nobody's now."""
    customer = shop.customer()
    owed = [shop.invoice(customer, net, tax=shop.no_tax) for net in (6000, 4000)]
    started = shop.collect(customer, *owed)
    shop.customer_pays(started, number)
    shop.deliver()
    payment = uid("pay", started["id"])
    allocate.unassign_payment(actor=shop.staff, at=at(), payment_id=payment)
    return customer, owed[0], payment


def test_money_in_suspense_is_given_to_nobody_while_a_refund_of_it_is_under_way(shop: Shop) -> None:
    customer, invoice, payment = unassigned(shop, PENDING_REFUNDS)
    assert give_back(shop, payment, 4000)["status"] == "processing"
    before = payments.payment(payment)
    with pytest.raises(PaymentInUse):
        allocate.assign_payment(actor=shop.staff, at=at(), payment_id=payment, customer_id=customer)
    with pytest.raises(PaymentInUse):
        allocate.allocate_payment(actor=shop.staff, at=at(), payment_id=payment, parts=[Part(invoice_id=invoice)])
    assert payments.payment(payment) == before
    shop.service.advance(5)
    shop.deliver()
    allocate.assign_payment(actor=shop.staff, at=at(), payment_id=payment, customer_id=customer)
    assert (shop.credit(customer), shop.clearing_agrees()) == (6000, True)


def test_a_refund_out_of_suspense_that_fails_later_goes_to_who_has_the_money_by_then(shop: Shop) -> None:
    customer, _, payment = unassigned(shop, REFUNDS_FAIL_LATER)
    assert give_back(shop, payment, 4000)["status"] == "completed"
    allocate.assign_payment(actor=shop.staff, at=at(), payment_id=payment, customer_id=customer)
    assert shop.credit(customer) == 6000
    shop.service.advance(5)
    shop.deliver()
    row = payments.payment(payment)
    assert (row["refunded_minor"], row["unallocated_minor"], shop.credit(customer)) == (0, 10000, 10000)
    assert shop.clearing_agrees()


def test_a_refund_of_a_customer_that_fails_later_goes_to_the_other_one_who_has_the_money(shop: Shop) -> None:
    customer, _, payment = unassigned(shop, REFUNDS_FAIL_LATER)
    other = shop.customer("Other Ltd")
    allocate.assign_payment(actor=shop.staff, at=at(), payment_id=payment, customer_id=customer)
    assert give_back(shop, payment, 10000)["status"] == "completed"
    allocate.unassign_payment(actor=shop.staff, at=at(), payment_id=payment)
    allocate.assign_payment(actor=shop.staff, at=at(), payment_id=payment, customer_id=other)
    shop.service.advance(5)
    shop.deliver()
    assert (shop.credit(customer), shop.credit(other), shop.clearing_agrees()) == (0, 10000, True)


def test_a_refund_of_a_customer_that_fails_later_goes_to_suspense_if_the_money_is_there(shop: Shop) -> None:
    customer, _, payment = unassigned(shop, REFUNDS_FAIL_LATER)
    allocate.assign_payment(actor=shop.staff, at=at(), payment_id=payment, customer_id=customer)
    assert give_back(shop, payment, 4000)["status"] == "completed"
    allocate.unassign_payment(actor=shop.staff, at=at(), payment_id=payment)
    shop.service.advance(5)
    shop.deliver()
    row = payments.payment(payment)
    assert (row["refunded_minor"], row["unallocated_minor"], shop.credit(customer)) == (0, 10000, 0)
    assert shop.clearing_agrees()
