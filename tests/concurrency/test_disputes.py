"""Two at once at the same money of one payment: a dispute that is lost, and whatever else would take it."""

from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tallystick.allocations.queries import standing_allocations
from tallystick.payments import dispute_queries
from tallystick.payments import queries as payments
from tallystick.usecases import allocate, dispute, refund, settle_dispute
from tests.concurrency.race import at_once, race
from tests.scenarios.conftest import uid
from tests.usecases.disputing import counters, decide, dispute_at_gateway
from tests.usecases.shop import Shop, at


def opened(shop: Shop, payment: UUID, **more: Any) -> UUID:
    """This function will have staff record a dispute, and return its id."""
    made = dispute.open_dispute(actor=shop.staff, at=at(), payment_id=payment, **more)
    return uid("dsp", made["id"])


def pay_back(shop: Shop, payment: UUID, amount: int) -> Any:
    """This function will pay a part back by hand."""
    return refund.refund_payment(
        actor=shop.staff,
        at=at(),
        payment_id=payment,
        amount_minor=amount,
        reason="Paid twice",
        still_owed=True,
        method="cash",
    )


def lose(shop: Shop, dispute_id: UUID) -> Any:
    """This function will lose a dispute by hand."""
    return dispute.lose_dispute(actor=shop.staff, at=at(), dispute_id=dispute_id)


@pytest.mark.parametrize("locks", [True, False])
def test_the_same_money_is_not_lost_and_refunded(shop: Shop, *, locks: bool) -> None:
    _, _, payment = shop.paid()
    of_it = opened(shop, payment)
    finish = race(partial(lose, shop, of_it), *[partial(pay_back, shop, payment, 10680)] * 3, locks=locks)
    assert len(finish.results) <= 1
    assert set(finish.refusals) <= {
        "NothingToRefundFrom",
        "PaymentDisputed",
        "PaymentOverspent",
        "NotFound",
        "DisputeTransitionRefused",
    }
    if finish.results:
        assert counters(payment) == (0, 0, 0, 10680)


def test_a_refund_and_a_dispute_about_the_same_money_at_once(shop: Shop) -> None:
    _, _, payment = shop.paid()
    finish = race(partial(opened, shop, payment), partial(pay_back, shop, payment, 10680))
    row = dispute_queries.disputes_of(payment)[0]
    assert finish.results
    # Whoever was second sees the first: what went back is not blocked, what is blocked does not go back.
    if finish.refusals:
        assert (dict(finish.refusals), counters(payment)) == ({"NothingToRefundFrom": 1}, (10680, 0, 10680, 0))
    else:
        assert counters(payment) == (0, 0, 0, 0)
    lose(shop, row["id"])
    assert sum(counters(payment)) in {0, 10680}


def test_a_dispute_is_lost_once(shop: Shop) -> None:
    customer, invoice, payment = shop.paid()
    of_it = opened(shop, payment)
    finish = at_once(20, partial(lose, shop, of_it))
    assert (len(finish.results), dict(finish.refusals)) == (1, {"DisputeTransitionRefused": 19})
    assert (counters(payment), shop.owes(customer)) == ((0, 0, 0, 10680), 10680)
    assert shop.standing(invoice) == ("issued", 10680)


def test_the_same_news_at_once_are_booked_once(shop: Shop) -> None:
    _, _, payment = shop.paid()
    decide(shop, dispute_at_gateway(shop, payment), "lost")
    (facts,) = shop.gateway.disputes(_reference(payment))
    tell = partial(settle_dispute.settle_dispute, payment_id=payment, account_id=shop.account_id, facts=facts, at=at())
    finish = at_once(20, tell)
    assert (finish.results, finish.refusals.total()) == ([""] * 20, 0)
    assert (counters(payment), shop.clearing_agrees()) == ((0, 0, 0, 10680), True)


def test_a_release_and_a_loss_at_once_leave_the_invoice_open_once(shop: Shop) -> None:
    customer, invoice, payment = shop.paid()
    of_it = opened(shop, payment, amount_minor=4000)
    (part,) = standing_allocations(payment)
    release = partial(allocate.release_allocation, actor=shop.staff, at=at(), allocation_id=part["id"])
    finish = race(partial(lose, shop, of_it), release)
    assert set(finish.refusals) <= {"PaymentDisputed", "NotFound"}
    assert counters(payment)[3] == 4000
    assert shop.standing(invoice)[1] == shop.owes(customer)


def _reference(payment: UUID) -> str:
    (attempt,) = payments.attempts(payment)
    return str(attempt["gateway_reference"])
