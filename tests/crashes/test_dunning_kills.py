"""Reminders killed with SIGKILL at each step: begun again, each is told and billed once, or neither (P11)."""

from signal import SIGKILL
from uuid import UUID

import pytest

from tallystick.correspondence.letter_models import PaperLetter
from tallystick.dunning import operations, queries
from tallystick.dunning.models import LateFee, Reminder
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.usecases import deliver, dun, notify_reminder, reminder_letters
from tests.conftest import OwnDatabase
from tests.crashes.victim import Victim
from tests.scenarios.conftest import at
from tests.scenarios.reminding import Reminding, reminded
from tests.scenarios.subscribers import rows

pytestmark = pytest.mark.processes

DAY = "2026-04-12"
HOME = {"address_lines": "Hauptstraße 1", "postal_code": "10115", "city": "Berlin", "country": "DE"}


class Late:
    """An invoice of which the payer heard once, and a reminder by mail and letter that is due and adds 5.00."""

    def __init__(self, database: OwnDatabase) -> None:
        self.database, self.shop = database, Reminding()
        (plan,) = queries.plans()
        with transaction():
            operations.set_level(plan.id, days=12, pay_by_days=7, texts={}, fees={"EUR": 500}, channel="both")
        self.acme = self.shop.customer(terms_days=30, details=HOME)
        self.invoice = self.shop.invoice(self.acme, day="2026-03-01")
        self.shop.remind("2026-04-03")

    def dies(self, step: str, point: str, ids: list[UUID] | None = None) -> None:
        """This function will have a process do a step and die at a point."""
        order = {
            "act": "dun",
            "step": step,
            "moment": at(DAY, 10).isoformat(),
            "ids": [each.hex for each in ids or []],
            "dies": point,
        }
        assert Victim(order, self.database.url).wait() == -SIGKILL

    def written(self) -> tuple[int, int, int]:
        """This function will count the mails, the letters and the fees of the day."""
        return len(reminded()) - 1, PaperLetter.objects.count(), LateFee.objects.filter(taken_back_at=None).count()


@pytest.fixture
def late(own_database: OwnDatabase) -> Late:
    return Late(own_database)


def decided() -> list[UUID]:
    return list(Reminder.objects.filter(days=12).values_list("id", flat=True))


@pytest.mark.parametrize(
    ("dies", "kept"),
    [
        ("after tallystick.dunning.operations.decide", 0),
        ("after tallystick.foundation.jobs.defer", 0),
        ("after tallystick.usecases.dun.run", 1),
    ],
)
def test_a_run_that_was_killed_leaves_its_reminder_with_its_job_or_neither(late: Late, dies: str, kept: int) -> None:
    late.dies("decide", dies)
    waiting = "SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'mail.reminders'"
    assert (len(decided()), rows(waiting)[0][0]) == (kept, kept)
    assert dun.run(at=at(DAY, 11)) == 1 - kept
    assert (len(decided()), rows(waiting)[0][0]) == (1, 1)


@pytest.mark.parametrize(
    ("dies", "left"),
    [
        ("after tallystick.invoices.operations.issue", 0),
        ("after tallystick.usecases.late_fees.bill", 0),
        ("after tallystick.usecases.reminder_letters.keep", 0),
        ("after tallystick.usecases.notify_reminder.queue_letter", 0),
        ("after tallystick.usecases.notify_reminder.write", 1),
    ],
)
def test_killed_while_it_is_written_mail_letter_and_fee_are_there_together_once(
    late: Late, dies: str, left: int
) -> None:
    dun.run(at=at(DAY))
    late.dies("write", dies, decided())
    assert late.written() == (left, left, left)
    for hour in (11, 12):
        notify_reminder.write(reminder_ids=decided(), at=at(DAY, hour))
    assert late.written() == (1, 1, 1)
    assert late.shop.owes(late.acme) == 10680 + 500


@pytest.mark.parametrize(
    "dies",
    [
        "after tallystick.correspondence.operations.drop",
        "after tallystick.usecases.late_fees.take_back",
        "after tallystick.usecases.deliver.deliver_message",
    ],
)
def test_killed_while_a_paid_reminder_is_dropped_nothing_is_told_or_owed_in_the_end(late: Late, dies: str) -> None:
    dun.run(at=at(DAY))
    notify_reminder.write(reminder_ids=decided(), at=at(DAY))
    (fee,) = LateFee.objects.all()
    late.shop.pay_invoice(late.invoice, DAY, 10680)
    mail, letter = reminded()[-1].id, PaperLetter.objects.get().id
    reminder_letters.print_letters(actor=late.shop.staff, at=at(DAY), letter_ids=[letter])
    late.dies("send", dies, [mail])
    for hour in (11, 12):
        deliver.deliver_message(message_id=mail, at=at(DAY, hour))
    assert (late.written()[2], late.shop.owes(late.acme), len(decided())) == (0, 0, 0)
    assert invoices.invoice(fee.invoice_id)["state"] == "void"
    assert reminded()[-1].state == "dropped"
