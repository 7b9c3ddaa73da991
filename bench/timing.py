"""Asking the same many times, and telling how long it took."""

import statistics
import time
import urllib.request
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import click
from rich.console import Console
from rich.table import Table


@dataclass(frozen=True)
class Timed:
    """How long something took each time, in milliseconds, the shortest first."""

    what: str
    taken_ms: Sequence[float]

    @property
    def median_ms(self) -> float:
        """Half of the times it took no longer."""
        return statistics.median(self.taken_ms)

    def at(self, percent: int) -> float:
        """This method will return what it took no longer than in so many of a hundred times."""
        count = len(self.taken_ms)
        return self.taken_ms[min(count - 1, round(count * percent / 100))]


def timed(what: str, act: Callable[[], object], times: int) -> Timed:
    """This function will do something once, and then so many times that count."""
    began = time.perf_counter()
    act()
    # What takes longer than a second misses the aim by far: thirty seconds of it would say no more.
    times = times if time.perf_counter() - began < 1 else 3
    taken = []
    for _ in range(times):
        began = time.perf_counter()
        act()
        taken.append((time.perf_counter() - began) * 1000)
    return Timed(what, sorted(taken))


def fetch(url: str, headers: dict[str, str]) -> Callable[[], bytes]:
    """This function will return an act that asks a site for something and reads all of the answer."""

    def once() -> bytes:
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=120) as answer:  # noqa: S310
            read: bytes = answer.read()
        return read

    return once


def table(title: str, head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """This function will show a table and return it as Markdown."""
    shown = Table(*head, title=title)
    for row in rows:
        shown.add_row(*row)
    Console(width=max(Console().width, 110)).print(shown)
    click.echo()
    lines = [head, tuple("---" for _ in head), *rows]
    return f"## {title}\n\n" + "\n".join("| " + " | ".join(line) + " |" for line in lines) + "\n"
