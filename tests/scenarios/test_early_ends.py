"""Subscriptions that end early: the fee, the unused days, and the day, told by date (J26, J60, E22)."""

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.errors import InvalidField
from tallystick.foundation.months import months_after
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import operations as ledger
from tallystick.reports.frame.shape import Asked
from tallystick.reports.verify_books import verify_books
from tallystick.subscriptions import queries
from tallystick.subscriptions.operations import SubscriptionIsCancelled
from tallystick.subscriptions.states import SubscriptionTransitionRefused
from tallystick.usecases import bill, earn_revenue, reports, subscribe, unsubscribe
from tallystick.usecases.prorate import PreviewOutOfDate
from tests.api.conftest import row_counts
from tests.scenarios.conftest import at, uid
from tests.scenarios.subscribers import rows
from tests.scenarios.subscriptions import Shop, arithmetic
from tests.trails import trail_of

Posted = Callable[..., list[tuple[str, list[tuple[str, str, int]]]]]


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def agreed(shop: Shop, customer: UUID, **more: Any) -> UUID:
    """This function will agree on twelve months from Jan 1, 2026, at 93.00 and 20 % tax, with a fee of 50.00."""
    terms = {"contract_months": 12, "early_return_fee_minor": 5000, **more}
    return shop.agree(customer, shop.price(9300), "2026-01-01", **terms)


def test_an_early_return_costs_its_fee_and_credits_the_unused_days(shop: Shop, posted: Posted) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer)
    shop.pay(subscription, "2026-01-02")

    told = shop.preview_end(subscription, "2026-01-17", credits_unused=True)
    assert (told["end_date"], told["contract_end_date"]) == ("2026-01-17", "2027-01-01")
    assert told["fee"] is not None
    assert (told["fee"]["net_minor"], told["fee"]["is_fee"], told["fee_total_minor"]) == (5000, True, 6000)
    (unused,) = told["unused"]
    assert (unused["period_start"], unused["period_end"], unused["total_minor"]) == ("2026-01-17", "2026-02-01", 5400)
    assert arithmetic(unused) == (15, 31, 9300, 1)
    assert told["credit_total_minor"] == 5400

    ended = shop.end(subscription, "2026-01-17", credits_unused=True, reason="Sent back #in a bad state")
    assert (ended["state"], ended["end_date"], ended["next_period_start"]) == ("cancelled", "2026-01-17", None)
    assert ended["cancel_reason"] == "Sent back"
    assert trail_of(subscription)[-1]["after"]["private_text"] == "in a bad state"
    assert shop.periods(subscription) == [("2026-01-01", "2026-01-17")]
    (fee,) = (each for each in queries.invoice_ids(subscription) if invoices.lines(each)[0]["is_fee"])
    assert posted(fee)[0] == ("J02", [("1200", "D", 6000), ("4050", "C", 5000), ("2300", "C", 1000)])
    (first,) = (each for each in queries.invoice_ids(subscription) if each != fee)
    (note,) = invoices.credit_notes_of(first)
    (line,) = invoices.credit_note(note["id"])["lines"]
    assert line["description"] == ("Laptop rental – Variant 1: 15 of 31 days from 2026-01-17 not used 54.00 EUR")
    assert (note["total_minor"], note["reason"]) == (5400, "Sent back")
    # The credit pays the fee as far as it goes.
    assert (shop.owes(customer), shop.credit(customer)) == (600, 0)
    shop.run("2026-02-01")
    assert len(queries.invoice_ids(subscription)) == 2
    assert shop.events(subscription) == ["create", "activate", "cancel"]


def test_without_being_asked_nothing_is_credited(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer, early_return_fee_minor=None)
    told = shop.preview_end(subscription, "2026-01-17")
    assert (told["fee"], told["credits"], told["credit_total_minor"]) == (None, [], 0)
    assert told["unused"][0]["net_minor"] == 4500
    shop.end(subscription, "2026-01-17")
    assert shop.owes(customer) == 11160
    assert shop.periods(subscription) == [("2026-01-01", "2026-01-17")]


def test_at_the_end_of_what_is_billed_it_goes_on_until_then(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer)
    ended = shop.end(subscription, "2026-01-17", when="period_end", credits_unused=True)
    assert (ended["state"], ended["end_date"], ended["next_period_start"]) == ("active", "2026-02-01", None)
    assert shop.upcoming(subscription) == []
    assert shop.owes(customer) == 11160 + 6000
    shop.run("2026-01-31")
    assert shop.row(subscription)["state"] == "active"
    shop.run("2026-02-01")
    assert (shop.row(subscription)["state"], len(shop.periods(subscription))) == ("cancelled", 1)
    with pytest.raises(SubscriptionTransitionRefused):
        shop.preview_end(subscription, "2026-02-02")


def test_on_a_date_the_last_period_is_a_part(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer, contract_months=None)
    shop.end(subscription, "2026-01-17", when="date", end_date=date(2026, 2, 15))
    assert shop.upcoming(subscription) == [("2026-02-01", 5580)]
    shop.run("2026-02-01")
    assert shop.periods(subscription)[-1] == ("2026-02-01", "2026-02-15")
    assert shop.lines(subscription)[-1] == [("Laptop rental – Variant 1", 4650, 930)]
    shop.run("2026-02-15")
    assert shop.row(subscription)["state"] == "cancelled"
    # Open-ended, so that no contract is broken.
    assert shop.owes(customer) == 11160 + 5580


def test_what_began_before_the_end_and_is_not_billed_is_billed_first(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer, contract_months=None)
    ended = shop.end(subscription, "2026-02-15")
    assert (ended["state"], ended["next_period_start"]) == ("active", "2026-02-01")
    shop.run("2026-02-16")
    assert shop.periods(subscription)[-1] == ("2026-02-01", "2026-02-15")
    assert shop.row(subscription)["state"] == "cancelled"


def test_after_the_contract_there_is_no_fee(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer, contract_months=1)
    told = shop.preview_end(subscription, "2026-01-20", when="period_end")
    assert (told["end_date"], told["fee"]) == ("2026-02-01", None)
    with pytest.raises(InvalidField):
        shop.preview_end(subscription, "2026-01-20", when="date", end_date=date(2026, 2, 2))


def test_a_trial_is_cancelled_for_nothing_and_a_draft_too(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(9300)
    trial = shop.agree(customer, price, "2026-01-01", trial_days=14)
    assert shop.end(trial, "2026-01-10")["state"] == "cancelled"
    later = shop.agree(customer, price, "2026-01-01", trial_days=14)
    assert shop.end(later, "2026-01-10", when="period_end")["state"] == "trial"
    shop.run("2026-01-15")
    assert shop.row(later)["state"] == "cancelled"
    made = subscribe.create_subscription(
        actor=shop.staff,
        at=at("2026-01-01"),
        customer_id=customer,
        price_id=price,
        start_date=date(2026, 1, 15),
        contract_months=12,
        early_return_fee_minor=5000,
    )
    draft = uid("sub", made["id"])
    assert shop.end(draft, "2026-01-10")["state"] == "cancelled"
    shop.run("2026-03-01")
    assert shop.owes(customer) == 0


def test_a_paused_subscription_ends_too(shop: Shop) -> None:
    customer = shop.customer()
    now, later = agreed(shop, customer, contract_months=None), agreed(shop, customer, contract_months=None)
    for each in (now, later):
        subscribe.pause_subscription(actor=shop.staff, at=at("2026-01-10"), subscription_id=each)
    shop.end(later, "2026-02-10", when="date", end_date=date(2026, 3, 10))
    assert shop.end(now, "2026-02-20")["state"] == "cancelled"
    shop.run("2026-03-09")
    assert shop.row(later)["state"] == "paused"
    shop.run("2026-03-10")
    assert (shop.row(later)["state"], len(shop.periods(later))) == ("cancelled", 1)


def test_what_was_planned_beyond_the_end_is_dropped(shop: Shop) -> None:
    subscription = agreed(shop, shop.customer(), contract_months=None)
    shop.change(subscription, "2026-01-10", quantity=Decimal(2), when="renewal")
    subscribe.pause_subscription(
        actor=shop.staff, at=at("2026-01-10"), subscription_id=subscription, from_date=date(2026, 3, 1)
    )
    ended = shop.end(subscription, "2026-01-17", when="period_end")
    assert (ended["waiting_change"], ended["paused_date"], ended["end_date"]) == (None, None, "2026-02-01")
    other = agreed(shop, shop.customer(), contract_months=None)
    shop.change(other, "2026-01-10", quantity=Decimal(2), when="renewal")
    ended = shop.end(other, "2026-01-17", when="date", end_date=date(2026, 2, 15))
    assert ended["waiting_change"] is not None
    assert shop.upcoming(other) == [("2026-02-01", 11160)]


def test_refusals_leave_no_trace(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer)
    told = shop.preview_end(subscription, "2026-01-17", credits_unused=True)
    before = row_counts()

    def confirm(day: str = "2026-01-17", **wanted: Any) -> None:
        wanted = {"reason": "Sent back", "credits_unused": True, "preview": told["preview"], **wanted}
        unsubscribe.cancel_subscription(actor=shop.staff, at=at(day), subscription_id=subscription, **wanted)

    for refused in ({"day": "2026-01-18"}, {"credits_unused": False}, {"when": "period_end"}, {"preview": ""}):
        with pytest.raises(PreviewOutOfDate):
            confirm(**refused)
    for wrong in (
        {"reason": " "},
        {"reason": "#for staff alone"},
        {"reason": "x" * 201},
        {"when": "someday"},
        {"when": "date"},
        {"end_date": date(2026, 2, 1)},
        {"when": "date", "end_date": date(2026, 1, 16)},
    ):
        with pytest.raises(InvalidField):
            confirm(**wrong)
    assert row_counts() == before
    confirm()
    with pytest.raises(SubscriptionTransitionRefused):
        confirm()


def test_a_cancellation_is_final(shop: Shop) -> None:
    subscription = agreed(shop, shop.customer(), contract_months=None)
    shop.end(subscription, "2026-01-17", when="date", end_date=date(2026, 6, 1))
    with pytest.raises(SubscriptionIsCancelled):
        shop.preview_end(subscription, "2026-01-18")


def test_a_void_invoice_frees_no_days_and_gives_nothing_back(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer, contract_months=None)
    (invoice,) = queries.invoice_ids(subscription)
    bill.void_invoice(actor=shop.staff, at=at("2026-01-02"), invoice_id=invoice, reason="Wrong address")
    shop.run("2026-01-03")
    assert shop.periods(subscription) == [("2026-01-01", "2026-02-01")]
    told = shop.preview_end(subscription, "2026-01-17", credits_unused=True)
    assert (told["unused"], told["credits"]) == ([], [])
    shop.end(subscription, "2026-01-17", credits_unused=True)
    assert (shop.owes(customer), shop.credit(customer)) == (0, 0)


def test_income_counts_what_stays(shop: Shop) -> None:
    customer = shop.customer()
    subscription = agreed(shop, customer)
    shop.pay(subscription, "2026-01-02")
    shop.end(subscription, "2026-01-17", credits_unused=True)

    def income() -> int:
        return queries.income(shop.row(subscription), cost=(None, "")).income_minor

    # 93.00 were paid, 45.00 of it was credited, and the credit paid for 45.00 of the fee of 50.00.
    assert income() == 4800 + 4500
    shop.pay(subscription, "2026-01-20")
    assert income() == 4800 + 5000


@pytest.mark.parametrize("seed", range(6))
def test_what_an_early_end_gives_back_was_not_earned_and_the_rest_is_earned_by_then(shop: Shop, seed: int) -> None:
    dice = random.Random(seed)
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2025, 1, 1), rate=Decimal("0.9137"), source="ECB")
    currency, price = dice.choice(["EUR", "USD"]), dice.choice([119, 36500, 99_991])
    customer = shop.customer(currency=currency)
    start, ends = date(2026, 1, dice.randint(1, 31)), date(2026, dice.randint(2, 12), dice.randint(1, 28))
    subscription = shop.agree(
        customer, shop.price(price, frequency="annually", currency=currency), start.isoformat(), contract_months=12
    )

    def earns(before: date) -> None:
        earn_revenue.begin_revenue_run(actor=shop.staff, at=at("2027-06-01"), month=months_after(before, -1, day=1))
        while earn_revenue.step(at=at("2027-06-01")):
            pass

    def sums(account: str) -> tuple[int, int]:
        """This function will return what stands on an account in credit, in minor units and in base."""
        found = rows(
            "SELECT sum(CASE side WHEN 'C' THEN amount_minor ELSE -amount_minor END)::bigint, "
            "sum(CASE side WHEN 'C' THEN base_minor ELSE -base_minor END)::bigint FROM ledger_posting "
            "WHERE account = %s AND currency = %s",
            account,
            currency,
        )
        return found[0][0] or 0, found[0][1] or 0

    earns(ends)
    revenue = sums("4000")
    shop.end(subscription, ends.isoformat(), credits_unused=True)
    # No revenue of before is taken back, but for what was earned of days that are rounded otherwise.
    assert abs(sums("4000")[0] - revenue[0]) <= 3
    # What the line has left is told of the month of the end alone.
    told = reports.read_report(
        actor=shop.staff, at=at("2027-06-01"), name="deferred-revenue", asked=Asked(as_of=ends)
    ).found.parts
    left = {row["month"].value: row["amount"].value for part in told for row in part.rows}
    assert left == ({ends.replace(day=1): sums("2400")[0]} if sums("2400")[0] else {})
    earns(months_after(ends, 1, day=1))
    assert sums("2400") == (0, 0)
    (first,) = queries.invoice_ids(subscription)
    credited = sum(note["net_minor"] for note in invoices.credit_notes_of(first))
    assert sums("4000")[0] == price - credited
    assert verify_books().failures == []
    earns(date(2027, 3, 1))
    assert rows("SELECT count(*) FROM ledger_journalentry WHERE rule = 'J03' AND effective_date > %s", ends)[0][0] <= 1
