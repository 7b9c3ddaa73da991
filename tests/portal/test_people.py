"""Contacts look after their own people: who may do what, inviting, changing and removing them (B2; model 32)."""

import re
import uuid
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from tallystick.correspondence.models import Message
from tallystick.customers import queries as customers
from tallystick.customers.mails import mails_of
from tallystick.customers.models import Contact, PortalView
from tallystick.customers.queries import ContactFacts
from tallystick.foundation.errors import Conflict, NotAllowed
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import AuditEntry, User
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.jobs import mail
from tallystick.usecases import enrol, people, view_as
from tallystick.usecases.enrol import UserBelongsToStaff, contact_actor
from tests.backoffice.business import member
from tests.portal.conftest import ALL_RIGHTS, STAFF, Business, now
from tests.trails import trail_of

pytestmark = pytest.mark.django_db


def address(name: str, *contacts: UUID) -> str:
    return reverse(f"portal:{name}", args=[public_id("con", each) for each in contacts])


def post(client: Client, path: str, key: str = "", **told: Any) -> HttpResponse:
    return client.post(path, {"idempotency_key": key or str(uuid.uuid4()), **told})  # type: ignore[return-value]


def save(client: Client, person: ContactFacts, **told: Any) -> HttpResponse:
    """This function will send the page of a person, with the mails that go to it at the moment."""
    mails = list(mails_of(person, customers.contacts(person.customer_id)))
    return post(client, address("contact", person.id), **{"name": person.name, "mails": mails, **told})


def contact(customer: UUID, email: str) -> ContactFacts:
    return next(each for each in customers.contacts(customer) if each.email == email)


def added(customer: UUID, email: str, *rights: str, invites: bool = True) -> ContactFacts:
    enrol.add_contact(
        actor=STAFF, at=now(), customer_id=customer, name="Sam", email=email, rights=rights, invites=invites
    )
    return contact(customer, email)


def browser_of(person: ContactFacts) -> Client:
    client = Client()
    client.force_login(User.objects.get(id=person.user_id))
    return client


def acting(person: ContactFacts) -> Actor:
    assert person.user_id is not None
    actor = contact_actor(person.user_id)
    assert actor is not None
    return actor


def traces() -> list[Any]:
    return [AuditEntry.objects.count(), Message.objects.count(), list(Contact.objects.order_by("id").values())]


def test_somebody_is_invited_once_and_can_sign_in(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    told: dict[str, Any] = {"name": "Zoë", "email": "Zoe@example.com", "rights": ["view", "pay"]}
    for _ in range(2):
        answer = post(client, address("contact-invite"), "one-press", **told)
        assert (answer.status_code, answer["Location"]) == (302, "/portal/people/")
    zoe = contact(customer, "zoe@example.com")
    assert (zoe.name, zoe.rights, zoe.is_billing) == ("Zoë", ("pay", "view"), False)
    for _ in range(2):
        mail.welcome(contact_id=str(zoe.id), customer_id=str(customer))
    assert [each.recipient_email for each in Message.objects.filter(kind="welcome")] == ["zoe@example.com"]
    entries = trail_of(customer)[-2:]
    assert [(each["action"], each["actor_kind"]) for each in entries] == [
        ("add_contact", "contact"),
        ("open_portal", "contact"),
    ]
    theirs = browser_of(zoe)
    assert theirs.get("/portal/").status_code == 200
    assert theirs.get("/portal/people/").status_code == 403
    page = client.get("/portal/people/").content.decode()
    assert "Zoë" in page
    again = post(client, address("contact-invite"), **told)
    assert (again.status_code, "already has a contact" in again.content.decode()) == (422, True)


def test_who_gets_mail_only_is_let_in(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    sam = added(customer, "sam@example.com", "view", invites=False)
    assert "Gets mail only" in client.get("/portal/people/").content.decode()
    assert post(client, address("contact-let-in", sam.id)).status_code == 302
    assert contact(customer, "sam@example.com").user_id is not None


def test_nobody_gives_or_takes_what_they_may_not_themselves(house: Business) -> None:
    customer = house.customer(rights=["view", "manage_contacts"])
    house.open_portal(customer)
    mary = customers.contacts(customer)[0]
    sam = added(customer, "sam@example.com", "view", "pay")
    client = browser_of(mary)
    page = client.get(address("contact", sam.id)).content.decode()
    assert 'value="pay"' not in page
    assert "This person may also: Pay." in page
    before = traces()
    for rights in (["view", "download"], ["pay"]):
        assert save(client, sam, rights=rights).status_code == 422
        invited = {"name": "Al", "email": "al@example.com", "rights": rights}
        assert post(client, address("contact-invite"), **invited).status_code == 422
    told: dict[str, Any] = {"actor": acting(mary), "at": now(), "customer_id": customer}
    for rights in (["view"], ["view", "pay", "download"]):
        with pytest.raises(NotAllowed):
            people.change_contact(**told, contact_id=sam.id, changes={"rights": rights})
    with pytest.raises(NotAllowed):
        enrol.add_contact(**told, name="Al", email="al@example.com", rights=["pay"])
    assert post(client, address("contact-remove", sam.id)).status_code == 403
    assert traces() == before
    # What is beyond her stays as it is while she changes the rest.
    save(client, sam, name="Samuel", rights=["manage_contacts"])
    sam = contact(customer, "sam@example.com")
    assert (sam.name, sam.rights) == ("Samuel", ("manage_contacts", "pay"))


def test_new_rights_count_from_the_next_request_on(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    sam = added(customer, "sam@example.com", "view", "pay")
    theirs = browser_of(sam)
    assert theirs.get("/portal/pay/").status_code == 200
    assert save(client, sam, rights=["view"]).status_code == 302
    assert theirs.get("/portal/pay/").status_code == 403
    entry = trail_of(customer)[-1]
    assert (entry["action"], entry["before"]["rights"], entry["after"]["rights"]) == (
        "change_contact",
        ["pay", "view"],
        ["view"],
    )
    before = traces()
    assert save(client, sam, rights=["view"]).status_code == 302
    assert traces() == before


def test_managing_contacts_is_not_given_up_by_a_slip(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    mary = customers.contacts(customer)[0]
    rights = [each for each in ALL_RIGHTS if each != "manage_contacts"]
    before = traces()
    alone = save(client, mary, rights=rights)
    assert (alone.status_code, "Nobody of yours" in alone.content.decode()) == (422, True)
    assert traces() == before
    added(customer, "sam@example.com", "view", "manage_contacts")
    other = save(client, mary, rights=rights)
    assert (other.status_code, "Nobody of yours" in other.content.decode()) == (422, False)
    assert "You would not be able to manage contacts any more." in other.content.decode()
    given_up = save(client, mary, rights=rights, gives_up_managing="on")
    assert given_up["Location"] == "/portal/profile/"
    assert client.get("/portal/people/").status_code == 403


def test_who_is_removed_is_signed_out_at_once(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    sam = added(customer, "sam@example.com", "view")
    theirs = browser_of(sam)
    office = User.objects.create_user("ada@office.example", password="x", is_staff=True)
    watching = Actor(kind="staff", id=str(office.id), label="Ada", permissions=STAFF.permissions)
    view_as.begin_view(actor=watching, at=now(), customer_id=customer, contact_id=sam.id)
    assert theirs.get("/portal/").status_code == 200
    for _ in range(2):
        answer = post(client, address("contact-remove", sam.id), "one-press")
        assert (answer.status_code, answer["Location"]) == (302, "/portal/people/")
    assert theirs.get("/portal/").status_code == 302
    assert [each.email for each in customers.contacts(customer)] == ["ivory.sons@example.com"]
    assert PortalView.objects.count() == 0
    ended, entry = trail_of(customer)[-2:]
    assert (ended["action"], ended["after"]["why"]) == ("end_view_as_customer", "removed")
    assert (entry["action"], entry["before"]["email"]) == ("remove_contact", "sam@example.com")
    assert post(client, address("contact-remove", sam.id)).status_code == 404
    fresh = browser_of(sam)
    assert fresh.get("/portal/").status_code == 403


def test_who_acts_for_two_customers_loses_one_only(house: Business, signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    elsewhere = added(house.customer("Other Ltd"), "sam@example.com", "view")
    sam = added(customer, "sam@example.com", "view")
    theirs = browser_of(elsewhere)
    assert post(client, address("contact-remove", sam.id)).status_code == 302
    assert theirs.get("/portal/").status_code == 200


def test_nobody_removes_themselves(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    mary = customers.contacts(customer)[0]
    assert address("contact-remove", mary.id) not in client.get("/portal/people/").content.decode()
    before = traces()
    post(client, address("contact-remove", mary.id))
    with pytest.raises(Conflict):
        people.remove_contact(actor=acting(mary), at=now(), customer_id=customer, contact_id=mary.id)
    assert traces() == before


def test_without_the_right_a_contact_changes_its_own_name_and_nothing_else(house: Business) -> None:
    customer = house.customer(rights=["view"])
    house.open_portal(customer)
    mary = customers.contacts(customer)[0]
    sam = added(customer, "sam@example.com", "view")
    told: dict[str, Any] = {"actor": acting(mary), "at": now(), "customer_id": customer}
    people.change_contact(**told, contact_id=mary.id, changes={"name": "Mary O"})
    assert customers.contact(mary.id, of_customer=customer).name == "Mary O"
    before = traces()
    for contact_id, changes in ((mary.id, {"rights": ["view", "pay"]}), (sam.id, {"name": "S"})):
        with pytest.raises(NotAllowed):
            people.change_contact(**told, contact_id=contact_id, changes=changes)
    with pytest.raises(NotAllowed):
        people.remove_contact(**told, contact_id=sam.id)
    assert traces() == before


def test_an_address_of_staff_is_answered_like_any_other(signed_in: tuple[Client, UUID]) -> None:
    client, customer = signed_in
    office = member("Finance")
    pages = []
    for email in (office.email, "anybody@example.com"):
        told: dict[str, Any] = {"name": "Zoë", "email": email, "rights": ["view"]}
        answer = post(client, address("contact-invite"), **told)
        assert (answer.status_code, answer["Location"]) == (302, "/portal/people/")
        found = contact(customer, email)
        assert post(client, address("contact-let-in", found.id)).status_code == 302
        page = client.get("/portal/people/").content.decode()
        pages.append(re.sub(r'con_\w+|value="[^"]*"|X-CSRFToken[^}]*', "", page).replace(email, "…"))
        assert post(client, address("contact-remove", found.id)).status_code == 302
        client.get("/portal/people/")
    assert pages[0] == pages[1]
    # Staff stay at their own door: nothing was opened, and no contact's removal puts them out.
    assert (found.user_id is None, Message.objects.filter(recipient_email=office.email).count()) == (False, 0)
    office.refresh_from_db()
    assert office.has_usable_password()
    actions = [each["action"] for each in trail_of(customer)]
    assert (actions.count("withhold_portal"), actions.count("open_portal")) == (2, 2)
    # Who sees more than one customer is told.
    with pytest.raises(UserBelongsToStaff):
        enrol.add_contact(
            actor=STAFF, at=now(), customer_id=customer, name="Al", email=office.email, rights=[], invites=True
        )
