"""A shop in a database of its own, with a connection for each of very many threads."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.concurrency.race import connections_for
from tests.conftest import OwnDatabase
from tests.gateways.receiver import Receiver
from tests.usecases.conftest import receiver, service
from tests.usecases.shop import Shop

__all__ = ["receiver", "service"]

THREADS = 100


@pytest.fixture
def shop(own_database: OwnDatabase, service: Any, receiver: Receiver) -> Iterator[Shop]:
    """The business of the stories, in a database in which everything is committed."""
    with connections_for(THREADS):
        yield Shop(service, receiver)
