"""Whatever is done with money, in any order: all adds up after every act, and a refused act leaves no trace.

Nothing here is read by the code under test: the sums come from the rows of the tables.
"""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db.transaction import Atomic, set_rollback
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tallystick.foundation.errors import ExpectedError
from tests.conftest import check_books
from tests.scenarios.any_acts import ACTS, FOREIGN, LARGEST, Act, Till
from tests.scenarios.equations import check_equations, everything

pytestmark = pytest.mark.django_db

EXAMPLES = max(16, settings().max_examples // 10)
# Between the looks at all books; what an act breaks stays broken until the next look.
BOOKS_EVERY = 6

amounts = st.just(0) | st.integers(1, 60) | st.integers(1, LARGEST)
acts = st.builds(Act, st.sampled_from(sorted(ACTS)), st.integers(0, 9), st.integers(0, 9), amounts, st.booleans())
# Without money and something to pay nothing can happen: each story begins with some of both.
begins = st.builds(
    Act,
    st.sampled_from(["bill", "record", "record_came", "request"]),
    st.integers(0, 9),
    st.integers(0, 3),
    amounts,
    st.booleans(),
)
stories = st.builds(list.__add__, st.lists(begins, min_size=2, max_size=4), st.lists(acts, min_size=6, max_size=18))


@contextmanager
def forgotten() -> Iterator[None]:
    """Undoes a whole story. As the test's own transaction it does not count where a transaction is refused."""
    block = Atomic(using=None, savepoint=True, durable=False)
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        set_rollback(True)


@settings(max_examples=EXAMPLES, suppress_health_check=list(HealthCheck))
@given(story=stories, foreign=st.sampled_from(sorted(FOREIGN)))
def test_all_adds_up_after_every_act(db: None, story: list[Act], foreign: str) -> None:
    with forgotten():
        till = Till(foreign)
        before = everything()
        for number, act in enumerate(story, 1):
            refused = None
            try:
                till.do(act)
            except ExpectedError as error:
                refused = error
            after = everything()
            if refused is not None:
                assert after == before, f"{act} was refused ({refused}) and left a trace"
            before = after
            check_equations()
            if number % BOOKS_EVERY == 0:
                check_books()
        check_books()
