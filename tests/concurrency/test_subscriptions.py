"""People who act on one subscription at the same time, and beside a bill run."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from tallystick.subscriptions import queries
from tallystick.usecases import bill_run, change_plan, subscribe, unsubscribe
from tests.concurrency.race import at_once, connections_for, race
from tests.conftest import OwnDatabase
from tests.scenarios.conftest import at, uid
from tests.scenarios.subscriptions import Shop

pytestmark = pytest.mark.processes
DAY = "2026-01-17"


@pytest.fixture
def shop(own_database: OwnDatabase) -> Iterator[Shop]:
    """A business in a database in which everything is committed."""
    with connections_for(10):
        yield Shop()


def test_a_draft_is_activated_and_billed_once(shop: Shop) -> None:
    made = subscribe.create_subscription(
        actor=shop.staff,
        at=at("2026-01-01"),
        customer_id=shop.customer(),
        price_id=shop.price(),
        start_date=date(2026, 1, 1),
    )
    subscription = uid("sub", made["id"])
    done = at_once(
        6,
        lambda: subscribe.activate_subscription(actor=shop.staff, at=at("2026-01-01"), subscription_id=subscription),
    )
    assert (len(done.results), done.refusals) == (1, {"SubscriptionTransitionRefused": 5})
    assert len(queries.invoice_ids(subscription)) == 1


def test_a_change_that_many_confirm_is_billed_once(shop: Shop) -> None:
    customer = shop.customer()
    subscription = shop.agree(customer, shop.price(9300), "2026-01-01")
    told = shop.preview(subscription, DAY, quantity=Decimal(2))
    done = at_once(
        6,
        lambda: change_plan.change_plan(
            actor=shop.staff,
            at=at(DAY),
            subscription_id=subscription,
            quantity=Decimal(2),
            preview=told["preview"],
        ),
    )
    assert (len(done.results), done.refusals.total()) == (1, 5)
    assert set(done.refusals) <= {"PreviewOutOfDate", "InvalidField"}
    assert shop.owes(customer) == 11160 + 5400
    assert len(shop.periods(subscription)) == 2


def test_a_change_and_an_end_at_once_leave_one_story(shop: Shop) -> None:
    customer = shop.customer()
    subscription = shop.agree(customer, shop.price(9300), "2026-01-01")
    more = shop.preview(subscription, DAY, quantity=Decimal(2))
    over = shop.preview_end(subscription, DAY, credits_unused=True)
    done = race(
        lambda: change_plan.change_plan(
            actor=shop.staff,
            at=at(DAY),
            subscription_id=subscription,
            quantity=Decimal(2),
            preview=more["preview"],
        ),
        lambda: unsubscribe.cancel_subscription(
            actor=shop.staff,
            at=at(DAY),
            subscription_id=subscription,
            credits_unused=True,
            reason="Sent back",
            preview=over["preview"],
        ),
    )
    assert (len(done.results), done.refusals.total()) == (1, 1)
    ended = shop.row(subscription)["state"] == "cancelled"
    assert shop.owes(customer) == (5760 if ended else 11160 + 5400)


def test_a_bill_run_and_a_change_bill_no_day_twice(shop: Shop) -> None:
    customers = [shop.customer(f"Customer {number}") for number in range(6)]
    price = shop.price(9300)
    made = [shop.agree(customer, price, "2026-01-01") for customer in customers]
    run = uid("run", bill_run.begin_bill_run(actor=shop.staff, at=at("2026-02-01"))["id"])

    def double(subscription: UUID) -> None:
        told = shop.preview(subscription, "2026-02-01", quantity=Decimal(2))
        change_plan.change_plan(
            actor=shop.staff,
            at=at("2026-02-01"),
            subscription_id=subscription,
            quantity=Decimal(2),
            preview=told["preview"],
        )

    race(
        lambda: shop.go_on(run, at("2026-02-01"), limit=2),
        *(lambda subscription=each: double(subscription) for each in made),
    )
    shop.go_on(run, at("2026-02-01"))
    for customer, subscription in zip(customers, made, strict=True):
        days = [each for each in shop.periods(subscription) if each[0] < each[1]]
        assert days == [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]
        # Whoever was first: February costs what the plan says in the end.
        doubled = shop.row(subscription)["quantity"] == 2
        assert shop.owes(customer) == 11160 + (22320 if doubled else 11160)
