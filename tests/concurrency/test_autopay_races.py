"""Autopay in many threads at once: everything is charged once, and nothing after the agreement ended."""

import threading
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from tallystick.interfaces.jobs.autopay import charge
from tallystick.payments import autopay_queries
from tallystick.payments import queries as payments
from tallystick.usecases import autopay, autopay_run, collect, methods
from tallystick.usecases import tries as room
from tallystick.usecases.autopay_run import NotCharged
from tests.concurrency.conftest import THREADS
from tests.concurrency.race import at_once, race, until_somebody_waits
from tests.usecases.autopay_stories import agree, behave, card, in_days, subscriber, tries
from tests.usecases.shop import YESTERDAY, Shop, at

NOT_AGAIN = {NotCharged.SETTLED, NotCharged.IN_PROGRESS}


def due(shop: Shop, customer: UUID, count: int = 1) -> list[UUID]:
    """This function will issue invoices that are due, and return their expected payments."""
    return [shop.expected_payment(shop.invoice(customer, day=YESTERDAY))["id"] for _ in range(count)]


def test_one_hundred_threads_charge_the_same_payment_once(shop: Shop) -> None:
    customer, _ = subscriber(shop)
    (expected,) = due(shop, customer)
    finish = at_once(THREADS, lambda: autopay_run.charge(payment_id=expected, at=at()))
    assert finish.results.count(None) == 1
    assert set(finish.results) - {None} <= NOT_AGAIN
    assert (finish.refusals.total(), shop.charges(), len(tries(expected))) == (0, [10680], 1)
    assert (shop.owes(customer), shop.credit(customer), shop.clearing_agrees()) == (0, 0, True)


def test_two_runs_at_once_charge_everything_once(shop: Shop) -> None:
    customers = [subscriber(shop)[0] for _ in range(3)]
    for customer in customers:
        due(shop, customer, 4)
    runs = at_once(2, lambda: autopay_run.run(at=at()))
    assert runs.results == [12, 12], "both find everything"
    waiting = shop.mails("autopay.charge")
    assert len(waiting) == 2
    race(*[partial(charge, **each) for each in waiting] * 2)
    assert shop.charges() == [10680] * 12
    assert [(shop.owes(customer), shop.credit(customer)) for customer in customers] == [(0, 0)] * 3
    assert shop.clearing_agrees()


def test_a_declined_charge_in_two_runs_is_one_try(shop: Shop) -> None:
    customer, method = subscriber(shop)
    (expected,) = due(shop, customer)
    behave(shop, method, "insufficient_funds")
    at_once(20, lambda: autopay_run.charge(payment_id=expected, at=at()))
    assert tries(expected) == [("declined", "insufficient_funds")]
    assert payments.payment(expected)["next_try_date"] == in_days(1)


def test_s38_the_customer_pays_while_autopay_runs(shop: Shop) -> None:
    customer, method = subscriber(shop)
    expected = due(shop, customer, 5)

    def pays(payment_id: UUID) -> Any:
        invoice = payments.payment(payment_id)["invoice_id"]
        return shop.collect(customer, invoice, method_id=method)

    acts = [
        act for each in expected for act in (partial(autopay_run.charge, payment_id=each, at=at()), partial(pays, each))
    ]
    finish = race(*acts * 3)
    assert set(finish.refusals) <= {"PaymentInProgress", "InvoiceNotOpen"}
    assert shop.charges() == [10680] * 5
    assert (shop.owes(customer), shop.credit(customer), shop.clearing_agrees()) == (0, 0, True)


def test_nothing_is_begun_once_the_end_of_an_agreement_is_committed(shop: Shop) -> None:
    customers = [subscriber(shop)[0] for _ in range(8)]
    expected = [due(shop, customer)[0] for customer in customers]
    ended: dict[UUID, Any] = {}

    def ends(customer: UUID) -> None:
        autopay.end(actor=shop.staff, at=at(), customer_id=customer)
        ended[customer] = at()

    race(
        *(partial(autopay_run.charge, payment_id=each, at=at()) for each in expected),
        *(partial(ends, customer) for customer in customers),
    )
    for customer, each in zip(customers, expected, strict=True):
        assert autopay_queries.agreement(customer) is None
        was_charged = payments.payment(each)["status"] == "completed"
        assert len(payments.attempts(each)) == was_charged, "begun before the end, and then finished, or never begun"
        assert autopay_run.charge(payment_id=each, at=at()) in {NotCharged.SETTLED, NotCharged.ENDED}
    assert len(shop.charges()) == sum(payments.payment(each)["status"] == "completed" for each in expected)


def test_an_end_waits_until_the_charge_that_begins_is_written_down(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    customer, _ = subscriber(shop)
    (expected,) = due(shop, customer)
    begin, begins = room.begin, threading.Event()
    held: list[bool] = []

    def slow(*args: Any, **kwargs: Any) -> Any:
        answer = begin(*args, **kwargs)
        begins.set()
        until_somebody_waits()
        held.append(autopay_queries.agreement(customer) is not None)
        return answer

    def end() -> None:
        assert begins.wait(30)
        autopay.end(actor=shop.staff, at=at(), customer_id=customer)

    monkeypatch.setattr(room, "begin", slow)
    race(partial(autopay_run.charge, payment_id=expected, at=at()), end)
    assert (held, shop.charges(), autopay_queries.agreement(customer)) == ([True], [10680], None)


def test_a_charge_waits_for_an_end_that_is_under_way_and_is_not_begun(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallystick.payments import autopay as room

    customer, _ = subscriber(shop)
    (expected,) = due(shop, customer)
    end, ends = room.end, threading.Event()

    def slow(*args: Any, **kwargs: Any) -> Any:
        answer = end(*args, **kwargs)
        ends.set()
        until_somebody_waits()
        return answer

    def charges() -> Any:
        assert ends.wait(30)
        return autopay_run.charge(payment_id=expected, at=at())

    monkeypatch.setattr(room, "end", slow)
    finish = race(partial(autopay.end, actor=shop.staff, at=at(), customer_id=customer), charges)
    assert NotCharged.ENDED in finish.results
    assert (shop.charges(), payments.attempts(expected)) == ([], [])


def test_a_card_that_is_removed_while_it_is_charged_leaves_no_half(shop: Shop) -> None:
    customers = [subscriber(shop) for _ in range(8)]
    expected = [due(shop, customer)[0] for customer, _ in customers]
    finish = race(
        *(partial(autopay_run.charge, payment_id=each, at=at()) for each in expected),
        *(partial(methods.remove, actor=shop.staff, at=at(), method_id=method) for _, method in customers),
    )
    # A card that was removed between the beginning and the order is not charged: the order never left.
    assert set(finish.refusals) <= {"NotFound"}
    collect.sweep(at=at(minutes=3))
    for (customer, _), each in zip(customers, expected, strict=True):
        assert payments.methods(customer) == []
        assert autopay_queries.agreement(customer) is None
        row = payments.payment(each)
        assert row["status"] in {"completed", "pending", "cancelled"}
        assert (shop.owes(customer), shop.credit(customer)) in {(0, 0), (10680, 0)}
    assert shop.clearing_agrees()


def test_one_hundred_threads_agree_and_one_agreement_holds(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    card(shop, customer)
    finish = at_once(THREADS, partial(agree, shop, customer))
    assert set(finish.refusals) <= {"AutopayAgreedAlready"}
    assert autopay_queries.agreement(customer) is not None
    assert len(autopay_queries.past_agreements(customer)) == len(finish.results) - 1


def test_one_hundred_threads_choose_a_default_and_remove_cards(shop: Shop) -> None:
    customer = shop.customer(day=YESTERDAY)
    cards = [card(shop, customer, number) for number in ("4242424242424242", "5555555555554444", "378282246310005")]
    agree(shop, customer, method_id=cards[0])
    acts = [partial(methods.make_default, actor=shop.staff, at=at(), method_id=each) for each in cards] * 20
    acts += [partial(methods.remove, actor=shop.staff, at=at(), method_id=each) for each in cards[:2]]  # type: ignore[misc]
    finish = race(*acts)
    assert set(finish.refusals) <= {"NotFound"}
    assert [(row["id"], row["is_default"]) for row in payments.methods(customer)] == [(cards[2], True)]
    assert autopay_queries.agreement(customer) is not None
