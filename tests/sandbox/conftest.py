"""One served sandbox for all its tests, a merchant for each test, and a receiver of webhooks."""

import json
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from tests.sandbox_service import Account, SandboxService, running_sandbox


class Receiver:
    """A merchant's webhook endpoint: keeps what comes, answers as told."""

    def __init__(self) -> None:
        self.bodies: list[bytes] = []
        self.signatures: list[str] = []
        self.answers: list[int] = []
        self.on_post: Callable[[], None] = lambda: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                receiver.bodies.append(self.rfile.read(int(self.headers["Content-Length"])))
                receiver.signatures.append(self.headers["Sandbox-Signature"])
                receiver.on_post()
                self.send_response(receiver.answers.pop(0) if receiver.answers else 200)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Tests read what came, not a log."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/webhooks"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(body) for body in self.bodies]

    @property
    def types(self) -> list[str]:
        return [event["type"] for event in self.events]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    endpoint = Receiver()
    yield endpoint
    endpoint.close()


@pytest.fixture
def merchant(service: SandboxService) -> Account:
    """A merchant without a webhook endpoint."""
    return service.create_merchant(f"Shop {uuid.uuid4().hex}")


@pytest.fixture
def listening(service: SandboxService, receiver: Receiver) -> Account:
    """A merchant whose webhooks come to the receiver."""
    return service.create_merchant(f"Shop {uuid.uuid4().hex}", receiver.url)
