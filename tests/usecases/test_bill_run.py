"""The bill run as a use case: who may, what fails alone, what a preview says, what the trail and the mails tell."""

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from procrastinate.contrib.django import app

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.foundation import settings_store
from tallystick.foundation.errors import InvalidField, NotAllowed, NotFound
from tallystick.foundation.permissions import Actor
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import operations as ledger
from tallystick.ledger import periods
from tallystick.payments import queries as payments
from tallystick.subscriptions import run_queries
from tallystick.subscriptions.bill_runs import NothingFailed, RunGoesOn
from tallystick.usecases import bill_run, enrol, notify, record
from tallystick.usecases.frame import ScopeTooNarrow
from tallystick.usecases.roles import Permission
from tests.api.conftest import row_counts
from tests.scenarios.conftest import actor, at, uid
from tests.scenarios.subscribers import Subscribers, bills, rows
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

DAY = "2026-03-01"


@pytest.fixture
def world(db: None) -> Subscribers:
    """A business with prices."""
    return Subscribers()


def dollars(world: Subscribers) -> None:
    """Enter the rate that was missing."""
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2026, 1, 1), rate=Decimal("0.9"), source="Bank")


def test_one_that_cannot_be_billed_is_reported_and_stops_no_other(world: Subscribers) -> None:
    good = [world.subscribe(world.customer(name), world.price(), start=DAY) for name in "AB"]
    no_rate = world.subscribe(world.customer("C"), world.price(currency="USD"), start=DAY)
    beyond = world.subscribe(world.customer("D"), world.price(10**15 // 2, tax=world.no_tax), start=DAY, quantity="1")
    world.set(beyond, quantity=Decimal(4000))

    shape = world.run(DAY)

    assert (shape["billed"][0]["invoices"], shape["failed"], shape["finished_at"] is not None) == (2, 2, True)
    told = {each["subscription"]: each for each in shape["failures"]}
    assert {uid("sub", subscription) for subscription in told} == {no_rate, beyond}
    assert told[f"sub_{no_rate.hex}"]["code"] == "no_exchange_rate"
    assert told[f"sub_{beyond.hex}"]["detail"] == "The amount of a line may not be beyond all measure."
    assert [world.column(each, "next_period_start") for each in (*good, no_rate, beyond)] == [
        date(2026, 4, 1),
        date(2026, 4, 1),
        date(2026, 3, 1),
        date(2026, 3, 1),
    ]
    assert [line[0] for line in bills()] == ["INV-2026-00001", "INV-2026-00002"]


def test_what_nobody_expected_stops_no_other_either(world: Subscribers) -> None:
    payer, member = world.customer("Payer AG"), world.customer("Member")
    world.join(world.group(payer, day=1, first=DAY), member, "2026-01-01")
    broken = [
        world.subscribe(world.customer("Broken"), world.price(), start=DAY),
        world.subscribe(member, world.price(), start="2026-02-10"),
    ]
    whole = [
        world.subscribe(world.customer("Whole"), world.price(), start=DAY),
        world.subscribe(member, world.price(), start="2026-02-10"),
    ]
    for each in broken:
        # PostgreSQL holds this to be above 0; arithmetic does not.
        world.set(each, quantity=Decimal("NaN"))
    shape = world.run(DAY)
    assert sorted(each["code"] for each in shape["failures"]) == ["group_is_incomplete", "not_planned", "not_planned"]
    assert rows("SELECT subscription_id FROM subscriptions_billedperiod ORDER BY 1") == sorted(
        (each,) for each in whole
    )


def test_what_only_the_database_refuses_is_found_among_the_others(world: Subscribers) -> None:
    price = world.price()
    all_of_them = [world.subscribe(world.customer(f"C{number}"), price, start="2026-02-01") for number in range(11)]
    world.run("2026-02-01")
    # Nothing in Python knows that these days were billed: somebody wrote past all of it.
    for twice in (all_of_them[3], all_of_them[8]):
        world.set(twice, next_period_start=date(2026, 2, 15))

    shape = world.run(DAY)

    assert (shape["billed"][0]["invoices"], shape["failed"]) == (9, 2)
    assert {each["code"] for each in shape["failures"]} == {"refused_by_database"}
    assert "no_day_is_billed_twice" in shape["failures"][0]["detail"]
    assert bills()[-1][0] == "INV-2026-00020", "no number was lost on the way"
    for twice in (all_of_them[3], all_of_them[8]):
        assert world.column(twice, "next_period_start") == date(2026, 2, 15)
        world.set(twice, next_period_start=date(2026, 3, 1))


def test_what_failed_is_tried_again_when_it_was_mended(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(currency="USD"), start=DAY)
    run = uid("run", world.run(DAY)["id"])
    dollars(world)
    again = bill_run.rerun_failed(actor=world.staff, at=at(DAY, 10), run_id=run)
    assert (again["finished_at"], again["failed"]) == (None, 0)
    with pytest.raises(RunGoesOn):
        bill_run.rerun_failed(actor=world.staff, at=at(DAY, 10), run_id=run)
    world.go_on(run, at(DAY, 10))
    shape = world.one_run(run)
    assert (shape["billed"][0]["currency"], shape["billed"][0]["invoices"], shape["failed"]) == ("USD", 1, 0)
    with pytest.raises(NothingFailed):
        bill_run.rerun_failed(actor=world.staff, at=at(DAY, 11), run_id=run)
    told = trail_of(run)
    assert [entry["action"] for entry in told] == ["begin_bill_run", "rerun_failed"]
    assert told[1]["before"]["failures"][0]["code"] == "no_exchange_rate"


def test_a_group_is_billed_without_the_member_that_cannot_be_and_for_it_later(world: Subscribers) -> None:
    payer, ada, bob = world.customer("Payer AG"), world.customer("Ada"), world.customer("Bob")
    group = world.group(payer, day=1, first=DAY)
    for member, price in ((ada, world.price()), (bob, world.price(currency="USD"))):
        world.join(group, member, "2026-01-01")
        world.subscribe(member, price, start="2026-02-10")

    shape = world.run(DAY)

    assert [(each["currency"], each["periods"]) for each in shape["billed"]] == [("EUR", 1)]
    assert sorted(each["code"] for each in shape["failures"]) == ["group_is_incomplete", "no_exchange_rate"]
    assert rows("SELECT next_billing_date FROM customers_billinggroup") == [(date(2026, 3, 1),)]
    dollars(world)
    run = uid("run", shape["id"])
    bill_run.rerun_failed(actor=world.staff, at=at(DAY, 10), run_id=run)
    world.go_on(run, at(DAY, 10))
    assert [(line[0], line[5]) for line in bills(payer)] == [("INV-2026-00001", 8900), ("INV-2026-00002", 8900)]
    assert rows("SELECT next_billing_date FROM customers_billinggroup") == [(date(2026, 4, 1),)]


def test_a_preview_says_what_the_run_then_does_and_leaves_no_trace(world: Subscribers) -> None:
    payer, member = world.customer("Payer AG"), world.customer("Member")
    group = world.group(payer, day=15, first="2026-02-15")
    world.join(group, member, "2026-01-01")
    world.subscribe(member, world.price(2000), start="2026-01-20")
    world.subscribe(world.customer("A"), world.price(1000), start="2026-01-31", billing_day=1)
    world.subscribe(world.customer("B"), world.price(7000, currency="USD"), start="2026-01-31")
    world.subscribe(world.customer("C"), world.price(300), start="2026-01-01", billing_start="2026-02-20")
    before = row_counts()

    preview = bill_run.preview_bill_run(actor=world.staff, at=at("2026-03-01"), as_of_date=date(2026, 3, 1))

    assert row_counts() == before
    assert world.column(world_subscription("C"), "state") == "trial"
    shape = world.run("2026-03-01")
    assert (preview["billed"], preview["failed"]) == (shape["billed"], shape["failed"])
    assert [{**each, "subscription": ""} for each in preview["failures"]] == [
        {**each, "subscription": ""} for each in shape["failures"]
    ]
    assert preview["groups"] == [
        {
            "billing_group": f"grp_{group.hex}",
            "name": "Acme Group",
            "billed": [{"currency": "EUR", "invoices": 1, "periods": 1, "total_minor": 2400}],
        }
    ]
    later = bill_run.preview_bill_run(actor=world.staff, at=at("2026-03-01"), as_of_date=date(2026, 4, 20))
    assert [(each["currency"], each["invoices"], each["periods"]) for each in later["billed"]] == [("EUR", 5, 5)]


def world_subscription(customer: str) -> UUID:
    """This function will return the subscription of a customer, by name."""
    ((found,),) = rows(
        "SELECT subscription.id FROM subscriptions_subscription AS subscription "
        "JOIN customers_customer AS customer ON customer.id = customer_id WHERE name = %s",
        customer,
    )
    return UUID(str(found))


def test_whoever_may_not_bill_is_refused_and_so_is_a_day_to_come(world: Subscribers) -> None:
    run = bill_run.begin_bill_run(actor=world.staff, at=at(DAY))
    before = row_counts()
    calls: list[Callable[[Actor], Any]] = [
        lambda who: bill_run.begin_bill_run(actor=who, at=at(DAY)),
        lambda who: bill_run.preview_bill_run(actor=who, at=at(DAY), as_of_date=date(2026, 3, 1)),
        lambda who: bill_run.step(actor=who, at=at(DAY), run_id=uid("run", run["id"])),
        lambda who: bill_run.rerun_failed(actor=who, at=at(DAY), run_id=uid("run", run["id"])),
    ]
    one_customer = Actor(
        kind="api_key",
        id="1",
        label="Narrow",
        permissions=frozenset({Permission.RUN_BILLING}),
        scope=("customer", world.customer()),
    )
    before = row_counts()
    for call in calls:
        with pytest.raises(NotAllowed):
            call(actor("Support"))
        with pytest.raises(ScopeTooNarrow):
            call(one_customer)
    with pytest.raises(InvalidField, match="A bill run ends today at the latest"):
        bill_run.begin_bill_run(actor=actor("Finance"), at=at(DAY), as_of_date=date(2026, 3, 2))
    with pytest.raises(NotFound):
        bill_run.step(actor=world.staff, at=at(DAY), run_id=world.vat)
    assert row_counts() == before


def test_credit_pays_the_new_invoices_oldest_first_unless_it_is_switched_off(world: Subscribers) -> None:
    pays, keeps = world.customer("Pays"), world.customer("Keeps")
    enrol.change_customer(actor=world.staff, at=at(DAY), customer_id=keeps, changes={"applies_credit": False})
    for customer in (pays, keeps):
        record.record_payment(
            actor=world.staff, at=at(DAY), customer_id=customer, total_minor=1500, currency="EUR", method="cash"
        )
        world.subscribe(customer, world.price(1000), start="2026-02-01")

    world.run(DAY)

    assert [(row["open_minor"], row["allocated_minor"]) for row in _invoices_of(pays)] == [(0, 1200), (900, 300)]
    assert [row["open_minor"] for row in _invoices_of(keeps)] == [1200, 1200]
    assert (world.owes(pays), world.credit(pays), world.credit(keeps)) == (900, 0, 1500)
    live = payments.live_scheduled(_invoices_of(pays)[1]["id"])
    assert live is not None
    assert live["total_minor"] == 900


def _invoices_of(customer: UUID) -> list[dict[str, Any]]:
    found = rows("SELECT id FROM invoices_invoice WHERE customer_id = %s ORDER BY number", customer)
    return [invoices.invoice(row[0]) for row in found]


def test_what_costs_nothing_has_an_invoice_and_nothing_else(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(0), start=DAY)
    world.run(DAY)
    ((state, total),) = rows("SELECT state, total_minor FROM invoices_invoice")
    assert (state, total) == ("issued", 0)
    assert rows("SELECT 1 FROM ledger_posting UNION ALL SELECT 1 FROM payments_payment") == []


def test_in_a_closed_period_the_first_open_day_is_posted(world: Subscribers) -> None:
    with transaction():
        # As the clock of another machine may have it.
        periods.close_month(date(2026, 3, 1), today=date(2026, 4, 1), at=at("2026-04-01"), by="Somebody")
    world.subscribe(world.customer(), world.price(), start=DAY)
    world.run(DAY)
    assert rows("SELECT effective_date FROM ledger_journalentry") == [(date(2026, 4, 1),)]
    assert rows("SELECT invoice_date FROM invoices_invoice") == [(date(2026, 3, 1),)]


def test_the_trail_names_whoever_began_the_run_on_every_invoice(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(), start=DAY)
    finance = actor("Finance")
    run = bill_run.begin_bill_run(actor=finance, at=at(DAY), workers=1)
    run_id = uid("run", run["id"])
    bill_run.work(run_id=run_id, number=0, at=at(DAY, 10))
    ((invoice,),) = rows("SELECT id FROM invoices_invoice")
    (entry,) = trail_of(invoice)
    assert (entry["action"], entry["actor_kind"], entry["actor_label"]) == ("issue_invoice", "staff", "Finance person")
    assert entry["after"] == {"state": "open", "number": "INV-2026-00001", "bill_run": run["id"]}
    assert run_queries.run(run_id)["finished_at"] == at(DAY, 10)


def test_small_steps_do_what_one_large_step_does(world: Subscribers) -> None:
    price = world.price()
    subscriptions = [world.subscribe(world.customer(f"C{number}"), price, start="2026-02-01") for number in range(7)]
    run = bill_run.begin_bill_run(actor=world.staff, at=at(DAY))
    # Fourteen periods by threes, and the end.
    assert world.go_on(uid("run", run["id"]), at(DAY), limit=3) == 6
    order = rows(
        "SELECT subscription_id, period_start FROM subscriptions_billedperiod AS period "
        "JOIN invoices_invoice AS invoice ON invoice.id = invoice_id ORDER BY number"
    )
    assert len(order) == 14
    for first in range(0, 14, 3):
        step = order[first : first + 3]
        assert step == sorted(step), "within a step numbers follow the subscriptions"
    for subscription in subscriptions:
        assert [row[1] for row in order if row[0] == subscription] == [date(2026, 2, 1), date(2026, 3, 1)]


def _do_jobs(moment: datetime, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """This function will do all jobs of billing that wait, at a moment."""
    from tallystick.foundation import clock

    monkeypatch.setattr(clock, "now", lambda: moment)
    done = []
    while found := rows(
        "SELECT id, task_name, args FROM procrastinate_jobs WHERE status = 'todo' AND task_name LIKE 'billing.%%' "
        "ORDER BY id LIMIT 1"
    ):
        number, name, arguments = found[0]
        app.tasks[name].func(**(json.loads(arguments) if isinstance(arguments, str) else arguments))
        rows("UPDATE procrastinate_jobs SET status = 'succeeded' WHERE id = %s RETURNING id", number)
        done.append(name)
    return done


def test_the_clock_begins_one_run_a_day_of_the_business_and_jobs_go_through_it(
    world: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tallystick.foundation.clock import TIME_ZONE

    with transaction():
        settings_store.put(TIME_ZONE, "Asia/Kathmandu")
    world.subscribe(world.customer(), world.price(), start="2026-03-02")
    # 5:45 hours ahead: midnight is at 18:15 UTC.
    for moment in (at(DAY, 1), at(DAY, 18), at(DAY, 18) + timedelta(minutes=16), at(DAY, 23)):
        bill_run.bill_daily(at=moment)
        _do_jobs(moment, monkeypatch)
    assert [row["as_of_date"] for row in run_queries.runs_page().rows] == [date(2026, 3, 2), date(2026, 3, 1)]
    assert [row["started_by"] for row in run_queries.runs_page().rows] == ["Tallystick"] * 2
    assert run_queries.unfinished_runs() == []
    assert [line[1] for line in bills()] == [date(2026, 3, 2)]


def test_a_run_that_was_left_is_gone_on_with_and_each_worker_waits_once(
    world: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    price = world.price()
    for number in range(4):
        world.subscribe(world.customer(f"C{number}"), price, start=DAY)
    run = uid("run", bill_run.begin_bill_run(actor=world.staff, at=at(DAY))["id"])
    bill_run.step(actor=world.staff, at=at(DAY), run_id=run, limit=1)
    for _ in range(3):
        bill_run.bill_daily(at=at(DAY, 12))
    waiting = rows("SELECT args FROM procrastinate_jobs WHERE task_name = 'billing.work' AND status = 'todo'")
    assert len(waiting) == bill_run.WORKERS
    _do_jobs(at(DAY, 12), monkeypatch)
    assert (len(bills()), run_queries.unfinished_runs(), len(run_queries.runs_page().rows)) == (4, [], 1)


def test_every_invoice_is_mailed_once_and_one_that_cannot_be_stops_no_other(
    world: Subscribers, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bill_run, "MAILS_PER_JOB", 2)
    for name in ("A", "B", "C"):
        world.subscribe(world.customer(name), world.price(), start=DAY)
    ((contact,),) = rows("SELECT id FROM customers_contact WHERE email = 'b@example.com'")
    rows("UPDATE customers_contact SET email = 'not an address' WHERE id = %s RETURNING id", contact)
    world.run(DAY)
    jobs = [json.loads(row[0]) if isinstance(row[0], str) else row[0] for row in _mail_jobs("mail.invoices")]
    assert [len(each["invoice_ids"]) for each in jobs] == [2, 1]

    for _ in range(2):
        for each in jobs:
            notify.write_invoices(invoice_ids=[UUID(text) for text in each["invoice_ids"]], at=at(DAY))

    told = rows("SELECT recipient_email, count(*) FROM correspondence_message GROUP BY 1 ORDER BY 1")
    assert told == [("a@example.com", 1), ("c@example.com", 1)]
    assert len(_mail_jobs("mail.invoice")) >= 1


def _mail_jobs(name: str) -> list[tuple[Any, ...]]:
    return rows("SELECT args FROM procrastinate_jobs WHERE task_name = %s ORDER BY id", name)
