"""The frame of every call: who calls, what may be sent, and how the answer is written."""

import functools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, Final, TypeVar

import orjson
from django.core.exceptions import RequestDataTooBig
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import Header, NinjaAPI, Router
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.operation import Operation
from ninja.parser import Parser
from ninja.security import HttpBearer

from tallystick.foundation import api_keys, clock
from tallystick.foundation.errors import ExpectedError
from tallystick.foundation.files import File
from tallystick.foundation.permissions import Actor
from tallystick.interfaces.api import problems
from tallystick.interfaces.api.document import complete
from tallystick.interfaces.kit.files import file_response
from tallystick.usecases.frame import replayed
from tallystick.usecases.roles import Permission

View = TypeVar("View", bound=Callable[..., Any])

_ABOUT_KEYS: Final = (
    "Makes the request safe to repeat: a repeat with the same key and the same input is answered as the first one was, "
    "byte for byte, with the header `Idempotency-Replayed: true`. The same key with another input is refused (409)."
)
RequiredKey = Annotated[
    str, Header(alias=problems.IDEMPOTENCY_HEADER, min_length=1, max_length=255, description=_ABOUT_KEYS)
]
OptionalKey = Annotated[
    str | None, Header(alias=problems.IDEMPOTENCY_HEADER, min_length=1, max_length=255, description=_ABOUT_KEYS)
]


# What the document says of an answer that is a PDF.
PDF_ANSWER: Final = {
    "responses": {
        200: {
            "description": "The document.",
            "content": {"application/pdf": {"schema": {"type": "string", "format": "binary"}}},
        }
    }
}
# What it says of one that is an e-invoice.
XML_ANSWER: Final = {
    "responses": {
        200: {
            "description": "The e-invoice, in UTF-8.",
            "content": {"application/xml": {"schema": {"type": "string"}}},
        }
    }
}
# What it says of one that is a list as a file.
CSV_ANSWER: Final = {
    "responses": {200: {"description": "The file, in UTF-8.", "content": {"text/csv": {"schema": {"type": "string"}}}}}
}


class Request(HttpRequest):
    """A request whose key was found to be valid."""

    auth: Actor


@dataclass(frozen=True)
class Accepted:
    """An answer that says: it is understood, and waits for somebody (202)."""

    answer: Any


class ApiKeyAuth(HttpBearer):
    """`Authorization: Bearer tsk_…`."""

    def authenticate(self, _request: HttpRequest, token: str) -> Actor | None:
        return api_keys.actor_of(token)


class JsonParser(Parser):
    """Reads JSON as RFC 8259 says: no NaN, no lone surrogates, no other media type."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type != "application/json":
            raise problems.NotJson
        return orjson.loads(request.body)


class Room(Router):
    """The calls about one kind of thing. What they return is written as JSON as it stands, without validating it again:
    the tests hold the answers against the document.
    """

    def add_api_operation(self, path: str, methods: list[str], view_func: View, **options: Any) -> None:
        """This function will add a call that refuses query parameters which it does not know."""
        super().add_api_operation(path, methods, view_func, **options)
        operation = self.path_operations[path].operations[-1]
        operation.view_func = _answering(view_func, _query_names(operation), min(operation.response_models))


class Api(NinjaAPI):
    """Our API with its own errors and its completed document."""

    def set_default_exception_handlers(self) -> None:
        """This function will answer every error as a problem document."""
        for kind in (Exception, Http404, HttpError, AuthenticationError, ValidationError, ExpectedError):
            self.add_exception_handler(kind, problems.handle)
        self.add_exception_handler(RequestDataTooBig, problems.handle)

    def get_openapi_schema(self, **options: Any) -> Any:
        """This function will return the OpenAPI document; it is the same as long as the process runs."""
        if not hasattr(self, "_document"):
            self._document = complete(super().get_openapi_schema(**options))
        return self._document


def viewer(request: Request) -> Actor:
    """This function will return who calls, if they may read.

    Raises:
        NotAllowed: when the key lacks the permission.
    """
    request.auth.require(Permission.VIEW)
    return request.auth


def call(request: Request, key: str | None) -> dict[str, Any]:
    """This function will return what every use case is told: who asks, when, and under which idempotency key."""
    at: datetime = clock.now()
    return {"actor": request.auth, "at": at, "idempotency_key": key}


def asked(request: Request) -> dict[str, Any]:
    """This function will return what a use case is told that only answers: who asks, and when."""
    at: datetime = clock.now()
    return {"actor": request.auth, "at": at}


def write(answer: Any, *, status: int = 200) -> HttpResponse:
    """This function will write an answer. Its names are sorted, so that an answer read back from the database is the
    same byte for byte.
    """
    return HttpResponse(
        orjson.dumps(answer, option=orjson.OPT_SORT_KEYS), status=status, content_type="application/json"
    )


def _query_names(operation: Operation) -> frozenset[str]:
    models = [model for model in operation.models if model.__ninja_param_source__ == "query"]
    return frozenset(name for model in models for name in model.__ninja_flatten_map__)


def _answering(view: View, known: frozenset[str], status: int) -> Callable[..., HttpResponseBase]:
    @functools.wraps(view)
    def answer(request: HttpRequest, *args: Any, **values: Any) -> HttpResponseBase:
        if unknown := sorted(request.GET.keys() - known):
            raise ValidationError([{"loc": ("query", name), "type": "extra_forbidden", "msg": ""} for name in unknown])
        replayed.set(False)
        found = view(request, *args, **values)
        status_now = status
        if isinstance(found, Accepted):
            found, status_now = found.answer, 202
        response: HttpResponseBase
        if isinstance(found, HttpResponseBase):
            response = found
        else:
            response = file_response(found) if isinstance(found, File) else write(found, status=status_now)
        if replayed.get():
            response["Idempotency-Replayed"] = "true"
        return response

    return answer
