"""Notices of coming invoices, told by date: who gets one and when, what it says, and that just this is billed (E39)."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.db import connection

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.foundation.transactions import transaction
from tallystick.ledger import operations as ledger
from tallystick.usecases import enrol, notify_coming, record, subscribe
from tests.api.conftest import row_counts
from tests.scenarios.conftest import at
from tests.scenarios.noticing import Noticing, billed, notices
from tests.scenarios.subscribers import bills

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Noticing:
    return Noticing()


def test_an_individual_hears_seven_days_before_and_is_billed_what_was_said(shop: Noticing) -> None:
    ida = shop.individual()
    shop.subscribe(ida, shop.price(8900), start="2026-01-08")
    shop.run("2026-01-08")

    assert shop.announce("2026-01-31") == 0
    assert shop.announce("2026-02-01") == 1

    (notice,) = notices(ida)
    assert notice.recipient_email == "ida@example.com"
    assert notice.subject == "Your next invoice from Your business: €106.80 on Feb 8, 2026"
    for said in (
        "On Feb 8, 2026 you will get an invoice from Your business over €106.80.",
        "It is no invoice.",
        "Due date: Feb 8, 2026",
        "- Laptop rental – Variant 1, Feb 8, 2026 to Mar 7, 2026: €89.00",
        "Before tax: €89.00\nTax: €17.80\nExpected total: €106.80\n",
        "Please pay €106.80 by Feb 8, 2026. When you have the invoice, pay it online.",
        "http://localhost:8000/portal/\n",
        "http://localhost:8000/portal/autopay/\n",
    ):
        assert said in notice.text_body
    assert "credit" not in notice.text_body
    # The day itself brings the invoice, and no notice of it.
    assert shop.announce("2026-02-08") == 0
    shop.run("2026-02-08")
    assert billed(ida) == ["€106.80", "€106.80"]
    assert shop.announce("2026-02-28") == 0
    assert shop.announce("2026-03-01") == 1


@pytest.mark.parametrize(
    ("terms_days", "days"),
    [
        # The invoice itself goes out 14 or 7 days before it is due.
        (14, []),
        (7, []),
        # Due on Feb 11, so on Feb 4; due on Feb 14, so the day before the invoice.
        (3, ["2026-02-04"]),
        (6, ["2026-02-07"]),
    ],
)
def test_whoever_has_the_invoice_seven_days_before_it_is_due_gets_no_notice(
    shop: Noticing, terms_days: int, days: list[str]
) -> None:
    shop.subscribe(shop.customer(terms_days=terms_days), shop.price(), start="2026-02-08")
    assert [day for day in (f"2026-02-{number:02}" for number in range(1, 9)) if shop.announce(day)] == days


def test_a_job_that_runs_again_or_was_missed_for_days_tells_once(shop: Noticing) -> None:
    ida = shop.individual()
    shop.subscribe(ida, shop.price(), start="2026-02-08")
    # It should have been the 1st.
    assert shop.announce("2026-02-04") == 1
    for day in ("2026-02-04", "2026-02-05", "2026-02-07"):
        assert shop.announce(day) == 0
        assert notify_coming.write(payer_ids=[ida], at=at(day)) == 0
    # Not to somebody who came later, either: the payer was told.
    enrol.add_contact(
        actor=shop.staff, at=at("2026-02-05"), customer_id=ida, name="Ann", email="ann@example.com", is_billing=True
    )
    assert shop.announce("2026-02-05") == notify_coming.write(payer_ids=[ida], at=at("2026-02-05")) == 0
    assert len(notices()) == 1


def test_what_today_bills_or_should_have_billed_is_in_no_notice(shop: Noticing) -> None:
    ida, late = shop.individual(), shop.individual("Late")
    shop.subscribe(ida, shop.price(1000), start="2026-02-08")
    shop.subscribe(late, shop.price(2000), start="2026-01-12")
    # No run for weeks: these days are billed by the next one, which is late.
    assert notify_coming.write(payer_ids=[ida, late], at=at("2026-02-08")) == 1
    (notice,) = notices()
    assert (notice.customer_id, "Feb 12, 2026 to Mar 11, 2026" in notice.text_body) == (late, True)
    assert "Jan 12" not in notice.text_body
    shop.run("2026-02-08")
    assert shop.announce("2026-02-08") == 0
    assert billed(ida) == ["€12.00"]
    assert billed(late) == ["€24.00"]
    shop.run("2026-02-12")
    assert billed(late) == ["€24.00", "€24.00"]


@pytest.mark.parametrize("what", ["cancelled", "paused", "ended", "invoiced"])
def test_what_is_gone_when_the_mail_is_written_is_not_told(shop: Noticing, what: str) -> None:
    ida = shop.individual()
    price = shop.price()
    subscription = shop.agree(ida, price, "2026-01-08")
    (payers,) = notify_coming.found(at=at("2026-02-01"))
    assert payers == [ida]
    if what == "cancelled":
        shop.end(subscription, "2026-02-01")
    elif what == "ended":
        shop.end(subscription, "2026-02-01", when="period_end")
    elif what == "paused":
        subscribe.pause_subscription(actor=shop.staff, at=at("2026-02-01"), subscription_id=subscription)
    else:
        shop.set(subscription, next_period_start=date(2026, 3, 8))
    before = row_counts()
    assert notify_coming.write(payer_ids=payers, at=at("2026-02-01", 10)) == 0
    assert row_counts() == before
    for day in ("2026-02-02", "2026-02-07"):
        assert shop.announce(day) == 0


def test_a_group_is_one_notice_to_its_payer_with_every_member(shop: Noticing) -> None:
    payer = shop.customer("Payer AG", terms_days=0)
    group = shop.group(payer, day=15, first="2026-02-15")
    for name, net, start in (("Ada Inc", 1000, "2026-02-10"), ("Bob Inc", 2000, "2026-01-20")):
        member = shop.individual(name)
        shop.join(group, member, "2026-01-01")
        shop.subscribe(member, shop.price(net), start=start)
    # What begins on the billing date comes with the next invoice; who left pays alone.
    gone = shop.individual("Gone")
    shop.join(group, gone, "2026-01-01")
    shop.subscribe(gone, shop.price(7000), start="2026-02-15")
    left = shop.individual("Left")
    shop.join(group, left, "2026-01-01")
    shop.subscribe(left, shop.price(500), start="2026-02-14")
    shop.leave(group, left, "2026-02-12")

    assert shop.announce("2026-02-07") == 1
    assert shop.announce("2026-02-08") == 1

    (notice,) = notices(payer)
    assert notice.created_at == at("2026-02-08")
    assert "Billing group: Acme Group" in notice.text_body
    lines = [line for line in notice.text_body.splitlines() if line.startswith("- ")]
    assert lines == [
        "- Laptop rental – Variant 1 (Ada Inc), Feb 10, 2026 to Mar 9, 2026: €10.00",
        "- Laptop rental – Variant 2 (Bob Inc), Jan 20, 2026 to Feb 19, 2026: €20.00",
    ]
    assert "over €36.00." in notice.text_body
    assert [each.customer_id for each in notices() if each != notice] == [left]
    shop.run("2026-02-15")
    assert billed(payer) == ["€36.00"]
    assert (billed(left), billed(gone)) == (["€6.00"], [])


def test_a_group_whose_payer_has_time_and_an_archived_group_get_none(shop: Noticing) -> None:
    payer = shop.customer("Payer AG", terms_days=14)
    group = shop.group(payer, day=15, first="2026-02-15")
    member = shop.individual("Ada Inc")
    shop.join(group, member, "2026-01-01")
    shop.subscribe(member, shop.price(1000), start="2026-02-10")
    assert [shop.announce(f"2026-02-{day:02}") for day in range(1, 16)] == [0] * 15


def test_a_member_who_changed_groups_is_on_the_notice_of_the_one_that_bills(shop: Noticing) -> None:
    payers = [shop.customer(name, terms_days=0) for name in ("First AG", "Second AG")]
    first = shop.group(payers[0], day=10, first="2026-02-10", name="First")
    second = shop.group(payers[1], day=12, first="2026-02-12", name="Second")
    ada = shop.individual("Ada Inc")
    shop.join(first, ada, "2026-01-01")
    shop.subscribe(ada, shop.price(1000), start="2026-02-01", months=1)
    shop.subscribe(ada, shop.price(2000), start="2026-02-06", billing_day=11)
    shop.leave(first, ada, "2026-02-08")
    shop.join(second, ada, "2026-02-08")

    for day in range(1, 10):
        shop.announce(f"2026-02-{day:02}")

    said = {each.customer_id: each.text_body for each in notices()}
    for number in range(1, 13):
        shop.run(f"2026-02-{number:02}")
    for payer in payers:
        (total,) = billed(payer)
        assert f"Expected total: {total}" in said[payer]
    assert "Feb 11, 2026 to Mar 10, 2026: €20.00" in said[payers[1]]


def test_several_of_one_day_are_one_notice_and_each_currency_has_its_own(shop: Noticing) -> None:
    with transaction():
        ledger.set_rate(currency="USD", valid_from=date(2025, 1, 1), rate=Decimal("0.9"), source="Test")
    ida = shop.individual()
    for net, currency, quantity in ((1000, "EUR", "1"), (333, "EUR", "2.5"), (700, "USD", "1")):
        shop.subscribe(ida, shop.price(net, currency=currency), start="2026-02-08", quantity=quantity)

    assert shop.announce("2026-02-01") == 2

    euro, dollar = sorted(notices(), key=lambda each: "$" in each.subject)
    assert euro.subject == "Your next invoices from Your business: €22.00 on Feb 8, 2026"
    assert "2 invoices" in euro.text_body
    assert "- 2.5 × Laptop rental – Variant 2, Feb 8, 2026 to Mar 7, 2026: €8.33" in euro.text_body
    assert dollar.subject == "Your next invoice from Your business: $8.40 on Feb 8, 2026"
    shop.run("2026-02-08")
    assert sorted(line[6] for line in bills(ida)) == [840, 1000, 1200]


@pytest.mark.parametrize(
    ("agreed", "said"),
    [
        ({}, "We charge €106.80 to Visa •••• 4242 on Feb 11, 2026. There is nothing to do."),
        ({"charge_day": 10}, "We charge €106.80 to Visa •••• 4242 on Feb 10, 2026. There is nothing to do."),
        ({"charge_day": 2}, "We charge €106.80 to Visa •••• 4242 on Feb 11, 2026. There is nothing to do."),
        (
            {"cap_minor": 10000, "cap_currency": "EUR"},
            "you let us charge automatically does not cover it. Please pay €106.80 by Feb 11, 2026.",
        ),
    ],
)
def test_autopay_is_told_by_card_and_day_or_why_not(shop: Noticing, agreed: dict[str, Any], said: str) -> None:
    customer = shop.customer(terms_days=3)
    shop.autopay(customer, **agreed)
    shop.subscribe(customer, shop.price(8900), start="2026-02-08")
    assert shop.announce("2026-02-04") == 1
    (notice,) = notices()
    assert said in notice.text_body
    assert said in " ".join(notice.html_body.split())


def test_what_is_collected_by_hand_is_told_apart_from_what_is_charged(shop: Noticing) -> None:
    ida = shop.individual()
    shop.autopay(ida)
    shop.subscribe(ida, shop.price(1000), start="2026-02-08")
    shop.set(shop.subscribe(ida, shop.price(500), start="2026-02-08"), collection="manual")
    assert shop.announce("2026-02-01") == 1
    (notice,) = notices()
    assert "We charge €12.00 to Visa •••• 4242 on Feb 8, 2026.\nPlease pay €6.00 by Feb 8, 2026." in notice.text_body


@pytest.mark.parametrize(
    ("credit_minor", "said"),
    [
        (2000, "Paid from your credit: €20.00\n\nHow it is paid:\nPlease pay €86.80 by Feb 8, 2026."),
        (20000, "Paid from your credit: €106.80\n\nHow it is paid:\nYour credit covers it. There is nothing to do."),
    ],
)
def test_credit_that_will_pay_is_told(shop: Noticing, credit_minor: int, said: str) -> None:
    ida = shop.individual()
    shop.subscribe(ida, shop.price(8900), start="2026-02-08")
    record.record_payment(
        actor=shop.staff, at=at("2026-01-20"), total_minor=credit_minor, currency="EUR", customer_id=ida
    )
    assert shop.announce("2026-02-01") == 1
    (notice,) = notices()
    assert said in notice.text_body
    shop.run("2026-02-08")
    assert shop.owes(ida) == max(10680 - credit_minor, 0)


def trial(shop: Noticing, ida: UUID) -> None:
    shop.subscribe(ida, shop.price(1000), start="2026-01-08", billing_start="2026-02-08")


def pause_that_ends(shop: Noticing, ida: UUID) -> None:
    subscription = shop.agree(ida, shop.price(1000), "2026-01-01")
    subscribe.pause_subscription(
        actor=shop.staff,
        at=at("2026-01-10"),
        subscription_id=subscription,
        from_date=date(2026, 1, 20),
        resume_date=date(2026, 2, 8),
    )
    shop.run("2026-01-20")
    assert shop.column(subscription, "state") == "paused"


def other_plan(shop: Noticing, ida: UUID) -> None:
    price = shop.price(1000)
    subscription = shop.agree(ida, price, "2026-01-08")
    shop.change(subscription, "2026-01-10", price_id=shop.another_price(price, 2500), when="renewal")


@pytest.mark.parametrize(("story", "total"), [(trial, "€12.00"), (pause_that_ends, "€9.00"), (other_plan, "€30.00")])
def test_what_a_date_will_turn_is_told_as_it_will_be(
    shop: Noticing, story: Callable[[Noticing, UUID], None], total: str
) -> None:
    ida = shop.individual()
    story(shop, ida)
    assert shop.announce("2026-01-31") == 0
    assert shop.announce("2026-02-01") == 1
    (notice,) = notices()
    assert f"Expected total: {total}" in notice.text_body
    before = len(billed(ida))
    shop.run("2026-02-08")
    assert billed(ida)[before:] == [total]


def test_a_short_part_and_the_period_behind_it_are_both_told_in_time(shop: Noticing) -> None:
    ida = shop.individual()
    shop.subscribe(ida, shop.price(2800), start="2026-01-29", billing_day=1)
    told = [day for day in range(20, 28) if shop.announce(f"2026-01-{day}")]
    assert told == [22, 25]
    totals = [each.subject.split()[-5] for each in notices()]
    shop.run("2026-01-29")
    shop.run("2026-02-01")
    assert totals == billed(ida)


def test_what_costs_nothing_or_has_nobody_to_read_it_is_left_out(shop: Noticing) -> None:
    shop.subscribe(shop.individual(), shop.price(0), start="2026-02-08")
    silent = shop.individual("Silent")
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM customers_contact WHERE customer_id = %s", [silent])
    shop.subscribe(silent, shop.price(), start="2026-02-08")
    assert list(notify_coming.found(at=at("2026-02-01"))) == []


def test_what_cannot_be_billed_is_not_announced_and_stops_nobody(shop: Noticing) -> None:
    shop.subscribe(shop.individual("No rate"), shop.price(currency="USD"), start="2026-02-08")
    ida = shop.individual()
    shop.subscribe(ida, shop.price(), start="2026-02-08")
    assert shop.announce("2026-02-01") == 1
    assert [each.customer_id for each in notices()] == [ida]
