"""Other prices and quantities, now and at the renewal, told by date (J61)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from tallystick.foundation.errors import InvalidField, NotFound
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import queries
from tallystick.subscriptions.plans import ChangeIsWaiting, PlanCannotChange
from tallystick.usecases import bill, change_plan, enrol, move_price, subscribe
from tallystick.usecases.prorate import PreviewOutOfDate
from tests.api.conftest import row_counts
from tests.scenarios.conftest import at
from tests.scenarios.subscriptions import Shop, arithmetic

Posted = Callable[..., list[tuple[str, list[tuple[str, str, int]]]]]


@pytest.fixture
def shop(db: None) -> Shop:
    return Shop()


def monthly(shop: Shop, customer: UUID, amount_minor: int = 9300, **more: Any) -> tuple[UUID, UUID]:
    """This function will agree on a subscription from Jan 1, 2026, and return it with its price."""
    price = shop.price(amount_minor)
    return shop.agree(customer, price, "2026-01-01", **more), price


def test_an_upgrade_now_is_one_invoice_of_days_taken_back_and_days_charged(shop: Shop, posted: Posted) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer)
    dearer = shop.another_price(price, 15500)

    told = shop.preview(subscription, "2026-01-17", price_id=dearer)
    assert [
        (line["net_minor"], line["tax_minor"], line["period_start"], line["period_end"]) for line in told["lines"]
    ] == [
        (-4500, -900, "2026-01-17", "2026-02-01"),
        (7500, 1500, "2026-01-17", "2026-02-01"),
    ]
    assert [arithmetic(line) for line in told["lines"]] == [(15, 31, 9300, 1), (15, 31, 15500, 1)]
    assert (told["document"], told["total_minor"], told["credits"]) == ("invoice", 3600, [])
    assert told["next_period"] is not None
    assert (told["next_period"]["period_start"], told["next_period"]["total_minor"]) == ("2026-02-01", 18600)

    changed = shop.change(subscription, "2026-01-17", price_id=dearer)
    assert (changed["net_minor"], changed["state"], changed["next_period_start"]) == (15500, "active", "2026-02-01")
    assert shop.periods(subscription) == [("2026-01-01", "2026-01-17"), ("2026-01-17", "2026-02-01")]
    (second,) = [row for row in queries.periods(subscription) if row["period_start"] == date(2026, 1, 17)]
    lines = invoices.lines(second["invoice_id"])
    assert [(line["net_minor"], line["tax_minor"], arithmetic(line)) for line in lines] == [
        (-4500, -900, (15, 31, 9300, 1)),
        (7500, 1500, (15, 31, 15500, 1)),
    ]
    assert posted(second["invoice_id"]) == [
        ("J02", [("1200", "D", 3600), ("4000", "D", 4500), ("4000", "C", 7500), ("2300", "C", 600)])
    ]
    assert shop.owes(customer) == 11160 + 3600
    shop.run("2026-02-01")
    assert shop.periods(subscription)[-1] == ("2026-02-01", "2026-03-01")
    assert shop.lines(subscription)[-1][0][1] == 15500


def test_a_credit_note_says_why_in_the_language_of_its_reader(shop: Shop) -> None:
    customer = shop.customer()
    enrol.change_customer(actor=shop.staff, at=at("2026-01-01"), customer_id=customer, changes={"language": "de-AT"})
    subscription, price = monthly(shop, customer, 15500)
    shop.pay(subscription, "2026-01-02")
    shop.change(subscription, "2026-01-17", price_id=shop.another_price(price, 9300))
    (invoice,) = queries.invoice_ids(subscription)
    (note,) = invoices.credit_notes_of(invoice)
    assert note["reason"] == "Tarifwechsel am 17.01.2026"


def test_a_downgrade_now_is_a_credit_note_for_the_difference(shop: Shop, posted: Posted) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer, 15500)
    cheaper = shop.another_price(price, 9300)
    shop.pay(subscription, "2026-01-02")

    told = shop.preview(subscription, "2026-01-17", price_id=cheaper)
    assert [(line["net_minor"], line["tax_minor"]) for line in told["lines"]] == [(-7500, -1500), (4500, 900)]
    (credit,) = told["credits"]
    assert (told["document"], told["total_minor"], credit["total_minor"]) == ("credit_note", -3600, 3600)

    shop.change(subscription, "2026-01-17", price_id=cheaper)
    (invoice,) = queries.invoice_ids(subscription)
    (note,) = invoices.credit_notes_of(invoice)
    assert (note["total_minor"], note["reason"]) == (3600, "Change of plan on Jan 17, 2026")
    (line,) = invoices.credit_note(note["id"])["lines"]
    assert line["description"] == (
        "Laptop rental – Variant 1: 15 of 31 days from 2026-01-17 not used -90.00 EUR, "
        "15 of 31 days from 2026-01-17 of Laptop rental – Variant 1 54.00 EUR"
    )
    assert posted(note["id"]) == [("J26", [("2100", "C", 3600), ("4000", "D", 3000), ("2300", "D", 600)])]
    assert (shop.owes(customer), shop.credit(customer)) == (0, 3600)
    assert shop.periods(subscription) == [("2026-01-01", "2026-01-17"), ("2026-01-17", "2026-02-01")]

    # The credit pays for the next period, which is billed at the lower price.
    shop.run("2026-02-01")
    assert (shop.owes(customer), shop.credit(customer)) == (11160 - 3600, 0)


def test_days_that_were_credited_once_are_not_credited_again(shop: Shop) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer, 9300)
    dearer = shop.another_price(price, 15500)
    cheaper = shop.price(3100)
    shop.change(subscription, "2026-01-17", price_id=dearer)
    # Half a month of 93.00, half a month of 155.00: down to 31.00 on the day of the change, and then the end.
    shop.change(subscription, "2026-01-17", price_id=cheaper)
    assert shop.periods(subscription) == [
        ("2026-01-01", "2026-01-17"),
        ("2026-01-17", "2026-01-17"),
        ("2026-01-17", "2026-02-01"),
    ]
    # 16 days of 93.00 and 15 days of 31.00, with tax.
    assert shop.owes(customer) == 5760 + 1800
    shop.end(subscription, "2026-01-17", credits_unused=True)
    assert (shop.owes(customer), shop.credit(customer)) == (5760, 0)
    assert shop.row(subscription)["state"] == "cancelled"


def test_more_of_the_same_charges_the_difference_of_the_days_that_are_left(shop: Shop) -> None:
    customer = shop.customer()
    subscription, _ = monthly(shop, customer, quantity=Decimal(2))
    told = shop.preview(subscription, "2026-01-17", quantity=Decimal(5))
    assert [(line["net_minor"], arithmetic(line)) for line in told["lines"]] == [
        (-9000, (15, 31, 9300, 2)),
        (22500, (15, 31, 9300, 5)),
    ]
    shop.change(subscription, "2026-01-17", quantity=Decimal(5))
    assert shop.upcoming(subscription, 1) == [("2026-02-01", 55800)]


def test_a_change_on_the_first_day_replaces_the_whole_period(shop: Shop) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer)
    dearer = shop.another_price(price, 15500)
    shop.change(subscription, "2026-01-01", price_id=dearer)
    assert shop.periods(subscription) == [("2026-01-01", "2026-01-01"), ("2026-01-01", "2026-02-01")]
    assert shop.owes(customer) == 18600
    shop.run("2026-02-01")
    assert shop.periods(subscription)[-1] == ("2026-02-01", "2026-03-01")


def test_another_frequency_now_begins_anew_on_the_day_of_the_change(shop: Shop) -> None:
    customer = shop.customer()
    monthly_price, yearly = shop.price(9300), shop.price(93000, frequency="annually")
    subscription = shop.agree(customer, monthly_price, "2026-01-01")
    shop.change(subscription, "2026-01-17", price_id=yearly)
    assert shop.periods(subscription) == [("2026-01-01", "2026-01-17"), ("2026-01-17", "2027-01-17")]
    assert shop.upcoming(subscription, 1) == [("2027-01-17", 111600)]
    # A year of deferred revenue: 15 of 31 days are taken back, the rest of it is credited.
    shop.change(subscription, "2026-03-01", price_id=monthly_price)
    assert shop.periods(subscription)[-1] == ("2026-03-01", "2026-04-01")
    # 43 of 365 days of the year are used: 930.00 × 43 / 365, and 16 + 31 days of months.
    assert shop.owes(customer) == 5760 + 111600 - round(111600 * 322 / 365) + 11160


def test_at_the_renewal_the_change_waits_and_can_be_withdrawn(shop: Shop) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer)
    dearer = shop.another_price(price, 15500)

    told = shop.preview(subscription, "2026-01-17", price_id=dearer, when="renewal")
    assert (told["effective_date"], told["document"], told["lines"]) == ("2026-02-01", "none", [])
    waiting = shop.change(subscription, "2026-01-17", price_id=dearer, when="renewal")
    assert waiting["waiting_change"] is not None
    assert (waiting["net_minor"], waiting["waiting_change"]["effective_date"]) == (9300, "2026-02-01")
    assert shop.upcoming(subscription, 2) == [("2026-02-01", 18600), ("2026-03-01", 18600)]
    with pytest.raises(ChangeIsWaiting):
        shop.change(subscription, "2026-01-18", price_id=dearer, when="renewal")

    withdrawn = change_plan.withdraw_change(actor=shop.staff, at=at("2026-01-19"), subscription_id=subscription)
    assert withdrawn["waiting_change"] is None
    with pytest.raises(NotFound):
        change_plan.withdraw_change(actor=shop.staff, at=at("2026-01-19"), subscription_id=subscription)
    assert shop.upcoming(subscription, 1) == [("2026-02-01", 11160)]

    shop.change(subscription, "2026-01-20", price_id=dearer, when="renewal")
    shop.run("2026-01-31")
    assert shop.row(subscription)["unit_price_minor"] == 9300
    shop.run("2026-02-01")
    assert shop.row(subscription)["unit_price_minor"] == 15500
    assert shop.lines(subscription)[-1][0][1] == 15500
    assert shop.periods(subscription)[-1] == ("2026-02-01", "2026-03-01")
    assert shop.events(subscription)[-3:] == ["withdraw_change", "plan_change", "change_plan"]


def test_a_late_run_bills_what_began_before_by_the_old_plan(shop: Shop) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer)
    dearer = shop.another_price(price, 15500)
    # February has begun and is not billed: the renewal is in March.
    waiting = shop.change(subscription, "2026-02-10", price_id=dearer, when="renewal")
    assert waiting["waiting_change"] is not None
    assert waiting["waiting_change"]["effective_date"] == "2026-03-01"
    assert shop.upcoming(subscription, 2) == [("2026-02-01", 11160), ("2026-03-01", 18600)]
    shop.run("2026-03-15")
    assert [lines[0][1] for lines in shop.lines(subscription)] == [9300, 9300, 15500]


def test_days_that_are_not_billed_yet_are_billed_by_the_plan_under_which_they_passed(shop: Shop) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer)
    dearer = shop.another_price(price, 15500)
    told = shop.preview(subscription, "2026-02-15", price_id=dearer)
    assert [(line["net_minor"], line["period_start"], line["period_end"]) for line in told["lines"]] == [
        (4650, "2026-02-01", "2026-02-15"),
        (7750, "2026-02-15", "2026-03-01"),
    ]
    shop.change(subscription, "2026-02-15", price_id=dearer)
    assert shop.periods(subscription)[1:] == [("2026-02-01", "2026-02-15"), ("2026-02-15", "2026-03-01")]
    shop.run("2026-02-16")
    assert len(shop.periods(subscription)) == 3


def test_before_billing_starts_a_plan_changes_without_a_bill(shop: Shop) -> None:
    customer = shop.customer()
    price, yearly = shop.price(9300), shop.price(93000, frequency="annually")
    subscription = shop.agree(customer, price, "2026-01-01", trial_days=14)
    told = shop.preview(subscription, "2026-01-10", price_id=yearly)
    assert (told["lines"], told["document"], told["total_minor"]) == ([], "none", 0)
    shop.change(subscription, "2026-01-10", price_id=yearly)
    shop.run("2026-01-15")
    assert shop.periods(subscription) == [("2026-01-15", "2027-01-15")]


def test_a_preview_that_is_out_of_date_is_refused_and_leaves_no_trace(shop: Shop) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer)
    dearer = shop.another_price(price, 15500)
    told = shop.preview(subscription, "2026-01-17", price_id=dearer)
    before = row_counts()

    def confirm(day: str, **wanted: Any) -> None:
        change_plan.change_plan(
            actor=shop.staff, at=at(day), subscription_id=subscription, preview=told["preview"], **wanted
        )

    for day, wanted in (
        ("2026-01-18", {"price_id": dearer}),
        ("2026-01-17", {"price_id": dearer, "quantity": Decimal(2)}),
        ("2026-01-17", {"price_id": dearer, "when": "renewal"}),
        ("2026-01-17", {"quantity": Decimal(2)}),
    ):
        with pytest.raises(PreviewOutOfDate):
            confirm(day, **wanted)
    # What was credited meanwhile cannot be taken back once more.
    (invoice,) = queries.invoice_ids(subscription)
    bill.issue_credit_note(actor=shop.staff, at=at("2026-01-17"), invoice_id=invoice, reason="Goodwill")
    with pytest.raises(PreviewOutOfDate):
        confirm("2026-01-17", price_id=dearer)
    assert shop.preview(subscription, "2026-01-17", price_id=dearer)["total_minor"] == 9000
    after = row_counts()
    assert {name for name in after if after[name] != before[name]} & {
        "subscriptions_planchange",
        "subscriptions_billedperiod",
        "invoices_invoice",
    } == set()


def test_what_cannot_be_a_plan_is_refused(shop: Shop) -> None:
    customer = shop.customer()
    subscription, price = monthly(shop, customer)
    dollars, with_tax = shop.price(9300, currency="USD"), shop.price(18600, includes_tax=True)
    old = shop.another_price(price, 15500)
    shop.another_price(old, 15600)
    for wanted, field in (
        ({"price_id": dollars}, "price"),
        ({}, "price"),
        ({"quantity": Decimal(0)}, "quantity"),
        ({"quantity": Decimal("0.00001")}, "quantity"),
        ({"quantity": Decimal(2), "when": "later"}, "when"),
    ):
        with pytest.raises(InvalidField) as refused:
            shop.preview(subscription, "2026-01-17", **wanted)
        assert refused.value.name == field, wanted
    # At the renewal neither the tax in it nor its rate is in the way.
    shop.change(subscription, "2026-01-17", price_id=with_tax, when="renewal")
    shop.run("2026-02-01")
    assert shop.lines(subscription)[-1] == [("Laptop rental – Variant 3", 15500, 3100)]

    subscribe.pause_subscription(actor=shop.staff, at=at("2026-02-02"), subscription_id=subscription)
    with pytest.raises(InvalidField):
        shop.preview(subscription, "2026-02-03", quantity=Decimal(2))
    shop.end(subscription, "2026-02-04")
    with pytest.raises(PlanCannotChange):
        shop.preview(subscription, "2026-02-05", quantity=Decimal(2))


@pytest.mark.parametrize(
    ("other", "credit", "bill"),
    [
        # Another tax and less to pay; tax in the price; a period longer than what is billed.
        ({"amount_minor": 3100, "tax": "no_tax"}, 5400, 1500),
        ({"amount_minor": 18600, "includes_tax": True}, 5400, 9000),
        ({"amount_minor": 3000, "frequency": "quarterly"}, 5400, 3600),
    ],
)
def test_what_one_document_cannot_hold_is_credited_and_invoiced(
    shop: Shop, other: dict[str, Any], credit: int, bill: int
) -> None:
    customer = shop.customer()
    subscription, _ = monthly(shop, customer)
    shop.pay(subscription, "2026-01-02")
    wanted = dict(other)
    if "tax" in wanted:
        wanted["tax"] = getattr(shop, wanted["tax"])
    another = shop.price(wanted.pop("amount_minor"), **wanted)
    told = shop.preview(subscription, "2026-01-17", price_id=another)
    assert (told["document"], told["total_minor"]) == ("both", bill - credit)
    assert [each["total_minor"] for each in told["credits"]] == [credit]
    shop.change(subscription, "2026-01-17", price_id=another)
    assert (shop.owes(customer), shop.credit(customer)) == (max(bill - credit, 0), max(credit - bill, 0))
    (line,) = shop.lines(subscription)[-1]
    assert line[1] + line[2] == bill
    # What is not used of the new days is credited on their own invoice.
    shop.end(subscription, "2026-01-17", credits_unused=True)
    assert (shop.owes(customer), shop.credit(customer)) == (0, credit)


def test_in_a_billing_group_the_change_is_billed_to_the_payer(shop: Shop) -> None:
    payer, member = shop.customer("Payer Ltd"), shop.customer("Member Ltd")
    group = shop.group(payer, day=1, first="2026-02-01")
    shop.join(group, member, "2026-01-01")
    subscription = shop.agree(member, shop.price(9300), "2026-01-10")
    shop.run("2026-02-01")
    shop.change(subscription, "2026-02-05", quantity=Decimal(2))
    invoice = max((invoices.invoice(each) for each in queries.invoice_ids(subscription)), key=lambda row: row["number"])
    assert invoice["customer_id"] == payer
    assert {line["member_name"] for line in invoices.lines(invoice["id"])} == {"Member Ltd"}
    assert (shop.owes(member), shop.owes(payer)) == (0, 11160 + 1800)


def test_a_price_increase_reaches_everybody_at_their_own_renewal(shop: Shop) -> None:
    price = shop.price(9300)
    subscriptions = [shop.agree(shop.customer(f"C {day}"), price, f"2026-01-{day:02}") for day in (1, 10, 20)]
    more = shop.agree(shop.customer("More"), price, "2026-01-01")
    shop.change(more, "2026-01-21", quantity=Decimal(3), when="renewal")
    away = shop.agree(shop.customer("Away"), price, "2026-01-01")
    shop.change(away, "2026-01-21", price_id=shop.price(100), when="renewal")
    over = shop.agree(shop.customer("Over"), price, "2026-01-05")
    shop.end(over, "2026-01-21", when="period_end")
    dearer = shop.another_price(price, 9900)
    common = {"actor": shop.staff, "at": at("2026-01-25"), "price_id": price}

    told = move_price.preview_price_move(**common, to_price_id=dearer)
    assert (told["subscriptions"], told["left_out"]) == (4, 2)
    assert move_price.move_price(**common, to_price_id=dearer) == told
    assert move_price.preview_price_move(**common, to_price_id=dearer)["subscriptions"] == 0
    with pytest.raises(InvalidField):
        move_price.move_price(**common, to_price_id=shop.price(5))

    shop.run("2026-02-15")
    # The last one is renewed on the 20th only; who wanted three gets three at the new price.
    nets = [[lines[0][1] for lines in shop.lines(each)] for each in (*subscriptions, more, away, over)]
    assert nets == [[9300, 9900], [9300, 9900], [9300], [9300, 29700], [9300, 100], [9300]]
