"""Calling the sandbox over HTTP: an answer that can be read, or one of two failures."""

import os
import random
import time
from collections.abc import Mapping
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

# Long enough for a slow bank behind the service; far shorter than what we wait before we ask what happened.
TIMEOUT_SECONDS: Final = 30
CONNECT_SECONDS: Final = 5
# "Too many requests" is answered before anything is done: the same order is sent again after these seconds.
BACK_OFF_SECONDS: Final = (0.25, 1.0)
# Nothing was sent when a connection could not be made, or none was free.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class Refused(Exception):
    """The service refused, and said why in the form that it promises."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class Silent(Exception):
    """There is no answer that could be read: what happened is not known, unless nothing was sent."""

    def __init__(self, reason: str, *, was_sent: bool = True) -> None:
        super().__init__(reason)
        self.was_sent = was_sent


class Client:
    """The calls of one account."""

    def __init__(self, *, base_url: str, secret_key: str, timeout_seconds: float | None) -> None:
        self._base_url = base_url.rstrip("/")
        self._headers = {"Authorization": f"Bearer {secret_key}"}
        seconds = TIMEOUT_SECONDS if timeout_seconds is None else timeout_seconds
        self._timeout = httpx.Timeout(seconds, connect=min(CONNECT_SECONDS, seconds))

    @property
    def origin(self) -> str:
        """Scheme, host and port of the service."""
        parts = urlsplit(self._base_url)
        return f"{parts.scheme}://{parts.netloc}"

    def get(self, path: str, query: Mapping[str, str] | None = None) -> dict[str, Any]:
        """This function will ask, and return the object that is answered.

        Raises:
            Refused, Silent: when there is none.
        """
        return self._call("GET", path, query=query)

    def post(self, path: str, body: Mapping[str, Any], *, idempotency_key: str | None = None) -> dict[str, Any]:
        """This function will order, and return the object that is answered.

        Raises:
            Refused, Silent: when there is none.
        """
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        return self._call("POST", path, body=body, headers=headers)

    def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        for wait in (*BACK_OFF_SECONDS, None):
            try:
                response = _pool(os.getpid()).request(
                    method,
                    self._base_url + path,
                    params=query,
                    json=body,
                    headers={**self._headers, **(headers or {})},
                    timeout=self._timeout,
                )
            except (httpx.HTTPError, httpx.InvalidURL) as error:
                was_sent = not isinstance(error, (*_NOT_SENT, httpx.InvalidURL, httpx.UnsupportedProtocol))
                raise Silent(f"No answer: {type(error).__name__}.", was_sent=was_sent) from error
            if response.status_code != httpx.codes.TOO_MANY_REQUESTS or wait is None:
                break
            # Callers that were refused together shall not come back together.
            time.sleep(wait * random.uniform(0.5, 1))  # noqa: S311 - no secret
        return _read(response)


@cache
def _pool(process_id: int) -> httpx.Client:
    """One pool of connections for each process: a forked child must not talk on its parent's."""
    del process_id
    return httpx.Client(trust_env=False, limits=httpx.Limits(max_connections=100, max_keepalive_connections=20))


def _read(response: httpx.Response) -> dict[str, Any]:
    try:
        body = response.json()
    except (ValueError, RecursionError):
        raise Silent(f"The answer {response.status_code} cannot be read.") from None
    if response.is_success and isinstance(body, dict):
        return body
    if response.is_client_error and isinstance(body, dict) and isinstance(error := body.get("error"), dict):
        raise Refused(response.status_code, text(error, "code"), text(error, "message", most=500))
    raise Silent(f"The payment service answered {response.status_code}.")


def text(body: Any, name: str, *, most: int = 120) -> str:
    """This function will return a text of an answer.

    Raises:
        Silent: when it is none, or longer than such a text can be.
    """
    value = body.get(name) if isinstance(body, dict) else None
    if not isinstance(value, str) or len(value) > most:
        raise Silent(f"The answer has no {name} that could be read.")
    return value


def number(body: Any, name: str) -> int:
    """This function will return a whole number of an answer; an amount is in minor units.

    Raises:
        Silent: when it is none.
    """
    value = body.get(name) if isinstance(body, dict) else None
    if type(value) is not int:
        raise Silent(f"The answer has no {name} that could be read.")
    return value
