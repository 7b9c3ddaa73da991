"""A shop whose payers are reminded, told by date, and what it told them."""

from datetime import date
from typing import Any
from uuid import UUID

import tallystick.interfaces.jobs.registry  # noqa: F401 - the jobs register themselves
from tallystick.correspondence.models import Message
from tallystick.dunning.models import Reminder
from tallystick.usecases import dun, notify_reminder, record, suspend
from tallystick.usecases.record import Part
from tests.scenarios.conftest import at, uid
from tests.scenarios.noticing import Noticing


class Reminding(Noticing):
    """The shop of the scenarios, which reminds by the plan that a business begins with."""

    def remind(self, day: str) -> int:
        """This function will do what the jobs of a day do, and return how many mails are new."""
        fresh = 0
        for part in dun.parts(at=at(day)):
            fresh += notify_reminder.write(reminder_ids=part.reminder_ids, at=at(day))
            suspend.suspend_for(invoice_ids=part.late, at=at(day))
        suspend.lift(at=at(day))
        return fresh

    def pay_invoice(self, invoice: UUID, day: str, minor: int) -> UUID:
        """This function will record what came for an invoice."""
        shape = record.record_payment(
            actor=self.staff,
            at=at(day),
            total_minor=minor,
            currency="EUR",
            method="direct_debit",
            received_date=date.fromisoformat(day),
            status="completed",
            parts=[Part(invoice_id=invoice, amount_minor=minor)],
        )
        return uid("pay", shape["id"])

    def record_credit(self, customer: UUID, day: str, minor: int) -> None:
        """This function will record money of a customer that is meant for no invoice."""
        record.record_payment(
            actor=self.staff,
            at=at(day),
            total_minor=minor,
            currency="EUR",
            customer_id=customer,
            received_date=date.fromisoformat(day),
        )


def reminded(customer: UUID | None = None) -> list[Message]:
    """This function will return the reminders that were written, of one customer or of all, the oldest first."""
    found = Message.objects.filter(kind="reminder").order_by("created_at", "id")
    return list(found if customer is None else found.filter(customer_id=customer))


def told(customer: UUID | None = None) -> list[tuple[str, str]]:
    """This function will return on which days reminders were written, and their subjects."""
    return [(each.created_at.date().isoformat(), each.subject) for each in reminded(customer)]


def facts(**wanted: Any) -> list[tuple[str, int]]:
    """This function will return on which days which levels were decided on, the oldest first."""
    rows = Reminder.objects.filter(**wanted).order_by("decided_at", "id")
    return [(row.reminder_date.isoformat(), row.days) for row in rows]
