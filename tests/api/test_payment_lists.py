"""Programs search, filter and sort payments as the screens do (E16 to E18)."""

from typing import Any

import pytest

from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, a_payment

pytestmark = pytest.mark.django_db


def ids(api: Caller, **query: Any) -> list[str]:
    """What a list shows, in its order."""
    answer = api.get("/payments", **query)
    assert answer.status == 200, answer.body
    return [each["id"] for each in answer.body["data"]]


@pytest.fixture
def told(api: Caller, business: Business) -> dict[str, str]:
    """A payment of each of two customers, one of nobody, and one that is expected."""
    first = api.post("/payments", a_payment(customer=business.cus_x, total_minor=6085, reference="RF18-5390")).body
    second = api.post(
        "/payments", a_payment(customer=business.cus_y, total_minor=500, currency="EUR", status="pending")
    ).body
    lost = api.post("/payments", a_payment(total_minor=700, description="For nobody #hidden")).body
    # Made now, as the payments are: their order is that of the moments at which they were made.
    line = {"description": "Support", "quantity": "1", "unit_price_minor": 8900, "tax_rate": business.tax_rate}
    draft = api.post("/invoices", {"customer": business.cus_y, "currency": "EUR", "lines": [line]}).body
    invoice = api.post(f"/invoices/{draft['id']}/issue", {}).body["id"]
    [owed] = ids(api, kind="scheduled")
    return {"first": first["id"], "second": second["id"], "lost": lost["id"], "owed": owed, "invoice": invoice}


def test_lists_are_sorted(api: Caller, told: dict[str, str]) -> None:
    first, second, lost, owed = (told[name] for name in ("first", "second", "lost", "owed"))
    for sort, shown in (
        ("-created", [owed, lost, second, first]),
        ("created", [first, second, lost, owed]),
        ("due", [owed, first, second, lost]),
        ("-amount", [owed, first, lost, second]),
        ("amount", [second, lost, first, owed]),
        ("customer", [first, owed, second, lost]),
        ("-customer", [owed, second, first, lost]),
        ("status", [owed, second, lost, first]),
    ):
        assert ids(api, sort=sort) == shown, sort
        assert ids(api, sort=sort, limit=2) == shown[:2]
    assert api.get("/payments", sort="method").status == 422


def test_lists_are_searched(api: Caller, told: dict[str, str]) -> None:
    invoice = api.get(f"/invoices/{told['invoice']}").body["number"]
    for search, shown in (
        ("rf18", ["first"]),
        ("60.85", ["first"]),
        ("xavier", ["first"]),
        ("yvonne", ["owed", "second"]),
        (invoice, ["owed"]),
        ("nobody", ["lost"]),
        ("hidden", []),
        ("nonsense", []),
    ):
        assert ids(api, search=search) == [told[name] for name in shown], search


def test_lists_are_narrowed(api: Caller, business: Business, told: dict[str, str]) -> None:
    for query, shown in (
        ({"due_from": TODAY}, ["owed"]),
        ({"due_until": "2020-01-01"}, []),
        ({"suspense": "true"}, ["lost"]),
        ({"amount_from_minor": 600, "amount_until_minor": 800, "currency": "EUR"}, ["lost"]),
        ({"amount_from_minor": -5, "currency": "JPY"}, []),
        ({"billing_group": business.group(business.x)}, ["first"]),
        ({"billing_group": business.group(business.x), "currency": "JPY"}, []),
        ({"disputed": "true"}, []),
        ({"customer": business.cus_y, "status": "pending", "kind": "receipt"}, ["second"]),
    ):
        assert ids(api, **query) == [told[name] for name in shown], query


def test_what_cannot_be_understood_is_refused(api: Caller, business: Business) -> None:
    for query in (
        {"amount_from_minor": 5},
        {"amount_from_minor": 5, "currency": "XXX"},
        {"amount_from_minor": "sixty", "currency": "EUR"},
        {"due_from": "yesterday"},
        {"sort": "-nothing"},
        {"search": "4242 4242 4242 4242"},
    ):
        assert api.get("/payments", **query).status == 422, query
    assert api.get("/payments", billing_group="grp_" + "0" * 32).status == 404


def test_a_program_of_one_customer_finds_nothing_of_others(business: Business, told: dict[str, str]) -> None:
    own = business.caller("view", customer=business.x)
    for query in ({}, {"search": "yvonne"}, {"search": told["owed"]}, {"sort": "customer"}, {"due_from": "2020-01-01"}):
        assert set(ids(own, **query)) <= {told["first"]}, query
