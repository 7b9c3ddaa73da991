"""Pages that are sent compressed; files and answers to programs are not."""

from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware


class CompressedPagesMiddleware(GZipMiddleware):
    """Compresses HTML for browsers that take it so, padded by a random number of bytes (decision 0030)."""

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        """This method will return the response, compressed when it is a page."""
        is_page = not response.streaming and response.headers.get("Content-Type", "").startswith("text/html")
        compressed: HttpResponseBase = super().process_response(request, response) if is_page else response
        return compressed
