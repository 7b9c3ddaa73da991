"""Another due date of an invoice that was reminded of with a fee: levels, fees and grace begin anew from that day."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from tallystick.correspondence.mail_settings import OUTBOX, TRANSPORT
from tallystick.correspondence.models import Delivery
from tallystick.foundation import settings_store
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import dunning_pauses
from tallystick.usecases.deliver import Happened, deliver_message
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding, facts, reminded
from tests.scenarios.test_due_dates import agreed
from tests.scenarios.test_late_fees import DAYS, FEES, billed, charges

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(db: None) -> Reminding:
    shop = Reminding()
    charges(FEES)
    return shop


def coming(invoice: UUID, day: str) -> tuple[list[tuple[str, int]], str | None]:
    """This function will return which reminders come on which days with which fees, and when services are suspended."""
    shape: dict[str, Any] = dict(dunning_pauses.dunning_of(invoice, today=date.fromisoformat(day)))
    return [(each["date"], each["fee_minor"]) for each in shape["coming_reminders"]], shape["suspension_date"]


def fees(late: UUID) -> list[tuple[str, int]]:
    return [(f"{each['invoice_date']}", each["total_minor"]) for each in billed(late)]


def test_levels_and_fees_begin_anew_and_what_was_billed_stays(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS[:3]:
        shop.remind(day)
    assert fees(late) == [("2026-04-12", 500)]
    agreed(shop, late, "2026-04-30", on="2026-04-15")
    assert coming(late, "2026-04-15") == (
        [("2026-04-28", 0), ("2026-05-03", 0), ("2026-05-12", 500), ("2026-05-21", 1000)],
        None,
    )
    # What was told of before is silent, and so is its fee, until the agreed day comes near.
    days = ("2026-04-19", "2026-04-21", "2026-04-28", "2026-05-03", "2026-05-12", "2026-05-21", "2026-06-30")
    assert [day for day in days if shop.remind(day)] == ["2026-04-28", "2026-05-03", "2026-05-12", "2026-05-21"]
    assert fees(late) == [("2026-04-12", 500), ("2026-05-12", 500), ("2026-05-21", 1000)]
    first, second, _third = (each["number"] for each in billed(late))
    last = reminded(acme)[-1].text_body
    assert [f"€5.00 on invoice {number}." in last for number in (first, second)] == [True, True]
    assert all(facts(invoice_id=each["id"]) == [] for each in billed(late))
    assert shop.owes(acme) == 10680 + 2000


def test_the_first_reminder_from_the_agreed_day_adds_no_fee(shop: Reminding) -> None:
    late = shop.invoice(shop.customer(terms_days=30), day="2026-03-01")
    for day in DAYS[:2]:
        shop.remind(day)
    agreed(shop, late, "2026-04-30", on="2026-04-10")
    # Runs were missed: the newest level is told, as the first one, and says which fee comes.
    shop.remind("2026-05-12")
    assert fees(late) == []
    assert "From May 21, 2026 a late fee of €10.00 is added" in reminded()[-1].text_body
    shop.remind("2026-05-21")
    assert fees(late) == [("2026-05-21", 1000)]


def test_all_fees_together_are_at_most_what_is_open_over_both_days(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    shop.pay_invoice(late, "2026-03-10", 9480)
    for day in DAYS[:3]:
        shop.remind(day)
    agreed(shop, late, "2026-04-30", on="2026-04-15")
    for day in ("2026-04-28", "2026-05-03", "2026-05-12", "2026-05-21"):
        shop.remind(day)
    assert fees(late) == [("2026-04-12", 500), ("2026-05-12", 500), ("2026-05-21", 200)]


def test_a_fee_whose_reminder_has_not_left_is_withdrawn_by_the_agreement(shop: Reminding) -> None:
    settings_store.put(TRANSPORT, OUTBOX)
    acme = shop.customer(terms_days=30)
    late = shop.invoice(acme, day="2026-03-01")
    for day in DAYS[:3]:
        shop.remind(day)
    (fee,) = billed(late)
    agreed(shop, late, "2026-04-30", on=DAYS[2])
    mail = reminded(acme)[-1]
    assert deliver_message(message_id=mail.id, at=at(DAYS[2], 10)).happened is Happened.DROPPED
    assert Delivery.objects.get(message_id=mail.id).answer.startswith(
        "Not sent: the invoice counts as due from another"
    )
    assert (billed(late), invoices.invoice(fee["id"])["state"], shop.owes(acme)) == ([], "void", 10680)
    assert coming(late, DAYS[2])[0] == [("2026-04-28", 0), ("2026-05-03", 0), ("2026-05-12", 500), ("2026-05-21", 1000)]


def test_what_is_suspended_stays_so_is_not_foretold_again_and_comes_back_when_paid(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    subscription = shop.agree(acme, shop.price(8900, frequency="annually"), "2026-03-01")
    late = subscriptions.invoice_ids(subscription)[0]
    for day in (*DAYS, "2026-05-05"):
        shop.remind(day)
    assert shop.row(subscription)["state"] == "suspended"
    agreed(shop, late, "2026-05-31", on="2026-05-10")
    assert coming(late, "2026-05-10") == (
        [("2026-05-29", 0), ("2026-06-03", 0), ("2026-06-12", 500), ("2026-06-21", 1000)],
        None,
    )
    for day in ("2026-05-29", "2026-06-03", "2026-06-12", "2026-06-21", "2026-07-05"):
        shop.remind(day)
    assert shop.row(subscription)["state"] == "suspended"
    assert "are suspended on" not in reminded(acme)[-1].text_body
    shop.pay_invoice(late, "2026-07-06", 10680)
    shop.remind("2026-07-06")
    assert shop.row(subscription)["state"] == "active"
    # Now its fees are reminded of by themselves, all of them from that day.
    shop.remind("2026-07-09")
    assert [facts(invoice_id=each["id"]) for each in billed(late)] == [[("2026-07-09", 3)]] * 4
