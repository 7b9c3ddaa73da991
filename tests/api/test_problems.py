"""Whatever goes wrong, the answer is a problem document, and tells nothing of our inside."""

from typing import Any

import orjson
import psycopg.errors
import pytest
from django.db import OperationalError
from django.test import Client

from tallystick.customers import queries
from tests.api.caller import Caller, check_problem, document
from tests.api.conftest import Business, a_payment


def refusal(response: Any) -> tuple[int, str]:
    """This function will check a problem document and return its status and code."""
    body = orjson.loads(response.content)
    check_problem(response, body)
    return response.status_code, body["code"]


@pytest.mark.parametrize(
    "path", ["/api/v1", "/api/v1/", "/api/v1/nothing", "/api/v2/payments", "/api/", "/api/v1/payments/", "/api/v1/me/x"]
)
@pytest.mark.parametrize("method", ["get", "post", "delete"])
def test_an_unknown_address_is_404(db: None, path: str, method: str) -> None:
    assert refusal(getattr(Client(), method)(path)) == (404, "no_such_address")


def test_a_wrong_method_is_405_and_says_the_right_ones(api: Caller) -> None:
    for path, allowed in (("/payments", "GET, POST"), ("/me", "GET"), ("/payments/collect", "POST")):
        response = api.http.delete(f"/api/v1{path}", headers=api.headers)
        assert refusal(response) == (405, "method_not_allowed")
        assert response["Allow"] == allowed


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b"\xff\xfe", b'{"a": "\\ud800"}', b"[" * 100_000, b"nothing"])
def test_a_malformed_body_is_400(api: Caller, body: bytes) -> None:
    refused = api.post("/payments", body or b" ")
    assert (refused.status, refused.body["code"]) == (400, "malformed_json")


@pytest.mark.parametrize("body", [[], "text", 5, None, True])
def test_a_body_that_is_no_object_is_422(api: Caller, body: Any) -> None:
    refused = api.send("post", "/payments", orjson.dumps(body), key="k")
    assert (refused.status, refused.body["code"]) == (422, "not_accepted")
    assert api.send("post", "/payments", b"", key="k").status == 422


def test_another_media_type_is_415(api: Caller) -> None:
    for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"):
        refused = api.send("post", "/payments", b'{"total_minor": 1}', key="k", content_type=media_type)
        assert (refused.status, refused.body["code"]) == (415, "not_json")


def test_a_body_that_is_too_large_is_413(api: Caller) -> None:
    refused = api.post("/payments", b'{"remark": "' + b"x" * 2_700_000 + b'"}')
    assert (refused.status, refused.body["code"]) == (413, "body_too_large")


def test_an_error_of_ours_is_500_and_tells_nothing(
    api: Caller, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a secret of the inside")

    monkeypatch.setattr(queries, "customers_page", broken)
    refused = api.get("/customers")
    assert (refused.status, refused.body["code"]) == (500, "our_mistake")
    assert b"secret" not in refused.raw
    assert "a secret of the inside" in caplog.text


@pytest.mark.parametrize("cause", [None, psycopg.errors.AdminShutdown(), psycopg.errors.DeadlockDetected()])
def test_an_absent_database_is_503(api: Caller, monkeypatch: pytest.MonkeyPatch, cause: Exception | None) -> None:
    def away(*_: Any, **__: Any) -> None:
        raise OperationalError("the connection is lost") from cause

    monkeypatch.setattr(queries, "customers_page", away)
    refused = api.get("/customers")
    assert (refused.status, refused.body["code"], refused.response["Retry-After"]) == (503, "not_available", "2")


def test_another_error_of_the_database_is_ours(api: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise OperationalError("odd") from psycopg.errors.UndefinedTable()

    monkeypatch.setattr(queries, "customers_page", broken)
    assert api.get("/customers").status == 500


def test_facts_are_members_and_inner_ids_stay_inside(api: Caller, business: Business) -> None:
    invoice = business.open_invoice(business.x)
    part = {"invoice": invoice, "amount_minor": 10681}
    refused = api.post("/payments", a_payment(customer=business.cus_x, total_minor=20000, allocations=[part]))
    assert (refused.status, refused.body["code"], refused.body["field"]) == (409, "invoice_overpaid", "amount_minor")
    assert refused.body["invoice"] == invoice
    assert "invoice_id" not in refused.body
    late = api.post("/payments", a_payment(customer=business.cus_x, received_date="2999-01-01"))
    assert (late.body["code"], late.body["received_date"]) == ("received_in_future", "2999-01-01")


def test_several_faults_are_told_at_once(api: Caller) -> None:
    refused = api.post("/payments", {"total_minor": "5", "currency": "euro", "who": 1})
    assert [each["field"] for each in refused.body["errors"]] == ["total_minor", "currency", "who"]
    assert refused.body["detail"].startswith("total_minor: ")


def test_every_code_is_in_the_document(api: Caller) -> None:
    told = document()["components"]["schemas"]["Problem"]["properties"]["code"]["description"]
    for code in ("not_found", "invoice_overpaid", "idempotency_key_reused", "scope_too_narrow", "our_mistake"):
        assert f"- `{code}`: " in told


def test_a_cookie_opens_nothing(api: Caller) -> None:
    response = Client(headers={"Cookie": "sessionid=x"}).post(
        "/api/v1/payments", b"{}", content_type="application/json"
    )
    assert refusal(response) == (401, "api_key_missing")
