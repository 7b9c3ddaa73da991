"""What the sandbox's adapter makes of answers and messages that the service promises never to send."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import pytest

from tallystick.gateways.adapters.sandbox import signatures
from tallystick.gateways.adapters.sandbox.adapter import SandboxGateway
from tallystick.gateways.port import About, GatewayUnavailable, MessageRefused, Outcome, PaymentOrder, RefundOrder

ORDER = PaymentOrder(
    reference="att_1", amount_minor=100, currency="EUR", description="", return_url="http://127.0.0.1:9/", token="t"
)
REFUND = RefundOrder(reference="ref_1", gateway_reference="spay_1", amount_minor=1, currency="EUR", reason="Why")
PAYMENT: dict[str, Any] = {
    "id": "spay_1",
    "object": "payment",
    "status": "succeeded",
    "amount": 100,
    "currency": "EUR",
    "reference": "att_1",
    "fee": {"amount": 26, "currency": "EUR"},
    "card": {"brand": "visa", "last4": "4242", "exp_month": 12, "exp_year": 2040},
    "token": None,
}


class Service:
    """An HTTP server that answers everything with the bytes that it was told."""

    def __init__(self) -> None:
        self.status, self.body, self.headers = 200, b"", {}
        service = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.do_GET()

            def do_GET(self) -> None:
                self.send_response(service.status)
                for name, value in service.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(service.body)))
                self.end_headers()
                self.wfile.write(service.body)

            def log_message(self, *_: Any) -> None:
                """Nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()

    def answers(self, status: int, body: object, **headers: str) -> None:
        """This function will set the answer; what is not bytes is sent as JSON."""
        self.status, self.headers = status, headers
        self.body = body if isinstance(body, bytes) else json.dumps(body).encode()

    @property
    def gateway(self) -> SandboxGateway:
        """This function will return an account at this service."""
        address = f"http://127.0.0.1:{self.server.server_port}"
        return SandboxGateway.from_configuration({"base_url": address, "secret_key": "k", "timeout_seconds": 5})


@pytest.fixture(scope="module")
def service() -> Iterator[Service]:
    served = Service()
    yield served
    served.server.shutdown()
    served.server.server_close()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>It works!</html>",
        b"\xff\xfe",
        b"[" * 100_000,
        [],
        None,
        "succeeded",
        {},
        {**PAYMENT, "status": "approved"},
        {**PAYMENT, "reference": "att_2"},
        {**PAYMENT, "amount": "100"},
        {**PAYMENT, "amount": 100.0},
        {**PAYMENT, "amount": True},
        {**PAYMENT, "currency": None},
        {**PAYMENT, "currency": "EURO"},
        {**PAYMENT, "fee": {"amount": "0.26"}},
        {**PAYMENT, "fee": 26},
        {**PAYMENT, "card": []},
        {**PAYMENT, "id": "x" * 121},
        {**PAYMENT, "status": "failed", "failure_code": None},
        {**PAYMENT, "status": "requires_action", "checkout_url": None},
    ],
)
def test_an_answer_that_cannot_be_read_is_unknown(service: Service, body: object) -> None:
    service.answers(200, body)
    gateway = service.gateway
    answers = [gateway.pay(ORDER), gateway.ask("att_1"), gateway.cancel("att_1"), gateway.ask_refund("ref_1")]
    assert {answer.outcome for answer in answers} == {Outcome.UNKNOWN}
    if not isinstance(body, bytes):
        service.answers(200, {"data": [body], "has_more": False, "next": None})
        assert gateway.ask("att_1").outcome is Outcome.UNKNOWN


def test_the_answer_from_which_these_were_made_is_read(service: Service) -> None:
    service.answers(200, PAYMENT)
    paid = service.gateway.pay(ORDER)
    assert (paid.outcome, paid.fee_minor, paid.fee_reference) == (Outcome.SUCCEEDED, 26, "spay_1")
    assert paid.card is not None
    assert (paid.card.last_four, paid.card.expiry_year, paid.token) == ("4242", 2040, "")


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, "invalid_json", Outcome.NOT_PERFORMED),
        (404, "not_found", Outcome.NOT_PERFORMED),
        (422, "invalid_field", Outcome.NOT_PERFORMED),
        (422, "idempotency_key_reused", Outcome.UNKNOWN),
        (409, "idempotency_key_in_use", Outcome.UNKNOWN),
        (409, "reference_taken", Outcome.UNKNOWN),
        (409, "something_new", Outcome.UNKNOWN),
        (401, "unauthorised", Outcome.UNKNOWN),
        (403, "forbidden", Outcome.UNKNOWN),
        (500, "internal_error", Outcome.UNKNOWN),
        (503, "down", Outcome.UNKNOWN),
    ],
)
def test_only_a_verdict_on_the_order_itself_says_that_nothing_was_done(
    service: Service, status: int, code: str, outcome: Outcome
) -> None:
    service.answers(status, {"error": {"code": code, "message": "No.", "field": None}})
    assert service.gateway.pay(ORDER).outcome is outcome
    assert service.gateway.refund(REFUND).outcome is outcome
    # Asked what became of it, no refusal is an answer.
    assert service.gateway.ask("att_1").outcome is Outcome.UNKNOWN
    assert service.gateway.ask_refund("ref_1").outcome is Outcome.UNKNOWN


@pytest.mark.parametrize("code", ["wrong_state", "payment_disputed"])
def test_a_refund_that_cannot_be_was_not_performed(service: Service, code: str) -> None:
    service.answers(409, {"error": {"code": code, "message": "No.", "field": None}})
    refused = service.gateway.refund(REFUND)
    assert (refused.outcome, refused.message) == (Outcome.NOT_PERFORMED, "No.")


@pytest.mark.parametrize("status", [404, 422, 302, 204, 407])
def test_a_page_of_something_in_between_is_no_verdict(service: Service, status: int) -> None:
    service.answers(status, b"<html>Sign in to this network</html>" if status != 204 else b"", Location="/elsewhere")
    assert service.gateway.pay(ORDER).outcome is Outcome.UNKNOWN
    assert service.gateway.ask("att_1").outcome is Outcome.UNKNOWN


def test_a_body_that_cannot_be_unpacked_is_unknown(service: Service) -> None:
    service.answers(200, b"no gzip", **{"Content-Encoding": "gzip"})
    assert service.gateway.pay(ORDER).outcome is Outcome.UNKNOWN


ROW = {**PAYMENT, "updated": "2026-11-22T09:00:00.000Z", "livemode": False}


@pytest.mark.parametrize(
    "row",
    [
        None,
        "spay_1",
        ROW | {"id": None},
        ROW | {"id": ""},
        ROW | {"id": "x" * 101},
        ROW | {"status": None},
        ROW | {"status": "\x00"},
        ROW | {"object": 7},
        ROW | {"updated": "yesterday"},
        ROW | {"livemode": "false"},
    ],
)
def test_a_list_with_a_row_that_cannot_be_read_is_an_error_of_the_port(service: Service, row: object) -> None:
    service.answers(200, {"data": [ROW, row], "has_more": False, "next": None})
    with pytest.raises(GatewayUnavailable):
        list(service.gateway.changes(since=datetime.now(tz=UTC)))


def test_rows_of_lists_are_read_as_messages_are(service: Service) -> None:
    foreign = ROW | {"reference": "\x00" + "r" * 999, "id": "spay_2\ud800"}
    nameless = ROW | {"reference": None, "object": "moon"}
    service.answers(200, {"data": [ROW, foreign, nameless], "has_more": False, "next": None})
    # The same page stands for each of the lists.
    told = list(service.gateway.changes(since=datetime.now(tz=UTC)))[:3]
    assert [(each.about, each.reference, each.fact, each.kind) for each in told] == [
        (About.PAYMENT, "att_1", "spay_1/succeeded", "payment.succeeded"),
        (About.PAYMENT, "r" * 120, "spay_2?/succeeded", "payment.succeeded"),
        (About.OTHER, "", "spay_1/succeeded", "moon.succeeded"),
    ]
    assert [json.loads(each.body) for each in told] == [ROW, foreign, nameless]


@pytest.mark.parametrize("body", [{}, {"data": 1, "has_more": False}, {"available": [], "pending": [{}]}, b"?"])
def test_lists_that_cannot_be_read_are_errors_of_the_port(service: Service, body: object) -> None:
    service.answers(200, body)
    with pytest.raises(GatewayUnavailable):
        list(service.gateway.changes(since=datetime.now(tz=UTC)))
    with pytest.raises(GatewayUnavailable):
        service.gateway.balance()


def _event(**changes: Any) -> bytes:
    event = {"id": "evt_1", "type": "payment.succeeded", "livemode": False, "data": {"object": PAYMENT}}
    return json.dumps(event | changes).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"null",
        b"[]",
        b"{" * 100_000,
        b"\xff",
        _event(id=None),
        _event(id=""),
        _event(id="x" * 121),
        _event(id=7),
        _event(data=None),
        _event(livemode="false"),
        _event(livemode=None),
    ],
)
def test_a_signed_body_that_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(MessageRefused):
        signatures.message(body)


def test_s24_unknown_kinds_and_fields_are_kept() -> None:
    strange = signatures.message(_event(type="moon.full" * 20, api_version="2099", data={"object": ["?"], "more": 1}))
    assert (strange.about, strange.reference, len(strange.kind)) == (About.OTHER, "", 60)
    nameless = signatures.message(_event(type=None, data={"object": {"object": "payment", "reference": None}}))
    assert (nameless.about, nameless.reference, nameless.kind) == (About.PAYMENT, "", "")


def test_texts_that_no_database_can_keep_are_cleaned() -> None:
    odd = signatures.message(_event(type="a\x00b\ud800", data={"object": {"object": "refund", "reference": "r" * 999}}))
    assert (odd.kind, odd.reference) == ("ab?", "r" * 120)


def test_a_dispute_names_the_services_payment() -> None:
    dispute = {"object": "dispute", "id": "sdsp_1", "payment": "spay_1", "status": "open"}
    message = signatures.message(_event(type="dispute.opened", data={"object": dispute}))
    assert (message.about, message.reference, message.fact) == (About.DISPUTE, "spay_1", "sdsp_1/open")


@pytest.mark.parametrize(
    "subject",
    [{}, {"id": "spay_1"}, {"status": "succeeded"}, {"id": 7, "status": "open"}, {"id": "x" * 99, "status": "ok"}],
)
def test_a_message_that_does_not_say_what_became_of_a_thing_tells_no_fact(subject: dict[str, Any]) -> None:
    assert signatures.message(_event(data={"object": subject})).fact == ""
