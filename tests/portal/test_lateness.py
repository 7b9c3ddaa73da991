"""What the portal tells of an invoice that is not paid: what comes on which day, and its late fees (E40)."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from tallystick.dunning import operations, queries
from tallystick.dunning.fee_queries import late_fees_of
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.invoices import queries as invoices
from tallystick.usecases import dun, dunning_pauses, notify_reminder
from tests.backoffice.forms import text_of
from tests.portal.conftest import STAFF, Business, now

pytestmark = pytest.mark.django_db


def charges_fees() -> None:
    """The plan that a business begins with adds 5.00 twelve days after the due date."""
    (plan,) = queries.plans()
    with transaction():
        operations.set_level(plan.id, days=12, pay_by_days=7, texts={}, fees={"EUR": 500})


def remind(days: int) -> None:
    """What the jobs of a day to come do."""
    for part in dun.parts(at=now() + timedelta(days=days)):
        notify_reminder.write(reminder_ids=part.reminder_ids, at=now() + timedelta(days=days))


def seen(client: Client, invoice: UUID) -> str:
    return text_of(client.get(f"/portal/invoices/{public_id('inv', invoice)}/"))


def test_e40_the_page_of_an_invoice_says_what_happens_on_which_day(
    signed_in: tuple[Client, UUID], house: Business
) -> None:
    client, customer = signed_in
    charges_fees()
    invoice = house.invoice(customer)
    page = seen(client, invoice)
    assert "What happens if it is not paid" in page
    assert page.count("We remind you.") == 3
    assert "We remind you, and a late fee of €5.00 is added." in page
    dunning_pauses.pause_invoice(actor=STAFF, at=now(), invoice_id=invoice, reason="Is looked into")
    assert "We remind you" not in seen(client, invoice)


def test_late_fees_and_what_was_late_lead_to_each_other(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    charges_fees()
    invoice = house.invoice(customer)
    due = (invoices.invoice(invoice)["due_date"] - now().date()).days
    for days in (due + 3, due + 12):
        remind(days)
    (fee,) = late_fees_of([invoice])
    late, added = (invoices.invoice(each) for each in (invoice, fee.invoice_id))
    assert f"Late fee Invoice {added['number']} €5.00" in seen(client, invoice)
    page = client.get(f"/portal/invoices/{public_id('inv', fee.invoice_id)}/")
    assert f"Late fee For invoice {late['number']}" in text_of(page)
    assert public_id("inv", invoice) in page.content.decode()


def test_c4_the_calendar_tells_reminders_that_come(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    charges_fees()
    invoice = house.invoice(customer)
    due = invoices.invoice(invoice)["due_date"]
    day = due + timedelta(days=12)
    page = text_of(client.get("/portal/", {"month": f"{day:%Y-%m}"}))
    number = invoices.invoice(invoice)["number"]
    assert f"Reminder, if not paid {number} €5.00" in page
    dunning_pauses.pause_invoice(actor=STAFF, at=now(), invoice_id=invoice, reason="Is looked into")
    assert "Reminder, if not paid" not in text_of(client.get("/portal/", {"month": f"{day:%Y-%m}"}))
