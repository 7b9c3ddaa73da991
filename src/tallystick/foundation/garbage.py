"""Python's search for objects that hold one another in a circle, put off where it finds none and costs much."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def search_put_off() -> Iterator[None]:
    """This function will put the search off, in all threads, for as long as something makes very many plain values.

    They are freed without it. Looking at all of them again and again costs a quarter of the time of a bill run's step.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
