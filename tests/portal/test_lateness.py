"""What the portal tells of an invoice that is not paid: what comes on which day, and its late fees (E40)."""

from datetime import timedelta
from uuid import UUID

import pytest
from django.test import Client

from tallystick.dunning import operations, queries
from tallystick.dunning.fee_queries import late_fees_of
from tallystick.foundation.ids import public_id
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.kit.formatting import format_day
from tallystick.invoices import queries as invoices
from tallystick.payments import queries as payments
from tallystick.payments.terms import terms_hash
from tallystick.subscriptions import queries as subscriptions
from tallystick.usecases import autopay, autopay_run, dun, dunning_pauses, notify_reminder, plan_retry, suspend
from tests.backoffice import offers
from tests.backoffice.forms import text_of
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_links import failed, link_to, nobody_was_here
from tests.portal.test_offers import again_in_vain, invoice_of, promise
from tests.stored_cards import stored_card

__all__ = ["nobody_was_here"]

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
    assert (page.count("We remind you."), page.count("We remind you that it is due soon.")) == (2, 1)
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
    assert f"Late fee For invoice {late['number']} We remind you of it together with that invoice" in text_of(page)
    assert "What happens if it is not paid" not in text_of(page)
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


def test_e40_the_link_of_an_invoice_says_what_happens_in_the_same_words(client: Client, house: Business) -> None:
    charges_fees()
    customer = house.customer()
    invoice = house.invoice(customer)
    link = link_to(invoice)
    client.force_login(house.open_portal(customer))
    said = of_card(seen(client, invoice))
    assert (said.count("We remind you."), said.count("We remind you that it is due soon.")) == (2, 1)
    assert "We remind you, and a late fee of €5.00 is added." in said
    assert of_card(text_of(client.get(link))) == said

    day = now().date() + timedelta(days=20)
    dunning_pauses.promise_to_pay(actor=STAFF, at=now(), invoice_id=invoice, pay_date=day, amount_minor=5000)
    for page in (seen(client, invoice), text_of(client.get(link))):
        assert "What happens if it is not paid" not in page
        assert f"You promised to pay €50.00 by {format_day(day, 'en')}. Until then we do not remind you" in page


def test_e40_what_is_suspended_is_said_with_how_it_comes_back(client: Client, house: Business) -> None:
    customer = house.customer()
    price = offers.price(offers.variant(offers.product()), house.vat, 8900)
    invoice = subscriptions.invoice_ids(offers.active(customer, price))[0]
    link, due = link_to(invoice), invoices.invoice(invoice)["due_date"]
    client.force_login(house.open_portal(customer))
    assert "The services on this invoice are suspended. They come back as soon as it is paid." in seen(client, invoice)
    days = (due - now().date()).days
    for late in (3, 12, 21):
        remind(days + late)
    suspend.suspend_for(invoice_ids=[invoice], at=now() + timedelta(days=days + 35))
    for page in (seen(client, invoice), text_of(client.get(link))):
        assert "It was not paid, so they are suspended for now. They come back as soon as it is paid." in page
        assert "What happens if it is not paid" not in page
    later = f"{due + timedelta(days=35):%Y-%m}"
    assert "Services suspended, if not paid" not in text_of(client.get("/portal/", {"month": later}))


def test_the_link_of_a_failed_payment_says_what_happens_too(client: Client, house: Business, account: str) -> None:
    charges_fees()
    payment, link = failed(house, account)
    page = text_of(client.get(link))
    assert "We remind you, and a late fee of €5.00 is added." in page
    dunning_pauses.promise_to_pay(
        actor=STAFF, at=now(), invoice_id=invoice_of(payment), pay_date=now().date() + timedelta(days=3)
    )
    assert text_of(client.get(link)).count("You promised to pay") == 1
    again_in_vain(payment, account, 2)
    page = text_of(client.get(link))
    assert "Can you not pay at the moment?" in page
    assert page.count("You promised to pay") == 1


def of_card(page: str) -> str:
    """What the card says of what comes."""
    said = page.partition("What happens if it is not paid")[2]
    return said.partition("If something is wrong with it")[0]


def test_a_promise_stops_no_automatic_payment_and_every_page_says_so(client: Client, house: Business) -> None:
    customer = house.customer()
    stored_card(customer, house.gateway())
    terms = terms_hash(autopay.TERMS_READ.read())
    autopay.agree(actor=STAFF, at=now(), customer_id=customer, terms_sha256=terms, evidence="By letter")
    invoice = house.invoice(customer)
    client.force_login(house.open_portal(customer))
    due = invoices.invoice(invoice)["due_date"]
    words = f"Automatic payment is not stopped by this: the invoice is charged on {format_day(due, 'en')}."
    for days, said in ((1, True), (0, True), (-1, False)):
        pay_date = due + timedelta(days=days)
        dunning_pauses.promise_to_pay(actor=STAFF, at=now(), invoice_id=invoice, pay_date=pay_date)
        pages = (seen(client, invoice), text_of(client.get(link_to(invoice))))
        assert ["You promised to pay" in page for page in pages] == [True, True]
        assert [words in page for page in pages] == [said, said]
    # What comes is told as it is: the charge stands in the calendar and with automatic payment, a reminder in neither.
    calendar = text_of(client.get("/portal/", {"month": f"{due:%Y-%m}"}))
    assert "Reminder, if not paid" not in calendar
    assert autopay_run.charge_of(expected_of(invoice), customer_id=customer) is not None
    assert dunning_pauses.charged_by(invoice, due, today=now().date()) == due


def test_whoever_promises_what_failed_reads_that_it_is_charged_all_the_same(
    client: Client, house: Business, account: str
) -> None:
    payment, link = failed(house, account)
    again_in_vain(payment, account, 2)
    customer = payments.payment(payment)["customer_id"]
    said = "Automatic payment is not stopped by this"
    assert said not in text_of(client.get(link))
    stored_card(customer, uid("gwa", account))
    terms = terms_hash(autopay.TERMS_READ.read())
    autopay.agree(actor=STAFF, at=now(), customer_id=customer, terms_sha256=terms, evidence="By letter")
    plan_retry.plan_retry(actor=STAFF, at=now(), payment_id=payment, day=now().date() + timedelta(days=3))
    page = text_of(client.get(link))
    assert "Say by which day you pay" in page
    assert said in page
    promise(payment, now().date() + timedelta(days=2))
    assert said not in text_of(client.get(link))


def expected_of(invoice: UUID) -> UUID:
    live = payments.live_scheduled(invoice)
    assert live is not None
    found: UUID = live["id"]
    return found
