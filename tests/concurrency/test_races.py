"""One hundred threads at the same thing leave exactly one effect, and the books balance (the fixture checks)."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

from tallystick.foundation import settings_store
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.usecases import aims, allocate, bill, receive, record, refund
from tallystick.usecases.record import Part
from tests.concurrency.conftest import THREADS
from tests.concurrency.race import at_once, race, until_somebody_waits, wait_after
from tests.scenarios.conftest import uid
from tests.usecases.shop import Shop, at
from tests.usecases.test_unknown_outcomes import stored_card


def received(shop: Shop, customer: UUID | None, total_minor: int) -> UUID:
    """This function will record money that came, and return its payment."""
    shape = record.record_payment(
        actor=shop.staff, at=at(), customer_id=customer, total_minor=total_minor, currency="EUR", method="cash"
    )
    return uid("pay", shape["id"])


def test_one_hundred_threads_pay_the_same_invoice(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = stored_card(shop, customer)
    finish = at_once(THREADS, lambda: shop.collect(customer, invoice, method_id=method))
    assert len(finish.results) == 1
    assert set(finish.refusals) <= {"PaymentInProgress", "InvoiceNotOpen"}
    assert (shop.charges(), shop.standing(invoice)) == ([10680], ("issued", 0))
    assert (shop.owes(customer), shop.credit(customer), shop.clearing_agrees()) == (0, 0, True)


def test_s37_one_hundred_repeats_of_one_click_have_one_answer(shop: Shop) -> None:
    customer, invoice = shop.bill()
    method = stored_card(shop, customer)
    pay = partial(shop.collect, customer, invoice, method_id=method, idempotency_key="click")
    finish = at_once(THREADS, pay)
    assert {result["id"] for result in finish.results} == {pay()["id"]}
    assert (finish.refusals.total(), shop.charges(), pay()["status"]) == (0, [10680], "completed")


def test_s41_one_hundred_threads_allocate_the_same_payment_to_two_invoices(shop: Shop) -> None:
    customer, first = shop.bill()
    second = shop.invoice(customer)
    payment = received(shop, customer, 10680)

    def give(invoice: UUID) -> Any:
        return allocate.allocate_payment(
            actor=shop.staff, at=at(), payment_id=payment, parts=[Part(invoice_id=invoice, amount_minor=10680)]
        )

    finish = race(*[partial(give, first), partial(give, second)] * (THREADS // 2))
    assert len(finish.results) == 1
    assert sorted([shop.standing(first), shop.standing(second)]) == [("issued", 0), ("issued", 10680)]
    row = payments.payment(payment)
    assert (row["allocated_minor"], row["unallocated_minor"]) == (10680, 0)


def test_s13_s45_one_hundred_threads_replay_the_same_message_and_its_job(shop: Shop) -> None:
    customer, invoice = shop.bill()
    shop.customer_pays(shop.collect(customer, invoice))
    (post,) = shop.posts()

    finish = at_once(THREADS, lambda: shop.receive(post)[0])

    assert (sorted(finish.results), finish.refusals.total()) == ([0] * (THREADS - 1) + [1], 0)
    with connection.cursor() as cursor:
        cursor.execute("SELECT args ->> 'message_id' FROM procrastinate_jobs WHERE task_name LIKE 'gateways.%'")
        ((message,),) = cursor.fetchall()
    done = at_once(40, lambda: receive.handle_message(message_id=UUID(message), at=at()))
    assert (done.results, len(shop.mails())) == (["handled"] * 40, 1)
    assert (shop.charges(), shop.standing(invoice), shop.clearing_agrees()) == ([10680], ("issued", 0), True)


def test_s39_refunds_at_once_never_exceed_what_came(shop: Shop) -> None:
    customer, invoice, payment = shop.paid(10000)
    del invoice
    give_back = partial(
        refund.refund_payment,
        actor=shop.staff,
        at=at(),
        payment_id=payment,
        amount_minor=7000,
        reason="Paid twice",
        still_owed=True,
    )
    finish = at_once(20, give_back)
    assert (len(finish.results), dict(finish.refusals)) == (1, {"NothingToRefundFrom": 19})
    assert (shop.refunds(), shop.owes(customer)) == ([7000], 7000)
    assert payments.payment(payment)["allocated_minor"] == 5000


def test_s42_money_never_comes_to_lie_on_a_void_invoice(shop: Shop) -> None:
    customer, invoice = shop.bill()
    payment = received(shop, customer, 10680)

    def give() -> str:
        parts = [Part(invoice_id=invoice, amount_minor=10680)]
        allocate.allocate_payment(actor=shop.staff, at=at(), payment_id=payment, parts=parts)
        return "allocated"

    def void() -> str:
        bill.void_invoice(actor=shop.staff, at=at(), invoice_id=invoice, reason="Wrong customer")
        return "void"

    (won,) = race(*[give, void] * 10).results
    row = invoices.invoice(invoice)
    assert (row["state"], row["allocated_minor"]) == (("issued", 10680) if won == "allocated" else ("void", 0))
    assert shop.credit(customer) == (0 if won == "allocated" else 10680)


def test_s42_an_allocation_and_a_credit_note_share_an_invoice_without_overpaying_it(shop: Shop) -> None:
    customer, invoice = shop.bill()
    payment = received(shop, customer, 10680)
    parts = [Part(invoice_id=invoice, amount_minor=6680)]
    race(
        *[
            lambda: allocate.allocate_payment(actor=shop.staff, at=at(), payment_id=payment, parts=parts),
            lambda: bill.issue_credit_note(actor=shop.staff, at=at(), invoice_id=invoice, reason="Late"),
        ]
        * 5
    )
    row = invoices.invoice(invoice)
    assert row["allocated_minor"] + row["credited_minor"] <= 10680
    assert (row["open_minor"], shop.credit(customer)) == (0, 10680)


def test_s44_a_refund_takes_what_is_left_of_a_payment_that_is_unassigned_at_once(shop: Shop) -> None:
    customer = shop.customer()
    payment = received(shop, customer, 10000)
    give_back = partial(
        refund.refund_payment,
        actor=shop.staff,
        at=at(),
        payment_id=payment,
        amount_minor=6000,
        reason="Paid twice",
        still_owed=True,
        method="cash",
    )
    race(give_back, give_back, partial(allocate.unassign_payment, actor=shop.staff, at=at(), payment_id=payment))
    row = payments.payment(payment)
    assert (row["refunded_minor"], row["unallocated_minor"], row["customer_id"]) == (6000, 4000, None)
    assert shop.credit(customer) == 0


def test_s50_the_limit_of_assignment_edits_holds(shop: Shop) -> None:
    customer = shop.customer()
    payment = received(shop, customer, 500)
    take = partial(allocate.unassign_payment, actor=shop.staff, at=at(), payment_id=payment)
    give = partial(allocate.assign_payment, actor=shop.staff, at=at(), payment_id=payment, customer_id=customer)
    done = sum(len(race(*[take, give] * 10).results) for _ in range(4))
    row = payments.payment(payment)
    assert (row["assignment_edits"], done) == (5, 4)
    assert row["customer_id"] == customer


def test_s50_without_row_locks_the_database_alone_counts_the_last_edit(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallystick.payments import operations

    payment = received(shop, None, 500)
    with transaction():
        settings_store.put(payments.ASSIGNMENT_EDITS, 1)
    give = partial(allocate.assign_payment, actor=shop.staff, at=at(), payment_id=payment)
    mine, theirs = shop.customer("Mine Ltd"), shop.customer("Theirs Ltd")
    # Each of the two has found the payment in suspense before the other goes on.
    with monkeypatch.context() as patch:
        wait_after(patch, operations, "locked", parties=2)
        finish = race(partial(give, customer_id=mine), partial(give, customer_id=theirs), locks=False)
    assert (len(finish.results), dict(finish.refusals)) == (1, {"PaymentInUse": 1})
    row = payments.payment(payment)
    assert (row["assignment_edits"], shop.credit(row["customer_id"])) == (1, 500)


def test_a_payment_that_waits_for_its_customer_keeps_no_receipt_number_from_others(shop: Shop) -> None:
    busy, other = shop.customer("Busy Ltd"), shop.customer("Other Ltd")
    received(shop, busy, 100)
    with ThreadPoolExecutor() as threads:
        with transaction(), connection.cursor() as cursor:
            cursor.execute("SELECT FROM ledger_customerbalance WHERE customer_id = %s FOR UPDATE", [busy])
            waiting = threads.submit(race, partial(received, shop, busy, 200))
            until_somebody_waits()
            (free,) = race(partial(received, shop, other, 300)).results
        (late,) = waiting.result().results
    numbers = [payments.payment(each)["receipt_number"][-5:] for each in (free, late)]
    assert numbers == ["00002", "00003"]


@pytest.mark.parametrize("held_by", ["the database", "nothing"])
def test_s51_without_row_locks_the_index_alone_holds_and_without_it_money_is_taken_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, held_by: str
) -> None:
    customer, invoice = shop.bill()
    other = shop.invoice(customer, 100)
    method = stored_card(shop, customer)
    if held_by == "nothing":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE allocations_reservation DROP CONSTRAINT allocations_reservation_pkey")
    # Each of the two has looked for a running payment and found none before the other goes on.
    with monkeypatch.context() as patch:
        wait_after(patch, aims, "holders", parties=2)
        finish = race(
            lambda: shop.collect(customer, invoice, method_id=method),
            lambda: shop.collect(customer, invoice, other, method_id=method),
            locks=False,
        )
    took = len(shop.charges())
    if held_by == "nothing":
        assert (len(finish.results), took) == (2, 2), "this test can see what it is there to prevent"
    else:
        assert (len(finish.results), dict(finish.refusals), took) == (1, {"PaymentInProgress": 1}, 1)


@pytest.mark.parametrize("held_by", ["the database", "nothing"])
def test_s51_without_row_locks_the_check_alone_keeps_a_payment_from_being_spent_twice(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, held_by: str
) -> None:
    from tallystick.allocations import operations

    customer, first = shop.bill()
    second = shop.invoice(customer)
    payment = received(shop, customer, 10680)
    if held_by == "nothing":
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE payments_payment DROP CONSTRAINT payment_is_not_overspent")

    def give(invoice: UUID) -> Any:
        parts = [Part(invoice_id=invoice, amount_minor=10680)]
        return allocate.allocate_payment(actor=shop.staff, at=at(), payment_id=payment, parts=parts)

    with monkeypatch.context() as patch:
        wait_after(patch, operations, "_lock_source", parties=2)
        finish = race(partial(give, first), partial(give, second), locks=False)
    spent = payments.payment(payment)["allocated_minor"]
    if held_by == "nothing":
        assert (len(finish.results), spent) == (2, 21360), "this test can see what it is there to prevent"
    else:
        assert (len(finish.results), dict(finish.refusals), spent) == (1, {"PaymentOverspent": 1}, 10680)
