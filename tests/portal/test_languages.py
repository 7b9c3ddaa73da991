"""Which language the portal speaks to whom, that a customer meets no English in German, and what it writes in it."""

from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.correspondence.models import Message
from tallystick.customers import queries as customers
from tallystick.foundation import business, settings_store
from tallystick.foundation.errors import InvalidField
from tallystick.foundation.models import AuditEntry
from tallystick.foundation.transactions import transaction
from tallystick.usecases import enrol, notify, people
from tests.portal.conftest import STAFF, Business, now

pytestmark = pytest.mark.django_db

GERMAN = {"HTTP_ACCEPT_LANGUAGE": "de-DE,de;q=0.9,en;q=0.5"}


def speak(customer: UUID, language: str) -> None:
    (contact, *_others) = customers.contacts(customer)
    told = {"actor": STAFF, "at": now(), "customer_id": customer, "contact_id": contact.id}
    people.change_contact(**told, changes={"language": language})


def home(client: Client, **headers: str) -> str:
    return client.get(reverse("portal:home"), **headers).content.decode()


def test_the_portal_speaks_the_contacts_language_else_the_customers_else_the_businesss(
    house: Business, client: Client
) -> None:
    customer = house.customer(details={"language": "de-AT"})
    house.invoice(customer, 5071)
    client.force_login(house.open_portal(customer))
    page = home(client, HTTP_ACCEPT_LANGUAGE="fr")
    # Austria writes the euro before the amount.
    assert '<html lang="de-at"' in page
    assert "Sie schulden" in page
    assert "€\N{NO-BREAK SPACE}60,85" in page
    speak(customer, "en")
    page = home(client, **GERMAN)
    assert '<html lang="en"' in page
    assert "You owe" in page
    assert "€60.85" in page
    # Who reads German at a customer of Austria reads it as Austrians do.
    speak(customer, "de")
    assert '<html lang="de-at"' in home(client)
    speak(customer, "")
    enrol.change_customer(actor=STAFF, at=now(), customer_id=customer, changes={"language": ""})
    assert "You owe" in home(client, **GERMAN)
    with transaction():
        settings_store.put(business.LANGUAGE, "de")
    assert "60,85\N{NO-BREAK SPACE}€" in home(client)


def test_before_anybody_signs_in_the_browser_is_asked_and_its_choice_kept(house: Business, client: Client) -> None:
    address = reverse("account_login")
    assert "Sign in" in client.get(address).content.decode()
    answer = client.get(address, **GERMAN)
    assert "Anmelden" in answer.content.decode()
    assert answer["Content-Language"] == "de"
    assert "Accept-Language" in answer["Vary"]
    chosen = client.post(reverse("kit:language"), {"language": "en", "next": address}, **GERMAN)
    assert (chosen.status_code, chosen["Location"]) == (302, address)
    assert "Sign in" in client.get(address, **GERMAN).content.decode()
    client.post(reverse("kit:language"), {"language": "xx", "next": "https://evil.example/"})
    assert client.cookies["language"].value == "en"


def test_the_switch_in_the_foot_is_the_contacts_choice(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    address, back = reverse("portal:language"), reverse("portal:invoices")
    answer = client.post(address, {"language": "de", "next": back})
    assert (answer.status_code, answer["Location"]) == (302, back)
    assert customers.contacts(customer)[0].language == "de"
    entry = AuditEntry.objects.filter(action="change_contact").latest("at")
    assert (entry.actor_kind, entry.after["language"]) == ("contact", "de")
    assert "Noch keine Rechnungen" in client.get(back).content.decode()
    # Another address than one of ours is not where it leads, and no other language is taken.
    assert client.post(address, {"language": "en", "next": "https://evil.example/"})["Location"] == "/"
    refused = client.post(address, {"language": "tlh", "next": back}, follow=True).content.decode()
    assert "Choose one of these: en, de." in refused
    assert customers.contacts(customer)[0].language == "en"
    assert client.get(address).status_code == 405


def test_a_language_that_the_program_does_not_speak_is_refused(signed_in: tuple[Client, UUID]) -> None:
    with pytest.raises(InvalidField):
        speak(signed_in[1], "fr")


def test_what_is_refused_is_said_in_german_to_whoever_reads_german(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    speak(customer, "de")
    told = {"number": "nothing-like-it", "currency": "EUR"}
    page = client.post(reverse("portal:wallet"), told).content.decode()
    assert "Es gibt keinen Gutschein mit dieser Nummer." in page
    assert "There is no voucher" not in page


def test_programs_and_staff_are_answered_in_english(client: Client, house: Business) -> None:
    problem = client.get("/api/v1/customers", **GERMAN)
    assert problem.status_code == 401
    assert "Content-Language" not in problem
    assert client.get("/office/", **GERMAN)["Location"].startswith("/accounts/login/")


def test_each_reads_a_mail_in_the_own_language(house: Business) -> None:
    customer = house.customer()
    speak(customer, "de")
    enrol.add_contact(actor=STAFF, at=now(), customer_id=customer, name="Sam", email="sam@example.com", is_billing=True)
    invoice = house.invoice(customer, 5071)
    for _ in range(2):
        notify.write_invoice(invoice_id=invoice, at=now())
    mails = {each.recipient_email: each for each in Message.objects.filter(kind="invoice_issued")}
    assert len(mails) == 2
    assert mails["sam@example.com"].subject.startswith("Invoice INV-")
    german = mails["ivory.sons@example.com"]
    assert german.subject.startswith("Rechnung INV-")
    assert "60,85\N{NO-BREAK SPACE}€" in german.text_body
    assert "Kontoinhaber: Northwind Fibre Ltd" in german.text_body
