"""Where the time of one request goes: processor time, statements, and a profile by module.

The whole site runs in this process, without a web server, so that nothing but the request itself is counted.
"""

import cProfile
import io
import logging
import os
import pstats
import re
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from bench.floor import statement
from bench.ground import query
from bench.load import TOTAL
from bench.runs import Reading

# One request, each time it is called.
Send = Callable[[], None]


@dataclass(frozen=True)
class Statement:
    """A statement of the request: how often it ran, and how long it took, seen from Python."""

    text: str
    times: float
    milliseconds: float


@dataclass(frozen=True)
class Anatomy:
    """One request, on average: milliseconds of processor time here and in PostgreSQL, and what they were spent on."""

    python_ms: float
    database_ms: float
    statements: tuple[Statement, ...]
    modules: dict[str, float]


def dissect(send: Send, times: int) -> Anatomy:
    """This function will send so many requests to the site in this process, and return what became of their time.

    A third warms up, a third is counted, and a third is profiled.
    """
    # What is read afterwards is a log of no interest here; it is written all the same.
    for handler in logging.getLogger().handlers:
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(io.StringIO())
    third = times // 3
    for _ in range(third):
        send()
    found: dict[str, list[float]] = defaultdict(list)
    before, began = _database_seconds(), time.process_time()
    with _listening(found):
        for _ in range(third):
            send()
    python, database = time.process_time() - began, _database_seconds() - before
    profile = cProfile.Profile(time.process_time)
    for _ in range(third):
        profile.runcall(send)
    statements = [
        Statement(text, len(waits) / third, sum(waits) / third * 1000)
        for text, waits in sorted(found.items(), key=lambda item: -sum(item[1]))
    ]
    return Anatomy(python / third * 1000, database / third * 1000, tuple(statements), _by_module(profile))


def posting(bodies: Sequence[str], *, key: str) -> Send:
    """This function will return what sends the next body as a payment, each under a fresh idempotency key."""
    left = iter(enumerate(bodies))

    def send() -> None:
        count, body = next(left)
        data = body.encode()
        _send(
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": "/api/v1/payments",
                "HTTP_AUTHORIZATION": f"Bearer {key}",
                "HTTP_IDEMPOTENCY_KEY": f"anatomy-{os.getpid()}-{count}",
                "CONTENT_TYPE": "application/json",
                "CONTENT_LENGTH": str(len(data)),
                "wsgi.input": io.BytesIO(data),
            },
            "201 Created",
        )

    return send


def reading(wanted: Reading) -> Send:
    """This function will return what reads one address."""
    path, _mark, query_string = wanted.path.partition("?")
    headers = {f"HTTP_{name.upper()}": value for name, value in wanted.headers.items()}

    def send() -> None:
        _send({"REQUEST_METHOD": "GET", "PATH_INFO": path, "QUERY_STRING": query_string, **headers}, "200 OK")

    return send


def floor_ms(conninfo: str, *, first: int, times: int) -> float:
    """This function will return PostgreSQL's time for the statement of the floor, from one connection.

    `first` is where its open invoices begin.
    """
    text = statement(first=first, total=TOTAL)
    with psycopg.connect(conninfo, autocommit=True) as floor:
        for _ in range(10):
            floor.execute(text, prepare=True)
        before = _database_seconds()
        for _ in range(times):
            floor.execute(text, prepare=True)
        return (_database_seconds() - before) / times * 1000


def _send(request: dict[str, Any], expected: str) -> None:
    from tallystick.wsgi import application

    told: list[str] = []
    environ = {
        "QUERY_STRING": "",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "HTTP_HOST": "localhost",
        "wsgi.input": io.BytesIO(),
        "wsgi.url_scheme": "http",
        "wsgi.errors": io.StringIO(),
        **request,
    }

    def start(status: str, _headers: Any, _failure: Any = None, /) -> Any:
        told.append(status)

    answer: Any = application(environ, start)
    text = b"".join(answer)
    answer.close()
    if told != [expected]:
        raise RuntimeError(f"{told}: {text.decode()}")


@contextmanager
def _listening(found: dict[str, list[float]]) -> Iterator[None]:
    from django.db import connection

    def listen(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:  # noqa: FBT001
        began = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            found[re.sub(r"\s+", " ", sql).strip()].append(time.perf_counter() - began)

    with connection.execute_wrapper(listen):
        yield


def _database_seconds() -> float:
    """The processor time of this client's server process, which runs on the same machine."""
    (pids,) = zip(*query("SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"), strict=True)
    ticks = 0
    for pid in pids:
        with open(f"/proc/{pid}/stat") as file:  # noqa: PTH123
            fields = file.read().rsplit(")", 1)[1].split()
        ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def _by_module(profile: cProfile.Profile) -> dict[str, float]:
    spent: dict[str, float] = defaultdict(float)
    for (path, _line, name), (_calls, _primitive, own, *_rest) in pstats.Stats(profile).stats.items():  # type: ignore[attr-defined]
        spent[_module(path, name)] += own
    total = sum(spent.values())
    return {name: own / total for name, own in spent.items()}


def _module(path: str, name: str) -> str:
    if "site-packages/" in path:
        parts = path.rsplit("site-packages/", 1)[1].split("/")
        return ".".join(parts[:3]).removesuffix(".py") if parts[0] == "django" else parts[0]
    if "src/tallystick/" in path:
        parts = path.rsplit("src/tallystick/", 1)[1].split("/")
        return "tallystick." + ".".join(parts[:2] if parts[0] == "interfaces" else parts[:1])
    return "psycopg_binary" if "psycopg" in name else "Python's own"
