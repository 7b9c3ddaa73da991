"""What belongs to another customer does not exist: asked of every route, so that a new one is covered by default.

The answer is that for what was never there, byte for byte, and the database is asked the very same statements for it:
neither what a page says nor how long it takes tells that there is something.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import pytest
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.models import AuditEntry, User
from tallystick.interfaces.portal.link_urls import urlpatterns as link_patterns
from tallystick.interfaces.portal.urls import urlpatterns
from tallystick.payments.models import Attempt, Payment, PaymentEvent
from tallystick.usecases import bill, collect, method_setups, payment_links, promise
from tallystick.usecases.enrol import contact_actor
from tests.conftest import standing
from tests.portal.conftest import STAFF, Business, now, uid
from tests.statements import statements
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

# Which things the address of a route names.
PAYMENTS = ("pay", "promised")
PREFIXES: dict[str, tuple[str, ...]] = {
    "invoice": ("inv",),
    "invoice-pdf": ("inv",),
    "invoice-xml": ("inv",),
    "credit-note-xml": ("crn",),
    "credit-note-pdf": ("crn",),
    "tax-document-pdf": ("txd",),
    "purchase-tax-document-pdf": ("ptx",),
    "tax-document-xml": ("txd",),
    "purchase-tax-document-xml": ("ptx",),
    "return": ("att",),
    **dict.fromkeys(["contact", "contact-remove", "contact-let-in"], ("con",)),
    **dict.fromkeys(["method-default", "method-remove"], ("pmt",)),
    "method-setup": ("pms",),
    **dict.fromkeys(
        [
            "payment",
            "receipt",
            "receipt-pdf",
            "check",
            "give-up",
            "try-again",
            "choose-day",
            "promise-to-pay",
            "sent",
            "withdraw",
            "complete",
        ],
        PAYMENTS,
    ),
}
ROUTES = [str(route.name) for route in urlpatterns]
NAMING = [str(route.name) for route in urlpatterns if "<" in str(route.pattern)]
# What is new in every page: the token against forms from elsewhere, and the key of a form.
_FRESH = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": "|idempotency_key" value=")[^"]+')


# Things of one customer by their kinds: an invoice, a try under way, payments in their ways, a link to an invoice.
Things = dict[str, str]


@dataclass(frozen=True)
class Answer:
    """What a request was answered with, and what the database was asked for it."""

    status: int
    body: str
    leads_to: str
    statements: list[str]


def asked(client: Client, method: str, path: str, fields: dict[str, Any], *, named: str) -> Answer:
    """This function will send a request that names a thing, and return the answer without what is new in every one."""
    # Where one's tries are counted, the first is written down and the second added to it.
    cache.clear()
    with statements() as heard:
        answer = getattr(client, method)(path, fields)
    body = _FRESH.sub("", answer.content.decode()).replace(named, "-")
    return Answer(answer.status_code, body, answer.get("Location", ""), heard)


def missing(public: str) -> str:
    """This function will return an id of the same kind that nobody has."""
    return public_id(public.partition("_")[0], new_id())


def things_of_another(house: Business) -> Things:
    """This function will make everything that an address of the portal may name."""
    customer = house.customer("Somebody Else")
    user = house.open_portal(customer)
    actor = contact_actor(user.id)
    assert actor is not None
    account = house.gateway()
    invoice, other = house.invoice(customer), house.invoice(customer)
    # Nobody answers at that address, so the order surely never left; a new one waits under way.
    shape = collect.pay(
        actor=actor,
        at=now(),
        customer_id=customer,
        amounts={invoice: None},
        account_id=account,
        return_url="http://x.example",
    )
    setup = method_setups.begin_setup(
        actor=actor, at=now(), customer_id=customer, account_id=account, return_url="http://x.example"
    )
    note = bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=other, reason="Part", gross_minor=100)
    promised = promise.promise_transfer(actor=actor, at=now(), customer_id=customer, amounts={other: None})
    link = payment_links.make_payment_link(actor=STAFF, at=now(), invoice_id=invoice)
    return {
        "inv": public_id("inv", invoice),
        "crn": note["id"],
        "txd": house.taxed_topup(customer)[1],
        "ptx": house.taxed_purchases(customer)["id"],
        "pay": shape["id"],
        "promised": promised["id"],
        "con": public_id("con", UUID(actor.id)),
        "att": shape["attempts"][-1]["id"],
        "pmt": public_id("pmt", stored_card(customer, account)),
        "pms": setup["id"],
        "plk": link["id"],
        "token": payment_links.address_of(uid("plk", link["id"])).rstrip("/").rpartition("/")[2],
    }


@pytest.fixture(scope="module")
def shared(django_db_setup: None, django_db_blocker: Any) -> Iterator[tuple[Business, Things]]:
    """The business, with a customer who has all of it: all tests begin with it."""
    with standing(django_db_blocker, lambda: (made := Business(), things_of_another(made))) as made:
        yield made


@pytest.fixture
def house(shared: tuple[Business, Things]) -> Business:
    return shared[0]


@pytest.fixture
def of_another(shared: tuple[Business, Things]) -> Things:
    return shared[1]


def test_every_route_that_names_a_thing_is_known_here() -> None:
    assert sorted(NAMING) == sorted(PREFIXES)


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", NAMING)
def test_anothers_things_are_answered_as_what_is_not_there(
    signed_in: tuple[Client, UUID], of_another: Things, name: str, method: str
) -> None:
    client, _customer = signed_in
    before = traces()
    for kind in PREFIXES[name]:
        theirs = of_another[kind]
        told, nothing, malformed = (
            asked(
                client,
                method,
                reverse(f"portal:{name}", args=[public]),
                {"idempotency_key": "key"},
                named=public,
            )
            for public in (theirs, missing(theirs), "nonsense")
        )
        assert told.status in {404, 405}
        assert told == nothing
        assert (malformed.status, malformed.body) == (told.status, told.body)
    assert traces() == before


# What forms and addresses name beside the thing of the route: the fields, with a gap for the id.
FORMS: dict[str, tuple[str, str, str, dict[str, str]]] = {
    "an invoice to choose": ("get", "pay", "inv", {"invoice": "{id}"}),
    "an invoice to pay": (
        "post",
        "pay",
        "inv",
        {
            "pay": "selected_invoices",
            "invoice": "{id}",
            "total": "10680",
            "to_invoices": "10680",
            "method": "{account}",
        },
    ),
    "an invoice to transfer for": (
        "post",
        "pay",
        "inv",
        {
            "pay": "selected_invoices",
            "invoice": "{id}",
            "total": "10680",
            "to_invoices": "10680",
            "method": "bank_transfer",
        },
    ),
    "the latest invoice": (
        "post",
        "pay",
        "inv",
        {"pay": "current_charges", "latest": "{id}", "total": "10680", "to_invoices": "10680", "method": "{account}"},
    ),
    "a card to pay with": (
        "post",
        "pay",
        "pmt",
        {"pay": "fixed_amount", "fixed": "5", "total": "500", "method": "{id}"},
    ),
    "a card to charge": ("post", "autopay", "pmt", {"method": "{id}", "charge_day": "", "accepts": "on"}),
    "a customer to act for": ("post", "accounts", "con", {"contact": "{id}"}),
    "an invoice to search for": ("get", "invoices", "inv", {"q": "{id}"}),
    "a payment to search for": ("get", "payments", "pay", {"q": "{id}"}),
}


@pytest.mark.parametrize("what", FORMS)
def test_what_a_form_names_of_another_is_answered_as_what_is_not_there(
    signed_in: tuple[Client, UUID], of_another: Things, house: Business, what: str
) -> None:
    client, _customer = signed_in
    method, name, kind, fields = FORMS[what]
    account, theirs = public_id("gwa", house.gateway()), of_another[kind]
    before = traces()
    told, nothing = (
        asked(
            client,
            method,
            reverse(f"portal:{name}"),
            {key: value.format(id=public, account=account) for key, value in fields.items()}
            | {"currency": "EUR", "idempotency_key": "key"},
            named=public,
        )
        for public in (theirs, missing(theirs))
    )
    assert told == nothing
    assert traces() == before


LINKS = [str(route.name) for route in link_patterns if "token" in str(route.pattern)]


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", LINKS)
def test_a_link_that_was_revoked_is_answered_as_one_that_never_was(
    client: Client, of_another: Things, name: str, method: str
) -> None:
    token = of_another["token"]
    payment_links.revoke_payment_link(
        actor=STAFF, at=now(), invoice_id=uid("inv", of_another["inv"]), link_id=uid("plk", of_another["plk"])
    )
    told, nothing = (
        asked(client, method, reverse(f"paylink:{name}", args=[secret]), {"method": "bank_transfer"}, named=secret)
        for secret in (token, "A" * len(token))
    )
    assert told == nothing
    assert told.status in {404, 405}


def test_the_way_back_of_a_link_tells_nothing_of_anothers_try(
    client: Client, house: Business, of_another: Things
) -> None:
    invoice = house.invoice(house.customer("Who Has A Link"))
    link = payment_links.make_payment_link(actor=STAFF, at=now(), invoice_id=invoice)
    client.cookies["payment_link"] = payment_links.address_of(uid("plk", link["id"])).rstrip("/").rpartition("/")[2]
    before = traces()
    theirs = of_another["att"]
    told, nothing = (
        asked(client, "get", reverse("paylink:return", args=[public]), {}, named=public)
        for public in (theirs, missing(theirs))
    )
    assert told == nothing
    assert told.status == 302
    assert traces() == before


@pytest.mark.parametrize("name", ROUTES)
def test_nobody_gets_in_without_signing_in(client: Client, db: None, name: str) -> None:
    path = reverse(f"portal:{name}", args=["pay_0"] if name in NAMING else [])
    for method in ("get", "post"):
        answer = getattr(client, method)(path)
        assert answer.status_code in {302, 405}
        if answer.status_code == 302:
            assert answer["Location"].startswith("/accounts/login/?next=")


@pytest.mark.parametrize("name", ROUTES)
def test_staff_and_strangers_are_refused(client: Client, db: None, name: str) -> None:
    client.force_login(User.objects.create_user("stranger@example.com", password="x"))
    path = reverse(f"portal:{name}", args=["pay_0"] if name in NAMING else [])
    assert {client.get(path).status_code, client.post(path).status_code} <= {403, 405}


def test_paying_anothers_invoice_is_refused_without_a_trace(
    signed_in: tuple[Client, UUID], of_another: Things, house: Business
) -> None:
    client, _customer = signed_in
    account = public_id("gwa", house.gateway())
    before = traces()
    theirs = of_another["inv"]
    for method in (account, "bank_transfer"):
        form = {
            "pay": "selected_invoices",
            "invoice": theirs,
            "currency": "EUR",
            "total": "10680",
            "to_invoices": "10680",
            "method": method,
            "idempotency_key": str(new_id()),
        }
        assert client.post("/portal/pay/", form).status_code == 404
    assert traces() == before


def traces() -> list[int]:
    return [model.objects.count() for model in (Payment, PaymentEvent, Attempt, AuditEntry)]


def test_the_own_things_are_there(signed_in: tuple[Client, UUID], house: Business) -> None:
    client, customer = signed_in
    invoice = house.invoice(customer)
    assert client.get(reverse("portal:invoice", args=[public_id("inv", invoice)])).status_code == 200
    assert uid("inv", public_id("inv", invoice)) == invoice
