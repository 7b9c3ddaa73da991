"""Bill runs at the same time: two workers, two runs, and people who act meanwhile (S46, S47)."""

import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest
from django.db import connection

from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.subscriptions import operations as subscriptions
from tallystick.subscriptions.turning import turn
from tallystick.usecases import bill, bill_run, notify_coming
from tallystick.usecases.bill_run import InOtherHands, Outcome
from tests.concurrency.race import connections_for, race
from tests.conftest import OwnDatabase
from tests.scenarios.conftest import at, uid
from tests.scenarios.subscribers import Subscribers, rows

DAY = "2026-03-01"
MANY = 60


@pytest.fixture
def world(own_database: OwnDatabase) -> Iterator[Subscribers]:
    """A business in a database in which everything is committed."""
    with connections_for(10):
        yield Subscribers()


def crowd(world: Subscribers) -> list[UUID]:
    """This function will let many subscribe, a month before the run, some of them in groups; returns their ids."""
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2026, 1, 1), rate=Decimal("0.9"), source="Bank")
    prices = [world.price(), world.price(700, currency="USD"), world.price(1999, includes_tax=True)]
    made = []
    groups = [world.group(world.customer(f"Payer {n}"), day=1, first=DAY, name=f"Group {n}") for n in range(3)]
    for number in range(MANY):
        customer = world.customer(f"Customer {number}")
        in_group = number % 4 == 0
        if in_group:
            world.join(groups[number % 3], customer, "2026-01-01")
        start = "2026-02-10" if in_group else "2026-02-01"
        made.append(world.subscribe(customer, prices[number % len(prices)], start=start))
    return made


def begin(world: Subscribers) -> UUID:
    return uid("run", bill_run.begin_bill_run(actor=world.staff, at=at(DAY))["id"])


def go_on(world: Subscribers, run: UUID) -> int:
    """This function will do steps of a run, of three subscriptions each, until it has finished; returns how many."""
    steps = 0
    while (outcome := bill_run.step(actor=world.staff, at=at(DAY), run_id=run, limit=3)) is not Outcome.FINISHED:
        steps += outcome is Outcome.WENT_ON
    return steps


def books() -> dict[str, object]:
    """This function will return what was billed, told apart from ids and from who was quicker."""
    return {
        "numbers": [row[0] for row in rows("SELECT number FROM invoices_invoice ORDER BY number")],
        "periods": rows("SELECT subscription_id, period_start FROM subscriptions_billedperiod ORDER BY 1, 2"),
        "postings": rows(
            "SELECT account, side, currency, amount_minor, base_minor, customer_id FROM ledger_posting "
            "ORDER BY 1, 2, 3, 4, 5, 6"
        ),
        "expected": rows("SELECT customer_id, currency, total_minor FROM payments_payment ORDER BY 1, 2, 3"),
    }


def complete(world: Subscribers, made: list[UUID]) -> None:
    """This function will hold that each period was billed once, and each invoice has its number and its mail."""
    found = books()
    singles = [each for number, each in enumerate(made) if number % 4]
    members = [each for number, each in enumerate(made) if number % 4 == 0]
    wanted = {(each, date(2026, month, 1)) for each in singles for month in (2, 3)}
    wanted |= {(each, date(2026, 2, 10)) for each in members}
    assert found["periods"] == sorted(wanted)
    invoices = len(found["numbers"])
    assert found["numbers"] == [f"INV-2026-{number:05}" for number in range(1, invoices + 1)]
    mailed = "SELECT DISTINCT jsonb_array_elements(args -> 'invoice_ids') FROM procrastinate_jobs"
    assert len(rows(f"{mailed} WHERE task_name = 'mail.invoices'")) == invoices


def test_two_workers_share_a_run(world: Subscribers) -> None:
    made = crowd(world)
    run = begin(world)
    finish = race(*[lambda: go_on(world, run)] * 2)
    complete(world, made)
    assert min(finish.results) > 0
    shape = world.one_run(run)
    assert sum(each["periods"] for each in shape["billed"]) == len(rows("SELECT 1 FROM subscriptions_billedperiod"))


def test_s46_two_runs_at_once_and_invoices_by_hand_meanwhile(world: Subscribers) -> None:
    made = crowd(world)
    runs = [begin(world), begin(world)]
    other = world.customer("By hand Ltd")
    drafts = [world.draft(other, 500, day=DAY) for _ in range(10)]

    def by_hand() -> int:
        for draft in drafts:
            bill.issue_invoice(actor=world.staff, at=at(DAY), invoice_id=draft, sends_mail=False)
        return 0

    race(lambda: go_on(world, runs[0]), lambda: go_on(world, runs[1]), by_hand)
    assert len(rows("SELECT 1 FROM subscriptions_billedperiod")) == 45 * 2 + 15
    numbers = [row[0] for row in rows("SELECT number FROM invoices_invoice ORDER BY number")]
    assert numbers == [f"INV-2026-{number:05}" for number in range(1, len(numbers) + 1)]
    assert len(made) == MANY


def test_s47_who_is_paused_during_a_run_is_billed_before_or_not_at_all(world: Subscribers) -> None:
    made = crowd(world)
    run = begin(world)

    def pause() -> int:
        for each in reversed(made):
            with transaction():
                row = subscriptions.locked(each)
                subscriptions.pause(
                    row, from_date=date(2026, 3, 1), resume_date=None, today=date(2026, 3, 1), by="Ada", at=at(DAY)
                )
        return 0

    race(lambda: go_on(world, run), pause)
    world.run(DAY)
    late = rows("SELECT 1 FROM subscriptions_billedperiod WHERE period_start = '2026-03-01'")
    paused = rows("SELECT 1 FROM subscriptions_subscription WHERE state = 'paused'")
    assert len(rows("SELECT 1 FROM subscriptions_billedperiod WHERE period_start < '2026-03-01'")) == MANY
    assert (len(paused), len(late) <= 45) == (MANY, True)


def test_a_run_does_not_finish_while_another_worker_lets_a_trial_end(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(), start="2026-01-01", billing_start=DAY, today="2026-01-01")
    run = begin(world)
    turned, asked = threading.Event(), threading.Event()

    def let_it_end() -> str:
        with transaction():
            assert turn(date.fromisoformat(DAY), at=at(DAY), by="Another worker") == 1
            turned.set()
            # The other one waits for this row by now.
            asked.wait(20)
            time.sleep(0.5)
        return "turned"

    def looks() -> Outcome:
        turned.wait(20)
        asked.set()
        return bill_run.step(actor=world.staff, at=at(DAY), run_id=run)

    finish = race(let_it_end, looks)
    assert set(finish.results) == {"turned", Outcome.WAITING}
    go_on(world, run)
    assert books()["numbers"] == ["INV-2026-00001"]


def test_a_worker_waits_for_what_is_in_other_hands(world: Subscribers) -> None:
    subscription = world.subscribe(world.customer(), world.price(), start=DAY)
    run = begin(world)
    held, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction():
            subscriptions.locked(subscription)
            held.set()
            done.wait(20)
        connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    held.wait(20)
    bill_run.work(run_id=run, number=1, at=at(DAY))
    done.set()
    holder.join(20)
    ((scheduled,),) = rows("SELECT scheduled_at FROM procrastinate_jobs WHERE task_name = 'billing.work'")
    assert scheduled == at(DAY) + bill_run.PAUSE
    bill_run.work(run_id=run, number=1, at=at(DAY))
    assert (len(books()["numbers"]), world.one_run(run)["finished_at"] is not None) == (1, True)  # type: ignore[arg-type]


def test_what_somebody_holds_is_announced_when_it_is_free_again(world: Subscribers) -> None:
    ida = world.customer("Ida", kind="individual")
    held, _free = (world.subscribe(ida, world.price(net), start=DAY) for net in (1000, 2000))
    begun, done = threading.Event(), threading.Event()

    def hold() -> None:
        with transaction():
            subscriptions.locked(held)
            begun.set()
            done.wait(30)

    def announce() -> None:
        begun.wait(30)
        try:
            # A notice without one of the two would say too little, and be the only one.
            with pytest.raises(InOtherHands):
                notify_coming.write(payer_ids=[ida], at=at("2026-02-22"))
        finally:
            done.set()

    race(hold, announce)
    assert rows("SELECT count(*) FROM correspondence_message") == [(0,)]
    assert notify_coming.write(payer_ids=[ida], at=at("2026-02-22")) == 1
    ((text,),) = rows("SELECT text_body FROM correspondence_message")
    assert "Expected total: €36.00" in text


def test_two_workers_at_the_same_notice_send_one(world: Subscribers) -> None:
    ida = world.customer("Ida", kind="individual")
    world.subscribe(ida, world.price(1000), start=DAY)

    def announce() -> None:
        while True:
            with suppress(InOtherHands):
                notify_coming.write(payer_ids=[ida], at=at("2026-02-22"))
                return

    race(announce, announce, announce)
    assert rows("SELECT count(*) FROM correspondence_message") == [(1,)]
