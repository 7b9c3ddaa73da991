"""Log lines: JSON for machines, readable on a terminal, one request id through all of them, no secrets in any."""

import logging
import logging.config
import os
import re
import sys
import time
from collections.abc import Callable, MutableMapping
from typing import Any

import structlog
from django.http import HttpRequest, HttpResponse

from tallystick.foundation.ids import new_id

MASK = "•••"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
# Words of a field's name that make its value a secret.
_SECRET_NAMES = re.compile(
    r"pass(word|phrase)?$|secret|token|authori[sz]ation|cookie|api_?key|private_?key|signature|session|csrf|otp"
    r"|^code$|card|cvc|cvv|iban|account_number",
    re.IGNORECASE,
)
# Secrets that give themselves away inside a text.
_SECRET_TEXTS = re.compile(
    r"(?P<before>"
    r"\b(?:sk|rk|pk|whsec|tsk|shpat|ghp)_(?:live_|test_)?"  # keys of payment services and of our own API
    r"|\b[Bb]earer\s+|\b[Bb]asic\s+"
    r"|(?:password|secret|token|api_?key)['\"]?\s*[=:]\s*['\"]?"
    r"|://[^/\s:@]+:"  # the password in an address
    r"|/pay/(?=[\w-]{43}(?![\w-]))"  # the secret of a payment link
    r")[^\s'\"&,;@/)}\]]{4,}",
    re.IGNORECASE,
)
_LONG_NUMBER = re.compile(r"(?<![\w.-])(?:\d[ -]?){12,18}\d(?![\w.-])")

log = structlog.get_logger("tallystick.requests")


def mask_secrets(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """This function will put a mask in the place of secrets, by the names of fields and by what texts look like."""
    for name, value in event.items():
        event[name] = MASK if _SECRET_NAMES.search(name) and value not in (None, "") else _masked(value)
    return event


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _LONG_NUMBER.sub(_mask_card, _SECRET_TEXTS.sub(lambda found: found["before"] + MASK, value))
    if isinstance(value, dict):
        return mask_secrets(None, "", dict(value))
    if isinstance(value, (list, tuple)):
        return [_masked(each) for each in value]
    return value


def _mask_card(found: re.Match[str]) -> str:
    digits = [int(digit) for digit in found[0] if digit.isdigit()]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[-2::-2]]
    # The check digit of ISO/IEC 7812-1 tells a card's number from an amount or a moment.
    return MASK if (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0 else found[0]


_SHARED: list[Callable[..., Any]] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.stdlib.ExtraAdder(),
    structlog.processors.StackInfoRenderer(),
]


def configure_logs(*, process: str) -> None:
    """This function will send every log line of this process to standard error.

    `process` names the process in each line. `TALLYSTICK_LOG` is `json` or `text`; without it a terminal gets text.
    `TALLYSTICK_LOG_LEVEL` is the least level shown (`info`).
    """

    def name_process(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"process": process, **event}

    as_text = os.environ.get("TALLYSTICK_LOG", "text" if sys.stderr.isatty() else "json") == "text"
    level = os.environ.get("TALLYSTICK_LOG_LEVEL", "info").upper()
    shown: list[Callable[..., Any]] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta, name_process]
    if as_text:
        # A plain traceback first, because the mask reads texts.
        shown += [structlog.processors.format_exc_info, mask_secrets]
        shown += [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    else:
        shown += [structlog.processors.format_exc_info, mask_secrets, structlog.processors.JSONRenderer()]
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": _SHARED,
        "processors": shown,
    }
    logging.config.dictConfig(
        {
            "version": 1,
            "disable_existing_loggers": False,
            "formatters": {"lines": formatter},
            "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
            "root": {"handlers": ["stderr"], "level": level},
            "loggers": {
                # Each start of a job and each try of a connection would be a line.
                "procrastinate": {"level": "WARNING"},
                "psycopg.pool": {"level": "ERROR"},
                "httpx": {"level": "WARNING"},
                # The middleware below says the same, with more.
                "django.request": {"level": "ERROR"},
            },
        },
    )
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_SHARED,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


class RequestLogMiddleware:
    """Gives each request an id, which every log line and the answer carry, and writes one line about it.

    The line names the route, not the path: links hold tokens.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        offered = request.headers.get("X-Request-ID", "")
        request_id = offered if _REQUEST_ID.fullmatch(offered) else new_id().hex
        started = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
            response.headers["X-Request-ID"] = request_id
            route = request.resolver_match.route if request.resolver_match else None
            log.log(
                logging.WARNING if response.status_code >= 500 else logging.INFO,
                "request",
                method=request.method,
                route=route,
                status=response.status_code,
                milliseconds=round((time.perf_counter() - started) * 1000),
            )
        return response
