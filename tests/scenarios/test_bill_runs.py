"""Bill runs told by date: what is billed when, to whom, and for which days (E2, E19, E23, E24, E26 to E30)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from tallystick.catalog import queries as offered
from tallystick.customers import groups
from tallystick.foundation import settings_store
from tallystick.foundation.clock import TIME_ZONE
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.ledger import operations as ledger
from tallystick.subscriptions import operations as subscriptions
from tallystick.subscriptions import plans
from tests.scenarios.conftest import at
from tests.scenarios.subscribers import Subscribers, bills, rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(db: None) -> Subscribers:
    """A business with prices."""
    return Subscribers()


def day(text: str) -> date:
    return date.fromisoformat(text)


def days(found: list[tuple[object, ...]]) -> list[tuple[str, str]]:
    """This function will return the periods of lines."""
    return [(str(line[3]), str(line[4])) for line in found]


def test_e2_a_contract_of_twelve_months_makes_twelve_bills_on_their_days(world: Subscribers) -> None:
    customer = world.customer(terms_days=30)
    subscription = world.subscribe(customer, world.price(8900), start="2026-01-01", months=12)
    for month in range(1, 13):
        assert world.run(f"2026-{month:02}-01")["billed"][0]["invoices"] == 1
        assert world.run(f"2026-{month:02}-15")["billed"] == []
    assert world.run("2027-01-01")["billed"] == []

    found = bills()
    assert days(found) == [(f"2026-{m:02}-01", f"2026-{m + 1:02}-01" if m < 12 else "2027-01-01") for m in range(1, 13)]
    # E23: Net 30 from Jan 1 is Jan 31.
    assert found[0] == (
        "INV-2026-00001",
        day("2026-01-01"),
        day("2026-01-31"),
        day("2026-01-01"),
        day("2026-02-01"),
        8900,
        10680,
    )
    assert world.owes(customer) == 12 * 10680
    assert (world.column(subscription, "next_period_start"), world.column(subscription, "state")) == (None, "ended")


def test_s70_a_run_missed_for_40_days_bills_each_missed_period_as_an_invoice_of_its_own(world: Subscribers) -> None:
    customer = world.customer(terms_days=14)
    world.subscribe(customer, world.price(1000), start="2026-01-05")
    world.run("2026-01-05")

    world.run("2026-03-10")

    assert [line[:5] for line in bills()[1:]] == [
        # Dated the day of issue, due from there; the periods stand on the lines.
        ("INV-2026-00002", day("2026-03-10"), day("2026-03-24"), day("2026-02-05"), day("2026-03-05")),
        ("INV-2026-00003", day("2026-03-10"), day("2026-03-24"), day("2026-03-05"), day("2026-04-05")),
    ]
    assert world.run("2026-03-10")["billed"] == []


def test_s65_the_31st_is_kept_through_a_leap_year(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(3100), start="2024-01-31")
    for today in ("2024-01-31", "2024-02-28", "2024-02-29", "2024-03-30", "2024-03-31", "2024-04-30", "2025-01-31"):
        world.run(today)
    starts = [first for first, _ in days(bills())]
    assert starts[:4] == ["2024-01-31", "2024-02-29", "2024-03-31", "2024-04-30"]
    assert starts[-1] == "2025-01-31"
    world.run("2025-02-28")
    assert days(bills())[-1] == ("2025-02-28", "2025-03-31")


def test_quarters_and_years_are_deferred_and_months_are_not(world: Subscribers) -> None:
    quarterly, annual, monthly = (world.customer(name) for name in ("Quarter Ltd", "Annual Ltd", "Month Ltd"))
    world.subscribe(quarterly, world.price(3000, frequency="quarterly"), start="2026-01-31")
    world.subscribe(annual, world.price(12000, frequency="annually"), start="2024-02-29")
    world.subscribe(monthly, world.price(1000), start="2026-01-31")

    world.run("2026-01-31")

    assert days(bills(quarterly)) == [("2026-01-31", "2026-04-30")]
    # Missed since: each year is an invoice of its own, and Feb 29 is kept.
    assert days(bills(annual)) == [("2024-02-29", "2025-02-28"), ("2025-02-28", "2026-02-28")]
    revenue = rows("SELECT account, sum(amount_minor) FROM ledger_posting WHERE side = 'C' GROUP BY 1 ORDER BY 1")
    assert [(account, int(minor)) for account, minor in revenue] == [
        ("2300", 600 + 2 * 2400 + 200),
        ("2400", 3000 + 2 * 12000),
        ("4000", 1000),
    ]


def test_a_business_in_kiritimati_bills_when_its_day_begins(world: Subscribers) -> None:
    with transaction():
        settings_store.put(TIME_ZONE, "Pacific/Kiritimati")
    world.subscribe(world.customer(), world.price(), start="2026-03-01")
    # Fourteen hours ahead of UTC: there it is the 1st of March at 10:00 UTC on the last of February.
    assert world.run(datetime(2026, 2, 28, 9, 59, tzinfo=UTC))["billed"] == []
    assert world.run(datetime(2026, 2, 28, 10, 0, tzinfo=UTC))["billed"][0]["invoices"] == 1
    assert bills()[0][1:4] == (day("2026-03-01"), day("2026-03-01"), day("2026-03-01"))


@pytest.mark.parametrize("hour", [1, 2, 3])
def test_s66_a_run_on_the_days_that_have_23_and_25_hours(world: Subscribers, hour: int) -> None:
    with transaction():
        settings_store.put(TIME_ZONE, "Europe/Berlin")
    zone = ZoneInfo("Europe/Berlin")
    world.subscribe(world.customer(), world.price(), start="2026-03-29")
    world.subscribe(world.customer("Other Ltd"), world.price(), start="2026-10-25")
    # 02:30 does not exist on the one day, and comes twice on the other.
    world.run(datetime(2026, 3, 29, hour, 30, tzinfo=zone))
    for fold in (0, 1):
        world.run(datetime(2026, 10, 25, hour, 30, tzinfo=zone, fold=fold))
    starts = sorted(first for first, _ in days(bills()))
    assert starts == [*(f"2026-{month:02}-29" for month in range(3, 10)), "2026-10-25"]


def test_e24_a_business_has_its_terms_and_an_individual_is_due_at_once(world: Subscribers) -> None:
    price = world.price()
    world.subscribe(world.customer(terms_days=30), price, start="2026-01-01")
    world.subscribe(world.customer("Ida", kind="individual"), price, start="2026-01-01")
    world.run("2026-01-01")
    assert [line[2] for line in bills()] == [day("2026-01-31"), day("2026-01-01")]


def test_the_first_part_of_a_month_costs_its_days(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(8900), start="2026-01-21", billing_day=1, quantity="2")
    world.run("2026-01-21")
    ((quantity, unit, arithmetic),) = rows("SELECT quantity, unit_price_minor, arithmetic FROM invoices_invoiceline")
    # 11 of 31 days of twice 89.00.
    assert (quantity, unit) == (1, 6316)
    assert arithmetic == '{"days": 11, "of_days": 31, "quantity": "2.0000", "price_minor": 8900}'
    world.run("2026-02-01")
    assert [(line[5], days([line])) for line in bills()] == [
        (6316, [("2026-01-21", "2026-02-01")]),
        (17800, [("2026-02-01", "2026-03-01")]),
    ]


def test_s72_a_new_year_begins_a_new_series(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(), start="2025-12-15")
    for today in ("2025-12-31", "2026-01-01", "2026-01-15"):
        world.run(today)
    assert [line[0] for line in bills()] == ["INV-2025-00001", "INV-2026-00001"]


def test_a_trial_is_billed_when_it_is_over(world: Subscribers) -> None:
    world.subscribe(world.customer(), world.price(), start="2026-01-01", billing_start="2026-01-15")
    assert world.run("2026-01-14")["billed"] == []
    world.run("2026-01-16")
    assert days(bills()) == [("2026-01-15", "2026-02-15")]


def test_what_is_paused_or_drafted_is_not_billed_and_what_is_suspended_is(world: Subscribers) -> None:
    paused, suspended = (world.subscribe(world.customer(name), world.price(), start="2026-01-01") for name in "AB")
    with transaction():
        for subscription in (paused, suspended):
            row = subscriptions.locked(subscription)
            if subscription == paused:
                subscriptions.pause(
                    row,
                    from_date=day("2026-01-01"),
                    resume_date=day("2026-03-10"),
                    today=day("2026-01-01"),
                    by="Ada",
                    at=at("2026-01-01"),
                )
            else:
                subscriptions.suspend(row, reason="Not paid", by="Ada", at=at("2026-01-01"))
    world.run("2026-02-01")
    assert days(bills()) == [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]
    world.run("2026-03-10")
    assert ("2026-03-10", "2026-04-01") in days(bills()), "what was paused goes on with a part of a period"


def test_e28_members_join_and_leave_a_group(world: Subscribers) -> None:
    payer, ada, bob = world.customer("Payer AG", terms_days=7), world.customer("Ada Inc"), world.customer("Bob Inc")
    group = world.group(payer, day=31, first="2026-01-31")
    laptop, phone = world.price(8900), world.price(2000)
    world.subscribe(ada, laptop, start="2026-01-01")
    world.subscribe(bob, phone, start="2026-01-10")
    world.join(group, bob, "2026-01-05")

    world.run("2026-01-30")
    assert (days(bills(ada)), bills(payer)) == ([("2026-01-01", "2026-02-01")], [])
    world.join(group, ada, "2026-01-20")
    world.run("2026-01-31")
    # Ada's January was billed to her alone; her February begins after the billing date.
    assert days(bills(payer)) == [("2026-01-10", "2026-02-10")]
    world.leave(group, bob, "2026-02-20")
    world.run("2026-02-28")

    number, dated, due, *_ = bills(payer)[-1]
    assert (number, dated, due) == ("INV-2026-00003", day("2026-02-28"), day("2026-03-07"))
    lines = rows(
        "SELECT line.position, member_name, line.description, period_start FROM invoices_invoiceline AS line "
        "JOIN invoices_invoice AS invoice ON invoice.id = invoice_id WHERE number = %s ORDER BY position",
        number,
    )
    assert lines == [
        (1, "Ada Inc", "Laptop rental – Variant 1", day("2026-02-01")),
        (2, "Bob Inc", "Laptop rental – Variant 2", day("2026-02-10")),
    ]
    # Bob left: what begins from then on is his alone.
    world.run("2026-03-10")
    assert days(bills(bob)) == [("2026-03-10", "2026-04-10")]
    ((next_date,),) = rows("SELECT next_billing_date FROM customers_billinggroup")
    assert next_date == day("2026-03-31")
    assert (world.owes(bob), world.owes(payer)) == (2400, 2400 + 2400 + 10680)


def test_a_group_has_one_invoice_for_each_currency_and_kind_of_price_and_taxes_each_rate_once(
    world: Subscribers,
) -> None:
    payer = world.customer("Payer AG")
    group = world.group(payer, day=1, first="2026-02-01")
    with transaction():
        ledger.set_rate(currency="USD", valid_from=day("2026-01-01"), rate=Decimal("0.9"), source="Test")
    cents = world.price(33)
    dollars = world.price(1000, currency="USD")
    for name, price in zip("ABCDE", [cents, cents, cents, world.price(120, includes_tax=True), dollars], strict=True):
        member = world.customer(name)
        world.join(group, member, "2026-01-01")
        world.subscribe(member, price, start="2026-01-15")

    shape = world.run("2026-02-01")

    assert [(each["currency"], each["invoices"], each["periods"]) for each in shape["billed"]] == [
        ("EUR", 2, 4),
        ("USD", 1, 1),
    ]
    found = [(row["currency"], row["prices_include_tax"], row["net_minor"], row["tax_minor"]) for row in all_invoices()]
    # 20 % of 99 is 19.8: 20, where a tax of each line alone would be 21.
    assert found == [("EUR", False, 99, 20), ("EUR", True, 100, 20), ("USD", False, 1000, 200)]


def all_invoices() -> list[dict[str, object]]:
    return [invoices.invoice(row[0]) for row in rows("SELECT id FROM invoices_invoice ORDER BY number")]


def test_a_group_that_was_missed_has_an_invoice_for_each_billing_date(world: Subscribers) -> None:
    payer, member = world.customer("Payer AG"), world.customer("Ada Inc")
    group = world.group(payer, day=31, first="2026-01-31")
    world.join(group, member, "2026-01-01")
    world.subscribe(member, world.price(), start="2026-01-01")
    world.run("2026-03-31")
    assert [(line[0], line[1], str(line[3])) for line in bills(payer)] == [
        ("INV-2026-00001", day("2026-03-31"), "2026-01-01"),
        ("INV-2026-00002", day("2026-03-31"), "2026-02-01"),
        ("INV-2026-00003", day("2026-03-31"), "2026-03-01"),
    ]
    ((next_date,),) = rows("SELECT next_billing_date FROM customers_billinggroup")
    assert next_date == day("2026-04-30")


def test_a_group_without_anything_to_bill_moves_on(world: Subscribers) -> None:
    world.group(world.customer("Payer AG"), day=15, first="2026-01-15")
    shape = world.run("2026-02-20")
    assert (shape["billed"], shape["failed"], bills()) == ([], 0, [])
    assert rows("SELECT next_billing_date FROM customers_billinggroup") == [(day("2026-03-15"),)]


def test_members_of_an_archived_group_are_billed_alone_for_what_is_left(world: Subscribers) -> None:
    member = world.customer("Ada Inc")
    group = world.group(world.customer("Payer AG"), day=28, first="2026-01-28")
    world.join(group, member, "2026-01-01")
    world.subscribe(member, world.price(), start="2026-01-10")
    with transaction():
        groups.archive_group(group, day=day("2026-01-20"), at=at("2026-01-20"))
    world.run("2026-01-21")
    assert days(bills(member)) == [("2026-01-10", "2026-02-10")]


def test_another_price_holds_from_the_renewal_on_also_when_runs_were_missed(world: Subscribers) -> None:
    subscription = world.subscribe(world.customer(), world.price(1000), start="2026-01-01")
    world.run("2026-01-01")
    dearer = world.price(1500)
    with transaction():
        plans.plan(
            subscriptions.locked(subscription),
            price=offered.price(dearer),
            quantity=Decimal(1),
            today=day("2026-02-10"),
            by="Ada",
            at=at("2026-02-10"),
        )
    world.run("2026-04-01")
    assert [line[5] for line in bills()] == [1000, 1000, 1500, 1500]


def test_a_pause_in_the_future_lets_what_begins_before_be_billed(world: Subscribers) -> None:
    subscription = world.subscribe(world.customer(), world.price(), start="2026-01-01")
    with transaction():
        subscriptions.pause(
            subscriptions.locked(subscription),
            from_date=day("2026-02-15"),
            resume_date=None,
            today=day("2026-01-01"),
            by="Ada",
            at=at("2026-01-01"),
        )
    world.run("2026-04-01")
    assert days(bills()) == [("2026-01-01", "2026-02-01"), ("2026-02-01", "2026-03-01")]
    assert world.column(subscription, "state") == "paused"
