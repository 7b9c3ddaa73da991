"""Nothing is guessed: amounts are whole minor units, fields are known, texts hold no card numbers (S59, S94, S102)."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.foundation.models import AuditEntry
from tests.api.caller import Caller
from tests.api.conftest import Business, a_payment, row_counts
from tests.api.recipes import RECIPES, routes
from tests.api.things import by_parameter, things_of

LARGEST = 10**15
CARD = "4242 4242 4242 4242"

patiently = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])


@patiently
@given(amount=st.integers(min_value=1, max_value=LARGEST))
def test_every_amount_in_range_is_kept_exactly(business: Business, api: Caller, amount: int) -> None:
    made = api.post("/payments", a_payment(customer=business.cus_x, total_minor=amount, status="pending"))
    assert (made.status, made.body["total_minor"]) == (201, amount)


_ODD = st.one_of(
    st.integers(max_value=0),
    st.integers(min_value=LARGEST + 1),
    st.floats(allow_nan=False, allow_infinity=False).filter(lambda value: not value.is_integer()),
    st.sampled_from(
        [100.0, 1e5, True, False, None, "100", " 5 ", "1,000.50", "1.000,50", "١٠", "NaN", "1e5", "", [], {}]
    ),
    st.text(max_size=10),
)


@patiently
@given(amount=_ODD)
def test_no_other_amount_is_taken(business: Business, api: Caller, amount: Any) -> None:
    before = row_counts()
    refused = api.post("/payments", json.dumps(a_payment(customer=business.cus_x, total_minor=amount)).encode())
    assert (refused.status, refused.body["field"]) == (422, "total_minor")
    assert row_counts() == before


@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-Infinity", "1_000", "0x10", "01", "+1", "١٠"])
def test_what_json_does_not_know_is_malformed(business: Business, api: Caller, amount: str) -> None:
    body = f'{{"total_minor": {amount}, "currency": "EUR"}}'.encode()
    refused = api.post("/payments", body)
    assert (refused.status, refused.body["code"]) == (400, "malformed_json")


@pytest.mark.parametrize(
    "extra",
    [
        {"is_staff": True},
        {"fee": 5},
        {"id": "pay_1"},
        {"completed_at": "2026-01-01"},
        {"private_text": "x"},
        {"unallocated_minor": 1},
        {"idempotency_key": "x"},
        {"actor": "x"},
    ],
)
def test_a_field_that_does_not_exist_is_refused(business: Business, api: Caller, extra: dict[str, Any]) -> None:
    refused = api.post("/payments", a_payment(customer=business.cus_x, **extra))
    assert (refused.status, refused.body["code"], refused.body["field"]) == (422, "not_accepted", next(iter(extra)))
    assert refused.body["errors"][0]["message"] == "There is no such field here."


def test_no_call_takes_a_field_or_parameter_that_it_does_not_know(business: Business, api: Caller) -> None:
    own = things_of(business, business.cus_x)
    before = row_counts()
    for route in routes():
        path = route.template.removeprefix("/api/v1").format(**by_parameter(own))
        if route.method == "get":
            refused = api.get(path, surprise="1")
        elif RECIPES[route.name].uploads:
            refused = api.upload(f"{path}?surprise=1", "contract.pdf", b"%PDF-1.7")
        else:
            refused = api.send(route.method, path, {**RECIPES[route.name].body(own), "surprise": 1}, key="k")
            assert (refused.status, refused.body["field"]) == (422, "surprise"), route
            refused = api.send(route.method, f"{path}?surprise=1", RECIPES[route.name].body(own), key="k")
        assert (refused.status, refused.body["field"]) == (422, "surprise"), route
    assert row_counts() == before


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"currency": "eur"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"currency": None}, "currency"),
        ({"status": "processing"}, "status"),
        ({"method": "gateway"}, "method"),
        ({"received_date": "2026-2-30"}, "received_date"),
        ({"received_date": "2026-02-30"}, "received_date"),
        ({"received_date": 1767225600}, "received_date"),
        ({"received_date": "2026-01-01T00:00:00Z"}, "received_date"),
        ({"received_date": "9999-12-31"}, "received_date"),
        ({"description": "x" * 501}, "description"),
        ({"description": "a\x00b"}, "description"),
        ({"reference": "a\nb"}, "reference"),
        ({"reference": 5}, "reference"),
        ({"fee_minor": -1}, "fee_minor"),
        ({"mails_confirmation": "yes"}, "mails_confirmation"),
        ({"mails_confirmation": 1}, "mails_confirmation"),
        ({"allocations": {}}, "allocations"),
        ({"allocations": [{"invoice": "inv_1", "amount_minor": 0}]}, "allocations[0].amount_minor"),
        ({"allocations": [{}]}, "allocations[0].invoice"),
    ],
)
def test_each_field_says_what_is_wrong_with_it(
    business: Business, api: Caller, changes: dict[str, Any], field: str, traces: Callable[[], dict[str, int]]
) -> None:
    before = traces()
    refused = api.post("/payments", a_payment(customer=business.cus_x) | changes)
    assert (refused.status, refused.body["field"]) == (422, field)
    assert traces() == before


@pytest.mark.parametrize("line", [{"quantity": "0"}, {"quantity": "0.00001"}, {"quantity": 1}, {"quantity": "1e3"}])
def test_quantities_are_plain_decimals(business: Business, api: Caller, line: dict[str, Any]) -> None:
    whole = {"description": "A", "quantity": "1", "unit_price_minor": 1, "tax_rate": business.tax_rate, **line}
    refused = api.post("/invoices", {"customer": business.cus_x, "currency": "EUR", "lines": [whole]})
    assert refused.status == 422


def test_lines_beyond_all_measure_are_refused(business: Business, api: Caller) -> None:
    huge = {"description": "A", "quantity": "9999999999", "tax_rate": business.tax_rate}
    lines = [{**huge, "unit_price_minor": 10**15}, {**huge, "unit_price_minor": -(10**15)}]
    refused = api.post("/invoices", {"customer": business.cus_x, "currency": "EUR", "lines": lines})
    assert (refused.status, refused.body["code"]) == (422, "invoice_lines_not_accepted")


def test_an_invoice_is_named_once(business: Business, api: Caller) -> None:
    part = {"invoice": business.open_invoice(business.x), "amount_minor": 100}
    refused = api.post("/payments", a_payment(customer=business.cus_x, allocations=[part, part]))
    assert (refused.status, refused.body["field"]) == (422, "allocations")


@pytest.mark.parametrize("limit", ["0", "201", "10000", "-1", "x", "", "1.5"])
def test_a_page_has_1_to_200_rows(api: Caller, limit: str) -> None:
    refused = api.get("/payments", limit=limit)
    assert (refused.status, refused.body["field"]) == (422, "limit")


@pytest.mark.parametrize(
    "query",
    [
        {"status": "done"},
        {"kind": "'"},
        {"currency": "' OR 1=1 --"},
        {"order_by": "id"},
        {"sort": "total_minor"},
        {"due_from": "yesterday"},
        {"suspense": "on"},
        {"search": "x" * 101},
        {"search": "a\x00b"},
        {"cursor": "x" * 401},
        {"cursor": "nonsense"},
        {"cursor": "W2ZhbHNlLG51bGwsbnVsbF0="},
        {"cursor": "W2ZhbHNlLDEsMl0="},
        {"search": CARD},
    ],
)
def test_filters_are_parameters_and_known(api: Caller, query: dict[str, str]) -> None:
    refused = api.get("/payments", **query)
    assert (refused.status, refused.body["field"]) == (422, next(iter(query)))


def test_searches_are_texts_and_never_code(business: Business, api: Caller) -> None:
    for search in ("' OR '1'='1", "%", "_", "\\", "; DROP TABLE payments_payment", "%s", "{0}", "🪙"):
        for path in ("/payments", "/invoices", "/customers"):
            assert api.get(path, search=search).body["data"] == []


def _texts(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The places of people's texts in a body."""
    if isinstance(value, dict):
        return [place for name, each in value.items() for place in _texts(each, (*path, name))]
    if isinstance(value, list):
        return [place for index, each in enumerate(value) for place in _texts(each, (*path, index))]
    return [path] if value == "text" else []


FULL = {
    "create_customer": {
        "kind": "business",
        "name": "text",
        "currency": "EUR",
        "tax_id": "text",
        "note": "text",
        "language": "text",
        "address": {"lines": "text", "postal_code": "text", "city": "text", "region": "text"},
        "contacts": [{"name": "text", "email": "a@example.com", "phone": "text"}],
    },
    "change_customer": {"name": "text", "note": "text", "address": {"lines": "text"}},
    "add_contact": {"name": "text", "email": "text@example.com", "phone": "text"},
    "change_contact": {"name": "text", "phone": "text"},
    "create_billing_group": {"name": "text"},
    "change_billing_group": {"name": "text"},
    "create_invoice": {"title": "text", "remark": "text", "lines": [{"description": "text"}]},
    "void_invoice": {"reason": "text"},
    "issue_credit_note": {"reason": "text"},
    "write_off_invoice": {"reason": "text"},
    "recover_invoice": {"reason": "text"},
    "record_payment": {"description": "text", "reference": "text", "invoice_number": "text", "remark": "text"},
    "collect_payment": {"note": "text"},
    "edit_payment": {"description": "text", "reference": "text", "remark": "text"},
    "mark_paid": {"reference": "text"},
    "reverse_payment": {"reason": "text"},
    "refund_payment": {"reason": "text"},
    "add_tax_rate": {"name": "text"},
    "add_product": {"name": "text", "description": "text"},
    "change_product": {"name": "text", "description": "text"},
    "add_variant": {"name": "text"},
    "change_variant": {"name": "text"},
    "create_subscription": {"remark": "text"},
    "edit_subscription": {"remark": "text"},
    "cancel_subscription": {"reason": "text"},
    "suspend_subscription": {"reason": "text"},
}


def test_a_card_number_is_refused_in_every_text_and_kept_nowhere(business: Business, api: Caller) -> None:
    own = things_of(business, business.cus_x)
    before, tried = row_counts(), 0
    for route in routes():
        for place in _texts(FULL.get(route.name, {})):
            body = json.loads(json.dumps({**RECIPES[route.name].body(own), **FULL[route.name]}))
            if route.name == "create_invoice":
                body["lines"][0] = {**RECIPES[route.name].body(own)["lines"][0], **body["lines"][0]}
            target = body
            for step in place[:-1]:
                target = target[step]
            target[place[-1]] = "4222222222222" if place[-1] == "language" else CARD
            path = route.template.removeprefix("/api/v1").format(**by_parameter(own))
            refused = api.send(route.method, path, body, key="k")
            assert refused.status == 422, (route, place)
            assert refused.body["code"] in {"card_number_not_accepted", "not_accepted"}, (route, place, refused.body)
            assert "4242" not in refused.raw.decode()
            tried += 1
    assert tried >= 25
    assert row_counts() == before
    assert not AuditEntry.objects.filter(after__icontains="4242 4242").exists()
    way_out = api.post("/payments", a_payment(customer=business.cus_x, reference="N4242424242424242", total_minor=5001))
    assert (way_out.status, way_out.body["reference"]) == (201, "N4242424242424242")
