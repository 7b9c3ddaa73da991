"""What belongs to others does not exist for a narrowed key: the same answer as for a missing id (S93, S112)."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.api.caller import Caller
from tests.api.conftest import TODAY, Business, a_payment
from tests.api.recipes import RECIPES, routes
from tests.api.things import MISSING, Things, missing, things_of
from tests.conftest import given_back
from tests.statements import statements


@pytest.fixture
def own(business: Business) -> Things:
    return things_of(business, business.cus_x)


@pytest.fixture
def foreign(business: Business) -> Things:
    return things_of(business, business.cus_y)


@pytest.fixture
def narrow(business: Business) -> Caller:
    return business.caller(customer=business.x)


def test_every_call_has_a_recipe() -> None:
    assert {route.name for route in routes()} == set(RECIPES)


def test_each_foreign_thing_looks_missing_in_every_call(
    own: Things, foreign: Things, narrow: Caller, traces: Callable[[], dict[str, int]]
) -> None:
    before = traces()
    seen = 0
    for route in routes():
        for slot in route.slots:
            # Neither the answer nor the time that it takes tells that there is something.
            with statements() as for_told:
                told = route.make(narrow, replace(own, **{slot: getattr(foreign, slot)}))
            with statements() as for_nothing:
                nothing = route.make(narrow, missing(own, slot))
            assert (told.status, told.raw) == (404, nothing.raw), (route, slot)
            assert nothing.status == 404
            assert for_told == for_nothing, (route, slot)
            seen += 1
    assert seen >= 29
    assert traces() == before


def test_a_foreign_thing_looks_missing_beside_others_that_are_foreign_too(
    foreign: Things, own: Things, narrow: Caller
) -> None:
    for route in routes():
        if route.slots:
            everything_missing = own
            for slot in MISSING:
                everything_missing = missing(everything_missing, slot)
            told, nothing = route.make(narrow, foreign), route.make(narrow, everything_missing)
            assert (told.status, told.raw) == (404, nothing.raw), route


def test_the_same_calls_reach_their_own_things(own: Things, narrow: Caller) -> None:
    for route in routes():
        if route.slots:
            with given_back():
                told = route.make(narrow, own)
            # Nothing waits at a gateway here; that is the only thing that may be missing.
            assert told.status < 500, route
            assert told.status != 404 or told.body["kind"] == "checkout under way", route


def test_lists_hold_only_what_is_in_scope(own: Things, foreign: Things, narrow: Caller, business: Business) -> None:
    assert own.customer != foreign.customer
    assert [each["id"] for each in narrow.get("/customers").body["data"]] == [business.cus_x]
    for path in ("/invoices", "/payments"):
        found = narrow.get(path, limit=200).body["data"]
        assert {each["customer"] for each in found} == {business.cus_x}
        everything = business.caller().get(path, limit=200).body["data"]
        assert {each["customer"] for each in everything} == {business.cus_x, business.cus_y}
        asked = narrow.get(path, customer=business.cus_y)
        assert (asked.status, asked.raw) == (404, narrow.get(path, customer=missing(own, "customer").customer).raw)
    assert narrow.get("/customers", search="yvonne").body["data"] == []


def test_what_belongs_to_nobody_is_out_of_scope(
    narrow: Caller, api: Caller, business: Business, traces: Callable[[], dict[str, int]]
) -> None:
    suspense = api.post("/payments", a_payment()).body["id"]
    before = traces()
    assert narrow.get(f"/payments/{suspense}").status == 404
    assert narrow.get("/payments", suspense="true").body["data"] == []
    assert narrow.post(f"/payments/{suspense}/assign", {"customer": business.cus_x}).status == 404
    for path, body in (
        ("/payments", a_payment()),
        ("/customers", {"kind": "business", "name": "New Ltd", "currency": "EUR"}),
    ):
        refused = narrow.post(path, body)
        assert (refused.status, refused.body["code"]) == (403, "scope_too_narrow")
    assert traces() == before


def test_a_foreign_invoice_number_is_only_a_text(
    narrow: Caller, foreign: Things, api: Caller, business: Business
) -> None:
    number = api.get(f"/invoices/{foreign.invoice}").body["number"]
    body = a_payment(customer=business.cus_x, invoice_number=number, received_date=TODAY, allows_duplicate=True)
    told, nothing = narrow.post("/payments", body), narrow.post("/payments", {**body, "invoice_number": "INV-1-1"})
    assert (told.status, nothing.status) == (201, 201)
    assert (told.body["allocations"], told.body["customer"]) == ([], business.cus_x)


def test_a_key_is_not_wider_than_its_scope_in_errors(narrow: Caller, foreign: Things, own: Things) -> None:
    body = {"allocations": [{"invoice": own.invoice}, {"invoice": foreign.invoice}]}
    told = narrow.post(f"/payments/{own.payment}/allocate", body)
    assert told.status == 404
    assert foreign.invoice not in told.raw.decode()
