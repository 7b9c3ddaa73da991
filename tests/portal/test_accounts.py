"""Somebody who is a contact of two customers: chooses after sign-in, switches, and never sees the one in the other."""

import itertools
import re
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.customers import queries as customers
from tallystick.customers.signed_in import contacts_of_user
from tallystick.foundation.ids import public_id
from tallystick.invoices import queries
from tallystick.usecases import enrol, people
from tests.portal.conftest import STAFF, Business, now, uid
from tests.portal.test_ownership import NAMING, PREFIXES, ROUTES, Things, asked, missing, things_of_another, traces

pytestmark = pytest.mark.django_db

ACCOUNTS = "/portal/accounts/"
EMAIL = "accountant@example.com"


class Accountant:
    """A contact of Ivory & Sons, who may do everything there, and of Somebody Else, for whom they may only look."""

    def __init__(self, house: Business, of_another: Things, client: Client) -> None:
        self.house, self.theirs, self.client = house, of_another, client
        self.ivory = house.customer(email=EMAIL)
        self.user = house.open_portal(self.ivory)
        self.other: UUID = customers.customers_page(search="Somebody Else").rows[0]["id"]
        enrol.add_contact(
            actor=STAFF,
            at=now(),
            customer_id=self.other,
            name="Mary O'Neill",
            email=EMAIL,
            rights=["view"],
            invites=True,
        )
        self.contacts = {
            each.facts.customer_id: public_id("con", each.facts.id) for each in contacts_of_user(self.user.id)
        }
        client.force_login(self.user)

    def choose(self, customer: UUID, back: str = "") -> Any:
        """This function will press the button of a customer and return the answer."""
        return self.client.post(ACCOUNTS, {"contact": self.contacts[customer], "next": back})


@pytest.fixture
def of_another(house: Business) -> Things:
    """What Somebody Else has."""
    return things_of_another(house)


@pytest.fixture
def accountant(house: Business, of_another: Things, client: Client) -> Accountant:
    return Accountant(house, of_another, client)


def test_after_sign_in_they_choose_and_come_to_the_page_they_wanted(accountant: Accountant) -> None:
    client = accountant.client
    wanted = "/portal/payments/?status=failed&q=a"
    answer = client.get(wanted)
    assert answer["Location"] == "/portal/accounts/?next=%2Fportal%2Fpayments%2F%3Fstatus%3Dfailed%26q%3Da"
    page = client.get(answer["Location"]).content.decode()
    assert "Ivory &amp; Sons" in page
    assert "Somebody Else" in page
    assert 'name="next" value="/portal/payments/?status=failed&amp;q=a"' in page
    assert accountant.choose(accountant.other, wanted)["Location"] == wanted
    assert "Somebody Else" in client.get("/portal/profile/").content.decode()


def test_the_choice_leads_nowhere_but_into_the_portal(accountant: Accountant) -> None:
    for elsewhere in ("https://elsewhere.example/", "//elsewhere.example", "/office/", "", "/portal"):
        assert accountant.choose(accountant.ivory, elsewhere)["Location"] == "/portal/"


def test_before_the_choice_no_page_is_shown_and_nothing_is_done(accountant: Accountant) -> None:
    before = traces()
    for name in ROUTES:
        if name == "accounts":
            continue
        path = reverse(f"portal:{name}", args=["pay_0"] if name in NAMING else [])
        for method in ("get", "post"):
            answer = getattr(accountant.client, method)(path, {"idempotency_key": "key"})
            assert answer.status_code == 405 or answer["Location"].startswith(ACCOUNTS), (name, method)
        part = accountant.client.get(path, headers={"HX-Request": "true"})
        assert part.status_code == 405 or part["HX-Refresh"] == "true"
    assert traces() == before


def test_what_the_other_one_has_is_answered_as_what_is_not_there(accountant: Accountant) -> None:
    accountant.choose(accountant.ivory)
    before = traces()
    for name, method in itertools.product(NAMING, ("get", "post")):
        for kind in PREFIXES[name]:
            theirs = accountant.theirs[kind]
            told, nothing, malformed = (
                asked(
                    accountant.client,
                    method,
                    reverse(f"portal:{name}", args=[public]),
                    {"idempotency_key": "key"},
                    named=public,
                )
                for public in (theirs, missing(theirs), "nonsense")
            )
            assert told.status in {404, 405}, (name, method)
            assert told == nothing, (name, method)
            assert (malformed.status, malformed.body) == (told.status, told.body), (name, method)
    assert traces() == before


def test_a_link_to_the_others_invoice_offers_to_open_it_there(accountant: Accountant) -> None:
    client, path = accountant.client, reverse("portal:invoice", args=[accountant.theirs["inv"]])
    accountant.choose(accountant.ivory)
    page = client.get(path)
    assert page.status_code == 404
    assert f'name="next" value="{path}"' in page.content.decode()
    assert accountant.choose(accountant.other, path)["Location"] == path
    assert client.get(path).status_code == 200


def test_every_page_is_that_of_the_one_who_was_chosen(accountant: Accountant) -> None:
    """Neither lists, files nor rights of the one reach into the other."""
    client = accountant.client
    number = queries.invoice(uid("inv", accountant.theirs["inv"]))["number"]
    assert number
    accountant.choose(accountant.ivory)
    for path in (
        "/portal/",
        "/portal/invoices/",
        "/portal/payments/",
        "/portal/reports/",
        "/portal/wallet/",
        "/portal/methods/",
    ):
        page = client.get(path).content.decode()
        assert accountant.theirs["inv"] not in page
        assert accountant.theirs["pay"] not in page
        assert number not in page
        assert page.count("Somebody Else") == 1, path
    assert client.get("/portal/people/").status_code == 200
    accountant.choose(accountant.other)
    assert client.get("/portal/people/").status_code == 403
    assert client.get("/portal/pay/").status_code == 403


def test_what_was_open_for_the_one_is_not_sent_for_the_other(accountant: Accountant) -> None:
    """A form of another window is refused after a switch: it would be done for the other customer."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(accountant.user)
    token = _token(client, ACCOUNTS)
    client.post(ACCOUNTS, {"contact": accountant.contacts[accountant.other], "csrfmiddlewaretoken": token})
    form = {"name": "Mary", "csrfmiddlewaretoken": _token(client, "/portal/profile/name/")}
    client.post(
        ACCOUNTS, {"contact": accountant.contacts[accountant.ivory], "csrfmiddlewaretoken": form["csrfmiddlewaretoken"]}
    )
    before = traces()
    assert client.post("/portal/profile/name/", {**form, "idempotency_key": "key"}).status_code == 403
    assert traces() == before
    form["csrfmiddlewaretoken"] = _token(client, "/portal/profile/name/")
    assert client.post("/portal/profile/name/", {**form, "idempotency_key": "key"}).status_code == 302
    assert {each.facts.customer_id: each.facts.name for each in contacts_of_user(accountant.user.id)} == {
        accountant.ivory: "Mary",
        accountant.other: "Mary O'Neill",
    }


def _token(client: Client, path: str) -> str:
    found = re.search(r'csrfmiddlewaretoken" value="([^"]+)', client.get(path).content.decode())
    assert found is not None
    return found[1]


def test_whoever_was_removed_chooses_again_before_anything_is_done(accountant: Accountant) -> None:
    accountant.choose(accountant.other)
    [contact] = [
        each.facts for each in contacts_of_user(accountant.user.id) if each.facts.customer_id == accountant.other
    ]
    people.remove_contact(actor=STAFF, at=now(), customer_id=accountant.other, contact_id=contact.id)
    before = traces()
    form = {"name": "Mary", "idempotency_key": "key"}
    assert accountant.client.post("/portal/profile/name/", form)["Location"] == ACCOUNTS
    assert traces() == before
    page = accountant.client.get(ACCOUNTS).content.decode()
    assert "Ivory &amp; Sons" in page
    assert "Somebody Else" not in page
    assert accountant.client.post(ACCOUNTS, {"contact": accountant.contacts[accountant.other]}).status_code == 404
    accountant.choose(accountant.ivory)
    assert accountant.client.get("/portal/").status_code == 200


def test_who_is_one_contact_alone_is_not_asked(signed_in: tuple[Client, UUID], of_another: Things) -> None:
    client, _customer = signed_in
    assert 'id="accounts"' not in client.get("/portal/").content.decode()
    for public in (of_another["con"], missing(of_another["con"]), ""):
        assert client.post(ACCOUNTS, {"contact": public}).status_code == 404
    assert client.get("/portal/").status_code == 200
