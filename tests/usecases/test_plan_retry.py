"""A day that the payer chooses for the next try of a payment that failed."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation import settings_store
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.payments import queries as payments
from tallystick.usecases import autopay, collect
from tallystick.usecases.plan_retry import CHOSEN_DAYS, RetryNotPlanned, days_to_choose, plan_retry
from tallystick.usecases.roles import Permission
from tests.sandbox_service import pay
from tests.scenarios.conftest import uid
from tests.trails import trail_of
from tests.usecases.autopay_stories import behave, in_days, plan, run, subscriber, tries
from tests.usecases.shop import YESTERDAY, Shop, at

pytestmark = pytest.mark.django_db


@pytest.fixture
def declined(shop: Shop) -> tuple[UUID, UUID, UUID]:
    """A payer whose card was declined by autopay: the customer, the payment and the card."""
    plan(5)
    customer, method = subscriber(shop)
    behave(shop, method, "insufficient_funds")
    invoice = shop.invoice(customer, day=YESTERDAY)
    run(shop)
    found: UUID = shop.expected_payment(invoice)["id"]
    return customer, found, method


def chosen(shop: Shop, payment: UUID, day: date, **more: Any) -> dict[str, Any]:
    return dict(plan_retry(**{"actor": shop.staff, "at": at(), "payment_id": payment, "day": day, **more}))


def test_the_chosen_day_takes_the_place_of_the_planned_one(shop: Shop, declined: tuple[UUID, UUID, UUID]) -> None:
    customer, payment, method = declined
    row = payments.public_payment(payment)
    assert row["next_try_date"] == in_days(5)
    assert days_to_choose(row, today=in_days(0)) == (in_days(1), in_days(7))
    contact = Actor(
        kind="contact",
        id="jo",
        label="Jo",
        permissions=frozenset({Permission.COLLECT_PAYMENTS}),
        scope=("customer", customer),
    )
    shape = chosen(shop, payment, in_days(2), actor=contact)
    assert shape["next_try_date"] == in_days(2).isoformat()
    assert [each["action"] for each in trail_of(payment)][-1] == "plan_retry"
    assert payments.timeline(payment)[-1]["detail"] == {"day": in_days(2).isoformat()}
    behave(shop, method, "success")
    assert run(shop, days=1) == 0
    assert run(shop, days=2) == 1
    assert payments.payment(payment)["status"] == "completed"
    assert run(shop, days=5) == 0
    assert shop.charges() == [10680]


@pytest.mark.parametrize("days", [-1, 0, 8, 400])
def test_a_day_out_of_bounds_is_refused(shop: Shop, declined: tuple[UUID, UUID, UUID], days: int) -> None:
    _, payment, _ = declined
    with pytest.raises(InvalidField):
        chosen(shop, payment, in_days(days))
    assert payments.public_payment(payment)["next_try_date"] == in_days(5)


def test_the_business_sets_the_bounds(shop: Shop, declined: tuple[UUID, UUID, UUID]) -> None:
    _, payment, _ = declined
    with transaction():
        settings_store.put(CHOSEN_DAYS, 0)
    assert days_to_choose(payments.public_payment(payment), today=in_days(0)) is None
    with pytest.raises(InvalidField):
        chosen(shop, payment, in_days(1))


def test_what_nobody_would_charge_has_no_day(shop: Shop, declined: tuple[UUID, UUID, UUID]) -> None:
    customer, payment, _ = declined
    pending = shop.expected_payment(shop.invoice(customer, 100, day=YESTERDAY))["id"]
    with pytest.raises(RetryNotPlanned):
        chosen(shop, pending, in_days(1))
    autopay.end(actor=shop.staff, at=at(), customer_id=customer)
    assert days_to_choose(payments.public_payment(payment), today=in_days(0)) is None
    with pytest.raises(RetryNotPlanned):
        chosen(shop, payment, in_days(1))


def test_anothers_payment_is_not_there_and_looking_is_not_enough(shop: Shop, declined: tuple[UUID, UUID, UUID]) -> None:
    _, payment, _ = declined
    other = shop.customer(day=YESTERDAY)
    for scope, permissions, error in (
        (("customer", other), frozenset({Permission.COLLECT_PAYMENTS}), NotFound),
        (None, frozenset({Permission.VIEW}), NotAllowed),
    ):
        actor = Actor(kind="api_key", id="k", label="K", permissions=permissions, scope=scope)
        with pytest.raises(error):
            chosen(shop, payment, in_days(1), actor=actor)
    assert payments.public_payment(payment)["next_try_date"] == in_days(5)


def test_a_try_by_hand_takes_the_chosen_day_away(shop: Shop, declined: tuple[UUID, UUID, UUID]) -> None:
    _, payment, _ = declined
    chosen(shop, payment, in_days(2))
    shape = collect.retry(
        actor=shop.staff, at=at(), payment_id=payment, account_id=shop.account_id, return_url="http://x.example"
    )
    attempt = shape["attempts"][-1]
    # While it is under way nothing is charged, whatever day it is.
    assert run(shop, days=2) == 0
    pay(attempt["action_url"], "4000000000009995")
    collect.ask(attempt_id=uid("att", attempt["id"]), at=at())
    assert [state for state, _ in tries(payment)] == ["declined", "declined"]
    # The plan of the business is what is left.
    assert payments.public_payment(payment)["next_try_date"] == in_days(5)
