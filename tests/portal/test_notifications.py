"""Which mails go to whom: chosen by each contact, by those who manage contacts, and by staff (B3)."""

import uuid
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from tallystick.correspondence.models import Message
from tallystick.customers import queries as customers
from tallystick.customers.mails import mails_of
from tallystick.customers.models import Contact
from tallystick.foundation.errors import InvalidField, NotAllowed
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry
from tallystick.interfaces.jobs import mail
from tallystick.usecases import configure, enrol, people, record, statements
from tallystick.usecases.enrol import contact_actor
from tallystick.usecases.people import NobodyGets
from tallystick.usecases.record import Part
from tests.portal.conftest import STAFF, Business, now, uid
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

EVERY = ("invoices", "coming_invoices", "receipts", "failed_payments", "statements")
TO_ALL = ("receipts", "failed_payments")


def save(client: Client, *mails: str, path: str = "/portal/notifications/", **told: str) -> HttpResponse:
    sent: dict[str, Any] = {"idempotency_key": str(uuid.uuid4()), "mails": list(mails), **told}
    return client.post(path, sent)  # type: ignore[return-value]


def add(customer: UUID, email: str, *, is_billing: bool = False) -> UUID:
    enrol.add_contact(
        actor=STAFF, at=now(), customer_id=customer, name="Sam", email=email, is_billing=is_billing, rights=["view"]
    )
    return next(each.id for each in customers.contacts(customer) if each.email == email)


def change(customer: UUID, contact: UUID, **changes: Any) -> None:
    people.change_contact(actor=STAFF, at=now(), customer_id=customer, contact_id=contact, changes=changes)


def goes(customer: UUID) -> dict[str, tuple[str, ...]]:
    everybody = customers.contacts(customer)
    return {each.email: mails_of(each, everybody) for each in everybody}


def to(kind: str) -> list[str]:
    return sorted(Message.objects.filter(kind=kind).values_list("recipient_email", flat=True))


def test_a_contact_chooses_its_own_mails_and_nobody_elses_change(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    add(customer, "sam@example.com")
    assert goes(customer) == {"ivory.sons@example.com": EVERY, "sam@example.com": TO_ALL}
    page = client.get("/portal/notifications/").content.decode()
    assert page.count("checked") == len(EVERY)
    assert "30 at most. Empty for the usual 7." in page
    answer = save(client, "invoices", "failed_payments", notice_days="14")
    assert (answer.status_code, answer["Location"]) == (302, "/portal/profile/")
    assert goes(customer) == {"ivory.sons@example.com": ("invoices", "failed_payments"), "sam@example.com": TO_ALL}
    [mary] = [each for each in customers.contacts(customer) if each.is_billing]
    assert mary.notice_days == 14
    entry = trail_of(customer)[-1]
    assert (entry["action"], entry["actor_kind"]) == ("change_contact", "contact")
    assert (entry["before"]["mails"], entry["after"]["mails"]) == (list(EVERY), ["invoices", "failed_payments"])
    entries = AuditEntry.objects.count()
    save(client, "invoices", "failed_payments", notice_days="14")
    assert AuditEntry.objects.count() == entries


def test_mails_go_where_they_were_chosen_to_go(house: Business) -> None:
    customer = house.customer()
    mary = customers.contacts(customer)[0].id
    sam = add(customer, "sam@example.com")
    change(customer, sam, mails=["invoices", "statements"])
    change(customer, mary, mails=["receipts", "failed_payments"])
    invoice = house.invoice(customer)
    told: dict[str, Any] = {"actor": STAFF, "at": now(), "customer_id": customer, "currency": "EUR"}
    paid = record.record_payment(**told, total_minor=1000, parts=[Part(invoice_id=invoice)])
    mail.receipt(payment_id=str(uid("pay", paid["id"])))
    mail.invoice(invoice_id=str(invoice))
    statements.send_statement(actor=STAFF, at=now(), customer_id=customer)
    assert to("receipt") == ["ivory.sons@example.com"]
    assert to("invoice_issued") == to("statement") == ["sam@example.com"]
    change(customer, sam, mails=["invoices"])
    sent = statements.send_statement(actor=STAFF, at=now(), customer_id=customer)
    assert sent["sent_to"] == ["sam@example.com"]


@pytest.mark.parametrize("left", [("receipts", "failed_payments"), ("invoices", "receipts"), ()])
def test_what_somebody_must_get_is_not_switched_off_for_all(
    signed_in: tuple[Client, UUID], left: tuple[str, ...]
) -> None:
    client, customer = signed_in
    sam = add(customer, "sam@example.com")
    change(customer, sam, mails=["receipts"])
    before, entries = goes(customer), AuditEntry.objects.count()
    answer = save(client, *left)
    assert (answer.status_code, "Somebody must get this mail" in answer.content.decode()) == (422, True)
    assert (goes(customer), AuditEntry.objects.count()) == (before, entries)
    mary = next(each.id for each in customers.contacts(customer) if each.id != sam)
    with pytest.raises(NobodyGets):
        people.remove_contact(actor=STAFF, at=now(), customer_id=customer, contact_id=mary)
    assert (goes(customer), AuditEntry.objects.count()) == (before, entries)
    # What nobody needs may go to nobody.
    change(customer, mary, mails=["invoices", "failed_payments"])
    change(customer, sam, mails=[])
    assert goes(customer)["sam@example.com"] == ()


def test_where_nobody_was_for_billing_a_choice_takes_nothing_from_the_others(house: Business) -> None:
    customer = house.customer()
    mary = customers.contacts(customer)[0].id
    sam, ann = add(customer, "sam@example.com"), add(customer, "ann@example.com")
    # As an older version may have left it: nobody is for billing, so everybody is.
    Contact.objects.filter(id=mary).update(is_billing=False)
    assert set(goes(customer).values()) == {EVERY}
    change(customer, sam, mails=["receipts"])
    assert goes(customer) == {
        "ivory.sons@example.com": EVERY,
        "ann@example.com": EVERY,
        "sam@example.com": ("receipts",),
    }
    people.remove_contact(actor=STAFF, at=now(), customer_id=customer, contact_id=ann)
    assert goes(customer) == {"ivory.sons@example.com": EVERY, "sam@example.com": ("receipts",)}


def test_the_last_contact_stays(house: Business) -> None:
    customer = house.customer()
    [mary] = customers.contacts(customer)
    with pytest.raises(NobodyGets):
        people.remove_contact(actor=STAFF, at=now(), customer_id=customer, contact_id=mary.id)
    assert customers.contacts(customer) == [mary]


def test_the_days_stay_within_what_the_business_allows(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    for days in ("0", "31", "soon"):
        assert save(client, *EVERY, notice_days=days).status_code == 422
    [mary] = customers.contacts(customer)
    with pytest.raises(InvalidField):
        change(customer, mary.id, notice_days=31)
    configure.change_settings(actor=STAFF, at=now(), changes={"coming_invoice_own_days": 40})
    assert save(client, *EVERY, notice_days="31").status_code == 302
    configure.change_settings(actor=STAFF, at=now(), changes={"coming_invoice_days": 0})
    assert "days of notice" not in client.get("/portal/notifications/").content.decode()
    with pytest.raises(InvalidField):
        change(customer, mary.id, notice_days=5)
    assert customers.contacts(customer)[0].notice_days == 31


def test_only_those_who_manage_contacts_choose_for_others(house: Business) -> None:
    customer = house.customer(rights=["view"])
    user = house.open_portal(customer)
    actor = contact_actor(user.id)
    assert actor is not None
    sam = add(customer, "sam@example.com")
    before = goes(customer)
    with pytest.raises(NotAllowed):
        people.change_contact(
            actor=actor, at=now(), customer_id=customer, contact_id=sam, changes={"mails": ["invoices"]}
        )
    client = Client()
    client.force_login(user)
    path = f"/portal/people/{public_id('con', sam)}/"
    assert save(client, "invoices", path=path).status_code == 403
    assert goes(customer) == before
    assert save(client, "invoices", "failed_payments").status_code == 302
