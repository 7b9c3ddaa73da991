"""What customers change of themselves: billing details, and a contact's own name and e-mail address."""

import re
import uuid
from typing import Any
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client

from tallystick.correspondence.models import Message
from tallystick.customers import queries as customers
from tallystick.customers.models import Contact
from tallystick.foundation import address_links
from tallystick.foundation.errors import InvalidField, NotAllowed
from tallystick.foundation.models import AuditEntry, User
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.jobs import mail
from tallystick.invoices import queries as invoices
from tallystick.usecases import enrol, own_address
from tallystick.usecases.frame import SYSTEM
from tests.backoffice.business import member
from tests.portal.conftest import PASSWORD, STAFF, Business, now
from tests.trails import trail_of

pytestmark = pytest.mark.django_db

BILLING = {
    "address_lines": "Rue de la Loi 1",
    "postal_code": "1000",
    "city": "Bruxelles",
    "region": "",
    "country": "BE",
    "tax_id": "BE0123456789",
    "language": "fr",
}
NEW = "mary@new.example"


def send(client: Client, page: str, key: str = "", **told: str) -> HttpResponse:
    form = {"idempotency_key": key or str(uuid.uuid4()), **told}
    return client.post(f"/portal/profile/{page}/", form)  # type: ignore[return-value]


def traces() -> list[Any]:
    rows = [list(model.objects.order_by("id").values()) for model in (Contact, User)]
    return [AuditEntry.objects.count(), Message.objects.count(), *rows]


def contact_of(customer: UUID) -> customers.ContactFacts:
    return customers.contacts(customer)[0]


def mailed(customer: UUID, email: str, unique: str = "u") -> dict[str, str]:
    """This function will write the mails about a new address, and return their texts by where they go."""
    mail.address_link(user_id=str(contact_of(customer).user_id), email=email, unique=unique)
    found = Message.objects.filter(kind__in=["address_link", "address_changing"], unique_key__endswith=unique)
    return {each.recipient_email: each.text_body for each in found}


def link_in(text: str) -> str:
    found = re.search(r"/accounts/address/[^/\s]+/", text)
    assert found is not None
    return found[0]


def test_billing_details_are_changed_and_issued_invoices_stay(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    before = invoices.invoice(house.invoice(customer))["buyer"]
    assert "What is issued already stays as it is." in client.get("/portal/profile/billing/").content.decode()
    for _ in range(2):
        assert send(client, "billing", "one-press", **BILLING)["Location"] == "/portal/profile/"
    row = customers.customer(customer)
    assert {name: row[name] for name in BILLING} == BILLING
    entry = trail_of(customer)[-1]
    assert (entry["action"], entry["actor_kind"], entry["after"]["city"]) == (
        "change_billing_details",
        "contact",
        "Bruxelles",
    )
    page = client.get("/portal/profile/").content.decode()
    for words in ("1000 Bruxelles", "Belgium", "BE0123456789", "French"):
        assert words in page
    assert invoices.invoice(house.invoice(customer))["buyer"]["city"] == "Bruxelles"
    assert before["city"] == ""


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"country": "XX"}, "Select a valid choice"),
        ({"language": "klingon"}, "Select a valid choice"),
        ({"tax_id": "B" * 41}, "at most 40 characters"),
        ({"address_lines": "4242 4242 4242 4242"}, "card number"),
    ],
)
def test_what_cannot_stand_on_documents_is_refused(
    signed_in: tuple[Client, UUID], changes: dict[str, str], said: str
) -> None:
    client, customer = signed_in
    before = (customers.customer(customer), traces())
    answer = send(client, "billing", **{**BILLING, **changes})
    assert (answer.status_code, said in answer.content.decode()) == (422, True)
    assert (customers.customer(customer), traces()) == before


def test_billing_details_are_no_more_than_that(house: Business, client: Client) -> None:
    customer = house.customer(rights=["view", "pay"])
    client.force_login(house.open_portal(customer))
    before = (customers.customer(customer), traces())
    assert "/portal/profile/billing/" not in client.get("/portal/profile/").content.decode()
    assert send(client, "billing", **BILLING).status_code == 403
    told: dict[str, Any] = {"actor": STAFF, "at": now(), "customer_id": customer}
    for name in ("name", "terms_days", "is_prepaid", "completes_own_transfers", "note"):
        with pytest.raises(InvalidField):
            enrol.change_billing_details(**told, changes={name: "1"})
    assert (customers.customer(customer), traces()) == before


def test_the_own_name_needs_no_right(house: Business, client: Client) -> None:
    customer = house.customer(rights=["view"])
    client.force_login(house.open_portal(customer))
    assert send(client, "name", name="Mary Ní Néill", phone="+353 1 2")["Location"] == "/portal/profile/"
    me = contact_of(customer)
    assert (me.name, me.phone) == ("Mary Ní Néill", "+353 1 2")
    assert trail_of(customer)[-1]["action"] == "change_contact"
    assert send(client, "name", name="", phone="").status_code == 422


def test_an_address_changes_when_the_link_to_it_is_opened(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    old = contact_of(customer).email
    assert send(client, "email", email="Mary@New.example")["Location"] == "/portal/profile/"
    assert "a link is on its way" in client.get("/portal/profile/").content.decode()
    texts = mailed(customer, NEW)
    assert mailed(customer, NEW) == texts
    assert set(texts) == {old, NEW}
    assert NEW in texts[old]
    assert "/accounts/address/" not in texts[old]
    # Mail filters open links: that changes nothing.
    stranger, path = Client(), link_in(texts[NEW])
    assert NEW in stranger.get(path).content.decode()
    assert contact_of(customer).email == old
    changed = stranger.post(path)
    assert (changed.status_code, "is changed" in changed.content.decode()) == (200, True)
    assert contact_of(customer).email == NEW
    entry = trail_of(customer)[-1]
    assert (entry["action"], entry["before"], entry["after"]) == ("change_address", {"email": old}, {"email": NEW})
    for email, works in ((old, False), (NEW, True)):
        told = Client().post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert (told.status_code == 302) is works
    # Whoever was signed in still is. The link works once.
    assert NEW in client.get("/portal/profile/").content.decode()
    for method in (stranger.get, stranger.post):
        assert method(path).status_code == 410
    assert contact_of(customer).email == NEW


@pytest.mark.parametrize("whose", ["staff", "another customer", "the same customer", "nobody"])
def test_every_address_is_answered_the_same_and_taken_ones_get_no_link(
    signed_in: tuple[Client, UUID], house: Business, whose: str
) -> None:
    client, customer = signed_in
    wanted = "taken@example.com"
    if whose == "staff":
        wanted = member("Finance").email
    elif whose == "another customer":
        house.open_portal(house.customer("Others", email=wanted))
    elif whose == "the same customer":
        enrol.add_contact(actor=STAFF, at=now(), customer_id=customer, name="Sam", email=wanted, rights=[])
    answer = send(client, "email", email=wanted)
    assert answer["Location"] == "/portal/profile/"
    page = client.get("/portal/profile/").content.decode()
    assert f"If {wanted} can be your address, a link is on its way there." in page
    assert (wanted in mailed(customer, wanted)) is (whose == "nobody")
    assert contact_of(customer).email == "ivory.sons@example.com"


@pytest.mark.parametrize("why", ["old", "forged", "taken meanwhile", "known meanwhile", "password set", "put out"])
def test_a_link_that_is_over_changes_nothing(
    signed_in: tuple[Client, UUID], house: Business, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    _client, customer = signed_in
    path = link_in(mailed(customer, NEW)[NEW])
    user = User.objects.get(id=contact_of(customer).user_id)
    match why:
        case "old":
            monkeypatch.setattr(address_links, "MINUTES", -1)
        case "forged":
            path = path.replace("/address/", "/address/x")
        case "taken meanwhile":
            house.open_portal(house.customer("Others", email=NEW))
        case "known meanwhile":
            enrol.add_contact(actor=STAFF, at=now(), customer_id=customer, name="Sam", email=NEW, rights=[])
        case "password set":
            user.set_password("another battery")
            user.save()
        case _:
            user.is_active = False
            user.save()
    before = traces()
    assert Client().post(path).status_code == 410
    assert traces() == before


@pytest.mark.parametrize(
    ("email", "said"),
    [
        ("ivory.sons@example.com", "your address already"),
        ("no address", "valid email address"),
        (f"{'m' * 60}@{'x' * 200}.example", "valid email address|is not an e-mail address"),
    ],
)
def test_what_can_be_no_new_address_is_refused(signed_in: tuple[Client, UUID], email: str, said: str) -> None:
    client, _customer = signed_in
    before = traces()
    answer = send(client, "email", email=email)
    assert (answer.status_code, bool(re.search(said, answer.content.decode()))) == (422, True)
    assert traces() == before


def test_nobody_asks_for_an_address_but_the_contact(house: Business) -> None:
    customer = house.customer()
    program = Actor(kind="api_key", id="k", label="K", permissions=frozenset({"view"}), scope=("customer", customer))
    for actor in (program, SYSTEM):
        with pytest.raises(NotAllowed):
            own_address.ask_for_address(actor=actor, at=now(), email=NEW)


def test_who_asks_for_very_many_addresses_waits(signed_in: tuple[Client, UUID]) -> None:
    client, _customer = signed_in
    answers = [send(client, "email", email=f"m{number}@example.com").status_code for number in range(11)]
    assert (set(answers[:10]), answers[10]) == ({302}, 429)
