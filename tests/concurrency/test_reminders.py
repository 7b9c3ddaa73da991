"""Runs of reminders, and money, at the same instant: each level is told and billed once, or paid in time."""

from collections.abc import Iterator
from functools import partial
from uuid import UUID

import pytest

from tallystick.correspondence.models import Message
from tallystick.dunning import operations, queries
from tallystick.dunning.models import LateFee, Reminder
from tallystick.foundation.transactions import transaction
from tallystick.usecases import deliver, dun, dunning_pauses, enrol, notify_reminder
from tests.concurrency.race import connections_for, race, wait_after
from tests.conftest import OwnDatabase
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding, reminded

DAY = "2026-04-12"


@pytest.fixture
def shop(own_database: OwnDatabase) -> Iterator[Reminding]:
    """A shop whose second reminder adds 5.00, in a database in which everything is committed."""
    with connections_for(16):
        shop = Reminding()
        (plan,) = queries.plans()
        with transaction():
            operations.set_level(plan.id, days=12, pay_by_days=7, texts={}, fees={"EUR": 500})
        yield shop


def late(shop: Reminding, count: int) -> list[UUID]:
    """This function will issue invoices, one to a customer, of which each payer heard once."""
    found = [shop.invoice(shop.customer(f"Late {n}", terms_days=30), day="2026-03-01") for n in range(count)]
    shop.remind("2026-04-03")
    return found


def decided() -> list[UUID]:
    return list(Reminder.objects.filter(days=12).order_by("id").values_list("id", flat=True))


def test_p11_runs_and_writers_at_once_tell_and_bill_each_level_once(shop: Reminding) -> None:
    invoices = late(shop, 6)
    runs = race(*[partial(dun.run, at=at(DAY))] * 4)
    assert sum(runs.results) == len(invoices) == len(decided())
    writes = race(*[partial(notify_reminder.write, reminder_ids=decided(), at=at(DAY))] * 4)
    assert sum(writes.results) == len(invoices)
    assert len(reminded()) == 2 * len(invoices)
    fees = LateFee.objects.filter(taken_back_at=None)
    assert (fees.count(), set(fees.values_list("late_invoice_id", flat=True))) == (6, set(invoices))


def test_s74_money_that_arrives_while_reminders_are_written_is_in_time_or_late(shop: Reminding) -> None:
    invoices = late(shop, 6)
    dun.run(at=at(DAY))
    ids = decided()
    race(
        *(partial(notify_reminder.write, reminder_ids=[each], at=at(DAY)) for each in ids),
        *(partial(shop.pay_invoice, each, DAY, 10680) for each in invoices),
    )
    mails = list(Message.objects.filter(kind="reminder", state="queued").order_by("-created_at")[: len(reminded()) - 6])
    race(*(partial(deliver.deliver_message, message_id=each.id, at=at(DAY, 10)) for each in mails), lambda: None)
    # All is paid before anything left: nothing was told, and nobody owes a fee.
    assert (decided(), LateFee.objects.filter(taken_back_at=None).count()) == ([], 0)
    assert {shop.owes(row.customer_id) for row in Message.objects.all() if row.customer_id} == {0}


def test_mails_of_one_reminder_that_are_dropped_at_once_take_its_fee_back(
    shop: Reminding, monkeypatch: pytest.MonkeyPatch
) -> None:
    (invoice,) = late(shop, 1)
    (customer,) = {row.customer_id for row in reminded()}
    assert customer is not None
    enrol.add_contact(
        actor=shop.staff,
        at=at("2026-04-05"),
        customer_id=customer,
        name="Second reader",
        email="second@example.com",
        is_billing=True,
    )
    shop.remind(DAY)
    mails = [each.id for each in reminded() if each.created_at >= at(DAY)]
    shop.pay_invoice(invoice, DAY, 10680)
    # Both are dropped before either looks at whether somebody got the other.
    wait_after(monkeypatch, dun.correspondence, "drop", parties=2)
    race(*(partial(deliver.deliver_message, message_id=each, at=at(DAY, 10)) for each in mails))
    assert (decided(), LateFee.objects.filter(taken_back_at=None).count(), shop.owes(customer)) == ([], 0, 0)


def test_pauses_of_a_customer_at_once_leave_one_in_force(shop: Reminding) -> None:
    acme = shop.customer()
    told = {"actor": shop.staff, "at": at(DAY), "customer_id": acme, "reason": "Is looked into"}
    finish = race(*[partial(dunning_pauses.pause_customer, **told)] * 4)
    assert (len(finish.results), len(queries.pauses_of([acme])[acme])) == (4, 1)
