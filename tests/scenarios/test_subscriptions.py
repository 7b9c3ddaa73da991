"""Subscriptions from activation to the end of the contract, told by date (E2, E6, model 25 and 26)."""

from datetime import date
from decimal import Decimal
from uuid import UUID

import pytest

from tallystick.catalog import queries as catalog
from tallystick.catalog.operations import Archived
from tallystick.foundation.errors import InvalidField
from tallystick.invoices import queries as invoices
from tallystick.payments import lists
from tallystick.payments.filters import PaymentFilter
from tallystick.subscriptions import queries
from tallystick.subscriptions.states import SubscriptionTransitionRefused
from tallystick.usecases import bill, offer, record, subscribe
from tests.scenarios.conftest import at, uid
from tests.scenarios.subscriptions import Shop

FIRSTS = [f"2026-{month:02}-01" for month in range(1, 13)]


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def scheduled(customer: UUID) -> list[tuple[str | None, str, int]]:
    """This function will return a customer's expected payments, oldest first: due, status, total."""
    rows = lists.payments_page(PaymentFilter(customer_id=customer, kind="scheduled"), sort="created").rows
    return [(row["due_date"].isoformat(), row["status"], row["total_minor"]) for row in rows]


def test_a_contract_of_twelve_months_is_twelve_payments_one_at_a_time(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(8900)
    subscription = shop.agree(customer, price, "2026-01-01", contract_months=12)

    assert scheduled(customer) == [("2026-01-01", "pending", 10680)]
    assert shop.upcoming(subscription) == [(first, 10680) for first in FIRSTS[1:]]
    for number, first in enumerate(FIRSTS[1:], start=2):
        shop.pay(subscription, first)
        shop.run(first)
        assert scheduled(customer)[-1] == (first, "pending", 10680)
        assert len(scheduled(customer)) == number, "one expected payment is born for each period, no sooner"
        assert [first for first, _ in shop.upcoming(subscription)] == FIRSTS[number:]
    shop.pay(subscription, "2026-12-02")

    assert [due for due, status, _ in scheduled(customer) if status == "completed"] == FIRSTS
    assert (shop.row(subscription)["state"], shop.row(subscription)["next_period_start"]) == ("active", None)
    assert shop.run("2026-12-31")["billed"] == []
    shop.run("2027-01-01")
    assert shop.row(subscription)["state"] == "ended"
    assert shop.events(subscription) == ["create", "activate", "end"]
    assert len(scheduled(customer)) == 12


def test_a_trial_comes_before_the_months_of_the_contract(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(8900)
    subscription = shop.agree(customer, price, "2026-01-01", contract_months=2, trial_days=14)

    assert (shop.row(subscription)["state"], scheduled(customer)) == ("trial", [])
    assert shop.upcoming(subscription) == [("2026-01-15", 10680), ("2026-02-15", 10680)]
    shop.run("2026-01-14")
    assert (shop.row(subscription)["state"], scheduled(customer)) == ("trial", [])
    shop.run("2026-01-15")
    assert (shop.row(subscription)["state"], shop.periods(subscription)) == ("active", [("2026-01-15", "2026-02-15")])
    shop.run("2026-02-15")
    shop.run("2026-03-15")
    assert shop.periods(subscription)[-1] == ("2026-02-15", "2026-03-15")
    assert shop.row(subscription)["state"] == "ended"


def test_another_billing_day_makes_the_first_period_a_part_by_days(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(9300)
    subscription = shop.agree(customer, price, "2026-01-10", billing_day=1, contract_months=2)

    assert shop.periods(subscription) == [("2026-01-10", "2026-02-01")]
    # 22 of 31 days, then a whole month, then the 9 days of March that complete two months.
    assert shop.lines(subscription) == [[("Laptop rental – Variant 1", 6600, 1320)]]
    assert shop.upcoming(subscription) == [("2026-02-01", 11160), ("2026-03-01", 3240)]


def test_a_subscription_that_begins_later_waits_for_its_day(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(8900)
    subscription = shop.agree(customer, price, "2026-02-01", today="2026-01-10")
    assert (shop.row(subscription)["state"], scheduled(customer)) == ("active", [])
    shop.run("2026-01-31")
    assert scheduled(customer) == []
    shop.run("2026-02-01")
    assert shop.periods(subscription) == [("2026-02-01", "2026-03-01")]


def test_the_anchor_day_is_kept_over_short_months(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(8900)
    subscription = shop.agree(customer, price, "2026-01-31", contract_months=4)
    for day in ("2026-02-28", "2026-03-31", "2026-04-30"):
        shop.run(day)
    assert shop.periods(subscription) == [
        ("2026-01-31", "2026-02-28"),
        ("2026-02-28", "2026-03-31"),
        ("2026-03-31", "2026-04-30"),
        ("2026-04-30", "2026-05-31"),
    ]
    assert shop.row(subscription)["end_date"] == date(2026, 5, 31)


def test_in_a_billing_group_the_groups_invoice_takes_the_first_period(shop: Shop) -> None:
    payer, member, price = shop.customer("Payer Ltd"), shop.customer("Member Ltd"), shop.price(8900)
    group = shop.group(payer, day=1, first="2026-02-01")
    shop.join(group, member, "2026-01-01")
    subscription = shop.agree(member, price, "2026-01-10")
    assert (scheduled(member), scheduled(payer)) == ([], [])
    shop.run("2026-02-01")
    assert (scheduled(member), len(scheduled(payer))) == ([], 1)
    assert shop.periods(subscription) == [("2026-01-10", "2026-02-10")]


def test_what_is_archived_is_not_chosen_anew_and_goes_on_where_it_lives(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(8900)
    subscription = shop.agree(customer, price, "2026-01-01")
    dearer = shop.another_price(price, 9900)
    assert catalog.price(price).is_current is False

    with pytest.raises(Archived):
        shop.agree(customer, price, "2026-01-05")
    shop.run("2026-02-01")
    assert shop.lines(subscription)[-1] == [("Laptop rental – Variant 1", 8900, 1780)]

    offer.archive_product(actor=shop.staff, at=at("2026-02-02"), product_id=shop.product)
    with pytest.raises(Archived):
        shop.agree(customer, dearer, "2026-02-05")
    shop.run("2026-03-01")
    assert len(shop.periods(subscription)) == 3


def test_a_pause_skips_the_periods_that_begin_in_it_and_resumes_with_a_part(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(9300)
    subscription = shop.agree(customer, price, "2026-01-01")
    subscribe.pause_subscription(actor=shop.staff, at=at("2026-01-20"), subscription_id=subscription)
    assert (shop.row(subscription)["state"], shop.upcoming(subscription)) == ("paused", [])
    shop.run("2026-02-01")
    shop.run("2026-03-01")
    assert shop.periods(subscription) == [("2026-01-01", "2026-02-01")], "what is billed runs on"

    subscribe.resume_subscription(
        actor=shop.staff, at=at("2026-03-05"), subscription_id=subscription, on_date=date(2026, 3, 11)
    )
    assert shop.upcoming(subscription, 2) == [("2026-03-11", 7560), ("2026-04-01", 11160)]
    shop.run("2026-03-10")
    assert shop.row(subscription)["state"] == "paused"
    shop.run("2026-03-11")
    assert shop.row(subscription)["state"] == "active"
    assert shop.periods(subscription)[-1] == ("2026-03-11", "2026-04-01")
    assert shop.lines(subscription)[-1] == [("Laptop rental – Variant 1", 6300, 1260)]
    assert shop.events(subscription) == ["create", "activate", "pause", "plan_resume", "resume"]


def test_a_short_pause_within_what_is_billed_costs_and_saves_nothing(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(9300)
    subscription = shop.agree(customer, price, "2026-01-01")
    subscribe.pause_subscription(actor=shop.staff, at=at("2026-01-10"), subscription_id=subscription)
    subscribe.resume_subscription(actor=shop.staff, at=at("2026-01-20"), subscription_id=subscription)
    shop.run("2026-02-01")
    assert shop.periods(subscription) == [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]


def test_a_planned_pause_begins_on_its_day_also_when_the_run_is_late(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(9300)
    subscription = shop.agree(customer, price, "2026-01-01")
    subscribe.pause_subscription(
        actor=shop.staff,
        at=at("2026-01-10"),
        subscription_id=subscription,
        from_date=date(2026, 2, 15),
        resume_date=date(2026, 4, 11),
    )
    assert shop.row(subscription)["state"] == "active"
    # February began before the pause, March in it, April is over when it resumes.
    shop.run("2026-05-02")
    assert shop.periods(subscription) == [
        ("2026-01-01", "2026-02-01"),
        ("2026-02-01", "2026-03-01"),
        ("2026-04-11", "2026-05-01"),
        ("2026-05-01", "2026-06-01"),
    ]
    assert shop.events(subscription) == ["create", "activate", "plan_pause", "pause", "resume"]


def test_a_planned_pause_is_withdrawn(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(9300)
    subscription = shop.agree(customer, price, "2026-01-01")
    subscribe.pause_subscription(
        actor=shop.staff, at=at("2026-01-10"), subscription_id=subscription, from_date=date(2026, 1, 20)
    )
    subscribe.resume_subscription(actor=shop.staff, at=at("2026-01-11"), subscription_id=subscription)
    shop.run("2026-02-01")
    assert (shop.row(subscription)["state"], len(shop.periods(subscription))) == ("active", 2)


def test_a_suspended_service_is_billed_on(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(9300)
    subscription = shop.agree(customer, price, "2026-01-01")
    subscribe.suspend_subscription(
        actor=shop.staff, at=at("2026-01-20"), subscription_id=subscription, reason="Three months late"
    )
    shop.run("2026-02-01")
    assert (shop.row(subscription)["state"], len(shop.periods(subscription))) == ("suspended", 2)
    subscribe.lift_suspension(actor=shop.staff, at=at("2026-02-02"), subscription_id=subscription)
    assert shop.row(subscription)["state"] == "active"


def test_a_draft_bills_nothing_and_keeps_what_was_offered(shop: Shop) -> None:
    customer, price = shop.customer(), shop.price(8900)
    draft = subscribe.create_subscription(
        actor=shop.staff,
        at=at("2026-01-01"),
        customer_id=customer,
        price_id=price,
        start_date=date(2026, 1, 15),
        trial_until=date(2026, 1, 20),
    )
    subscription = uid("sub", draft["id"])
    assert (draft["number"], draft["state"], draft["total_minor"]) == ("S-00001", "draft", 10680)
    shop.run("2026-03-01")
    assert scheduled(customer) == []
    shop.another_price(price, 9900)
    edited = subscribe.edit_subscription(
        actor=shop.staff,
        at=at("2026-01-02"),
        subscription_id=subscription,
        changes={"start_date": date(2026, 2, 1), "quantity": Decimal("2.5"), "contract_months": 6},
    )
    # The trial moves with the start; the price that was offered stays although it is archived.
    assert (edited["start_date"], edited["billing_start_date"], edited["end_date"]) == (
        "2026-02-01",
        "2026-02-06",
        "2026-08-06",
    )
    assert (edited["net_minor"], edited["unit_price_minor"]) == (22250, 8900)
    subscribe.activate_subscription(actor=shop.staff, at=at("2026-02-01"), subscription_id=subscription)
    with pytest.raises(InvalidField):
        subscribe.edit_subscription(
            actor=shop.staff, at=at("2026-02-02"), subscription_id=subscription, changes={"quantity": Decimal(1)}
        )
    described = subscribe.edit_subscription(
        actor=shop.staff, at=at("2026-02-02"), subscription_id=subscription, changes={"collection": "manual"}
    )
    assert (described["collection"], described["quantity"]) == ("manual", "2.5000")
    with pytest.raises(SubscriptionTransitionRefused):
        subscribe.activate_subscription(actor=shop.staff, at=at("2026-02-02"), subscription_id=subscription)


def test_an_amount_beyond_all_measure_is_not_agreed_on(shop: Shop) -> None:
    price = shop.price(10**14)
    with pytest.raises(InvalidField) as refused:
        shop.agree(shop.customer(), price, "2026-01-01", quantity=Decimal(6))
    assert refused.value.name == "quantity"


def test_income_and_cost_recovery_follow_the_money(shop: Shop) -> None:
    customer = shop.customer()
    price = shop.price(8900)
    variant = catalog.price(price).variant_id
    offer.change_variant(
        actor=shop.staff,
        at=at("2026-01-01"),
        variant_id=variant,
        changes={"cost_minor": 48000, "cost_currency": "EUR"},
    )
    subscription = shop.agree(customer, price, "2026-01-01", quantity=Decimal(2))

    def recovered() -> tuple[int, int | None]:
        found = queries.income(shop.row(subscription), cost=(48000, "EUR"))
        return found.income_minor, found.cost_minor

    assert recovered() == (0, 96000)
    shop.pay(subscription, "2026-01-05")
    assert recovered() == (17800, 96000)
    shop.run("2026-02-01")
    assert recovered() == (17800, 96000)
    shop.pay(subscription, "2026-02-03")
    assert recovered() == (35600, 96000)


def test_what_a_group_pays_is_the_income_of_its_members_subscriptions(shop: Shop) -> None:
    payer = shop.customer("Payer Ltd")
    group = shop.group(payer, day=1, first="2026-02-01")
    made = []
    for number, amount in enumerate((333, 1001, 7)):
        member = shop.customer(f"Member {number}")
        shop.join(group, member, "2026-01-01")
        made.append(shop.agree(member, shop.price(amount), "2026-01-05"))
    shop.run("2026-02-01")
    (invoice,) = {invoice for subscription in made for invoice in queries.invoice_ids(subscription)}
    row = invoices.invoice(invoice)

    def incomes() -> list[int]:
        return [queries.income(shop.row(each), cost=(None, "")).income_minor for each in made]

    assert (row["net_minor"], row["total_minor"], incomes()) == (1341, 1609, [0, 0, 0])
    record.record_payment(
        actor=shop.staff,
        at=at("2026-02-02"),
        customer_id=payer,
        total_minor=1000,
        currency="EUR",
        method="cash",
        allocates_oldest_first=True,
    )
    # 10.00 of 16.09 with tax are 8.33 without.
    assert sum(incomes()) == 833
    assert all(abs(income * 1609 - net * 1000) <= 1609 for income, net in zip(incomes(), (333, 1001, 7), strict=True))
    first = next(line for line in invoices.lines(invoice) if line["net_minor"] == 1001)
    bill.issue_credit_note(
        actor=shop.staff,
        at=at("2026-02-03"),
        invoice_id=invoice,
        reason="Never came",
        gross_by_line={first["id"]: first["net_minor"] + first["tax_minor"]},
    )
    # Nothing is claimed for it any more; what was paid is no more than what is left, and the rest is credit.
    assert incomes() == [333, 0, 7]
    assert shop.credit(payer) == 1000 - (1609 - first["net_minor"] - first["tax_minor"])
