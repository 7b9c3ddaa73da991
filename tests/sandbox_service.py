"""A served sandbox payment service for tests: a real process on a port of its own, over real HTTP."""

import contextlib
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

START_SECONDS = 20
VISA = "4242424242424242"
# Plain HTTP needs no certificates, and loading them for each client would take longer than most tests.
OPTIONS: dict[str, Any] = {"verify": ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), "trust_env": False, "timeout": 60}
# Anybody: a browser, or a caller without a key.
VISITOR = httpx.Client(**OPTIONS)


@dataclass
class Account:
    """A merchant of the sandbox with its keys, and the calls that it makes."""

    base_url: str
    id: str
    secret_key: str
    publishable_key: str
    webhook_secret: str
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(
            base_url=self.base_url,
            headers={"Authorization": f"Bearer {self.secret_key}"},
            **OPTIONS,
        )

    def post(self, path: str, body: dict[str, Any] | None = None, *, key: str | None = None) -> httpx.Response:
        """This function will post as this merchant, under a fresh idempotency key unless one is given."""
        return self.http.post(path, json=body or {}, headers={"Idempotency-Key": key or uuid.uuid4().hex})

    def get(self, path: str, **query: str | int) -> httpx.Response:
        """This function will ask as this merchant."""
        return self.http.get(path, params=query)

    def create_payment(self, **changes: Any) -> dict[str, Any]:
        """This function will create a payment of 119.00 EUR, with the changes that are given."""
        order = {
            "amount": 11900,
            "currency": "EUR",
            "reference": uuid.uuid4().hex,
            "return_url": "http://127.0.0.1:9/return",
        }
        return shape(self.post("/v1/payments", order | changes))

    def payment(self, payment_id: str) -> dict[str, Any]:
        """This function will return a payment as it stands."""
        return shape(self.get(f"/v1/payments/{payment_id}"))

    def paid(self, number: str = VISA, **changes: Any) -> dict[str, Any]:
        """This function will have a customer pay on the hosted page and return the payment as it then stands."""
        payment = self.create_payment(**changes)
        pay(payment["checkout_url"], number)
        return self.payment(payment["id"])

    def stored_card(self, number: str = VISA, **changes: Any) -> str:
        """This function will have a customer store a card on the hosted page and return its token."""
        order = {"reference": uuid.uuid4().hex, "return_url": "http://127.0.0.1:9/return"} | changes
        setup = shape(self.post("/v1/setups", order))
        pay(setup["checkout_url"], number)
        token: str = shape(self.get(f"/v1/setups/{setup['id']}"))["token"]
        return token

    def events(self) -> list[str]:
        """This function will return the types of the first hundred events, the oldest first."""
        return [event["type"] for event in shape(self.get("/v1/events", limit=100))["data"]]


@dataclass
class SandboxService:
    """A sandbox process with its store; it can be killed and started again on the same port."""

    store: Path
    port: int
    process: subprocess.Popen[bytes] | None = None

    @property
    def base_url(self) -> str:
        """This function will return the address of the service."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """This function will return the file that holds what the service has written."""
        return self.store.with_suffix(".log")

    def start(self) -> None:
        """This function will start the process and return once it answers."""
        command = [sys.executable, "-c", "from tallystick_sandbox.main import cli; cli()"]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [*command, "serve", "--port", str(self.port), "--store", str(self.store)],
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        end = time.monotonic() + START_SECONDS
        while time.monotonic() < end and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if VISITOR.get(f"{self.base_url}/healthz").is_success:
                    return
            time.sleep(0.02)
        raise RuntimeError(self.log.read_text())

    def kill(self) -> None:
        """This function will kill the service as a power cut would: SIGKILL to all its processes."""
        self._end(signal.SIGKILL)

    def stop(self) -> None:
        """This function will stop the service in good order."""
        self._end(signal.SIGTERM)

    def restart(self) -> None:
        """This function will start the service again over the same store, killing it first where it runs."""
        self.kill()
        self.start()

    def _end(self, how: signal.Signals) -> None:
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, how)
            try:
                self.process.wait(timeout=5)
            except subprocess.TimeoutExpired:
                os.killpg(self.process.pid, signal.SIGKILL)
                self.process.wait()
            self.process = None

    def create_merchant(self, name: str, webhook_url: str | None = None, *, origin: str | None = None) -> Account:
        """This function will create a merchant, or return the one of that name."""
        body = {"name": name, "webhook_url": webhook_url, "origin": origin}
        account = shape(VISITOR.post(f"{self.base_url}/v1/merchants", json=body))
        keys = ("id", "secret_key", "publishable_key", "webhook_secret")
        return Account(self.base_url, **{key: account[key] for key in keys})

    def advance(self, seconds: int) -> None:
        """This function will move the clock; what that makes due is done, and its webhooks posted, on return."""
        shape(self._test("clock/advance", {"seconds": seconds}))

    def run_due(self) -> None:
        """This function will do what is due and return once its webhooks were posted."""
        shape(self._test("run-due", {}))

    def _test(self, path: str, body: dict[str, int]) -> httpx.Response:
        return VISITOR.post(f"{self.base_url}/v1/test/{path}", json=body)


@contextmanager
def running_sandbox(tmp_path: Path) -> Iterator[SandboxService]:
    """This function will serve a fresh sandbox with its store in a folder, and stop it at the end."""
    service = SandboxService(tmp_path / "sandbox.sqlite3", free_port())
    try:
        service.start()
        yield service
    finally:
        service.stop()


def free_port() -> int:
    """This function will return a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def shape(response: httpx.Response) -> dict[str, Any]:
    """This function will return the JSON of an answer that must be a success."""
    assert response.is_success, f"{response.status_code} {response.text}"
    body: dict[str, Any] = response.json()
    return body


def pay(checkout_url: str, number: str = VISA, *, bank: str = "approve") -> httpx.Response:
    """This function will type a card on a hosted page and answer the bank where it asks, as a browser would.

    It returns the last answer: a redirect to the merchant, or a page.
    """
    form = {
        "number": number,
        "expiry": "12/40",
        "cvc": "1234" if number.startswith("3") else "123",
        "name": "Ada Lovelace",
    }
    response = VISITOR.post(checkout_url, data=form)
    if response.headers.get("Location", "").endswith("/challenge"):
        response = VISITOR.post(f"{checkout_url}/challenge", data={"answer": bank})
    return response


def query_of(address: str) -> dict[str, list[str]]:
    """This function will return the query of an address."""
    return parse_qs(urlsplit(address).query)
