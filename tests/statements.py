"""What is asked of the database: the statements, without their values, so that two requests can be compared."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from tallystick.foundation import settings_store

# Django numbers savepoints on.
_SAVEPOINT = re.compile(r"\bs\d+_x\d+\b")


@contextmanager
def statements() -> Iterator[list[str]]:
    """This function will write down every statement of this thread, in order, with gaps where values stand.

    Settings, which are remembered for a moment, are asked for anew, or a second request would be spared them.
    """
    settings_store.forget()
    heard: list[str] = []

    def listen(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        heard.append(_SAVEPOINT.sub("savepoint", str(sql)))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(listen):
        yield heard
