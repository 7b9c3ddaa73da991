"""The demonstration's story is told by the use cases: who subscribes, what is billed and charged, and on which day."""

from collections import Counter
from datetime import timedelta
from random import Random

import pytest

from tallystick.catalog.queries import PriceFilter, prices_page, products_page
from tallystick.customers.queries import groups_page, memberships
from tallystick.interfaces.cli.demo_data import load
from tallystick.interfaces.cli.demo_data.cast import people
from tallystick.interfaces.cli.demo_data.catalog import PRODUCTS, VARIANTS
from tallystick.interfaces.cli.demo_data.story import DAYS
from tallystick.subscriptions import queries as subscriptions
from tallystick.subscriptions.queries import SubscriptionFilter
from tallystick.subscriptions.states import STATES
from tallystick.usecases import bill_run
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
