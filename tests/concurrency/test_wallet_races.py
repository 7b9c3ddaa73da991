"""Purchases, credits and take-backs of one wallet at once: no credit is drawn twice, and the books balance."""

import threading
from collections.abc import Callable
from functools import partial
from itertools import count
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.transactions import transaction
from tallystick.payments import queries as payments
from tallystick.usecases import allocate, charge, enrol, frame
from tallystick.usecases.record import Part
from tallystick.wallets import operations as wallets
from tests.concurrency.race import at_once, connections_for, race, until_somebody_waits
from tests.conftest import OwnDatabase
from tests.scenarios.conftest import World, at
from tests.scenarios.prepaid import Prepaid

THREADS = 20


@pytest.fixture
def prepaid(own_database: OwnDatabase) -> Any:
    with connections_for(THREADS):
        yield Prepaid(World())


def test_many_purchases_at_once_draw_each_cent_once(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 500)
    prepaid.receive(customer, 500)
    finish = at_once(THREADS, lambda: prepaid.buy(customer, 70))
    assert (len(finish.results), finish.refusals.total()) == (THREADS, 0)
    assert prepaid.wallet(customer) == 1000 - 70 * THREADS
    assert prepaid.lots(customer) == [("paid", 0, 500), ("paid", 0, 500)]


def test_the_same_purchase_reported_by_many_threads_is_charged_once(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 500)
    finish = at_once(THREADS, lambda: prepaid.buy(customer, 70, external_id="cdr-1"))
    assert (len(finish.results), finish.refusals) == (1, {"ChargeReportedBefore": THREADS - 1})
    assert prepaid.wallet(customer) == 430


def test_the_first_purchases_of_a_customer_open_one_wallet(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    finish = at_once(THREADS, lambda: prepaid.buy(customer, 10))
    assert (len(finish.results), prepaid.wallet(customer)) == (THREADS, -10 * THREADS)


def test_a_purchase_is_credited_once(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 500)
    bought = prepaid.buy(customer, 300)
    finish = at_once(THREADS, lambda: prepaid.credit(bought))
    assert (len(finish.results), finish.refusals) == (1, {"ChargeOvercredited": THREADS - 1})
    assert prepaid.lots(customer) == [("paid", 500, 500)]


def test_an_invoice_and_purchases_draw_each_cent_once(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 1000)
    invoice = prepaid.world.invoice(customer, 500)
    acts: list[Callable[[], Any]] = [partial(prepaid.buy, customer, 300)] * 3
    finish = race(*acts, *[partial(prepaid.pay_from_wallet, invoice)] * 3)
    paid = 600 - prepaid.world.owes(customer)
    assert paid in {0, 600}
    assert len(finish.results) == 3 + (paid == 600)
    assert prepaid.wallet(customer) == 1000 - 900 - paid


def test_usage_is_invoiced_once(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.buy(customer, 500)
    finish = at_once(4, lambda: prepaid.invoice_usage(customer))
    assert (len(finish.results), finish.refusals) == (1, {"NothingUsedBeyond": 3})
    assert (prepaid.wallet(customer), prepaid.world.owes(customer)) == (0, 500)


def test_a_voucher_is_redeemed_once_by_whoever_is_first(prepaid: Prepaid) -> None:
    customers = [prepaid.customer(f"Callers {number} Ltd") for number in range(4)]
    code = prepaid.code()
    turns = count()
    finish = at_once(THREADS, lambda: prepaid.redeem(customers[next(turns) % 4], code))
    assert (len(finish.results), finish.refusals) == (1, {"VoucherUsed": THREADS - 1})
    assert sum(prepaid.wallet(each) for each in customers) == 1000


def test_a_shared_voucher_is_redeemed_as_often_as_it_may_and_once_by_each(prepaid: Prepaid) -> None:
    customers = [prepaid.customer(f"Callers {number} Ltd") for number in range(4)]
    code = prepaid.code(uses_per_voucher=3, uses_per_customer=1)
    turns = count()
    finish = at_once(THREADS, lambda: prepaid.redeem(customers[next(turns) % 4], code))
    assert (len(finish.results), finish.refusals.total()) == (3, THREADS - 3)
    assert sorted(prepaid.wallet(each) for each in customers) == [0, 1000, 1000, 1000]


def test_a_top_up_is_spent_or_taken_back_and_never_both(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    payment = prepaid.receive(customer, 500)

    def reverse() -> Any:
        return allocate.reverse_payment(
            actor=prepaid.world.staff, at=at("2026-01-12"), payment_id=payment, reason="Wrong"
        )

    acts: list[Callable[[], Any]] = [reverse, *[partial(prepaid.buy, customer, 100)] * 5]
    race(*acts)
    reversed_ = payments.payment(payment)["reversed_at"] is not None
    assert prepaid.wallet(customer) == (0 if reversed_ else 500) - 500
    assert prepaid.lots(customer) == ([] if reversed_ else [("paid", 0, 500)])


def test_money_that_comes_and_money_that_moves_never_wait_for_one_another_in_a_circle(
    prepaid: Prepaid, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The database breaks a circle off, and the act would be run anew: here it is not.
    monkeypatch.setattr(frame, "TRIES", 1)
    world = prepaid.world
    for _round in range(4):
        customer = prepaid.customer(is_prepaid=False)
        invoices = [world.invoice(customer, 100) for _ in range(4)]
        credits_ = [prepaid.receive(customer, 100) for _ in range(4)]
        enrol.change_customer(
            actor=world.staff, at=at("2026-01-02"), customer_id=customer, changes={"is_prepaid": True}
        )
        prepaid.receive(customer, 1000)
        acts: list[Callable[[], Any]] = []
        for invoice, payment in zip(invoices, credits_, strict=True):
            request = prepaid.request(customer, 100)
            part = Part(invoice_id=request, amount_minor=100)
            top_up: dict[str, Any] = {"payment_id": payment, "parts": [part]}
            acts += [
                partial(prepaid.receive, customer, 100),
                partial(allocate.allocate_payment, actor=world.staff, at=at("2026-01-12"), **top_up),
                partial(prepaid.buy, customer, 10),
                partial(prepaid.pay_from_wallet, invoice, 60),
                partial(prepaid.receive, customer, 60, invoice=invoice),
            ]
        finish = race(*acts)
        assert (len(finish.results), finish.refusals.total()) == (len(acts), 0)
        assert (world.owes(customer), world.credit(customer)) == (0, 0)
        assert prepaid.wallet(customer) == 1000 + 400 + 400 - 40 - 240


def test_a_purchase_waits_for_the_one_before_it(prepaid: Prepaid) -> None:
    customer = prepaid.customer()
    prepaid.receive(customer, 500)
    locked = threading.Event()
    in_order: list[str] = []

    def first() -> None:
        with transaction():
            wallets.locked(customer, "EUR")
            locked.set()
            until_somebody_waits()
            in_order.append("first")

    def second() -> UUID:
        assert locked.wait(30)
        bought = prepaid.buy(customer, 100)
        in_order.append("second")
        return bought

    race(first, second)
    assert in_order == ["first", "second"]
    assert charge.queries.available(customer, "EUR", day=at("2026-01-12").date()) == 400
