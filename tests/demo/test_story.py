"""The demonstration's story is told by the use cases: who subscribes, what is billed and charged, and on which day.

Then its clock is moved forward, and each day that is passed brings what is due on it, once.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest

from tallystick.catalog.queries import PriceFilter, prices_page, products_page
from tallystick.customers.queries import groups_page, memberships
from tallystick.foundation import clock
from tallystick.foundation.months import months_after
from tallystick.interfaces.cli.demo_data import load
from tallystick.interfaces.cli.demo_data.cast import people
from tallystick.interfaces.cli.demo_data.catalog import PRODUCTS, VARIANTS
from tallystick.interfaces.cli.demo_data.story import DAYS
from tallystick.interfaces.jobs import billing, demo
from tallystick.subscriptions import queries as subscriptions
from tallystick.subscriptions import run_queries
from tallystick.subscriptions.queries import SubscriptionFilter
from tallystick.subscriptions.states import STATES
from tallystick.usecases import bill_run, demo_clock
from tallystick.usecases.frame import SYSTEM
from tests.demo.conftest import Played, rows

CUSTOMERS = 40

pytestmark = pytest.mark.processes


def test_the_same_chance_makes_the_same_people_of_many_places() -> None:
    first, again = people(Random(7), load.CUSTOMERS), people(Random(7), load.CUSTOMERS)
    assert first == again
    assert len({person.name for person in first}) == load.CUSTOMERS >= 300
    assert len({person.currency for person in first}) >= 4
    assert {person.kind for person in first} == {"business", "individual"}
    scripts = {name for person in first for letter in person.name for name in _scripts(letter)}
    assert {"latin", "cyrillic", "greek", "arabic", "cjk"} <= scripts


def _scripts(letter: str) -> set[str]:
    ranges = {"latin": (0x41, 0x24F), "greek": (0x370, 0x3FF), "cyrillic": (0x400, 0x4FF), "arabic": (0x600, 0x6FF)}
    found = {name for name, (first, last) in ranges.items() if first <= ord(letter) <= last}
    return found | ({"cjk"} if ord(letter) >= 0x3000 else set())


def test_almost_nothing_is_refused(played: Played) -> None:
    assert len(played.told.roles) == CUSTOMERS
    assert all(role.customer_id for role in (*played.told.roles, *played.told.payers))
    assert len(played.told.refused) <= 3, played.told.refused


def test_everything_is_offered_with_its_cost_in_every_currency_by_month_quarter_and_year(played: Played) -> None:
    assert {row["name"] for row in products_page(limit=100).rows} == set(PRODUCTS)
    (counted,) = rows("SELECT count(*), count(cost_minor) FROM catalog_variant")
    assert counted == (len(VARIANTS), len(VARIANTS))
    for currency in ("EUR", "USD", "GBP", "JPY", "KWD"):
        found = prices_page(PriceFilter(currency=currency), limit=200).rows
        assert {row["frequency"] for row in found} == {"monthly", "quarterly", "annually"}
        assert {row["variant_id"] for row in found} == {row[0] for row in rows("SELECT id FROM catalog_variant")}


def test_subscriptions_stand_in_every_state_and_did_what_subscriptions_do(played: Played) -> None:
    states = subscriptions.count(SubscriptionFilter())
    assert states.keys() == set(STATES)
    assert states["active"] > CUSTOMERS // 2
    happened = Counter(event for (event,) in rows("SELECT event FROM subscriptions_subscriptionevent"))
    assert {"start_trial", "pause", "resume", "change_plan", "suspend", "cancel", "end"} <= happened.keys()
    ((fees, prorated),) = rows(
        "SELECT count(*) FILTER (WHERE line.is_fee), count(*) FILTER (WHERE line.arithmetic IS NOT NULL) "
        "FROM subscriptions_adjustmentline AS adjusted JOIN invoices_invoiceline AS line ON line.id = adjusted.line_id"
    )
    assert min(fees, prorated) >= 1
    ((open_ended, contracts, several),) = rows(
        "SELECT count(*) FILTER (WHERE contract_months IS NULL), count(contract_months), "
        "count(*) FILTER (WHERE quantity > 1) FROM subscriptions_subscription"
    )
    assert min(open_ended, contracts, several) >= 3


def test_every_period_is_billed_on_its_day(played: Played) -> None:
    # What is resumed during a day is billed in the night; who belongs to a group is billed with it.
    late = rows(
        "SELECT invoice.number, period.period_start, invoice.invoice_date FROM subscriptions_billedperiod AS period "
        "JOIN invoices_invoice AS invoice ON invoice.id = period.invoice_id "
        "WHERE invoice.group_id IS NULL AND invoice.invoice_date > period.period_start + 1"
    )
    assert late == []
    assert rows("SELECT count(*) FROM subscriptions_billfailure") == [(0,)]
    preview = bill_run.preview_bill_run(actor=SYSTEM, at=played.at, as_of_date=played.today)
    assert (preview["billed"], preview["failed"]) == ([], 0)


def test_nothing_is_dated_before_the_story_or_after_today(played: Played) -> None:
    begin = played.today - timedelta(days=DAYS)
    for column in (
        "invoice_date FROM invoices_invoice",
        "credit_note_date FROM invoices_creditnote",
        "received_date FROM payments_payment",
        "effective_date FROM ledger_journalentry",
        "joined_date FROM customers_membership",
        "as_of_date FROM subscriptions_billrun",
    ):
        days = [day for (day,) in rows(f"SELECT {column}") if day is not None]
        assert days, column
        assert begin <= min(days) <= max(days) <= played.today, column
    for column in (
        "created_at FROM payments_payment",
        "created_at FROM invoices_invoice",
        "at FROM foundation_auditentry",
    ):
        assert max(at for (at,) in rows(f"SELECT {column}")) <= played.at, column


def test_invoices_and_payments_stand_in_every_status(played: Played) -> None:
    assert {state for (state,) in rows("SELECT DISTINCT state FROM invoices_invoice")} == {
        *("draft", "issued", "sent", "void")
    }
    told = {(kind, status) for kind, status in rows("SELECT DISTINCT kind, status FROM payments_payment")}
    assert {("scheduled", status) for status in ("pending", "completed", "failed", "cancelled")} <= told
    assert {("receipt", "completed"), ("refund", "completed")} <= told
    ((notes, overdue),) = rows(
        "SELECT (SELECT count(*) FROM invoices_creditnote), "
        "(SELECT count(*) FROM invoices_invoice WHERE state = 'issued' AND open_minor > 0 AND due_date < current_date)"
    )
    assert min(notes, overdue) >= 1


def test_two_groups_are_billed_to_their_payers_and_mostly_pay(played: Played) -> None:
    groups = groups_page().rows
    assert len(groups) == 2
    payers = {role.customer_id for role in played.told.payers}
    assert {group["payer_id"] for group in groups} == payers
    for group in groups:
        members = memberships(group["id"])
        assert len(members) >= 3
        assert len([row for row in members if row["left_date"] is not None]) == 1
        bills = rows(
            "SELECT customer_id, open_minor FROM invoices_invoice WHERE group_id = %s AND state = 'issued'",
            group["id"],
        )
        assert {payer for payer, _ in bills} == {group["payer_id"]}
        paid = [payer for payer, open_minor in bills if open_minor == 0]
        assert len(bills) // 2 < len(paid)
    (most,) = rows(
        "SELECT max(members) FROM (SELECT count(DISTINCT line.member_id) AS members FROM invoices_invoiceline AS line "
        "JOIN invoices_invoice AS invoice ON invoice.id = line.invoice_id AND invoice.group_id IS NOT NULL "
        "GROUP BY invoice.id) AS found"
    )
    assert most[0] >= 2


def test_cards_are_charged_by_themselves_declined_tried_again_and_one_is_stolen(played: Played) -> None:
    agreed = rows("SELECT accepted_through FROM payments_autopayagreement WHERE ended_at IS NULL")
    assert len(agreed) >= 4
    assert set(agreed) == {("contact",)}
    tries = rows(
        "SELECT payment_id, state, decline_code FROM payments_attempt "
        "WHERE agreement_id IS NOT NULL ORDER BY created_at"
    )
    codes = Counter((state, code) for _, state, code in tries)
    assert codes["succeeded", ""] >= 5
    assert codes["declined", "insufficient_funds"] >= 2
    assert codes["declined", "stolen_card"] >= 1
    again = Counter(payment for payment, _, _ in tries)
    assert max(again.values()) >= 2
    assert ("stolen_card",) in rows("SELECT refused_code FROM payments_paymentmethod")


def test_one_payer_took_money_back_and_one_dispute_needs_an_answer(played: Played) -> None:
    found = rows("SELECT state, loss_minor, opened_at::date, closed_at::date FROM payments_dispute ORDER BY opened_at")
    (lost, waiting) = found
    assert (lost[:2], waiting[:2]) == (("lost", 0), ("opened", 0))
    assert lost[2] < lost[3] < waiting[2] <= played.today
    assert rows("SELECT count(*) FROM payments_payment WHERE disputed_minor > 0 OR lost_minor > 0") == [(2,)]


def test_only_the_mails_of_the_last_month_are_to_be_written(played: Played) -> None:
    waiting = rows(
        "SELECT invoice_id::uuid "
        "FROM procrastinate_jobs, jsonb_array_elements_text(args -> 'invoice_ids') AS invoice_id "
        "WHERE task_name = 'mail.invoices' AND status = 'todo'"
    )
    dates = dict(rows("SELECT id, invoice_date FROM invoices_invoice"))
    assert waiting
    assert min(dates[invoice_id] for (invoice_id,) in waiting) >= played.today - timedelta(days=30)


def test_prepaid_customers_top_up_buy_and_are_credited(played: Played) -> None:
    wallets = rows(
        "SELECT wallet.beyond_minor > 0, count(lot.id), coalesce(sum(lot.left_minor), 0) > 0 "
        "FROM wallets_wallet AS wallet JOIN wallets_lot AS lot ON lot.wallet_id = wallet.id GROUP BY wallet.id"
    )
    assert sorted(wallets) == [(False, 5, True), (True, 3, False)], "one has money left, one used more than it paid for"
    assert rows("SELECT count(*), sum(1 - uses_left) FROM wallets_voucher") == [(50, 1)]
    ((bought, credited),) = rows("SELECT count(*), count(*) FILTER (WHERE credited_minor > 0) FROM wallets_charge")
    assert bought >= 60
    assert credited >= 4
    assert rows("SELECT count(*) FROM invoices_invoice WHERE kind = 'topup' AND state = 'sent' AND open_minor > 0") == [
        (2,)
    ]


# From here on the clock is moved, and nothing is as the story left it.


def test_the_next_month_brings_what_the_dry_run_told_and_every_day_its_own_run(played: Played, settings: Any) -> None:
    settings.DEMO = True
    begins = _to_the_next_month()
    first = months_after(begins, 1, day=1)
    told = bill_run.preview_bill_run(actor=SYSTEM, at=clock.now(), as_of_date=first)
    assert told["billed"]
    assert told["failed"] == 0
    runs, charges = _runs(), _charges()

    demo_clock.move_demo_clock(actor=SYSTEM, at=clock.now(), step=demo_clock.MONTH)
    # The clock's own run of the day waits for the days before.
    billing.begin()
    assert _runs() == runs
    demo.catch_up()

    new = [run for run in _runs() if run not in runs]
    assert clock.local_date(clock.now()) == first
    days = (first - begins).days
    assert [day for _, day in new] == [begins + timedelta(days=day) for day in range(1, days + 1)]
    assert _sum(run_queries.sums_of([run_id for run_id, _ in new]).values()) == _sum([told["billed"]])
    dates = rows(
        "SELECT invoice.invoice_date, period.period_start FROM subscriptions_billedperiod AS period "
        "JOIN invoices_invoice AS invoice ON invoice.id = period.invoice_id "
        "WHERE invoice.group_id IS NULL AND invoice.invoice_date > %s",
        begins,
    )
    assert {billed == start for billed, start in dates} == {True}
    charged = _charges() - charges
    # On their own days, not all of them when the clock had arrived.
    assert begins <= min(day for _, day in charged) < first


def test_the_days_passed_announced_what_was_then_billed_each_on_its_own_day(played: Played, settings: Any) -> None:
    """The month of the test before: seven days ahead, all of it being due at once but what was late from the start."""
    settings.DEMO = True
    told = rows(
        "SELECT customer_id, split_part(unique_key, ':', 3)::date AS bill_date, split_part(unique_key, ':', 4), "
        "(min(created_at) AT TIME ZONE 'Europe/Berlin')::date AS told_date "
        "FROM correspondence_message WHERE kind = 'coming_invoice' GROUP BY 1, 2, 3"
    )
    ahead = Counter((bill_date - told_date).days for _, bill_date, _, told_date in told)
    assert ahead[7]
    assert ahead.keys() <= set(range(1, 8))
    assert len({told_date for *_, told_date in told}) > 2
    today = clock.local_date(clock.now())
    reached = {(customer, day, currency) for customer, day, currency, _ in told if day <= today}
    assert reached
    assert reached <= set(rows("SELECT customer_id, invoice_date, currency FROM invoices_invoice"))


def test_caught_up_again_nothing_happens_twice(played: Played, settings: Any) -> None:
    settings.DEMO = True
    demo.catch_up()
    before = _everything()
    demo.catch_up()
    assert _everything() == before


def test_the_next_day_brings_what_the_dry_run_told(played: Played, settings: Any) -> None:
    settings.DEMO = True
    demo.catch_up()
    tomorrow = clock.local_date(clock.now()) + timedelta(days=1)
    told = bill_run.preview_bill_run(actor=SYSTEM, at=clock.now(), as_of_date=tomorrow)

    demo_clock.move_demo_clock(actor=SYSTEM, at=clock.now(), step=demo_clock.DAY)
    demo.catch_up()

    run_id, day = _runs()[-1]
    assert day == tomorrow
    assert _sum(run_queries.sums_of([run_id]).values()) == _sum([told["billed"]])


def _to_the_next_month() -> date:
    """The first day of a month, so that a whole one lies ahead; the days until then are caught up with."""
    demo_clock.move_demo_clock(actor=SYSTEM, at=clock.now(), step=demo_clock.MONTH)
    demo.catch_up()
    return clock.local_date(clock.now())


def _runs() -> list[tuple[Any, ...]]:
    return rows("SELECT id, as_of_date FROM subscriptions_billrun ORDER BY as_of_date")


def _charges() -> Counter[Any]:
    return Counter(rows("SELECT payment_id, created_at::date FROM payments_attempt WHERE agreement_id IS NOT NULL"))


def _everything() -> list[tuple[Any, ...]]:
    tables = (
        *("invoices_invoice", "payments_attempt", "ledger_journalentry", "subscriptions_billrun"),
        "correspondence_message",
    )
    return [rows(f"SELECT count(*) FROM {table}")[0] for table in tables]


def _sum(billed: Iterable[Iterable[Any]]) -> Counter[tuple[str, str]]:
    found = Counter[tuple[str, str]]()
    for part in billed:
        for each in part:
            for name in ("invoices", "periods", "total_minor"):
                found[each["currency"], name] += each[name]
    return found
