"""The sandbox's adapter keeps the contract, against a real process of the sandbox."""

import hashlib
import hmac
import json
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any, ClassVar

import httpx
import pytest

from tallystick.gateways.adapters.sandbox.adapter import SandboxGateway
from tallystick.gateways.port import Answer, Gateway
from tests.gateways.contract import Card, Fault, GatewayContract, Harness
from tests.gateways.receiver import Post, Receiver
from tests.sandbox_service import VISITOR, Account, SandboxService, free_port, pay, running_sandbox, shape

NUMBERS = {
    Card.SUCCESS: "4242424242424242",
    Card.CHALLENGE: "4000002760003184",
    Card.CHALLENGE_OFF_SESSION: "4000002500003155",
    Card.PROCESSING_SUCCESS: "4000000000100109",
    Card.PROCESSING_FAILURE: "4000000000100208",
    Card.REFUND_PENDING: "4000000000007726",
    Card.REFUND_FAILS_LATER: "4000000000005126",
}
DECLINES = {
    "card_declined": "4000000000000002",
    "insufficient_funds": "4000000000009995",
    "expired_card": "4000000000000069",
    "stolen_card": "4000000000009979",
}
FAULTS: dict[Fault, list[dict[str, Any]]] = {
    Fault.LATE_DONE: [{"kind": "answer_late", "seconds": 1}],
    Fault.LATE_NOT_DONE: [{"kind": "answer_late", "seconds": 1}, {"kind": "cut_before"}],
    Fault.CUT_AFTER: [{"kind": "cut_after"}],
    Fault.CUT_BEFORE: [{"kind": "cut_before"}],
    Fault.ERROR_500: [{"kind": "answer_500"}],
    Fault.TOO_MANY_REQUESTS: [{"kind": "answer_429"}],
    Fault.WRONG_AMOUNT: [{"kind": "wrong_amount"}],
}
SIGNATURE = "Sandbox-Signature"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """One process for all tests; each has an account of its own."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


class SandboxHarness(Harness):
    """An account at the sandbox, and a receiver of its messages."""

    cards: ClassVar[frozenset[Card]] = frozenset(NUMBERS)
    declines: ClassVar[tuple[str, ...]] = tuple(DECLINES)
    storing_declines: ClassVar[tuple[str, ...]] = ("card_declined", "expired_card", "stolen_card")

    def __init__(self, service: SandboxService, receiver: Receiver) -> None:
        self.service, self.receiver = service, receiver
        self.account = self._account(receiver.url)
        self.gateway = self._gateway()
        self.impatient = self._gateway(timeout_seconds=0.5)
        self.unreachable = self._gateway(base_url=f"http://127.0.0.1:{free_port()}")
        self.secretless = self._gateway(webhook_secrets=[])
        other = self._account(None)
        self.stranger = self._gateway(secret_key=other.secret_key, webhook_secrets=[other.webhook_secret])

    def _account(self, webhook_url: str | None) -> Account:
        return self.service.create_merchant(f"Shop {uuid.uuid4().hex}", webhook_url)

    def _gateway(self, **changes: Any) -> Gateway:
        configuration = {
            "base_url": self.account.base_url,
            "secret_key": self.account.secret_key,
            "webhook_secrets": [self.account.webhook_secret],
        }
        return SandboxGateway.from_configuration(configuration | changes)

    def token(self, card: Card | str) -> str:
        return self.account.stored_card(_number(card))

    def customer_pays(self, answer: Answer, card: Card | str, *, approves: bool = True) -> None:
        pay(answer.action_url, _number(card), bank="approve" if approves else "decline")

    def customer_gives_up(self, answer: Answer) -> None:
        assert VISITOR.post(f"{answer.action_url}/cancel").status_code == 303

    def order_fault(self, fault: Fault, *, always: bool = False) -> None:
        for switch in FAULTS[fault]:
            # Until they are cleared all calls are struck; else the next order alone.
            more = {"times": None} if always else {"method": "POST"}
            shape(self.account.post("/v1/test/faults", switch | more))

    def clear_faults(self) -> None:
        shape(self.account.http.delete("/v1/test/faults"))

    def wait_for_late_effect(self, reference: str) -> None:
        end = time.monotonic() + 2
        while time.monotonic() < end and not shape(self.account.get("/v1/payments", reference=reference))["data"]:
            time.sleep(0.1)

    def pass_time(self) -> None:
        self.service.advance(5)

    def received_minor(self) -> list[int]:
        payments = shape(self.account.get("/v1/payments", limit=100))["data"]
        return [payment["amount"] for payment in payments if payment["status"] == "succeeded"]

    def refunded_minor(self) -> int:
        refunds = shape(self.account.get("/v1/refunds", limit=100))["data"]
        return sum(refund["amount"] for refund in refunds if refund["status"] == "succeeded")

    def payer_disputes(self, paid: Answer, *, inquiry: bool = False) -> Post:
        path = f"/v1/test/payments/{paid.gateway_reference}/dispute"
        return self._posted(lambda: self.account.post(path, {"inquiry": inquiry}))

    def dispute_ends(self, paid: Answer, *, won: bool, returns_fee: bool = False) -> Post:
        (dispute,) = shape(self.account.get("/v1/disputes", payment=paid.gateway_reference))["data"]
        decided = {"outcome": "won" if won else "lost", "returns_fee": returns_fee}
        return self._posted(lambda: self.account.post(f"/v1/test/disputes/{dispute['id']}/close", decided))

    def _posted(self, act: Callable[[], httpx.Response]) -> Post:
        self.service.run_due()
        count = len(self.receiver.posts)
        shape(act())
        self.service.run_due()
        assert len(self.receiver.posts) == count + 1
        return self.receiver.posts[-1]

    def storing_post(self, answer: Answer) -> Post:
        self.service.run_due()
        count = len(self.receiver.posts)
        self.customer_pays(answer, Card.SUCCESS)
        self.service.run_due()
        assert len(self.receiver.posts) == count + 1
        return self.receiver.posts[-1]

    def genuine_post(self) -> Post:
        count = len(self.receiver.posts)
        self.account.paid(reference=f"att_{uuid.uuid4().hex}")
        self.service.run_due()
        assert len(self.receiver.posts) == count + 1
        return self.receiver.posts[-1]

    def forged_posts(self, post: Post) -> dict[str, Post]:
        header = post.headers[SIGNATURE]
        time_part, _, signature = header.partition(",")
        digest = signature.removeprefix("v1=")
        pretty = json.dumps(json.loads(post.body), indent=2).encode()
        forged_headers = {
            "no signature": None,
            "an empty one": "",
            "another secret": self.signed(post.body, secret="whsec_guessed").headers[SIGNATURE],
            "the empty secret": self.signed(post.body, secret="").headers[SIGNATURE],
            "a scheme that does not count": f"{time_part},v0={digest}",
            "an algorithm that the sender names": f"{time_part},v1={digest},alg=none".replace("v1=", "none="),
            "no time": signature,
            "two times": f"{time_part},{time_part},{signature}",
            "another time": f"t={int(time_part[2:]) + 1},{signature}",
            "a time in other digits": f"t={_arabic(time_part[2:])},{signature}",
            "a time that is no number": f"t=now,{signature}",
            "a shorter signature": f"{time_part},{signature[:-1]}",
            "a longer signature": f"{time_part},{signature}0",
            "a signature of another script": f"{time_part},v1=ключ",
            "a thousand guesses": ",".join([time_part, *["v1=00"] * 1000, signature]),
        }
        bodies = {
            "a byte more": post.body + b" ",
            "re-encoded": pretty,
            "another amount": post.body.replace(b"11900", b"21900"),
        }
        forged = {how: _with_signature(post.body, header) for how, header in forged_headers.items()}
        return forged | {how: Post(post.headers, body) for how, body in bodies.items()}

    def signed(self, body: bytes, *, secret: str | None = None) -> Post:
        secret = self.account.webhook_secret if secret is None else secret
        now = int(time.time())
        digest = hmac.new(secret.encode(), f"{now}.".encode() + body, hashlib.sha256).hexdigest()
        return _with_signature(body, f"t={now},v1={digest}")

    def roll_secret(self) -> Gateway:
        rolled = shape(self.account.post("/v1/webhook_endpoint/rotate_secret", {"overlap_seconds": 3600}))
        return self._gateway(webhook_secrets=[each["secret"] for each in rolled["secrets"]])


def _number(card: Card | str) -> str:
    return NUMBERS[card] if isinstance(card, Card) else DECLINES[card]


def _arabic(digits: str) -> str:
    return "".join(chr(ord("٠") + int(digit)) for digit in digits)


def _with_signature(body: bytes, header: str | None) -> Post:
    return Post({} if header is None else {SIGNATURE: header}, body)


@pytest.fixture
def harness(service: SandboxService) -> Iterator[SandboxHarness]:
    receiver = Receiver()
    yield SandboxHarness(service, receiver)
    receiver.close()


class TestSandbox(GatewayContract):
    """All of the contract."""
