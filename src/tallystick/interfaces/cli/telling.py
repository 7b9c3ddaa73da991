"""How far long work is: a line that moves in a terminal, and lines of the log anywhere else."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias

import structlog
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

# What is done now, how many parts are done, and of how many.
Told: TypeAlias = Callable[[str, int, int], None]
# A log is told no more often, and nothing of what takes no longer.
_EVERY_SECONDS: Final = 5.0

log = structlog.get_logger()


@contextmanager
def progress(title: str) -> Iterator[Told]:
    """This function will show how far something is, on the error output, and yield what wants to hear of it."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _in_log(title)
        return
    columns = (
        TextColumn("{task.fields[title]}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("{task.description}"),
    )
    with Progress(*columns, console=console, transient=True) as shown:
        task = shown.add_task("", total=None, title=title)

        def told(what: str, done: int, parts: int) -> None:
            shown.update(task, description=escape(what), completed=done, total=parts)

        yield told


def _in_log(title: str) -> Told:
    said = time.monotonic()

    def told(what: str, done: int, parts: int) -> None:
        nonlocal said
        now = time.monotonic()
        if now - said >= _EVERY_SECONDS:
            said = now
            log.info("progress", title=title, what=what, done=done, of=parts)

    return told
