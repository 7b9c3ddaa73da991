"""One sandbox process for all stories; each has an account of its own there."""

from collections.abc import Iterator

import pytest

from tests.gateways.receiver import Receiver
from tests.sandbox_service import SandboxService, running_sandbox
from tests.scenarios.conftest import posted
from tests.usecases.shop import Shop

__all__ = ["posted"]


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxService]:
    """The sandbox."""
    with running_sandbox(tmp_path_factory.mktemp("sandbox")) as served:
        yield served


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """Where webhooks come in."""
    endpoint = Receiver()
    yield endpoint
    endpoint.close()


@pytest.fixture
def shop(db: None, service: SandboxService, receiver: Receiver) -> Shop:
    """A business with an account at the sandbox."""
    return Shop(service, receiver)


@pytest.fixture
def deaf(db: None, service: SandboxService, receiver: Receiver) -> Shop:
    """A business with an account at the sandbox, which tells it nothing: it has no webhook endpoint."""
    return Shop(service, receiver, is_told=False)
