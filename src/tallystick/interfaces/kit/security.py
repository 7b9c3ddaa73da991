"""The content security policy: what a page may load, run and send to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase

# Nothing inline and nothing foreign. `data:` images are the QR codes of two-factor sign-in.
POLICY: dict[str, tuple[str, ...]] = {
    "default-src": ("'none'",),
    "script-src": ("'self'",),
    "style-src": ("'self'",),
    "img-src": ("'self'", "data:"),
    "font-src": ("'self'",),
    "connect-src": ("'self'",),
    "form-action": ("'self'",),
    "frame-ancestors": ("'none'",),
    "base-uri": ("'none'",),
}


def allow(response: HttpResponseBase, directive: str, *sources: str) -> None:
    """This function will let this one answer use more sources, such as a gateway's address in `form-action`.

    A form whose answer redirects to a gateway needs that: browsers hold `form-action` against redirects as well.

    Raises:
        ValueError: when a source holds a blank, a comma or a semicolon, which would end the directive.
    """
    for source in sources:
        if not source or any(mark in source for mark in " \t\r\n;,"):
            raise ValueError(f"{source!r} is no source of a content security policy.")
    extra: dict[str, tuple[str, ...]] = getattr(response, "csp_sources", {})
    response.csp_sources = {**extra, directive: (*extra.get(directive, ()), *sources)}  # type: ignore[attr-defined]


def policy_header(extra: dict[str, tuple[str, ...]]) -> str:
    """This function will write the policy with the extra sources of one answer."""
    directives = {**dict.fromkeys(extra, ()), **POLICY}
    parts = []
    for directive, sources in directives.items():
        added = extra.get(directive, ())
        # 'none' stands alone or not at all.
        allowed = added if added and sources == ("'none'",) else (*sources, *added)
        parts.append(f"{directive} {' '.join(dict.fromkeys(allowed))}")
    return "; ".join(parts)


class ContentSecurityPolicyMiddleware:
    """Sets the header on every answer that has none yet."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        extra: dict[str, tuple[str, ...]] = getattr(response, "csp_sources", {})
        response.headers.setdefault("Content-Security-Policy", policy_header(extra))
        return response
