"""Staff see the portal as a contact does: everything to look at, nothing to do, for half an hour, in the audit."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tallystick.customers import queries as customers
from tallystick.customers.models import PortalView
from tallystick.foundation.errors import NotAllowed
from tallystick.foundation.ids import public_id
from tallystick.foundation.models import Role
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.portal.urls import urlpatterns
from tallystick.usecases import receipts, record, view_as
from tallystick.usecases.frame import SYSTEM
from tests.api.conftest import row_counts
from tests.backoffice.business import member
from tests.portal.conftest import STAFF, Business, now, uid
from tests.trails import trail_of

REFUSED = "Nothing was changed"
BAR = "You see the portal as"


@pytest.fixture
def customer(house: Business) -> UUID:
    """A customer with an invoice and a payment."""
    found = house.customer()
    house.invoice(found, 8900)
    return found


@pytest.fixture
def as_role(db: None) -> Callable[[str], Client]:
    """The browser of a member of staff with a role."""

    def signed_in(role: str) -> Client:
        client = Client()
        client.force_login(member(role))
        return client

    return signed_in


@pytest.fixture
def support(as_role: Callable[[str], Client]) -> Client:
    """The browser of somebody in support."""
    return as_role("Support")


def begin(client: Client, customer: UUID) -> Any:
    """This function will press the button at the customer's contact."""
    contact = customers.contacts(customer)[0]
    return client.post(reverse("office:view-as", args=[public_id("cus", customer), public_id("con", contact.id)]))


def told(customer: UUID) -> list[tuple[str, str, dict[str, Any]]]:
    """This function will return what the audit says of views: the act, who, and the facts but the time of the end."""
    return [
        (row["action"], row["actor_label"], {name: value for name, value in row["after"].items() if name != "ends_at"})
        for row in trail_of(customer)
        if "view_as" in row["action"]
    ]


def counts() -> dict[str, int]:
    """This function will count all rows but those of sessions."""
    return {table: count for table, count in row_counts().items() if "session" not in table}


def addresses() -> dict[str, str]:
    """This function will return an address of every route of the portal, with an id where one belongs."""
    found = {}
    for route in urlpatterns:
        try:
            found[str(route.name)] = reverse(f"portal:{route.name}")
        except NoReverseMatch:
            found[str(route.name)] = reverse(f"portal:{route.name}", args=[f"pay_{'0' * 32}"])
    return found


def test_support_looks_around_and_comes_back(house: Business, customer: UUID, support: Client) -> None:
    own = Client()
    own.force_login(house.open_portal(customer))
    page = support.get(f"/office/customers/{public_id('cus', customer)}/").content.decode()
    assert "View as customer" in page
    assert begin(support, customer).headers["Location"] == "/portal/"
    seen, theirs = support.get("/portal/"), own.get("/portal/")
    text = seen.content.decode()
    assert f"{BAR} Mary O&#x27;Neill of Ivory &amp; Sons does" in text
    assert "106.80" in text
    assert "Support Okonkwo" not in text
    assert "/accounts/logout/" not in text
    assert BAR not in theirs.content.decode()
    headers = ("Content-Security-Policy", "X-Frame-Options", "Referrer-Policy", "Cache-Control")
    assert [seen.headers[name] for name in headers] == [theirs.headers[name] for name in headers]
    profile = support.get("/portal/profile/").content.decode()
    assert "Mary O&#x27;Neill" in profile
    assert "/accounts/password" not in profile
    # Meanwhile the back office knows who is there.
    assert "Support Okonkwo" in support.get("/office/").content.decode()
    back = support.post(reverse("office:end-view"))
    assert back.headers["Location"] == f"/office/customers/{public_id('cus', customer)}/"
    assert support.get("/portal/").status_code == 403
    assert support.get("/office/").status_code == own.get("/portal/").status_code == 200
    assert told(customer) == [
        ("view_as_customer", "Support Okonkwo", {"contact": "Mary O'Neill"}),
        ("end_view_as_customer", "Support Okonkwo", {"contact": "Mary O'Neill", "why": "button"}),
    ]
    assert support.post(reverse("office:end-view")).headers["Location"] == "/office/"
    assert len(told(customer)) == 2


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_nothing_can_be_done_on_any_page(customer: UUID, support: Client, method: str) -> None:
    begin(support, customer)
    before, found = counts(), addresses()
    assert len(found) > 20
    for name, address in found.items():
        answer = getattr(support, method)(address, {"reference": "X", "method": "bank_transfer"})
        assert (answer.status_code, REFUSED in answer.content.decode()) == (403, True), name
        assert BAR in answer.content.decode(), name
    assert counts() == before


def test_what_writes_while_it_is_looked_at_is_refused_too(customer: UUID, support: Client) -> None:
    made = record.record_payment(
        actor=STAFF,
        at=now(),
        total_minor=500,
        currency="EUR",
        customer_id=customer,
        received_date=now().date(),
        description="Open #secret words",
    )
    begin(support, customer)
    before = counts()
    receipt = reverse("portal:receipt-pdf", args=[made["id"]])
    # It was never issued, and looking must not do it.
    refused = support.get(receipt)
    assert (refused.status_code, REFUSED in refused.content.decode()) == (403, True)
    for name in ("home", "invoices", "payments", "pay", "autopay", "methods", "profile", "payment-file"):
        answer = support.get(reverse(f"portal:{name}"))
        assert answer.status_code == 200, name
        content = b"".join(answer) if answer.streaming else answer.content  # type: ignore[arg-type]
        assert b"secret" not in content, name
        assert (BAR.encode() in content) is (name != "payment-file"), name
    page = support.get(reverse("portal:payment", args=[made["id"]])).content
    assert b"Open" in page
    assert b"secret" not in page
    assert counts() == before
    receipts.issue_receipt(actor=SYSTEM, at=now(), payment_id=uid("pay", made["id"]))
    assert support.get(receipt).headers["Content-Type"] == "application/pdf"
    # What is not there is said so below the bar.
    missing = support.get("/portal/invoices/inv_x/")
    assert (missing.status_code, BAR in missing.content.decode()) == (404, True)


def test_it_ends_after_half_an_hour(customer: UUID, support: Client) -> None:
    begin(support, customer)
    view = PortalView.objects.get()
    assert view.ends_at - view.begun_at == timedelta(minutes=30)
    view_as.end_view_by_time(view_id=view.id, at=view.ends_at - timedelta(seconds=1))
    assert support.get("/portal/").status_code == 200
    PortalView.objects.update(begun_at=now() - timedelta(minutes=31), ends_at=now() - timedelta(minutes=1))
    over = support.get("/portal/")
    assert (over.status_code, "This view of the portal is over" in over.content.decode()) == (403, True)
    assert BAR not in over.content.decode()
    assert support.get("/portal/").status_code == 403
    assert support.get("/office/").status_code == 200
    ended = (
        "end_view_as_customer",
        "Tallystick",
        {"contact": "Mary O'Neill", "why": "time", "viewer": "Support Okonkwo"},
    )
    assert told(customer)[1:] == [ended]
    # The job that comes later finds nothing to do.
    view_as.end_view_by_time(view_id=view.id, at=now())
    assert told(customer)[1:] == [ended]


def test_a_browser_that_was_closed_is_ended_by_a_job(customer: UUID, support: Client) -> None:
    begin(support, customer)
    view = PortalView.objects.get()
    view_as.end_view_by_time(view_id=view.id, at=view.ends_at)
    assert [row[2].get("why") for row in told(customer)] == [None, "time"]
    assert support.get("/portal/").status_code == 403


def test_another_view_ends_the_first(house: Business, customer: UUID, support: Client) -> None:
    other = house.customer("Ebony Ltd")
    begin(support, customer)
    begin(support, other)
    assert "Ebony Ltd" in support.get("/portal/").content.decode()
    assert told(customer)[1][2]["why"] == "another"
    assert PortalView.objects.filter(ended_at=None).count() == 1


def test_who_loses_the_permission_sees_nothing_more(customer: UUID, support: Client) -> None:
    begin(support, customer)
    Role.objects.filter(name="Support").update(permissions=["view"])
    assert support.get("/portal/").status_code == 403
    assert told(customer)[1][2]["why"] == "permission"


def test_who_may_not_look_is_refused_without_a_trace(
    house: Business, customer: UUID, as_role: Callable[[str], Client], support: Client
) -> None:
    nosy, own = as_role("Read-only"), Client()
    own.force_login(house.open_portal(customer))
    blind = house.customer("Blind Ltd", rights=["pay"])
    before = counts()
    assert "View as customer" not in nosy.get(f"/office/customers/{public_id('cus', customer)}/").content.decode()
    for client in (nosy, own, Client()):
        assert begin(client, customer).status_code in {302, 403}
        assert begin(client, customer).headers.get("Location") != "/portal/"
    assert nosy.get("/portal/").status_code == support.get("/portal/").status_code == 403
    foreign = public_id("con", customers.contacts(blind)[0].id)
    wrong = support.post(reverse("office:view-as", args=[public_id("cus", customer), foreign]))
    assert wrong.status_code == 404
    assert begin(support, blind).headers["Location"] == f"/office/customers/{public_id('cus', blind)}/"
    assert support.get(reverse("office:view-as", args=[public_id("cus", customer), foreign])).status_code == 405
    program = Actor(kind="api_key", id="k", label="K", permissions=frozenset({"view_as_customer"}))
    with pytest.raises(NotAllowed):
        view_as.begin_view(actor=program, at=now(), customer_id=customer, contact_id=customers.contacts(customer)[0].id)
    assert counts() == before
    # A view that somebody else began is nobody else's.
    begin(support, customer)
    thief = as_role("Finance")
    session = thief.session
    session["portal_view"] = support.session["portal_view"]
    session.save()
    assert thief.get("/portal/").status_code == 403
    assert support.get("/portal/").status_code == 200
