"""Explain this number over the API: the same content as the page, within the key's scope."""

import pytest

from tallystick.foundation.ids import public_id
from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment
from tests.scenarios.prepaid import Prepaid, bought_often

pytestmark = pytest.mark.django_db


def test_a_number_is_told_with_its_parts_and_what_does_not_count(business: Business, api: Caller) -> None:
    invoice = business.open_invoice(business.x)
    part = {"invoice": invoice, "amount_minor": 5000}
    paid = api.post("/payments", a_payment(customer=business.cus_x, allocations=[part])).body
    told = api.get("/explain", number="invoice.open", invoice=invoice).body
    assert (told["amount_minor"], told["currency"], told["formula"][:9]) == (5680, "EUR", "The total")
    leaves = {(each["id"], leaf["rule"]): leaf["amount_minor"] for each in told["parts"] for leaf in each["leaves"]}
    assert leaves == {(invoice, "J02"): 10680, (paid["id"], "J08"): -5000}
    assert {each["reason"] for each in told["excluded"]} == {"pending"}
    owes = api.get("/explain", number="customer.owes", customer=business.cus_x, currency="EUR").body
    assert (owes["amount_minor"], [each["id"] for each in owes["parts"]]) == (5680, [invoice])
    one = api.get("/explain", number="customer.owes", customer=business.cus_x, currency="EUR", part=invoice).body
    assert sum(leaf["amount_minor"] for leaf in one["parts"][0]["leaves"]) == 5680


def test_a_key_sees_nothing_outside_its_scope(business: Business) -> None:
    invoice = business.open_invoice(business.x)
    narrowed = business.caller("view", customer=business.y)
    assert narrowed.get("/explain", number="invoice.open", invoice=invoice).status == 404
    assert narrowed.get("/explain", number="customer.owes", customer=business.cus_x, currency="EUR").status == 404
    assert narrowed.get("/explain", number="home.owed", currency="EUR").body["code"] == "scope_too_narrow"
    assert business.caller("view").get("/explain", number="home.owed", currency="EUR").body["amount_minor"] == 10680
    assert business.caller("download").get("/explain", number="home.owed", currency="EUR").status == 403


def test_what_is_missing_or_unknown_is_said(business: Business, api: Caller) -> None:
    assert api.get("/explain").body["field"] == "number"
    assert api.get("/explain", number="customer.secrets").body["code"] == "number_unknown"
    assert api.get("/explain", number="customer.owes", currency="EUR").body["field"] == "customer"
    assert api.get("/explain", number="customer.owes", customer=business.cus_x).body["field"] == "currency"
    assert api.get("/explain", number="home.owed", currency="EUR", part="nothing").status == 404
    assert api.get("/explain", number="home.owed", currency="EUR", cursor="WzEsMl0=").status == 422


def test_what_the_number_does_not_take_is_refused_and_says_what_it_takes(business: Business, api: Caller) -> None:
    invoice = business.open_invoice(business.x)
    whole = {"number": "invoice.open", "invoice": invoice}
    assert api.get("/explain", **whole).status == 200
    for field, value in (
        ("customer", business.cus_x),
        ("currency", "EUR"),
        ("until", "2026-01-01"),
        ("age", "days_1_30"),
        ("account", "1200"),
    ):
        refused = api.get("/explain", **whole, **{field: value})
        assert (refused.status, refused.body["field"]) == (422, field)
        said = "The number “invoice.open” does not take this. It takes `invoice`."
        assert said in str(refused.body), refused.body
    refused = api.get("/explain", number="home.owed", currency="EUR", customer=business.cus_x).body
    assert "It takes `currency`" in str(refused), refused
    # A name that no number knows is refused as everywhere.
    assert api.get("/explain", **whole, color="red").status == 422


def test_a_part_of_any_kind_has_all_of_its_leaves(business: Business, api: Caller) -> None:
    customer = public_id("cus", bought_often(Prepaid(business)))
    for number, about, kind, count in (
        ("customer.wallet", {"customer": customer}, "lot", 13),
        ("account.balance", {"account": "2220"}, "voucher_batch", 12),
        ("account.balance", {"account": "4010"}, "payment", 1),
    ):
        query = {"number": number, "currency": "EUR", **about}
        (*_, part) = api.get("/explain", **query).body["parts"]
        assert (part["kind"], part["leaves_count"]) == (kind, count)
        (whole,) = api.get("/explain", **query, part=part["id"]).body["parts"]
        assert len(whole["leaves"]) == count
        assert sum(leaf["amount_minor"] for leaf in whole["leaves"]) == part["amount_minor"]
