"""Money that was reversed, and money that was paid back, is not there to be moved once more."""

from uuid import UUID

import pytest

from tallystick.foundation.errors import InvalidField
from tallystick.payments.operations import PaymentNotCompleted
from tallystick.usecases import allocate, record, refund
from tests.scenarios.conftest import World, at, uid

DAY = "2026-03-01"


def recorded(world: World, customer: UUID | None) -> UUID:
    """This function will record 50.00 EUR and return the payment's id."""
    made = record.record_payment(
        actor=world.staff, at=at(DAY), total_minor=5000, currency="EUR", customer_id=customer, method="cash"
    )
    return uid("pay", made["id"])


def test_a_reversed_payment_is_not_moved(world: World) -> None:
    customer = world.customer()
    in_suspense, assigned = recorded(world, None), recorded(world, customer)
    common = {"actor": world.staff, "at": at(DAY)}
    for payment in (in_suspense, assigned):
        allocate.reverse_payment(**common, payment_id=payment, reason="Recorded twice")
    with pytest.raises(PaymentNotCompleted):
        allocate.assign_payment(**common, payment_id=in_suspense, customer_id=customer)
    with pytest.raises(PaymentNotCompleted):
        allocate.unassign_payment(**common, payment_id=assigned)
    with pytest.raises(PaymentNotCompleted):
        allocate.write_small_difference(**common, payment_id=assigned, amount_minor=5, reason="Cents")
    assert (world.owes(customer), world.credit(customer)) == (0, 0)


def test_a_refund_is_not_refunded_marked_as_paid_cancelled_or_written_off(world: World) -> None:
    customer = world.customer()
    common = {"actor": world.staff, "at": at(DAY)}
    paid_back = refund.refund_payment(
        **common, payment_id=recorded(world, customer), amount_minor=5000, reason="Kindness", method="cash"
    )
    refunded = uid("pay", paid_back["id"])
    with pytest.raises(InvalidField):
        refund.refund_payment(**common, payment_id=refunded, amount_minor=1, reason="Back", method="cash")
    with pytest.raises(InvalidField):
        record.mark_paid(**common, payment_id=refunded, received_date=at(DAY).date(), method="cash")
    with pytest.raises(InvalidField):
        record.cancel_payment(**common, payment_id=refunded)
    with pytest.raises(PaymentNotCompleted):
        allocate.write_small_difference(**common, payment_id=refunded, amount_minor=5, reason="Cents")
    assert world.credit(customer) == 0
