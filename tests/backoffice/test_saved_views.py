"""Saved views above the lists of the back office: one's own and shared ones, and what is no longer there."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client
from django.test.client import RequestFactory
from django.urls import reverse

from tallystick.foundation import staff as staff_room
from tallystick.foundation.models import SavedView
from tallystick.foundation.roles import create as create_role
from tallystick.foundation.transactions import transaction
from tallystick.interfaces.backoffice.saved_view_acts import LISTS
from tallystick.usecases.roles import ROLES
from tallystick.wire.saved_views import PARAMETERS
from tests.backoffice.business import SYSTEM, Business
from tests.backoffice.forms import closed, done, post, refused, text_of, url

pytestmark = pytest.mark.django_db
Signed = Callable[[str], Client]
FAILED = {"list_name": "payments", "query": "status=failed&sort=-due", "name": "Failed, by due date"}


def opened(client: Client, address: str) -> str:
    """The address that a view leads to."""
    answer: Any = client.get(address)
    assert answer.status_code == 302
    return str(answer["Location"])


def tabs(client: Client, address: str) -> dict[str, bool]:
    """The views above a list, and which of them is the present one."""
    answer: Any = client.get(address)
    assert answer.status_code == 200
    return {str(tab.label): tab.current for tab in answer.context["page"].views}


def test_what_a_list_shows_is_saved_opened_updated_renamed_and_deleted(business: Business, finance: Client) -> None:
    shown = finance.get("/office/payments/?status=failed&sort=-due").content.decode()
    assert "/office/views/new/?list=payments&amp;query=status%3Dfailed%26sort%3D-due" in shown
    # What there is a view of already is not saved once more.
    for known in ("", "?status=failed", "?kind=refund"):
        assert url("save-view") not in finance.get(f"/office/payments/{known}").content.decode()
    asked = text_of(finance.get(f"{url('save-view')}?list=payments&query=status%3Dfailed%26sort%3D-due"))
    assert "Status: Failed · Sorted by Due" in asked
    view = done(finance, url("save-view"), FAILED)
    address = opened(finance, view)
    assert address.endswith("&status=failed&sort=-due")
    assert tabs(finance, address)["Failed, by due date"] is True
    # It stays the chosen one while something else is shown, and takes that over.
    changed = address.replace("status=failed", "status=pending")
    assert tabs(finance, changed)["Failed, by due date"] is True
    assert not any(current for name, current in tabs(finance, changed).items() if name != "Failed, by due date")
    assert "Update view" in text_of(finance.get(changed))
    assert "Update view" not in text_of(finance.get(address))
    done(finance, f"{view}update/", {"query": "status=pending&sort=-due"})
    assert opened(finance, view) == changed
    done(finance, f"{view}edit/", {"name": "Pending"})
    assert tabs(finance, changed)["Pending"] is True
    assert "Pending" in text_of(finance.get(f"{view}delete/"))
    assert done(finance, f"{view}delete/", {}) == "/office/payments/"
    assert SavedView.objects.count() == 0
    assert finance.get(view).status_code == 404
    # An address that still names it shows the list as it says.
    assert True not in tabs(finance, changed).values()


def test_a_view_is_ones_own_until_it_is_shared(business: Business, as_role: Signed) -> None:
    finance, chief = as_role("Finance"), as_role("Administrator")
    mine = done(finance, url("save-view"), FAILED)
    assert finance.get(mine).status_code == 302
    assert "Failed, by due date" not in tabs(chief, "/office/payments/")
    for name in ("", "edit/", "delete/"):
        assert chief.get(f"{mine}{name}").status_code == 404
    assert post(chief, f"{mine}update/", {"query": ""}).status_code == 404
    shared = done(chief, url("save-view"), {**FAILED, "is_shared": "on"})
    assert finance.get(shared).status_code == 302
    assert tabs(finance, "/office/payments/") == tabs(chief, "/office/payments/")
    page = finance.get(opened(finance, shared)).content.decode()
    assert f"{shared}edit/" not in page
    closed(finance, f"{shared}edit/", {"name": "Mine"})
    closed(finance, f"{shared}update/", {"query": ""})
    closed(finance, f"{shared}delete/", {})
    # Without the right to share there is nothing to tick, and nothing is shared by sending it all the same.
    assert "is_shared" not in finance.get(f"{url('save-view')}?list=payments").content.decode()
    done(finance, url("save-view"), {**FAILED, "name": "Still mine", "is_shared": "on"})
    assert "Still mine" not in tabs(chief, "/office/payments/")


def test_names_are_told_apart_by_the_database(business: Business, as_role: Signed) -> None:
    finance, support = as_role("Finance"), as_role("Support")
    done(finance, url("save-view"), FAILED)
    said = refused(finance, url("save-view"), {**FAILED, "name": "failed, BY due date"})
    assert "There is a view “failed, BY due date” of this list already" in said
    done(finance, url("save-view"), {**FAILED, "list_name": "invoices", "query": "state=paid"})
    done(support, url("save-view"), FAILED)
    refused(finance, url("save-view"), {**FAILED, "name": " "})
    assert finance.get(f"{url('save-view')}?list=bill_runs").status_code == 404
    refused(finance, url("save-view"), {**FAILED, "name": "Odd", "query": "colour=red"})


def test_a_view_opens_when_something_of_it_is_gone(business: Business, finance: Client) -> None:
    business.payment(business.customer("Acme"), 6085)
    business.payment(business.customer("Other"), 500)
    query = "status=failed&status=unheard&method=pigeon&amount_from=much&received_from=2026-02-31&sort=colour"
    view = done(finance, url("save-view"), {**FAILED, "query": query})
    said = text_of(finance.get(view, follow=True))
    for gone in ("Status: unheard", "Method: pigeon", "Amount: much", "Received: 2026-02-31", "sort: colour"):
        assert f"“{gone}” is no longer there" in said
    assert opened(finance, view).endswith("&status=failed")
    # A filter that finds nothing is not left out: the list would show the payments of everybody else.
    nobody = done(finance, url("save-view"), {**FAILED, "name": "Of Zoë", "query": "customer=Zo%C3%AB&group=Gone"})
    said = text_of(finance.get(nobody, follow=True))
    assert "“Customer: Zoë” finds nothing any more" in said
    assert "“Billing group: Gone” finds nothing any more" in said
    assert "60.85" not in said
    known = done(finance, url("save-view"), {**FAILED, "name": "Of Acme", "query": "customer=Acme"})
    said = text_of(finance.get(known, follow=True))
    assert "60.85" in said
    assert "finds nothing" not in said


@pytest.mark.parametrize("name", LISTS)
def test_every_list_takes_what_a_view_of_it_may_name(business: Business, as_role: Signed, name: str) -> None:
    chief = as_role("Administrator")
    request: Any = RequestFactory().get("/")
    request.actor, request.today = SYSTEM, None
    table = LISTS[name].table(request)
    assert table.name == name
    assert {"q", "sort", *(each for chip in table.filters for each in chip.parameters)} == PARAMETERS[name]
    chosen = [(each.key, each.choices[0].value) for each in table.filters if each.choices][:1]
    query = urlencode([*chosen, ("q", "acme")])
    view = done(chief, url("save-view"), {"list_name": name, "query": query, "name": "Narrow"})
    address = opened(chief, view)
    assert address.startswith(reverse(LISTS[name].page))
    assert address.endswith(f"&{query}")
    assert tabs(chief, address)["Narrow"] is True
    assert "Narrow" in tabs(chief, reverse(LISTS[name].page))
    shown = chief.get(f"{reverse(LISTS[name].page)}?q=other").content.decode()
    assert f"{url('save-view')}?list={name}&amp;query=q%3Dother" in shown


def test_a_view_of_the_audit_is_for_those_who_may_see_it(business: Business, as_role: Signed) -> None:
    with transaction():
        staff_room.ensure_roles(ROLES)
        create_role(name="Looks", permissions=["view", "views.share"])
    chief, looker = as_role("Administrator"), as_role("Looks")
    audit = {"list_name": "audit", "query": "action=issue", "name": "Issued"}
    view = done(chief, url("save-view"), {**audit, "is_shared": "on"})
    for answer in (
        looker.get(view),
        looker.get(f"{url('save-view')}?list=audit"),
        looker.get(f"{view}edit/"),
        looker.get(f"{view}delete/"),
        post(looker, url("save-view"), {**audit, "name": "Mine"}),
        post(looker, f"{view}edit/", {"name": "Mine"}),
        post(looker, f"{view}update/", {"query": ""}),
        post(looker, f"{view}delete/", {}),
    ):
        assert answer.status_code == 403
    row = SavedView.objects.get()
    assert (row.name, row.parameters) == ("Issued", [["action", "issue"]])
