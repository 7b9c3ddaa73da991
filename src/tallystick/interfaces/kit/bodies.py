"""Bodies of requests that nobody reads, such as those of calls that are refused at once."""

from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse

# What is larger is not worth waiting for: its connection is closed.
LARGEST_READ = 256 * 1024


class WholeBodyMiddleware:
    """Reads what was left unread of a request's body before the answer goes out.

    Over a body that was not read the web server closes the connection, and the next call of a client that keeps its
    connection open would find nobody.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        with suppress(OSError):
            request.read(LARGEST_READ)
        return response
