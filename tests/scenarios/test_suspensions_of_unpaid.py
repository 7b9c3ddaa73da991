"""Services of unpaid invoices, told by date: suspended after the last reminder and its grace, back when it is paid."""

from datetime import date
from uuid import UUID

import pytest

from tallystick.dunning.models import Suspension
from tallystick.foundation.models import AuditEntry
from tallystick.invoices import queries as invoices
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import subscribe, suspend, write_off
from tallystick.usecases.after_failures import offers_of
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding, reminded
from tests.scenarios.subscribers import rows

pytestmark = pytest.mark.django_db

# A rent that begins on Mar 1 and is due on Mar 31: the last reminder goes out on Apr 21, and grace ends on May 5.
REMINDERS = ("2026-03-29", "2026-04-03", "2026-04-12", "2026-04-21")


@pytest.fixture
def shop(db: None) -> Reminding:
    return Reminding()


def rented(shop: Reminding, customer: UUID) -> tuple[UUID, UUID]:
    """A subscription that begins on Mar 1, and its first invoice."""
    subscription = shop.agree(customer, shop.price(8900, frequency="annually"), "2026-03-01")
    return subscription, subscriptions.invoice_ids(subscription)[0]


def reminded_to_the_end(shop: Reminding) -> None:
    for day in REMINDERS:
        shop.remind(day)


def test_services_are_suspended_after_the_grace_and_back_at_once_on_payment(shop: Reminding) -> None:
    acme = shop.customer(terms_days=30)
    subscription, invoice = rented(shop, acme)
    reminded_to_the_end(shop)
    said = "If it stays unpaid, the services on it are suspended on May 5, 2026."
    assert [said in each.text_body for each in reminded(acme)] == [False, True, True, True]
    entries = rows("SELECT count(*) FROM ledger_journalentry")

    shop.remind("2026-05-04")
    assert shop.row(subscription)["state"] == "active"
    for _ in range(2):
        shop.remind("2026-05-05")
        assert shop.row(subscription)["state"] == "suspended"

    event = subscriptions.timeline(subscription)[-1]
    assert event["event"] == "suspend"
    assert event["detail"]["reason"].startswith("Invoice ")
    # J01: nothing posts.
    assert rows("SELECT count(*) FROM ledger_journalentry") == entries
    shop.pay_invoice(invoice, "2026-05-06", 10680)
    assert suspend.lift(at=at("2026-05-06", 10)) == 1
    assert shop.row(subscription)["state"] == "active"
    assert suspend.lift(at=at("2026-05-06", 11)) == 0
    assert shop.events(subscription).count("suspend") == 1
    actions = AuditEntry.objects.filter(action__in=["suspend_subscription", "lift_suspension"]).order_by("id")
    assert [(each.action, each.actor_label) for each in actions] == [
        ("suspend_subscription", "Tallystick"),
        ("lift_suspension", "Tallystick"),
    ]


def test_s70_grace_counts_from_the_reminder_that_was_written_however_late(shop: Reminding) -> None:
    subscription, _invoice = rented(shop, shop.customer(terms_days=30))
    shop.remind("2026-07-01")
    shop.remind("2026-07-14")
    assert shop.row(subscription)["state"] == "active"
    shop.remind("2026-07-15")
    assert shop.row(subscription)["state"] == "suspended"


def test_what_staff_suspended_or_lifted_stays_theirs(shop: Reminding) -> None:
    acme, zeta = shop.customer(terms_days=30), shop.customer("Zeta", terms_days=30)
    (by_hand, first), (let_go, _second) = rented(shop, acme), rented(shop, zeta)
    subscribe.suspend_subscription(actor=shop.staff, at=at("2026-03-10"), subscription_id=by_hand, reason="Abuse")
    reminded_to_the_end(shop)
    shop.remind("2026-05-05")
    assert shop.row(let_go)["state"] == "suspended"
    subscribe.lift_suspension(actor=shop.staff, at=at("2026-05-06"), subscription_id=let_go)
    shop.remind("2026-05-07")
    assert shop.row(let_go)["state"] == "active"
    shop.pay_invoice(first, "2026-05-08", 10680)
    shop.remind("2026-05-08")
    assert shop.row(by_hand)["state"] == "suspended"


def test_two_unpaid_invoices_are_lifted_with_the_second(shop: Reminding) -> None:
    subscription = shop.subscribe(shop.individual("Ada"), shop.price(), start="2026-03-01")
    for day in ("2026-03-01", "2026-04-01"):
        shop.run(day)
    first, second = sorted(subscriptions.invoice_ids(subscription), key=lambda each: invoices.invoice(each)["due_date"])
    for day in ("2026-03-22", "2026-04-22", "2026-05-06"):
        shop.remind(day)
    assert Suspension.objects.filter(subscription_id=subscription, lifted_at=None).count() == 2
    shop.pay_invoice(first, "2026-05-07", 10680)
    shop.remind("2026-05-07")
    assert shop.row(subscription)["state"] == "suspended"
    shop.pay_invoice(second, "2026-05-08", 10680)
    shop.remind("2026-05-08")
    assert shop.row(subscription)["state"] == "active"


def test_what_is_written_off_brings_no_service_back_until_staff_do(shop: Reminding) -> None:
    acme, zeta = shop.customer(terms_days=30), shop.customer("Zeta", terms_days=30)
    (given_up, first), (in_part, second) = rented(shop, acme), rented(shop, zeta)
    reminded_to_the_end(shop)
    shop.remind("2026-05-05")
    told = {"actor": shop.staff, "at": at("2026-06-01"), "reason": "Insolvent"}
    write_off.write_off_invoice(**told, invoice_id=first)
    write_off.write_off_invoice(**told, invoice_id=second, amount_minor=10000)
    shop.remind("2026-06-01")
    assert [shop.row(each)["state"] for each in (given_up, in_part)] == ["suspended", "suspended"]

    shop.pay_invoice(second, "2026-06-02", 680)
    shop.remind("2026-06-02")
    assert [shop.row(each)["state"] for each in (given_up, in_part)] == ["suspended", "active"]
    subscribe.lift_suspension(actor=shop.staff, at=at("2026-06-03"), subscription_id=given_up)
    shop.remind("2026-06-04")
    assert shop.row(given_up)["state"] == "active"
    assert Suspension.objects.filter(lifted_at=None).count() == 0


def test_an_early_end_tells_what_other_open_invoices_take_of_the_credit(shop: Reminding) -> None:
    subscription = shop.subscribe(shop.individual("Ada"), shop.price(), start="2026-03-01")
    for day in ("2026-03-01", "2026-04-01"):
        shop.run(day)
    first, second = sorted(subscriptions.invoice_ids(subscription), key=lambda each: invoices.invoice(each)["due_date"])

    def end_of(invoice: UUID) -> tuple[int, int, int | None]:
        told = offers_of(invoice, today=date(2026, 4, 1))
        assert told is not None
        (end,) = told["ends"]
        return end["preview"]["credit_total_minor"], end["elsewhere_minor"], end["left_minor"]

    # April is not used at all, and is what the second invoice bills: the first stays to be paid.
    assert end_of(first) == (10680, 10680, 10680)
    assert end_of(second) == (10680, 0, 0)
    # What the second does not need any more is left for the first.
    shop.pay_invoice(second, "2026-04-01", 10000)
    assert end_of(first) == (10680, 680, 680)
