"""The process: starting, being killed, and who sends."""

import contextlib
import json
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import pytest
from tests.sandbox.conftest import Receiver
from tests.sandbox_service import VISITOR, SandboxService, free_port, pay, running_sandbox, shape

COMMAND = [sys.executable, "-c", "from tallystick_sandbox.main import cli; cli()"]

pytestmark = pytest.mark.processes


def test_a_taken_port_is_said(service: SandboxService, tmp_path: Path) -> None:
    arguments = ["serve", "--port", str(service.port), "--store", str(tmp_path / "other.sqlite3")]
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=20, check=False)
    assert ended.returncode == 1
    assert f"Cannot listen on 127.0.0.1:{service.port} (Address already in use)" in ended.stderr


def test_a_merchant_keeps_its_keys(service: SandboxService) -> None:
    arguments = ["merchant", "Kept", "--webhook-url", "http://127.0.0.1:9/w", "--store", str(service.store)]
    ended = subprocess.run([*COMMAND, *arguments], capture_output=True, text=True, timeout=20, check=True)
    account = json.loads(ended.stdout)
    again = service.create_merchant("Kept")
    assert (account["id"], account["secret_key"]) == (again.id, again.secret_key)
    assert account["secret_key"].startswith("sk_sandbox_")
    assert account["publishable_key"].startswith("pk_sandbox_")
    assert account["webhook_secret"].startswith("whsec_")
    assert shape(again.get("/v1/webhook_endpoint"))["url"] == "http://127.0.0.1:9/w"


def test_what_was_not_finished_goes_on_after_a_kill(tmp_path: Path, receiver: Receiver) -> None:
    with running_sandbox(tmp_path) as service:
        shop = service.create_merchant("Shop", receiver.url)
        payment = shop.create_payment()
        killed = threading.Event()

        def kill() -> None:
            service.kill()
            receiver.on_post = lambda: None
            killed.set()

        # The service dies while its first webhook is answered, with the payment still processing.
        receiver.on_post = kill
        with contextlib.suppress(httpx.TransportError):
            pay(payment["checkout_url"], "4000000000100109")
        assert killed.wait(10)
        service.start()
        service.advance(3)
        assert receiver.types == ["payment.processing", "payment.processing", "payment.succeeded"]
        assert receiver.bodies[0] == receiver.bodies[1]
        assert shop.payment(payment["id"])["status"] == "succeeded"


def test_a_key_in_use_is_free_after_a_kill(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as service:
        shop = service.create_merchant("Shop")
        order = {"amount": 5, "currency": "EUR", "reference": "a", "return_url": "http://a.test/"}
        shape(shop.post("/v1/test/faults", {"kind": "answer_late", "seconds": 20}))
        with pytest.raises(httpx.ReadTimeout):
            shop.http.post("/v1/payments", json=order, headers={"Idempotency-Key": "k"}, timeout=0.3)
        assert shop.post("/v1/payments", order, key="k").status_code == 409
        service.restart()
        assert shop.post("/v1/payments", order, key="k").status_code == 201


def test_two_servers_over_one_store_send_each_event_once(tmp_path: Path, receiver: Receiver) -> None:
    with running_sandbox(tmp_path) as first:
        second = SandboxService(first.store, free_port())
        second.start()
        try:
            for server in (first, second):
                shop = server.create_merchant("Shop", receiver.url)
                for _ in range(5):
                    shop.paid()
            first.run_due()
        finally:
            second.stop()
    assert len(receiver.bodies) == len(set(receiver.bodies)) == 10


def test_a_kill_leaves_nothing_that_serves(tmp_path: Path) -> None:
    with running_sandbox(tmp_path) as service:
        assert service.process is not None
        service.process.kill()
        service.process.wait()
        service.process = None
        service.start()
        assert shape(VISITOR.get(f"{service.base_url}/healthz")) == {"status": "ok"}
