"""Eight clerks do anything at once with the same few payments and invoices: in the end all adds up."""

import random
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tallystick.foundation.errors import ExpectedError
from tests.concurrency.race import connections_for, race
from tests.conftest import OwnDatabase, check_books
from tests.scenarios.any_acts import ACTS, LARGEST, Act, Till
from tests.scenarios.equations import check_equations

THREADS = 8
ROUNDS = 8
ACTS_EACH = 5


@pytest.fixture
def till(own_database: OwnDatabase) -> Any:
    with connections_for(THREADS):
        yield Till()


def any_act(draw: random.Random, *names: str) -> Act:
    """This function will return an act that is meant for one of the first few rows it could take."""
    minor = draw.choice([0, draw.randint(1, 100), draw.randint(1, LARGEST)])
    return Act(draw.choice(names), draw.randrange(10), draw.randrange(10), minor, draw.random() < 0.5)


def clerk(till: Till, acts: list[Act], done: list[str], refused: list[str]) -> None:
    for act in acts:
        try:
            till.do(act)
        except ExpectedError as error:
            refused.append(f"{act.name}: {type(error).__name__}")
        else:
            done.append(act.name)


def test_everything_at_once_adds_up(till: Till) -> None:
    # The same acts at every run; in which order they meet is up to the threads.
    draw = random.Random(1)
    done: list[str] = []
    refused: list[str] = []
    clerk(till, [any_act(draw, "bill", "record", "request") for _ in range(16)], done, refused)
    for _ in range(ROUNDS):
        clerks: list[Callable[[], Any]] = [
            partial(clerk, till, [any_act(draw, *sorted(ACTS)) for _ in range(ACTS_EACH)], done, refused)
            for _ in range(THREADS)
        ]
        race(*clerks)
        check_equations()
        check_books()
    assert len(done) > ROUNDS * THREADS, "most acts of a clerk are possible"
