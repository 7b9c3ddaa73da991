"""What belongs to another customer does not exist: asked of every route, so that a new one is covered by default."""

import re
from dataclasses import dataclass
from uuid import UUID

import pytest
from django.test import Client
from django.urls import reverse

from tallystick.foundation.ids import new_id, public_id
from tallystick.foundation.models import AuditEntry, User
from tallystick.interfaces.portal.urls import urlpatterns
from tallystick.payments.models import Attempt, Payment, PaymentEvent
from tallystick.usecases import bill, collect, promise
from tallystick.usecases.enrol import contact_actor
from tests.portal.conftest import ALL_RIGHTS, STAFF, Business, now, uid
from tests.stored_cards import stored_card

pytestmark = pytest.mark.django_db

# Which things the address of a route names.
PAYMENTS = ("pay", "promised")
PREFIXES: dict[str, tuple[str, ...]] = {
    "invoice": ("inv",),
    "invoice-pdf": ("inv",),
    "credit-note-pdf": ("crn",),
    "tax-document-pdf": ("txd",),
    "purchase-tax-document-pdf": ("ptx",),
    "return": ("att",),
    **dict.fromkeys(["contact", "contact-remove", "contact-let-in"], ("con",)),
    **dict.fromkeys(["method-default", "method-remove"], ("pmt",)),
    **dict.fromkeys(
        ["payment", "receipt", "receipt-pdf", "check", "give-up", "try-again", "choose-day", "sent", "withdraw"],
        PAYMENTS,
    ),
}
ROUTES = [str(route.name) for route in urlpatterns]
NAMING = [str(route.name) for route in urlpatterns if "<" in str(route.pattern)]
_TOKENS = re.compile(r'(csrfmiddlewaretoken" value="|X-CSRFToken": ")[^"]+')


@dataclass(frozen=True)
class Things:
    """Things of one customer: an invoice, a try under way, payments in their ways."""

    ids: dict[str, str]


@pytest.fixture
def of_another(house: Business) -> Things:
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
    note = bill.issue_credit_note(actor=STAFF, at=now(), invoice_id=other, reason="Part", gross_minor=100)
    promised = promise.promise_transfer(actor=actor, at=now(), customer_id=customer, amounts={other: None})
    return Things(
        {
            "inv": public_id("inv", invoice),
            "crn": note["id"],
            "txd": house.taxed_topup(customer)[1],
            "ptx": house.taxed_purchases(customer)["id"],
            "pay": shape["id"],
            "promised": promised["id"],
            "con": public_id("con", UUID(actor.id)),
            "att": shape["attempts"][-1]["id"],
            "pmt": public_id("pmt", stored_card(customer, account)),
        }
    )


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
        theirs = of_another.ids[kind]
        missing = public_id(theirs.split("_")[0], new_id())
        answers = [
            getattr(client, method)(reverse(f"portal:{name}", args=[public]))
            for public in (theirs, missing, "nonsense")
        ]
        codes = {answer.status_code for answer in answers}
        assert codes in ({404}, {405})
        bodies = {_TOKENS.sub("", answer.content.decode()) for answer in answers}
        assert len(bodies) == 1
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


@pytest.mark.parametrize(
    ("right", "name"),
    [
        ("pay", "pay"),
        ("pay", "check"),
        ("pay", "sent"),
        ("download", "payment-file"),
        ("download", "reports"),
        ("download", "statement-pdf"),
        ("download", "statement-csv"),
        ("download", "invoice-pdf"),
        ("download", "credit-note-pdf"),
        ("download", "tax-document-pdf"),
        ("manage_methods", "method-remove"),
        ("manage_methods", "method-default"),
        ("manage_autopay", "autopay-end"),
        ("manage_contacts", "contacts"),
        ("manage_contacts", "contact"),
        ("manage_contacts", "contact-invite"),
        ("manage_contacts", "contact-remove"),
        ("manage_contacts", "contact-let-in"),
        ("view", "home"),
        ("view", "autopay"),
        ("view", "methods"),
    ],
)
def test_a_right_that_is_missing_closes_its_page(house: Business, client: Client, right: str, name: str) -> None:
    customer = house.customer(rights=[each for each in ALL_RIGHTS if each != right])
    client.force_login(house.open_portal(customer))
    path = reverse(f"portal:{name}", args=["pay_0"] if name in NAMING else [])
    posts = name in {"check", "sent", "method-default", "autopay-end", "contact-let-in"}
    answer = client.post(path) if posts else client.get(path)
    assert answer.status_code == 403


def test_who_may_not_pay_sees_no_button_to(house: Business, client: Client) -> None:
    customer = house.customer(rights=["view"])
    client.force_login(house.open_portal(customer))
    invoice = house.invoice(customer)
    for path in ("/portal/", f"/portal/invoices/{public_id('inv', invoice)}/", "/portal/payments/"):
        page = client.get(path).content.decode()
        assert "/portal/pay/" not in page
        assert "/portal/payments/file/" not in page


def test_paying_anothers_invoice_is_refused_without_a_trace(
    signed_in: tuple[Client, UUID], of_another: Things, house: Business
) -> None:
    client, _customer = signed_in
    account = public_id("gwa", house.gateway())
    before = traces()
    theirs = of_another.ids["inv"]
    for method in (account, "bank_transfer"):
        form = {
            "pay": "selected_invoices",
            "invoice": theirs,
            "seen": f"{theirs}=10680",
            "currency": "EUR",
            "total": "10680",
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
